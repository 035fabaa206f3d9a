#pragma once
// Processes that compute the images of one specimen together. Imaging divides the work; who carries the bytes is a
// matter of the caller (over MPI: workers/team.hpp).

#include <cstddef>
#include <span>

namespace twinmill::imaging {

/// Every member calls the same functions in the same order with the same arguments and receives the same result.
class Team {
 public:
  virtual ~Team() = default;
  virtual int rank() const = 0;  ///< 0 to size() - 1.
  virtual int size() const = 0;
  /// The bytes of member `root` to all members; all give the same length. Throws Error(system) when a member stays
  /// silent for longer than the team's deadline.
  virtual void broadcast(std::span<std::byte> bytes, int root) const = 0;
};

/// A team of one: broadcast() does nothing.
const Team& alone();

}  // namespace twinmill::imaging
