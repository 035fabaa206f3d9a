#pragma once
// Mistakes in a campaign file with the line on which each value stands.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "twinmill/campaign/spec.hpp"

namespace twinmill::campaign {

class Mistakes {
 public:
  /// `file` as it appears in messages; empty for a Spec that was not read from a file.
  explicit Mistakes(std::string file = {}) : file_(std::move(file)) {}

  /// Remembers that the value `path` ("dose.e_per_A2[2]") stands on `line` (counted from 1).
  void place(const std::string& path, unsigned line) { lines_[path] = line; }

  /// "campaign.toml:12: dose.e_per_A2[2] = -3: must be above 0". Without its own place a value takes that of the list
  /// or table around it. An empty value leaves " = value" out. Ignored when something is wrong already with the same
  /// value or inside it: what follows from a mistake is not told again.
  void add(const std::string& path, std::string_view value, std::string_view why);
  /// The same for what has no path, such as an unknown key.
  void add_at(unsigned line, std::string_view what, std::string_view why);

  /// Throws Error(input) with all of them in the order of their lines.
  void throw_if_any() const;

 private:
  struct Entry {
    unsigned line = 0;  // 0: unknown
    std::string what, why;
  };
  unsigned line_of(std::string path) const;

  std::string file_;
  std::map<std::string, unsigned> lines_;
  std::set<std::string> wrong_;
  std::vector<Entry> entries_;
};

/// Adds all that is wrong with a spec by itself: ranges, words, lengths, and what fits together. Defined in check.cpp.
void check(const Spec& spec, Mistakes& mistakes);

}  // namespace twinmill::campaign
