#include "twinmill/specimen/relaxed.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cell.hpp"
#include "extxyz_frame.hpp"
#include "lines.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::specimen {
namespace {

using Point = std::array<double, 3>;

constexpr double nearest_atoms_A = 0.7, neighbour_A = 3.0, cell_tolerance = 1e-5;

// Steps of 1e-6 A. Lattice constants have few digits, and sites lie at halves, thirds and quarters of them: no such
// place comes near this offset, where rounding would decide on the step.
std::int64_t steps_of(double x_A) { return static_cast<std::int64_t>(std::floor(x_A * 1e6 + 0.7863)); }

// 0 and the cell's end are the same place.
std::int64_t steps_in(double x_A, double length_A) {
  const auto steps = steps_of(wrap(x_A, length_A));
  return steps >= steps_of(length_A) ? 0 : steps;
}

double lowest_A(const Structure& structure) {
  double lowest = std::numeric_limits<double>::infinity();
  for (const auto& site : structure.sites)
    if (site.z > 0) lowest = std::min(lowest, site.r_A[2]);
  return lowest;
}

double norm(const Point& v) { return std::hypot(v[0], v[1], v[2]); }

Point operator-(const Point& a, const Point& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }

// From b to a, by the nearest images; an infinite length has none.
Point separation(const Point& a, const Point& b, const Point& cell_A) {
  Point d = a - b;
  for (std::size_t i = 0; i < 3; ++i)
    if (std::isfinite(cell_A[i])) d[i] -= cell_A[i] * std::round(d[i] / cell_A[i]);
  return d;
}

[[noreturn]] void fail(const std::string& problem) { throw Error(Fault::input, problem); }

std::string name_of(int z, std::size_t index) { return cat(symbol(z), " ", index + 1); }

void check_same_system(const Structure& input, const Relaxed& relaxed) {
  if (relaxed.r_A.size() != input.atoms() || relaxed.z.size() != relaxed.r_A.size())
    fail(cat("the relaxed structure has ", relaxed.r_A.size(), " atoms (the input has ", input.atoms(), ")"));
  for (std::size_t i = 0; i < 3; ++i) {
    if (!(std::abs(relaxed.cell_A[i] - input.cell_A[i]) <= cell_tolerance * input.cell_A[i]))
      fail(cat("the relaxed structure has a cell of ", number_text(relaxed.cell_A[0]), " x ",
               number_text(relaxed.cell_A[1]), " x ", number_text(relaxed.cell_A[2]), " A (the input's is ",
               number_text(input.cell_A[0]), " x ", number_text(input.cell_A[1]), " x ", number_text(input.cell_A[2]),
               " A). Relax positions only?"));
  }
}

// How far every atom moved, in the order of the atoms.
std::vector<Point> displacements(const Structure& input, const Relaxed& relaxed, double most_A) {
  std::vector<Point> moved;
  for (const auto& site : input.sites) {
    if (site.z == 0) continue;
    const std::size_t i = moved.size();
    if (relaxed.z[i] != site.z)
      fail(cat("atom ", i + 1, " of the relaxed structure is ", symbol(relaxed.z[i]), " (the input has ",
               symbol(site.z), " there). Keep the order of the atoms?"));
    if (!std::isfinite(norm(relaxed.r_A[i])))
      fail(cat(name_of(site.z, i), " of the relaxed structure is nowhere (its position is not finite)"));
    moved.push_back(separation(relaxed.r_A[i], site.r_A, input.cell_A));
    if (norm(moved.back()) > most_A)
      fail(cat(name_of(site.z, i), " moved by ", rounded_text(norm(moved.back()), 3), " A (more than ",
               number_text(most_A), " A is another defect). Start from a better place?"));
  }
  return moved;
}

// Distances within the sheet: its images along z are no neighbours, whatever the height of the cell.
void check_distances(const Structure& moved) {
  const auto& sites = moved.sites;
  std::vector<std::size_t> atoms;
  for (std::size_t i = 0; i < sites.size(); ++i)
    if (sites[i].z > 0) atoms.push_back(i);
  const Point in_plane = {moved.cell_A[0], moved.cell_A[1], std::numeric_limits<double>::infinity()};
  for (std::size_t i = 0; i < atoms.size(); ++i) {
    for (std::size_t j = i + 1; j < atoms.size(); ++j) {
      const Site &a = sites[atoms[i]], &b = sites[atoms[j]];
      const double distance = norm(separation(a.r_A, b.r_A, in_plane));
      if (distance < nearest_atoms_A)
        fail(cat(name_of(a.z, i), " and ", name_of(b.z, j), " are ", rounded_text(distance, 2),
                 " A apart in the relaxed structure (nearer than any bond)"));
    }
  }
}

Point mean_of_neighbours(const Structure& input, const Site& vacancy, const std::vector<Point>& moved) {
  Point sum{};
  double count = 0;
  std::size_t atom = 0;
  for (const auto& site : input.sites) {
    if (site.z == 0) continue;
    const Point& d = moved[atom++];
    if (norm(separation(site.r_A, vacancy.r_A, input.cell_A)) > neighbour_A) continue;
    for (std::size_t i = 0; i < 3; ++i) sum[i] += d[i];
    ++count;
  }
  for (double& x : sum) x = count > 0 ? x / count : 0;
  return sum;
}

// Values in the comment line end at blanks, or are quoted.
std::string quoted(const std::string& text) {
  std::string inside = text;
  std::replace_if(
      inside.begin(), inside.end(), [](char c) { return c == '"' || c == '\n' || c == '\r' || c == '\\'; }, ' ');
  return cat('"', inside, '"');
}

bool is_true(std::string_view text) { return text == "T" || text == "True" || text == "true" || text == "1"; }

void read_facts(Relaxed& relaxed, const ExtxyzFrame& frame, const Lines& lines) {
  constexpr std::size_t line = ExtxyzFrame::comment_line;
  const auto with = [&](std::string_view key, auto use) {
    const auto found = frame.keys.find(key);
    if (found != frame.keys.end()) use(found->second);
  };
  const auto what = [&](std::string_view key) { return cat(lines.place(line), ": ", key); };
  with("energy", [&](const auto& text) { relaxed.energy_eV = lines.number(line, text, "energy"); });
  with("twinmill_input", [&](const auto& text) {
    try {
      relaxed.input = Hash128::from_hex(text);
    } catch (const Error& e) {
      lines.fail(line, cat("twinmill_input: ", e.what()));
    }
  });
  with("twinmill_engine", [&](const auto& text) { relaxed.engine = text; });
  with("twinmill_steps", [&](const auto& text) {
    relaxed.steps = static_cast<int>(std::clamp<std::int64_t>(parse_int(text, what("twinmill_steps")), -1, 1 << 30));
  });
  with("twinmill_converged", [&](const auto& text) { relaxed.converged = is_true(text); });
  with("twinmill_seconds", [&](const auto& text) { relaxed.seconds = lines.number(line, text, "twinmill_seconds"); });
}

std::string point_text(const Point& p) {
  return cat(" ", number_text(p[0]), " ", number_text(p[1]), " ", number_text(p[2]));
}

}  // namespace

double Relaxed::largest_force() const {
  if (force_eV_per_A.empty()) return std::numeric_limits<double>::quiet_NaN();
  double largest = 0;
  for (const auto& force : force_eV_per_A) largest = std::max(largest, norm(force));
  return largest;
}

Hash128 content_key(const Structure& structure, const std::string& settings) {
  Hasher hash;
  hash.add("twinmill relaxation 1").add(settings);
  for (std::size_t i = 0; i < 2; ++i) hash.add(steps_of(structure.cell_A[i]));
  hash.add(static_cast<std::uint64_t>(structure.atoms()));
  const double lowest = lowest_A(structure);
  for (const auto& site : structure.sites) {
    if (site.z == 0) continue;
    hash.add(site.z).add(steps_in(site.r_A[0], structure.cell_A[0])).add(steps_in(site.r_A[1], structure.cell_A[1]));
    hash.add(steps_of(site.r_A[2] - lowest));
  }
  return hash.digest();
}

Structure for_engine(const Structure& structure, double vacuum_A) {
  if (structure.atoms() == 0) fail("the structure has no atoms (nothing can be relaxed)");
  const double lowest = lowest_A(structure);
  double extent = 0;
  Structure result{.cell_A = structure.cell_A, .sites = {}};
  for (const auto& site : structure.sites) {
    if (site.z == 0) continue;
    extent = std::max(extent, site.r_A[2] - lowest);
    result.sites.push_back(site);
    result.sites.back().r_A[2] += vacuum_A - lowest;
  }
  result.cell_A[2] = extent + 2 * vacuum_A;
  return result;
}

std::string to_extxyz(const Relaxed& relaxed) {
  const bool forces = !relaxed.force_eV_per_A.empty();
  ensure(relaxed.z.size() == relaxed.r_A.size(), "Relaxed: elements and positions differ in number");
  ensure(!forces || relaxed.force_eV_per_A.size() == relaxed.z.size(), "Relaxed: forces and atoms differ in number");
  const auto& cell = relaxed.cell_A;
  std::string text =
      cat(relaxed.z.size(), "\nLattice=\"", number_text(cell[0]), " 0 0 0 ", number_text(cell[1]), " 0 0 0 ",
          number_text(cell[2]), "\" Properties=species:S:1:pos:R:3", forces ? ":forces:R:3" : "", " pbc=\"T T F\"");
  if (std::isfinite(relaxed.energy_eV)) text += " energy=" + number_text(relaxed.energy_eV);
  text += cat(" twinmill_input=", relaxed.input.hex(), " twinmill_engine=", quoted(relaxed.engine));
  if (relaxed.steps >= 0) text += cat(" twinmill_steps=", relaxed.steps);
  text += cat(" twinmill_converged=", relaxed.converged ? "T" : "F", " twinmill_seconds=", number_text(relaxed.seconds),
              "\n");
  for (std::size_t i = 0; i < relaxed.z.size(); ++i)
    text += cat(symbol(relaxed.z[i]), point_text(relaxed.r_A[i]), forces ? point_text(relaxed.force_eV_per_A[i]) : "",
                "\n");
  return text;
}

Relaxed parse_relaxed(std::string_view text, const std::string& name) {
  const Lines lines(text, name);
  const ExtxyzFrame frame = parse_frame(lines);
  Relaxed relaxed;
  relaxed.cell_A = orthogonal_lengths(frame.vectors, ExtxyzFrame::vector_places(lines));
  for (const auto& atom : frame.atoms) {
    relaxed.z.push_back(atom.z);
    relaxed.r_A.push_back(atom.r_A);
    if (atom.force_eV_per_A) relaxed.force_eV_per_A.push_back(*atom.force_eV_per_A);
  }
  read_facts(relaxed, frame, lines);
  return relaxed;
}

Structure with_positions(const Structure& input, const Relaxed& relaxed, double most_A) {
  check_same_system(input, relaxed);
  const auto moved = displacements(input, relaxed, most_A);
  Structure result = input;
  std::size_t atom = 0;
  for (auto& site : result.sites) {
    const Point d = site.z > 0 ? moved[atom++] : mean_of_neighbours(input, site, moved);
    for (std::size_t i = 0; i < 2; ++i) site.r_A[i] = wrap(site.r_A[i] + d[i], input.cell_A[i]);
    site.r_A[2] += d[2];
  }
  check_distances(result);
  return result;
}

}  // namespace twinmill::specimen
