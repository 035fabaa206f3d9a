#pragma once
// The part of a lease that a group divides: the specimen and its scattering matrix.

#include "twinmill/campaign/plan.hpp"
#include "twinmill/imaging/simulate.hpp"
#include "workers/group.hpp"
#include "workers/specimens.hpp"

namespace twinmill::workers {

/// A specimen with its scattering matrix; the same on every member of a group.
struct Scattered {
  specimen::Structure structure;
  imaging::ScatteringMatrix matrix;
};

/// Builds the specimen and scatters. With a group all members call it, and it throws on all or on none.
Scattered scatter(const campaign::Plan& plan, const Places& places, const Order& order,
                  const imaging::Progress& progress, Group* group);

/// What a member that does not lead does while the campaign runs: scatter() as the leader orders, until it is sent
/// away. Throws Error(system) when the group breaks.
void follow(Group& group, const campaign::Plan& plan, const Places& places);

}  // namespace twinmill::workers
