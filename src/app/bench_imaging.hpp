#pragma once
// `twinmill bench imaging`: what an image costs, part by part, and how exact it is.

#include <nlohmann/json_fwd.hpp>

namespace twinmill::app {

struct BenchImaging {
  int cells = 8;         ///< Unit cells a side of the MoS2 sheet with one vacancy (8: 25.5 x 22.1 A).
  int probes = 12;       ///< Probes by the plain method.
  bool windows = false;  ///< Also windows up to 20,000 A^2 (minutes).
};

/// Keys and units are those of the table in docs/physics.md.
nlohmann::json bench_imaging(const BenchImaging& options);
void print_bench_imaging(const nlohmann::json& result);

}  // namespace twinmill::app
