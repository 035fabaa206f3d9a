#include "signals.hpp"

#include <unistd.h>

#include <array>
#include <csignal>

namespace twinmill::app {
namespace {

volatile std::sig_atomic_t seen = 0;
volatile std::sig_atomic_t kills = 1;

void note(int signal) {
  seen = seen + 1;
  if (seen > 1 && kills != 0) ::_exit(128 + signal);  // Everything durable is on disk already.
}

}  // namespace

void watch_stop_signals(const StopSignals& options) {
  kills = options.second_kills ? 1 : 0;
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  for (const int signal : std::array{SIGINT, SIGTERM, SIGUSR2}) ::sigaction(signal, &action, nullptr);
}

int stop_signals() { return seen; }

}  // namespace twinmill::app
