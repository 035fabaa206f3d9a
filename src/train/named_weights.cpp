#include "named_weights.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::train {
namespace {

constexpr std::size_t most_named = 5;

/// "a, b and 7 more".
std::string some_of(std::vector<std::string> words) {
  if (words.size() > most_named) {
    const std::size_t more = words.size() - most_named;
    words.resize(most_named);
    words.push_back(cat(more, " more"));
  }
  return list_text(words);
}

std::string shape_text(const at::Tensor& tensor) {
  std::string text;
  for (const auto size : tensor.sizes()) text += cat(text.empty() ? "" : " x ", size);
  return text.empty() ? "scalar" : text;
}

/// Of what is wrong with `tensors` for the network.
std::string misfits(const NamedTensors& own, const NamedTensors& tensors) {
  std::vector<std::string> missing, others;
  for (const auto& [name, tensor] : own) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) {
      missing.push_back(name);
    } else if (found->second.sizes() != tensor.sizes()) {
      others.push_back(cat(name, " (", shape_text(found->second), " instead of ", shape_text(tensor), ")"));
    }
  }
  std::string text;
  if (!missing.empty()) text += cat("it lacks ", some_of(missing));
  if (!others.empty()) text += cat(text.empty() ? "" : "; ", "of another shape are ", some_of(others));
  return text;
}

bool is_in(const std::string& name, const std::vector<std::string>& parts) {
  return std::ranges::any_of(parts, [&](const std::string& part) { return name.starts_with(part + "."); });
}

}  // namespace

void take_by_name(Network& network, const NamedTensors& tensors, const std::function<bool(const std::string&)>& wanted,
                  const std::string& what) {
  NamedTensors own;
  for (const auto& parameter : network.named_parameters()) {
    if (wanted(parameter.key())) own.emplace(parameter.key(), parameter.value());
  }
  for (const auto& buffer : network.named_buffers()) {
    // Counters of batches decide nothing.
    if (wanted(buffer.key()) && buffer.value().is_floating_point()) own.emplace(buffer.key(), buffer.value());
  }
  if (const std::string wrong = misfits(own, tensors); !wrong.empty()) {
    throw Error(Fault::input, cat(what, " does not fit the network (", wrong, "). Another file, network or width?"));
  }
  const at::NoGradGuard no_grad;
  for (auto& [name, tensor] : own) tensor.copy_(tensors.at(name));
}

void check_pretrained(const NetworkSpec& spec, int channels) {
  const NetworkShape shape{
      .channels = channels, .classes = 2, .width = spec.width, .conditions = 0, .upsampling = spec.upsampling};
  load_pretrained(*make_network(spec.name, shape, 0), spec.pretrained);
}

void load_pretrained(Network& network, const std::filesystem::path& path) {
  auto tensors = read_tensors(path);
  const auto parts = network.encoder();
  const auto parameters = network.named_parameters();
  const auto first = std::ranges::find_if(
      parameters, [&](const auto& p) { return is_in(p.key(), {parts.front()}) && p.value().dim() == 4; });
  ensure(first != parameters.end(), "an encoder begins with a convolution");
  const auto found = tensors.find(first->key());
  if (found != tensors.end() && found->second.dim() == 4) {
    const auto channels = first->value().size(1);
    if (found->second.size(1) != channels) {
      const auto mean = found->second.to(at::kFloat).sum(1, true) / static_cast<double>(channels);
      found->second = mean.repeat({1, channels, 1, 1});
    }
  }
  take_by_name(
      network, tensors, [&](const std::string& name) { return is_in(name, parts); }, path.string());
}

}  // namespace twinmill::train
