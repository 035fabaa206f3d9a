#pragma once
// The rotation between image and structure.

#include <array>

#include "twinmill/specimen/view.hpp"

namespace twinmill::specimen {

/// cos and sin of an angle in degrees; exact at multiples of 90.
std::array<double, 2> cos_sin(double degrees);

/// q = R(rotation) (r - origin), A: where a structure point appears, from the centre of the image. Turning a view by 90
/// degrees permutes and negates q without rounding.
std::array<double, 2> from_centre(const View& view, std::array<double, 2> r_A);

}  // namespace twinmill::specimen
