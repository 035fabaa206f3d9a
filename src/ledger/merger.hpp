#pragma once
// Rows of an older ledger into a new one, by key.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "twinmill/campaign/plan.hpp"
#include "twinmill/ledger/build.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::ledger {

/// Fills a ledger that holds every task of the plan, inside the caller's transaction.
class Merger {
 public:
  Merger(sql::Database& target, const campaign::Plan& plan);

  /// Makes these tasks done.
  void add(const std::vector<FoundTask>& found);
  /// Takes over what `older` can tell and the target does not know yet. Returns what could not be read.
  std::vector<std::string> take(const std::filesystem::path& older);
  /// Counts attempts; once, at the end.
  void finish();

 private:
  using Index = std::vector<std::pair<Hash128, std::int64_t>>;  ///< Sorted.

  void take_moment(const sql::Database& older);
  void take_simulations(const sql::Database& older);
  void take_tasks(const sql::Database& older);
  void take_attempts(const sql::Database& older);
  void take_stages(const sql::Database& older);
  void take_events(const sql::Database& older);
  /// The number that this plan has for a key, or -1.
  static std::int64_t find(const Index& index, const std::string& key);
  void count_attempt(std::int64_t simulation, std::int32_t attempt);

  sql::Database& target_;
  std::vector<std::int64_t> simulation_of_;  ///< By task.
  Index simulations_, tasks_;
  std::vector<std::int32_t> attempts_;                         ///< Highest number by simulation.
  std::unordered_map<std::int64_t, std::int64_t> renumbered_;  ///< Simulations of the older ledger in this one.
};

}  // namespace twinmill::ledger
