#pragma once
// DIR/models/NAME/result.json of each training of a study: what the ledger's word is checked against and made from.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "run_directory.hpp"
#include "twinmill/campaign/plan.hpp"
#include "twinmill/ledger/build.hpp"

namespace twinmill::app {

/// DIR/models/NAME, and the result inside.
std::filesystem::path folder_of(const RunDirectory& run, const campaign::Training& training);
std::filesystem::path result_path(const std::filesystem::path& folder);

/// Checksum of a result for the ledger.
std::uint64_t result_checksum(const std::string& result);
/// The trainings of a campaign whose results are in the directory.
std::vector<ledger::FoundTask> kept_trainings(const RunDirectory& run, const campaign::Plan& plan);
/// Checksums of all results in the directory, by the key of the training.
std::map<std::string, std::uint64_t> results_in(const RunDirectory& run);

}  // namespace twinmill::app
