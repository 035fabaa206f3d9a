#pragma once
// MPI as the rest of the program sees it. Nothing outside this module, h5 and fft spells an MPI name.

#include <cstdint>
#include <functional>
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

/// Leave a group together: runs `work`; if it threw on any rank, every rank throws a SharedError (those that failed
/// with their own fault and message, the others with the first failing rank's). Collective.
void together(const Communicator& group, const std::function<void()>& work);

/// Name of this host.
std::string host_name();

}  // namespace twinmill::mpi
