#include "tensor_file.hpp"

#include <ATen/ATen.h>
#include <torch/script.h>
#include <torch/serialize.h>

#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::train {
namespace {

using Json = nlohmann::json;

at::ScalarType type_named(const std::string& name) {
  static const std::map<std::string, at::ScalarType> types = {
      {"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf}, {"BF16", at::kBFloat16},
      {"I64", at::kLong},   {"I32", at::kInt},   {"U8", at::kByte}};
  const auto found = types.find(name);
  if (found == types.end()) throw Error(Fault::input, cat("tensors of type ", name, " are not known"));
  return found->second;
}

at::Tensor tensor_at(std::string_view data, const std::string& name, const Json& entry) {
  const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
  const auto place = entry.at("data_offsets").get<std::vector<std::size_t>>();
  const auto type = type_named(entry.at("dtype").get<std::string>());
  double elements = 1;
  for (const auto size : shape)
    elements *= size < 0 ? std::numeric_limits<double>::infinity() : static_cast<double>(size);
  const bool fits = place.size() == 2 && place[0] <= place[1] && place[1] <= data.size() &&
                    elements * static_cast<double>(c10::elementSize(type)) == static_cast<double>(place[1] - place[0]);
  if (!fits) throw Error(Fault::input, cat("the place of ", name, " is not that of its shape, or beyond the end"));
  at::Tensor tensor = at::empty(shape, type);
  if (place[1] > place[0]) std::memcpy(tensor.data_ptr(), data.data() + place[0], place[1] - place[0]);
  return tensor;
}

NamedTensors from_script(const std::string& bytes) {
  std::istringstream in(bytes);
  return tensors_of(torch::jit::load(in, at::Device(at::kCPU)));
}

NamedTensors from_dictionary(const std::string& bytes) {
  const auto value = torch::pickle_load(std::vector<char>(bytes.begin(), bytes.end()));
  NamedTensors tensors;
  if (!value.isGenericDict()) return tensors;
  for (const auto& item : value.toGenericDict()) {
    if (item.key().isString() && item.value().isTensor()) {
      tensors.emplace(item.key().toStringRef(), item.value().toTensor().detach());
    }
  }
  return tensors;
}

}  // namespace

NamedTensors tensors_of(const torch::jit::Module& module) {
  NamedTensors tensors;
  for (const auto& parameter : module.named_parameters()) tensors.emplace(parameter.name, parameter.value.detach());
  for (const auto& buffer : module.named_buffers()) tensors.emplace(buffer.name, buffer.value.detach());
  return tensors;
}

NamedTensors parse_safetensors(std::string_view bytes) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < 8 && i < bytes.size(); ++i) {
    length |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  if (bytes.size() < 8 || length > bytes.size() - 8) throw Error(Fault::input, "it ends within its header");
  const auto data = bytes.substr(8 + length);
  NamedTensors tensors;
  try {
    const Json header = Json::parse(bytes.substr(8, length));
    for (const auto& [name, entry] : header.items()) {
      if (name != "__metadata__") tensors.emplace(name, tensor_at(data, name, entry));
    }
  } catch (const Json::exception& e) {
    throw Error(Fault::input, e.what());
  }
  return tensors;
}

NamedTensors read_tensors(const std::filesystem::path& path) {
  const std::string bytes = read_text(path);
  const auto refuse = [&](std::string_view why) -> Error {
    return {Fault::input,
            cat(path.string(), " holds no weights that can be read (", why, "). Convert it as docs/training.md says?")};
  };
  try {
    if (bytes.starts_with("PK")) {
      try {
        return from_script(bytes);
      } catch (const c10::Error&) {  // Then it may be a plain dictionary.
      }
      auto tensors = from_dictionary(bytes);
      if (tensors.empty()) throw Error(Fault::input, "it is no dictionary of tensors");
      return tensors;
    }
    if (bytes.size() > 8 && bytes[8] == '{') return parse_safetensors(bytes);
  } catch (const c10::Error& e) {
    const std::string text = e.what_without_backtrace();
    throw refuse(text.substr(0, text.find('\n')));
  } catch (const Error& e) {
    throw refuse(e.what());
  }
  throw refuse("it is neither safetensors nor a zip file of PyTorch");
}

}  // namespace twinmill::train
