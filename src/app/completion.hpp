#pragma once
// Shell completion, from the table of commands.

#include <string>

namespace twinmill::app {

/// Scripts to be sourced, or installed where the shell looks for them.
std::string bash_completion();
std::string zsh_completion();

}  // namespace twinmill::app
