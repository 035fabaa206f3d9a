#pragma once
// What a worker does with a lease: one executor per kind of task.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "twinmill/protocol/message.hpp"

namespace twinmill::workers {

/// The line from inside a long computation to the worker.
class Beat {
 public:
  Beat(std::function<void(double)> sign, std::function<bool()> stopping = {})
      : sign_(std::move(sign)), stopping_(std::move(stopping)) {}
  /// Sign of life: the fraction of the lease that is done, 0 to 1. Cheap; call it often, at the least every few
  /// seconds.
  void operator()(double fraction) const { sign_(fraction); }
  /// The campaign is being stopped. What would take long may be given back (GivenBack); what is short is finished.
  bool stopping() const { return stopping_ && stopping_(); }

 private:
  std::function<void(double)> sign_;
  std::function<bool()> stopping_;
};

/// Thrown by an executor: the lease is given back unworked because the campaign is being stopped; nobody is charged.
struct GivenBack {};

/// What a lease made.
struct Completed {
  std::vector<protocol::SampleDone> samples;
  std::string result = {};  ///< JSON for the ledger, or empty.
};

class Executor {
 public:
  virtual ~Executor() = default;
  /// Makes every sample of the grant. When it returns, all of them are durable: written, checksummed, synced. An
  /// exception means that nothing of the lease counts; its fault decides whether the attempt is charged.
  virtual Completed execute(const protocol::Grant& grant, const Beat& beat) = 0;
  /// Asked when execute() has thrown: whether further leases may be executed at all.
  virtual bool fit() const { return true; }
  /// Called once, before the worker says Bye. An exception means that ranks are missing: then the worker says Unfit
  /// instead, and the scheduler ends the job.
  virtual void leave() {}
};

}  // namespace twinmill::workers
