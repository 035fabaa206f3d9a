// Images that LibTorch makes on the processor against those of the path with FFTW; the same code runs on GPUs.
#include "twinmill/device/device.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <new>

#include "twinmill/base/error.hpp"
#include "twinmill/imaging/field.hpp"
#include "twinmill/imaging/simulate.hpp"
#include "twinmill/specimen/build.hpp"

namespace twinmill::device {
namespace {

using imaging::Detector;
using imaging::Multislice;
using imaging::Optics;
using imaging::ScatteringMatrix;
using imaging::Signal;
using ::testing::HasSubstr;

specimen::Structure sheet() {
  return specimen::build({.parent = "MoS2-H",
                          .supercell = {3, 4},
                          .defects = {{.kind = specimen::SiteClass::anion_vacancy}},
                          .arrangement = {1, 1},
                          .placement = {1, 1}});
}

const Optics lens{.semiangle_mrad = 25,
                  .aberrations = {{"C10", -40}, {"C12", 30}, {"phi12", 0.4}, {"C30", 2e5}},
                  .focal_spread_A = 20};
const std::vector<Detector> detectors = {
    {"haadf", 50, 150},
    {"bf", 0, 20},
    {"sector", 30, 120, 20, 160},
    {.name = "com", .inner_mrad = 0, .outer_mrad = 120, .signal = Signal::moment_x}};

Multislice numerics(imaging::Device* device) {
  return {.energy_kev = 80, .grid = {128, 144}, .oversampling = 2, .device = device};
}

/// Largest difference over the largest value.
double difference(const std::vector<std::complex<float>>& a, const std::vector<std::complex<float>>& b) {
  double worst = 0, scale = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, static_cast<double>(std::abs(a[i] - b[i])));
    scale = std::max(scale, static_cast<double>(std::abs(b[i])));
  }
  return worst / scale;
}

void expect_same(const ScatteringMatrix& device, const ScatteringMatrix& fftw, const Optics& optics,
                 double tolerance = 1e-5) {
  const auto ours = device.series(optics), theirs = fftw.series(optics);
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t d = 0; d < ours.size(); ++d) {
    ASSERT_EQ(ours[d].c.size(), theirs[d].c.size());
    // A moment is the small difference of large sums over both sides of the pattern.
    const double allowed = detectors[d].signal == Signal::intensity ? tolerance : 10 * tolerance;
    EXPECT_LT(difference(ours[d].c, theirs[d].c), allowed) << detectors[d].name;
  }
}

std::unique_ptr<imaging::Device> processor(DeviceOptions options = {}) {
  return open_device({.kind = Choice::Kind::torch_cpu}, options);
}

TEST(Choice, KnowsItsWords) {
  EXPECT_EQ(parse_choice("auto").kind, Choice::Kind::automatic);
  EXPECT_EQ(parse_choice("cpu").kind, Choice::Kind::cpu);
  EXPECT_EQ(parse_choice("torch-cpu").kind, Choice::Kind::torch_cpu);
  EXPECT_EQ(parse_choice("cuda").number, -1);
  EXPECT_EQ(parse_choice("cuda:12").number, 12);
  for (const char* wrong : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1234", "CPU"}) {
    try {
      parse_choice(wrong);
      ADD_FAILURE() << wrong;
    } catch (const Error& e) {
      EXPECT_EQ(e.fault(), Fault::input);
      EXPECT_THAT(e.what(), HasSubstr("must be auto, cpu, cuda, cuda:N or torch-cpu"));
    }
  }
}

TEST(Device, GivesTheImagesOfTheProcessor) {
  const auto device = processor();
  EXPECT_THAT(device->description(), HasSubstr("on cpu"));
  const auto s = sheet();
  const ScatteringMatrix ours(s, numerics(device.get()), lens, detectors),
      theirs(s, numerics(nullptr), lens, detectors);
  EXPECT_EQ(ours.beams(), theirs.beams());
  expect_same(ours, theirs, lens);
  auto other = lens;
  other.semiangle_mrad = 20;
  other.aberrations[0].value = 100;
  expect_same(ours, theirs, other);
}

TEST(Device, AveragesPhonons) {
  const auto device = processor();
  auto ours = numerics(device.get()), theirs = numerics(nullptr);
  for (auto* m : {&ours, &theirs}) m->phonons = {.configurations = 3};
  const auto s = sheet();
  const ScatteringMatrix a(s, ours, lens, detectors), b(s, theirs, lens, detectors);
  expect_same(a, b, lens);
  EXPECT_NEAR(a.phonon_error(lens)[0], b.phonon_error(lens)[0], 1e-4 * b.phonon_error(lens)[0]);
}

TEST(Device, MakesTurnedFields) {
  const auto device = processor();
  const specimen::View view{.field_A = {6, 6}, .pixels = {24, 24}, .rotation_deg = 25, .origin_A = {5, 5}};
  const std::vector<Detector> haadf = {{"haadf", 50, 120}};
  const auto image = [&](imaging::Device* on) {
    const auto s = sheet();
    const auto m = numerics(on);
    const auto plan = imaging::plan_field(s, view, m, lens, {.sampling_A = 0.08, .max_error = 0.05});
    return imaging::image_field(s, plan, view.pixels, m, {lens}, haadf).images[0][0];
  };
  const auto ours = image(device.get()), theirs = image(nullptr);
  double scale = 0;
  for (const double v : theirs.data) scale = std::max(scale, std::abs(v));
  for (std::size_t i = 0; i < theirs.data.size(); ++i) EXPECT_NEAR(ours.data[i], theirs.data[i], 1e-5 * scale);
}

TEST(Device, HalvesItsBatchesWhenMemoryRunsOut) {
  std::vector<int> tried;
  const auto device = processor({.memory_bytes = 4.0 * 128 * 144 * 8 * 20, .before_batch = [&](int beams) {
                                   tried.push_back(beams);
                                   if (beams > 6) throw std::bad_alloc();
                                 }});
  const auto s = sheet();
  const ScatteringMatrix ours(s, numerics(device.get()), lens, detectors),
      theirs(s, numerics(nullptr), lens, detectors);
  expect_same(ours, theirs, lens);
  ASSERT_GE(tried.size(), 3U);
  EXPECT_EQ(tried[0], 20) << "what the memory holds";
  EXPECT_EQ(tried[1], 10);
  EXPECT_EQ(tried[2], 5);
}

TEST(Device, SaysWhenNotEvenOneBeamFits) {
  const auto device = processor({.memory_bytes = 0, .before_batch = [](int) { throw std::bad_alloc(); }});
  try {
    ScatteringMatrix(sheet(), numerics(device.get()), lens, detectors);
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::system);
    EXPECT_THAT(e.what(), HasSubstr("no memory for a single beam"));
  }
}

TEST(Device, StopsWhenProgressThrows) {
  struct Stop {};
  const auto device = processor();
  double last = 0;
  const auto stop = [&](double fraction) {
    EXPECT_GE(fraction, last);
    last = fraction;
    if (fraction > 0.3) throw Stop{};
  };
  EXPECT_THROW(ScatteringMatrix(sheet(), numerics(device.get()), lens, detectors, stop), Stop);
}

TEST(Gpu, GivesTheImagesOfTheProcessor) {
  std::unique_ptr<imaging::Device> gpu;
  try {
    gpu = open_device({.kind = Choice::Kind::cuda});
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::system);
    GTEST_SKIP() << e.what();
  }
  const auto s = sheet();
  expect_same(ScatteringMatrix(s, numerics(gpu.get()), lens, detectors),
              ScatteringMatrix(s, numerics(nullptr), lens, detectors), lens);
}

TEST(Automatic, IsTheProcessorWhereThereIsNoGpu) {
  if (std::filesystem::exists("/dev/nvidiactl") || std::filesystem::exists("/dev/kfd"))
    GTEST_SKIP() << "there is a GPU";
  EXPECT_EQ(open_device({}), nullptr);
  EXPECT_EQ(open_device({.kind = Choice::Kind::cpu}), nullptr);
}

}  // namespace
}  // namespace twinmill::device
