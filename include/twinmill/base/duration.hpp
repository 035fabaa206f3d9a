#pragma once
// Times that people give.

#include <string_view>

namespace twinmill {

/// Seconds of "90s", "1.5s", "30m", "2h", "1d", "1h30m", "2:30:00" (hours, minutes and seconds) or "1-12:00:00" (with
/// days). A number alone is refused: batch systems take it for minutes, everybody else for seconds. Throws Error(input)
/// naming `what` for anything else, and for what is not above 0.
double parse_duration(std::string_view text, std::string_view what);

}  // namespace twinmill
