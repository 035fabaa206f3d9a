#pragma once
// Named tensors from files that other programs wrote.

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace torch::jit {
struct Module;
}

namespace twinmill::train {

using NamedTensors = std::map<std::string, at::Tensor>;

/// Reads a safetensors file, a TorchScript module, or a dictionary of tensors written by torch.save(). Throws
/// Error(input) when it is none of them, or damaged.
NamedTensors read_tensors(const std::filesystem::path& path);

/// The parameters and buffers of a TorchScript module.
NamedTensors tensors_of(const torch::jit::Module& module);

/// safetensors: the length of a header (8 bytes, little-endian), the header in JSON with type, shape and place of each
/// tensor, then their bytes (little-endian, row-major). Throws Error(input) with what is wrong.
NamedTensors parse_safetensors(std::string_view bytes);

}  // namespace twinmill::train
