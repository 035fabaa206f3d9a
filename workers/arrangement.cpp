#include "workers/arrangement.hpp"

#include "twinmill/base/error.hpp"

namespace twinmill::workers {

Arrangement::Arrangement(int ranks, int ranks_per_task)
    : ranks_(ranks), ranks_per_task_(ranks_per_task), groups_((ranks - 1) / ranks_per_task) {
  if (ranks_per_task > 1 && groups_ == 0)
    throw Error(Fault::input,
                cat("run.ranks_per_task = ", ranks_per_task, " (of ", ranks, " rank(s) one schedules and ", ranks - 1,
                    " can work). Give at least ", ranks_per_task + 1, " ranks?"));
}

int Arrangement::group_of(int rank) const {
  const int group = (rank - 1) / ranks_per_task_;
  return rank > 0 && group < groups_ ? group : -1;
}

bool Arrangement::leads(int rank) const { return group_of(rank) >= 0 && (rank - 1) % ranks_per_task_ == 0; }

std::vector<int> Arrangement::silent() const {
  std::vector<int> all;
  for (int rank = 1; rank < ranks_; ++rank) {
    if (!leads(rank)) all.push_back(rank);
  }
  return all;
}

}  // namespace twinmill::workers
