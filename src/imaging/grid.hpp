#pragma once
// The sampled cell: nx x ny values (x slowest) over Lx x Ly, and its frequencies.

#include <algorithm>
#include <array>

namespace twinmill::imaging {

struct Grid {
  int nx = 0, ny = 0;
  double lx_A = 0, ly_A = 0;

  std::size_t size() const { return static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny); }
  static int harmonic(int i, int n) { return i < (n + 1) / 2 ? i : i - n; }
  static int index_of(int harmonic, int n) { return harmonic < 0 ? harmonic + n : harmonic; }
  double kx(int ix) const { return harmonic(ix, nx) / lx_A; }
  double ky(int iy) const { return harmonic(iy, ny) / ly_A; }
  /// 2/3 of the Nyquist radius, of the coarser direction (1/A).
  double band_limit() const { return 2.0 / 3.0 * std::min(nx / (2 * lx_A), ny / (2 * ly_A)); }
};

}  // namespace twinmill::imaging
