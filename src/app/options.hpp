#pragma once
// Command-line options through Boost.Program_options, with our own words for mistakes.

#include <boost/program_options.hpp>
#include <string>
#include <vector>

#include "command.hpp"

namespace twinmill::app {

/// One option, as the help page says it.
struct OptionText {
  std::string name;   ///< Without "--".
  std::string value;  ///< "FILE", "DIR", "stem|hrtem" (one of them), "arg" (any word); empty: it takes none.
  bool repeats = false;
  std::string help;
};

/// What a command takes. The help page, completion and the manual are made from the same table.
struct Usage {
  std::vector<std::string> positional;
  std::vector<OptionText> options;
};
/// Runs the command as far as Options::parse(), which hands over what was declared and ends it. `arguments` choose
/// where a command has several pages (Command::kinds).
Usage usage_of(const Command& command, const Arguments& arguments = {});

/// Positional arguments and options of one command.
class Options {
 public:
  /// `command` is looked up for the help text; `positional` names what must be given, in order.
  Options(std::string command, std::vector<std::string> positional);

  /// Add options here before parse().
  boost::program_options::options_description_easy_init add() { return visible_.add_options(); }

  /// Returns false when --help was asked for (and printed). Throws Error(input) for unknown options (with the nearest),
  /// missing or surplus arguments.
  bool parse(const Arguments& arguments);

  bool has(const std::string& name) const { return values_.count(name) > 0; }
  /// Whether a flag() was given.
  bool on(const std::string& name) const { return values_.at(name).as<bool>(); }
  std::string text(const std::string& name) const { return values_.at(name).as<std::string>(); }
  double number(const std::string& name) const;
  std::int64_t integer(const std::string& name) const;
  std::vector<std::string> list(const std::string& name) const;

 private:
  void print_help() const;
  [[noreturn]] void tell() const;
  std::string command_;
  std::vector<std::string> positional_;
  boost::program_options::options_description visible_{"Options"};
  boost::program_options::variables_map values_;
};

/// An option that takes a word, one that may be given several times, one that takes nothing.
inline auto word() { return boost::program_options::value<std::string>(); }
inline auto words() { return boost::program_options::value<std::vector<std::string>>(); }
inline auto file() { return word()->value_name("FILE"); }
inline auto folder() { return word()->value_name("DIR"); }
/// "stem|hrtem"
inline auto one_of(const char* choices) { return word()->value_name(choices); }
inline auto flag() { return boost::program_options::bool_switch(); }

}  // namespace twinmill::app
