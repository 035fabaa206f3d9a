#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "options.hpp"
#include "phases.hpp"
#include "plan_page.hpp"
#include "study_text.hpp"
#include "twinmill/base/cpu.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/ledger/view.hpp"

namespace twinmill::app {
namespace {

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

std::int64_t trainings_done(const RunDirectory& run, const Campaign& campaign) {
  if (!campaign.plan.spec.study.on()) return is_complete(run, campaign, Phase::train) ? 1 : 0;
  std::error_code ec;
  if (!std::filesystem::exists(run.snapshot(), ec)) return 0;
  const ledger::LedgerView view(run.snapshot());
  return view.study_key() == campaign.plan.study_key.hex() ? view.counts(ledger::TaskKind::training).done : 0;
}

Existing existing_in(const RunDirectory& run, const Campaign& campaign) {
  Existing existing;
  std::error_code ec;
  if (!std::filesystem::exists(run.store(), ec)) return existing;
  try {
    existing.comparison = compare(run, campaign);
    refuse_change(run, *existing.comparison, PrepareOptions::Change::keep_images);
    existing.trainings_done = trainings_done(run, campaign);
  } catch (const Error& e) {
    existing.problem = e.what();
  }
  return existing;
}

Left left_in(const campaign::Plan& plan, const Existing& existing) {
  Left left = Left::all(plan);
  if (!existing.comparison) return left;
  left.images = existing.comparison->to_make;
  left.trainings -= existing.trainings_done;
  return left;
}

nlohmann::json work_json(const Work& work, int cores) {
  const auto duration = duration_of(work, cores, cores);
  return {{"images_core_seconds", work.images},
          {"trainings_core_seconds", work.trainings},
          {"cores", cores},
          {"images_seconds", duration.images_s},
          {"trainings_seconds", duration.trainings_s}};
}

nlohmann::json site_json(const PlanFacts& facts) {
  if (!facts.job) return nullptr;
  const auto cost = on_site(facts.left, *facts.job);
  nlohmann::json jobs = nullptr;
  if (cost.jobs) jobs = *cost.jobs;
  return {{"name", facts.job->profile.site.site.name},      {"nodes", facts.job->nodes},
          {"ranks_per_node", facts.job->ranks_per_node},    {"images_seconds", cost.duration.images_s},
          {"trainings_seconds", cost.duration.trainings_s}, {"node_hours", cost.node_hours},
          {"walltime_seconds", facts.job->walltime_s},      {"jobs", jobs}};
}

nlohmann::json existing_json(const PlanFacts& facts) {
  const auto& e = facts.existing;
  Comparison c{.to_make = facts.plan.shapes.samples, .simulations = facts.plan.shapes.simulations};
  if (e.comparison) c = *e.comparison;
  return {{"path", facts.run.path.string()},
          {"kept", c.kept},
          {"new", c.to_make},
          {"simulations", c.simulations},
          {"dropped", c.dropped},
          {"trainings_done", e.trainings_done},
          {"problem", e.problem}};
}

void print_json(const PlanFacts& facts) {
  const auto& plan = facts.plan;
  const auto& axes = facts.axes;
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
                              {"acquisition", plan.spec.acquisition.stages},
                              {"bytes", facts.store_bytes},
                              {"free_bytes", facts.free_bytes},
                              {"rank_bytes", facts.rank_bytes},
                              {"directory", existing_json(facts)},
                              {"simulation_core_seconds", facts.whole.images},
                              {"rates",
                               {{"flops", facts.rates.flops},
                                {"training", facts.rates.training},
                                {"images_measured", facts.rates.images_measured},
                                {"seconds", facts.rates.seconds},
                                {"note", facts.rates.note}}},
                              {"time", work_json(facts.whole, facts.cores)},
                              {"time_left", work_json(facts.left, facts.cores)},
                              {"site", site_json(facts)},
                              {"study", study_json(plan)},
                              {"notes", plan.notes}}
                   .dump(2)
            << "\n";
}

}  // namespace

ExitCode run_plan(const Arguments& arguments) {
  Options options("plan", {"CAMPAIGN"});
  options.add()("dir", folder(), "run directory that is looked at (default: runs/NAME)");
  options.add()("nominal", flag(), "take nominal rates for the times, instead of measuring for a few seconds");
  options.add()("site", word(), "also time, jobs and node-hours there: a site profile, as for submit");
  add_resources(options);
  options.add()("queue", word(), "queue, partition or quality of service (default: the profile's)");
  options.add()("json", flag(), "machine-readable (docs/campaign-file.md)");
  if (!options.parse(arguments)) return ExitCode::done;
  for (const char* name : {"nodes", "ranks-per-node", "train-ranks-per-node", "walltime", "drain", "queue"})
    if (options.has(name) && !options.has("site")) throw Error(Fault::input, cat("--", name, " goes with --site SITE"));
  std::optional<JobRequest> job;
  if (options.has("site")) job = settle_job(options, false).job;
  const Campaign campaign = load_campaign(options.text("CAMPAIGN"));
  const auto& plan = campaign.plan;
  const RunDirectory run = run_directory(options.has("dir") ? options.text("dir") : "", campaign);
  PlanFacts facts{.plan = plan,
                  .axes = count_axes(plan),
                  .run = run,
                  .store_bytes = campaign::estimate(plan).store_bytes,
                  .free_bytes = static_cast<double>(free_bytes(run.path)),
                  .rank_bytes = rank_memory_bytes(plan),
                  .existing = existing_in(run, campaign),
                  .rates = options.on("nominal") ? Rates{} : measured_rates(campaign),
                  .whole = {},
                  .left = {},
                  .cores = usable_cores(),
                  .job = job};
  facts.whole = work_of(plan, facts.rates, Left::all(plan));
  facts.left = work_of(plan, facts.rates, left_in(plan, facts.existing));
  if (options.on("json")) {
    print_json(facts);
  } else {
    std::cout << plan_page(facts);
  }
  // A changed campaign needs room for both stores.
  if (!facts.existing.comparison || !facts.existing.comparison->same_plan) check_disk(run.path, plan);
  return ExitCode::done;
}

ExitCode run_fields(const Arguments& arguments) {
  Options options("fields", {});
  if (!options.parse(arguments)) return ExitCode::done;
  std::cout << campaign::field_reference();
  return ExitCode::done;
}

}  // namespace twinmill::app
