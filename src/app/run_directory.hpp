#pragma once
// The names inside a run directory.

#include <filesystem>

#include "campaign_file.hpp"
#include "twinmill/store/layout.hpp"

namespace twinmill::app {

struct RunDirectory {
  std::filesystem::path path;
  std::filesystem::path campaign() const { return path / "campaign.toml"; }
  std::filesystem::path ledger() const { return path / "ledger.sqlite"; }
  std::filesystem::path snapshot() const { return path / "ledger-snapshot.sqlite"; }
  std::filesystem::path store() const { return path / "store.h5"; }
  std::filesystem::path status() const { return path / "status.json"; }
  std::filesystem::path lock() const { return path / "run.lock"; }
  std::filesystem::path models() const { return path / "models"; }
  std::filesystem::path report() const { return path / "report.html"; }
  /// Of a repair or a changed campaign, until they take their places.
  std::filesystem::path next_ledger() const { return path / "ledger.next.sqlite"; }
  std::filesystem::path next_store() const { return path / "store.next.h5"; }
  std::filesystem::path predictions() const { return models() / "predictions.h5"; }
  std::filesystem::path relaxed() const { return path / "relaxed"; }  ///< One extxyz file per relaxed structure.
};

/// The directory given, or runs/NAME for a campaign.
RunDirectory run_directory(const std::string& given, const Campaign& campaign);
/// An existing run; throws Error(input) when the folder is none.
RunDirectory existing_run(const std::string& path);

/// The store in a run directory, or the file that is given itself. Throws Error(input) when there is no store yet.
std::filesystem::path store_of(const std::string& path);

/// The store's contents that are known before anything is simulated.
struct StorePlan {
  store::Header header;
  std::vector<store::SampleRow> samples;
  std::vector<store::ExposureRow> exposures;
  std::vector<store::SimulationRow> simulations;
};
StorePlan store_plan(const Campaign& campaign);

/// What prepare() does with a directory that holds another campaign.
struct PrepareOptions {
  enum class Change {
    refuse,
    keep_images,  ///< Changes the directory to this campaign, unless finished images would be lost.
    drop_images,  ///< Changes it in any case.
    count_
  };
  Change change = Change::refuse;
};

/// Makes the folder, the campaign's copy and an empty store where they are missing; finishes a change that was cut off;
/// changes the directory to this campaign as the options allow; builds a ledger that is missing from the store. Rank 0
/// only, inside an mpi::Session, holding the directory's lock. Throws Error(input) or Error(system); a full disk is
/// found here and nothing is left behind.
void prepare(const RunDirectory& run, const Campaign& campaign, const PrepareOptions& options = {});

/// The campaign whose store lies in a directory: its copy there, or else the one in the store. Throws Error(input) when
/// neither gives the plan that the store was made from.
Campaign campaign_of(const RunDirectory& run, const store::Header& header);

/// Refuses what cannot fit: Error(system) with both numbers.
void check_disk(const std::filesystem::path& folder, const campaign::Plan& plan);

}  // namespace twinmill::app
