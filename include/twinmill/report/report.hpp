#pragma once
// report.html: one self-contained page about a run.

#include <filesystem>
#include <optional>
#include <string>

namespace twinmill::report {

/// Where the parts of a run directory lie. Only the store must exist.
struct RunFiles {
  std::filesystem::path folder;       ///< DIR
  std::filesystem::path store;        ///< DIR/store.h5
  std::filesystem::path ledger;       ///< DIR/ledger-snapshot.sqlite
  std::filesystem::path predictions;  ///< DIR/models/predictions.h5
  std::filesystem::path campaign;     ///< DIR/campaign.toml
  std::filesystem::path page;         ///< DIR/report.html, written
};
/// The usual names inside a run directory.
RunFiles run_files(const std::filesystem::path& folder);

/// What neither the store nor the ledger knows. Everything may be left out.
struct Extra {
  std::string train_json = {};  ///< {history: [...], parameters, seconds, ...}; empty: not trained.
  std::string evaluate_json =
      {};                    ///< {images, structures, classes, confusion, macro_f1, by_dose}; empty: not evaluated.
  std::string network = {};  ///< In words, "g-unet, width 8".
  std::string digest = {};   ///< Of the store; empty: computed here when the store is small.
  std::string host = {};
  std::string processor = {};
  std::string job = {};                               ///< Of the batch system.
  int ranks = 0;                                      ///< 0: unknown.
  std::optional<double> started = {}, finished = {};  ///< Unix seconds of the (last) run.
  std::optional<double> simulate_s = {};              ///< Wall time of the simulations; empty: from the ledger.
  std::optional<double> generated = {};               ///< Unix seconds to print as the page's date; empty: now.
};

/// Writes run.page atomically. Throws Error(input) for a folder without a store and for JSON that cannot be read,
/// Error(system) when the page cannot be written. A missing ledger, campaign file or prediction leaves its part out.
void write_report(const RunFiles& run, const Extra& extra);

}  // namespace twinmill::report
