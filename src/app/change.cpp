#include "change.hpp"

#include <regex>
#include <set>
#include <unordered_set>

#include "repair.hpp"
#include "study_results.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/base/version.hpp"
#include "twinmill/ledger/build.hpp"
#include "twinmill/ledger/checkup.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::app {
namespace fs = std::filesystem;
namespace {

std::string plan_key_in(const fs::path& store) { return store::Reader(store).header().plan_key; }

// Shards keep their names for good, so those of two stores must never be called alike.
constexpr std::size_t key_digits = 12;

// Removes the shards that no store refers to: those of the store before, and of a change that was cut off.
void remove_strangers(const RunDirectory& run) {
  static const std::regex shard("store-([0-9a-f]{12}-)?[0-9]{3,}\\.h5(\\.new)?");
  std::error_code ec;
  if (!fs::exists(run.store(), ec)) return;
  std::set<std::string> ours;
  try {
    for (const auto& file : store::files(run.store())) ours.insert(file.filename().string());
  } catch (const Error&) {
    return;  // A store that cannot be read: nothing is known, and nothing is touched.
  }
  for (const auto& entry : fs::directory_iterator(run.path)) {
    const std::string name = entry.path().filename().string();
    if (std::regex_match(name, shard) && !ours.contains(name)) fs::remove(entry.path(), ec);
  }
}

// The new store takes its place; predictions are numbered as the images of the old one.
void put_store_in_place(const RunDirectory& run, const std::function<void(ChangeStep)>& reached) {
  std::error_code ec;
  fs::remove(run.predictions(), ec);
  if (fs::is_directory(run.models(), ec))
    for (const auto& model : fs::directory_iterator(run.models()))
      fs::remove(model.path() / run.predictions().filename(), ec);
  reached(ChangeStep::predictions_gone);
  rename_durably(run.next_store(), run.store());
  reached(ChangeStep::store_in_place);
  remove_strangers(run);
}

// A repair moves the damaged ledger aside before the new one takes its place.
void finish_repair(const RunDirectory& run) {
  std::error_code ec;
  if (!fs::exists(run.next_ledger(), ec) || fs::exists(run.ledger(), ec) || !fs::exists(run.store(), ec)) return;
  const auto checkup = ledger::check_up(run.next_ledger());
  if (checkup.health != ledger::Health::sound || checkup.plan_key != plan_key_in(run.store())) return;
  rename_durably(run.next_ledger(), run.ledger());
}

}  // namespace

void abandon_change(const RunDirectory& run) {
  std::error_code ec;
  for (const auto& file : ledger::files_of(run.next_ledger())) fs::remove(file, ec);
  fs::remove(run.next_store(), ec);
  fs::remove(run.next_store().string() + ".new", ec);
  remove_strangers(run);
}

Comparison compare(const RunDirectory& run, const Campaign& campaign) {
  const store::Reader reader(run.store());
  const auto& plan = campaign.plan;
  Comparison result{.same_plan = reader.header().plan_key == plan.key.hex(), .physics = reader.header().physics};
  const auto slots = reader.sample_slots();
  const auto done = [&](std::size_t i) { return slots[i].state == static_cast<std::uint8_t>(store::SlotState::done); };
  std::unordered_set<std::string> finished;
  if (!result.same_plan) {
    std::size_t i = 0;
    for (auto& row : reader.samples())
      if (done(i++)) finished.insert(std::move(row.key));
  }
  std::set<SimulationId> simulations;
  for (const auto& sample : plan.samples) {
    // Of the same plan, samples have the same numbers; nothing is read then but the slots.
    if (result.same_plan ? done(sample.id.index()) : finished.contains(sample.key.hex())) {
      ++result.kept;
    } else {
      ++result.to_make;
      simulations.insert(sample.simulation);
    }
  }
  result.simulations = static_cast<std::int64_t>(simulations.size());
  if (!result.same_plan) result.dropped = static_cast<std::int64_t>(finished.size()) - result.kept;
  return result;
}

std::string words_of(const Comparison& c) {
  return cat(count_text(c.kept), " finished images stay, ", count_text(c.to_make), " are to be made in ",
             count_text(c.simulations), " simulations, ", count_text(c.dropped), " are dropped");
}

void refuse_change(const RunDirectory& run, const Comparison& c, PrepareOptions::Change allowed) {
  using Change = PrepareOptions::Change;
  if (c.same_plan) return;
  if (c.physics != physics_version)
    throw Error(Fault::input,
                cat(run.store().string(), " was made with physics version ", c.physics, " (this program has version ",
                    physics_version, " and would make other images). Give another --dir?"));
  if (allowed == Change::refuse)
    throw Error(Fault::input,
                cat("the campaign in ", run.path.string(), " is another one (its images are not those of ",
                    run.campaign().string(), "). Say twinmill run first?"));
  if (c.dropped > 0 && allowed != Change::drop_images)
    throw Error(Fault::input,
                cat("the campaign in ", run.path.string(), " is another one, and ", count_text(c.dropped),
                    " of its finished images would be lost (", words_of(c), "). Give another --dir, or --drop?"));
}

void change_campaign(const RunDirectory& run, const Campaign& campaign,
                     const std::function<void(ChangeStep)>& reached_or_not) {
  const auto reached = [&](ChangeStep step) {
    if (reached_or_not) reached_or_not(step);
  };
  const std::string old_key = ledger::plan_key_of(run.ledger());  // Refuses a ledger that cannot be read.
  log::info(cat("the campaign has changed: ", words_of(compare(run, campaign))));
  check_disk(run.path, campaign.plan);
  abandon_change(run);

  const auto plan = store_plan(campaign);
  store::create(run.next_store(), plan.header, plan.samples, plan.exposures, plan.simulations,
                {.shards = campaign.plan.spec.run.store_shards,
                 .shard_stem = "store-" + plan.header.plan_key.substr(0, key_digits)});
  reached(ChangeStep::store_made);
  store::Copied copied;
  {
    const store::Reader old(run.store());
    store::Writer fresh(run.next_store());
    copied = store::copy_content(old, fresh, plan.samples, plan.simulations);
    fresh.close();
  }
  if (copied.refused > 0)
    log::warning(
        cat(count_text(copied.refused), " finished images are made again (their content does not match its checksum)"));
  reached(ChangeStep::content_copied);

  ledger::Sources sources{.found = kept_relaxations(run, campaign),
                          .ledgers = {},
                          .event = cat("the campaign was changed; images taken over: ", copied.samples.size())};
  for (auto& training : kept_trainings(run, campaign.plan)) sources.found.push_back(std::move(training));
  for (const auto& [id, slot] : copied.samples)
    sources.found.push_back({SampleId(id), slot.checksum, static_cast<std::int32_t>(slot.attempt), {}});
  if (!old_key.empty()) {
    ledger::fold_log(run.ledger());
    sources.ledgers.push_back(run.ledger());
  }
  std::error_code ec;
  if (fs::exists(run.snapshot(), ec)) sources.ledgers.push_back(run.snapshot());
  ledger::build(run.next_ledger(), campaign.plan, sources);
  reached(ChangeStep::ledger_made);

  // No log of an older ledger may lie beside the new one.
  for (const auto& file : ledger::files_of(run.ledger()))
    if (file != run.ledger()) fs::remove(file, ec);
  rename_durably(run.next_ledger(), run.ledger());
  reached(ChangeStep::ledger_in_place);
  put_store_in_place(run, reached);
}

void change_study(const RunDirectory& run, const Campaign& campaign) {
  if (ledger::plan_key_of(run.ledger()) != campaign.plan.key.hex() ||
      ledger::study_key_of(run.ledger()) == campaign.plan.study_key.hex())
    return;
  ledger::fold_log(run.ledger());
  const auto checkup = ledger::check_up(run.ledger());
  if (checkup.health != ledger::Health::sound)
    throw Error(Fault::system, cat("the ledger ", run.ledger().string(), " is damaged (",
                                   checkup.problems.empty() ? "" : checkup.problems.front(), "). twinmill verify ",
                                   run.path.string(), " --repair?"));
  ledger::Sources sources{
      .found = kept_trainings(run, campaign.plan), .ledgers = {run.ledger()}, .event = "the study was changed"};
  const auto trained = sources.found.size();
  for (std::size_t i = 0; i < checkup.tasks.size(); ++i) {
    const auto& task = checkup.tasks[i];
    if (task.state == ledger::TaskState::done && task.kind != ledger::TaskKind::training)
      sources.found.push_back({SampleId(static_cast<std::int64_t>(i)), task.checksum, task.attempt, {}});
  }
  ledger::build(run.next_ledger(), campaign.plan, sources);
  std::error_code ec;
  for (const auto& file : ledger::files_of(run.ledger()))
    if (file != run.ledger()) fs::remove(file, ec);
  rename_durably(run.next_ledger(), run.ledger());
  log::info(cat("the study has changed: ", trained, " of its ", campaign.plan.trainings.size(),
                " trainings are done already"));
}

void finish_change(const RunDirectory& run) {
  std::error_code ec;
  if (fs::exists(run.next_store(), ec)) {
    const std::string decided = ledger::plan_key_of(run.ledger());
    if (!decided.empty() && decided == plan_key_in(run.next_store())) {
      log::info("a change of the campaign that was cut off is finished");
      put_store_in_place(run, [](ChangeStep) {});
    }
  }
  finish_repair(run);
  abandon_change(run);
}

}  // namespace twinmill::app
