#pragma once
// Making a ledger from what is there: from results found outside of any ledger, and from older ledgers, as far as they
// can be read. For repairs (the same plan) and for changed campaigns (another one): tasks and simulations are
// recognised by their keys.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "twinmill/campaign/plan.hpp"
#include "twinmill/ledger/ledger.hpp"

namespace twinmill::ledger {

/// A task whose result is there, durable and intact.
struct FoundTask {
  SampleId task;
  std::uint64_t checksum = 0;
  std::int32_t attempt = 0;  ///< The one that made it; 0: unknown.
  std::string result = {};   ///< JSON, of a relaxation; an older ledger's words are preferred.
};

struct Sources {
  /// Exactly these tasks become done.
  std::vector<FoundTask> found;
  /// Older ledgers, the best one first, whatever their plan, version and state: who made the results and when,
  /// attempts, quarantine, stages and events are taken from the first one, and from the next ones what that could not
  /// tell. Files that nobody writes; a write-ahead log beside them is read, nothing is changed.
  std::vector<std::filesystem::path> ledgers;
  std::string event;  ///< Noted with the moment.
};

struct Built {
  Counts counts;
  std::int64_t attempts = 0;        ///< Kept from older ledgers.
  std::vector<std::string> unread;  ///< What could not be read of them, in words.
};

/// Makes the ledger of `plan` at `path`, durable, in one transaction and without a log beside it: it may be renamed.
/// What a killed build left there is replaced. Throws Error(system) when it cannot be written.
Built build(const std::filesystem::path& path, const campaign::Plan& plan, const Sources& sources);

/// The file itself and all that SQLite may have put beside it.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& ledger);

}  // namespace twinmill::ledger
