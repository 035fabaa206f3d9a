#pragma once
// What scheduler and workers say to each other.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "twinmill/base/error.hpp"
#include "twinmill/base/id.hpp"

namespace twinmill::protocol {

/// Worker to scheduler: ready for work.
struct Hello {
  std::string host;
  std::int64_t pid = 0;
  friend bool operator==(const Hello&, const Hello&) = default;
};
/// Worker to scheduler: still at it (also between the images of a lease).
struct Heartbeat {
  LeaseId lease;
  double fraction = 0;
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};
/// One durable sample of a lease.
struct SampleDone {
  SampleId sample;
  std::uint64_t checksum = 0;
  friend bool operator==(const SampleDone&, const SampleDone&) = default;
};
/// Worker to scheduler: all samples of the lease are written, checksummed and synced.
struct Finished {
  LeaseId lease;
  SimulationId simulation;
  std::int32_t attempt = 0;
  double seconds = 0;
  std::vector<SampleDone> samples;
  std::string result = {};  ///< What the ledger keeps beside the checksums: JSON, or empty.
  friend bool operator==(const Finished&, const Finished&) = default;
};
/// Worker to scheduler: the lease failed; nothing of it counts.
struct Failed {
  LeaseId lease;
  SimulationId simulation;
  std::int32_t attempt = 0;
  Fault fault = Fault::bug;
  std::string message;
  friend bool operator==(const Failed&, const Failed&) = default;
};
/// Worker to scheduler: this lease was given up unworked because of Drain.
struct Returned {
  LeaseId lease;
  SimulationId simulation;
  std::int32_t attempt = 0;
  friend bool operator==(const Returned&, const Returned&) = default;
};
/// Worker to scheduler: it can do no more, since the ranks that it leads are not all there any longer. Its leases are
/// others' from now on.
struct Unfit {
  std::string message;
  friend bool operator==(const Unfit&, const Unfit&) = default;
};
/// Scheduler to worker: simulate one specimen and make these images of it, or relax one structure, or train one network
/// (one sample: its task).
struct Grant {
  LeaseId lease;
  SimulationId simulation;
  std::int32_t attempt = 0;
  std::vector<SampleId> samples;
  friend bool operator==(const Grant&, const Grant&) = default;
};
/// Scheduler to worker: finish the current lease, return the waiting one, take no more.
struct Drain {
  friend bool operator==(const Drain&, const Drain&) = default;
};
/// Scheduler to worker: the campaign phase is over; leave the loop.
struct Leave {
  friend bool operator==(const Leave&, const Leave&) = default;
};
/// Worker to scheduler: last message; the worker has left its loop.
struct Bye {
  friend bool operator==(const Bye&, const Bye&) = default;
};

using Message = std::variant<Hello, Heartbeat, Finished, Failed, Returned, Grant, Drain, Leave, Bye, Unfit>;

/// Bytes of a message: one type number, then the fields, little-endian.
std::string encode(const Message& message);
/// Throws Error(bug) on bytes that encode() did not make.
Message decode(std::string_view bytes);

}  // namespace twinmill::protocol
