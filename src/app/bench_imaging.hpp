#pragma once
// `twinmill bench imaging`: what an image costs, part by part, and how exact it is.

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace twinmill::app {

struct BenchImaging {
  int cells = 8;         ///< Unit cells a side of the MoS2 sheet with one vacancy (8: 25.5 x 22.1 A).
  int probes = 12;       ///< Probes by the plain method.
  bool windows = false;  ///< Also windows up to 20,000 A^2 (minutes).
};

/// `twinmill bench imaging --device`: images a second of a sheet (8 cells a side: the paper's, 25.5 x 22.1 A on 512 x
/// 448 points) and of a field of its size turned by 30 degrees, by wall time, on the device and by the processor with
/// FFTW, and how far both differ.
nlohmann::json bench_device(const std::string& device, int cells, int repeats);
void print_bench_device(const nlohmann::json& result);

/// Keys and units are those of the table in docs/physics.md.
nlohmann::json bench_imaging(const BenchImaging& options);
void print_bench_imaging(const nlohmann::json& result);

}  // namespace twinmill::app
