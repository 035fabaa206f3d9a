#pragma once
// SIGINT, SIGTERM and SIGUSR2 ask for a stop; the work looks at it between two steps.

namespace twinmill::app {

/// From now on these signals only raise a flag. A second one of them ends the process at once when `second_kills`.
struct StopSignals {
  bool second_kills = true;
};
void watch_stop_signals(const StopSignals& options = {});
/// How many have come.
int stop_signals();

}  // namespace twinmill::app
