#include "twinmill/specimen/parents.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "parents_table.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
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
  return p;
}

}  // namespace

std::string_view name(Phase phase) {
  static_assert(static_cast<int>(Phase::count_) == 2);
  switch (phase) {
    case Phase::H:
      return "H";
    case Phase::T:
      return "T";
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

std::span<const Parent> parents() {
  static const std::vector<Parent> table = parse_parents(parents_csv);
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
