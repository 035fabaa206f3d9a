#include "twinmill/campaign/plan.hpp"

namespace twinmill::campaign {

Estimate estimate(const Plan& plan) {
  // Sizes on disk: store/layout.hpp.
  constexpr double atom_row = 24, slot_row = 24, table_row = 520;
  constexpr double image_pixel = 4, mask_pixel = 1, coefficient = 8;
  const Shapes& s = plan.shapes;
  const double pixels = static_cast<double>(s.width) * s.height;
  const double sample =
      pixels * (s.detectors * image_pixel + mask_pixel) + s.max_atoms * atom_row + slot_row + table_row;
  const double exposure =
      static_cast<double>(s.detectors) * s.series_x * s.series_y * coefficient + slot_row + table_row;
  Estimate e;
  e.store_bytes = static_cast<double>(s.samples) * sample + static_cast<double>(s.exposures) * exposure +
                  static_cast<double>(s.simulations) * table_row;
  for (const auto& simulation : plan.simulations) e.core_seconds += simulation.cost_flop / nominal_flops;
  return e;
}

}  // namespace twinmill::campaign
