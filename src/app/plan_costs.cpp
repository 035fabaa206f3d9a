#include "plan_costs.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "twinmill/base/clock.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/process.hpp"
#include "twinmill/base/text.hpp"
#include "workers/scatter.hpp"
#include "workers/simulate_executor.hpp"

namespace twinmill::app {
namespace fs = std::filesystem;
namespace {

constexpr double images_budget_s = 2.5;  // Of the measurement.
constexpr double step_budget_s = 0.4;    // Of a step of training, by the nominal rate.
constexpr int steps = 2;                 // Of a repetition; one repetition warms up, one counts.

struct BudgetSpent {};

std::string network_key(const campaign::TrainingSection& t) {
  return cat(t.conditioned ? "conditioned " : "", t.network, " of width ", t.width);
}

// The trainings of a study, or the one of a campaign without.
std::vector<campaign::Training> trainings_of(const campaign::Plan& plan) {
  if (plan.spec.study.on()) return plan.trainings;
  campaign::Training whole;
  whole.settings = plan.spec.training;
  for (const auto& sample : plan.samples) {
    const auto split = plan.structure_of(plan.simulation(sample.simulation)).split;
    whole.train_samples += split == campaign::Split::train;
    whole.validation_samples += split == campaign::Split::validation;
  }
  whole.cost_s = campaign::training_seconds(plan.spec, whole);
  return {whole};
}

// From cheap to dear, until the time is spent; the last one is cut off and counts by its fraction.
void measure_images(const Campaign& campaign, Rates& rates) {
  const auto& plan = campaign.plan;
  const workers::Places places{.campaign = campaign.folder, .relaxed = {}};
  std::vector<const campaign::Simulation*> order;
  for (const auto& s : plan.simulations)
    if (!plan.awaited_by(s).valid()) order.push_back(&s);
  if (order.empty()) {
    rates.note = "every structure is relaxed first, so no image could be timed";
    return;
  }
  const auto cheaper = [](const auto* a, const auto* b) { return a->cost_flop < b->cost_flop; };
  const std::size_t tried = std::min<std::size_t>(order.size(), 200);
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(tried), cheaper);
  const double begin = steady_seconds();
  double flop = 0, fraction = 0;
  for (std::size_t i = 0; i < tried && steady_seconds() - begin < images_budget_s; ++i) {
    const auto& simulation = *order[i];
    fraction = 0;
    const auto watch = [&](double done) {
      fraction = done;
      if (done > 0.02 && steady_seconds() - begin > images_budget_s) throw BudgetSpent{};
    };
    try {
      const auto result =
          workers::scatter(plan, places, {simulation.id, ExposureId(simulation.first_exposure)}, watch, nullptr);
      for (std::int64_t e = 0; e < simulation.exposure_count; ++e)
        result.matrix.series(
            workers::optics_of(plan, simulation, plan.exposure(ExposureId(simulation.first_exposure + e))));
      flop += simulation.cost_flop;
    } catch (const BudgetSpent&) {
      flop += simulation.cost_flop * fraction;
    } catch (const Error& e) {  // Too little memory here says nothing about where the campaign will run.
      rates.note = cat("no image could be timed (", e.what(), ")");
      return;
    }
  }
  rates.flops = flop / (steady_seconds() - begin);
  rates.images_measured = true;
}

// Side of square images of which a step takes about step_budget_s by the nominal rate; at most what the campaign has.
int measured_side(const campaign::Plan& plan, const campaign::TrainingSection& t, int batch) {
  const double whole = static_cast<double>(plan.spec.scan.pixels[0]) * plan.spec.scan.pixels[1];
  const double seen = t.crop_pixels > 0 ? static_cast<double>(t.crop_pixels) * t.crop_pixels
                                        : whole * (t.crop_area > 0 ? t.crop_area : 1);
  campaign::Training one;
  one.settings = t;
  one.settings.crop_pixels = 128;
  one.settings.epochs = 1;
  one.train_samples = batch;
  const double area = std::min(seen, 128.0 * 128 * step_budget_s / campaign::training_seconds(plan.spec, one));
  return std::max(32, static_cast<int>(std::sqrt(area)) / 16 * 16);
}

// In a process of its own, so that whatever MPI or LibTorch do on a login node ends that one only.
double measured_training(const campaign::Plan& plan, const campaign::TrainingSection& t, const fs::path& folder) {
  const int batch = std::min(t.batch_size, 4), side = measured_side(plan, t, batch);
  const fs::path output = folder / "bench.json";
  std::error_code ec;
  fs::remove(output, ec);
  const auto end = run_process({this_program(),
                                "bench",
                                "training",
                                "--network",
                                t.network,
                                "--width",
                                std::to_string(t.width),
                                "--pixels",
                                std::to_string(side),
                                "--batch",
                                std::to_string(batch),
                                "--steps",
                                std::to_string(steps),
                                "--repeats",
                                "1",
                                "--threads",
                                "1",
                                "--ranks",
                                "1",
                                "--dir",
                                folder.string(),
                                "--json"},
                               {.output = output, .time_limit_s = 60});
  const std::string said = fs::exists(output, ec) ? read_text(output) : "";
  // Warnings may stand around the JSON.
  const auto from = said.find('{'), to = said.rfind('}');
  const auto json =
      nlohmann::json::parse(to == std::string::npos ? "" : said.substr(from, to - from + 1), nullptr, false);
  if (!end.ok() || !json.is_object() || !json.contains("least_step_s"))
    throw Error(Fault::system,
                cat("training ", t.network, " for a moment ", end.ok() ? "gave no result" : end.words()));
  campaign::Training one;
  one.settings = t;
  one.settings.crop_pixels = side;
  one.settings.epochs = 1;
  one.train_samples = batch;
  return json["least_step_s"].get<double>() / campaign::training_seconds(plan.spec, one);
}

void measure_trainings(const Campaign& campaign, Rates& rates) {
  const fs::path folder = fs::temp_directory_path() / cat("twinmill-plan-", ::getpid());
  make_writable_folder(folder);
  try {
    for (const auto& training : trainings_of(campaign.plan)) {
      const std::string key = network_key(training.settings);
      if (!rates.training.contains(key))
        rates.training[key] = measured_training(campaign.plan, training.settings, folder);
    }
  } catch (const Error& e) {
    rates.note += cat(rates.note.empty() ? "" : "; ", e.what());
  }
  std::error_code ec;
  fs::remove_all(folder, ec);
}

}  // namespace

Rates measured_rates(const Campaign& campaign) {
  const double begin = steady_seconds();
  Rates rates;
  measure_images(campaign, rates);
  measure_trainings(campaign, rates);
  rates.seconds = steady_seconds() - begin;
  return rates;
}

Left Left::all(const campaign::Plan& plan) {
  return {.images = static_cast<std::int64_t>(plan.samples.size()),
          .trainings = plan.spec.study.on() ? static_cast<std::int64_t>(plan.trainings.size()) : 1};
}

Work work_of(const campaign::Plan& plan, const Rates& rates, const Left& left) {
  const Left all = Left::all(plan);
  Work work{.shared_training = !plan.spec.study.on() || plan.spec.study.ranks != "one",
            .batch = plan.spec.training.batch_size};
  for (const auto& s : plan.simulations) {
    work.images += s.cost_flop / rates.flops;
    work.longest_simulation = std::max(work.longest_simulation, s.cost_flop / rates.flops);
  }
  for (const auto& t : trainings_of(plan)) {
    const auto ratio = rates.training.find(network_key(t.settings));
    const double seconds = t.cost_s * (ratio == rates.training.end() ? 1 : ratio->second);
    work.trainings += seconds;
    work.longest_training = std::max(work.longest_training, seconds);
  }
  const auto part = [](std::int64_t some, std::int64_t whole) {
    return whole > 0 ? static_cast<double>(some) / static_cast<double>(whole) : 0.0;
  };
  work.images *= part(left.images, all.images);
  work.trainings *= part(left.trainings, all.trainings);
  if (left.images == 0) work.longest_simulation = 0;
  if (left.trainings == 0) work.longest_training = 0;
  return work;
}

Duration duration_of(const Work& work, int workers, int training_ranks) {
  // The last wave is not full, and no wave is shorter than its longest task.
  const auto side_by_side = [](double all, double longest, int ranks) {
    return std::max(longest, all / std::max(1, ranks));
  };
  Duration d;
  d.images_s = side_by_side(work.images, work.longest_simulation, workers);
  d.trainings_s = work.shared_training ? work.trainings / std::max(1, std::min(training_ranks, work.batch))
                                       : side_by_side(work.trainings, work.longest_training, workers);
  return d;
}

SiteCost on_site(const Work& work, const JobRequest& job) {
  const int workers = std::max(1, job.nodes * job.ranks_per_node - 1);
  SiteCost cost{
      .duration = duration_of(work, workers, job.nodes * job.train_ranks_per_node), .node_hours = 0, .jobs = {}};
  cost.node_hours = job.nodes * cost.duration.total_s() / 3600;
  if (const auto useful = static_cast<double>(job.walltime_s - job.drain_s); useful > 0)
    cost.jobs = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(cost.duration.total_s() / useful)));
  return cost;
}

double rank_memory_bytes(const campaign::Plan& plan) {
  const auto largest = std::ranges::max_element(plan.simulations, {}, &campaign::Simulation::cost_flop);
  if (largest == plan.simulations.end()) return 0;
  return imaging::ScatteringMatrix::memory_bytes(
      {largest->lx_A, largest->ly_A}, workers::multislice_of(plan, *largest),
      workers::optics_of(plan, *largest, plan.exposure(ExposureId(largest->first_exposure))),
      workers::detectors_of(plan, *largest), plan.spec.run.ranks_per_task);
}

}  // namespace twinmill::app
