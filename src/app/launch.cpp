#include "launch.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "signals.hpp"
#include "status_board.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/cpu.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/process.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::app {
namespace {

std::string find_mpirun() {
  const char* path = std::getenv("PATH");
  std::string folders = path != nullptr ? path : "/usr/bin";
  for (std::size_t at = 0; at <= folders.size();) {
    const auto end = std::min(folders.find(':', at), folders.size());
    std::string candidate = folders.substr(at, end - at) + "/mpirun";
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    at = end + 1;
  }
  throw Error(Fault::system, "mpirun is not in PATH (package openmpi-bin). Install it, or give --ranks 1?");
}

std::vector<std::string> command_line(const LaunchRequest& request) {
  std::vector<std::string> words = {find_mpirun(), "--quiet", "-n", std::to_string(request.ranks)};
  if (request.ranks > usable_cores())
    words.insert(words.end(), {"--oversubscribe", "--mca", "mpi_yield_when_idle", "1"});
  words.insert(words.end(), {"--bind-to", "none"});
  if (::geteuid() == 0) words.emplace_back("--allow-run-as-root");
  words.push_back(this_program());
  words.insert(words.end(), request.arguments.begin(), request.arguments.end());
  return words;
}

pid_t start(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const auto& w : words) argv.push_back(const_cast<char*>(w.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw Error(Fault::system, cat("cannot start a process (", std::strerror(errno), ")"));
  if (child == 0) {
    ::setpgid(0, 0);                     // Ctrl-C reaches us alone; we decide what the ranks hear.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // No orphans: without us nobody would pass signals on.
    if (::getppid() != parent) ::_exit(3);
    ::setenv("OMP_NUM_THREADS", "1", 0);  // Ranks are the parallelism of the simulation; training sets its own threads.
    if (::isatty(STDERR_FILENO) == 1) ::setenv(quiet_variable, "1", 1);
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(3);
  }
  return child;
}

// The process of rank 0, once it holds the lock of the directory; 0 before that.
pid_t first_rank(const RunDirectory& run) {
  const std::string holder = LockFile::holder(run.lock());
  const auto at = holder.find("pid ");
  return at == std::string::npos ? 0 : static_cast<pid_t>(std::atol(holder.c_str() + at + 4));
}

void pass_on(int signals, pid_t mpirun, const RunDirectory& run) {
  const pid_t rank0 = first_rank(run);
  if (signals == 1 && rank0 > 0) {
    log::info("finishing what is running; Ctrl-C again leaves at once (both are safe)");
    ::kill(rank0, SIGUSR2);
  } else {
    ::kill(mpirun, SIGTERM);
  }
}

// A bar while there is something to count; short phases only clear it.
void show(report::ProgressLine& line, const RunDirectory& run, double since) {
  try {
    const auto status = report::read_status(run.status());
    if (status.updated < since) return;  // An earlier run's.
    if (status.state == report::RunState::simulating || status.state == report::RunState::training) {
      line.update(progress_of(status), steady_seconds());
    } else {
      line.clear();
    }
  } catch (const Error&) {
    // Not there yet.
  }
}

}  // namespace

ExitCode launch(const LaunchRequest& request) {
  watch_stop_signals({.second_kills = false});
  const double since = unix_seconds();
  const bool draws = ::isatty(STDERR_FILENO) == 1;
  const pid_t mpirun = start(command_line(request));
  report::ProgressLine line;
  int passed = 0;
  int state = 0;
  for (;;) {
    const pid_t ended = ::waitpid(mpirun, &state, WNOHANG);
    if (ended == mpirun) break;
    if (ended < 0 && errno != EINTR)
      throw Error(Fault::system, cat("waiting for mpirun failed (", std::strerror(errno), ")"));
    if (stop_signals() > passed) {
      if (draws) line.clear();
      pass_on(++passed, mpirun, request.run);
    }
    if (draws) show(line, request.run, since);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  if (draws) line.clear();
  if (WIFEXITED(state) && WEXITSTATUS(state) < 128 && WEXITSTATUS(state) != 1)
    return static_cast<ExitCode>(WEXITSTATUS(state));
  if (stop_signals() > 0) return ExitCode::stopped;
  throw Error(Fault::system,
              cat("a rank died (mpirun ended with ", WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state),
                  "); all that was finished is safe. Run again to resume?"));
}

}  // namespace twinmill::app
