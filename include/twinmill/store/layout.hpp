#pragma once
// Every name and number of the store that reaches the disk. Described for readers in docs/store-format.md.

#include <cstdint>
#include <string>
#include <vector>

#include "twinmill/base/hash.hpp"
#include "twinmill/base/version.hpp"

namespace twinmill::store {

inline constexpr const char* format_name = "twinmill-store";
inline constexpr int format_version = 2;

/// Datasets. Columns of the tables are named like the fields of the rows below.
namespace names {
inline constexpr const char* sample_image = "/samples/image";    ///< [N][detector][height][width] f32
inline constexpr const char* sample_mask = "/samples/mask";      ///< [N][height][width] u8
inline constexpr const char* sample_atoms = "/samples/atoms";    ///< [N][max_atoms] AtomRow
inline constexpr const char* sample_table = "/samples/table";    ///< [N] SampleRow
inline constexpr const char* sample_splits = "/samples/splits";  ///< [N][draw] u8; only of several draws of the split
inline constexpr const char* sample_slot = "/samples/slot";      ///< [N] SlotRow
inline constexpr const char* exposure_series = "/exposures/series";    ///< [E][detector][hx][hy] complex64
inline constexpr const char* exposure_table = "/exposures/table";      ///< [E] ExposureRow
inline constexpr const char* exposure_slot = "/exposures/slot";        ///< [E] SlotRow
inline constexpr const char* simulation_table = "/simulations/table";  ///< [M] SimulationRow
inline constexpr const char* shard_table = "/shards/table";            ///< [S] ShardRow; only of a store in shards
}  // namespace names

/// Fixed when the file is created.
struct Shapes {
  std::int64_t samples = 0, exposures = 0, simulations = 0;
  int detectors = 0;
  int width = 0, height = 0;       ///< Pixels; images are [height][width].
  int max_atoms = 0;               ///< Rows of the atom table per sample.
  int series_x = 0, series_y = 0;  ///< Fourier coefficients, odd; zero frequency in the middle.
  friend bool operator==(const Shapes&, const Shapes&) = default;
};

/// Words of SampleRow::split; their places are the numbers in samples/splits.
inline const std::vector<std::string> split_names = {"train", "validation", "test"};

/// State of a slot on disk.
enum class SlotState : std::uint8_t { empty = 0, done = 1, bad = 2 };

/// What is known of a sample before it is simulated; one row of samples/table. Strings are fixed-length on disk.
struct SampleRow {
  std::string key;  ///< 32 hex digits.
  std::int64_t simulation = 0, exposure = 0;
  std::string parent;          ///< "MoS2-H" or the structure file.
  std::string formula, phase;  ///< Empty for a file.
  std::string defect;          ///< Class, classes joined by "+", "pristine" or "file".
  std::string variant;     ///< "W", "x3 line top": element, number, shape and side where there is something to tell.
  std::string element;     ///< Of the dopant or adatom, or empty.
  std::string impurities;  ///< "Li on metal" and so on: in the image, without a label.
  std::int32_t structure = 0;  ///< Number of the structure in the plan; what splits are made of.
  std::int32_t arrangement = 0, structure_replicate = 0, noise_replicate = 0;
  std::string relaxation;     ///< Key of the relaxation whose result was imaged, or empty.
  std::string split;          ///< train | validation | test
  double rotation_deg = 0;    ///< Of the sheet; of the first grain when there is a boundary.
  std::uint8_t boundary = 0;  ///< 1: a grain boundary, with the numbers of specimen::Boundary.
  double boundary_rotation_deg = 0, boundary_gap_A = 0, boundary_angle_deg = 0, boundary_offset_A = 0;
  std::int32_t damage_atoms = 0;  ///< Removed by the beam.
  double defocus_A = 0, dose_e_per_A2 = 0;
  double electrons_per_pixel = 0;  ///< inf: no noise.
  double energy_kev = 0, semiangle_mrad = 0;
  double field_x_A = 0, field_y_A = 0, pixel_x_A = 0, pixel_y_A = 0;
  double origin_x_A = 0, origin_y_A = 0;  ///< Point of the simulated cell at the centre of the image.
  std::uint64_t seed = 0;                 ///< Campaign seed.
};

/// One row of simulations/table.
struct SimulationRow {
  std::string key;
  std::string structure;  ///< Label in words.
  double lx_A = 0, ly_A = 0;
  std::int32_t grid_x = 0, grid_y = 0;
  std::int64_t first_sample = 0, sample_count = 0, first_exposure = 0, exposure_count = 0;
};

/// One row of exposures/table.
struct ExposureRow {
  std::int64_t simulation = 0;
  double rotation_deg = 0, defocus_A = 0, lx_A = 0, ly_A = 0;
};

/// One row of samples/atoms.
struct AtomRow {
  float x_px = 0, y_px = 0;  ///< Pixel (0, 0) has its centre at (0, 0).
  float z_A = 0;
  std::int32_t site = 0;
  std::uint8_t z = 0;        ///< Atomic number; 0: vacancy.
  std::uint8_t label = 0;    ///< specimen class number, as in the mask.
  std::int32_t column = -1;  ///< Number of the atomic column in this image; -1: a vacancy.
  friend bool operator==(const AtomRow&, const AtomRow&) = default;
};

/// One row of samples/slot and exposures/slot.
struct SlotRow {
  std::uint8_t state = 0;  ///< SlotState
  std::uint32_t attempt = 0;
  std::uint32_t atoms = 0;     ///< Valid rows of samples/atoms (0 for exposures).
  std::uint64_t checksum = 0;  ///< XXH3-64 of the owner's key and all content of the slot.
  friend bool operator==(const SlotRow&, const SlotRow&) = default;
};

/// One row of shards/table: a file beside the store that holds the slots and the content of a range of simulations. By
/// itself it is a store with numbers from 0.
struct ShardRow {
  std::string file;  ///< Name, without a folder.
  std::int64_t first_simulation = 0, simulation_count = 0;
  std::int64_t first_sample = 0, sample_count = 0;
  std::int64_t first_exposure = 0, exposure_count = 0;
};

/// What lies between the exact images and the stored ones (campaign section [acquisition]); what is off is 0.
struct Acquisition {
  std::vector<std::string> stages = {"poisson"};  ///< In the order in which they act.
  double drift_x_A = 0, drift_y_A = 0, jitter_A = 0;
  double contamination = 0, contamination_length_A = 0;
  double gain_spread = 0, gain_error = 0, dark_electrons = 0;
  friend bool operator==(const Acquisition&, const Acquisition&) = default;
};

/// Everything known when a store is created.
struct Header {
  Shapes shapes;
  std::string campaign_name, campaign_toml;
  std::string plan_key;  ///< 32 hex digits.
  std::int64_t physics = physics_version;
  std::vector<std::string> detectors;  ///< Names.
  std::vector<std::string> classes;    ///< Names by class number.
  std::vector<double> detector_inner_mrad, detector_outer_mrad;
  Acquisition acquisition;
  /// [draw - 2][sample]: draws of the split after that of the table, as numbers of split_names. Not filled by readers.
  std::vector<std::vector<std::uint8_t>> further_splits = {};
};

}  // namespace twinmill::store
