#pragma once
// A command whose ranks, when a launcher started several, work on one thing together.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "command.hpp"
#include "twinmill/imaging/team.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::app {

class TeamRun {
 public:
  TeamRun() = default;                               ///< A process alone, without MPI.
  explicit TeamRun(const mpi::Communicator& world);  ///< Collective.

  /// The rank that writes files.
  bool first() const { return team().rank() == 0; }
  int size() const { return team().size(); }
  const imaging::Team& team() const { return team_ ? *team_ : imaging::alone(); }
  /// All ranks throw when `work` throws on any of them (mpi::together). Collective.
  void together(const std::function<void()>& work) const;
  /// Only with a launcher.
  const mpi::Communicator& world() const;

 private:
  std::optional<mpi::Communicator> world_;
  std::unique_ptr<imaging::Team> team_;
};

/// Runs `work` on every rank that a launcher started, or in this process alone. Standard output and errors that all
/// ranks share come from the first rank only; an error that the others do not share ends the job.
ExitCode run_as_team(const std::function<ExitCode(const TeamRun&)>& work);

/// Takes bytes of whole rows, of which `first_row` is the first.
using TakeRows = std::function<void(std::uint64_t first_row, std::span<const std::byte> rows)>;

/// Hands all rows of an array that is spread over the ranks (ascending with them; a rank may have none) to `take` on
/// the first rank, in order and in pieces, so that no rank ever holds another one's part. Collective.
void collect_rows(const TeamRun& run, std::uint64_t first_row, std::span<const std::byte> rows, std::size_t row_bytes,
                  const TakeRows& take);

}  // namespace twinmill::app
