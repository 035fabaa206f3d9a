#include "twinmill/specimen/view.hpp"

#include "frame.hpp"

namespace twinmill::specimen {

std::array<double, 2> View::to_structure(std::array<double, 2> p_A) const {
  const auto [c, s] = cos_sin(rotation_deg);
  const double qx = p_A[0] - field_A[0] / 2, qy = p_A[1] - field_A[1] / 2;
  return {origin_A[0] + c * qx + s * qy, origin_A[1] - s * qx + c * qy};
}

std::array<double, 2> View::to_image(std::array<double, 2> r_A) const {
  const auto q = from_centre(*this, r_A);
  return {field_A[0] / 2 + q[0], field_A[1] / 2 + q[1]};
}

}  // namespace twinmill::specimen
