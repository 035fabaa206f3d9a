#include "scheduler/homes.hpp"

#include <algorithm>

namespace twinmill::scheduler {

int Homes::shard_of(SimulationId simulation) const {
  const auto after = std::upper_bound(first_simulation.begin(), first_simulation.end(), simulation.value);
  return static_cast<int>(after - first_simulation.begin()) - 1;
}

std::vector<int> groups_of_ranks(const std::vector<std::string>& hosts, int shards) {
  std::vector<std::string> names;  // in the order of their first worker
  std::vector<std::size_t> host_of(hosts.size());
  for (std::size_t rank = 1; rank < hosts.size(); ++rank) {
    const auto found = std::find(names.begin(), names.end(), hosts[rank]);
    host_of[rank] = static_cast<std::size_t>(found - names.begin());
    if (found == names.end()) names.push_back(hosts[rank]);
  }
  std::vector<std::size_t> workers;  // ranks, host by host
  for (std::size_t rank = 1; rank < hosts.size(); ++rank) workers.push_back(rank);
  std::ranges::stable_sort(workers, {}, [&](std::size_t rank) { return host_of[rank]; });

  const auto groups = static_cast<std::size_t>(shards);
  const bool whole_hosts = names.size() >= groups;
  std::vector<int> result(hosts.size(), 0);
  for (std::size_t place = 0; place < workers.size(); ++place) {
    const std::size_t rank = workers[place];
    const std::size_t group = whole_hosts ? host_of[rank] * groups / names.size() : place * groups / workers.size();
    result[rank] = static_cast<int>(group);
  }
  return result;
}

}  // namespace twinmill::scheduler
