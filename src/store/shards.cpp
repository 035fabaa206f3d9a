#include "shards.hpp"

#include <cstdio>

#include "table.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::store {
namespace fs = std::filesystem;

std::string shard_name(const fs::path& store, std::size_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < 3) digits.insert(0, 3 - digits.size(), '0');
  return cat(store.stem().string(), "-", digits, store.extension().string());
}

fs::path shard_path(const fs::path& store, const std::string& file) { return store.parent_path() / file; }

std::vector<ShardRow> cut_into_shards(const fs::path& path, std::span<const SimulationRow> simulations, int count) {
  std::vector<ShardRow> shards;
  const auto total = simulations.empty() ? 0 : simulations.back().first_sample + simulations.back().sample_count;
  std::int64_t sample = 0, exposure = 0;
  for (std::size_t i = 0; i < simulations.size(); ++i) {
    const SimulationRow& s = simulations[i];
    ensure(s.first_sample == sample && s.first_exposure == exposure,
           "the samples of a store in shards do not follow each other");
    // The next shard begins where the samples before it are its share, or where each simulation left is one.
    const auto begun = static_cast<std::int64_t>(shards.size());
    const bool share = sample * count >= begun * total;
    const bool needed = std::cmp_less_equal(simulations.size() - i, count - begun);
    if (begun == 0 || (begun < count && (share || needed)))
      shards.push_back({.file = shard_name(path, shards.size()),
                        .first_simulation = static_cast<std::int64_t>(i),
                        .simulation_count = 0,
                        .first_sample = sample,
                        .sample_count = 0,
                        .first_exposure = exposure,
                        .exposure_count = 0});
    ShardRow& shard = shards.back();
    ++shard.simulation_count;
    shard.sample_count += s.sample_count;
    shard.exposure_count += s.exposure_count;
    sample += s.sample_count;
    exposure += s.exposure_count;
  }
  return shards;
}

std::vector<ShardRow> read_shards(const h5::File& file) {
  if (!file.has(names::shard_table)) return {};
  return Table<ShardRow>(file, names::shard_table).rows();
}

std::vector<fs::path> files(const fs::path& path) {
  std::vector<fs::path> all = {path};
  for (const ShardRow& shard : read_shards(h5::File::open_to_read(path))) all.push_back(shard_path(path, shard.file));
  return all;
}

}  // namespace twinmill::store
