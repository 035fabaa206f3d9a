#pragma once
// What goes into the reactor and what comes out, as values.

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "twinmill/ledger/record.hpp"
#include "twinmill/protocol/message.hpp"

namespace twinmill::scheduler {

/// A worker said something. Times are seconds on any clock that never goes back.
struct Received {
  int from = -1;
  protocol::Message message;
  double time = 0;
};
/// Time passed.
struct Tick {
  double time = 0;
};
/// Somebody wants the campaign to stop: running leases are finished, nothing new is begun.
struct DrainRequested {
  std::string reason;
};
/// A worker's process has ended: it will say nothing more.
struct Gone {
  int rank = -1;
  double time = 0;
};
/// By then all work must be done; what is predicted to take longer is not begun.
struct TimeLeft {
  double time = 0;
  double seconds = 0;  ///< From `time` on.
};
using Event = std::variant<Received, Tick, DrainRequested, Gone, TimeLeft>;

struct Send {
  int to = -1;
  protocol::Message message;
  friend bool operator==(const Send&, const Send&) = default;
};

/// What follows from events. The records must be durable before the messages are sent.
struct Outbox {
  std::vector<ledger::Record> records;
  std::vector<Send> sends;
  void send(int to, protocol::Message message) {
    Send& last = sends.emplace_back();
    last.to = to;
    last.message = std::move(message);
  }
  void clear() {
    records.clear();
    sends.clear();
  }
};

}  // namespace twinmill::scheduler
