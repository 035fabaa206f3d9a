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

// oneDNN's matrix products let the stack pointer point into the heap: what the kernel puts there for a handler would
// overwrite results or end the process, so handlers get a stack of their own.
void use_own_stack() {
  static std::array<char, 1 << 16> memory;
  const stack_t own{.ss_sp = memory.data(), .ss_flags = 0, .ss_size = memory.size()};
  ::sigaltstack(&own, nullptr);
}

}  // namespace

void watch_stop_signals(const StopSignals& options) {
  use_own_stack();
  kills = options.second_kills ? 1 : 0;
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  for (const int signal : std::array{SIGINT, SIGTERM, SIGUSR2}) ::sigaction(signal, &action, nullptr);
}

int stop_signals() { return seen; }

}  // namespace twinmill::app
