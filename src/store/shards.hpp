#pragma once
// A store in several files: which simulations are in which.

#include <filesystem>
#include <span>
#include <vector>

#include "twinmill/h5/h5.hpp"
#include "twinmill/store/layout.hpp"

namespace twinmill::store {

/// Cuts the simulations into at most `count` ranges of about as many samples; "store.h5" has "store-000.h5" and so on.
/// Samples and exposures must lie in the order of their simulations (Error(bug)).
std::vector<ShardRow> cut_into_shards(const std::filesystem::path& path, std::span<const SimulationRow> simulations,
                                      int count);
/// Of an open store; empty when it is one file.
std::vector<ShardRow> read_shards(const h5::File& file);
/// A shard lies beside its store.
std::filesystem::path shard_path(const std::filesystem::path& store, const std::string& file);
/// Name of shard `number` of a store.
std::string shard_name(const std::filesystem::path& store, std::size_t number);

}  // namespace twinmill::store
