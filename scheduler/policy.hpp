#pragma once
// The numbers behind the scheduler's decisions.

namespace twinmill::scheduler {

struct Policy {
  int attempts = 3;  ///< Failures (input or bug) of a simulation before its tasks are quarantined.
  /// Workers that may be lost while they work on a simulation before its tasks are quarantined: what kills its worker
  /// every time must not kill the whole machine, one worker after the other.
  int losses = 5;
  double heartbeat_timeout = 120;  ///< Seconds of silence after which a worker that holds a lease is lost.
};

}  // namespace twinmill::scheduler
