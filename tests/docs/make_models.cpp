// make_models STORE FOLDER: a TorchScript module of each kind of network, with the logits that the network itself gives
// for the first samples of the store, for the examples of docs/python.md.
#include <ATen/ATen.h>

#include <iostream>

#include "batches.hpp"
#include "conditions.hpp"
#include "script.hpp"
#include "segmentation.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace {

using namespace twinmill;
using namespace twinmill::train;

struct Kind {
  std::string name, network, upsampling;
  bool conditioned = false;
};

const std::vector<Kind> kinds = {
    {"g-unet", "g-unet", "transposed"},         {"g-unet-conditioned", "g-unet", "bilinear", true},
    {"a-unet", "a-unet", "bilinear"},           {"a-unet-conditioned", "a-unet", "transposed", true},
    {"resnet-152", "resnet-152", "transposed"}, {"resnet-152-conditioned", "resnet-152", "bilinear", true}};

std::string bytes_of_tensor(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.contiguous();
  return {static_cast<const char*>(plain.data_ptr()), plain.nbytes()};
}

void make(const Kind& kind, const store::Header& header, const TensorBatch& batch,
          const std::filesystem::path& folder) {
  ModelCard card;
  card.network = kind.network;
  card.width = 4;
  card.upsampling = kind.upsampling;
  card.detectors = header.detectors;
  card.classes = header.classes;
  if (kind.conditioned) card.conditions = condition_names(header);
  const auto network = make_network(card.network, shape_of(card), 3);
  const at::NoGradGuard no_grad;
  auto parameters = network->named_parameters();
  if (auto* film = parameters.find("modulation.film.weight")) film->normal_(0, 0.1);       // it starts as zero
  for (int pass = 0; pass < 20; ++pass) network->forward(batch.images, batch.conditions);  // running statistics
  network->eval();
  write_atomic(folder / (kind.name + ".logits"), bytes_of_tensor(network->forward(batch.images, batch.conditions)));
  save_script(folder / (kind.name + ".pt"), *network, card);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    SampleSource source(argv[1], 0, {}, Conditions::read);
    const std::vector<std::int64_t> ids = {0, 1, 2, 3};
    const auto batch = to_tensors(plain_batch(source, ids), at::kCPU);
    for (const auto& kind : kinds) make(kind, source.reader().header(), batch, argv[2]);
  } catch (const Error& e) {
    std::cerr << e.what() << "\n";
    return 3;
  }
  return 0;
}
