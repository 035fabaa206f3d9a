#pragma once
// All that a report is made from, read once.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "documents.hpp"
#include "study.hpp"
#include "twinmill/report/facts.hpp"
#include "twinmill/report/report.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::report {

struct Content {
  explicit Content(const RunFiles& run, const Extra& extra);

  store::Reader reader;
  store::Header header;
  std::vector<store::SampleRow> samples;
  std::vector<store::ExposureRow> exposures;
  std::vector<store::SimulationRow> simulations;
  std::vector<store::SlotRow> slots, exposure_slots;
  std::map<std::int64_t, Image<std::uint8_t>> predictions;  ///< By sample.
  std::string campaign_text;                                ///< As the user wrote it; else as the store keeps it.
  LedgerFacts ledger;
  std::optional<Training> training;
  std::optional<Evaluation> evaluation;
  Study study;  ///< Of models/*/result.json; empty where there is none.
  Extra extra;
  std::filesystem::path store_path;
  double generated = 0;  ///< Unix seconds.

  bool done(std::int64_t sample) const;
  bool exposure_done(std::int64_t exposure) const;
  std::int64_t done_count() const;
  /// Different values of a member among the samples that are done (all samples when none is), sorted.
  std::vector<double> doses() const;
  std::vector<double> rotations() const;
  std::vector<std::string> parents() const;
  std::vector<std::string> defects() const;  ///< In the order of the campaign.
  std::int64_t structures() const;
  std::vector<bool> done_samples() const;
};

/// Class numbers and kinds of defects read better without underscores.
std::string words(std::string_view name);
/// "defect" of a row with its dopant: "dopant W".
std::string defect_text(const store::SampleRow& row);

}  // namespace twinmill::report
