#include "script.hpp"

#include <ATen/ATen.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/script.h>

#include <sstream>

#include "named_weights.hpp"
#include "short_errors.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "weights.hpp"

namespace twinmill::train {
namespace {

namespace nn = torch::nn;
namespace jit = torch::jit;

constexpr const char* card_name = "model.json";

std::string pair_text(const torch::ExpandingArray<2>& pair) { return cat("[", (*pair)[0], ", ", (*pair)[1], "]"); }

std::string forward_text(const std::string& result) {
  return cat("def forward(self, x: Tensor) -> Tensor:\n    return ", result, "\n");
}

std::string bias_text(const at::Tensor& bias) { return bias.defined() ? "self.bias" : "None"; }

/// The methods of a module as TorchScript.
std::string source(const nn::Module& module) {
  if (const auto* own = dynamic_cast<const Scripted*>(&module)) return own->script();
  if (const auto* m = dynamic_cast<const nn::Conv2dImpl*>(&module)) {
    return forward_text(cat("torch.conv2d(x, self.weight, ", bias_text(m->bias), ", ", pair_text(m->options.stride()),
                            ", ", pair_text(get<torch::ExpandingArray<2>>(m->options.padding())), ")"));
  }
  if (const auto* m = dynamic_cast<const nn::ConvTranspose2dImpl*>(&module)) {
    return forward_text(
        cat("torch.conv_transpose2d(x, self.weight, ", bias_text(m->bias), ", ", pair_text(m->options.stride()), ")"));
  }
  if (dynamic_cast<const nn::LinearImpl*>(&module) != nullptr) {
    return forward_text("torch.linear(x, self.weight, self.bias)");
  }
  if (const auto* m = dynamic_cast<const nn::SequentialImpl*>(&module)) {
    std::string result = "x";
    for (const auto& child : m->named_children()) {
      result = cat("getattr(self, \"", child.key(), "\").forward(", result, ")");
    }
    return forward_text(result);
  }
  throw Error(Fault::bug, cat("a module of type ", module.name(), " has no TorchScript"));
}

/// Builds the tree. Modules with the same source and the same kinds of children share one type, which keeps the file
/// and the time to load it small.
class Writer {
 public:
  jit::Module write(const nn::Module& module) {
    std::vector<std::pair<std::string, jit::Module>> children;
    const std::string text = source(module);
    std::string kind = text;
    for (const auto& child : module.named_children()) {
      children.emplace_back(child.key(), write(*child.value()));
      kind += cat("\n", child.key(), ": ", children.back().second.type()->name()->qualifiedName());
    }
    for (const auto& parameter : module.named_parameters(false)) kind += "\nparameter " + parameter.key();
    const auto known = types_.find(kind);
    auto result = known == types_.end()
                      ? jit::Module(c10::QualifiedName(cat("__torch__.twinmill.Module", types_.size())), unit_)
                      : jit::Module(unit_, known->second);
    result.register_attribute("training", c10::BoolType::get(), false);
    for (const auto& parameter : module.named_parameters(false)) {
      result.register_parameter(parameter.key(), own(parameter.value()).set_requires_grad(true), false);
    }
    for (const auto& buffer : module.named_buffers(false)) result.register_buffer(buffer.key(), own(buffer.value()));
    for (const auto& [name, child] : children) result.register_module(name, child);
    if (known == types_.end()) {
      result.define(text);
      types_.emplace(kind, result.type());
    }
    return result;
  }

 private:
  static at::Tensor own(const at::Tensor& tensor) { return tensor.detach().to(at::kCPU).clone(); }

  std::shared_ptr<jit::CompilationUnit> unit_ = std::make_shared<jit::CompilationUnit>();
  std::map<std::string, c10::ClassTypePtr> types_;
};

}  // namespace

std::filesystem::path script_path(const std::filesystem::path& models) { return models / "model.pt"; }

std::string to_script(const Network& network, const ModelCard& card) {
  std::ostringstream out;
  with_short_errors("TorchScript cannot be written", [&] {
    Writer().write(network).save(out, {{card_name, to_text(card)}});
  });
  return out.str();
}

void save_script(const std::filesystem::path& path, const Network& network, const ModelCard& card) {
  write_atomic(path, to_script(network, card));
}

void export_model(const std::filesystem::path& models) {
  const SavedModel saved = load_model(models);
  const auto path = script_path(models);
  if (std::filesystem::exists(path)) {
    try {
      if (to_text(load_script(path).card) == to_text(saved.card)) return;
    } catch (const Error&) {  // Damaged, or of another version: written anew.
    }
  }
  const auto network = make_network(saved.card.network, shape_of(saved.card), 0);
  load_weights(*network, saved.weights);
  save_script(path, *network, saved.card);
}

ScriptModel load_script(const std::filesystem::path& path) {
  const std::string bytes = read_text(path);
  jit::ExtraFilesMap extra = {{card_name, ""}};
  NamedTensors tensors;
  try {
    std::istringstream in(bytes);
    tensors = tensors_of(jit::load(in, at::Device(at::kCPU), extra));
  } catch (const c10::Error&) {
    throw Error(Fault::input, cat(path.string(),
                                  " is no model of twinmill (it is no TorchScript, or damaged). models/model.pt of a "
                                  "run directory?"));
  }
  if (extra[card_name].empty()) {
    throw Error(Fault::input, cat(path.string(), " is no model of twinmill (there is no ", card_name,
                                  " in it). models/model.pt of a run directory?"));
  }
  ScriptModel model{.card = card_from_text(extra[card_name]), .network = nullptr};
  model.network = make_network(model.card.network, shape_of(model.card), 0);
  take_by_name(
      *model.network, tensors, [](const std::string&) { return true; }, path.string());
  model.network->eval();
  return model;
}

}  // namespace twinmill::train
