// Structures as extended XYZ.
#include <algorithm>
#include <array>

#include "cell.hpp"
#include "extxyz_frame.hpp"
#include "lines.hpp"
#include "raw.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {
namespace {

SiteClass parse_label(std::string_view word, std::size_t line, const Lines& lines) {
  SiteClass label{};
  try {
    label = site_class(word);
  } catch (const Error& e) {
    lines.fail(line, e.what());
  }
  if (label == SiteClass::anion_vacancy || label == SiteClass::metal_vacancy)
    lines.fail(line, cat("site class = ", word, " (there is an atom). Leave the class lattice, or the atom out?"));
  return label;
}

void put_into_cell(Site& site, const std::array<double, 3>& cell, std::array<bool, 3> periodic, std::size_t line,
                   const Lines& lines) {
  if (!periodic[2] && !(site.r_A[2] >= 0 && site.r_A[2] < cell[2]))
    lines.fail(line, cat("z = ", number_text(site.r_A[2]), " (outside the cell, 0 to ", number_text(cell[2]),
                         ", which is not periodic in z). Shift the atoms?"));
  for (std::size_t i = 0; i < 3; ++i) site.r_A[i] = wrap(site.r_A[i], cell[i]);
}

Site site_of(const ExtxyzAtom& atom, std::size_t line, const Lines& lines) {
  Site site{.z = atom.z, .r_A = atom.r_A, .index = static_cast<int>(line - ExtxyzFrame::first_atom_line)};
  if (atom.rms_A) {
    site.rms_A = parse_double(*atom.rms_A, cat(lines.place(line), ": rms_A"));
    if (!(site.rms_A < 1))
      lines.fail(line, cat("rms_A = ", site.rms_A, " (must be below 1 A; negative: the element's table)"));
  }
  if (atom.site_class) site.label = parse_label(*atom.site_class, line, lines);
  return site;
}

}  // namespace

RawStructure raw_extxyz(std::string_view text, const std::string& name) {
  const Lines lines(text, name);
  const ExtxyzFrame frame = parse_frame(lines);
  RawStructure raw{
      .name = name, .vectors = frame.vectors, .places = frame.vector_places(lines), .periodic = frame.periodic};
  for (std::size_t i = 0; i < frame.atoms.size(); ++i)
    raw.sites.push_back(site_of(frame.atoms[i], ExtxyzFrame::first_atom_line + i, lines));
  return raw;
}

Structure parse_extxyz(std::string_view text, const std::string& name) {
  auto raw = raw_extxyz(text, name);
  const Lines lines(text, name);
  Structure structure{.cell_A = orthogonal_lengths(raw.vectors, raw.places), .sites = std::move(raw.sites)};
  for (std::size_t i = 0; i < structure.sites.size(); ++i)
    put_into_cell(structure.sites[i], structure.cell_A, raw.periodic, ExtxyzFrame::first_atom_line + i, lines);
  refuse_overlaps(structure, name, raw.periodic);
  return structure;
}

std::string to_extxyz(const Structure& structure) {
  const auto& cell = structure.cell_A;
  const bool thermal = std::any_of(structure.sites.begin(), structure.sites.end(),
                                   [](const Site& s) { return s.z > 0 && s.rms_A >= 0; });
  std::string text = cat(structure.atoms(), "\nLattice=\"", number_text(cell[0]), " 0 0 0 ", number_text(cell[1]),
                         " 0 0 0 ", number_text(cell[2]), "\" Properties=species:S:1:pos:R:3:site_class:S:1",
                         thermal ? ":rms_A:R:1" : "", " pbc=\"T T T\"\n");
  for (const auto& site : structure.sites) {
    if (site.z == 0) continue;
    text += cat(symbol(site.z), " ", number_text(site.r_A[0]), " ", number_text(site.r_A[1]), " ",
                number_text(site.r_A[2]), " ", name(site.label), thermal ? " " + number_text(site.rms_A) : "", "\n");
  }
  return text;
}

}  // namespace twinmill::specimen
