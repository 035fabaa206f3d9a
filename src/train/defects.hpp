#pragma once
// From masks to defects: what counts as one, and which found one belongs to which true one (docs/adr/0017).

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "twinmill/base/image.hpp"
#include "twinmill/store/layout.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train {

/// An image's pixels in A.
struct PixelGrid {
  int width = 0, height = 0;
  double pixel_x_A = 0, pixel_y_A = 0;
};

/// A defect that is there, or that was found.
struct Defect {
  std::uint8_t label = 0;                      ///< Class, above 0.
  std::vector<std::array<double, 2>> where{};  ///< Its centre, then its sites if it has several; A from the corner.
  bool at_border = false;  ///< Its centre or a site is nearer to the image's border than the label radius.
};

/// The labelled sites of an image, joined where their discs of one class touch: what a perfect mask could tell apart.
std::vector<Defect> true_defects(std::span<const store::AtomRow> atoms, const PixelGrid& grid,
                                 const DefectRules& rules);

/// The regions of a predicted mask: pixels of one class that touch, also at corners. Too small ones are left out.
std::vector<Defect> found_defects(std::span<const std::uint8_t> mask, const PixelGrid& grid, const DefectRules& rules);

/// A true class and the one that was found in its place; 0: nothing.
struct DefectPair {
  std::uint8_t truth = 0, found = 0;
  friend bool operator==(const DefectPair&, const DefectPair&) = default;
};

/// Matches one to one: the nearest pair first, pairs of the same class before all others. What lies at the border is
/// left out: true defects there with what was found in their place, and found ones there that belong to none.
std::vector<DefectPair> match_defects(std::span<const Defect> truth, std::span<const Defect> found,
                                      const DefectRules& rules);

}  // namespace twinmill::train
