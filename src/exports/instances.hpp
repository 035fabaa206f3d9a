#pragma once
// Single defects out of a mask: which pixels belong to which labelled site.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "twinmill/base/image.hpp"
#include "twinmill/store/layout.hpp"

namespace twinmill::exports {

/// One defect in one image.
struct Instance {
  int label = 0;
  std::vector<std::int64_t> pixels;    ///< x height + y, rising: column by column, as COCO counts.
  std::vector<store::AtomRow> sites;   ///< Seen as one place; empty: the site lies beyond the image's border.
  std::array<int, 4> box{0, 0, 0, 0};  ///< x, y, width, height in pixels.
};

struct Reach {
  double pixel_x_A = 1, pixel_y_A = 1;
  double reach_A = 0;  ///< How far from its site a pixel of a defect can be.
};

/// Sites of one class within same_place_A of each other in projection are one instance: they cannot be told apart.
inline constexpr double same_place_A = 0.5;

/// Every pixel of a class above 0 is in exactly one instance: that of the nearest site of its class within reach, or,
/// for the pixels of sites beyond the border, that of the connected region (by sides) they make up. Instances without
/// pixels, hidden by nearer sites of other classes, are left out. Ordered by first pixel.
std::vector<Instance> instances(const Image<std::uint8_t>& mask, std::span<const store::AtomRow> atoms,
                                const Reach& reach);

/// Uncompressed run lengths of COCO: pixels column by column, first those outside, then inside, and so on.
std::vector<std::int64_t> run_lengths(const Instance& instance, std::int64_t pixels_of_image);

}  // namespace twinmill::exports
