#pragma once
// What every extended XYZ file has, before anybody asks what it means.

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cell.hpp"
#include "lines.hpp"

namespace twinmill::specimen {

struct ExtxyzAtom {
  int z = 0;
  std::array<double, 3> r_A{};  ///< As written, not wrapped.
  std::optional<std::array<double, 3>> force_eV_per_A = {};
  std::optional<std::string> site_class = {}, rms_A = {};  ///< As written.
};

struct ExtxyzFrame {
  using Keys = std::map<std::string, std::string, std::less<>>;
  static constexpr std::size_t comment_line = 2, first_atom_line = 3;

  Keys keys;  ///< Names in lower case.
  Vectors vectors{};
  std::array<bool, 3> periodic{};
  std::vector<ExtxyzAtom> atoms;

  /// Where the vectors stand, for messages.
  static std::array<std::string, 3> vector_places(const Lines& lines) {
    const std::string place = lines.place(comment_line);
    return {place, place, place};
  }
};

/// A file of one frame. Throws Error(input) with file and line.
ExtxyzFrame parse_frame(const Lines& lines);

}  // namespace twinmill::specimen
