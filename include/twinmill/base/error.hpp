#pragma once
// The one error type. The fault decides the exit code and whether a retry makes sense.

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace twinmill {

/// Who is to blame: the user's input (exit 2), the system the program runs on (exit 3), or twinmill itself (exit 70).
enum class Fault { input, system, bug, count_ };

/// "input", "system" or "bug".
std::string_view name(Fault fault);

/// Exit codes of the program (docs/interface: fixed names).
enum class ExitCode : int { done = 0, input = 2, system = 3, stopped = 4, quarantined = 5, bug = 70 };

ExitCode exit_code(Fault fault);

/// Joins its arguments into one string with operator<<.
template <class... Parts>
std::string cat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

/// One sentence for a person: problem (why). Suggestion?
class Error : public std::runtime_error {
 public:
  Error(Fault fault, const std::string& message) : std::runtime_error(message), fault_(fault) {}
  Fault fault() const { return fault_; }

 private:
  Fault fault_;
};

/// Throws Error(Fault::bug) unless an invariant holds.
void ensure(bool invariant, std::string_view message);

/// Collects every mistake of a user's input, so that all are reported at once.
class Problems {
 public:
  /// `where` names the place ("campaign.toml:12: dose.e_per_A2[2] = -3"), `why` what is wrong and what to do.
  void add(std::string where, std::string why);
  bool any() const { return !entries_.empty(); }
  const std::vector<std::string>& entries() const { return entries_; }
  /// Throws one Error(Fault::input) that lists all entries, one a line; does nothing when there are none.
  void throw_if_any() const;

 private:
  std::vector<std::string> entries_;
};

}  // namespace twinmill
