#include "phonons.hpp"

#include <algorithm>

#include "twinmill/base/error.hpp"
#include "twinmill/base/random.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::imaging {

extern const std::string_view thermal_csv;

namespace {

// The table's columns: atom, context, T, quantity, value, unit, rms of one component in A, ...; later rows win.
std::map<std::string, double, std::less<>> parse_table() {
  constexpr std::size_t rms_column = 6;
  std::map<std::string, double, std::less<>> rms;
  std::string_view text = thermal_csv;
  text.remove_prefix(text.find('\n') + 1);
  while (!trim(text).empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::string_view cell, atom = line.substr(0, line.find(','));
    for (std::size_t i = 0; i <= rms_column; ++i) {
      const auto comma = line.find(',');
      ensure(comma != std::string_view::npos, "table thermal_msd: a row is too short");
      cell = line.substr(0, comma);
      line.remove_prefix(comma + 1);
    }
    rms[std::string(atom)] = parse_double(cell, "thermal_msd");
  }
  ensure(rms.contains("any"), "table thermal_msd: no generic row");
  return rms;
}

}  // namespace

double rms_displacement_A(int z) {
  static const auto table = parse_table();
  const auto known = table.find(specimen::symbol(z));
  return known == table.end() ? table.find("any")->second : known->second;
}

double rms_displacement_A(const Phonons& phonons, int z) {
  const auto given = phonons.rms_A.find(z);
  return given == phonons.rms_A.end() ? rms_displacement_A(z) : given->second;
}

int images_to_average(const Phonons& phonons) { return std::max(1, phonons.configurations); }

specimen::Structure displaced(const specimen::Structure& structure, const Phonons& phonons, int configuration) {
  specimen::Structure moved = structure;
  if (phonons.configurations == 0) return moved;
  for (auto& site : moved.sites) {
    if (site.z == 0) continue;
    // By the atom, not by its place in the list: it moves alike in every window that shows it.
    RandomStream stream(phonons.key, cat("phonons ", configuration, " ", site.index, " ", site.image[0], " ",
                                         site.image[1], site.grain == 0 ? "" : cat(" grain ", site.grain)));
    const double rms = site.rms_A >= 0 ? site.rms_A : rms_displacement_A(phonons, site.z);
    site.r_A[0] += rms * stream.normal();
    site.r_A[1] += rms * stream.normal();
  }
  return moved;
}

}  // namespace twinmill::imaging
