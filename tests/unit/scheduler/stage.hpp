#pragma once
// A reactor on a stage: tests say what it hears and compare all that it says and records.

#include <gmock/gmock.h>

#include <source_location>
#include <utility>

#include "scheduler/reactor.hpp"

namespace twinmill::scheduler {

inline void PrintTo(const Send& send, std::ostream* out) {
  *out << "to " << send.to << ": message type " << send.message.index();
  if (const auto* grant = std::get_if<protocol::Grant>(&send.message)) {
    *out << " (lease " << grant->lease.value << ", simulation " << grant->simulation.value << ", attempt "
         << grant->attempt << ")";
  }
}

/// Simulation i has two samples, 2 i and 2 i + 1, and the cost given.
inline std::vector<Work> works(const std::vector<double>& costs) {
  std::vector<Work> all;
  for (const double cost : costs) {
    const auto i = static_cast<std::int64_t>(all.size());
    all.push_back({.simulation = SimulationId(i),
                   .cost = cost,
                   .attempts = 0,
                   .failures = 0,
                   .losses = 0,
                   .samples = {SampleId(2 * i), SampleId(2 * i + 1)}});
  }
  return all;
}

class Stage {
 public:
  Stage(int workers, std::vector<Work> work, Policy policy = {}, std::vector<int> silent = {}, Homes homes = {})
      : reactor(Start{.work = std::move(work),
                      .workers = workers,
                      .silent = std::move(silent),
                      .next_lease = LeaseId(0),
                      .done = 0,
                      .quarantined = 0,
                      .homes = std::move(homes)},
                policy) {}

  /// What follows from one message, heard at `now`.
  Outbox hear(int from, protocol::Message message) { return handle(Received{from, std::move(message), now}); }
  Outbox hello(int from) { return hear(from, protocol::Hello{host(from), 100 + from}); }
  Outbox tick(double time) {
    now = time;
    return handle(Tick{now});
  }
  Outbox drain(std::string reason) { return handle(DrainRequested{std::move(reason)}); }
  Outbox handle(const Event& event) {
    Outbox outbox;
    reactor.handle(event, outbox);
    return outbox;
  }

  static std::string host(int rank) { return cat("node", rank); }

  Reactor reactor;
  double now = 0;
};

inline std::vector<SampleId> samples_of(int simulation) {
  return {SampleId(2 * simulation), SampleId(2 * simulation + 1)};
}

inline Send grant(int to, int lease, int simulation, int attempt) {
  return {to, protocol::Grant{LeaseId(lease), SimulationId(simulation), attempt, samples_of(simulation)}};
}
inline Send drain(int to) { return {to, protocol::Drain{}}; }
inline Send leave(int to) { return {to, protocol::Leave{}}; }

inline protocol::Finished finished(int lease, int simulation, int attempt) {
  protocol::Finished message{LeaseId(lease), SimulationId(simulation), attempt, 1.5, {}};
  for (const SampleId sample : samples_of(simulation)) {
    message.samples.push_back({sample, static_cast<std::uint64_t>(100 + sample.value)});
  }
  return message;
}
inline protocol::Failed failed(int lease, int simulation, int attempt, Fault fault, std::string words) {
  return {LeaseId(lease), SimulationId(simulation), attempt, fault, std::move(words)};
}
inline protocol::Returned returned(int lease, int simulation, int attempt) {
  return {LeaseId(lease), SimulationId(simulation), attempt};
}

inline ledger::Record granted(int worker, int lease, int simulation, int attempt) {
  return ledger::LeaseGranted{LeaseId(lease), SimulationId(simulation), attempt, worker, Stage::host(worker), 2};
}
inline ledger::Record done(int worker, int lease, int simulation, int attempt) {
  ledger::LeaseDone record{LeaseId(lease), SimulationId(simulation), attempt, worker, 1.5, {}};
  for (const SampleId sample : samples_of(simulation)) {
    record.samples.push_back({sample, static_cast<std::uint64_t>(100 + sample.value)});
  }
  return record;
}
inline ledger::Record ended(int lease, int simulation, ledger::AttemptEnd end, ledger::Charge charge,
                            std::optional<Fault> fault, std::string message) {
  return ledger::LeaseEnded{LeaseId(lease), SimulationId(simulation), end, charge, fault, std::move(message)};
}
inline ledger::Record note(std::string text) { return ledger::Note{std::move(text)}; }
inline ledger::Record late(int lease, int worker, std::string what) {
  return ledger::LateResult{LeaseId(lease), worker, std::move(what)};
}
inline ledger::Record quarantined(int simulation, std::string reason) {
  return ledger::Quarantined{SimulationId(simulation), samples_of(simulation), std::move(reason)};
}

/// The outbox holds exactly these records and messages, in this order.
inline void expect(const Outbox& outbox, const std::vector<ledger::Record>& records, const std::vector<Send>& sends,
                   std::source_location at = std::source_location::current()) {
  const ::testing::ScopedTrace trace(at.file_name(), static_cast<int>(at.line()), "expected here");
  EXPECT_EQ(outbox.records, records);
  EXPECT_EQ(outbox.sends, sends);
}

}  // namespace twinmill::scheduler
