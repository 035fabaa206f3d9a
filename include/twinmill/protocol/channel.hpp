#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "twinmill/mpi/mpi.hpp"
#include "twinmill/protocol/message.hpp"

namespace twinmill::protocol {

struct Envelope {
  int from = 0;
  Message message;
};

/// One end of the wire between scheduler (rank 0) and workers.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual void send(int to, const Message& message) = 0;
  virtual std::optional<Envelope> try_receive() = 0;
  virtual int rank() const = 0;
  virtual int size() const = 0;  ///< Ranks, the scheduler included.
};

/// Over MPI, on a communicator of its own.
class MpiChannel final : public Channel {
 public:
  explicit MpiChannel(const mpi::Communicator& group);  ///< Collective.
  void send(int to, const Message& message) override;
  std::optional<Envelope> try_receive() override;
  int rank() const override;
  int size() const override;
  bool flush(double seconds);

 private:
  mpi::Mailbox mailbox_;
};

/// A set of ends in one process: for tests, and for one process alone (rank 0 schedules, rank 1 works).
class MemoryHub {
 public:
  explicit MemoryHub(int size);
  std::unique_ptr<Channel> end(int rank);

 private:
  struct State;
  std::shared_ptr<State> state_;
  friend class MemoryChannel;
};

}  // namespace twinmill::protocol
