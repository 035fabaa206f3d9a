#pragma once
// MPI as the rest of the program sees it. Nothing outside this module, h5 and fft spells an MPI name.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "twinmill/base/error.hpp"

namespace twinmill::mpi {

/// MPI_Init_thread(SERIALIZED) .. MPI_Finalize; one per process. Library errors become Error(system).
class Session {
 public:
  Session(int& argc, char**& argv);
  ~Session();  ///< Finalizes, or aborts the job when it is left by an exception.
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
};

/// True when a launcher (mpirun, srun) started this process as one of several or of one.
bool launched();

/// A group of ranks. Copies share one communicator, freed collectively by Session's end or `free()`.
class Communicator {
 public:
  static Communicator world();
  static Communicator self();
  /// A private copy, so that its messages meet no others. Collective.
  Communicator duplicate() const;
  /// The ranks that give the same `colour` (0 or more), in their order. Collective.
  Communicator split(int colour) const;

  int rank() const;
  int size() const;

  void barrier() const;                                                ///< Collective.
  std::string broadcast(const std::string& text, int root = 0) const;  ///< Collective; returns the root's text.
  std::vector<std::string> gather(const std::string& text, int root = 0) const;  ///< Collective; empty except on root.
  double sum(double value) const;                                                ///< Collective (all-reduce).
  std::int64_t sum(std::int64_t value) const;                                    ///< Collective.
  double max(double value) const;                                                ///< Collective.
  void sum_in_place(std::span<double> values) const;                             ///< Collective.
  void sum_in_place(std::span<float> values) const;                              ///< Collective.

  /// Ends the whole job with this exit code; does not return.
  [[noreturn]] void abort(int code) const;

  struct State;
  const State& state() const { return *state_; }

 private:
  explicit Communicator(std::shared_ptr<State> s) : state_(std::move(s)) {}
  std::shared_ptr<State> state_;
};

/// A non-blocking all-reduce (sum, in place) over a float buffer that must outlive it.
class PendingSum {
 public:
  PendingSum(const Communicator& group, std::span<float> values);  ///< Collective, returns at once.
  PendingSum(PendingSum&&) noexcept;
  PendingSum& operator=(PendingSum&&) noexcept;
  ~PendingSum();
  bool test();  ///< Also drives progress.
  void wait();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A collective under way over bytes of its own. It may be dropped unfinished, because a rank is silent: its memory
/// then stays until the process ends, and the communicator is of no more use.
class Pending {
 public:
  Pending(Pending&&) noexcept;
  Pending& operator=(Pending&&) noexcept;
  ~Pending();
  bool test();  ///< Whether it is complete; also drives progress.

 protected:
  struct State;
  explicit Pending(std::vector<std::byte> bytes);
  State& state() { return *state_; }
  const std::vector<std::byte>& finished() const;

 private:
  std::unique_ptr<State> state_;
};

/// The bytes of `root` (at most 2 GiB) on their way to all; every rank gives as many.
class PendingBroadcast : public Pending {
 public:
  PendingBroadcast(const Communicator& group, std::vector<std::byte> bytes,
                   int root);                                         ///< Collective, returns at once.
  const std::vector<std::byte>& bytes() const { return finished(); }  ///< After test() said true.
};

/// The largest of each value over the ranks; every rank gives as many.
class PendingMax : public Pending {
 public:
  PendingMax(const Communicator& group, std::span<const std::int64_t> values);  ///< Collective, returns at once.
  std::vector<std::int64_t> values() const;                                     ///< After test() said true.
};

/// How to wait.
struct Patience {
  double seconds = std::numeric_limits<double>::infinity();
  double awake_s = 1e-4;  ///< Yields the processor for so long between two looks; later it sleeps about 1 ms.
};

/// Looks at `pending` until it is complete, or for as long as the patience lasts; returns whether it is complete. Calls
/// `idle` about every millisecond.
bool wait_politely(Pending& pending, const Patience& patience = {}, const std::function<void()>& idle = {});

/// A received point-to-point message.
struct Parcel {
  int from = 0;
  int tag = 0;
  std::string bytes;
};

/// Point-to-point parcels over one communicator. Sends are buffered and never block; call `progress()` to reap them.
class Mailbox {
 public:
  explicit Mailbox(Communicator group);
  ~Mailbox();  ///< Does not wait for sends to a rank that may be dead.
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  void send(int to, int tag, std::string bytes);
  std::optional<Parcel> try_receive();
  void progress();
  /// Waits until all sends have left, at most this long; returns whether they have.
  bool flush(double seconds);
  int rank() const;
  int size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// An error that every rank of a group has thrown: nobody waits for anybody, so the job may end in good order.
class SharedError : public Error {
 public:
  using Error::Error;
};

/// The error that `work` throws, if any; exhausted memory is one of the system, an exception of another type a bug.
std::optional<Error> attempt(const std::function<void()>& work);

/// Leave a group together: runs `work`; if it threw on any rank, every rank throws a SharedError (those that failed
/// with their own fault and message, the others with the first failing rank's). Collective.
void together(const Communicator& group, const std::function<void()>& work);

/// The same around work that holds collective calls of its own, which a rank that failed never joins: such a rank waits
/// at most `patience_s` for the others and then throws its own error, no SharedError, and the job must be ended.
/// `group` must not be used by the work itself.
void together(const Communicator& group, double patience_s, const std::function<void()>& work);

/// Name of this host.
std::string host_name();

}  // namespace twinmill::mpi
