#include "scheduler/deadline.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace twinmill::scheduler {
namespace {

constexpr std::size_t leases_remembered = 64;
constexpr double caution = 0.9;
constexpr double longest_margin = 60, margin_part = 0.1;

}  // namespace

void Pace::add(double cost, double seconds) {
  if (!(cost > 0) || !(seconds >= 0)) return;
  rates_.push_back(seconds / cost);
  if (rates_.size() > leases_remembered) rates_.pop_front();
  rate_.reset();
}

double Pace::rate() const {
  if (!rate_) {
    std::vector<double> sorted(rates_.begin(), rates_.end());
    const auto at =
        sorted.begin() + static_cast<std::ptrdiff_t>(caution * static_cast<double>(sorted.size() - 1) + 0.5);
    std::nth_element(sorted.begin(), at, sorted.end());
    rate_ = *at;
  }
  return *rate_;
}

double Pace::seconds(double cost) const { return known() ? rate() * cost : 0; }

double Pace::cost_within(double seconds) const {
  if (!known() || rate() <= 0) return std::numeric_limits<double>::infinity();
  return seconds / rate();
}

double deadline_margin(double seconds) { return std::min(longest_margin, margin_part * std::max(0.0, seconds)); }

}  // namespace twinmill::scheduler
