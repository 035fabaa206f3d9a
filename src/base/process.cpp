#include "twinmill/base/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>

#include "twinmill/base/clock.hpp"
#include "twinmill/base/descriptor.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

extern char** environ;

namespace twinmill {
namespace fs = std::filesystem;
namespace {

constexpr int first_free_fd = 3, safe_fd = 10;  // Below safe_fd the child puts its own.

[[noreturn]] void fail(const std::string& what) {
  throw Error(Fault::system, cat(what, " (", std::strerror(errno), ")"));
}

// Takes `fd` over and moves it out of the way of the child's standard streams.
Descriptor moved_up(int fd, const std::string& what) {
  const Descriptor low(fd);
  if (!low) fail(what);
  Descriptor high(::fcntl(low.get(), F_DUPFD_CLOEXEC, safe_fd));
  if (!high) fail(what);
  return high;
}

std::vector<std::string> environment(const ProcessOptions& options) {
  std::vector<std::string> result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto replaced = [&](const auto& pair) { return text.starts_with(pair.first + "="); };
    const auto removed = [&](const std::string& prefix) { return text.starts_with(prefix); };
    if (std::any_of(options.set.begin(), options.set.end(), replaced)) continue;
    if (std::any_of(options.unset_prefixes.begin(), options.unset_prefixes.end(), removed)) continue;
    result.emplace_back(text);
  }
  for (const auto& [name, value] : options.set) result.push_back(cat(name, "=", value));
  return result;
}

// Absolute paths to try, in order.
std::vector<std::string> candidates(const std::string& program) {
  if (program.find('/') != std::string::npos) return {fs::absolute(program).string()};
  const char* variable = std::getenv("PATH");
  std::string_view path = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
  std::vector<std::string> found;
  for (;;) {
    const auto end = std::min(path.find(':'), path.size());
    found.push_back(fs::absolute(fs::path(path.substr(0, end)) / program).string());
    if (end == path.size()) return found;
    path.remove_prefix(end + 1);
  }
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// Everything the child needs, made before the fork: between fork and exec only async-signal-safe calls are allowed,
// since other threads may hold locks (of the allocator, say) that nobody in the child would ever release.
struct Launch {
  std::vector<char*> programs, arguments, environment;
  const char* folder = nullptr;
  int input = -1, output = -1, report = -1;
  long open_files = 0;
  pid_t parent = 0;
};

[[noreturn]] void give_up(const Launch& launch) {
  const int code = errno;
  const auto written = ::write(launch.report, &code, sizeof code);
  ::_exit(written == sizeof code ? 127 : 126);
}

void default_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &action, nullptr);  // Fails for SIGKILL: no matter.
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Files of this process that lack O_CLOEXEC (an MPI library's sockets, say) stay out of the program.
void close_others(const Launch& launch) {
  const auto report = static_cast<unsigned>(launch.report);
  if (::close_range(first_free_fd, report - 1, 0) == 0 && ::close_range(report + 1, ~0U, 0) == 0) return;
  for (int fd = first_free_fd; fd < launch.open_files; ++fd) {  // Kernels before 5.9.
    if (fd != launch.report) ::close(fd);
  }
}

[[noreturn]] void become_program(const Launch& launch) {
  ::setpgid(0, 0);
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(launch);
  if (::getppid() != launch.parent) ::_exit(126);  // It has died before prctl().
  default_signals();
  if (::dup2(launch.input, STDIN_FILENO) < 0 || ::dup2(launch.output, STDOUT_FILENO) < 0 ||
      ::dup2(launch.output, STDERR_FILENO) < 0)
    give_up(launch);
  close_others(launch);
  if (launch.folder != nullptr && ::chdir(launch.folder) != 0) give_up(launch);
  int code = ENOENT;
  for (char* const* program = launch.programs.data(); *program != nullptr; ++program) {
    ::execve(*program, launch.arguments.data(), launch.environment.data());
    if (errno != ENOENT && errno != ENOTDIR) code = errno;  // As execvp: "permission denied" outweighs "not found".
  }
  errno = code;
  give_up(launch);
}

// No handler of this process may run in the child before the dispositions are reset.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_{};
};

pid_t start(const Launch& launch) {
  const BlockedSignals blocked;
  const pid_t pid = ::fork();
  if (pid == 0) become_program(launch);
  return pid;
}

// errno of what went wrong before exec; 0 when the program runs.
int start_failure(int report) {
  int code = 0;
  for (;;) {
    const auto n = ::read(report, &code, sizeof code);
    if (n < 0 && errno == EINTR) continue;
    return n == sizeof code ? code : 0;
  }
}

void pause_for(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

// Whether a process of the group still runs. Zombies count for kill(-group, 0) and stay until their parent looks, so
// /proc is asked.
bool members_live(pid_t group) {
  if (::kill(-group, 0) != 0) return false;
  std::error_code ec;
  for (fs::directory_iterator entry("/proc", ec), last; !ec && entry != last; entry.increment(ec)) {
    const std::string number = entry->path().filename().string();
    if (number.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry->path() / "stat");
    const std::string stat(std::istreambuf_iterator<char>(file), {});
    const auto name_end = stat.rfind(')');  // "pid (name) state parent group ...", and a name may hold anything.
    if (name_end == std::string::npos) continue;
    const auto words = split_words(std::string_view(stat).substr(name_end + 1));
    if (words.size() > 2 && words[2] == std::to_string(group) && words[0] != "Z" && words[0] != "X") return true;
  }
  return false;
}

// A process group, by its leader. The leader stays a zombie until the rest is killed: its number, and so the group's,
// cannot be given to somebody else before.
class Group {
 public:
  Group(pid_t leader, double grace_s) : leader_(leader), grace_s_(grace_s) {}
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group() {
    if (collected_) return;
    terminate();
    kill_all();
  }

  bool leader_ended() const {
    siginfo_t info{};
    int status = 0;
    do status = ::waitid(P_PID, static_cast<id_t>(leader_), &info, WEXITED | WNOHANG | WNOWAIT);
    while (status != 0 && errno == EINTR);
    return status != 0 || info.si_pid == leader_;
  }

  void terminate() const {
    ::kill(-leader_, SIGTERM);
    ::kill(-leader_, SIGCONT);  // A stopped process would not notice.
    for (const double end = steady_seconds() + grace_s_; !leader_ended() && steady_seconds() < end;) pause_for(0.02);
  }

  /// The leader's wait status; none when it was taken from us.
  std::optional<int> kill_all() {
    collected_ = true;
    ::kill(-leader_, SIGKILL);
    int status = 0;
    pid_t pid = -1;
    do pid = ::waitpid(leader_, &status, 0);
    while (pid < 0 && errno == EINTR);
    // The others die asynchronously.
    for (const double end = steady_seconds() + 2; members_live(leader_) && steady_seconds() < end;) pause_for(0.005);
    return pid == leader_ ? std::optional(status) : std::nullopt;
  }

 private:
  pid_t leader_;
  double grace_s_;
  bool collected_ = false;
};

// Looks often at first, so that short programs cost no tenth of a second.
ProcessEnd watch(Group& group, const ProcessOptions& options) {
  using How = ProcessEnd::How;
  const double begin = steady_seconds();
  ProcessEnd end;
  double pause = 0.001;
  while (!group.leader_ended()) {
    end.seconds = steady_seconds() - begin;
    if (end.seconds >= options.time_limit_s) end.how = How::timed_out;
    if (end.how == How::exited && options.keep_going && !options.keep_going(end.seconds)) end.how = How::stopped;
    if (end.how != How::exited) {
      group.terminate();
      break;
    }
    pause_for(std::min(pause, std::max(0.0, options.time_limit_s - end.seconds)));
    pause = std::min(0.1, 1.5 * pause);
  }
  const auto status = group.kill_all();
  end.seconds = steady_seconds() - begin;
  if (end.how != How::exited) return end;
  if (!status)
    throw Error(Fault::system, "nobody knows how a program ended (SIGCHLD is ignored, or others wait for it)");
  if (WIFSIGNALED(*status)) end.how = How::killed;
  end.code = WIFSIGNALED(*status) ? WTERMSIG(*status) : WEXITSTATUS(*status);
  return end;
}

}  // namespace

std::string ProcessEnd::words() const {
  switch (how) {
    case How::exited:
      return cat("ended with exit code ", code);
    case How::killed:
      return cat("was killed by signal ", code, " (", ::strsignal(code), ")");
    case How::timed_out:
      return "exceeded its time limit";
    case How::stopped:
      return "was stopped";
    case How::not_started:
      return cat("could not be started (", std::strerror(code), ")");
    case How::count_:
      break;
  }
  throw Error(Fault::bug, cat("no end of a process has the number ", static_cast<int>(how)));
}

ProcessEnd run_process(const std::vector<std::string>& arguments, const ProcessOptions& options) {
  ensure(!arguments.empty() && !arguments[0].empty(), "run_process: no program");
  auto programs = candidates(arguments[0]), words = arguments, variables = environment(options);
  const std::string folder = options.folder.string();
  const fs::path log = options.output.empty() ? fs::path("/dev/null") : options.output;
  const Descriptor input = moved_up(::open("/dev/null", O_RDONLY | O_CLOEXEC), "cannot open /dev/null");
  const Descriptor output = moved_up(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666),
                                     cat("cannot write ", log.string()));
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("cannot make a pipe");
  Descriptor raw_reader(ends[0]);
  Descriptor writer = moved_up(ends[1], "cannot make a pipe");
  const Descriptor reader = moved_up(raw_reader.release(), "cannot make a pipe");
  const Launch launch{.programs = pointers(programs),
                      .arguments = pointers(words),
                      .environment = pointers(variables),
                      .folder = folder.empty() ? nullptr : folder.c_str(),
                      .input = input.get(),
                      .output = output.get(),
                      .report = writer.get(),
                      .open_files = std::clamp(::sysconf(_SC_OPEN_MAX), 1024L, 65536L),
                      .parent = ::getpid()};
  const pid_t pid = start(launch);
  if (pid < 0) fail(cat("cannot start ", arguments[0]));
  Group group(pid, options.grace_s);
  writer.reset();
  if (const int code = start_failure(reader.get()); code != 0)
    return {.how = ProcessEnd::How::not_started, .code = code};
  return watch(group, options);
}

std::string this_program() {
  std::array<char, 4096> path{};
  const auto n = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  if (n <= 0) throw Error(Fault::system, "cannot find the program's own file (/proc/self/exe)");
  return {path.data(), static_cast<std::size_t>(n)};
}

}  // namespace twinmill
