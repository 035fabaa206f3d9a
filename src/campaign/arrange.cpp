// Parents x kinds x arrangements x replicates, and files.

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "fields.hpp"
#include "kinds.hpp"
#include "parent_finder.hpp"
#include "plan_parts.hpp"
#include "twinmill/base/random.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::campaign {
namespace {

constexpr double most_samples = 2e7;  // some 2 GB of plan
// What a relaxation costs beside a simulation: only the order of leases and the time left use it.
constexpr double relaxation_flop = 1800 * nominal_flops;

void check_elements(const Spec& spec, const Catalogue& catalogue, Problems& problems) {
  const auto& known = catalogue.elements;
  const auto check = [&](const std::string& where, const std::string& element) {
    if (element.empty() || std::ranges::find(known, element) != known.end()) return;
    const std::string near = nearest(element, known);
    problems.add(cat(where, " = \"", element, "\""),
                 cat("is no element", near.empty() ? "" : cat(". Did you mean ", near, "?")));
  };
  const auto check_all = [&](const std::string& where, const std::vector<std::string>& elements) {
    for (std::size_t i = 0; i < elements.size(); ++i) check(cat(where, "[", i, "]"), elements[i]);
  };
  check_all("specimen.metals", spec.specimen.metals);
  check_all("specimen.anions", spec.specimen.anions);
  check_all("specimen.dopants", spec.specimen.dopants);
  check_all("specimen.adatoms", spec.specimen.adatoms);
  for (std::size_t i = 0; i < spec.defects.size(); ++i)
    check_all(cat("defect[", i, "].elements"), spec.defects[i].elements);
  for (std::size_t i = 0; i < spec.impurities.size(); ++i)
    check(cat("impurity[", i, "].element"), spec.impurities[i].element);
}

/// Whether a list of patterns (empty: all) names a parent.
bool named(const std::vector<std::string>& patterns, const ParentEntry& parent) {
  return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
           return matches(pattern, parent.id) || pattern == parent.formula;
         });
}

void check_supercell(const Plan& plan, const std::vector<int>& parents, Problems& problems) {
  const auto& cells = plan.spec.specimen.supercell;
  for (const int index : parents) {
    const auto& parent = plan.catalogue.parents[static_cast<std::size_t>(index)];
    if (cells[1] % parent.unit_cells[1] == 0) continue;
    problems.add(cat("specimen.supercell[1] = ", cells[1]),
                 cat("must be even for ", parent.id, " (the orthogonal cell holds rows of the sheet in pairs). Write ",
                     cells[1] + 1, "?"));
    return;
  }
}

/// Builds the structures of parents, kind by kind.
class ParentStructures {
 public:
  ParentStructures(Plan& plan, const std::vector<KindPlan>& kinds) : plan_(plan), kinds_(kinds) {
    for (const auto& k : kinds) plan.kinds.push_back(k.kind);
  }

  void add_parent(int index) {
    const auto& parent = plan_.catalogue.parents[static_cast<std::size_t>(index)];
    for (std::size_t k = 0; k < kinds_.size(); ++k) {
      if (!named(kinds_[k].parents, parent)) continue;
      const auto is_own_dopant = [&](const DefectPart& p) { return p.kind == "dopant" && p.element == parent.metal; };
      if (std::ranges::any_of(kinds_[k].kind.parts, is_own_dopant))
        skipped_[parent.metal].push_back(parent.id);
      else
        add_kind(index, static_cast<int>(k));
    }
  }

  void tell_skipped() const {
    for (auto [dopant, parents] : skipped_) {
      std::ranges::sort(parents);
      parents.erase(std::unique(parents.begin(), parents.end()), parents.end());
      plan_.notes.push_back(cat("dopant ", dopant, " is skipped for ",
                                parents.size() > 8 ? cat(parents.size(), " parents") : list_text(parents),
                                " (it is the metal itself)"));
    }
  }

 private:
  void add_kind(int index, int kind) {
    const auto& parent = plan_.catalogue.parents[static_cast<std::size_t>(index)];
    const auto& planned = kinds_[static_cast<std::size_t>(kind)];
    for (int arrangement = 0; arrangement < planned.arrangements; ++arrangement) {
      Structure s = sheet(index);
      s.kind = kind;
      s.defect = planned.kind.defect;
      s.variant = planned.kind.variant;
      s.arrangement = arrangement;
      for (const auto& part : planned.kind.parts)
        if (adds_atoms(part.kind)) s.max_atoms += part.count;
      s.arrangement_key = arrangement_key(plan_.spec, parent, planned.kind, s);
      if (!planned.kind.parts.empty()) {
        draw_impurities(s);
        s.arrangement_key = arrangement_key(plan_.spec, parent, planned.kind, s);
        const auto& relaxation = plan_.spec.relaxation;
        if (relaxation.on() && named(relaxation.parents, parent)) s.relaxation = relaxed(s);
      }
      const Hash128 relaxation =
          s.relaxation < 0 ? Hash128{} : plan_.relaxations[static_cast<std::size_t>(s.relaxation)].key;
      for (s.replicate = 0; s.replicate < planned.replicates; ++s.replicate) {
        s.key = structure_key(s, relaxation);
        plan_.structures.push_back(s);
      }
    }
  }

  static bool adds_atoms(const std::string& kind) {
    return kind == "metal_interstitial" || kind == "anion_interstitial" || kind == "adatom";
  }

  Structure sheet(int index) const {
    const auto& parent = plan_.catalogue.parents[static_cast<std::size_t>(index)];
    Structure s;
    s.parent = index;
    s.parent_id = parent.id;
    s.supercell = {plan_.spec.specimen.supercell[0], plan_.spec.specimen.supercell[1]};
    std::array<double, 2> units{};
    for (std::size_t axis : {0U, 1U}) units[axis] = static_cast<double>(s.supercell[axis]) / parent.unit_cells[axis];
    s.lx_A = units[0] * parent.unit_A[0];
    s.ly_A = units[1] * parent.unit_A[1];
    s.max_atoms = static_cast<int>(std::ceil(units[0] * units[1] * parent.unit_atoms));
    return s;
  }

  void draw_impurities(Structure& s) const {
    RandomStream random(s.arrangement_key, "impurities");
    for (std::size_t i = 0; i < plan_.spec.impurities.size(); ++i) {
      const auto& impurity = plan_.spec.impurities[i];
      if (random.uniform() >= impurity.fraction) continue;
      s.impurities.push_back(static_cast<int>(i));
      if (impurity.place == "interstitial" || impurity.place == "adatom") s.max_atoms += impurity.count;
    }
  }

  int relaxed(const Structure& s) {
    Relaxation r;
    r.key = relaxation_key(plan_.spec.relaxation, s.arrangement_key);
    r.cost_flop = relaxation_flop;
    plan_.relaxations.push_back(r);
    return static_cast<int>(plan_.relaxations.size()) - 1;
  }

  Plan& plan_;
  const std::vector<KindPlan>& kinds_;
  std::map<std::string, std::vector<std::string>> skipped_;
};

void check_size(const Spec& spec, const std::vector<KindPlan>& kinds, std::size_t parents, Problems& problems) {
  double structures = static_cast<double>(spec.specimen.files.size());
  for (const auto& k : kinds)
    structures += static_cast<double>(parents) * static_cast<double>(k.arrangements) * k.replicates;
  const auto length = [](const auto& list) { return static_cast<double>(list.size()); };
  const double samples = structures * operation_count(spec) * length(spec.microscope.defocus_A) *
                         length(spec.dose.e_per_A2) * spec.dose.replicates;
  if (samples > most_samples)
    problems.add("this campaign",
                 cat("has ", rounded_text(samples, 3), " images (a plan holds at most ",
                     count_text(static_cast<std::int64_t>(most_samples)), "). Cut it into several campaigns?"));
}

void add_files(const Spec& spec, const Catalogue& catalogue, std::vector<Structure>& structures, Problems& problems) {
  std::map<Hash128, std::string> contents;
  for (std::size_t i = 0; i < spec.specimen.files.size(); ++i) {
    const auto& path = spec.specimen.files[i];
    const auto found = std::ranges::find(catalogue.files, path, &FileEntry::path);
    ensure(found != catalogue.files.end(), cat("the catalogue lacks the structure file ", path));
    const auto [first, is_new] = contents.emplace(found->content, path);
    if (!is_new)
      problems.add(cat("specimen.files[", i, "] = \"", path, "\""), cat("has the same content as ", first->second));
    Structure s;
    s.file = static_cast<int>(found - catalogue.files.begin());
    s.parent_id = path;
    s.defect = "file";
    s.lx_A = found->lx_A;
    s.ly_A = found->ly_A;
    s.max_atoms = found->atoms;
    s.key = structure_key(*found);
    structures.push_back(std::move(s));
  }
}

void check_room(const Spec& spec, const std::vector<Structure>& structures, Problems& problems,
                std::vector<std::string>& notes) {
  const auto has_copies = [&](const Structure& s) {
    return s.lx_A < spec.scan.field_A[0] || s.ly_A < spec.scan.field_A[1];
  };
  const Structure* smallest = nullptr;
  std::size_t repeating = 0;
  for (const auto& s : structures) {
    if (s.parent < 0 || s.defect == "pristine") continue;
    if (smallest == nullptr || s.lx_A < smallest->lx_A) smallest = &s;
    repeating += has_copies(s) ? 1 : 0;
  }
  if (smallest == nullptr) return;
  const std::string cell = cat(rounded_text(smallest->lx_A, 3), " x ", rounded_text(smallest->ly_A, 3), " A");
  const double room = std::min(smallest->lx_A, smallest->ly_A), disc = 2 * spec.specimen.label_radius_A;
  if (room < disc)
    problems.add(cat("specimen.supercell = [", smallest->supercell[0], ", ", smallest->supercell[1], "]"),
                 cat("leaves no room for a defect in ", smallest->parent_id, " (the cell of ", cell,
                     " is smaller than the defect's label of ", number_text(disc), " A). Take more unit cells?"));
  if (repeating > 0)
    notes.push_back(cat("the image is larger than the cell of ", count_text(static_cast<std::int64_t>(repeating)),
                        " structures (smallest cell ", cell, "): a defect is seen there more than once"));
}

/// Relaxations in the order of the structures that they belong to, numbered after the simulations and samples are
/// known.
void order_relaxations(Plan& plan) {
  std::vector<Relaxation> ordered;
  std::map<int, int> place;
  for (std::size_t i = 0; i < plan.structures.size(); ++i) {
    int& relaxation = plan.structures[i].relaxation;
    if (relaxation < 0) continue;
    const auto [found, is_new] = place.emplace(relaxation, static_cast<int>(ordered.size()));
    if (is_new) {
      ordered.push_back(plan.relaxations[static_cast<std::size_t>(relaxation)]);
      ordered.back().structure = static_cast<int>(i);
    }
    relaxation = found->second;
  }
  plan.relaxations = std::move(ordered);
}

}  // namespace

void arrange(Plan& plan, Problems& problems) {
  const Spec& spec = plan.spec;
  check_elements(spec, plan.catalogue, problems);
  const auto parents = ParentFinder(spec.specimen, plan.catalogue, problems, plan.notes).find_all();
  const auto kinds = kinds_of(spec);
  check_size(spec, kinds, parents.size(), problems);
  problems.throw_if_any();
  check_supercell(plan, parents, problems);
  problems.throw_if_any();
  ParentStructures of_parents(plan, kinds);
  for (const int index : parents) of_parents.add_parent(index);
  of_parents.tell_skipped();
  add_files(spec, plan.catalogue, plan.structures, problems);
  if (plan.structures.empty() && !problems.any())
    problems.add("this campaign",
                 "has no structure (every kind of defect is left out for every parent; see the "
                 "dopants and the parents of [[defect]])");
  check_room(spec, plan.structures, problems, plan.notes);

  // Files come last and in the order of their content: their paths may change without changing the plan.
  const auto order = [&](const Structure& s) {
    const bool is_file = s.file >= 0;
    return std::tuple(is_file,
                      is_file ? s.key.hex() : origin(plan.catalogue.parents[static_cast<std::size_t>(s.parent)]),
                      s.defect, s.variant, s.arrangement, s.replicate, s.key.hex());
  };
  std::ranges::sort(plan.structures, [&](const Structure& a, const Structure& b) { return order(a) < order(b); });
  order_relaxations(plan);
}

}  // namespace twinmill::campaign
