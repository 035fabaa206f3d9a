// POSCAR and CONTCAR of VASP 5 and later: title, scale, three vectors, symbols, counts, [Selective dynamics],
// Direct or Cartesian, positions. What follows the positions (velocities) is not read.
#include <algorithm>
#include <cmath>

#include "cell.hpp"
#include "lines.hpp"
#include "raw.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {
namespace {

constexpr std::size_t scale_line = 2, first_vector_line = 3, symbols_line = 6, counts_line = 7;

enum class Coordinates { direct, cartesian };

double determinant(const Vectors& v) {
  return v[0][0] * (v[1][1] * v[2][2] - v[1][2] * v[2][1]) - v[0][1] * (v[1][0] * v[2][2] - v[1][2] * v[2][0]) +
         v[0][2] * (v[1][0] * v[2][1] - v[1][1] * v[2][0]);
}

// One factor, or one per axis; a negative one is the volume of the cell, A^3.
std::array<double, 3> parse_scale(const Lines& lines, const Vectors& vectors) {
  const auto words = split_words(lines.need(scale_line, "the scale"));
  if (words.size() == 3) {
    const auto scale = lines.triple(scale_line, words, 0, "scale");
    if (std::any_of(scale.begin(), scale.end(), [](double s) { return s <= 0; }))
      lines.fail(scale_line, "scale (three factors must be positive)");
    return scale;
  }
  if (words.size() != 1) lines.fail(scale_line, cat("scale: ", words.size(), " numbers (one or three are needed)"));
  double scale = lines.number(scale_line, words[0], "scale");
  if (scale == 0) lines.fail(scale_line, "scale = 0 (must be a factor, or minus the volume)");
  if (scale < 0) {
    const double volume = std::abs(determinant(vectors));
    if (volume == 0) lines.fail(first_vector_line, "the cell vectors span no volume (which the negative scale gives)");
    scale = std::cbrt(-scale / volume);
  }
  return {scale, scale, scale};
}

bool is_whole_number(const std::string& word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
}

// Atomic number of every atom, in the order of the positions. Symbols may carry the potential's name: Mo_pv,
// Mo/5a1b2c3d.
std::vector<int> parse_species(const Lines& lines) {
  const auto names = split_words(lines.need(symbols_line, "the line of element symbols"));
  if (names.empty()) lines.fail(symbols_line, "an empty line (element symbols are expected)");
  if (std::all_of(names.begin(), names.end(), is_whole_number))
    lines.fail(symbols_line,
               "no element symbols (this is the format of VASP 4). Add a line such as 'Mo S' above the counts?");
  const auto counts = split_words(lines.need(counts_line, "the numbers of atoms"));
  if (counts.size() != names.size())
    lines.fail(counts_line, cat(counts.size(), " numbers of atoms (line 6 has ", names.size(), " symbols)"));
  std::vector<int> species;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const int z = lines.element(symbols_line, std::string_view(names[i]).substr(0, names[i].find_first_of("_/")));
    const auto count = parse_int(counts[i], cat(lines.place(counts_line), ": number of ", symbol(z), " atoms"));
    if (count < 0) lines.fail(counts_line, cat("number of ", symbol(z), " atoms = ", count, " (must not be negative)"));
    if (static_cast<std::size_t>(count) > lines.size())
      lines.fail(counts_line,
                 cat("number of ", symbol(z), " atoms = ", count, " (the file has ", lines.size(), " lines)"));
    species.insert(species.end(), static_cast<std::size_t>(count), z);
  }
  if (species.empty()) lines.fail(counts_line, "no atoms");
  return species;
}

Coordinates parse_coordinates(const Lines& lines, std::size_t line) {
  const auto text = trim(lines.need(line, "Direct or Cartesian"));
  switch (text.empty() ? '\0' : text.front()) {
    case 'D':
    case 'd':
      return Coordinates::direct;
    case 'C':
    case 'c':
    case 'K':
    case 'k':
      return Coordinates::cartesian;
    default:
      lines.fail(line, cat("'", text, "' (Direct or Cartesian is expected)"));
  }
}

bool looks_like_position(std::string_view line) {
  const auto words = split_words(line);
  return words.size() >= 3 && std::all_of(words.begin(), words.begin() + 3, [](const std::string& word) {
           return word.find_first_not_of("+-.0123456789eE") == std::string::npos;
         });
}

}  // namespace

RawStructure raw_poscar(std::string_view text, const std::string& name) {
  const Lines lines(text, name);
  RawStructure raw{.name = name, .places = {lines.place(3), lines.place(4), lines.place(5)}};
  for (std::size_t i = 0; i < 3; ++i)
    raw.vectors[i] = lines.triple(first_vector_line + i,
                                  split_words(lines.need(first_vector_line + i, "a cell vector")), 0, "cell vector");
  const auto scale = parse_scale(lines, raw.vectors);
  for (auto& v : raw.vectors)
    for (std::size_t j = 0; j < 3; ++j) v[j] *= scale[j];
  const auto species = parse_species(lines);
  std::size_t line = counts_line + 1;
  const auto selective = trim(lines.need(line, "Direct or Cartesian"));
  if (selective.starts_with('S') || selective.starts_with('s')) ++line;
  raw.direct = parse_coordinates(lines, line) == Coordinates::direct;
  for (const int z : species) {
    ++line;
    const auto words = split_words(lines.need(line, cat("one of ", species.size(), " positions")));
    Site site{.z = z, .r_A = lines.triple(line, words, 0, "position"), .index = static_cast<int>(raw.sites.size())};
    if (!raw.direct)
      for (std::size_t i = 0; i < 3; ++i) site.r_A[i] *= scale[i];
    raw.sites.push_back(site);
  }
  if (looks_like_position(lines.at(line + 1)))
    lines.fail(line + 1, cat("more positions than the ", species.size(), " atoms of line ", counts_line));
  return raw;
}

Structure parse_poscar(std::string_view text, const std::string& name) {
  auto raw = raw_poscar(text, name);
  Structure structure{.cell_A = orthogonal_lengths(raw.vectors, raw.places), .sites = std::move(raw.sites)};
  for (auto& site : structure.sites) {
    for (std::size_t i = 0; i < 3; ++i)
      site.r_A[i] = wrap(site.r_A[i] * (raw.direct ? structure.cell_A[i] : 1), structure.cell_A[i]);
  }
  refuse_overlaps(structure, name, raw.periodic);
  return structure;
}

}  // namespace twinmill::specimen
