#pragma once
// What every command of the program looks like.

#include <span>
#include <string>
#include <vector>

#include "twinmill/base/error.hpp"

namespace twinmill::app {

using Arguments = std::vector<std::string>;

struct Command {
  std::string name;
  std::string usage;    ///< "CAMPAIGN [--json]"
  std::string summary;  ///< One line.
  std::string example;  ///< One command line that works.
  ExitCode (*run)(const Arguments& arguments);
  std::vector<std::string> kinds = {};  ///< What the first argument can be, each with options of its own.
};

/// All commands, in the order of the help page.
std::span<const Command> commands();

/// What an exit code says.
struct ExitText {
  ExitCode code;
  const char* meaning;
};
std::span<const ExitText> exit_texts();

ExitCode run_plan(const Arguments& arguments);
ExitCode run_run(const Arguments& arguments);
ExitCode run_relax(const Arguments& arguments);
ExitCode run_train(const Arguments& arguments);
ExitCode run_evaluate(const Arguments& arguments);
ExitCode run_status(const Arguments& arguments);
ExitCode run_monitor(const Arguments& arguments);
ExitCode run_explain(const Arguments& arguments);
ExitCode run_verify(const Arguments& arguments);
ExitCode run_digest(const Arguments& arguments);
ExitCode run_report(const Arguments& arguments);
ExitCode run_simulate(const Arguments& arguments);
ExitCode run_submit(const Arguments& arguments);
ExitCode run_bench(const Arguments& arguments);
ExitCode run_fields(const Arguments& arguments);
ExitCode run_inspect(const Arguments& arguments);
ExitCode run_export(const Arguments& arguments);
ExitCode run_completion(const Arguments& arguments);
ExitCode run_man(const Arguments& arguments);

}  // namespace twinmill::app
