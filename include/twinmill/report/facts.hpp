#pragma once
// What the report takes from the ledger, as plain values.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace twinmill::report {

struct LedgerFacts {
  /// A task that was given up.
  struct Quarantined {
    std::int64_t sample = 0;
    std::string key;  ///< 32 hexadecimal digits.
    std::string reason;
  };
  /// Attempts that failed with the same words, also those that a later attempt made good.
  struct Failure {
    std::string fault, message;
    std::int64_t attempts = 0, simulations = 0;
  };
  /// Images finished in [start, start + width).
  struct Bin {
    double start = 0, width = 0;  ///< Unix seconds, seconds.
    std::int64_t images = 0;
  };
  struct Worker {
    int rank = -1;
    std::string host;
    std::int64_t simulations = 0, images = 0, failures = 0, losses = 0;
    double busy_s = 0;
  };
  struct Event {
    double at = 0;  ///< Unix seconds.
    std::string text;
  };

  bool known = false;  ///< There was a ledger.
  double created = 0;  ///< Unix seconds; the first start of the run.
  std::int64_t pending = 0, done = 0;
  std::vector<Quarantined> quarantined;
  std::vector<Failure> failures;  ///< Most frequent first.
  std::vector<Bin> throughput;
  std::vector<Worker> workers;
  std::vector<Event> events;  ///< Newest first.
  std::int64_t leases = 0;    ///< Finished.
  double lease_total_s = 0, lease_median_s = 0, lease_longest_s = 0;
};

/// Reads a published snapshot; facts that are not `known` when there is no such file.
LedgerFacts read_ledger(const std::filesystem::path& snapshot);

}  // namespace twinmill::report
