#pragma once
// What happened, for people. Everything goes to standard error; results go to standard output and never through here.

#include <string_view>

namespace twinmill::log {

enum class Level { debug, info, warning, error, count_ };

/// Lines start with the rank when there are several ("[2]"). Call once at start.
void configure(Level level, int rank, int ranks);
void debug(std::string_view line);
void info(std::string_view line);
void warning(std::string_view line);
void error(std::string_view line);

}  // namespace twinmill::log
