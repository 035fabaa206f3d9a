#include "columns.hpp"

#include <array>

namespace twinmill::store {
namespace {

const std::array sample_columns = std::to_array<Column<SampleRow>>({
    {"key", "", &SampleRow::key},
    {"simulation", "", &SampleRow::simulation},
    {"exposure", "", &SampleRow::exposure},
    {"parent", "", &SampleRow::parent},
    {"formula", "", &SampleRow::formula},
    {"phase", "", &SampleRow::phase},
    {"defect", "", &SampleRow::defect},
    {"variant", "", &SampleRow::variant},
    {"element", "", &SampleRow::element},
    {"impurities", "", &SampleRow::impurities},
    {"structure", "", &SampleRow::structure},
    {"arrangement", "", &SampleRow::arrangement},
    {"structure_replicate", "", &SampleRow::structure_replicate},
    {"noise_replicate", "", &SampleRow::noise_replicate},
    {"relaxation", "", &SampleRow::relaxation},
    {"split", "", &SampleRow::split},
    {"rotation_deg", "degree", &SampleRow::rotation_deg},
    {"boundary", "", &SampleRow::boundary},
    {"boundary_rotation_deg", "degree", &SampleRow::boundary_rotation_deg},
    {"boundary_gap_A", "angstrom", &SampleRow::boundary_gap_A},
    {"boundary_angle_deg", "degree", &SampleRow::boundary_angle_deg},
    {"boundary_offset_A", "angstrom", &SampleRow::boundary_offset_A},
    {"damage_atoms", "", &SampleRow::damage_atoms},
    {"defocus_A", "angstrom", &SampleRow::defocus_A},
    {"dose_e_per_A2", "electron/angstrom^2", &SampleRow::dose_e_per_A2},
    {"electrons_per_pixel", "electron", &SampleRow::electrons_per_pixel},
    {"energy_kev", "keV", &SampleRow::energy_kev},
    {"semiangle_mrad", "mrad", &SampleRow::semiangle_mrad},
    {"field_x_A", "angstrom", &SampleRow::field_x_A},
    {"field_y_A", "angstrom", &SampleRow::field_y_A},
    {"pixel_x_A", "angstrom", &SampleRow::pixel_x_A},
    {"pixel_y_A", "angstrom", &SampleRow::pixel_y_A},
    {"origin_x_A", "angstrom", &SampleRow::origin_x_A},
    {"origin_y_A", "angstrom", &SampleRow::origin_y_A},
    {"seed", "", &SampleRow::seed},
});

const std::array simulation_columns = std::to_array<Column<SimulationRow>>({
    {"key", "", &SimulationRow::key},
    {"structure", "", &SimulationRow::structure},
    {"lx_A", "angstrom", &SimulationRow::lx_A},
    {"ly_A", "angstrom", &SimulationRow::ly_A},
    {"grid_x", "", &SimulationRow::grid_x},
    {"grid_y", "", &SimulationRow::grid_y},
    {"first_sample", "", &SimulationRow::first_sample},
    {"sample_count", "", &SimulationRow::sample_count},
    {"first_exposure", "", &SimulationRow::first_exposure},
    {"exposure_count", "", &SimulationRow::exposure_count},
});

const std::array exposure_columns = std::to_array<Column<ExposureRow>>({
    {"simulation", "", &ExposureRow::simulation},
    {"rotation_deg", "degree", &ExposureRow::rotation_deg},
    {"defocus_A", "angstrom", &ExposureRow::defocus_A},
    {"lx_A", "angstrom", &ExposureRow::lx_A},
    {"ly_A", "angstrom", &ExposureRow::ly_A},
});

const std::array atom_columns = std::to_array<Column<AtomRow>>({
    {"x_px", "pixel", &AtomRow::x_px},
    {"y_px", "pixel", &AtomRow::y_px},
    {"z_A", "angstrom", &AtomRow::z_A},
    {"site", "", &AtomRow::site},
    {"z", "", &AtomRow::z},
    {"label", "", &AtomRow::label},
    {"column", "", &AtomRow::column},
});

const std::array slot_columns = std::to_array<Column<SlotRow>>({
    {"state", "", &SlotRow::state},
    {"attempt", "", &SlotRow::attempt},
    {"atoms", "", &SlotRow::atoms},
    {"checksum", "", &SlotRow::checksum},
});

const std::array shard_columns = std::to_array<Column<ShardRow>>({
    {"file", "", &ShardRow::file},
    {"first_simulation", "", &ShardRow::first_simulation},
    {"simulation_count", "", &ShardRow::simulation_count},
    {"first_sample", "", &ShardRow::first_sample},
    {"sample_count", "", &ShardRow::sample_count},
    {"first_exposure", "", &ShardRow::first_exposure},
    {"exposure_count", "", &ShardRow::exposure_count},
});

}  // namespace

template <>
std::span<const Column<SampleRow>> columns() {
  return sample_columns;
}
template <>
std::span<const Column<SimulationRow>> columns() {
  return simulation_columns;
}
template <>
std::span<const Column<ExposureRow>> columns() {
  return exposure_columns;
}
template <>
std::span<const Column<AtomRow>> columns() {
  return atom_columns;
}
template <>
std::span<const Column<SlotRow>> columns() {
  return slot_columns;
}
template <>
std::span<const Column<ShardRow>> columns() {
  return shard_columns;
}

}  // namespace twinmill::store
