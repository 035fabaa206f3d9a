#pragma once
// The ranks that share one specimen after the other. Member 0 leads: it alone talks to the scheduler and writes; the
// others follow its orders.

#include <functional>
#include <optional>

#include "twinmill/base/id.hpp"
#include "workers/team.hpp"

namespace twinmill::workers {

/// A specimen for all members: the simulation, and the exposure whose aperture is the widest.
struct Order {
  SimulationId simulation;
  ExposureId exposure;
};

class Group {
 public:
  /// `deadline_s`: how long one member may keep the others waiting. Collective.
  Group(const mpi::Communicator& members, double deadline_s);

  bool leads() const { return team_.rank() == 0; }
  int size() const { return team_.size(); }
  const MpiTeam& team() const { return team_; }
  /// Called about every millisecond while this member waits for others: the leader's sign of life.
  void while_waiting(std::function<void()> idle);

  /// Leader: tells all members. Throws Error(system) when one is silent.
  void announce(const Order& order);
  /// Leader: sends the members away and waits until each has heard it. Throws Error(system) when one is silent.
  void dismiss();
  /// Members: the leader's next order, or nothing when they are sent away. Waits without a deadline: a leader may be
  /// idle for long, and when it is lost the scheduler ends the job.
  std::optional<Order> next_order();

  /// All members run `work`. If it throws on any of them, all throw: their own error, or that of the first member that
  /// failed. The group lives on if all are still at the same call; otherwise, and when a member is silent for longer
  /// than the deadline, it is broken.
  void together(const std::function<void()>& work);
  /// A member is lost or at another call. Every later call throws Error(system), and no collective call may follow.
  bool broken() const { return broken_; }

 private:
  void wait(mpi::Pending& pending, double seconds);
  void check_whole() const;

  mpi::Communicator control_;
  MpiTeam team_;
  double deadline_s_;
  std::function<void()> idle_;
  bool broken_ = false;
};

}  // namespace twinmill::workers
