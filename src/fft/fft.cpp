#include "twinmill/fft/fft.hpp"

#include <fftw3.h>

#include <algorithm>

#include "twinmill/base/error.hpp"
#include "twinmill/base/handle.hpp"

namespace twinmill::fft {
namespace {

// The two precisions of FFTW's C interface under one name each: `count` contiguous transforms of length n.
template <class Real>
struct Api;

template <>
struct Api<float> {
  using plan = fftwf_plan;
  using complex = fftwf_complex;
  static plan make(int n, int count, complex* from, complex* to, int sign) {
    return fftwf_plan_many_dft(1, &n, count, from, nullptr, 1, n, to, nullptr, 1, n, sign,
                               FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
  }
  static void execute(plan p, complex* from, complex* to) { fftwf_execute_dft(p, from, to); }
  static void destroy(plan p) { fftwf_destroy_plan(p); }
};

template <>
struct Api<double> {
  using plan = fftw_plan;
  using complex = fftw_complex;
  static plan make(int n, int count, complex* from, complex* to, int sign) {
    return fftw_plan_many_dft(1, &n, count, from, nullptr, 1, n, to, nullptr, 1, n, sign,
                              FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
  }
  static void execute(plan p, complex* from, complex* to) { fftw_execute_dft(p, from, to); }
  static void destroy(plan p) { fftw_destroy_plan(p); }
};

template <class Real>
struct PlanPolicy {
  using type = typename Api<Real>::plan;
  static type none() { return nullptr; }
  static void close(type plan) { Api<Real>::destroy(plan); }
};

template <class Real>
typename Api<Real>::complex* raw(std::complex<Real>* data) {
  return reinterpret_cast<typename Api<Real>::complex*>(data);
}

std::size_t product(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

}  // namespace

template <class Real>
struct Plan1d<Real>::State {
  Handle<PlanPolicy<Real>> plan;
};

template <class Real>
Plan1d<Real>::Plan1d(int n, int count, Direction direction) : state_(std::make_unique<State>()) {
  ensure(n > 0 && count > 0, "Plan1d: sizes must be positive");
  Buffer<Real> from(product(n, count)), to(product(n, count));
  const int sign = direction == Direction::forward ? FFTW_FORWARD : FFTW_BACKWARD;
  state_->plan = Handle<PlanPolicy<Real>>(Api<Real>::make(n, count, raw(from.data()), raw(to.data()), sign));
  if (!state_->plan) throw Error(Fault::system, cat("FFTW found no plan for ", count, " transforms of ", n));
}

template <class Real>
Plan1d<Real>::~Plan1d() = default;
template <class Real>
Plan1d<Real>::Plan1d(Plan1d&&) noexcept = default;
template <class Real>
Plan1d<Real>& Plan1d<Real>::operator=(Plan1d&&) noexcept = default;

template <class Real>
void Plan1d<Real>::execute(const std::complex<Real>* from, std::complex<Real>* to) const {
  // FFTW's interface knows no const; FFTW_PRESERVE_INPUT keeps the promise.
  Api<Real>::execute(state_->plan.get(), raw(const_cast<std::complex<Real>*>(from)), raw(to));
}

template <class Real>
Plan2d<Real>::Plan2d(int nx, int ny, Direction direction)
    : nx_(nx),
      ny_(ny),
      rows_(ny, nx, direction),
      columns_(nx, column_block, direction),
      rows_done_(product(nx, ny)),
      before_(product(nx, column_block)),
      after_(product(nx, column_block)) {}

template <class Real>
void Plan2d<Real>::execute(Buffer<Real>& data) const {
  ensure(data.size() == product(nx_, ny_), "Plan2d::execute: the buffer has another size than the plan");
  rows_.execute(data.data(), rows_done_.data());
  for (int first = 0; first < ny_; first += column_block) {
    const int count = std::min(column_block, ny_ - first);
    for (int ix = 0; ix < nx_; ++ix) {
      const std::complex<Real>* const row = rows_done_.data() + product(ix, ny_) + first;
      for (int b = 0; b < count; ++b) before_[product(b, nx_) + static_cast<std::size_t>(ix)] = row[b];
    }
    columns_.execute(before_.data(), after_.data());  // A last short block transforms left-overs too: harmless.
    for (int ix = 0; ix < nx_; ++ix) {
      std::complex<Real>* const row = data.data() + product(ix, ny_) + first;
      for (int b = 0; b < count; ++b) row[b] = after_[product(b, nx_) + static_cast<std::size_t>(ix)];
    }
  }
}

template class Plan1d<float>;
template class Plan1d<double>;
template class Plan2d<float>;
template class Plan2d<double>;

}  // namespace twinmill::fft
