#include "bench_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench_tools.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/descriptor.hpp"
#include "twinmill/mpi/raw_file.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::app {
using nlohmann::json;
namespace fs = std::filesystem;
namespace {

constexpr int pixels = 512, box = 101, atoms = 256, samples_per_lease = 16;

/// An empty store of `leases` simulations.
struct EmptyStore {
  store::Header header;
  std::vector<store::SampleRow> samples;
  std::vector<store::ExposureRow> exposures;
  std::vector<store::SimulationRow> simulations;

  explicit EmptyStore(std::int64_t leases) {
    header.shapes = {.samples = leases * samples_per_lease,
                     .exposures = leases,
                     .simulations = leases,
                     .detectors = 1,
                     .width = pixels,
                     .height = pixels,
                     .max_atoms = atoms,
                     .series_x = box,
                     .series_y = box};
    header.detectors = {"haadf"};
    header.detector_inner_mrad = {60};
    header.detector_outer_mrad = {200};
    for (std::int64_t s = 0; s < leases; ++s) {
      auto& simulation = simulations.emplace_back();
      simulation.key = simulation_key(s);
      simulation.first_sample = s * samples_per_lease;
      simulation.sample_count = samples_per_lease;
      simulation.first_exposure = s;
      simulation.exposure_count = 1;
      exposures.push_back({.simulation = s});
      for (int i = 0; i < samples_per_lease; ++i) {
        auto& row = samples.emplace_back();
        row.key = sample_key(s * samples_per_lease + i);
        row.simulation = row.exposure = s;
      }
    }
  }
  static std::string simulation_key(std::int64_t s) { return Hasher().add("simulation").add(s).digest().hex(); }
  static std::string sample_key(std::int64_t i) { return Hasher().add("sample").add(i).digest().hex(); }
};

store::SampleData sample_data() {
  store::SampleData data;
  data.images.emplace_back(pixels, pixels);
  for (std::size_t p = 0; p < data.images[0].size(); ++p) data.images[0].data[p] = 1e-6F * static_cast<float>(p);
  data.mask = Image<std::uint8_t>(pixels, pixels);
  data.atoms.resize(atoms);
  return data;
}

/// Bytes of a sample and of an exposure on disk.
constexpr std::size_t sample_bytes = std::size_t{pixels} * pixels * 5 + std::size_t{atoms} * 22;
constexpr std::size_t exposure_bytes = std::size_t{box} * box * 8;

class Measurement {
 public:
  Measurement(const BenchStore& options, const mpi::Communicator& world)
      : options_(options), world_(world), bytes_(sample_bytes) {
    const double lease_bytes = double(samples_per_lease) * sample_bytes + exposure_bytes;
    leases_ = std::max<std::int64_t>(1, std::llround(1e6 * options.megabytes / lease_bytes / world.size()));
    exposure_.series.emplace_back(std::size_t{box} * box);
    std::string folder;
    mpi::together(world_, [&] {
      if (world_.rank() == 0) scratch_ = std::make_unique<BenchFolder>(options.dir);
    });
    if (scratch_) folder = scratch_->path().string();
    folder_ = world_.broadcast(folder);
  }

  std::int64_t leases() const { return leases_; }
  double bytes() const {
    return static_cast<double>(leases_) * world_.size() * (double(samples_per_lease) * sample_bytes + exposure_bytes);
  }

  /// Seconds of the slowest rank. As many files as the store has, and as many writers of each.
  double raw() {
    const int shard = world_.rank() * std::min(options_.shards, world_.size()) / world_.size();
    const fs::path path = folder_ / cat("raw-", shard);
    const auto part = static_cast<std::size_t>(leases_) * (samples_per_lease * sample_bytes + exposure_bytes);
    std::optional<mpi::RawFile> file;
    mpi::together(world_, [&] {
      if (world_.rank() == 0)
        for (int i = 0; i < options_.shards; ++i)
          take_blocks(folder_ / cat("raw-", i), part * static_cast<std::size_t>(world_.size()));
    });
    mpi::together(world_, [&] { file.emplace(path); });
    return timed(path, [&] {
      std::uint64_t at = part * static_cast<std::size_t>(world_.rank());
      for (std::int64_t lease = 0; lease < leases_; ++lease) {
        file->write_at(at, std::span(bytes_).first(exposure_bytes));
        at += exposure_bytes;
        for (int i = 0; i < samples_per_lease; ++i, at += sample_bytes) file->write_at(at, bytes_);
        file->sync();
      }
      file->close();
    });
  }

  double slots() {
    const fs::path path = folder_ / "store.h5";
    std::optional<store::Writer> writer;
    mpi::together(world_, [&] {
      const EmptyStore store(leases_ * world_.size());
      if (world_.rank() == 0)
        store::create(path, store.header, store.samples, store.exposures, store.simulations,
                      {.shards = options_.shards});
    });
    mpi::together(world_, [&] { writer.emplace(path); });
    const double seconds = timed({}, [&] {
      for (std::int64_t l = 0; l < leases_; ++l) {
        const std::int64_t lease = world_.rank() * leases_ + l;
        writer->write_exposure(lease, EmptyStore::simulation_key(lease), 1, exposure_);
        for (int i = 0; i < samples_per_lease; ++i) {
          const std::int64_t sample = lease * samples_per_lease + i;
          writer->write_sample(sample, EmptyStore::sample_key(sample), 1, data_);
        }
        writer->sync();
      }
      writer->close();
    });
    mpi::together(world_, [&] {
      if (world_.rank() != 0) return;
      for (const auto& file : store::files(path)) fs::remove(file);
    });
    return seconds;
  }

 private:
  static void take_blocks(const fs::path& path, std::size_t bytes) {
    const Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    // Where a file system has no such call, the store has none either.
    if (!fd || (::fallocate(fd.get(), 0, 0, static_cast<off_t>(bytes)) != 0 && errno == ENOSPC))
      throw Error(Fault::system, cat("cannot make ", path.string(), " (", std::strerror(errno), "). Another --dir?"));
  }

  template <class Work>
  double timed(const fs::path& leftover, const Work& work) {
    world_.barrier();
    const double begun = steady_seconds();
    mpi::together(world_, work);
    const double seconds = world_.max(steady_seconds() - begun);
    world_.barrier();
    std::error_code ignored;
    if (!leftover.empty()) fs::remove(leftover, ignored);
    return seconds;
  }

  const BenchStore& options_;
  const mpi::Communicator& world_;
  std::unique_ptr<BenchFolder> scratch_;
  fs::path folder_;
  std::int64_t leases_ = 1;
  std::vector<std::byte> bytes_;
  store::SampleData data_ = sample_data();
  store::ExposureData exposure_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

json bench_store(const BenchStore& options, const mpi::Communicator& world) {
  Measurement m(options, world);
  json pairs;
  std::vector<double> ratios, raw_rates, slot_rates;
  m.raw();  // What is met only once: pages of the programs, memory of the system.
  m.slots();
  for (int i = 0; i < options.repeats; ++i) {
    // raw, slots, slots, raw, raw ...: what drifts meets both.
    double raw = 0, slots = 0;
    if (i % 2 == 0) raw = m.raw();
    slots = m.slots();
    if (i % 2 == 1) raw = m.raw();
    ratios.push_back(raw / slots);
    raw_rates.push_back(m.bytes() / raw / 1e6);
    slot_rates.push_back(m.bytes() / slots / 1e6);
    pairs.push_back(
        {{"raw_MB_per_s", raw_rates.back()}, {"store_MB_per_s", slot_rates.back()}, {"ratio", ratios.back()}});
  }
  if (world.rank() != 0) return nullptr;
  return {{"facts", bench_facts()},
          {"ranks", world.size()},
          {"shards", options.shards},
          {"bytes", m.bytes()},
          {"leases_per_rank", m.leases()},
          {"pairs", pairs},
          {"raw_MB_per_s", median(raw_rates)},
          {"store_MB_per_s", median(slot_rates)},
          {"ratio", median(ratios)}};
}

void print_bench_store(const json& r) {
  std::cout
      << bench_facts_text(r["facts"]) << "\n"
      << fmt::format(
             "{} ranks, {:.0f} MB a repetition; images of {} x {} in leases of {}, synced after each; {} file(s)\n",
             r["ranks"].get<int>(), r["bytes"].get<double>() / 1e6, pixels, pixels, samples_per_lease,
             r["shards"].get<int>())
      << fmt::format("{:>12} {:>12} {:>8}\n", "raw MB/s", "store MB/s", "ratio");
  for (const auto& p : r["pairs"])
    std::cout << fmt::format("{:12.0f} {:12.0f} {:8.2f}\n", p["raw_MB_per_s"].get<double>(),
                             p["store_MB_per_s"].get<double>(), p["ratio"].get<double>());
  std::cout << fmt::format("median: raw {:.0f} MB/s, store {:.0f} MB/s, ratio {:.2f}\n",
                           r["raw_MB_per_s"].get<double>(), r["store_MB_per_s"].get<double>(),
                           r["ratio"].get<double>());
}

}  // namespace twinmill::app
