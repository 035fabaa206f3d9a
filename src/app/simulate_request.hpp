#pragma once
// What `twinmill simulate` is asked to do.

#include <filesystem>
#include <optional>

#include "options.hpp"
#include "twinmill/device/device.hpp"
#include "twinmill/imaging/field.hpp"

namespace twinmill::app {

enum class Method { exact, multislice, count_ };

struct SimulateRequest {
  std::filesystem::path structure, out;
  bool parallel_beam = false;
  bool preview = false;
  Method method = Method::exact;
  imaging::Multislice multislice;
  std::vector<imaging::Optics> optics;  ///< One per defocus; one at least.
  std::vector<imaging::Detector> detectors;
  double source_fwhm_A = 0;
  std::array<int, 2> scan{0, 0};       ///< 0: to be filled in.
  std::optional<specimen::View> view;  ///< A part of the structure in a cell of its own; without: its own cell.
  std::optional<std::array<double, 2>> origin_A;
  imaging::FieldOptions field;
  std::optional<double> accuracy;
  bool grid_given = false, oversampling_given = false;
  double memory_gb = 0;  ///< 0: most of what is free.
  device::Choice device;
};

void add_simulate_options(Options& options);

/// Throws Error(input) listing every mistake that shows without the structure.
SimulateRequest simulate_request(const Options& options);

/// Fills in what follows from the structure: view, sampling, grid, scan.
void fit_to_structure(SimulateRequest& request, const specimen::Structure& structure);

}  // namespace twinmill::app
