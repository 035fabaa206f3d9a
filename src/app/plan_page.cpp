#include "plan_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "study_text.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::app {
namespace {

constexpr std::size_t columns = 100, indent = 15;
constexpr char joint = '\x1f';  // A space at which no line is broken.

std::string operation_text(const campaign::Simulation& simulation, const campaign::Exposure& exposure) {
  const auto& o = simulation.operation;
  std::string text = o.boundary ? fmt::format("boundary {} deg", number_text(o.boundary_rotation_deg))
                                : fmt::format("rotation {} deg", number_text(exposure.rotation_deg));
  return o.damage_atoms > 0 ? text + ", damaged" : text;
}

std::string key_text(const std::string& key) { return key; }
std::string key_text(double key) { return number_text(key); }

/// "  label        words", broken between words into lines that a terminal shows.
std::string line(std::string_view label, std::string_view words) {
  std::string text = fmt::format("  {:<{}}", label, indent - 2);
  std::size_t column = indent;
  bool first = true;
  while (!words.empty()) {
    const auto space = words.find(' ');
    const std::string_view word = words.substr(0, space);
    if (!first && column + 1 + word.size() > columns) {
      text += "\n" + std::string(indent, ' ');
      column = indent;
      first = true;
    }
    text += (first ? "" : " ") + std::string(word);
    column += word.size() + (first ? 0 : 1);
    first = false;
    words = space == std::string_view::npos ? std::string_view() : words.substr(space + 1);
  }
  std::ranges::replace(text, joint, ' ');
  return text + "\n";
}

/// The same words, kept on one line.
std::string joined(std::string words) {
  std::ranges::replace(words, ' ', joint);
  return words;
}

// "0 deg (400), 30 deg (400)": in full while it is short, else the first and how many more.
template <class Map>
std::string axis_text(const Map& counts, const std::string& unit) {
  std::string text;
  std::size_t shown = 0;
  for (const auto& [key, count] : counts) {
    if (shown == 8 && counts.size() > 9) return text + fmt::format(", and {} more", counts.size() - shown);
    text += (shown == 0 ? "" : ", ") + joined(fmt::format("{}{} ({})", key_text(key), unit, count_text(count)));
    ++shown;
  }
  return text;
}

// "MoS2-H 12, WSe2-H 12": all of them.
std::string list_of(const std::map<std::string, Counted>& counts) {
  std::string text;
  for (const auto& [key, n] : counts)
    text += (text.empty() ? "" : ", ") + joined(fmt::format("{} {}", key, count_text(n.structures)));
  return text;
}

std::string relaxations_text(const campaign::Plan& plan) {
  const auto& r = plan.spec.relaxation;
  if (plan.relaxations.empty()) return "none: structures are imaged as they are built";
  return fmt::format("{} by {}, each within {}; what a library holds is not computed again",
                     count_text(static_cast<std::int64_t>(plan.relaxations.size())), r.engine,
                     duration_text(r.time_limit_s));
}

std::string acquisition_text(const campaign::AcquisitionSection& a) {
  std::vector<std::string> stages;
  for (const auto& stage : a.stages) {
    if (stage == "drift") stages.push_back(fmt::format("drift of {} and {} A", a.drift_A[0], a.drift_A[1]));
    if (stage == "jitter") stages.push_back(fmt::format("line jitter of {} A", a.jitter_A));
    if (stage == "contamination")
      stages.push_back(fmt::format("contamination of {} over {} A", a.contamination, a.contamination_length_A));
    if (stage == "poisson") stages.emplace_back("Poisson noise of the dose");
    if (stage == "gain")
      stages.push_back(fmt::format("detector gain (spread {}, error {})", a.gain_spread, a.gain_error));
    if (stage == "dark") stages.push_back(fmt::format("dark noise of {} electrons", a.dark_electrons));
  }
  return stages.empty() ? "none: the images are exact" : list_text(stages);
}

std::string cores_text(int cores) { return cores == 1 ? "this core" : fmt::format("these {} cores", cores); }

std::string here(const Work& work, int cores) {
  const auto d = duration_of(work, cores, cores);
  return fmt::format("about {} on {}: {} of one core for the images, {} for training", duration_text(d.total_s()),
                     cores_text(cores), duration_text(work.images), duration_text(work.trainings));
}

std::string rates_text(const Rates& rates) {
  std::string text = rates.images_measured || !rates.training.empty()
                         ? fmt::format("measured now, in {}", duration_text(rates.seconds))
                         : "nominal, not measured";
  text +=
      fmt::format(": {:.1f} Gflop/s a core for images{}", rates.flops / 1e9, rates.images_measured ? "" : " (nominal)");
  for (const auto& [network, ratio] : rates.training)
    text += fmt::format("; {} trains in {:.2g} times its nominal time", network, ratio);
  if (rates.training.empty()) text += "; training by its nominal time, which is rough";
  return rates.note.empty() ? text : text + "; " + rates.note;
}

std::string site_text(const Work& work, const JobRequest& job) {
  const auto cost = on_site(work, job);
  std::string text = fmt::format(
      "{} node{} x {} ranks: about {} ({} for the images, {} for training on {} rank{} a node), {:.3g} node-hours",
      job.nodes, job.nodes == 1 ? "" : "s", job.ranks_per_node, duration_text(cost.duration.total_s()),
      duration_text(cost.duration.images_s), duration_text(cost.duration.trainings_s), job.train_ranks_per_node,
      job.train_ranks_per_node == 1 ? "" : "s", cost.node_hours);
  if (cost.jobs && *cost.jobs == 1) text += fmt::format("; one job of {}", campaign::walltime_text(job.walltime_s));
  if (cost.jobs && *cost.jobs > 1)
    text += fmt::format("; {} jobs of {} in a row{}", count_text(*cost.jobs), campaign::walltime_text(job.walltime_s),
                        *cost.jobs > job.chain ? fmt::format(", more than the {} of a chain", job.chain) : "");
  return text + ". Its cores are taken to be as fast as these; nothing is known of its GPUs";
}

std::string split_by(const campaign::Plan& plan) { return fmt::format("structures (by {})", plan.spec.split.by); }

std::string existing_text(const PlanFacts& f) {
  const auto& e = f.existing;
  std::string text = f.run.path.string();
  if (!e.problem.empty()) return text + ": " + e.problem;
  if (!e.comparison) return text + ": new";
  text += ": " + words_of(*e.comparison);
  if (f.plan.spec.study.on())
    text +=
        fmt::format("; {} of {} trainings done", count_text(e.trainings_done), count_text(Left::all(f.plan).trainings));
  else
    text += e.trainings_done > 0 ? "; trained" : "; not trained";
  return text;
}

}  // namespace

PlanAxes count_axes(const campaign::Plan& plan) {
  PlanAxes axes;
  for (const auto& sample : plan.samples) {
    const auto& simulation = plan.simulation(sample.simulation);
    const auto& structure = plan.structure_of(simulation);
    const auto& exposure = plan.exposure(sample.exposure);
    ++axes.parent[structure.parent_id].images;
    ++axes.defect[structure.defect].images;
    ++axes.split[std::string(campaign::name(structure.split))].images;
    ++axes.operation[operation_text(simulation, exposure)];
    ++axes.defocus[exposure.defocus_A];
    ++axes.dose[sample.dose];
  }
  for (const auto& structure : plan.structures) {
    ++axes.parent[structure.parent_id].structures;
    ++axes.defect[structure.defect].structures;
    ++axes.split[std::string(campaign::name(structure.split))].structures;
    axes.with_impurities += structure.impurities.empty() ? 0 : 1;
  }
  return axes;
}

std::string plan_page(const PlanFacts& f) {
  const auto& plan = f.plan;
  const auto& s = plan.shapes;
  std::string text = fmt::format("campaign {} (plan {})\n\n", plan.spec.campaign.name, plan.key.hex().substr(0, 8));
  text += line("parents", fmt::format("{}; structures of each:", f.axes.parent.size()));
  text += line("", list_of(f.axes.parent));
  text += fmt::format("  {:<12} {:<38} {:>10} {:>10}\n", "classes", "", "structures", "images");
  for (const auto& [defect, n] : f.axes.defect)
    text += fmt::format("  {:<12} {:<38} {:>10} {:>10}\n", "", defect, count_text(n.structures), count_text(n.images));
  if (f.axes.with_impurities > 0)
    text += line("impurities", fmt::format("in {} structures, not in the masks", count_text(f.axes.with_impurities)));
  text += line("operations", axis_text(f.axes.operation, ""));
  text += line("defoci", axis_text(f.axes.defocus, " A"));
  text += line("doses", axis_text(f.axes.dose, " e/A^2"));
  text += line("acquisition", acquisition_text(plan.spec.acquisition));
  text += line("split", fmt::format("{} {}", list_of(f.axes.split), split_by(plan))) + "\n";
  text += line("structures", count_text(static_cast<std::int64_t>(plan.structures.size())));
  text += line("relaxations", relaxations_text(plan));
  text += line("simulations", fmt::format("{} unique; all defoci and doses share one, and all rotations of a sheet",
                                          count_text(s.simulations)));
  text += line("tasks", fmt::format("{} images of {} x {} pixels, {} detector{}", count_text(s.samples), s.width,
                                    s.height, s.detectors, s.detectors == 1 ? "" : "s"));
  if (plan.spec.study.on())
    text += study_text(plan);
  else
    text += line("training",
                 fmt::format("{}, width {}, {} epochs, batch {}", plan.spec.training.network, plan.spec.training.width,
                             plan.spec.training.epochs, plan.spec.training.batch_size));
  text += "\n" + line("disk", fmt::format("{} in {} ({} free)", bytes_text(f.store_bytes), f.run.path.string(),
                                          bytes_text(f.free_bytes)));
  text += line("memory", fmt::format("{} a rank for the largest specimen, oversampling {}{}", bytes_text(f.rank_bytes),
                                     plan.spec.imaging.oversampling,
                                     plan.spec.run.ranks_per_task > 1
                                         ? fmt::format(", shared by {} ranks", plan.spec.run.ranks_per_task)
                                         : ""));
  text += line("time", here(f.whole, f.cores));
  text += line("", rates_text(f.rates));
  if (f.job) text += line("site", f.job->profile.site.site.name + ": " + site_text(f.left, *f.job));
  text += line("directory", existing_text(f));
  if (f.existing.comparison && f.existing.problem.empty()) text += line("left", here(f.left, f.cores));
  for (const auto& note : plan.notes) text += line("note", note);
  return text;
}

}  // namespace twinmill::app
