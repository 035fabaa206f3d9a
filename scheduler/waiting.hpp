#pragma once
// Work that may be granted, in the order in which it goes out: what is to come first by the campaign's wish, then by
// descending cost (equal costs: lower number first). Of what is wanted equally early, a worker takes what is in its own
// shard of the store first, and from all when there is nothing left in it.

#include <cstdint>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "twinmill/ledger/record.hpp"

namespace twinmill::scheduler {

struct WaitingJob {
  std::size_t job = 0;
  ledger::TaskKind kind = ledger::TaskKind::image;
  int turn = 0;  ///< Lower goes first.
  double cost = 0;
  int shard = 0;  ///< Of an image.
};

class Waiting {
 public:
  /// `shards`: of the store; at least 1.
  explicit Waiting(int shards = 1) : in_shard_(shards > 1 ? static_cast<std::size_t>(shards) : 0) {}
  void push(const WaitingJob& job);
  bool empty() const { return images_.empty() && open_ended_.empty(); }
  std::size_t size() const { return images_.size() + open_ended_.size(); }
  /// What may be taken.
  enum class Kinds { all, images };
  /// Takes the first one for a worker of this shard, leaving out images whose cost is above `most`.
  std::optional<std::size_t> take(double most, Kinds kinds = Kinds::all, int shard = 0);
  /// Whether take(most) would find one.
  bool any_within(double most) const { return !open_ended_.empty() || first_image(images_, most) != images_.end(); }

 private:
  struct Entry {
    int turn = 0;
    double minus_cost = 0;
    std::size_t job = 0;
    int shard = 0;
    friend bool operator<(const Entry& a, const Entry& b) {
      return std::tie(a.turn, a.minus_cost, a.job) < std::tie(b.turn, b.minus_cost, b.job);
    }
  };
  using Entries = std::set<Entry>;
  static Entries::const_iterator first_image(const Entries& images, double most);
  /// The image that goes to a worker of this shard; the end of images_ when there is none.
  Entries::const_iterator choose(double most, int shard) const;

  Entries images_;
  Entries open_ended_;             ///< Relaxations and trainings: nobody knows how long they take.
  std::vector<Entries> in_shard_;  ///< The images of each shard once more; empty when there is one.
};

}  // namespace twinmill::scheduler
