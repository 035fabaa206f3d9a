#pragma once
// Work that may be granted, in the order in which it goes out: what is to come first by the campaign's wish, then by
// descending cost (equal costs: lower number first).

#include <cstdint>
#include <optional>
#include <set>
#include <tuple>

#include "twinmill/ledger/record.hpp"

namespace twinmill::scheduler {

struct WaitingJob {
  std::size_t job = 0;
  ledger::TaskKind kind = ledger::TaskKind::image;
  int turn = 0;  ///< Lower goes first.
  double cost = 0;
};

class Waiting {
 public:
  void push(const WaitingJob& job);
  bool empty() const { return images_.empty() && open_ended_.empty(); }
  std::size_t size() const { return images_.size() + open_ended_.size(); }
  /// What may be taken.
  enum class Kinds { all, images };
  /// Takes the first one, leaving out images whose cost is above `most`.
  std::optional<std::size_t> take(double most, Kinds kinds = Kinds::all);
  /// Whether take(most) would find one.
  bool any_within(double most) const { return !open_ended_.empty() || first_image(most) != images_.end(); }

 private:
  using Entry = std::tuple<int, double, std::size_t>;  // turn, -cost, job
  using Entries = std::set<Entry>;
  Entries::const_iterator first_image(double most) const;

  Entries images_;
  Entries open_ended_;  ///< Relaxations and trainings: nobody knows how long they take.
};

}  // namespace twinmill::scheduler
