#include "twinmill/specimen/parents.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <set>

#include "parents_table.hpp"
#include "rectangle.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/specimen/build.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {
namespace {

constexpr std::string_view header =
    "formula,M,X,phase,a_A,thickness_XX_A,d_MX_A,functional,source,confidence,tier,hform_eV_atom,"
    "dE_vs_other_phase_eV_atom,alt_values,max_alt_da_pct,max_alt_dt_pct,note";
constexpr std::size_t columns = 17;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> known) {
  return std::find(known.begin(), known.end(), word) != known.end();
}

double length(std::string_view text, std::string_view what) {
  const double value = parse_double(text, what);
  ensure(std::isfinite(value) && value > 0, cat(what, " = ", text, " (must be positive)"));
  return value;
}

// a x a sqrt(3), of which each holds two hexagonal ones.
void set_hexagonal_cell(Parent& p) {
  p.unit_A = {p.a_A, p.a_A * std::sqrt(3.0)};
  for (const auto& site : pristine(p, {1, 2}).sites)
    p.basis.push_back({.z = site.z, .r_A = {site.r_A[0], site.r_A[1], site.r_A[2] - cell_height_A / 2}});
}

Parent parse_row(std::string_view line) {
  const auto cells = split(line, ',');
  ensure(cells.size() == columns, cat(cells.size(), " columns (", columns, " expected)"));
  Parent p;
  p.formula = cells[0];
  p.metal = cells[1];
  p.anion = cells[2];
  ensure(atomic_number(p.metal) > 0 && atomic_number(p.anion) > 0, cat(line, " (no such element)"));
  ensure(p.formula == cat(p.metal, p.anion, "2"), cat("formula = ", p.formula, " (not of its elements)"));
  ensure(one_of(cells[3], {"H", "T"}), cat("phase = ", cells[3], " (neither H nor T)"));
  p.phase = cells[3] == "H" ? Phase::H : Phase::T;
  p.id = cat(p.formula, "-", name(p.phase));
  p.a_A = length(cells[4], "a");
  p.thickness_A = length(cells[5], "thickness");
  // The bond length is redundant, and so guards the two numbers it is made of.
  const double bond = std::hypot(p.a_A / std::sqrt(3.0), p.thickness_A / 2);
  ensure(std::abs(length(cells[6], "d_MX") - bond) < 1e-3,
         cat("d_MX = ", cells[6], " (a and thickness give ", bond, ")"));
  p.functional = cells[7];
  p.source = cells[8];
  p.confidence = cells[9];
  p.tier = cells[10];
  ensure(one_of(p.confidence, {"high", "medium", "low"}), cat("confidence = ", p.confidence, " (unknown)"));
  ensure(one_of(p.tier, {"A", "B", "C"}), cat("tier = ", p.tier, " (unknown)"));
  p.formation_energy = cells[11].empty() ? std::numeric_limits<double>::quiet_NaN() : parse_double(cells[11], "hform");
  set_hexagonal_cell(p);
  return p;
}

// Rows of mx2_distorted.csv that belong to one parent.
constexpr std::string_view distorted_header = "name,source,a_A,b_A,gamma_deg,element,frac_x,frac_y,z_A_from_mid";
constexpr std::size_t distorted_columns = 9;

Phase distorted_phase(std::string_view word) {
  if (word == "1T'") return Phase::T1;
  if (word == "1T''") return Phase::T2;
  ensure(word == "pentagonal", cat("phase = ", word, " (none of 1T', 1T'' and pentagonal)"));
  return Phase::P;
}

// The cell of the table, with vacuum.
RawStructure distorted_cell(std::span<const std::vector<std::string_view>> rows) {
  constexpr double height = 40;
  const auto& first = rows.front();
  const double a = length(first[2], "a"), b = length(first[3], "b");
  const double gamma = length(first[4], "gamma") * std::numbers::pi / 180;
  const bool right = first[4] == "90.00";
  RawStructure raw{.name = std::string(first[0]), .direct = true};
  raw.vectors = {{{a, 0, 0}, {right ? 0 : b * std::cos(gamma), right ? b : b * std::sin(gamma), 0}, {0, 0, height}}};
  raw.places.fill(raw.name);
  for (const auto& row : rows) {
    const int z = atomic_number(row[5]);
    ensure(z > 0, cat("element = ", row[5], " (does not exist)"));
    raw.sites.push_back(
        {.z = z,
         .r_A = {parse_double(row[6], "frac_x"), parse_double(row[7], "frac_y"), parse_double(row[8], "z") / height},
         .index = static_cast<int>(raw.sites.size())});
  }
  return raw;
}

Parent distorted_parent(std::span<const std::vector<std::string_view>> rows) {
  const auto words = split_words(rows.front()[0]), source = split_words(rows.front()[1]);
  ensure(words.size() > 1 && !source.empty(), "name and source need words");
  Parent p = parent_of(rectangular(distorted_cell(rows), most_parent_strain), std::string(rows.front()[0]));
  ensure(p.formula == words[0], cat("name = ", words[0], " (its atoms make ", p.formula, ")"));
  p.phase = distorted_phase(words[1]);
  p.id = cat(p.formula, "-", name(p.phase));
  p.source = source[0];
  ensure(one_of(p.source, {"2DMatPedia", "C2DB2020"}), cat("source = ", p.source, " (unknown)"));
  const bool c2db = p.source == "C2DB2020";
  p.functional = c2db ? "PBE (GPAW)" : "vdW-DF optB88 (VASP; recalled)";
  p.confidence = c2db ? "high" : "medium";
  p.tier = "A";
  return p;
}

}  // namespace

std::string_view name(Phase phase) {
  static_assert(static_cast<int>(Phase::count_) == 6);
  switch (phase) {
    case Phase::H:
      return "H";
    case Phase::T:
      return "T";
    case Phase::T1:
      return "T'";
    case Phase::T2:
      return "T''";
    case Phase::P:
      return "P";
    case Phase::file:
      return "file";
    case Phase::count_:
      break;
  }
  throw Error(Fault::bug, "no such phase");
}

std::vector<Parent> parse_parents(std::string_view csv) {
  std::vector<Parent> table;
  std::set<std::string> ids;
  auto lines = split(csv, '\n');
  if (lines.back().empty()) lines.pop_back();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    try {
      if (i == 0) {
        ensure(lines[i] == header, "not the header of the table of parents");
        continue;
      }
      table.push_back(parse_row(lines[i]));
      ensure(ids.insert(table.back().id).second, cat(table.back().id, " (is there twice)"));
    } catch (const Error& e) {
      throw Error(Fault::bug, cat("mx2_monolayers.csv:", i + 1, ": ", e.what()));
    }
  }
  return table;
}

std::vector<Parent> parse_distorted(std::string_view csv) {
  std::vector<Parent> table;
  auto lines = split(csv, '\n');
  if (lines.back().empty()) lines.pop_back();
  std::vector<std::vector<std::string_view>> rows;
  std::size_t line = 0;
  const auto finish = [&] {
    if (!rows.empty()) table.push_back(distorted_parent(rows));
    rows.clear();
  };
  try {
    ensure(lines[0] == distorted_header, "not the header of the table of distorted parents");
    for (line = 1; line < lines.size(); ++line) {
      const auto cells = split(lines[line], ',');
      ensure(cells.size() == distorted_columns, cat(cells.size(), " columns (", distorted_columns, " expected)"));
      if (!rows.empty() && rows.front()[0] != cells[0]) finish();
      rows.push_back(cells);
    }
    finish();
  } catch (const Error& e) {
    throw Error(Fault::bug, cat("mx2_distorted.csv:", line + 1, ": ", e.what()));
  }
  return table;
}

std::array<int, 2> Parent::cells() const {
  return phase == Phase::H || phase == Phase::T ? std::array{1, 2} : std::array{1, 1};
}

std::span<const Parent> parents() {
  static const std::vector<Parent> table = [] {
    auto all = parse_parents(parents_csv);
    for (auto& p : parse_distorted(distorted_csv)) all.push_back(std::move(p));
    return all;
  }();
  return table;
}

const Parent& parent(const std::string& id) {
  std::vector<std::string> ids, same_formula;
  for (const auto& p : parents()) {
    if (p.id == id) return p;
    ids.push_back(p.id);
    if (p.formula == id) same_formula.push_back(p.id);
  }
  std::string likely = list_text(same_formula);
  if (likely.empty()) likely = nearest(id, ids);
  throw Error(Fault::input, cat("parent = ", id, " (not in the table of ", ids.size(), " monolayers).",
                                likely.empty() ? " Write the formula and the phase, such as MoS2-H?"
                                               : cat(" Did you mean ", likely, "?")));
}

}  // namespace twinmill::specimen
