#include "status_board.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::app {
namespace {

constexpr double publish_every_s = 0.5;
constexpr double beat_every_s = 10;

report::Counts counts_of(const ledger::Counts& c) {
  return {.total = c.total(), .done = c.done, .running = 0, .pending = c.pending, .quarantined = c.quarantined};
}

report::Counts counts_of(const scheduler::SampleCounts& c) {
  return {.total = c.total, .done = c.done, .running = c.running, .pending = c.pending, .quarantined = c.quarantined};
}

}  // namespace

report::Progress progress_of(const report::Status& status) {
  report::Progress p{.label = std::string(report::name(status.state)), .unit = "images", .note = {}};
  if (status.state == report::RunState::training && status.trainings.total > 0) {
    p.unit = "trainings";
    p.done = static_cast<double>(status.trainings.done + status.trainings.quarantined);
    p.total = static_cast<double>(status.trainings.total);
    if (status.training) p.note = cat("epoch ", status.training->epoch, " of ", status.training->epochs);
  } else if (status.state == report::RunState::training && status.training) {
    p.unit = "epochs";
    p.done = status.training->epoch;
    p.total = status.training->epochs;
    if (status.training->loss) p.note = cat("loss ", rounded_text(*status.training->loss, 3));
    if (status.training->validation_f1) p.note += cat(", F1 ", rounded_text(*status.training->validation_f1, 3));
  } else if (status.state == report::RunState::evaluating) {
    const auto seen = status.evaluation.value_or(report::EvaluationStatus{});
    p.unit = "test images";
    p.done = static_cast<double>(seen.done);
    p.total = static_cast<double>(seen.total);
  } else {
    // Until the first image can be made, the relaxations are what goes on.
    const auto over = [](const report::Counts& c) { return c.done + c.quarantined; };
    const bool relaxing = over(status.counts) == 0 && over(status.relaxations) < status.relaxations.total;
    const auto& counts = relaxing ? status.relaxations : status.counts;
    if (relaxing) p.unit = "structures relaxed";
    p.done = static_cast<double>(over(counts));
    p.total = static_cast<double>(counts.total);
    p.rate_per_s = status.rate_per_s;
  }
  p.eta_s = status.eta_s;
  return p;
}

StatusBoard::StatusBoard(const RunDirectory& run, const Campaign& campaign, ledger::Ledger& ledger, LockFile& lock,
                         int ranks)
    : run_(run),
      campaign_(campaign),
      ledger_(ledger),
      lock_(lock),
      draws_(std::getenv(quiet_variable) == nullptr),
      started_(steady_seconds()) {
  status_.campaign = campaign_.plan.spec.campaign.name;
  status_.host = mpi::host_name();
  status_.pid = ::getpid();
  if (const char* job = std::getenv("SLURM_JOB_ID")) status_.job = job;
  status_.ranks = ranks;
  enter(report::RunState::starting);
}

void StatusBoard::publish() {
  status_.updated = unix_seconds();
  status_.elapsed_s = steady_seconds() - started_;
  status_.disk_free_bytes = static_cast<std::int64_t>(free_bytes(run_.path));
  report::write_status(run_.status(), status_);
  last_publish_ = steady_seconds();
}

void StatusBoard::try_to_publish(const std::function<void()>& publication) {
  try {
    publication();
    published_ = true;
  } catch (const Error& e) {
    if (e.fault() != Fault::system) throw;
    if (published_) log::warning(cat("status and explain show an older state for now: ", e.what()));
    published_ = false;
  }
}

void StatusBoard::publish_snapshot_when_due() {
  const double before = steady_seconds();
  if (before < next_snapshot_) return;
  ledger_.publish_snapshot(run_.snapshot());
  // A large ledger takes long to copy: at most a twentieth of the time goes into that.
  next_snapshot_ = steady_seconds() + std::max(5.0, 20 * (steady_seconds() - before));
}

void StatusBoard::beat_when_due() {
  if (steady_seconds() < next_beat_) return;
  lock_.beat();
  next_beat_ = steady_seconds() + beat_every_s;
}

void StatusBoard::simulating(const scheduler::Progress& progress) {
  beat_when_due();
  status_.state = report::RunState::simulating;
  if (progress.counts.total > 0) status_.counts = counts_of(progress.counts);  // Relaxing alone counts no images.
  status_.relaxations = counts_of(progress.relaxations);
  status_.rate_per_s = progress.rate_per_s;
  tell(progress);
}

void StatusBoard::tell(const scheduler::Progress& progress) {
  status_.eta_s = progress.eta_s;
  status_.message = progress.drained            ? progress.drained->reason
                    : progress.messages.empty() ? ""
                                                : progress.messages.back();
  status_.workers.clear();
  for (const auto& w : progress.workers)
    status_.workers.push_back(
        {.rank = w.rank, .host = w.host, .simulation = w.simulation.value, .since_s = w.since_s, .done = w.finished});
  try_to_publish([this] {
    publish();
    publish_snapshot_when_due();
  });
  if (draws_) line_.update(progress_of(status_), steady_seconds());
}

void StatusBoard::training(const scheduler::Progress& progress) {
  beat_when_due();
  status_.state = report::RunState::training;
  status_.trainings = counts_of(progress.counts);
  status_.rate_per_s = 0;
  tell(progress);
}

void StatusBoard::trained() {
  status_.trainings = counts_of(ledger_.counts(ledger::TaskKind::training));
  try_to_publish([this] {
    publish();
    publish_snapshot_when_due();
  });
}

void StatusBoard::training(const train::EpochRecord& epoch, int epochs) {
  beat_when_due();
  status_.state = report::RunState::training;
  status_.training = report::TrainingStatus{
      .epoch = epoch.epoch, .epochs = epochs, .loss = epoch.train_loss, .validation_f1 = epoch.validation_f1};
  status_.eta_s = epoch.seconds * (epochs - epoch.epoch);
  try_to_publish([this] { publish(); });
  if (draws_) line_.update(progress_of(status_), steady_seconds());
}

void StatusBoard::evaluating(std::int64_t done, std::int64_t total) {
  status_.state = report::RunState::evaluating;
  status_.evaluation = report::EvaluationStatus{.done = done, .total = total};
  pulse();
  if (draws_) line_.update(progress_of(status_), steady_seconds());
}

void StatusBoard::pulse() {
  if (steady_seconds() - last_publish_ < publish_every_s) return;
  beat_when_due();
  try_to_publish([this] { publish(); });
}

void StatusBoard::enter(report::RunState state, const std::string& message) {
  if (draws_) line_.clear();
  status_.counts = counts_of(ledger_.counts(ledger::TaskKind::image));
  status_.relaxations = counts_of(ledger_.counts(ledger::TaskKind::relaxation));
  status_.trainings = counts_of(ledger_.counts(ledger::TaskKind::training));
  status_.state = state;
  status_.message = message;
  status_.eta_s.reset();
  status_.evaluation.reset();
  status_.rate_per_s = 0;
  status_.workers.clear();
  publish();
  ledger_.publish_snapshot(run_.snapshot());
}

void StatusBoard::failed(const std::string& message) noexcept {
  try {
    status_.state = report::RunState::failed;
    status_.message = message;
    publish();
  } catch (const std::exception& e) {
    log::warning(cat("the failure could not be published: ", e.what()));
  }
}

}  // namespace twinmill::app
