#pragma once
// All that the page and state.json show, as plain values that several threads may read.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "axes.hpp"
#include "twinmill/ledger/view.hpp"
#include "twinmill/monitor/monitor.hpp"
#include "twinmill/report/status.hpp"

namespace twinmill::monitor {

/// An epoch of a training.
struct EpochPoint {
  int epoch = 0;
  double loss = 0, validation_loss = 0, validation_f1 = 0;  ///< NaN: unknown.
};

/// One training, finished or going on.
struct TrainingCurve {
  std::string name;  ///< Empty when the campaign trains one model only.
  std::string state;
  std::vector<EpochPoint> epochs;
};

struct Worker {
  report::WorkerStatus status;
  std::string task;  ///< In words; empty: idle, or not known.
};

struct LatestImage {
  std::int64_t sample = 0;
  std::string caption;
};

struct QuarantinedTask {
  std::int64_t id = 0;
  ledger::TaskKind kind = ledger::TaskKind::image;
  std::string reason;
};

/// What the ledger's snapshot says.
struct LedgerFacts {
  double published = 0;                       ///< Unix seconds.
  double seconds = 0;                         ///< That reading it took.
  ledger::Counts images, relaxations, study;  ///< study: its trainings.
  std::vector<ledger::ThroughputBin> throughput;
  std::vector<std::int64_t> latest;  ///< Finished images, newest first, of different simulations where it can be.
  std::vector<std::string> relaxed;  ///< Relaxations finished last, in words.
  std::vector<QuarantinedTask> quarantined;  ///< The first ones.
  std::vector<ledger::FailureGroup> failures;
  std::vector<Pattern> patterns;
  std::string patterns_problem;  ///< Why they are not known, or empty.
  std::vector<ledger::WorkerRow> workers;
  std::vector<ledger::EventRow> events;
  std::vector<AxisProgress> axes;  ///< Empty until the store's table is read.
  std::vector<TrainingCurve> trainings;
};

struct Facts {
  std::string folder;
  double now = 0;  ///< Unix seconds.
  std::optional<report::Status> status;
  std::optional<LedgerFacts> ledger;
  bool store_known = false;
  double axes_part = 0;  ///< Of the store's table of samples that has been read.
  std::vector<Worker> workers;
  std::vector<LatestImage> latest;
  std::vector<TrainingCurve> trainings;  ///< From the ledger, and what was seen since.
  std::vector<std::string> problems;     ///< What cannot be read, each a sentence.
  std::vector<std::string> class_names;  ///< By class number.
  std::optional<std::int64_t> disk_free_bytes;

  /// The run says that it works, but has said nothing for long.
  bool silent() const {
    return status && !report::is_final(status->state) && now - status->updated > report::silent_after_s;
  }
};

/// One sample, for its page.
struct SampleFacts {
  std::optional<store::SampleRow> row;
  std::optional<ledger::TaskRow> task;
  std::vector<ledger::AttemptRow> attempts;
  std::vector<std::string> detectors;
  std::vector<std::string> class_names;
  std::string structure;           ///< Label of its simulation.
  bool in_store = false;           ///< Its slot is done.
  std::vector<std::uint8_t> seen;  ///< Class numbers in its mask, lattice left out.
  std::int64_t samples = 0;
};

}  // namespace twinmill::monitor
