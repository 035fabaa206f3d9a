#include "twinmill/fft/fft.hpp"

#include <fftw3.h>

#include <algorithm>

#include "twinmill/base/error.hpp"
#include "twinmill/base/handle.hpp"

namespace twinmill::fft {
namespace {

// Columns that are copied to contiguous memory and transformed together: 8 complex floats fill a cache line.
constexpr int block = 8;

// The two precisions of FFTW's C interface under one name each: `count` contiguous transforms of length n.
template <class Real>
struct Api;

template <>
struct Api<float> {
  using plan = fftwf_plan;
  using complex = fftwf_complex;
  static plan make(int n, int count, complex* p, int sign) {
    return fftwf_plan_many_dft(1, &n, count, p, nullptr, 1, n, p, nullptr, 1, n, sign, FFTW_ESTIMATE);
  }
  static void execute(plan p, complex* d) { fftwf_execute_dft(p, d, d); }
  static void destroy(plan p) { fftwf_destroy_plan(p); }
};

template <>
struct Api<double> {
  using plan = fftw_plan;
  using complex = fftw_complex;
  static plan make(int n, int count, complex* p, int sign) {
    return fftw_plan_many_dft(1, &n, count, p, nullptr, 1, n, p, nullptr, 1, n, sign, FFTW_ESTIMATE);
  }
  static void execute(plan p, complex* d) { fftw_execute_dft(p, d, d); }
  static void destroy(plan p) { fftw_destroy_plan(p); }
};

template <class Real>
struct PlanPolicy {
  using type = typename Api<Real>::plan;
  static type none() { return nullptr; }
  static void close(type plan) { Api<Real>::destroy(plan); }
};

template <class Real>
typename Api<Real>::complex* raw(Buffer<Real>& data) {
  return reinterpret_cast<typename Api<Real>::complex*>(data.data());
}

}  // namespace

template <class Real>
struct Plan2d<Real>::State {
  int nx = 0, ny = 0;
  Direction direction = Direction::forward;
  std::vector<int> columns;  // Indices along y whose column has to be transformed.
  Handle<PlanPolicy<Real>> rows, column_block;
  mutable Buffer<Real> scratch;  // `block` columns, one after the other.

  void transform_columns(Buffer<Real>& data) const {
    for (std::size_t first = 0; first < columns.size(); first += block) {
      const std::size_t count = std::min<std::size_t>(block, columns.size() - first);
      const int* const column = columns.data() + first;
      for (int ix = 0; ix < nx; ++ix) {
        const std::complex<Real>* const row = data.data() + static_cast<std::size_t>(ix) * ny;
        for (std::size_t b = 0; b < count; ++b) scratch[b * nx + ix] = row[column[b]];
      }
      Api<Real>::execute(column_block.get(), raw(scratch));  // A last short block transforms left-overs too: harmless.
      for (int ix = 0; ix < nx; ++ix) {
        std::complex<Real>* const row = data.data() + static_cast<std::size_t>(ix) * ny;
        for (std::size_t b = 0; b < count; ++b) row[column[b]] = scratch[b * nx + ix];
      }
    }
  }
};

template <class Real>
Plan2d<Real>::Plan2d(int nx, int ny, Direction direction, Band band) : state_(std::make_unique<State>()) {
  ensure(nx > 0 && ny > 0, "Plan2d: sizes must be positive");
  State& s = *state_;
  s.nx = nx;
  s.ny = ny;
  s.direction = direction;
  for (int iy = 0; iy < ny; ++iy) {
    if (band.y_limit < 0 || std::min(iy, ny - iy) <= band.y_limit) s.columns.push_back(iy);
  }
  s.scratch.resize(static_cast<std::size_t>(block) * nx);
  Buffer<Real> example(static_cast<std::size_t>(nx) * ny);
  const int sign = direction == Direction::forward ? FFTW_FORWARD : FFTW_BACKWARD;
  s.rows = Handle<PlanPolicy<Real>>(Api<Real>::make(ny, nx, raw(example), sign));
  s.column_block = Handle<PlanPolicy<Real>>(Api<Real>::make(nx, block, raw(s.scratch), sign));
  if (!s.rows || !s.column_block) throw Error(Fault::system, cat("FFTW found no plan for ", nx, " x ", ny));
}

template <class Real>
Plan2d<Real>::~Plan2d() = default;
template <class Real>
Plan2d<Real>::Plan2d(Plan2d&&) noexcept = default;
template <class Real>
Plan2d<Real>& Plan2d<Real>::operator=(Plan2d&&) noexcept = default;

template <class Real>
void Plan2d<Real>::execute(Buffer<Real>& data) const {
  const State& s = *state_;
  ensure(data.size() == static_cast<std::size_t>(s.nx) * s.ny,
         "Plan2d::execute: the buffer has another size than the plan");
  // Rows first on the way forward, so that columns outside the band are dropped; last on the way back.
  if (s.direction == Direction::forward) Api<Real>::execute(s.rows.get(), raw(data));
  s.transform_columns(data);
  if (s.direction == Direction::backward) Api<Real>::execute(s.rows.get(), raw(data));
}

template class Plan2d<float>;
template class Plan2d<double>;

}  // namespace twinmill::fft
