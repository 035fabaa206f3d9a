// inspect: structure files.
#include <fmt/format.h>

#include <cmath>

#include "inspect.hpp"
#include "simulate_request.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/imaging/simulate.hpp"
#include "twinmill/specimen/summary.hpp"

namespace twinmill::app {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

void tell_atoms(const specimen::Summary& s, Inspection& result) {
  std::vector<std::string> words;
  Json atoms = Json::object();
  int total = 0;
  for (const auto& [z, count] : s.atoms) {
    words.push_back(cat(count, " ", specimen::symbol(z)));
    atoms[std::string(specimen::symbol(z))] = count;
    total += count;
  }
  result.say("atoms", cat(count_text(total), " (", list_text(words), ")"));
  result.json["atoms"] = atoms;
}

void tell_labels(const specimen::Summary& s, Inspection& result) {
  std::vector<std::string> words;
  Json labels = Json::object();
  for (const auto& [label, count] : s.labels) {
    if (label == specimen::SiteClass::lattice) continue;
    words.push_back(cat(count, " ", specimen::name(label)));
    labels[std::string(specimen::name(label))] = count;
  }
  result.say("labels", words.empty() ? "none" : list_text(words));
  result.json["labels"] = labels;
}

void tell_distances(const specimen::Summary& s, Inspection& result) {
  Json all = Json::array();
  for (const auto& d : s.distances) {
    const auto pair = cat(specimen::symbol(d.z), "-", specimen::symbol(d.other_z));
    result.say(all.empty() ? "nearest" : "", fmt::format("{:8} {:.3f} A", pair, d.distance_A));
    all.push_back({{"pair", pair}, {"distance_A", d.distance_A}});
  }
  if (s.distances.empty())
    result.say("nearest", fmt::format("no two atoms within {:g} A", specimen::distances_up_to_A));
  result.json["nearest"] = all;
}

// With the defaults of simulate.
void tell_simulation(const fs::path& path, const specimen::Summary& s, Inspection& result) {
  if (!s.structure) {
    result.say("simulate", cat("does not take it as it is: ", s.refusal));
    result.json["simulate"] = {{"possible", false}, {"why", s.refusal}};
    return;
  }
  SimulateRequest r;
  r.optics.emplace_back();
  r.detectors.push_back({"haadf", 50, 200});
  fit_to_structure(r, *s.structure);
  const auto& cell = s.structure->cell_A;
  const double bytes =
      imaging::ScatteringMatrix::memory_bytes({cell[0], cell[1]}, r.multislice, r.optics[0], r.detectors, 1);
  const int slices = static_cast<int>(std::ceil(cell[2] / r.multislice.slice_thickness_A - 1e-9));
  result.say("simulate",
             fmt::format("at 80 keV with the default settings: grid {}x{}, {} slices, scan {}x{}, {} of memory",
                         r.multislice.grid[0], r.multislice.grid[1], slices, r.scan[0], r.scan[1], bytes_text(bytes)));
  result.say("", cat("twinmill simulate '", path.string(), "' --out out.h5"));
  result.json["simulate"] = {
      {"possible", true}, {"grid", r.multislice.grid}, {"slices", slices}, {"scan", r.scan}, {"memory_bytes", bytes}};
}

void tell_parent(const specimen::Summary& s, Inspection& result) {
  result.json["parent"] = nullptr;
  if (!s.parent) return;
  const auto& p = *s.parent;
  result.say("campaign", fmt::format("can be a parent: {}, rectangular cell {:.4g} x {:.4g} A, strained by {:.2g} %",
                                     p.formula, p.unit_A[0], p.unit_A[1], 100 * p.strain));
  result.json["parent"] = {{"formula", p.formula}, {"unit_A", p.unit_A}, {"strain", p.strain}};
}

void tell_colours(const specimen::Summary& s, Inspection& result) {
  Json colours = Json::object();
  std::vector<std::string> words;
  for (const auto& [z, colour] : element_colours(*s.structure)) {
    words.push_back(cat(specimen::symbol(z), " ", report::css_text(colour)));
    colours[std::string(specimen::symbol(z))] = report::css_text(colour);
  }
  result.say("colours", cat("in a preview: ", list_text(words)));
  result.json["colours"] = colours;
}

}  // namespace

Inspection inspect_structure(const fs::path& path) {
  const auto s = specimen::summary(path);
  Inspection result;
  result.json = {{"kind", "structure"}, {"file", path.string()}, {"format", s.format}, {"formula", s.formula}};
  result.say("file", cat(path.string(), ": a structure (", s.format, ")"));
  result.say("formula", s.formula);
  result.say("cell", fmt::format("{:.6g} x {:.6g} x {:.6g} A, angles {:.5g}, {:.5g}, {:.5g} deg, periodic along {}{}{}",
                                 s.lengths_A[0], s.lengths_A[1], s.lengths_A[2], s.angles_deg[0], s.angles_deg[1],
                                 s.angles_deg[2], s.periodic[0] ? "a" : "", s.periodic[1] ? "b" : "",
                                 s.periodic[2] ? "c" : ""));
  result.json["lengths_A"] = s.lengths_A;
  result.json["angles_deg"] = s.angles_deg;
  result.json["periodic"] = s.periodic;
  tell_atoms(s, result);
  result.say("thickness", fmt::format("{:.4g} A along z", s.thickness_A));
  result.json["thickness_A"] = s.thickness_A;
  tell_labels(s, result);
  tell_distances(s, result);
  tell_simulation(path, s, result);
  tell_parent(s, result);
  if (s.structure) {
    tell_colours(s, result);
    result.picture = [structure = *s.structure] { return structure_picture(structure); };
  }
  return result;
}

}  // namespace twinmill::app
