// The axes of a study to trainings, and the samples that each of them sees.

#include "study.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "fields.hpp"
#include "parent_finder.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::campaign {
namespace {

using Classes = std::vector<std::string>;

/// Of the classes in class_names, for names of folders.
constexpr std::array<std::string_view, 9> class_codes = {"av", "mv", "ma", "am", "do", "mi", "ai", "ad", "as"};

std::string subset_text(const Classes& classes) {
  if (classes.size() == class_names.size()) return "all";
  std::string text;
  for (std::size_t i = 0; i < class_names.size(); ++i)
    if (std::ranges::find(classes, class_names[i]) != classes.end())
      text += cat(text.empty() ? "" : ".", class_codes.at(i));
  return text;
}

struct SettingsText {
  std::string text;
  template <class T>
  void operator()(const T& value, const Field& field) {
    if (field.key == "bucket_mb" || field.key == "checkpoint_every") return;
    text += cat(field.key, " = ", toml_text(value), "\n");
  }
  void operator()(const std::string& value, const Field& field) {
    // A path may change, and is made absolute in the copy that a run directory keeps.
    const bool path = field.key == "pretrained";
    text += cat(field.key, " = ", toml_text(path ? std::filesystem::path(value).filename().string() : value), "\n");
  }
};

template <class T, class U>
bool inside(const std::vector<T>& range, U value) {
  return range.size() != 2 || (range[0] <= value && value <= range[1]);
}

bool agrees(const std::string& wanted, bool is) { return wanted == "any" || (wanted == "yes") == is; }

/// The classes of defects that a structure shows; a file shows none that is known.
Classes classes_of(const Plan& plan, int kind) {
  Classes classes;
  if (kind >= 0)
    for (const auto& part : plan.kinds[static_cast<std::size_t>(kind)].parts) classes.push_back(part.kind);
  return classes;
}

/// The samples of one kind of structure in one condition and draw of the split.
struct Pool {
  Hasher seen, tested;  ///< Keys of what trains and validates, and of what tests.
  std::array<std::int64_t, static_cast<std::size_t>(Split::count_)> count{};
};

/// All samples, sorted by condition, draw and kind, so that a training need not look at each of them.
class Pools {
 public:
  explicit Pools(const Plan& plan) : plan_(plan) {
    for (const auto& condition : condition_names(plan.spec)) {
      const auto in = samples_in(plan, condition);
      auto& draws = pools_[condition];
      draws.resize(static_cast<std::size_t>(plan.draws()));
      for (int draw = 1; draw <= plan.draws(); ++draw)
        for (const auto& sample : plan.samples)
          if (in[sample.id.index()]) add(draws[static_cast<std::size_t>(draw - 1)], sample, draw);
    }
  }

  /// Calls use(kind, pool) for each kind that shows no other classes than these.
  template <class Use>
  void each(const std::string& condition, int draw, const Classes& classes, const Use& use) const {
    for (const auto& [kind, pool] : pools_.at(condition)[static_cast<std::size_t>(draw - 1)]) {
      const auto known = [&](const std::string& c) { return std::ranges::find(classes, c) != classes.end(); };
      if (std::ranges::all_of(classes_of(plan_, kind), known)) use(kind, pool);
    }
  }
  bool empty(const std::string& condition) const { return pools_.at(condition).front().empty(); }

 private:
  using ByKind = std::map<int, Pool>;

  void add(ByKind& pools, const Sample& sample, int draw) {
    const int structure = plan_.simulation(sample.simulation).structure;
    const Split split = plan_.split_of(structure, draw);
    Pool& pool = pools[plan_.structures[static_cast<std::size_t>(structure)].kind];
    ++pool.count[static_cast<std::size_t>(split)];
    (split == Split::test ? pool.tested : pool.seen).add(sample.key).add(name(split));
  }

  const Plan& plan_;
  std::map<std::string, std::vector<ByKind>> pools_;
};

/// All subsets of `size` classes, those first whose hash with the campaign's seed is lowest; at most `most`.
std::vector<Classes> subsets_of(const Spec& spec, const Classes& all, std::size_t size, int most) {
  std::map<Hash128, Classes> ranked;
  std::vector<bool> chosen(all.size(), false);
  std::fill_n(chosen.begin(), size, true);
  do {
    Classes subset;
    Hasher hash;
    hash.add("subset").add(spec.campaign.seed);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!chosen[i]) continue;
      subset.push_back(all[i]);
      hash.add(all[i]);
    }
    ranked.emplace(hash.digest(), std::move(subset));
  } while (std::prev_permutation(chosen.begin(), chosen.end()));
  std::vector<Classes> subsets;
  for (auto& [rank, subset] : ranked)
    if (std::cmp_less(subsets.size(), most)) subsets.push_back(std::move(subset));
  return subsets;
}

TrainingSection settings_of(const Spec& spec, const std::string& name) {
  TrainingSection t = spec.training;
  if (std::ranges::find(network_names, name) != network_names.end()) t.network = name;
  const auto model = std::ranges::find(spec.models, name, &ModelEntry::name);
  if (model == spec.models.end()) return t;
  if (!model->network.empty()) t.network = model->network;
  if (model->width > 0) t.width = model->width;
  if (model->epochs > 0) t.epochs = model->epochs;
  if (model->batch_size > 0) t.batch_size = model->batch_size;
  if (model->learning_rate > 0) t.learning_rate = model->learning_rate;
  if (model->conditioned != "as_training") t.conditioned = model->conditioned == "yes";
  return t;
}

/// Passes over the training samples in which a training takes so many steps.
int epochs_for(std::int64_t steps, const Training& training) {
  const std::int64_t batch = training.settings.batch_size;
  const std::int64_t steps_per_epoch = std::max<std::int64_t>(1, (training.train_samples + batch - 1) / batch);
  return static_cast<int>((steps + steps_per_epoch - 1) / steps_per_epoch);
}

class Study {
 public:
  Study(Plan& plan, Problems& problems) : plan_(plan), spec_(plan.spec), problems_(problems), pools_(plan) {}

  void fill() {
    check_conditions();
    const Classes all = classes();
    if (problems_.any()) return;
    const auto& s = spec_.study;
    const auto networks = s.networks.empty() ? std::vector<std::string>{spec_.training.network} : s.networks;
    std::vector<std::uint64_t> seeds(s.seeds.begin(), s.seeds.end());
    if (seeds.empty()) seeds.push_back(spec_.training.seed);
    for (const auto& network : networks)
      for (const int n : s.classes)
        for (const auto& subset : subsets_of(spec_, all, static_cast<std::size_t>(n) - 1, s.subsets))
          for (const auto& condition : s.train_conditions)
            for (int draw = 1; draw <= plan_.draws(); ++draw)
              for (const auto seed : seeds) {
                Training t;
                t.model = network;
                t.settings = settings_of(spec_, network);
                t.settings.seed = seed;
                t.classes = subset;
                t.condition = condition;
                t.draw = draw;
                add(std::move(t));
              }
    number();
  }

 private:
  void check_conditions() {
    for (std::size_t i = 0; i < spec_.conditions.size(); ++i)
      if (pools_.empty(spec_.conditions[i].name))
        problems_.add(cat("condition[", i, "] \"", spec_.conditions[i].name, "\""),
                      "is met by no image of this campaign. See twinmill plan?");
  }

  /// The classes that subsets are made of, in the order of class_names.
  Classes classes() {
    std::set<std::string> shown;
    for (const auto& structure : plan_.structures)
      for (auto& c : classes_of(plan_, structure.kind)) shown.insert(std::move(c));
    const auto& wanted = spec_.study.defects;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (!shown.contains(wanted[i]))
        problems_.add(cat("study.defects[", i, "] = \"", wanted[i], "\""), "is in no structure of this campaign");
    Classes all;
    for (const auto& c : class_names)
      if (wanted.empty() ? shown.contains(c) : std::ranges::find(wanted, c) != wanted.end()) all.push_back(c);
    for (std::size_t i = 0; i < spec_.study.classes.size(); ++i)
      if (std::cmp_greater(spec_.study.classes[i], all.size() + 1))
        problems_.add(cat("study.classes[", i, "] = ", spec_.study.classes[i]),
                      cat("is more than the campaign shows (the lattice and ", all.size(), ": ", list_text(all), ")"));
    return all;
  }

  void add(Training t) {
    t.name = cat(t.model, "-n", t.classes.size() + 1, "-", subset_text(t.classes),
                 t.condition == "all" ? "" : cat("-", t.condition), "-s", t.draw, "-r", t.settings.seed);
    count(t);
    t.settings.epochs = std::max(t.settings.epochs, epochs_for(spec_.study.min_steps, t));
    t.cost_s = training_seconds(spec_, t);
    set_keys(t);
    if (!names_.insert(t.name).second)
      problems_.add(cat("model \"", t.name, "\""),
                    "is the name of two trainings. Rename a [[model]] or a [[condition]]?");
    plan_.trainings.push_back(std::move(t));
  }

  /// Fills the numbers of samples; refuses classes that training does not show.
  void count(Training& t) {
    std::set<std::string> shown;
    pools_.each(t.condition, t.draw, t.classes, [&](int kind, const Pool& pool) {
      t.train_samples += pool.count[static_cast<std::size_t>(Split::train)];
      t.validation_samples += pool.count[static_cast<std::size_t>(Split::validation)];
      t.test_samples += pool.count[static_cast<std::size_t>(Split::test)];
      if (pool.count[static_cast<std::size_t>(Split::train)] == 0) return;
      for (auto& c : classes_of(plan_, kind)) shown.insert(std::move(c));
    });
    const std::string where = cat("condition \"", t.condition, "\", split ", t.draw);
    for (const auto& c : t.classes)
      if (!shown.contains(c) && told_.emplace(where, c).second)
        problems_.add(cat("study (", where, ")"),
                      cat("has no training sample that shows ", c, " without a class outside of its subset (such as ",
                          subset_text(t.classes),
                          "). Leave it out in study.defects, or "
                          "take more parents?"));
  }

  void set_keys(Training& t) const {
    Hasher model;
    TrainingSection settings = t.settings;
    settings.pretrained.clear();  // The content of the file counts, not its place.
    model.add("training").add(t.name).add(decisive_text(settings)).add(spec_.study.ranks);
    for (const auto& weights : plan_.catalogue.weights)
      if (weights.path == t.settings.pretrained) model.add(weights.content);
    for (const auto& c : t.classes) model.add(c);
    for (const auto& detector : spec_.detectors) model.add(detector.name);
    pools_.each(t.condition, t.draw, t.classes, [&](int, const Pool& pool) { model.add(pool.seen.digest()); });
    t.model_key = model.digest();
    Hasher task;
    task.add("task").add(t.model_key);
    for (const auto& condition : condition_names(spec_)) {
      task.add(condition);
      pools_.each(condition, t.draw, t.classes, [&](int, const Pool& pool) { task.add(pool.tested.digest()); });
    }
    t.key = task.digest();
  }

  void number() {
    const std::size_t units = plan_.simulations.size() + plan_.relaxations.size();
    const std::size_t tasks = plan_.samples.size() + plan_.relaxations.size();
    Hasher hash;
    for (std::size_t i = 0; i < plan_.trainings.size(); ++i) {
      auto& t = plan_.trainings[i];
      t.id = SimulationId(static_cast<std::int64_t>(units + i));
      t.task = SampleId(static_cast<std::int64_t>(tasks + i));
      hash.add(t.key);
    }
    plan_.study_key = hash.digest();
  }

  Plan& plan_;
  const Spec& spec_;
  Problems& problems_;
  Pools pools_;
  std::set<std::string> names_;
  std::set<std::pair<std::string, std::string>> told_;
};

}  // namespace

std::string decisive_text(const TrainingSection& settings) {
  SettingsText text;
  visit_fields(settings, text);
  return text.text;
}

std::vector<std::string> condition_names(const Spec& spec) {
  std::vector<std::string> names = {"all"};
  for (const auto& c : spec.conditions) names.push_back(c.name);
  return names;
}

std::vector<bool> samples_in(const Plan& plan, const std::string& condition) {
  std::vector<bool> in(plan.samples.size(), true);
  const auto found = std::ranges::find(plan.spec.conditions, condition, &ConditionEntry::name);
  if (found == plan.spec.conditions.end()) return in;
  const ConditionEntry& c = *found;
  for (const auto& sample : plan.samples) {
    const auto& simulation = plan.simulation(sample.simulation);
    const auto& structure = plan.structure_of(simulation);
    const auto& exposure = plan.exposure(sample.exposure);
    const auto of_parent = [&](const std::string& pattern) {
      return matches(pattern, structure.parent_id) ||
             (structure.parent >= 0 &&
              plan.catalogue.parents[static_cast<std::size_t>(structure.parent)].formula == pattern);
    };
    in[sample.id.index()] = (c.parents.empty() || std::ranges::any_of(c.parents, of_parent)) &&
                            inside(c.dose_e_per_A2, sample.dose) && inside(c.defocus_A, exposure.defocus_A) &&
                            inside(c.rotation_deg, exposure.rotation_deg) &&
                            agrees(c.boundary, simulation.operation.boundary) &&
                            inside(c.damage_atoms, simulation.operation.damage_atoms) &&
                            agrees(c.impurities, !structure.impurities.empty());
  }
  return in;
}

void add_trainings(Plan& plan, Problems& problems) {
  if (plan.spec.study.on()) Study(plan, problems).fill();
}

// G-UNet of width 64 takes 0.8 s for the forward and backward pass of 128 x 128 pixels on one core
// (docs/architecture.md, baselines); narrow networks lose some of what they save to memory traffic, hence not the
// square.
double training_seconds(const Spec& spec, const Training& training) {
  constexpr double image_s = 0.8, image_pixels = 128.0 * 128.0, full_width = 64, width_power = 1.6;
  const auto& t = training.settings;
  const double whole = static_cast<double>(spec.scan.pixels[0]) * spec.scan.pixels[1];
  const double pixels = t.crop_pixels > 0 ? static_cast<double>(t.crop_pixels) * t.crop_pixels
                                          : whole * (t.crop_area > 0 ? t.crop_area : 1);
  const double width = std::pow(t.width / full_width, width_power);
  constexpr double forward_part = 1.0 / 3;  // of a forward and a backward pass
  const double seen = static_cast<double>(training.train_samples) * pixels +
                      forward_part * static_cast<double>(training.validation_samples) * whole;
  return image_s * width * t.epochs * seen / image_pixels;
}

}  // namespace twinmill::campaign
