#pragma once
// The members of a team as MPI ranks.

#include <cstdint>
#include <functional>

#include "twinmill/imaging/team.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::workers {

/// Throws Error(system): a member let the others wait for so long.
[[noreturn]] void report_silence(double seconds);

class MpiTeam final : public imaging::Team {
 public:
  /// `deadline_s`: how long a member may keep the others waiting in one broadcast. Collective.
  MpiTeam(const mpi::Communicator& members, double deadline_s);

  int rank() const override { return group_.rank(); }
  int size() const override { return group_.size(); }
  /// Throws Error(system) after the deadline, and at once in a team that is broken: its members are no longer at the
  /// same call. Throws Error(bug) when lengths differ.
  void broadcast(std::span<std::byte> bytes, int root) const override;

  /// Called about every millisecond while a broadcast waits; an exception of it leaves the broadcast.
  void while_waiting(std::function<void()> idle) { idle_ = std::move(idle); }
  /// Broadcasts begun so far: members for which it is the same are at the same call.
  std::int64_t begun() const { return begun_; }
  bool broken() const { return broken_; }

 private:
  void wait(mpi::Pending& pending, double awake_s) const;

  mpi::Communicator group_;
  double deadline_s_;
  std::function<void()> idle_;
  mutable std::int64_t begun_ = 0;
  mutable bool broken_ = false;
};

}  // namespace twinmill::workers
