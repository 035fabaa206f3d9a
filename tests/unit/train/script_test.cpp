#include "script.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <torch/script.h>

#include <sstream>

#include "samples.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::train {
namespace {

struct Case {
  std::string network, upsampling;
  std::vector<std::string> conditions;
};

std::string name_of(const ::testing::TestParamInfo<Case>& one) {
  std::string name = one.param.network + one.param.upsampling + (one.param.conditions.empty() ? "" : "Conditioned");
  std::erase(name, '-');
  return name;
}

ModelCard card_of(const Case& c) {
  ModelCard card;
  card.network = c.network;
  card.width = 4;
  card.upsampling = c.upsampling;
  card.conditions = c.conditions;
  card.detectors = {"haadf", "bf"};
  card.classes = {"lattice", "vacancy", "dopant"};
  card.key = "k";
  return card;
}

/// A network whose running statistics and modulation are not those that it starts with.
std::shared_ptr<Network> used(const ModelCard& card) {
  auto network = make_network(card.network, shape_of(card), 7);
  const at::NoGradGuard no_grad;
  auto parameters = network->named_parameters();
  if (auto* film = parameters.find("modulation.film.weight")) film->normal_(0, 0.1);
  network->forward(at::rand({2, 2, 64, 64}), at::rand({2, static_cast<std::int64_t>(card.conditions.size())}));
  network->eval();
  return network;
}

class Script : public ::testing::TestWithParam<Case> {};

TEST_P(Script, ComputesWhatTheNetworkDoesForAnySize) {
  const auto card = card_of(GetParam());
  const auto network = used(card);
  const at::NoGradGuard no_grad;
  std::istringstream in(to_script(*network, card));
  auto script = torch::jit::load(in);
  EXPECT_FALSE(script.is_training());
  EXPECT_EQ(script.named_parameters().size(), network->named_parameters().size());
  const at::Tensor conditions = at::rand({2, static_cast<std::int64_t>(card.conditions.size())});
  for (const auto& [h, w] : std::vector<std::pair<int, int>>{{64, 64}, {7, 90}, {33, 47}}) {
    const at::Tensor raw = at::rand({2, 2, h, w}) * 1e-3 + 0.02;
    at::Tensor images = raw.clone();
    for (int i = 0; i < 4; ++i) normalise({images.data_ptr<float>() + i * h * w, static_cast<std::size_t>(h * w)});
    const at::Tensor expected = network->forward(images, conditions);
    const at::Tensor logits =
        (card.conditions.empty() ? script.forward({raw}) : script.forward({raw, conditions})).toTensor();
    EXPECT_LT((logits - expected).abs().max().item<double>(), 1e-5 * expected.abs().max().item<double>()) << h;
  }
}

TEST_P(Script, ReadsBackAsTheNetworkWithItsCard) {
  const twinmill::testing::TempFolder folder;
  const auto card = card_of(GetParam());
  const auto network = used(card);
  save_script(script_path(folder.path()), *network, card);
  const auto read = load_script(script_path(folder.path()));
  EXPECT_EQ(to_text(read.card), to_text(card));
  const at::NoGradGuard no_grad;
  const at::Tensor images = at::rand({1, 2, 40, 40});
  const at::Tensor conditions = at::rand({1, static_cast<std::int64_t>(card.conditions.size())});
  EXPECT_TRUE(at::equal(read.network->forward(images, conditions), network->forward(images, conditions)));
}

INSTANTIATE_TEST_SUITE_P(Networks, Script,
                         ::testing::Values(Case{"g-unet", "transposed", {}}, Case{"g-unet", "bilinear", {"energy"}},
                                           Case{"a-unet", "transposed", {"energy", "defocus"}},
                                           Case{"a-unet", "bilinear", {}}, Case{"resnet-152", "transposed", {}},
                                           Case{"resnet-152", "bilinear", {"energy", "log_dose"}}),
                         name_of);

TEST(Script, AConstantImageBecomesZeroAndNotANumberStaysSo) {
  const auto card = card_of({"g-unet", "transposed", {}});
  const auto network = used(card);
  const at::NoGradGuard no_grad;
  std::istringstream in(to_script(*network, card));
  auto script = torch::jit::load(in);
  at::Tensor raw = at::full({1, 2, 32, 32}, 0.1);
  EXPECT_TRUE(at::allclose(script.forward({raw}).toTensor(), network->forward(at::zeros({1, 2, 32, 32}), {})));
  raw[0][0][3][4] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(script.forward({raw}).toTensor().isnan().all().item<bool>());
}

TEST(Script, OtherFilesAreRefused) {
  const twinmill::testing::TempFolder folder;
  const auto path = folder.path() / "model.pt";
  const auto complaint = [&] {
    try {
      load_script(path);
    } catch (const Error& e) {
      EXPECT_EQ(e.fault(), Fault::input);
      return std::string(e.what()).substr(path.string().size());
    }
    return std::string("none");
  };
  write_atomic(path, "no model");
  EXPECT_EQ(complaint(),
            " is no model of twinmill (it is no TorchScript, or damaged). models/model.pt of a run directory?");
  torch::jit::Module plain("plain");
  plain.save(path.string());
  EXPECT_EQ(complaint(),
            " is no model of twinmill (there is no model.json in it). models/model.pt of a run directory?");
  const auto narrow = card_of({"g-unet", "transposed", {}});
  auto wide = narrow;
  wide.width = 5;
  save_script(path, *used(narrow), wide);
  EXPECT_THAT(complaint(), ::testing::HasSubstr(" does not fit the network (of another shape are bottom."));
}

}  // namespace
}  // namespace twinmill::train
