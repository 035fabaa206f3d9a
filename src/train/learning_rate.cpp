#include "learning_rate.hpp"

#include <cmath>
#include <numbers>

namespace twinmill::train {

// lr(t) = lr(0) (1 + cos(pi t / T)) / 2, t = 0 .. T-1 (Loshchilov and Hutter 2017, without restarts)
double learning_rate(double first, std::int64_t step, std::int64_t steps) {
  return first * 0.5 * (1 + std::cos(std::numbers::pi * static_cast<double>(step) / static_cast<double>(steps)));
}

}  // namespace twinmill::train
