#include "named_weights.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <torch/serialize.h>

#include <nlohmann/json.hpp>

#include "script.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::train {
namespace {

using ::testing::HasSubstr;

/// As the format is described; written down independently of the reader.
std::string safetensors(const NamedTensors& tensors) {
  nlohmann::json header = {{"__metadata__", {{"format", "pt"}}}};
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor plain = tensor.detach().contiguous();
    const std::size_t begin = data.size();
    data.append(static_cast<const char*>(plain.data_ptr()), plain.nbytes());
    const auto type = plain.scalar_type() == at::kHalf ? "F16" : plain.scalar_type() == at::kLong ? "I64" : "F32";
    header[name] = {{"dtype", type}, {"shape", plain.sizes().vec()}, {"data_offsets", {begin, data.size()}}};
  }
  const std::string text = header.dump();
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(text.size() >> (8 * i) & 0xFF));
  return bytes + text + data;
}

NamedTensors weights_of(const Network& network) {
  NamedTensors tensors;
  for (const auto& p : network.named_parameters()) tensors.emplace(p.key(), p.value());
  for (const auto& b : network.named_buffers()) tensors.emplace(b.key(), b.value());
  return tensors;
}

std::shared_ptr<Network> resnet(int channels, int width, std::uint64_t seed) {
  return make_network("resnet-152", {.channels = channels, .classes = 3, .width = width}, seed);
}

class Pretrained : public ::testing::Test {
 protected:
  std::string write(const NamedTensors& tensors) const {
    write_atomic(path(), safetensors(tensors));
    return path().string();
  }
  std::filesystem::path path() const { return folder_.path() / "weights.safetensors"; }
  std::string complaint(Network& network) const {
    try {
      load_pretrained(network, path());
    } catch (const Error& e) {
      EXPECT_EQ(e.fault(), Fault::input);
      return e.what();
    }
    return "none";
  }
  twinmill::testing::TempFolder folder_;
};

TEST_F(Pretrained, FillsTheEncoderAndNothingElse) {
  const auto from = resnet(3, 2, 1), to = resnet(3, 2, 2), before = resnet(3, 2, 2);
  auto tensors = weights_of(*from);
  tensors["bn1.running_mean"].fill_(0.25);
  tensors["fc.weight"] = at::ones({1000, 64});
  write(tensors);
  load_pretrained(*to, path());
  auto loaded = weights_of(*to), drawn = weights_of(*before);
  EXPECT_TRUE(at::equal(loaded["layer3.35.conv2.weight"], tensors["layer3.35.conv2.weight"]));
  EXPECT_TRUE(at::equal(loaded["conv1.weight"], tensors["conv1.weight"]));
  EXPECT_TRUE(at::equal(loaded["bn1.running_mean"], tensors["bn1.running_mean"]));
  EXPECT_TRUE(at::equal(loaded["join5.conv1.weight"], drawn["join5.conv1.weight"]));
  EXPECT_FALSE(at::equal(drawn["conv1.weight"], tensors["conv1.weight"]));
}

TEST_F(Pretrained, GreyImagesMeanWhatTheyMeantInColour) {
  const auto colour = resnet(3, 2, 1);
  write(weights_of(*colour));
  const at::Tensor image = at::rand({1, 1, 32, 32});
  const auto seen = [&](const Network& network, std::int64_t channels) {
    return at::conv2d(image.repeat({1, channels, 1, 1}), network.named_parameters()["conv1.weight"]);
  };
  for (const int channels : {1, 2, 5}) {
    const auto network = resnet(channels, 2, 2);
    load_pretrained(*network, path());
    EXPECT_LT((seen(*network, channels) - seen(*colour, 3)).abs().max().item<double>(), 1e-5) << channels;
  }
}

TEST_F(Pretrained, WorksForAUNetFromAnotherOneAndInHalfPrecision) {
  const auto from = make_network("g-unet", {.channels = 1, .classes = 9, .width = 2}, 1);
  NamedTensors tensors;
  for (const auto& [name, tensor] : weights_of(*from)) {
    tensors[name] = tensor.is_floating_point() ? tensor.to(at::kHalf) : tensor;
  }
  write(tensors);
  const auto to = make_network("a-unet", {.channels = 2, .classes = 3, .width = 2}, 2);
  load_pretrained(*to, path());
  EXPECT_TRUE(at::equal(to->named_parameters()["bottom.conv2.weight"], tensors["bottom.conv2.weight"].to(at::kFloat)));
}

TEST_F(Pretrained, WhatDoesNotFitIsListed) {
  auto tensors = weights_of(*resnet(3, 2, 1));
  tensors.erase("bn1.bias");
  tensors["layer1.0.conv2.weight"] = at::ones({3, 2, 3, 3});
  const auto file = write(tensors);
  const auto network = resnet(3, 2, 2);
  EXPECT_EQ(complaint(*network),
            file +
                " does not fit the network (it lacks bn1.bias; of another shape are layer1.0.conv2.weight (3 x 2 x "
                "3 x 3 instead of 2 x 2 x 3 x 3)). Another file, network or width?");
  const auto drawn = resnet(3, 2, 2);
  EXPECT_TRUE(at::equal(weights_of(*network)["conv1.weight"], weights_of(*drawn)["conv1.weight"])) << "unchanged";
  EXPECT_THAT(complaint(*resnet(1, 4, 1)), HasSubstr("more). Another file, network or width?"));
  EXPECT_THAT(complaint(*make_network("g-unet", {.width = 2}, 1)), HasSubstr("it lacks bottom.conv1.bias, "));
}

TEST_F(Pretrained, ReadsWhatTorchWrote) {
  const auto from = resnet(1, 2, 1), to = resnet(1, 2, 2);
  c10::impl::GenericDict dictionary(c10::StringType::get(), c10::TensorType::get());
  for (const auto& [name, tensor] : weights_of(*from)) dictionary.insert(name, tensor.detach());
  const auto pickled = torch::pickle_save(dictionary);
  write_atomic(path(), std::string(pickled.begin(), pickled.end()));
  load_pretrained(*to, path());
  EXPECT_TRUE(at::equal(weights_of(*to)["conv1.weight"], weights_of(*from)["conv1.weight"]));
  ModelCard card;
  card.network = "resnet-152";
  save_script(path(), *from, card);
  const auto other = resnet(1, 2, 3);
  load_pretrained(*other, path());
  EXPECT_TRUE(at::equal(weights_of(*other)["layer4.2.bn3.weight"], weights_of(*from)["layer4.2.bn3.weight"]));
}

TEST_F(Pretrained, RefusesWhatItCannotRead) {
  const auto network = resnet(1, 2, 1);
  const auto why = [&](const std::string& bytes) {
    write_atomic(path(), bytes);
    return complaint(*network);
  };
  const auto sentence = [&](const std::string& reason) {
    return path().string() + " holds no weights that can be read (" + reason +
           "). Convert it as docs/training.md says?";
  };
  EXPECT_EQ(why("\x80\x02 a pickle"), sentence("it is neither safetensors nor a zip file of PyTorch"));
  EXPECT_EQ(why(std::string("\xFF\0\0\0\0\0\0\0{}", 10)), sentence("it ends within its header"));
  EXPECT_THAT(why("PK\x03\x04 broken"), HasSubstr("holds no weights that can be read ("));
  const std::string whole = safetensors({{"a", at::ones({4})}});
  EXPECT_EQ(why(whole.substr(0, whole.size() - 1)),
            sentence("the place of a is not that of its shape, or beyond the end"));
  EXPECT_EQ(parse_safetensors(whole).at("a").sum().item<double>(), 4);
}

}  // namespace
}  // namespace twinmill::train
