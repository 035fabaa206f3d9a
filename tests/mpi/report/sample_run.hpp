#pragma once
// A small run directory with everything a report may meet, made of plausible pictures instead of simulations.

#include <filesystem>
#include <string>

#include "twinmill/report/report.hpp"

namespace twinmill::report {

struct SampleRun {
  int parents = 2;
  int rotations = 1;
  int pixels = 32;
  int done_percent = 100;  ///< Share of the samples that are done, from the front.
  int detectors = 1;
  int classes = 6;  ///< 1: pristine only.
  std::string campaign_name = "sheets";
  std::string campaign_toml = "[campaign]\nname = \"sheets\"\n";
};

/// Creates the store (and campaign.toml). 12 samples per parent and rotation: pristine, anion_vacancy, metal_vacancy
/// and dopant at 3 doses. The last parent is the test split.
RunFiles make_sample_run(const std::filesystem::path& folder, const SampleRun& sample);

/// Predictions for every done test sample: the truth, somewhat eroded.
void add_predictions(const RunFiles& run);

/// A ledger snapshot with a failure and a quarantined sample.
void add_ledger(const RunFiles& run);

/// Documents of a training over some epochs and of its evaluation.
std::string sample_train_json();
std::string sample_evaluate_json();

}  // namespace twinmill::report
