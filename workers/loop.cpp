#include "workers/loop.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "twinmill/base/error.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::workers {
namespace {

constexpr int scheduler_rank = 0;
constexpr double shortest_sleep = 50e-6;
constexpr double longest_sleep = 2e-3;

}  // namespace

void sleep_for(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

double beat_seconds(int workers, double timeout) {
  constexpr double heard_a_second = 5000;
  return std::min(std::max(1.0, workers / heard_a_second), std::max(1.0, timeout / 4));
}

Worker::Worker(protocol::Channel& channel, Executor& executor, WorkerOptions options)
    : channel_(channel), executor_(executor), options_(std::move(options)) {
  if (options_.host.empty()) options_.host = mpi::host_name();
}

void Worker::run() {
  double pause = shortest_sleep;
  while (!left()) {
    if (step()) {
      pause = shortest_sleep;
    } else {
      options_.sleep(pause);
      pause = std::min(2 * pause, longest_sleep);
    }
  }
}

bool Worker::step() {
  switch (state_) {
    case State::fresh:
      hello();
      state_ = State::working;
      break;
    case State::working:
    case State::draining:
    case State::leaving:
      break;
    case State::left:
      return false;
  }
  const bool heard = listen();
  if (state_ == State::leaving) {
    say_goodbye();
    return true;
  }
  if (!waiting_.empty()) {
    const protocol::Grant grant = std::move(waiting_.front());
    waiting_.pop_front();
    work(grant);
    return true;
  }
  if (options_.clock() - last_sent_ >= options_.hello_seconds) hello();
  return heard;
}

bool Worker::listen() {
  bool heard = false;
  while (const auto envelope = channel_.try_receive()) {
    heard = true;
    hear(envelope->message);
  }
  return heard;
}

void Worker::hear(const protocol::Message& message) {
  if (const auto* grant = std::get_if<protocol::Grant>(&message)) {
    waiting_.push_back(*grant);
    if (state_ == State::draining) return_waiting();
  } else if (std::holds_alternative<protocol::Drain>(message)) {
    if (state_ == State::working) state_ = State::draining;
    return_waiting();
  } else if (std::holds_alternative<protocol::Leave>(message)) {
    // Leases that still wait here, because the scheduler took this worker for lost, are others' by now.
    state_ = State::leaving;
  } else {
    throw Error(Fault::bug, "a worker was sent what only workers say. Report it?");
  }
}

void Worker::hello() { send(protocol::Hello{options_.host, static_cast<std::int64_t>(::getpid())}); }

void Worker::work(const protocol::Grant& grant) {
  const double begin = options_.clock();
  protocol::Message reply;
  try {
    auto completed = executor_.execute(
        grant, {[&](double fraction) { beat(grant, fraction); }, [&] { return state_ != State::working; }});
    reply = protocol::Finished{.lease = grant.lease,
                               .simulation = grant.simulation,
                               .attempt = grant.attempt,
                               .seconds = options_.clock() - begin,
                               .samples = std::move(completed.samples),
                               .result = std::move(completed.result)};
  } catch (const GivenBack&) {
    reply = protocol::Returned{grant.lease, grant.simulation, grant.attempt};
  } catch (const Error& error) {
    if (!executor_.fit()) {
      say_unfit(error.what());
      return;
    }
    reply = protocol::Failed{grant.lease, grant.simulation, grant.attempt, error.fault(), error.what()};
  } catch (const std::exception& error) {
    reply = protocol::Failed{grant.lease, grant.simulation, grant.attempt, Fault::bug, error.what()};
  }
  send(reply);
}

void Worker::say_goodbye() {
  state_ = State::left;
  try {
    executor_.leave();
  } catch (const Error& error) {
    say_unfit(error.what());
    return;
  }
  send(protocol::Bye{});
}

void Worker::say_unfit(const std::string& why) {
  state_ = State::left;
  waiting_.clear();
  send(protocol::Unfit{why});
}

void Worker::beat(const protocol::Grant& grant, double fraction) {
  listen();
  if (options_.clock() - last_sent_ >= options_.beat_seconds) send(protocol::Heartbeat{grant.lease, fraction});
}

void Worker::return_waiting() {
  for (const protocol::Grant& grant : waiting_) {
    send(protocol::Returned{grant.lease, grant.simulation, grant.attempt});
  }
  waiting_.clear();
}

void Worker::send(const protocol::Message& message) {
  channel_.send(scheduler_rank, message);
  last_sent_ = options_.clock();
}

}  // namespace twinmill::workers
