#include "radii.hpp"

#include <gemmi/elem.hpp>

#include "twinmill/base/error.hpp"

namespace twinmill::specimen {

double covalent_radius_A(int z) {
  if (z < 1 || z > 103) throw Error(Fault::bug, cat("no element has the atomic number ", z));
  return static_cast<double>(gemmi::Element(z).covalent_r());
}

}  // namespace twinmill::specimen
