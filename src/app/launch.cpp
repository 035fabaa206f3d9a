#include "launch.hpp"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "ending.hpp"
#include "mpirun.hpp"
#include "signals.hpp"
#include "status_board.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/process_table.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/mpi/kind.hpp"
#include "walltime.hpp"

namespace twinmill::app {
namespace {

constexpr double look_every_s = 0.5;  // At the ranks.
constexpr double missing_s = 5;       // Ranks do not end at the very same moment.
constexpr double farewell_s = 30;     // From the last word of the ranks to the end of mpirun.
constexpr int most_starts = 3;

// Whether mpirun will start all ranks here. Of ranks on other hosts nobody would notice that they are gone.
bool on_one_host() {
  for (const char* variable : {"PBS_NODEFILE", "LSB_HOSTS", "LSB_DJOB_HOSTFILE", "OMPI_MCA_orte_default_hostfile"})
    if (std::getenv(variable) != nullptr) return false;
  for (const char* variable : {"SLURM_JOB_NUM_NODES", "SLURM_NNODES"}) {
    const char* nodes = std::getenv(variable);
    if (nodes != nullptr && std::string_view(nodes) != "1") return false;
  }
  return true;
}

// Whether rank 0 hands out tasks, and so finds by itself who is missing.
bool handed_out(const report::Status& status) {
  return status.state == report::RunState::simulating ||
         (status.state == report::RunState::training && !status.workers.empty());
}

// One start of mpirun, until all of it has ended.
class Start {
 public:
  Start(const LaunchRequest& request, const EndingFile& file, bool survive_loss)
      : run_(request.run),
        file_(file),
        survives_(survive_loss),
        mpirun_({.ranks = request.ranks,
                 .arguments = request.arguments,
                 .survive_loss = survive_loss,
                 .ending = file.path()}) {}

  /// `passed`: stop signals that were passed on already. Returns the ranks' last word, if they have said it.
  std::optional<Ending> watch(int& passed) {
    while (mpirun_.running()) {
      if (stop_signals() > passed) pass_on(++passed);
      if (draws_) show();
      const double now = steady_seconds();
      if (!ending_ && (ending_ = file_.read())) ended_ = now;
      if (ending_ && (ending_->how != Ending::How::orderly || now - ended_ > farewell_s)) mpirun_.end();
      if (now >= next_look_) look(now);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    if (draws_) line_.clear();
    if (!ending_) ending_ = file_.read();
    return ending_;
  }

  /// What to say when the ranks could not.
  std::string death() const {
    return cat("a rank died (", words_.empty() ? cat("mpirun ended with ", mpirun_.code()) : words_,
               "); all that was finished is safe. Run again to resume?");
  }

 private:
  // The process of rank 0, once it holds the lock of the directory; 0 before that.
  pid_t first_rank() const {
    const std::string holder = LockFile::holder(run_.lock());
    const auto at = holder.find("pid ");
    return at == std::string::npos ? 0 : static_cast<pid_t>(std::atol(holder.c_str() + at + 4));
  }

  void pass_on(int signals) {
    if (draws_) line_.clear();
    const pid_t rank0 = first_rank();
    if (signals == 1 && rank0 > 0) {
      log::info("finishing what is running; Ctrl-C again leaves at once (both are safe)");
      ::kill(rank0, SIGUSR2);
    } else {
      mpirun_.end();
    }
  }

  // What rank 0 of this start has published, if anything.
  std::optional<report::Status> status() const {
    try {
      auto status = report::read_status(run_.status());
      if (status.updated >= since_) return status;  // Otherwise an earlier run's.
    } catch (const Error&) {
      // Not there yet.
    }
    return std::nullopt;
  }

  // A bar while there is something to count; short phases only clear it.
  void show() {
    const auto said = status();
    if (!said) return;
    if (said->state == report::RunState::simulating || said->state == report::RunState::training) {
      line_.update(progress_of(*said), steady_seconds());
    } else {
      line_.clear();
    }
  }

  // mpirun tells nobody that a rank has died when the others are to survive that. In the campaign phase rank 0 finds it
  // by itself; whoever else waits for a rank that is missing would wait for ever.
  void look(double now) {
    next_look_ = now + look_every_s;
    mpirun_.look_at_ranks();
    if (!survives_ || ending_ || mpirun_.missing() == 0) return;
    const auto said = status();
    const bool campaign = said && handed_out(*said) && !process_start(static_cast<long>(said->pid)).empty();
    if (campaign)
      missing_since_.reset();
    else if (!missing_since_)
      missing_since_ = now;
    if (!missing_since_ || now - *missing_since_ < missing_s) return;
    words_ = cat(mpirun_.missing(), " missing");
    mpirun_.end();
  }

  const RunDirectory& run_;
  const EndingFile& file_;
  const double since_ = unix_seconds();
  const bool draws_ = ::isatty(STDERR_FILENO) == 1;
  const bool survives_;
  Mpirun mpirun_;
  report::ProgressLine line_;
  std::optional<Ending> ending_;
  std::optional<double> missing_since_;
  std::string words_;
  double ended_ = 0, next_look_ = 0;
};

}  // namespace

ExitCode launch(const LaunchRequest& request) {
  if (!mpi::has_mpi())
    throw Error(Fault::input,
                cat("--ranks = ", request.ranks, " (this program was built without MPI: one process does everything)"));
  watch_stop_signals({.second_kills = false});
  const EndingFile file(request.run.path);
  if (request.walltime_s) keep_end_time(unix_seconds() + *request.walltime_s);
  int passed = 0;
  for (int starts = 1;; ++starts) {
    if (starts > 1) file.clear();
    // Only the first start has a campaign phase: a later one begins when that is complete.
    Start start(request, file, ((request.campaign && starts == 1) || request.study) && on_one_host());
    const auto ending = start.watch(passed);
    const bool again = ending && ending->how == Ending::How::again;
    if (again && starts < most_starts && stop_signals() == 0) continue;
    if (ending) return again ? ExitCode::stopped : ending->code;
    if (stop_signals() > 0) return ExitCode::stopped;
    throw Error(Fault::system, start.death());
  }
}

}  // namespace twinmill::app
