#pragma once
// Devices that LibTorch knows, for imaging. LibTorch is loaded when one is asked for.

#include <functional>
#include <memory>
#include <string>

#include "twinmill/imaging/device.hpp"

namespace twinmill::device {

/// "auto": a GPU where there is one, otherwise the processor with FFTW. "cpu": the processor with FFTW. "torch-cpu":
/// the processor with LibTorch, which is for tests. "cuda": the GPU that falls to this rank; "cuda:N": GPU number N.
/// ROCm's builds of LibTorch call their GPUs cuda as well.
struct Choice {
  enum class Kind { automatic, cpu, torch_cpu, cuda, count_ };
  Kind kind = Kind::automatic;
  int number = -1;  ///< Of the GPU; -1: the rank's.
};
/// Throws Error(input) for other words, naming those that are known.
Choice parse_choice(const std::string& word);

struct DeviceOptions {
  int local_rank = 0;       ///< Among the ranks of this host that use devices; they are dealt to the GPUs in turns.
  double memory_bytes = 0;  ///< Most that waves in work may take; 0: 8 GB on a GPU, 1 GB on a processor.
  /// Called before a batch of so many beams is taken; what it throws as std::bad_alloc counts as memory that ran out.
  std::function<void(int beams)> before_batch = {};
};

/// The device, or null when the processor with FFTW does the work. Throws Error(system) when a GPU is asked for and
/// there is none, or LibTorch cannot be loaded; not for "auto", which then takes the processor.
std::unique_ptr<imaging::Device> open_device(const Choice& choice, const DeviceOptions& options = {});

/// What the module with LibTorch offers.
struct Api {
  int (*gpus)();
  /// `name` as LibTorch knows it: "cpu", "cuda:0".
  std::unique_ptr<imaging::Device> (*open)(const std::string& name, const DeviceOptions& options);
};

}  // namespace twinmill::device
