#pragma once
// Which properties go with failures: the failure rate of each value of each axis against that of all others.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace twinmill::scheduler {

/// Of `total` things `marked` are marked; the probability that of `drawn` ones at least `hits` are (hypergeometric
/// distribution: Fisher's exact test, one side).
double hypergeometric_tail(std::int64_t total, std::int64_t marked, std::int64_t drawn, std::int64_t hits);

/// A value that fails clearly more often than the others of its axis.
struct Association {
  std::string axis, value;
  std::int64_t failed = 0, with = 0;           ///< Failures among the things that have the value.
  std::int64_t other_failed = 0, without = 0;  ///< Among those that have not.
  double p = 1;                                ///< Probability of so many failures, or more, by chance.
  bool has_all() const { return other_failed == 0; }
};

class FailureTally {
 public:
  /// One thing: its values (axis, value), several of one axis if it has several, each once; and whether it failed.
  void add(const std::vector<std::pair<std::string, std::string>>& values, bool failed);
  std::int64_t total() const { return all_.total; }
  std::int64_t failed() const { return all_.failed; }
  /// Values whose p is below `bound` divided by the number of values that there are to compare (so that by chance alone
  /// something is listed in less than that part of all campaigns), the clearest first. Values that everything has are
  /// not compared.
  std::vector<Association> clear(double bound) const;

 private:
  struct Count {
    std::int64_t total = 0, failed = 0;
  };
  Count all_;
  std::map<std::pair<std::string, std::string>, Count> counts_;
};

}  // namespace twinmill::scheduler
