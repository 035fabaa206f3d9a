#pragma once
// The parts that expand() is made of.

#include <array>
#include <string>
#include <vector>

#include "twinmill/base/error.hpp"
#include "twinmill/campaign/plan.hpp"

namespace twinmill::campaign {

// keys.cpp. A key is a hash of what decides a result, never of its place in a list.

Hash128 structure_key(const Spec& spec, const ParentEntry& parent, const Structure& structure);
Hash128 structure_key(const FileEntry& file);
/// Detectors count in their order, since that is the order of the images in a slot, but not by name.
Hash128 simulation_key(const Spec& spec, const Hash128& structure, std::array<int, 2> grid);
/// What all samples have in common beyond their simulation: seed, aberrations, aperture edge, scan, labels.
Hash128 optics_key(const Spec& spec);
/// The same with the acquisition; the default chain adds nothing.
Hash128 acquisition_key(const AcquisitionSection& acquisition, const Hash128& optics);
Hash128 sample_key(const Hash128& simulation, const Hash128& optics, double rotation_deg, double defocus_A, double dose,
                   int replicate);
/// Of a finished plan: what stands in which slot of the store.
Hash128 plan_key(const Plan& plan);

// arrange.cpp

/// All structures with key, cell and bound of atoms, in an order that does not depend on the lists' order.
std::vector<Structure> arrange(const Spec& spec, const Catalogue& catalogue, Problems& problems,
                               std::vector<std::string>& notes);
/// Structures that arrange() would make of so many parents, at most (for refusing what no memory can hold).
double structure_count(const SpecimenSection& specimen);

// split.cpp

/// Fills Structure::split.
void assign_splits(const Spec& spec, std::vector<Structure>& structures, std::vector<std::string>& notes);

// sizes.cpp

/// Potential grid of a cell.
std::array<int, 2> potential_grid(const Structure& structure, double sampling_A);
/// Largest angle that the grid holds: 2/3 of its Nyquist radius, the smaller of both directions.
double band_limit_mrad(const Structure& structure, std::array<int, 2> grid, double energy_kev);
/// Refuses detectors, apertures and grids that do not fit, with the sampling that would do.
void check_grids(const Spec& spec, const std::vector<Structure>& structures, Problems& problems);
/// Half a side of the box of Fourier coefficients of an image, along a cell of this length.
int series_reach(const MicroscopeSection& microscope, double length_A);
/// Upper bound of sites inside one image.
int max_sites_in_image(const Spec& spec, const Catalogue& catalogue, const Structure& structure);
/// Work of one simulation in flop of Fourier transforms.
double simulation_flop(const Spec& spec, const Structure& structure, std::array<int, 2> grid);

}  // namespace twinmill::campaign
