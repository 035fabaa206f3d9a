#pragma once
// What a real sheet shows beside its defects: a grain boundary, and the damage of the beam. A field is a piece of sheet
// in the image's frame, filled with atoms throughout, as View's cut() makes it. Rules and reasons: docs/specimens.md.

#include <array>
#include <optional>
#include <vector>

#include "twinmill/base/hash.hpp"
#include "twinmill/specimen/structure.hpp"
#include "twinmill/specimen/view.hpp"

namespace twinmill::specimen {

/// A straight boundary between two grains of one sheet. With s = (cos angle, sin angle) . (p - centre) - offset, the
/// first grain fills s < -gap/2 and the second one, turned by rotation_deg against the first, s >= gap/2.
struct Boundary {
  double rotation_deg = 0;
  double gap_A = 0;      ///< Between the grains' edges; negative: the second grain lies on the first by so much.
  double angle_deg = 0;  ///< Direction of the boundary's normal in the image.
  double offset_A = 0;   ///< Of the boundary from the field's centre.
};

/// What makes a field of a sheet.
struct FieldRecipe {
  std::array<double, 2> field_A{16, 16};
  double margin_A = 5;      ///< Real atoms around the field.
  double rotation_deg = 0;  ///< Of the (first) sheet, as in View.
  std::optional<Boundary> boundary = {};
  int damage_atoms = 0;  ///< Atoms that the beam removed: one inside the field, drawn, and those nearest to it.
  Hash128 key = {};      ///< Names the random streams "second grain" (its origin) and "beam damage" (the first atom).
};

/// No two atoms of different grains stand nearer; the second grain's is left out.
inline constexpr double grain_distance_A = 1.8;
/// From the first grain's highest atom to the lowest one of a second grain that lies on it (the van der Waals gap of
/// the bulk, from anion to anion), both looked for within label_clearance_A of the overlap.
inline constexpr double interlayer_gap_A = 3.0;
/// A defect keeps its label when, in projection, all of its sheet within this distance is still there, and nothing of
/// another grain is.
inline constexpr double label_clearance_A = 3.2;

/// The field as a structure with the cell field + 2 margin, to be seen with rotation 0 and the origin in its middle.
/// The cell is as high as the sheet's and, where a grain is lifted, at least 3 A higher than its atoms; the first grain
/// keeps its height. `origin_A`: point of the sheet at the field's centre. Atoms that the beam removed stay as sites
/// with atomic number 0 and the label lattice. Throws Error(input) for a field with fewer atoms than the damage takes,
/// for a boundary that leaves none, and for values that are not finite.
Structure compose(const Structure& sheet, std::array<double, 2> origin_A, const FieldRecipe& recipe);

}  // namespace twinmill::specimen
