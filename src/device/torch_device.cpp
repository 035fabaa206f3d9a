// Beams as tensors: batches of waves go through the planes together, then one product per detector.
#include <ATen/ATen.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <algorithm>
#include <new>

#include "twinmill/base/error.hpp"
#include "twinmill/device/device.hpp"

namespace twinmill::device {
namespace {

using imaging::BeamWork;
using Complexes = std::vector<std::complex<float>>;

constexpr double value_bytes = sizeof(std::complex<float>);
constexpr double arrays_per_wave = 4;  // The wave, its transform, a product, and what a transform works in.
constexpr double processor_bytes = 1e9, gpu_bytes = 8e9;

constexpr c10::string_view forward = "forward";  // The forward transform divides by nx ny, the backward one does not.

at::Tensor longs(std::vector<std::int64_t>& values) {
  return at::from_blob(values.data(), {static_cast<std::int64_t>(values.size())}, at::kLong).clone();
}

bool is_out_of_memory(const c10::Error& e) {
  return std::string_view(e.what_without_backtrace()).find("out of memory") != std::string_view::npos;
}

class TorchDevice final : public imaging::Device {
 public:
  TorchDevice(const std::string& name, const DeviceOptions& options) : device_(name), options_(options) {
    if (options_.memory_bytes <= 0) options_.memory_bytes = device_.is_cuda() ? gpu_bytes : processor_bytes;
  }

  std::string description() const override { return cat("LibTorch ", TORCH_VERSION, " on ", device_.str()); }

  double least_bytes(const BeamWork& work) const override {
    const double points = static_cast<double>(work.grid[0]) * work.grid[1];
    const double n = static_cast<double>(work.beams.size());
    const double planes = 1 + 2 * static_cast<double>(work.planes.size());
    return value_bytes * (points * (planes + arrays_per_wave) + 2 * n * static_cast<double>(work.pixels.size()) +
                          n * n * static_cast<double>(work.ranges.size()));
  }

  std::vector<Complexes> products(const BeamWork& work, const std::function<void(double)>& progress) override {
    const at::NoGradGuard no_gradients;
    try {
      const Shared shared = on_device(work);
      const auto n = static_cast<std::int64_t>(work.beams.size());
      const auto waves = at::empty({n, static_cast<std::int64_t>(work.pixels.size())}, shared.first.options());
      std::int64_t batch = first_batch(work);
      for (std::int64_t done = 0; done < n;) {
        const std::int64_t count = std::min(batch, n - done);
        if (!propagated(work, shared, waves, done, count)) {
          if (batch == 1)
            throw Error(Fault::system, cat(device_.str(), " has no memory for a single beam. A smaller cell?"));
          batch = std::max<std::int64_t>(1, count / 2);
          continue;
        }
        done += count;
        if (progress) progress(0.9 * static_cast<double>(done) / static_cast<double>(n));
      }
      std::vector<Complexes> all;
      for (std::size_t d = 0; d < work.ranges.size(); ++d) {
        all.push_back(product(work, waves, d));
        if (progress) progress(0.9 + 0.1 * static_cast<double>(d + 1) / static_cast<double>(work.ranges.size()));
      }
      return all;
    } catch (const c10::Error& e) {
      if (is_out_of_memory(e))
        throw Error(Fault::system,
                    cat(device_.str(), " is out of memory: this specimen takes ",
                        static_cast<std::int64_t>(least_bytes(work) / 1e6), " MB at the least. A smaller cell?"));
      throw Error(Fault::bug, cat("LibTorch on ", device_.str(), ": ", e.what_without_backtrace()));
    }
  }

 private:
  /// What all beams share.
  struct Shared {
    at::Tensor first;  // nx x ny
    std::vector<at::Tensor> transmission, propagator;
    at::Tensor pixels;  // Indices into nx * ny.
    at::Tensor beams;   // n x 2
  };

  at::Tensor complex_grid(const Complexes& values, const std::array<int, 2>& grid) const {
    // from_blob() does not own: to() or clone() copies before the vector goes.
    auto* const data = const_cast<std::complex<float>*>(values.data());
    return at::from_blob(data, {grid[0], grid[1]}, at::kComplexFloat).to(device_, at::kComplexFloat, false, true);
  }

  Shared on_device(const BeamWork& work) const {
    Shared s;
    s.first = complex_grid(work.first, work.grid);
    for (const auto& plane : work.planes) {
      s.transmission.push_back(complex_grid(plane.transmission, work.grid));
      s.propagator.push_back(complex_grid(plane.propagator, work.grid));
    }
    std::vector<std::int64_t> pixels(work.pixels.begin(), work.pixels.end());
    s.pixels = longs(pixels).to(device_);
    std::vector<std::int64_t> beams;
    for (const auto& b : work.beams) beams.insert(beams.end(), {b[0], b[1]});
    s.beams = longs(beams).reshape({-1, 2}).to(device_);
    return s;
  }

  std::int64_t first_batch(const BeamWork& work) const {
    const double wave = value_bytes * arrays_per_wave * work.grid[0] * work.grid[1];
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(options_.memory_bytes / wave), 1, 512);
  }

  /// False when the memory ran out; then nothing has changed.
  bool propagated(const BeamWork& work, const Shared& s, at::Tensor waves, std::int64_t from,
                  std::int64_t count) const {
    try {
      if (options_.before_batch) options_.before_batch(static_cast<int>(count));
      const std::int64_t nx = work.grid[0], ny = work.grid[1];
      // T_1 exp(2 pi i g.r) has the spectrum of T_1 shifted by g.
      const auto g = s.beams.narrow(0, from, count);
      const auto whole = at::TensorOptions().dtype(at::kLong).device(device_);
      const auto x = at::remainder(at::arange(nx, whole).unsqueeze(0) - g.select(1, 0).unsqueeze(1), nx);
      const auto y = at::remainder(at::arange(ny, whole).unsqueeze(0) - g.select(1, 1).unsqueeze(1), ny);
      auto spectrum = s.first.index({x.unsqueeze(2), y.unsqueeze(1)});
      for (std::size_t plane = 0; plane < s.transmission.size(); ++plane) {
        spectrum.mul_(s.propagator[plane]);
        auto wave =
            at::fft_ifft2(spectrum, at::OptionalIntArrayRef(), {-2, -1}, forward);  // Unscaled, as coefficients are.
        wave.mul_(s.transmission[plane]);
        spectrum = at::fft_fft2(wave, at::OptionalIntArrayRef(), {-2, -1}, forward);
      }
      waves.narrow(0, from, count).copy_(spectrum.reshape({count, nx * ny}).index_select(1, s.pixels));
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    } catch (const c10::Error& e) {
      if (!is_out_of_memory(e)) throw;
      return false;
    }
  }

  Complexes product(const BeamWork& work, const at::Tensor& waves, std::size_t detector) const {
    const auto [from, to] = work.ranges[detector];
    const auto seen = waves.narrow(1, from, to - from);
    auto left = seen.conj();
    if (const auto& weights = work.weights[detector]; !weights.empty()) {
      auto* const data = const_cast<float*>(weights.data());
      left = left * at::from_blob(data, {to - from}, at::kFloat).to(device_);
    }
    const auto m = at::matmul(left.resolve_conj(), seen.transpose(0, 1)).to(at::kCPU).contiguous();
    const auto* const begin = reinterpret_cast<const std::complex<float>*>(m.data_ptr<c10::complex<float>>());
    return {begin, begin + m.numel()};
  }

  at::Device device_;
  DeviceOptions options_;
};

int gpus() { return static_cast<int>(torch::cuda::device_count()); }

std::unique_ptr<imaging::Device> open(const std::string& name, const DeviceOptions& options) {
  return std::make_unique<TorchDevice>(name, options);
}

}  // namespace
}  // namespace twinmill::device

extern "C" const twinmill::device::Api* twinmill_device_torch_api() {
  static const twinmill::device::Api api{.gpus = twinmill::device::gpus, .open = twinmill::device::open};
  return &api;
}
