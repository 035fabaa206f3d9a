#pragma once
// The live page of a run: a small web server that only looks. It reads what rank 0 publishes (status.json and the
// ledger's snapshot) and the finished slots of the store, takes no lock and writes nothing, so a run never notices it.
// Described in docs/monitor.md.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "twinmill/ledger/view.hpp"

namespace twinmill::monitor {

/// Where the parts of a run directory lie. Each may be missing, and may appear later.
struct Paths {
  std::filesystem::path folder, status, snapshot, store;
};

/// A value of a parameter that fails clearly more often than the others of its axis.
struct Pattern {
  std::string axis, value;
  std::string things;                          ///< What is counted: "attempts", "simulations or relaxations".
  std::int64_t failed = 0, with = 0;           ///< Failures among the things that have the value.
  std::int64_t other_failed = 0, without = 0;  ///< Among those that have not.
  double p = 1;                                ///< Probability of so many failures, or more, by chance.
};
/// What `twinmill explain` finds in a ledger that has failures. May throw Error, which the page then tells.
using FindPatterns = std::function<std::vector<Pattern>(const ledger::LedgerView&)>;

struct Options {
  std::string host = "127.0.0.1";  ///< Address to listen at.
  int port = 0;                    ///< 0: one that is free.
};

/// Serves the page until `keep_going` (asked several times a second) says no. `ready` gets the page's address once it
/// answers. Throws Error(input) when the folder's status or ledger cannot be understood (of a newer version, damaged)
/// and when the address or port cannot be had.
void serve(const Paths& paths, const Options& options, const FindPatterns& patterns,
           const std::function<void(const std::string& url)>& ready, const std::function<bool()>& keep_going);

}  // namespace twinmill::monitor
