#pragma once
// The manual page, from the table of commands.

#include <string>

namespace twinmill::app {

/// troff with the macros of man(7).
std::string manual();

}  // namespace twinmill::app
