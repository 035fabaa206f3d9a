#include "study_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "twinmill/base/text.hpp"

namespace twinmill::app {
using nlohmann::json;
namespace {

// Shorter words first, so that numbers rise.
struct ByLength {
  bool operator()(const std::string& a, const std::string& b) const {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
};
using Counts = std::map<std::string, std::int64_t, ByLength>;

// Trainings at each value of each axis.
struct Axes {
  Counts model, classes, condition, split, seed;
  std::int64_t fewest = 0, most = 0;  ///< Training samples.
  double seconds = 0;
};

Axes count_axes(const campaign::Plan& plan) {
  Axes axes;
  for (const auto& t : plan.trainings) {
    ++axes.model[fmt::format("{} (width {})", t.model, t.settings.width)];
    ++axes.classes[std::to_string(t.classes.size() + 1)];
    ++axes.condition[t.condition];
    ++axes.split[std::to_string(t.draw)];
    ++axes.seed[std::to_string(t.settings.seed)];
    axes.seconds += t.cost_s;
  }
  const auto [low, high] = std::ranges::minmax_element(plan.trainings, {}, &campaign::Training::train_samples);
  axes.fewest = low->train_samples;
  axes.most = high->train_samples;
  return axes;
}

std::string axis_text(const Counts& counts) {
  std::string text;
  for (const auto& [value, n] : counts) text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", value, count_text(n));
  return text;
}

}  // namespace

std::string study_text(const campaign::Plan& plan) {
  const Axes axes = count_axes(plan);
  const bool one = plan.spec.study.ranks == "one";
  std::string text = fmt::format("  study        {} trainings, {}; {} to {} training samples each\n",
                                 count_text(static_cast<std::int64_t>(plan.trainings.size())),
                                 one ? "one rank each, side by side" : "one after the other on all ranks",
                                 count_text(axes.fewest), count_text(axes.most));
  const std::vector<std::pair<const char*, const Counts*>> lines = {{"networks", &axes.model},
                                                                    {"classes", &axes.classes},
                                                                    {"trained on", &axes.condition},
                                                                    {"splits", &axes.split},
                                                                    {"seeds", &axes.seed}};
  for (const auto& [name, counts] : lines) text += fmt::format("    {:<11}{}\n", name, axis_text(*counts));
  const auto conditions = campaign::condition_names(plan.spec);
  text += fmt::format("    {:<11}{}\n", "tested on", list_text(conditions));
  return text;
}

json study_json(const campaign::Plan& plan) {
  if (!plan.spec.study.on()) return nullptr;
  const Axes axes = count_axes(plan);
  json trainings = json::array();
  for (const auto& t : plan.trainings)
    trainings.push_back({{"name", t.name},
                         {"key", t.key.hex()},
                         {"classes", t.classes},
                         {"condition", t.condition},
                         {"split", t.draw},
                         {"seed", t.settings.seed},
                         {"train_samples", t.train_samples},
                         {"validation_samples", t.validation_samples},
                         {"test_samples", t.test_samples}});
  return {{"trainings", trainings}, {"core_seconds", axes.seconds}, {"ranks", plan.spec.study.ranks}};
}

std::string training_text(const campaign::Plan& plan, const std::string& key, const std::string& result) {
  std::string text;
  const auto of_key = [&](const campaign::Training& t) { return t.key.hex() == key; };
  if (const auto t = std::ranges::find_if(plan.trainings, of_key); t != plan.trainings.end())
    text += fmt::format(
        "  {}: {}, width {}, {} epochs, trained on {} in split {} with seed {}: {} training, {} validation and {} test "
        "samples of {}\n",
        t->name, t->settings.network, t->settings.width, t->settings.epochs, t->condition, t->draw, t->settings.seed,
        count_text(t->train_samples), count_text(t->validation_samples), count_text(t->test_samples),
        list_text(t->classes));
  if (result.empty()) return text;
  const json parsed = json::parse(result);
  for (const auto& evaluation : parsed.at("evaluations")) {
    const auto f1 = evaluation.find("macro_f1");
    text += fmt::format("  tested on {}: {} images, F1 {}\n", evaluation.at("condition").get<std::string>(),
                        evaluation.at("images").get<std::int64_t>(),
                        f1 != evaluation.end() && f1->is_number() ? rounded_text(f1->get<double>(), 3) : "unknown");
  }
  return text;
}

}  // namespace twinmill::app
