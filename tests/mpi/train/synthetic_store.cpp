#include "synthetic_store.hpp"

#include "twinmill/base/random.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::train::testing {
namespace {

constexpr int spacing = 8;

store::SampleData draw(std::int64_t id, int size, double dose, int kinds) {
  store::SampleData data;
  data.images.emplace_back(size, size, 0.01F);
  data.mask = Image<std::uint8_t>(size, size);
  RandomStream random(Hasher().add(id).digest(), "drawing");
  for (int cy = spacing / 2; cy < size; cy += spacing) {
    for (int cx = spacing / 2; cx < size; cx += spacing) {
      const auto kind = static_cast<std::uint8_t>(
          std::min<std::uint64_t>(static_cast<std::uint64_t>(kinds), random.below(4) == 0 ? 1 + random.below(2) : 0));
      if (kind > 0) {
        data.atoms.push_back({.x_px = static_cast<float>(cx), .y_px = static_cast<float>(cy), .z_A = 0, .site = 0});
        data.atoms.back().label = kind;
      }
      const float height = kind == 0 ? 0.05F : kind == 1 ? 0.0F : 0.12F;
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx) {
          data.images[0].at(cx + dx, cy + dy) += height;
          data.mask.at(cx + dx, cy + dy) = kind;
        }
      }
    }
  }
  for (auto& value : data.images[0].data) value += static_cast<float>(random.normal() / dose);
  return data;
}

store::SampleRow row(std::int64_t id, const std::string& split) {
  store::SampleRow r;
  r.key = Hasher().add(id).digest().hex();
  r.simulation = r.exposure = 0;
  r.split = split;
  r.pixel_x_A = r.pixel_y_A = 1;
  r.dose_e_per_A2 = id % 2 == 0 ? 400 : 4000;
  return r;
}

}  // namespace

void write_store(const std::filesystem::path& path, const SyntheticStore& what) {
  std::vector<store::SampleRow> rows;
  std::vector<std::int64_t> absent;
  std::int32_t structures = 0;
  const auto add = [&](int count, const std::string& split) {
    if (count == 0) return;
    for (int i = 0; i <= count; ++i) {
      auto& r = rows.emplace_back(row(static_cast<std::int64_t>(rows.size()), split));
      r.structure = structures + i / 2;
    }
    structures = rows.back().structure + 1;
    absent.push_back(static_cast<std::int64_t>(rows.size()) - 1);
  };
  add(what.train, "train");
  add(what.validation, "validation");
  add(what.test, "test");
  if (what.leak) rows.back().structure = rows.front().structure;
  store::Header header;
  header.shapes = {.samples = static_cast<std::int64_t>(rows.size()),
                   .exposures = 1,
                   .simulations = 1,
                   .detectors = 1,
                   .width = what.size,
                   .height = what.size,
                   .max_atoms = (what.size / spacing) * (what.size / spacing),
                   .series_x = 3,
                   .series_y = 3};
  header.campaign_name = "synthetic";
  header.plan_key = Hash128{}.hex();
  header.detectors = {"haadf"};
  header.detector_inner_mrad = {50};
  header.detector_outer_mrad = {200};
  header.classes = {"lattice", "vacancy", "dopant"};
  store::SimulationRow simulation;
  simulation.key = Hash128{}.hex();
  simulation.sample_count = header.shapes.samples;
  simulation.exposure_count = 1;
  const std::vector<store::ExposureRow> exposures(1);
  const std::vector<store::SimulationRow> simulations = {simulation};
  store::create(path, header, rows, exposures, simulations);

  store::Writer writer(path);
  for (std::int64_t id = 0; id < header.shapes.samples; ++id) {
    if (std::find(absent.begin(), absent.end(), id) != absent.end()) continue;
    const auto& r = rows[static_cast<std::size_t>(id)];
    auto data = draw(id, what.size, r.dose_e_per_A2, what.kinds);
    if (id == what.not_a_number) data.images[0].at(3, 3) = std::numeric_limits<float>::quiet_NaN();
    writer.write_sample(id, r.key, 1, data);
  }
  writer.sync();
  writer.close();
}

Workplace::Workplace(const SyntheticStore& what) : group_(mpi::Communicator::world()) {
  if (group_.rank() == 0) owner_ = std::make_unique<twinmill::testing::TempFolder>();
  folder_ = group_.broadcast(owner_ ? owner_->path().string() : std::string());
  mpi::together(group_, [&] {
    if (owner_) write_store(store(), what);
  });
}

Workplace::~Workplace() { group_.barrier(); }

TrainRequest Workplace::request(int epochs, const std::string& models_name) const {
  TrainRequest request;
  request.store = store();
  request.models = models(models_name);
  request.key = "synthetic";
  request.spec.network.width = 4;
  request.spec.epochs = epochs;
  request.spec.batch_size = 4;
  request.spec.learning_rate = 1e-2;
  request.spec.bucket_mb = 0.05;
  return request;
}

EvaluateRequest Workplace::evaluation() const {
  return {.store = store(), .models = models(), .key = "synthetic", .split = "test", .threads = 1};
}

}  // namespace twinmill::train::testing
