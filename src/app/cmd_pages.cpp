// completion, man: pages made from the table of commands.
#include <iostream>

#include "completion.hpp"
#include "manual.hpp"
#include "options.hpp"

namespace twinmill::app {

ExitCode run_completion(const Arguments& arguments) {
  Options options("completion", {"SHELL"});
  if (!options.parse(arguments)) return ExitCode::done;
  const std::string shell = options.text("SHELL");
  if (shell != "bash" && shell != "zsh")
    throw Error(Fault::input, cat("twinmill completion ", shell, " (known: bash and zsh)"));
  std::cout << (shell == "bash" ? bash_completion() : zsh_completion());
  return ExitCode::done;
}

ExitCode run_man(const Arguments& arguments) {
  Options options("man", {});
  if (!options.parse(arguments)) return ExitCode::done;
  std::cout << manual();
  return ExitCode::done;
}

}  // namespace twinmill::app
