#include "describe.hpp"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/version.h>

#include <algorithm>

#include "twinmill/base/clock.hpp"
#include "twinmill/base/cpu.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::train {
namespace {

constexpr std::int64_t edge = 384;
constexpr int repeats = 16;
constexpr double tolerated = 2.5;

template <class Work>
double seconds_of(const Work& work) {
  const double started = steady_seconds();
  work();
  return std::max(steady_seconds() - started, 1e-9);
}

}  // namespace

std::string blas_warning(double product, double convolution, std::string_view fitting_core) {
  if (product * tolerated >= convolution) return {};
  const std::string advice =
      fitting_core.empty() ? std::string() : cat("Set OPENBLAS_CORETYPE=", fitting_core, " or i");
  return cat("the BLAS in use runs far below the processor (matrix products at ", rounded_text(product, 3),
             " GFLOP/s, oneDNN's at ", rounded_text(convolution, 3), " GFLOP/s). ", advice.empty() ? "I" : advice,
             "nstall libopenblas0-pthread?");
}

std::string describe(std::string& warning) {
  const at::NoGradGuard no_grad;
  // A 1x1 convolution is the same product, which LibTorch gives to oneDNN and not to the BLAS.
  const at::Tensor a = at::ones({edge, edge}), b = at::ones({edge, edge});
  const at::Tensor image = at::ones({1, edge, 16, edge / 16}), kernel = at::ones({edge, edge, 1, 1});
  // Short runs, taking turns, and the fastest of each: other work on the machine must not look like a slow library.
  double product_s = 1e9, convolution_s = 1e9;
  for (int i = 0; i < repeats; ++i) {
    product_s = std::min(product_s, seconds_of([&] { at::mm(a, b); }));
    convolution_s = std::min(convolution_s, seconds_of([&] { at::conv2d(image, kernel); }));
  }
  const double gigaflop = 2e-9 * edge * edge * edge;
  const double product = gigaflop / product_s, convolution = gigaflop / convolution_s;
  warning = blas_warning(product, convolution, fitting_openblas_core());
  const int threads = at::get_num_threads();
  return cat("LibTorch ", TORCH_VERSION, ", ", threads, threads == 1 ? " thread" : " threads", ", matrix products at ",
             rounded_text(product, 3), " GFLOP/s", at::hasMKLDNN() ? ", oneDNN's at " : ", convolutions at ",
             rounded_text(convolution, 3), " GFLOP/s");
}

}  // namespace twinmill::train
