#pragma once
// A structure as its file has it: any cell, positions not wrapped.

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cell.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {

struct RawStructure {
  std::string name;                     ///< Of the file, for messages.
  Vectors vectors{};                    ///< a, b, c, A.
  std::array<std::string, 3> places{};  ///< Of the vectors: "file:line".
  std::array<bool, 3> periodic{true, true, true};
  bool direct = false;           ///< Positions are in units of the vectors, else A.
  std::vector<Site> sites = {};  ///< In the file's order.
};

enum class Format { unknown, extxyz, poscar, cif };
/// By extension, or by a name that starts with POSCAR or CONTCAR.
Format format_of_name(const std::filesystem::path& path);
/// By name, else by content. Throws Error(input) for what is none of them.
Format format_of_file(const std::filesystem::path& path);

RawStructure raw_extxyz(std::string_view text, const std::string& name);
RawStructure raw_poscar(std::string_view text, const std::string& name);
/// All atoms of the cell, symmetry applied. Throws Error(input) also for partial occupancies.
RawStructure raw_cif(const std::string& text, const std::string& name);
/// By name and content. Throws Error(input) for what is no structure.
RawStructure read_raw(const std::filesystem::path& path);

/// Throws Error(input) that names the two atoms if any stand nearer than least_distance_A, periodic images included.
void refuse_overlaps(const Structure& structure, const std::string& name, std::array<bool, 3> periodic);
inline constexpr double least_distance_A = 0.7;

}  // namespace twinmill::specimen
