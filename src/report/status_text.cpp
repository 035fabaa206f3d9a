// The page of `twinmill status`.
#include <algorithm>
#include <cmath>

#include "format.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/report/progress_line.hpp"
#include "twinmill/report/status.hpp"

namespace twinmill::report {

namespace {

std::string percent_text(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return "0 %";
  // Rounded down: 100 % means that all is done.
  return cat(part * 100 / whole, " %");
}

std::string heading(const Status& status) {
  std::string text = status.campaign.empty() ? "Run" : cat("Campaign ", status.campaign);
  if (!status.host.empty()) text += " on " + status.host;
  text += cat(" (pid ", status.pid);
  if (!status.job.empty()) text += ", job " + status.job;
  return text + ", " + plural(status.ranks, "rank") + ")\n";
}

std::string counts_line(std::string_view heading, const Counts& counts) {
  std::string text = cat(heading, count_text(counts.done), " of ", count_text(counts.total), " done (",
                         percent_text(counts.done, counts.total), ")");
  if (counts.running > 0) text += ", " + count_text(counts.running) + " running";
  if (counts.pending > 0) text += ", " + count_text(counts.pending) + " waiting";
  if (counts.quarantined > 0)
    text += ", " + count_text(counts.quarantined) + " quarantined (twinmill explain says why)";
  return text + "\n";
}

std::string training_line(const TrainingStatus& training) {
  std::string text = cat("Training  epoch ", training.epoch, " of ", training.epochs);
  if (training.loss) text += ", loss " + short_text(*training.loss);
  if (training.validation_f1) text += ", validation F1 " + fixed_text(*training.validation_f1, 3);
  return text + "\n";
}

std::string time_line(const Status& status, bool alive) {
  std::string text = "Time      " + duration_text(status.elapsed_s) + " so far";
  if (alive && status.eta_s) text += ", about " + duration_text(*status.eta_s) + " left";
  if (const std::string rate = rate_text(status.rate_per_s, "images"); alive && !rate.empty()) text += ", " + rate;
  return text + "\n";
}

std::string worker_line(const WorkerStatus& worker) {
  std::string text = cat("  rank ", worker.rank);
  if (!worker.host.empty()) text += " on " + worker.host;
  text += worker.simulation < 0 ? ": idle"
                                : cat(": simulation ", worker.simulation, " for ", duration_text(worker.since_s));
  return text + ", " + plural(worker.done, "image") + " done\n";
}

std::string state_line(const Status& status, double silence, bool dead) {
  if (dead)
    return cat("State     ", name(status.state), " when last heard of; no sign of life for ", duration_text(silence),
               "; run again to resume\n");
  std::string text = cat("State     ", name(status.state));
  switch (status.state) {
    case RunState::starting:
    case RunState::simulating:
    case RunState::training:
    case RunState::evaluating:
    case RunState::reporting:
      break;
    case RunState::done:
      if (status.counts.quarantined + status.relaxations.quarantined + status.trainings.quarantined > 0)
        text += ", but some tasks are quarantined";
      break;
    case RunState::stopped:
    case RunState::failed:
      text += "; run again to resume";
      break;
    case RunState::count_:
      break;
  }
  return text + "\n";
}

}  // namespace

std::string status_text(const Status& status, double now) {
  // Clocks of two machines may differ a little: the future counts as now.
  const double silence = std::max(0.0, now - status.updated);
  const bool over = is_final(status.state);
  const bool dead = !over && silence > silent_after_s;
  std::string text = heading(status) + state_line(status, silence, dead);
  if (!status.message.empty()) text += "Message   " + status.message + "\n";
  if (status.relaxations.total > 0) text += counts_line("Relaxed   ", status.relaxations);
  text += counts_line("Images    ", status.counts);
  if (status.trainings.total > 0) text += counts_line("Trainings ", status.trainings);
  if (status.training) text += training_line(*status.training);
  if (status.evaluation)
    text += cat("Evaluated ", count_text(status.evaluation->done), " of ", count_text(status.evaluation->total),
                " test images\n");
  text += time_line(status, !over && !dead);
  if (status.disk_free_bytes)
    text += "Disk      " + bytes_text(static_cast<double>(*status.disk_free_bytes)) + " free\n";
  if (!over && !dead && !status.workers.empty()) {
    text += "Workers\n";
    for (const WorkerStatus& worker : status.workers) text += worker_line(worker);
  }
  return text;
}

}  // namespace twinmill::report
