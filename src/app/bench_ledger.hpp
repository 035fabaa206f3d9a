#pragma once
// `twinmill bench ledger`: how large a ledger gets, and what starting on it costs.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace twinmill::app {

struct BenchLedger {
  std::int64_t tasks = 10000000;
  std::int64_t samples = 64;        ///< Tasks of one lease.
  std::filesystem::path dir = ".";  ///< Where it is written.
};

/// Makes a ledger, opens it again, reads what a start reads, publishes a snapshot, and finishes some leases.
nlohmann::json bench_ledger(const BenchLedger& options);
void print_bench_ledger(const nlohmann::json& result);

}  // namespace twinmill::app
