#pragma once
// Another program as a child: started without a shell, watched, and ended together with what it started.

#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace twinmill {

struct ProcessOptions {
  std::filesystem::path folder = {};  ///< Working directory; empty: that of this process.
  std::filesystem::path output = {};  ///< Standard output and error are appended to it; empty: thrown away.
  std::vector<std::pair<std::string, std::string>> set = {};      ///< Environment to add or replace.
  std::vector<std::string> unset_prefixes = {};                   ///< Variables starting so are removed first.
  double time_limit_s = std::numeric_limits<double>::infinity();  ///< Wall time.
  double grace_s = 5;                                             ///< Between SIGTERM and SIGKILL.
  std::function<bool(double seconds)> keep_going = {};            ///< About ten times a second; false ends the program.
};

/// How a program ended. `code`: the exit code, the signal that killed it, or errno of what kept it from starting.
struct ProcessEnd {
  enum class How { exited, killed, timed_out, stopped, not_started, count_ };
  How how = How::exited;
  int code = 0;
  double seconds = 0;

  bool ok() const { return how == How::exited && code == 0; }
  /// "ended with exit code 3", "was killed by signal 11 (Segmentation fault)", ...: to follow the program's name.
  std::string words() const;
};

/// Runs `arguments` and waits. The first one is a program: a path (relative to the current directory of this process),
/// or a name looked up in PATH. Standard input is empty, signals have their defaults, and of the open files none is
/// inherited. The program leads a process group of its own, so that a Ctrl-C at the terminal reaches this process only;
/// at the time limit, when keep_going() says so, when that throws, and after the program's end all that is left of the
/// group is ended. The program dies with the calling thread; what it started itself is then on its own.
/// Throws Error(system) when the output cannot be written or no process can be made.
ProcessEnd run_process(const std::vector<std::string>& arguments, const ProcessOptions& options = {});

/// Path of the program that runs, links resolved. Throws Error(system).
std::string this_program();

}  // namespace twinmill
