#include "device_matrix.hpp"

#include "beam_propagator.hpp"
#include "phonons.hpp"
#include "potential.hpp"

namespace twinmill::imaging {
namespace {

// What a device gets of one configuration of the atoms.
BeamWork beam_work(const Stack& stack, const Transmission& transmission, const DeviceTask& task) {
  const Grid& grid = stack.grid;
  BeamWork work{.grid = {grid.nx, grid.ny},
                .beams = {},
                .first = {},
                .planes = {},
                .pixels = task.pixels.index,
                .ranges = task.pixels.range,
                .weights = task.pixels.weights};
  for (const auto& b : task.beams) work.beams.push_back({b.hx, b.hy});
  const auto single = [](const fft::Buffer<double>& values) {
    return std::vector<std::complex<float>>(values.begin(), values.end());
  };
  work.first = single(transmission.spectrum(stack.planes.front().atoms));
  const fft::Plan2d<double> backward(grid.nx, grid.ny, fft::Direction::backward);
  for (std::size_t j = 1; j < stack.planes.size(); ++j) {
    auto t = transmission.spectrum(stack.planes[j].atoms);
    backward.execute(t);
    const double distance_A = (stack.planes[j].slice - stack.planes[j - 1].slice) * stack.slice_thickness_A;
    work.planes.push_back(
        {.transmission = single(t), .propagator = full_propagator(grid, task.wavelength_A, distance_A)});
  }
  return work;
}

}  // namespace

std::array<std::vector<std::vector<std::complex<float>>>, 2> products_on_device(Device& device,
                                                                                const specimen::Structure& structure,
                                                                                const Multislice& multislice,
                                                                                const DeviceTask& task,
                                                                                const Progress& progress) {
  const int configurations = images_to_average(multislice.phonons);
  const Transmission transmission(task.grid, multislice);
  std::array<std::vector<std::vector<std::complex<float>>>, 2> m;
  for (int c = 0; c < configurations; ++c) {
    const Stack stack = build_stack(displaced(structure, multislice.phonons, c), multislice);
    const auto part = [&](double fraction) {
      if (progress) progress((c + 0.02 + 0.98 * fraction) / configurations);
    };
    auto products = device.products(beam_work(stack, transmission, task), part);
    auto& mean = m[static_cast<std::size_t>(c % 2)];
    const int in_this_half = (configurations + 1 - c % 2) / 2;
    const float share = 1.0F / static_cast<float>(in_this_half);
    for (auto& detector : products)
      for (auto& value : detector) value *= share;
    if (mean.empty()) {
      mean = std::move(products);
      continue;
    }
    for (std::size_t d = 0; d < mean.size(); ++d)
      for (std::size_t i = 0; i < mean[d].size(); ++i) mean[d][i] += products[d][i];
  }
  return m;
}

}  // namespace twinmill::imaging
