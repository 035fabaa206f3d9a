#pragma once
// Typed integers for identity: a TaskId is not a LeaseId.

#include <compare>
#include <cstdint>
#include <functional>

namespace twinmill {

template <class Tag>
struct Id {
  std::int64_t value = -1;  ///< -1: no such thing.

  constexpr Id() = default;
  constexpr explicit Id(std::int64_t v) : value(v) {}
  constexpr bool valid() const { return value >= 0; }
  /// For indexing into a container that holds one entry per id.
  constexpr std::size_t index() const { return static_cast<std::size_t>(value); }
  friend constexpr auto operator<=>(Id, Id) = default;
};

using SimulationId = Id<struct SimulationTag>;  ///< One scattering matrix: the unit of a lease.
using ExposureId = Id<struct ExposureTag>;      ///< One exact series: simulation x rotation x defocus.
using SampleId = Id<struct SampleTag>;          ///< One task: one labelled image.
using LeaseId = Id<struct LeaseTag>;            ///< One grant of a simulation to a worker.

}  // namespace twinmill

template <class Tag>
struct std::hash<twinmill::Id<Tag>> {
  std::size_t operator()(twinmill::Id<Tag> id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
