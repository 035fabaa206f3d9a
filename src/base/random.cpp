#include "twinmill/base/random.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "twinmill/base/error.hpp"

namespace twinmill {
namespace {

// Philox4x32-10: Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
    k[0] += 0x9E3779B9;
    k[1] += 0xBB67AE85;
  }
  return c;
}

}  // namespace

// The purpose and the 128-bit key are folded into the generator's key (64 bits) and the upper half of its counter
// (64 bits); the lower half counts blocks, so a stream holds 2^66 numbers.
RandomStream::RandomStream(const Hash128& key, std::string_view purpose) {
  const Hash128 name = Hasher().add(key).add(purpose).digest();
  key_ = {static_cast<std::uint32_t>(name.low), static_cast<std::uint32_t>(name.low >> 32)};
  counter_ = {0, 0, static_cast<std::uint32_t>(name.high), static_cast<std::uint32_t>(name.high >> 32)};
}

void RandomStream::refill() {
  block_ = philox(counter_, key_);
  used_ = 0;
  if (++counter_[0] == 0) ++counter_[1];
}

std::uint32_t RandomStream::bits32() {
  if (used_ == 4) refill();
  return block_[used_++];
}

std::uint64_t RandomStream::bits64() {
  const std::uint64_t low = bits32();
  return low | (static_cast<std::uint64_t>(bits32()) << 32);
}

double RandomStream::uniform() { return static_cast<double>(bits64() >> 11) * 0x1p-53; }

std::uint64_t RandomStream::below(std::uint64_t n) {
  ensure(n > 0, "RandomStream::below(0)");
  const std::uint64_t limit = n * (UINT64_MAX / n);  // Values from here on would favour small results.
  std::uint64_t value = bits64();
  while (value >= limit) value = bits64();
  return value % n;
}

double RandomStream::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  const double angle = 2 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

double RandomStream::gamma(double shape) {
  ensure(shape > 0 && std::isfinite(shape), "RandomStream::gamma: shape must be positive");
  // G. Marsaglia & W. W. Tsang, "A simple method for generating gamma variables", ACM Trans. Math. Softw. 26, 363
  // (2000). Below 1: gamma(shape) = gamma(shape + 1) U^(1/shape).
  const double boost = shape < 1 ? std::pow(1 - uniform(), 1 / shape) : 1;
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(1 - uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return boost * d * v;
  }
}

std::uint64_t RandomStream::poisson(double mean) {
  ensure(mean >= 0 && mean <= 1e9, "RandomStream::poisson: mean outside [0, 1e9]");
  if (mean < 10) {
    const double floor = std::exp(-mean);
    std::uint64_t count = 0;
    for (double product = uniform(); product > floor; product *= uniform()) ++count;
    return count;
  }
  // PTRS: W. Hoermann, "The transformed rejection method for generating Poisson random variables",
  // Insurance: Mathematics and Economics 12, 39 (1993).
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double v_r = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = uniform() - 0.5;
    const double v = uniform();
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= v_r) return static_cast<std::uint64_t>(k);
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (std::log(v * inverse_alpha / (a / (us * us) + b)) <= k * std::log(mean) - mean - std::lgamma(k + 1))
      return static_cast<std::uint64_t>(k);
  }
}

}  // namespace twinmill
