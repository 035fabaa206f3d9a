#pragma once
// What a worker does with a lease: one executor per kind of task.

#include <functional>
#include <vector>

#include "twinmill/protocol/message.hpp"

namespace twinmill::workers {

/// Sign of life from inside a long computation: the fraction of the lease that is done, 0 to 1. Cheap; call it often,
/// at the least every few seconds.
using Beat = std::function<void(double fraction)>;

class Executor {
 public:
  virtual ~Executor() = default;
  /// Makes every sample of the grant. When it returns, all of them are durable: written, checksummed, synced. An
  /// exception means that nothing of the lease counts; its fault decides whether the attempt is charged.
  virtual std::vector<protocol::SampleDone> execute(const protocol::Grant& grant, const Beat& beat) = 0;
  /// Called once, before the worker says Bye. An exception means that ranks are missing: then no Bye is said, and the
  /// scheduler ends the job.
  virtual void leave() {}
};

}  // namespace twinmill::workers
