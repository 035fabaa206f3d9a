#pragma once
// Which shard of the store a worker is to write to, so that the nodes of one group share files with nobody else.

#include <cstdint>
#include <string>
#include <vector>

#include "twinmill/base/id.hpp"

namespace twinmill::scheduler {

struct Homes {
  std::vector<std::int64_t> first_simulation = {};  ///< Of each shard, rising; empty: the store is one file.
  std::vector<int> of_rank = {};  ///< Number of the shard of each rank (the scheduler's means nothing).

  bool matter() const { return first_simulation.size() > 1; }
  /// The shard that holds a simulation's samples.
  int shard_of(SimulationId simulation) const;
};

/// Deals ranks to `shards` groups of about equal size: whole hosts, in the order of their first rank, where there are
/// as many hosts as shards; otherwise ranks, host by host. `hosts`: name of each rank's host; rank 0 schedules.
std::vector<int> groups_of_ranks(const std::vector<std::string>& hosts, int shards);

}  // namespace twinmill::scheduler
