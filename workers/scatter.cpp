#include "workers/scatter.hpp"

#include <optional>

#include "workers/simulate_executor.hpp"

namespace twinmill::workers {

Scattered scatter(const campaign::Plan& plan, const Places& places, const Order& order,
                  const imaging::Progress& progress, Group* group) {
  const auto& simulation = plan.simulation(order.simulation);
  specimen::Structure structure;
  std::optional<imaging::ScatteringMatrix> matrix;
  const auto build = [&] { structure = build_specimen(plan, simulation, places); };
  const auto compute = [&] {
    auto multislice = multislice_of(plan, simulation);
    multislice.device = places.device;
    matrix.emplace(structure, multislice, optics_of(plan, simulation, plan.exposure(order.exposure)),
                   detectors_of(plan, simulation), progress, group != nullptr ? group->team() : imaging::alone());
  };
  if (group != nullptr) {
    group->together(build);  // Apart: who has no specimen would leave the others waiting in the middle of the matrix.
    group->together(compute);
  } else {
    build();
    compute();
  }
  return {std::move(structure), std::move(*matrix)};
}

void follow(Group& group, const campaign::Plan& plan, const Places& places) {
  while (const auto order = group.next_order()) {
    try {
      scatter(plan, places, *order, {}, &group);
    } catch (const Error&) {
      if (group.broken()) throw;  // Otherwise the leader has the same error and reports it.
    }
  }
}

}  // namespace twinmill::workers
