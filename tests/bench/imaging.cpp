// The scattering matrix of the reference cell (MoS2 with one vacancy in 12.7 x 11.0 A) and of the same cell doubled in
// both directions (25.5 x 22.1 A, 188 atoms), and what further optics and views cost on top.
#include <benchmark/benchmark.h>

#include "twinmill/imaging/simulate.hpp"
#include "twinmill/specimen/build.hpp"

namespace {

using namespace twinmill;

const imaging::Optics lens{
    .semiangle_mrad = 25, .edge = imaging::ApertureEdge::area, .aberrations = {{"C10", -40}, {"C30", 4e5}}};
const std::vector<imaging::Detector> haadf = {{"haadf", 50, 200}};

specimen::Structure cell(int n) {
  return specimen::build(
      {.parent = "MoS2-H", .supercell = {n, n}, .defects = {{.kind = specimen::SiteClass::anion_vacancy}}});
}

void scattering_matrix(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  const auto structure = cell(n);
  const imaging::Multislice multislice{.energy_kev = 80, .grid = {64 * n, 56 * n}};
  int beams = 0;
  for (auto _ : state) beams = imaging::ScatteringMatrix(structure, multislice, lens, haadf).beams();
  state.counters["beams"] = beams;
}
BENCHMARK(scattering_matrix)->Arg(4)->Arg(8)->Unit(benchmark::kMillisecond);

void oversampled(benchmark::State& state) {
  const auto structure = cell(8);
  const imaging::Multislice multislice{
      .energy_kev = 80, .grid = {512, 448}, .oversampling = static_cast<int>(state.range(0))};
  for (auto _ : state) {
    const imaging::ScatteringMatrix matrix(structure, multislice, lens, haadf);
    state.counters["potential_s"] = matrix.parts().potential;
    state.counters["planes_s"] = matrix.parts().planes;
    state.counters["product_s"] = matrix.parts().product;
  }
}
BENCHMARK(oversampled)->Arg(1)->Arg(4)->Unit(benchmark::kMillisecond);

void probe_by_plain_multislice(benchmark::State& state) {
  const auto structure = cell(8);
  for (auto _ : state)
    benchmark::DoNotOptimize(imaging::plain_multislice(structure, {.energy_kev = 80, .grid = {512, 448}}, lens, haadf,
                                                       std::vector<std::array<double, 2>>(20, {1.0, 2.0})));
  state.SetItemsProcessed(state.iterations() * 20);
}
BENCHMARK(probe_by_plain_multislice)->Unit(benchmark::kMillisecond);

void series_of_further_optics(benchmark::State& state) {
  const imaging::ScatteringMatrix matrix(cell(4), {.energy_kev = 80, .grid = {256, 224}}, lens, haadf);
  for (auto _ : state) benchmark::DoNotOptimize(matrix.series(lens));
}
BENCHMARK(series_of_further_optics)->Unit(benchmark::kMillisecond);

void view_of_a_series(benchmark::State& state) {
  const auto series =
      imaging::ScatteringMatrix(cell(4), {.energy_kev = 80, .grid = {256, 224}}, lens, haadf).series(lens)[0];
  const specimen::View view{.field_A = {16, 16}, .pixels = {128, 128}, .rotation_deg = 30, .origin_A = {6, 5}};
  for (auto _ : state) benchmark::DoNotOptimize(series.on_view(view));
}
BENCHMARK(view_of_a_series)->Unit(benchmark::kMillisecond);

}  // namespace
