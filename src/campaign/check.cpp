// What a spec must satisfy by itself, without the table of parents or any other file.

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "aberrations.hpp"
#include "field_checker.hpp"
#include "fields.hpp"
#include "mistakes.hpp"
#include "study.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::campaign {
namespace {

void check_specimen(const SpecimenSection& s, Mistakes& mistakes) {
  if (s.parents.empty() && s.files.empty())
    mistakes.add("specimen.parents", "",
                 "must name at least one parent or file (nothing to image). Write parents = [\"MoS2-H\"]?");
}

/// Whether a cluster of this shape can have so many vacancies.
bool fits_some_count(const std::string& cluster, const std::vector<int>& counts) {
  return std::ranges::any_of(counts, [&](int n) { return cluster_fits(cluster, n); });
}

void check_defects(const Spec& spec, Mistakes& mistakes) {
  const auto needs_elements = [&](const std::string& at, const std::vector<std::string>& classes,
                                  const std::vector<std::string>& own) {
    if (std::ranges::find(classes, "dopant") != classes.end() && own.empty() && spec.specimen.dopants.empty())
      mistakes.add(at, "[]", "must name at least one element (there is a dopant)");
  };
  needs_elements("specimen.dopants", spec.specimen.defects, {});
  for (std::size_t i = 0; i < spec.defects.size(); ++i) {
    const auto& d = spec.defects[i];
    const std::string at = cat("defect[", i, "]");
    needs_elements(at + ".elements", d.classes, d.elements);
    const auto has = [&](std::string_view name) { return std::ranges::find(d.classes, name) != d.classes.end(); };
    if (!d.elements.empty() && !has("dopant") && !has("adatom"))
      mistakes.add(at + ".elements", toml_text(d.elements), "belongs to dopant and adatom (neither is in classes)");
    for (std::size_t k = 0; k < d.cluster.size(); ++k) {
      const std::string where = cat(at, ".cluster[", k, "]");
      if (d.cluster[k] != "random" && !has("anion_vacancy"))
        mistakes.add(where, toml_text(d.cluster[k]), "is a shape of anion vacancies (not in classes)");
      else if (!fits_some_count(d.cluster[k], d.count))
        mistakes.add(where, toml_text(d.cluster[k]),
                     cat("has no shape of ", toml_text(d.count),
                         " vacancies (column, pair: 2; line: 2 to 4; bent and "
                         "triangles: 3)"));
    }
  }
}

void check_relaxation(const RelaxationSection& r, Mistakes& mistakes) {
  if (r.engine == "vasp" && r.vasp_command.empty())
    mistakes.add("relaxation.vasp_command", "[]", "is needed by engine vasp. Write [\"srun\", \"vasp_std\"]?");
  if (r.engine == "vasp" && trim(r.vasp_potentials).empty())
    mistakes.add("relaxation.vasp_potentials", "\"\"", "is needed by engine vasp (a folder with ELEMENT/POTCAR)");
  if (r.engine == "command") {
    for (const std::string_view part : {"{input}", "{output}"})
      if (std::ranges::none_of(r.command, [&](const std::string& a) { return a.find(part) != std::string::npos; }))
        mistakes.add("relaxation.command", toml_text(r.command),
                     cat("must name ", part, ", the file that the program ", part == "{input}" ? "reads" : "writes"));
  }
}

void check_geometry(const GeometrySection& g, Mistakes& mistakes) {
  if (g.damage_atoms.size() == 2 && g.damage_atoms[0] > g.damage_atoms[1])
    mistakes.add("geometry.damage_atoms", toml_text(g.damage_atoms), "must be a range, the smaller number first");
  if (g.choice == "draw" && g.boundary_gaps_A.size() > 2)
    mistakes.add("geometry.boundary_gaps_A", toml_text(g.boundary_gaps_A),
                 "must be one gap or the two ends of a range (geometry.choice is draw)");
  if (g.choice != "draw" && g.draws != 1)
    mistakes.add("geometry.draws", toml_text(g.draws), "belongs to geometry.choice = \"draw\"");
}

void check_detectors(const std::vector<DetectorEntry>& detectors, Mistakes& mistakes) {
  if (detectors.empty()) mistakes.add("detector", "", "must be given at least once (no image without a detector)");
  std::map<std::string, std::size_t> names;
  for (std::size_t i = 0; i < detectors.size(); ++i) {
    const auto& d = detectors[i];
    const std::string at = cat("detector[", i, "]");
    if (d.outer_mrad > 0 && d.inner_mrad >= d.outer_mrad)
      mistakes.add(at + ".inner_mrad", toml_text(d.inner_mrad),
                   cat("must be below outer_mrad = ", toml_text(d.outer_mrad)));
    if (!(d.to_deg > d.from_deg && d.to_deg <= d.from_deg + 360))
      mistakes.add(at + ".to_deg", toml_text(d.to_deg),
                   cat("must be above from_deg = ", toml_text(d.from_deg), ", at most 360 further"));
    if (d.name.empty()) continue;
    const auto [first, is_new] = names.emplace(d.name, i);
    if (!is_new)
      mistakes.add(at + ".name", toml_text(d.name),
                   cat("is the name of another detector (detector[", first->second, "])"));
  }
}

/// A number of a stage and its neutral value.
struct StageNumber {
  std::string_view stage, key;
  double value = 0, neutral = 0;
};

void check_acquisition(const Spec& spec, Mistakes& mistakes) {
  const auto& a = spec.acquisition;
  const auto unknown = [](const std::string& stage) {
    return std::ranges::find(stage_names, stage) == stage_names.end();
  };
  if (a.drift_A.size() != 2 || spec.scan.field_A.size() != 2 || std::ranges::any_of(a.stages, unknown)) return;
  const AcquisitionSection neutral;
  const std::vector<StageNumber> numbers = {
      {"drift", "drift_A[0]", a.drift_A[0]},
      {"drift", "drift_A[1]", a.drift_A[1]},
      {"jitter", "jitter_A", a.jitter_A},
      {"contamination", "contamination", a.contamination},
      {"contamination", "contamination_length_A", a.contamination_length_A, neutral.contamination_length_A},
      {"gain", "gain_spread", a.gain_spread},
      {"gain", "gain_error", a.gain_error},
      {"dark", "dark_electrons", a.dark_electrons}};
  for (const auto& n : numbers)
    if (!a.has(n.stage) && n.value != n.neutral)
      mistakes.add(cat("acquisition.", n.key), toml_text(n.value),
                   cat("is given, but stage ", n.stage, " is off. Add it to acquisition.stages?"));
  const auto needs = [&](std::string_view stage, std::string_view key, bool given, std::string_view why) {
    if (a.has(stage) && !given)
      mistakes.add(cat("acquisition.", key), "", cat(why, " (stage ", stage, " is on and would do nothing)"));
  };
  needs("drift", "drift_A", a.drift_A[0] != 0 || a.drift_A[1] != 0, "must not be [0, 0]");
  needs("jitter", "jitter_A", a.jitter_A != 0, "must be above 0 A");
  needs("contamination", "contamination", a.contamination != 0, "must be above 0");
  needs("gain", "gain_spread", a.gain_spread != 0 || a.gain_error != 0, "or gain_error must be above 0");
  needs("dark", "dark_electrons", a.dark_electrons != 0, "must be above 0 e");
  for (std::size_t axis = 0; axis < 2; ++axis)
    if (a.has("drift") && std::abs(a.drift_A[axis]) > spec.scan.field_A[axis] / 2)
      mistakes.add(cat("acquisition.drift_A[", axis, "]"), toml_text(a.drift_A[axis]),
                   cat("must be at most half of scan.field_A (", toml_text(spec.scan.field_A[axis] / 2), " A)"));
}

void check_split(const SplitSection& s, Mistakes& mistakes) {
  constexpr double rounding = 1e-9;  // 0.7 + 0.3 must count as 1
  if (!(s.train > 0 && s.train < 1 && s.validation >= 0 && s.validation <= 1)) return;
  if (s.train + s.validation > 1 - rounding)
    mistakes.add("split.validation", toml_text(s.validation),
                 cat("leaves nothing for the test split (train = ", toml_text(s.train),
                     "; train and validation must add up to less than 1)"));
}

void check_training(const Spec& spec, Mistakes& mistakes) {
  const int crop = spec.training.crop_pixels;
  if (spec.scan.pixels.size() != 2 || crop <= 0) return;
  const int side = std::min(spec.scan.pixels[0], spec.scan.pixels[1]);
  if (crop > side)
    mistakes.add("training.crop_pixels", toml_text(crop), cat("must not exceed the image (", side, " pixels)"));
}

// The words of twinmill/device/device.hpp.
void check_device(const RunSection& run, Mistakes& mistakes) {
  const std::string& d = run.device;
  const bool numbered = d.starts_with("cuda:") && d.size() > 5 && d.size() <= 8 &&
                        d.find_first_not_of("0123456789", 5) == std::string::npos;
  const std::vector<std::string> words = {"auto", "cpu", "cuda", "torch-cpu"};
  if (numbered || std::ranges::find(words, d) != words.end()) {
    if (run.ranks_per_task > 1 && d != "auto" && d != "cpu")
      mistakes.add("run.device", toml_text(d), "makes images on one rank each (run.ranks_per_task must be 1)");
    return;
  }
  const auto near = nearest(d, words);
  mistakes.add(
      "run.device", toml_text(d),
      cat("must be auto, cpu, cuda, cuda:N or torch-cpu", near.empty() ? "" : cat(". Did you mean ", near, "?")));
}

}  // namespace

void check(const Spec& spec, Mistakes& mistakes) {
  Checker checker(mistakes);
  visit_sections(spec, checker);
  check_specimen(spec.specimen, mistakes);
  check_defects(spec, mistakes);
  check_relaxation(spec.relaxation, mistakes);
  check_device(spec.run, mistakes);
  check_geometry(spec.geometry, mistakes);
  check_detectors(spec.detectors, mistakes);
  check_acquisition(spec, mistakes);
  check_split(spec.split, mistakes);
  check_training(spec, mistakes);
  check_study(spec, mistakes);
}

}  // namespace twinmill::campaign
