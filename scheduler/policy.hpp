#pragma once
// The numbers behind the scheduler's decisions.

namespace twinmill::scheduler {

struct Policy {
  int attempts = 3;  ///< Failures (input or bug) of a simulation before its tasks are quarantined.
  /// Workers that may be lost while they work on a simulation before its tasks are quarantined: what kills its worker
  /// every time must not kill the whole machine, one worker after the other.
  int losses = 5;
  /// A worker holds the lease that it works on and one that waits. Of leases so short that one alone would not last
  /// until the scheduler's next turn (a commit to the disk) it holds more, as many as last for `cover_seconds` by the
  /// mean of those that were finished, but never more than `held_at_most`.
  double cover_seconds = 0.1;
  int held_at_most = 256;
  double heartbeat_timeout = 120;  ///< Seconds of silence after which a worker that holds a lease is lost.
};

}  // namespace twinmill::scheduler
