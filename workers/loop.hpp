#pragma once
// A worker while the campaign runs: takes leases from the scheduler (rank 0) one after the other until it is sent away.

#include <deque>
#include <functional>
#include <string>

#include "twinmill/base/clock.hpp"
#include "twinmill/protocol/channel.hpp"
#include "workers/executor.hpp"

namespace twinmill::workers {

/// Sleeps on the wall clock.
void sleep_for(double seconds);

/// Seconds between two heartbeats of one of `workers`: one, or so many that the scheduler hears 5,000 a second from all
/// of them, but never more than a quarter of `timeout`, after which a silent worker is lost.
double beat_seconds(int workers, double timeout);

struct WorkerOptions {
  std::string host;         ///< Empty: this host's name.
  double beat_seconds = 1;  ///< At most one Heartbeat in this time.
  /// A worker without work says Hello again this often: if the scheduler had given it up, it is taken back.
  double hello_seconds = 10;
  std::function<double()> clock = steady_seconds;
  std::function<void(double)> sleep = sleep_for;
};

class Worker {
 public:
  /// Channel and executor must outlive it.
  Worker(protocol::Channel& channel, Executor& executor, WorkerOptions options = {});

  /// Hears what there is and works on at most one lease; returns whether it did something. Says Hello the first time.
  /// An exception of the executor is reported to the scheduler; one of the channel is thrown. When the executor is not
  /// fit for more, the worker says Unfit and is left().
  bool step();
  /// Steps until the scheduler says Leave, or until the executor is not fit for more. No collective call.
  void run();
  /// Bye or Unfit has been said; step() does nothing any more.
  bool left() const { return state_ == State::left; }

 private:
  enum class State { fresh, working, draining, leaving, left };

  bool listen();
  void hear(const protocol::Message& message);
  void hello();
  void work(const protocol::Grant& grant);
  void say_goodbye();
  void say_unfit(const std::string& why);
  void beat(const protocol::Grant& grant, double fraction);
  void return_waiting();
  void send(const protocol::Message& message);

  protocol::Channel& channel_;
  Executor& executor_;
  WorkerOptions options_;
  State state_ = State::fresh;
  std::deque<protocol::Grant> waiting_;
  double last_sent_ = 0;
};

}  // namespace twinmill::workers
