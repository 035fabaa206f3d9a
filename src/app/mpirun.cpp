#include "mpirun.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "ending.hpp"
#include "status_board.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/cpu.hpp"
#include "twinmill/base/process.hpp"
#include "twinmill/base/process_table.hpp"
#include "walltime.hpp"

namespace twinmill::app {
namespace {

constexpr double patience_s = 10;  // mpirun ends its ranks within about a second of SIGTERM.

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

std::vector<std::string> command_line(const MpirunRequest& request) {
  std::vector<std::string> words = {find_mpirun(), "--quiet", "-n", std::to_string(request.ranks)};
  if (request.ranks > usable_cores())
    words.insert(words.end(), {"--oversubscribe", "--mca", "mpi_yield_when_idle", "1"});
  if (request.survive_loss) words.insert(words.end(), {"--mca", "orte_enable_recovery", "1"});
  words.insert(words.end(), {"-x", ending_variable, "--bind-to", "none"});
  if (std::getenv(end_time_variable) != nullptr) words.insert(words.end(), {"-x", end_time_variable});
  if (::geteuid() == 0) words.emplace_back("--allow-run-as-root");
  words.push_back(this_program());
  words.insert(words.end(), request.arguments.begin(), request.arguments.end());
  return words;
}

pid_t start(const std::vector<std::string>& words, const std::string& ending) {
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
    ::setenv(ending_variable, ending.c_str(), 1);
    if (::isatty(STDERR_FILENO) == 1) ::setenv(quiet_variable, "1", 1);
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(3);
  }
  return child;
}

}  // namespace

Mpirun::Mpirun(const MpirunRequest& request)
    : requested_(request.ranks), pid_(start(command_line(request), request.ending)) {}

Mpirun::~Mpirun() {
  try {
    end();
  } catch (const std::exception&) {
    kill_ranks();
  }
}

bool Mpirun::running() {
  if (pid_ < 0) return false;
  int state = 0;
  const pid_t ended = ::waitpid(pid_, &state, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return true;
  if (ended < 0) throw Error(Fault::system, cat("waiting for mpirun failed (", std::strerror(errno), ")"));
  collect(state);
  return false;
}

void Mpirun::collect(int state) {
  code_ = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  pid_ = -1;
  kill_ranks();  // Of an mpirun that was killed itself, a stopped rank would stay.
}

const std::vector<long>& Mpirun::look_at_ranks() {
  ranks_ = children_of(pid_);
  for (const long rank : ranks_) started_.try_emplace(rank, process_start(rank));
  if (static_cast<int>(ranks_.size()) >= requested_) whole_ = true;
  return ranks_;
}

void Mpirun::kill_ranks() const {
  for (const auto& [rank, begun] : started_) {
    if (!begun.empty() && process_start(rank) == begun) ::kill(static_cast<pid_t>(rank), SIGKILL);
  }
}

void Mpirun::end() {
  if (!running()) return;
  look_at_ranks();
  ::kill(pid_, SIGTERM);
  const double until = steady_seconds() + patience_s;
  while (running() && steady_seconds() < until) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  kill_ranks();
  int state = 0;
  while (::waitpid(pid_, &state, 0) < 0 && errno == EINTR) {
  }
  collect(state);
}

}  // namespace twinmill::app
