#include <fmt/format.h>

#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "change.hpp"
#include "options.hpp"
#include "run_directory.hpp"
#include "study_text.hpp"
#include "twinmill/base/cpu.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::app {
namespace {

/// Structures and images of one value of an axis.
struct Counted {
  std::int64_t structures = 0, images = 0;
};

// How many images stand at each value of each axis.
struct Axes {
  std::map<std::string, Counted> parent, defect, split;
  std::map<std::string, std::int64_t> operation;
  std::map<double, std::int64_t> defocus, dose;
  std::int64_t with_impurities = 0;  ///< Structures.
};

std::string operation_text(const campaign::Simulation& simulation, const campaign::Exposure& exposure) {
  const auto& o = simulation.operation;
  std::string text = o.boundary ? fmt::format("boundary {} deg", number_text(o.boundary_rotation_deg))
                                : fmt::format("rotation {} deg", number_text(exposure.rotation_deg));
  return o.damage_atoms > 0 ? text + ", damaged" : text;
}

Axes count_axes(const campaign::Plan& plan) {
  Axes axes;
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

// "MoS2-H 12, WSe2-H 12": all of them, in lines that a terminal shows.
std::string list_of(const std::map<std::string, Counted>& counts) {
  constexpr std::size_t width = 100;
  std::string text, line;
  for (const auto& [key, n] : counts) {
    const std::string item = fmt::format("{} {}", key, count_text(n.structures));
    if (line.size() + item.size() > width) {
      text += line + ",\n               ";
      line.clear();
    }
    line += (line.empty() ? "" : ", ") + item;
  }
  return text + line;
}

nlohmann::json axis_json(const std::map<std::string, std::int64_t>& counts) { return counts; }
nlohmann::json axis_json(const std::map<std::string, Counted>& counts) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [key, n] : counts) json[key] = n.images;
  return json;
}
nlohmann::json structures_json(const std::map<std::string, Counted>& counts) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [key, n] : counts) json[key] = n.structures;
  return json;
}
nlohmann::json axis_json(const std::map<double, std::int64_t>& counts) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [key, count] : counts) json[number_text(key)] = count;
  return json;
}

// What the directory has of the campaign already.
struct Existing {
  std::optional<Comparison> comparison;
  std::string problem;  // Why it cannot be told.
};

Existing existing_in(const RunDirectory& run, const Campaign& campaign) {
  Existing existing;
  std::error_code ec;
  if (!std::filesystem::exists(run.store(), ec)) return existing;
  try {
    existing.comparison = compare(run, campaign);
    refuse_change(run, *existing.comparison, PrepareOptions::Change::keep_images);
  } catch (const Error& e) {
    existing.problem = e.what();
  }
  return existing;
}

nlohmann::json existing_json(const RunDirectory& run, const campaign::Plan& plan, const Existing& existing) {
  Comparison c{.to_make = plan.shapes.samples, .simulations = plan.shapes.simulations};
  if (existing.comparison) c = *existing.comparison;
  return {{"path", run.path.string()},    {"kept", c.kept},       {"new", c.to_make},
          {"simulations", c.simulations}, {"dropped", c.dropped}, {"problem", existing.problem}};
}

void print_json(const campaign::Plan& plan, const Axes& axes, const campaign::Estimate& estimate, std::uint64_t free,
                const nlohmann::json& directory) {
  std::cout << nlohmann::json{{"format", 1},
                              {"campaign", plan.spec.campaign.name},
                              {"plan_key", plan.key.hex()},
                              {"structures", plan.structures.size()},
                              {"structures_per_parent", structures_json(axes.parent)},
                              {"structures_per_class", structures_json(axes.defect)},
                              {"structures_with_impurities", axes.with_impurities},
                              {"relaxations", plan.relaxations.size()},
                              {"simulations", plan.simulations.size()},
                              {"exposures", plan.exposures.size()},
                              {"images", plan.samples.size()},
                              {"axes",
                               {{"parent", axis_json(axes.parent)},
                                {"defect", axis_json(axes.defect)},
                                {"operation", axis_json(axes.operation)},
                                {"defocus_A", axis_json(axes.defocus)},
                                {"dose_e_per_A2", axis_json(axes.dose)},
                                {"split", axis_json(axes.split)}}},
                              {"bytes", estimate.store_bytes},
                              {"free_bytes", free},
                              {"directory", directory},
                              {"simulation_core_seconds", estimate.core_seconds},
                              {"study", study_json(plan)},
                              {"notes", plan.notes}}
                   .dump(2)
            << "\n";
}

std::string relaxations_text(const campaign::Plan& plan) {
  const auto& r = plan.spec.relaxation;
  if (plan.relaxations.empty()) return "none: structures are imaged as they are built";
  return fmt::format("{} by {}, each within {}; what a library holds is not computed again",
                     count_text(static_cast<std::int64_t>(plan.relaxations.size())), r.engine,
                     duration_text(r.time_limit_s));
}

void print_text(const campaign::Plan& plan, const Axes& axes, const campaign::Estimate& estimate,
                const RunDirectory& run, std::uint64_t free) {
  const auto& s = plan.shapes;
  const int cores = usable_cores();
  std::cout << fmt::format("campaign {} (plan {})\n\n", plan.spec.campaign.name, plan.key.hex().substr(0, 8))
            << fmt::format("  parents      {} (structures of each)\n               {}\n", axes.parent.size(),
                           list_of(axes.parent))
            << fmt::format("  classes      {:<38} {:>10} {:>10}\n", "", "structures", "images");
  for (const auto& [defect, n] : axes.defect)
    std::cout << fmt::format("               {:<38} {:>10} {:>10}\n", defect, count_text(n.structures),
                             count_text(n.images));
  if (axes.with_impurities > 0)
    std::cout << fmt::format("  impurities   in {} structures, not in the masks\n", count_text(axes.with_impurities));
  std::cout << fmt::format("  operations   {}\n", axis_text(axes.operation, ""))
            << fmt::format("  defoci       {}\n", axis_text(axes.defocus, " A"))
            << fmt::format("  doses        {}\n", axis_text(axes.dose, " e/A^2"))
            << fmt::format("  split        {} structures (by {})\n\n", list_of(axes.split), plan.spec.split.by)
            << fmt::format("  structures   {}\n", count_text(static_cast<std::int64_t>(plan.structures.size())))
            << fmt::format("  relaxations  {}\n", relaxations_text(plan))
            << fmt::format("  simulations  {} unique; all defoci and doses share one, and all rotations of a sheet\n",
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
            << (plan.spec.study.on()
                    ? study_text(plan, cores)
                    : fmt::format("  training     {}, width {}, {} epochs, batch {}\n", plan.spec.training.network,
                                  plan.spec.training.width, plan.spec.training.epochs, plan.spec.training.batch_size));
  for (const auto& note : plan.notes) std::cout << "  note         " << note << "\n";
}

}  // namespace

ExitCode run_plan(const Arguments& arguments) {
  Options options("plan", {"CAMPAIGN"});
  options.add()("dir", folder(), "run directory whose disk is looked at (default: runs/NAME)");
  options.add()("json", flag(), "machine-readable (docs/campaign-file.md)");
  if (!options.parse(arguments)) return ExitCode::done;
  const Campaign campaign = load_campaign(options.text("CAMPAIGN"));
  const RunDirectory run = run_directory(options.has("dir") ? options.text("dir") : "", campaign);
  const auto estimate = campaign::estimate(campaign.plan);
  const auto axes = count_axes(campaign.plan);
  const auto free = free_bytes(run.path);
  const auto existing = existing_in(run, campaign);
  if (options.on("json")) {
    print_json(campaign.plan, axes, estimate, free, existing_json(run, campaign.plan, existing));
  } else {
    print_text(campaign.plan, axes, estimate, run, free);
    if (existing.comparison)
      std::cout << fmt::format("  directory    {}: {}\n", run.path.string(), words_of(*existing.comparison));
    if (!existing.problem.empty()) std::cout << "  directory    " << existing.problem << "\n";
  }
  // A changed campaign needs room for both stores.
  if (!existing.comparison || !existing.comparison->same_plan) check_disk(run.path, campaign.plan);
  return ExitCode::done;
}

ExitCode run_fields(const Arguments& arguments) {
  Options options("fields", {});
  if (!options.parse(arguments)) return ExitCode::done;
  std::cout << campaign::field_reference();
  return ExitCode::done;
}

}  // namespace twinmill::app
