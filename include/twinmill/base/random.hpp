#pragma once
// Counter-based random numbers (Philox4x32-10; Salmon et al., SC11): a stream is named by a key and a purpose, never by
// the order in which things happen to run. All distributions are our own, so that their values are the same everywhere.

#include <array>
#include <cstdint>
#include <span>

#include "twinmill/base/hash.hpp"

namespace twinmill {

class RandomStream {
 public:
  /// The stream of `purpose` ("noise", "defect sites", ...) that belongs to `key`.
  RandomStream(const Hash128& key, std::string_view purpose);

  std::uint32_t bits32();
  std::uint64_t bits64();
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  /// Uniform integer in [0, n), without bias. n must be positive.
  std::uint64_t below(std::uint64_t n);
  /// Standard normal (Box-Muller), within +-largest_normal.
  double normal();
  static constexpr double largest_normal = 8.6;  ///< sqrt(2 ln 2^53), rounded up.
  /// Gamma deviate of the given shape (> 0) and scale 1, so mean and variance are `shape` (Marsaglia & Tsang 2000).
  double gamma(double shape);
  /// Poisson count of the given mean (0 <= mean <= 1e9): inversion below 10, PTRS (Hoermann 1993) above.
  std::uint64_t poisson(double mean);

  /// Fisher-Yates.
  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  void refill();
  std::array<std::uint32_t, 2> key_{};
  std::array<std::uint32_t, 4> counter_{};
  std::array<std::uint32_t, 4> block_{};
  unsigned used_ = 4;
  bool has_spare_ = false;
  double spare_ = 0;
};

}  // namespace twinmill
