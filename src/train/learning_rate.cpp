#include "learning_rate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "checkpoint.hpp"

namespace twinmill::train {
namespace {

/// How often `plateau_patience` epochs in a row were no better than the best before them.
int plateaus(std::span<const EpochRecord> history) {
  int count = 0, waited = 0;
  std::size_t best = 0;
  for (std::size_t i = 1; i < history.size(); ++i) {
    if (better(history[i], history[best])) {
      best = i;
      waited = 0;
    } else if (++waited == plateau_patience) {
      ++count;
      waited = 0;
    }
  }
  return count;
}

}  // namespace

bool is_schedule(std::string_view name) { return name == "cosine" || name == "constant" || name == "plateau"; }

// W warm-up steps, T steps in all, t = 0 .. T-1:
//   lr(t) = lr (t + 1) / (W + 1)                                t < W (Goyal et al. 2017)
//   cosine:   lr(t) = lr (1 + cos(pi (t - W) / (T - W))) / 2    (Loshchilov and Hutter 2017, without restarts)
//   constant: lr(t) = lr
//   plateau:  lr(t) = lr 10^-k, k the plateaus so far
double learning_rate(const TrainSpec& spec, std::int64_t step, std::int64_t steps,
                     std::span<const EpochRecord> history) {
  const std::int64_t warmup = spec.warmup_steps;
  double rate = spec.learning_rate;
  if (spec.schedule == "plateau") rate *= std::pow(10.0, -plateaus(history));
  if (step < warmup) return rate * static_cast<double>(step + 1) / static_cast<double>(warmup + 1);
  if (spec.schedule != "cosine") return rate;
  const auto rest = static_cast<double>(std::max<std::int64_t>(1, steps - warmup));
  return rate * 0.5 * (1 + std::cos(std::numbers::pi * static_cast<double>(step - warmup) / rest));
}

bool stops_early(const TrainSpec& spec, std::span<const EpochRecord> history) {
  if (spec.early_stop == 0 || history.empty()) return false;
  return history.size() - 1 - best_epoch(history) >= static_cast<std::size_t>(spec.early_stop);
}

}  // namespace twinmill::train
