#pragma once
// What both kinds of slab have in common. <fftw3.h> comes before, or what includes it.

#include <fftw3.h>

#include "twinmill/base/handle.hpp"
#include "twinmill/fft/fft.hpp"

namespace twinmill::fft {

struct SlabPlanPolicy {
  using type = fftw_plan;
  static type none() { return nullptr; }
  static void close(type plan) { fftw_destroy_plan(plan); }
};
using SlabPlan = Handle<SlabPlanPolicy>;

inline fftw_complex* raw(Buffer<double>& data) { return reinterpret_cast<fftw_complex*>(data.data()); }

}  // namespace twinmill::fft
