#include "scan.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "trainings.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::monitor {
namespace {

constexpr std::size_t newest_kept = 400;  // Out of these the pictures are chosen.
constexpr std::size_t pictures_shown = 12;
constexpr std::size_t relaxations_shown = 8;
constexpr std::size_t given_up_shown = 50;
constexpr std::size_t failures_shown = 50;
constexpr int events_shown = 40;
constexpr std::int64_t most_bins = 240;
constexpr std::int64_t breathe_every = 50000;

void count(ledger::Counts& counts, ledger::TaskState state) {
  switch (state) {
    case ledger::TaskState::pending:
      ++counts.pending;
      break;
    case ledger::TaskState::done:
      ++counts.done;
      break;
    case ledger::TaskState::quarantined:
      ++counts.quarantined;
      break;
    case ledger::TaskState::count_:
      break;
  }
}

// Bins of as many whole minutes as it takes to have at most most_bins of them.
std::vector<ledger::ThroughputBin> bins_of(const std::map<std::int64_t, std::int64_t>& minutes) {
  if (minutes.empty()) return {};
  const std::int64_t first = minutes.begin()->first, last = minutes.rbegin()->first;
  const std::int64_t width = (last - first) / most_bins + 1;
  std::vector<ledger::ThroughputBin> bins(static_cast<std::size_t>((last - first) / width + 1));
  for (std::size_t i = 0; i < bins.size(); ++i)
    bins[i] = {.start = static_cast<double>((first + static_cast<std::int64_t>(i) * width) * 60),
               .width = static_cast<double>(width * 60),
               .samples = 0};
  for (const auto& [minute, images] : minutes)
    bins[static_cast<std::size_t>((minute - first) / width)].samples += images;
  return bins;
}

std::string relaxation_words(const ledger::TaskRow& task) {
  const auto result = nlohmann::json::parse(task.result, nullptr, false);
  if (!result.is_object()) return cat("relaxation ", task.id.value);
  const auto text = [&](const char* member) {
    const auto found = result.find(member);
    return found != result.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto energy = result.find("energy_eV");
  std::string words = text("structure");
  if (words.empty()) words = cat("relaxation ", task.id.value);
  if (!text("engine").empty()) words += " by " + text("engine");
  if (energy != result.end() && energy->is_number()) words += cat(", ", rounded_text(energy->get<double>(), 7), " eV");
  return words;
}

}  // namespace

TaskTally::TaskTally(const SampleAxes* axes) : axes_(axes) {
  if (axes_ == nullptr) return;
  done_.resize(axes_->cells());
  quarantined_.resize(axes_->cells());
}

void TaskTally::keep(std::vector<Finished>& newest, const ledger::LedgerView::TaskNote& task, std::size_t most) {
  const auto later = [](const Finished& a, const Finished& b) {
    return std::pair(a.at, a.id.value) > std::pair(b.at, b.id.value);
  };
  const Finished one{task.finished, task.id, task.simulation};
  if (newest.size() == most) {
    if (!later(one, newest.front())) return;
    std::pop_heap(newest.begin(), newest.end(), later);
    newest.pop_back();
  }
  newest.push_back(one);
  std::push_heap(newest.begin(), newest.end(), later);
}

void TaskTally::add(const ledger::LedgerView::TaskNote& task) {
  const bool done = task.state == ledger::TaskState::done, given_up = task.state == ledger::TaskState::quarantined;
  if (given_up && given_up_.size() < given_up_shown) given_up_.push_back({task.id.value, task.kind, {}});
  if (task.kind == ledger::TaskKind::training) {
    count(study_, task.state);
    return;
  }
  if (task.kind == ledger::TaskKind::relaxation) {
    count(relaxations_, task.state);
    if (done) keep(newest_relaxations_, task, relaxations_shown);
    return;
  }
  count(images_, task.state);
  if (done) keep(newest_images_, task, newest_kept);
  // What was found in the store by a repair has no time.
  if (done && task.finished > 0) ++minutes_[static_cast<std::int64_t>(std::floor(task.finished / 60))];
  if (axes_ == nullptr || !(done || given_up)) return;
  ++(done ? done_ : quarantined_)[axes_->cell_of(task.id.value)];
}

std::vector<SampleId> TaskTally::latest_relaxations() const {
  auto newest = newest_relaxations_;
  std::sort(newest.begin(), newest.end(), [](const Finished& a, const Finished& b) { return a.at > b.at; });
  std::vector<SampleId> ids;
  for (const Finished& f : newest) ids.push_back(f.id);
  return ids;
}

void TaskTally::put_into(LedgerFacts& facts) const {
  facts.images = images_;
  facts.relaxations = relaxations_;
  facts.study = study_;
  facts.throughput = bins_of(minutes_);
  facts.quarantined = given_up_;
  if (axes_ != nullptr) facts.axes = axes_->progress(done_, quarantined_);
  auto newest = newest_images_;
  std::sort(newest.begin(), newest.end(), [](const Finished& a, const Finished& b) {
    return std::pair(a.at, a.id.value) > std::pair(b.at, b.id.value);
  });
  // The images of a simulation finish together: first one of each (the last, which has the highest dose), then more of
  // them while there is room.
  std::set<SimulationId> shown;
  std::vector<std::int64_t> others;
  for (const Finished& f : newest) {
    if (facts.latest.size() == pictures_shown) break;
    (shown.insert(f.simulation).second ? facts.latest : others).push_back(f.id.value);
  }
  for (const std::int64_t sample : others)
    if (facts.latest.size() < pictures_shown) facts.latest.push_back(sample);
}

LedgerFacts scan(const ScanInput& input) {
  const double begun = steady_seconds();
  const ledger::LedgerView& view = input.view;
  LedgerFacts facts;
  facts.published = view.published();
  TaskTally tally(input.axes);
  std::int64_t seen = 0;
  view.each_task([&](const ledger::LedgerView::TaskNote& task) {
    tally.add(task);
    if (++seen % breathe_every == 0) input.breathe();
  });
  tally.put_into(facts);
  for (const SampleId id : tally.latest_relaxations())
    if (const auto task = view.task(id)) facts.relaxed.push_back(relaxation_words(*task));
  for (QuarantinedTask& task : facts.quarantined)
    if (const auto row = view.task(SampleId(task.id))) task.reason = row->reason;
  facts.failures = view.failure_groups();
  if (facts.failures.size() > failures_shown) facts.failures.resize(failures_shown);
  facts.workers = view.workers();
  facts.events = view.events(events_shown);
  facts.trainings = finished_trainings(view.stages());
  if (!facts.failures.empty() && input.patterns) {
    input.breathe();
    try {
      facts.patterns = input.patterns(view);
    } catch (const Error& e) {
      facts.patterns_problem = e.what();
    }
  }
  facts.seconds = steady_seconds() - begun;
  return facts;
}

}  // namespace twinmill::monitor
