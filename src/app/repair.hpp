#pragma once
// Ledger and store of a run directory against each other, and a new ledger from the store where they do not agree.

#include <string>
#include <vector>

#include "run_directory.hpp"
#include "twinmill/ledger/build.hpp"
#include "twinmill/ledger/checkup.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::app {

/// The store, with every checksum computed.
struct StoreFindings {
  store::Header header;
  store::Damage damage;
  std::vector<std::int64_t> redo;     ///< Done samples that must not count, see store::samples_to_redo().
  std::vector<store::SlotRow> slots;  ///< Of the samples.

  bool done(std::size_t sample) const;
  /// Problems for people, one each.
  std::vector<std::string> problems() const;
};
StoreFindings examine_store(const RunDirectory& run);

/// What the ledger lacks, in the order found; empty when it is as it should be.
struct LedgerFindings {
  std::vector<std::string> problems;
  std::int64_t uncounted = 0;  ///< Images in the store that a killed run could not count any more: no damage.
};
/// `checkup` is that of a ledger which nobody else has open.
LedgerFindings compare(const RunDirectory& run, const StoreFindings& store, const ledger::Checkup& checkup);

/// Makes a new ledger from the store, the relaxed structures and what the old one and its snapshot can tell; moves the
/// old one aside; marks what is bad in the store, so that it is made again. Rank 0 alone, inside an mpi::Session,
/// holding the lock. Returns what was done, in words. Throws Error(system).
std::vector<std::string> repair(const RunDirectory& run, const Campaign& campaign, const StoreFindings& store);

/// The relaxations of a campaign whose results are in the directory.
std::vector<ledger::FoundTask> kept_relaxations(const RunDirectory& run, const Campaign& campaign);

/// Renames one file over another one, or where there is none, so that it lasts. Throws Error(system).
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace twinmill::app
