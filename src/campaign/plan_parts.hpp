#pragma once
// The parts that expand() is made of.

#include <array>
#include <string>
#include <vector>

#include "twinmill/base/error.hpp"
#include "twinmill/campaign/plan.hpp"

namespace twinmill::campaign {

// keys.cpp. A key is a hash of what decides a result, never of its place in a list.

/// Of the defects as they lie to each other in a parent.
Hash128 arrangement_key(const Spec& spec, const ParentEntry& parent, const Kind& kind, const Structure& structure);
/// Of a specimen; `relaxation` is its relaxation's key, if it has one.
Hash128 structure_key(const Structure& structure, const Hash128& relaxation);
Hash128 structure_key(const FileEntry& file);
Hash128 relaxation_key(const RelaxationSection& relaxation, const Hash128& arrangement);
/// Detectors count in their order, since that is the order of the images in a slot, but not by name.
Hash128 simulation_key(const Spec& spec, const Hash128& structure, const Operation& operation, std::array<int, 2> grid);
/// What all samples have in common beyond their simulation: seed, aberrations, aperture edge, scan, labels.
Hash128 optics_key(const Spec& spec);
/// The same with the acquisition; the default chain adds nothing.
Hash128 acquisition_key(const AcquisitionSection& acquisition, const Hash128& optics);
Hash128 sample_key(const Hash128& simulation, const Hash128& optics, double rotation_deg, double defocus_A, double dose,
                   int replicate);
/// Of a finished plan: what stands in which slot of the store.
Hash128 plan_key(const Plan& plan);

/// What names a parent: its id, or the content of its file, for a path may change.
std::string origin(const ParentEntry& parent);

// arrange.cpp

/// Fills kinds, structures (with key, cell and bound of atoms; in an order that does not depend on the lists' order)
/// and relaxations.
void arrange(Plan& plan, Problems& problems);

// operations.cpp

/// Operations of a structure: all that the axes give, or as many as are drawn; without repeats.
std::vector<Operation> operations_of(const Spec& spec, const Hash128& structure);
/// How many that are, at most.
double operation_count(const Spec& spec);

// first.cpp

/// Refuses words of run.first that fit no structure.
void check_first(const Plan& plan, Problems& problems);

// split.cpp

/// Fills Structure::split.
void assign_splits(Plan& plan);

// sizes.cpp

/// A cell that is simulated, and whose it is in words.
struct Cell {
  double lx_A = 0, ly_A = 0;
  std::string whose;
};
/// The cell of every field with a boundary or damage.
Cell field_cell(const Spec& spec);
/// Whether some operation of the campaign makes a field, and whether some leaves the sheet periodic.
bool makes_fields(const GeometrySection& geometry);
bool keeps_sheets(const GeometrySection& geometry);
/// Potential grid of a cell.
std::array<int, 2> potential_grid(double lx_A, double ly_A, double sampling_A);
/// Largest angle that the grid holds: 2/3 of its Nyquist radius, the smaller of both directions.
double band_limit_mrad(const Cell& cell, std::array<int, 2> grid, double energy_kev);
/// Refuses detectors, apertures and grids that do not fit, with the sampling that would do.
void check_grids(const Spec& spec, const std::vector<Structure>& structures, Problems& problems);
/// Half a side of the box of Fourier coefficients of an image, along a cell of this length.
int series_reach(const MicroscopeSection& microscope, double length_A);
/// Upper bound of sites inside one image of the structure.
int max_sites_in_image(const Spec& spec, const Catalogue& catalogue, const Structure& structure);
/// Work of one simulation in flop of Fourier transforms.
double simulation_flop(const Spec& spec, const Simulation& simulation);

}  // namespace twinmill::campaign
