// Parents x defects (x dopants) x replicates, and files.

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <optional>
#include <tuple>

#include "plan_parts.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::campaign {
namespace {

/// Finds the parents that a campaign names.
class ParentFinder {
 public:
  ParentFinder(const Catalogue& catalogue, Problems& problems, std::vector<std::string>& notes)
      : catalogue_(catalogue), problems_(problems), notes_(notes) {}

  /// Indices into the catalogue, without repeats.
  std::vector<int> find_all(const std::vector<std::string>& names) {
    std::map<int, std::size_t> found;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string where = cat("specimen.parents[", i, "] = \"", names[i], "\"");
      const auto index = find(names[i], where);
      if (!index) continue;
      const auto [first, is_new] = found.emplace(*index, i);
      if (!is_new)
        problems_.add(where,
                      cat("is ", entry(*index).id, ", which specimen.parents[", first->second, "] names already"));
    }
    std::vector<int> indices;
    for (const auto& [index, place] : found) indices.push_back(index);
    return indices;
  }

 private:
  const ParentEntry& entry(int index) const { return catalogue_.parents[static_cast<std::size_t>(index)]; }

  std::optional<int> find(const std::string& name, const std::string& where) {
    std::vector<int> phases;
    for (int i = 0; i < static_cast<int>(catalogue_.parents.size()); ++i) {
      if (entry(i).id == name) return i;
      if (entry(i).formula == name) phases.push_back(i);
    }
    if (!phases.empty()) return stablest(name, phases, where);
    std::vector<std::string> known;
    for (const auto& p : catalogue_.parents) known.push_back(p.id);
    for (const auto& p : catalogue_.parents) known.push_back(p.formula);
    const std::string near = nearest(name, known);
    problems_.add(where, cat("is no parent in the table", near.empty() ? "" : cat(". Did you mean ", near, "?")));
    return std::nullopt;
  }

  std::optional<int> stablest(const std::string& formula, const std::vector<int>& phases, const std::string& where) {
    std::optional<int> best;
    for (const int i : phases) {
      const bool known = std::isfinite(entry(i).formation_energy);
      if (known && (!best || entry(i).formation_energy < entry(*best).formation_energy)) best = i;
    }
    if (phases.size() == 1) best = phases[0];
    if (!best) {
      std::vector<std::string> ids, names;
      for (const int i : phases) ids.push_back(entry(i).id);
      for (const int i : phases) names.push_back(entry(i).phase);
      problems_.add(where, cat("has the phases ", list_text(names),
                               ", and the table knows no formation energy that would choose one. Write one of ",
                               list_text(ids), "?"));
    } else if (phases.size() > 1) {
      notes_.push_back(cat(formula, " is taken as ", entry(*best).id, " (its phase of lowest formation energy)"));
    }
    return best;
  }

  const Catalogue& catalogue_;
  Problems& problems_;
  std::vector<std::string>& notes_;
};

void check_dopants(const Spec& spec, const Catalogue& catalogue, Problems& problems) {
  const auto& known = catalogue.elements;
  for (std::size_t i = 0; i < spec.specimen.dopants.size(); ++i) {
    const auto& dopant = spec.specimen.dopants[i];
    if (std::ranges::find(known, dopant) != known.end()) continue;
    const std::string near = nearest(dopant, known);
    problems.add(cat("specimen.dopants[", i, "] = \"", dopant, "\""),
                 cat("is no element", near.empty() ? "" : cat(". Did you mean ", near, "?")));
  }
}

/// Builds the structures of parents, kind by kind.
class ParentStructures {
 public:
  ParentStructures(const Spec& spec, const Catalogue& catalogue) : spec_(spec), catalogue_(catalogue) {}

  void add_parent(int index) {
    for (const auto& kind : spec_.specimen.defects) {
      if (kind != "dopant") {
        add_replicates(index, kind, "", kind == "pristine" ? 1 : spec_.specimen.replicates);
        continue;
      }
      for (const auto& dopant : spec_.specimen.dopants) {
        const auto& parent = catalogue_.parents[static_cast<std::size_t>(index)];
        if (dopant == parent.metal)
          skipped_[dopant].push_back(parent.id);
        else
          add_replicates(index, kind, dopant, spec_.specimen.replicates);
      }
    }
  }

  std::vector<Structure> structures;

  void tell_skipped(std::vector<std::string>& notes) const {
    for (auto [dopant, parents] : skipped_) {
      std::ranges::sort(parents);
      notes.push_back(cat("dopant ", dopant, " is skipped for ", list_text(parents), " (it is the metal itself)"));
    }
  }

 private:
  void add_replicates(int index, const std::string& kind, const std::string& dopant, int count) {
    const auto& parent = catalogue_.parents[static_cast<std::size_t>(index)];
    const int nx = spec_.specimen.supercell[0], ny = spec_.specimen.supercell[1];
    for (int replicate = 0; replicate < count; ++replicate) {
      Structure s;
      s.parent = index;
      s.parent_id = parent.id;
      s.defect = kind;
      s.dopant = dopant;
      s.replicate = replicate;
      s.supercell = {nx, ny};
      s.lx_A = nx * parent.a_A;
      s.ly_A = ny * parent.a_A * std::numbers::sqrt3 / 2;
      s.max_atoms = 3 * nx * ny;
      s.key = structure_key(spec_, parent, s);
      structures.push_back(std::move(s));
    }
  }

  const Spec& spec_;
  const Catalogue& catalogue_;
  std::map<std::string, std::vector<std::string>> skipped_;
};

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

}  // namespace

double structure_count(const SpecimenSection& s) {
  double kinds = 0;
  for (const auto& kind : s.defects) {
    const double each = kind == "dopant" ? static_cast<double>(s.dopants.size()) : 1;
    kinds += kind == "pristine" ? 1 : each * s.replicates;
  }
  return kinds * static_cast<double>(s.parents.size()) + static_cast<double>(s.files.size());
}

std::vector<Structure> arrange(const Spec& spec, const Catalogue& catalogue, Problems& problems,
                               std::vector<std::string>& notes) {
  ParentStructures of_parents(spec, catalogue);
  const auto parents = ParentFinder(catalogue, problems, notes).find_all(spec.specimen.parents);
  if (std::ranges::find(spec.specimen.defects, "dopant") != spec.specimen.defects.end())
    check_dopants(spec, catalogue, problems);
  for (const int index : parents) of_parents.add_parent(index);
  of_parents.tell_skipped(notes);

  auto structures = std::move(of_parents.structures);
  add_files(spec, catalogue, structures, problems);
  if (structures.empty() && !problems.any())
    problems.add("specimen.dopants", "leave no structure (each is the metal of all parents). Take another element?");
  check_room(spec, structures, problems, notes);

  // Files come last and in the order of their content: their paths may change without changing the plan.
  const auto order = [](const Structure& s) {
    const bool is_file = s.file >= 0;
    return std::tuple(is_file, is_file ? s.key.hex() : s.parent_id, s.defect, s.dopant, s.replicate);
  };
  std::ranges::sort(structures, [&](const Structure& a, const Structure& b) { return order(a) < order(b); });
  return structures;
}

}  // namespace twinmill::campaign
