#include "bench_training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "bench_tools.hpp"
#include "twinmill/base/cpu.hpp"
#include "twinmill/base/memory.hpp"
#include "twinmill/store/store.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::app {
using nlohmann::json;
namespace {

/// A pattern without meaning that another program can draw as well: what a step costs does not depend on it.
store::SampleData drawn(std::int64_t id, int pixels) {
  store::SampleData data;
  data.images.emplace_back(pixels, pixels);
  data.mask = Image<std::uint8_t>(pixels, pixels);
  for (std::size_t p = 0; p < data.mask.size(); ++p) {
    const auto place = static_cast<std::int64_t>(p);
    data.images[0].data[p] = static_cast<float>((place * 7919 + id * 104729) % 1000) / 1000;
    data.mask.data[p] = (place * 31 + id * 17) % 97 == 0 ? 1 : 0;
  }
  return data;
}

void write_store(const std::filesystem::path& path, const BenchTraining& options) {
  store::Header header;
  header.shapes = {.samples = std::int64_t{options.steps} * options.batch,
                   .exposures = 1,
                   .simulations = 1,
                   .detectors = 1,
                   .width = options.pixels,
                   .height = options.pixels,
                   .max_atoms = 1,
                   .series_x = 1,
                   .series_y = 1};
  header.campaign_name = "bench";
  header.plan_key = Hash128{}.hex();
  header.detectors = {"haadf"};
  header.detector_inner_mrad = {60};
  header.detector_outer_mrad = {200};
  header.classes = {"lattice", "anion_vacancy"};
  store::SimulationRow simulation;
  simulation.key = Hash128{}.hex();
  simulation.sample_count = header.shapes.samples;
  simulation.exposure_count = 1;
  std::vector<store::SampleRow> rows;
  for (std::int64_t id = 0; id < header.shapes.samples; ++id) {
    auto& row = rows.emplace_back();
    row.key = Hasher().add("sample").add(id).digest().hex();
    row.structure = static_cast<std::int32_t>(id);
    row.split = "train";
  }
  store::create(path, header, rows, std::vector<store::ExposureRow>(1), std::vector{simulation});
  store::Writer writer(path);
  for (std::int64_t id = 0; id < header.shapes.samples; ++id)
    writer.write_sample(id, rows[static_cast<std::size_t>(id)].key, 1, drawn(id, options.pixels));
  writer.sync();
  writer.close();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

json bench_training(const BenchTraining& options, const mpi::Communicator& world) {
  std::unique_ptr<BenchFolder> scratch;
  std::string folder;
  mpi::together(world, [&] {
    if (world.rank() != 0) return;
    scratch = std::make_unique<BenchFolder>(options.dir);
    folder = std::filesystem::absolute(scratch->path()).string();
    write_store(scratch->path() / "store.h5", options);
  });
  folder = world.broadcast(folder);
  const int threads = options.threads > 0 ? options.threads : std::max(1, usable_cores() / world.size());
  train::TrainRequest request{.store = std::filesystem::path(folder) / "store.h5",
                              .models = std::filesystem::path(folder) / "models",
                              .spec = {},
                              .key = "bench",
                              .threads = threads,
                              .stop = {},
                              .progress = {}};
  request.spec.network.name = options.network;
  request.spec.network.width = options.width;
  request.spec.epochs = 1 + options.repeats;
  request.spec.batch_size = options.batch;
  request.spec.checkpoint_every = request.spec.epochs;
  const train::Api* api = nullptr;
  mpi::together(world, [&] { api = &train::api(); });
  const auto result = api->train(request, world);
  const double memory = world.max(peak_memory_bytes());
  if (world.rank() != 0) return {};
  std::vector<double> step_s;
  double waited_s = 0, seconds = 0;
  for (std::size_t i = 1; i < result.history.size(); ++i) {
    step_s.push_back(options.batch / result.history[i].images_per_s);
    seconds += step_s.back() * options.steps;
    waited_s += result.history[i].loader_wait_s;
  }
  const double middle = median(step_s), least = *std::min_element(step_s.begin(), step_s.end());
  return {{"facts", bench_facts()},
          {"network", options.network},
          {"width", options.width},
          {"pixels", options.pixels},
          {"batch", options.batch},
          {"ranks", world.size()},
          {"threads", threads},
          {"parameters", result.parameters},
          {"step_s", step_s},
          {"median_step_s", middle},
          {"least_step_s", least},
          {"images_per_s", options.batch / middle},
          {"loader_wait_share", waited_s / seconds},
          {"peak_memory_bytes", memory}};
}

void print_bench_training(const json& r) {
  std::cout << bench_facts_text(r["facts"]) << "\n"
            << fmt::format(
                   "{} of width {}, {} parameters; batches of {} images of {} x {} pixels; {} rank(s) with {} "
                   "thread(s) each\n",
                   r["network"].get<std::string>(), r["width"].get<int>(), r["parameters"].get<std::int64_t>(),
                   r["batch"].get<int>(), r["pixels"].get<int>(), r["pixels"].get<int>(), r["ranks"].get<int>(),
                   r["threads"].get<int>())
            << fmt::format("a step: {:.4f} s (median; least {:.4f} s), {:.2f} images/s\n",
                           r["median_step_s"].get<double>(), r["least_step_s"].get<double>(),
                           r["images_per_s"].get<double>())
            << fmt::format("of which {:.2f} % waiting for the loader; {:.0f} MB of memory at most a rank\n",
                           100 * r["loader_wait_share"].get<double>(), r["peak_memory_bytes"].get<double>() / 1e6);
}

}  // namespace twinmill::app
