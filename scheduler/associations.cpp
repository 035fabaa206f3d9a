#include "scheduler/associations.hpp"

#include <algorithm>
#include <cmath>

namespace twinmill::scheduler {
namespace {

double log_choose(std::int64_t n, std::int64_t k) {
  const auto log_factorial = [](std::int64_t m) { return std::lgamma(static_cast<double>(m) + 1); };
  return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

}  // namespace

double hypergeometric_tail(std::int64_t total, std::int64_t marked, std::int64_t drawn, std::int64_t hits) {
  if (hits <= std::max<std::int64_t>(0, drawn + marked - total)) return 1;
  const double all = log_choose(total, drawn);
  double sum = 0;
  for (std::int64_t k = hits; k <= std::min(marked, drawn); ++k)
    sum += std::exp(log_choose(marked, k) + log_choose(total - marked, drawn - k) - all);
  return std::min(sum, 1.0);
}

void FailureTally::add(const std::vector<std::pair<std::string, std::string>>& values, bool failed) {
  const auto count = [&](Count& c) {
    ++c.total;
    if (failed) ++c.failed;
  };
  count(all_);
  for (const auto& value : values) count(counts_[value]);
}

std::vector<Association> FailureTally::clear(double bound) const {
  std::vector<Association> found;
  std::int64_t compared = 0;
  for (const auto& [value, count] : counts_) {
    if (count.total == all_.total) continue;
    ++compared;
    if (count.failed == 0) continue;
    found.push_back({.axis = value.first,
                     .value = value.second,
                     .failed = count.failed,
                     .with = count.total,
                     .other_failed = all_.failed - count.failed,
                     .without = all_.total - count.total,
                     .p = hypergeometric_tail(all_.total, all_.failed, count.total, count.failed)});
  }
  std::erase_if(found, [&](const Association& a) { return a.p * static_cast<double>(compared) >= bound; });
  std::stable_sort(found.begin(), found.end(), [](const Association& a, const Association& b) { return a.p < b.p; });
  return found;
}

}  // namespace twinmill::scheduler
