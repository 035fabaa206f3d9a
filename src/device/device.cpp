#include "twinmill/device/device.hpp"

#include <filesystem>

#include "twinmill/base/error.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/module.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::device {
namespace {

namespace fs = std::filesystem;

const Api* load() {
  using Entry = const Api* (*)();
  return reinterpret_cast<Entry>(module_entry(reinterpret_cast<const void*>(&parse_choice),
                                              "libtwinmill_device_torch.so", "twinmill_device_torch_api",
                                              "the device module"))();
}

const Api& api() {
  static const Api* const loaded = load();
  return *loaded;
}

// The drivers' own files, so that a machine without a GPU need not load LibTorch to learn that.
bool a_driver_is_there() {
  std::error_code ec;
  return fs::exists("/dev/nvidiactl", ec) || fs::exists("/dev/kfd", ec);
}

std::unique_ptr<imaging::Device> open_gpu(const Choice& choice, const DeviceOptions& options) {
  const int gpus = api().gpus();
  if (gpus == 0)
    throw Error(Fault::system, "LibTorch finds no GPU here. device = \"cpu\", or a LibTorch with CUDA or ROCm?");
  const int number = choice.number >= 0 ? choice.number : options.local_rank % gpus;
  if (number >= gpus)
    throw Error(Fault::system, cat("there is no GPU cuda:", number, " (this host has ", gpus, ", from cuda:0)"));
  return api().open(cat("cuda:", number), options);
}

}  // namespace

Choice parse_choice(const std::string& word) {
  if (word == "auto") return {Choice::Kind::automatic};
  if (word == "cpu") return {Choice::Kind::cpu};
  if (word == "torch-cpu") return {Choice::Kind::torch_cpu};
  if (word == "cuda") return {Choice::Kind::cuda};
  const std::string number = word.starts_with("cuda:") ? word.substr(5) : "";
  if (!number.empty() && number.size() <= 3 && number.find_first_not_of("0123456789") == std::string::npos)
    return {Choice::Kind::cuda, static_cast<int>(parse_int(number, "GPU"))};
  throw Error(Fault::input, cat("device = ", word, " (must be auto, cpu, cuda, cuda:N or torch-cpu)"));
}

std::unique_ptr<imaging::Device> open_device(const Choice& choice, const DeviceOptions& options) {
  switch (choice.kind) {
    case Choice::Kind::automatic:
      if (!a_driver_is_there()) return nullptr;
      try {
        return open_gpu(choice, options);
      } catch (const Error& e) {
        log::info(cat("the processor makes the images (", e.what(), ")"));
        return nullptr;
      }
    case Choice::Kind::torch_cpu:
      return api().open("cpu", options);
    case Choice::Kind::cuda:
      return open_gpu(choice, options);
    case Choice::Kind::cpu:
    case Choice::Kind::count_:
      break;
  }
  return nullptr;
}

}  // namespace twinmill::device
