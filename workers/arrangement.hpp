#pragma once
// Which ranks work together: rank 0 schedules, 1 to n share one specimen, n + 1 to 2 n the next one, and so on. A rest
// that is smaller than a group stays idle: it might not have the memory that the group was made for, and whoever
// gave it the last specimen would wait for it.

#include <vector>

namespace twinmill::workers {

class Arrangement {
 public:
  /// Throws Error(input) when there are fewer workers than one group needs. One rank alone schedules and works.
  Arrangement(int ranks, int ranks_per_task);

  int groups() const { return groups_; }
  /// Ranks without work: the last ones.
  int idle() const { return ranks_ - 1 - groups_ * ranks_per_task_; }
  /// 0 to groups() - 1, or -1 for the scheduler and the idle ranks.
  int group_of(int rank) const;
  /// The rank that the scheduler knows as the worker: the first of its group.
  bool leads(int rank) const;
  /// Ranks that never speak to the scheduler: those that follow, and the idle ones.
  std::vector<int> silent() const;

 private:
  int ranks_, ranks_per_task_, groups_;
};

}  // namespace twinmill::workers
