// Our estimated row and column transforms against FFTW's own two-dimensional plans, estimated and measured.
#include <benchmark/benchmark.h>
#include <fftw3.h>

#include <algorithm>
#include <cmath>

#include "twinmill/fft/fft.hpp"

namespace {

using twinmill::fft::Buffer;
using twinmill::fft::Direction;

void flops(benchmark::State& state, double n) {
  state.counters["flop/s"] = benchmark::Counter(5 * n * std::log2(n), benchmark::Counter::kIsIterationInvariantRate,
                                                benchmark::Counter::OneK::kIs1000);
}

void ours(benchmark::State& state) {
  const int nx = static_cast<int>(state.range(0)), ny = static_cast<int>(state.range(1));
  const twinmill::fft::Plan2d<float> plan(nx, ny, Direction::forward);
  Buffer<float> data(static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny));
  for (auto _ : state) plan.execute(data);
  flops(state, static_cast<double>(data.size()));
}

void fftw_2d(benchmark::State& state, unsigned flags) {
  const int nx = static_cast<int>(state.range(0)), ny = static_cast<int>(state.range(1));
  Buffer<float> data(static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny));
  auto* const raw = reinterpret_cast<fftwf_complex*>(data.data());
  fftwf_plan plan = fftwf_plan_dft_2d(nx, ny, raw, raw, FFTW_FORWARD, flags);
  std::fill(data.begin(), data.end(), 0.0F);
  for (auto _ : state) fftwf_execute(plan);
  flops(state, static_cast<double>(data.size()));
  fftwf_destroy_plan(plan);
}

void sizes(benchmark::internal::Benchmark* b) {
  for (const auto& [nx, ny] : {std::pair{256, 224}, {512, 448}, {384, 336}}) b->Args({nx, ny});
}

BENCHMARK(ours)->Apply(sizes);
BENCHMARK_CAPTURE(fftw_2d, estimated, FFTW_ESTIMATE)->Apply(sizes);
BENCHMARK_CAPTURE(fftw_2d, measured, FFTW_MEASURE)->Apply(sizes);

}  // namespace
