#pragma once
// Small sheets for tests of relaxation, and programs that stand in for engines.

#include <cmath>
#include <filesystem>
#include <string>

#include "temp_folder.hpp"
#include "twinmill/base/files.hpp"
#include "workers/relax.hpp"

namespace twinmill::workers::testing {

/// 1 x 1 rectangular cell of 1H-MoS2, the sheet's middle at z = 10 A of 20 A: 6 sites, metals first and fourth.
inline specimen::Structure sheet() {
  const double a = 3.184, b = a * std::sqrt(3.0), d = 1.5645, z = 10;
  specimen::Structure s{.cell_A = {a, b, 20}, .sites = {}};
  const auto add = [&](int element, double x, double y, double height) {
    s.sites.push_back({.z = element, .r_A = {x, y, height}, .index = static_cast<int>(s.sites.size())});
  };
  for (const double shift : {0.0, 0.5}) {
    add(42, shift * a, shift * b, z);
    for (const double side : {d, -d}) add(16, shift * a, shift * b + b / 3, z + side);
  }
  return s;
}

/// A task, and folders of its own.
struct Bench {
  twinmill::testing::TempFolder folder;
  RelaxTask task{.label = "MoS2-H pristine #0",
                 .input = sheet(),
                 .work = folder / "work",
                 .results = folder / "results",
                 .library = {}};

  /// A program of the test, as the path of its file.
  std::string program(const std::string& name, const std::string& text) const {
    const auto path = folder / name;
    write_atomic(path, text);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path.string();
  }
};

}  // namespace twinmill::workers::testing
