#pragma once
// Two-dimensional complex transforms (FFTW), in single and double precision.

#include <complex>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace twinmill::fft {

/// forward: sum of f exp(-2 pi i q.r); backward: sum of F exp(+2 pi i q.r). Neither is normalised.
enum class Direction { forward, backward, count_ };

/// Memory aligned for vector instructions; plans accept no other.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  static constexpr std::align_val_t alignment{64};
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), alignment)); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, alignment); }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }
};

template <class Real>
using Buffer = std::vector<std::complex<Real>, AlignedAllocator<std::complex<Real>>>;

/// Which frequencies along y matter: |index| <= limit. Others are taken as zero on the way back and are left undefined
/// on the way forward, so that a band-limited wave costs a third less along x. Default: all.
struct Band {
  int y_limit = -1;  ///< -1: no limit.
};

/// An in-place transform of nx x ny values (x slowest), used by one thread at a time.
///
/// The plan follows from the size and the build alone (FFTW_ESTIMATE, never measured), so that the same campaign gives
/// the same bits in every run and on every rank. Rows and blocks of transposed columns are transformed
/// one-dimensionally, which keeps estimated plans within some 20 % of measured two-dimensional ones
/// (tests/bench/fft.cpp; docs/imaging.md).
template <class Real>
class Plan2d {
 public:
  Plan2d(int nx, int ny, Direction direction, Band band = {});
  ~Plan2d();
  Plan2d(Plan2d&&) noexcept;
  Plan2d& operator=(Plan2d&&) noexcept;

  /// `data` must have nx * ny values.
  void execute(Buffer<Real>& data) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

extern template class Plan2d<float>;
extern template class Plan2d<double>;

}  // namespace twinmill::fft
