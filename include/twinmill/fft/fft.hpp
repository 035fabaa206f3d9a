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

/// `count` transforms of `n` values each, one after the other in memory; used by one thread at a time.
///
/// Plans follow from the size and the build alone (FFTW_ESTIMATE, never measured), so that the same campaign gives the
/// same bits in every run and on every rank (docs/adr/0007-fft-plans.md).
template <class Real>
class Plan1d {
 public:
  Plan1d(int n, int count, Direction direction);
  ~Plan1d();
  Plan1d(Plan1d&&) noexcept;
  Plan1d& operator=(Plan1d&&) noexcept;

  /// Both hold n * count values, are aligned to 64 bytes as a Buffer is, and do not overlap. `from` is left as it is.
  void execute(const std::complex<Real>* from, std::complex<Real>* to) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Columns that are copied to contiguous memory and transformed together: 8 complex floats fill a cache line.
inline constexpr int column_block = 8;

/// A transform of nx x ny values (x slowest) into the same buffer, used by one thread at a time. Made of
/// one-dimensional ones: all rows at once, columns in blocks of `column_block` (tests/bench/fft.cpp compares it with
/// FFTW's own).
template <class Real>
class Plan2d {
 public:
  Plan2d(int nx, int ny, Direction direction);

  /// `data` must have nx * ny values.
  void execute(Buffer<Real>& data) const;

 private:
  int nx_, ny_;
  Plan1d<Real> rows_, columns_;
  mutable Buffer<Real> rows_done_, before_, after_;
};

extern template class Plan1d<float>;
extern template class Plan1d<double>;
extern template class Plan2d<float>;
extern template class Plan2d<double>;

}  // namespace twinmill::fft
