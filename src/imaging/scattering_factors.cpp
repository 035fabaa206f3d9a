#include "scattering_factors.hpp"

#include <array>
#include <cmath>
#include <vector>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::imaging {

extern const std::string_view kirkland_csv;
extern const std::string_view lobato_csv;

namespace {

constexpr int last_z = 103;

// Rows of `columns` numbers after Z and symbol; entry 0 is unused.
template <std::size_t columns>
std::array<std::array<double, columns>, last_z + 1> parse(std::string_view csv, std::string_view what) {
  std::array<std::array<double, columns>, last_z + 1> table{};
  csv.remove_prefix(csv.find('\n') + 1);
  int rows = 0;
  while (!trim(csv).empty()) {
    const auto end = std::min(csv.find('\n'), csv.size());
    std::string_view line = csv.substr(0, end);
    csv.remove_prefix(std::min(end + 1, csv.size()));
    std::vector<std::string_view> cells;
    for (std::size_t at = 0; at <= line.size();) {
      const auto comma = std::min(line.find(',', at), line.size());
      cells.push_back(line.substr(at, comma - at));
      at = comma + 1;
    }
    ensure(cells.size() == columns + 2, cat("table ", what, ": a row of the wrong length"));
    const auto z = parse_int(cells[0], what);
    ensure(z == ++rows && z <= last_z, cat("table ", what, ": rows out of order"));
    for (std::size_t i = 0; i < columns; ++i) table[static_cast<std::size_t>(z)][i] = parse_double(cells[i + 2], what);
  }
  ensure(rows == last_z, cat("table ", what, ": rows are missing"));
  return table;
}

// Kirkland, Advanced Computing in Electron Microscopy, 2nd ed. (2010), App. C:
// f_e = sum_i a_i / (q^2 + b_i) + sum_i c_i exp(-d_i q^2)
double kirkland(int z, double q2) {
  static const auto table = parse<12>(kirkland_csv, "kirkland_2010");
  const auto& p = table[static_cast<std::size_t>(z)];
  double f = 0;
  for (std::size_t i = 0; i < 3; ++i) f += p[i] / (q2 + p[3 + i]) + p[6 + i] * std::exp(-p[9 + i] * q2);
  return f;
}

// Lobato & Van Dyck, Acta Cryst. A70, 636 (2014): f_e = sum_i a_i (2 + b_i q^2) / (1 + b_i q^2)^2
double lobato(int z, double q2) {
  static const auto table = parse<10>(lobato_csv, "lobato_2014");
  const auto& p = table[static_cast<std::size_t>(z)];
  double f = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    const double d = 1 + p[5 + i] * q2;
    f += p[i] * (1 + d) / (d * d);
  }
  return f;
}

}  // namespace

double scattering_factor(Scattering table, int z, double q2) {
  if (z < 1 || z > last_z)
    throw Error(Fault::input, cat("no scattering factor for Z = ", z, " (the tables hold Z = 1 to 103)"));
  switch (table) {
    case Scattering::lobato:
      return lobato(z, q2);
    case Scattering::kirkland:
      return kirkland(z, q2);
    case Scattering::count_:
      break;
  }
  throw Error(Fault::bug, "scattering_factor: no such table");
}

}  // namespace twinmill::imaging
