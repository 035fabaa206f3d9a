#pragma once
// A plan as a page that a person reads, and what it counts.

#include <map>
#include <optional>
#include <string>

#include "plan_costs.hpp"
#include "run_directory.hpp"

namespace twinmill::app {

/// Structures and images of one value of an axis.
struct Counted {
  std::int64_t structures = 0, images = 0;
};

/// How many images stand at each value of each axis.
struct PlanAxes {
  std::map<std::string, Counted> parent, defect, split;
  std::map<std::string, std::int64_t> operation;
  std::map<double, std::int64_t> defocus, dose;
  std::int64_t with_impurities = 0;  ///< Structures.
};
PlanAxes count_axes(const campaign::Plan& plan);

/// What the directory has of the campaign already.
struct Existing {
  std::optional<Comparison> comparison;
  std::string problem = {};         ///< Why it cannot be told, or why it is refused.
  std::int64_t trainings_done = 0;  ///< Of this campaign's study, or the one of a campaign without.
};

/// Everything that the page says.
struct PlanFacts {
  const campaign::Plan& plan;
  PlanAxes axes;
  RunDirectory run;
  double store_bytes = 0, free_bytes = 0;
  double rank_bytes = 0;
  Existing existing;
  Rates rates;
  Work whole, left;
  int cores = 1;
  std::optional<JobRequest> job;  ///< --site.
};

/// At most 100 columns.
std::string plan_page(const PlanFacts& facts);

}  // namespace twinmill::app
