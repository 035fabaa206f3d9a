#pragma once
// What the benchmarks of the scheduler, the ledger and the store share: the machine in words, folders to work in,
// campaigns whose tasks do nothing.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "twinmill/base/scratch_folder.hpp"
#include "twinmill/campaign/plan.hpp"
#include "twinmill/mpi/mpi.hpp"
#include "workers/executor.hpp"

namespace twinmill::app {

/// Processor, cores, version, commit and date: what every figure belongs to.
nlohmann::json bench_facts();
/// The same in one line.
std::string bench_facts_text(const nlohmann::json& facts);

/// Where benchmarks work: a new folder inside `parent`.
class BenchFolder : public ScratchFolder {
 public:
  explicit BenchFolder(const std::filesystem::path& parent) : ScratchFolder(parent, "twinmill-bench") {}
};

/// A plan of `tasks` images, `per_lease` of each simulation, as far as the ledger and the scheduler look at it: keys
/// and numbers, no structures.
campaign::Plan empty_plan(std::int64_t tasks, std::int64_t per_lease);

/// Finishes every lease at once.
class NoWork final : public workers::Executor {
 public:
  workers::Completed execute(const protocol::Grant& grant, const workers::Beat& beat) override;
};

/// How the ledger is kept, for those who read the figures.
inline constexpr const char* ledger_policy = "SQLite write-ahead log, synchronous=FULL, one commit a turn";

}  // namespace twinmill::app
