#include <fmt/format.h>

#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "options.hpp"
#include "run_directory.hpp"
#include "twinmill/base/cpu.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::app {
namespace {

// How many images stand at each value of each axis.
struct Axes {
  std::map<std::string, std::int64_t> parent, defect, split, structures_per_split;
  std::map<double, std::int64_t> rotation, defocus, dose;
};

Axes count_axes(const campaign::Plan& plan) {
  Axes axes;
  for (const auto& sample : plan.samples) {
    const auto& simulation = plan.simulation(sample.simulation);
    const auto& structure = plan.structure_of(simulation);
    const auto& exposure = plan.exposure(sample.exposure);
    ++axes.parent[structure.parent_id];
    ++axes.defect[structure.dopant.empty() ? structure.defect : structure.defect + " " + structure.dopant];
    ++axes.split[std::string(campaign::name(structure.split))];
    ++axes.rotation[exposure.rotation_deg];
    ++axes.defocus[exposure.defocus_A];
    ++axes.dose[sample.dose];
  }
  for (const auto& structure : plan.structures)
    ++axes.structures_per_split[std::string(campaign::name(structure.split))];
  return axes;
}

std::string key_text(const std::string& key) { return key; }
std::string key_text(double key) { return number_text(key); }

// "MoS2-H 24, WSe2-H 24": in full while it is short, else the first and how many more.
template <class Map>
std::string axis_text(const Map& counts, const std::string& unit) {
  std::string text;
  std::size_t shown = 0;
  for (const auto& [key, count] : counts) {
    if (shown == 8 && counts.size() > 9) return text + fmt::format(", and {} more", counts.size() - shown);
    text += fmt::format("{}{}{} ({})", shown == 0 ? "" : ", ", key_text(key), unit, count_text(count));
    ++shown;
  }
  return text;
}

nlohmann::json axis_json(const std::map<std::string, std::int64_t>& counts) { return counts; }
nlohmann::json axis_json(const std::map<double, std::int64_t>& counts) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [key, count] : counts) json[number_text(key)] = count;
  return json;
}

void print_json(const campaign::Plan& plan, const Axes& axes, const campaign::Estimate& estimate, std::uint64_t free) {
  std::cout << nlohmann::json{{"format", 1},
                              {"campaign", plan.spec.campaign.name},
                              {"plan_key", plan.key.hex()},
                              {"structures", plan.structures.size()},
                              {"simulations", plan.simulations.size()},
                              {"exposures", plan.exposures.size()},
                              {"images", plan.samples.size()},
                              {"axes",
                               {{"parent", axis_json(axes.parent)},
                                {"defect", axis_json(axes.defect)},
                                {"rotation_deg", axis_json(axes.rotation)},
                                {"defocus_A", axis_json(axes.defocus)},
                                {"dose_e_per_A2", axis_json(axes.dose)},
                                {"split", axis_json(axes.split)}}},
                              {"bytes", estimate.store_bytes},
                              {"free_bytes", free},
                              {"simulation_core_seconds", estimate.core_seconds},
                              {"notes", plan.notes}}
                   .dump(2)
            << "\n";
}

void print_text(const campaign::Plan& plan, const Axes& axes, const campaign::Estimate& estimate,
                const RunDirectory& run, std::uint64_t free) {
  const auto& s = plan.shapes;
  const int cores = usable_cores();
  std::cout << fmt::format("campaign {} (plan {})\n\n", plan.spec.campaign.name, plan.key.hex().substr(0, 8))
            << fmt::format("  parents      {}\n", axis_text(axes.parent, ""))
            << fmt::format("  defects      {}\n", axis_text(axes.defect, ""))
            << fmt::format("  rotations    {}\n", axis_text(axes.rotation, " deg"))
            << fmt::format("  defoci       {}\n", axis_text(axes.defocus, " A"))
            << fmt::format("  doses        {}\n", axis_text(axes.dose, " e/A^2"))
            << fmt::format("  split        {} (by {})\n\n", axis_text(axes.split, ""), plan.spec.split.by)
            << fmt::format("  structures   {}\n", count_text(static_cast<std::int64_t>(plan.structures.size())))
            << fmt::format("  simulations  {} unique; every rotation, defocus and dose of a structure shares one\n",
                           count_text(s.simulations))
            << fmt::format("  tasks        {} images of {} x {} pixels, {} detector(s)\n", count_text(s.samples),
                           s.width, s.height, s.detectors)
            << fmt::format("  disk         {} in {} ({} free)\n", bytes_text(estimate.store_bytes), run.path.string(),
                           bytes_text(static_cast<double>(free)))
            << fmt::format(
                   "  time         about {} of one core to simulate, so about {} on {} (at {:.0f} Gflop/s a core); "
                   "training comes on top\n",
                   duration_text(estimate.core_seconds), duration_text(estimate.core_seconds / cores),
                   cores == 1 ? "this one" : fmt::format("these {}", cores), campaign::nominal_flops / 1e9)
            << fmt::format("  training     {}, width {}, {} epochs, batch {}\n", plan.spec.training.network,
                           plan.spec.training.width, plan.spec.training.epochs, plan.spec.training.batch_size);
  for (const auto& note : plan.notes) std::cout << "  note         " << note << "\n";
}

}  // namespace

ExitCode run_plan(const Arguments& arguments) {
  Options options("plan", {"CAMPAIGN"});
  options.add()("dir", word(), "run directory whose disk is looked at (default: runs/NAME)");
  options.add()("json", flag(), "machine-readable (docs/campaign-file.md)");
  if (!options.parse(arguments)) return ExitCode::done;
  const Campaign campaign = load_campaign(options.text("CAMPAIGN"));
  const RunDirectory run = run_directory(options.has("dir") ? options.text("dir") : "", campaign);
  const auto estimate = campaign::estimate(campaign.plan);
  const auto axes = count_axes(campaign.plan);
  const auto free = free_bytes(run.path);
  if (options.on("json")) {
    print_json(campaign.plan, axes, estimate, free);
  } else {
    print_text(campaign.plan, axes, estimate, run, free);
  }
  std::error_code ec;
  if (!std::filesystem::exists(run.store(), ec)) check_disk(run.path, campaign.plan);
  return ExitCode::done;
}

ExitCode run_fields(const Arguments& arguments) {
  Options options("fields", {});
  if (!options.parse(arguments)) return ExitCode::done;
  std::cout << campaign::field_reference();
  return ExitCode::done;
}

}  // namespace twinmill::app
