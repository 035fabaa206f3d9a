#include "repair.hpp"

#include <algorithm>
#include <set>

#include "study_results.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"
#include "workers/relax_executor.hpp"

namespace twinmill::app {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_named = 20;

bool is_done(const store::SlotRow& slot) { return slot.state == static_cast<std::uint8_t>(store::SlotState::done); }

// "ledger.sqlite.damaged-1": never a name that exists.
fs::path name_aside(const fs::path& ledger) {
  std::error_code ec;
  for (int i = 1;; ++i) {
    fs::path name = cat(ledger.string(), ".damaged-", i);
    const auto files = ledger::files_of(name);
    if (std::ranges::none_of(files, [&](const fs::path& file) { return fs::exists(file, ec); })) return name;
  }
}

// Moves the ledger and its log aside, the log first: a log must never lie beside another ledger. Returns the new name,
// or an empty one when there was nothing.
fs::path move_aside(const fs::path& ledger) {
  const fs::path aside = name_aside(ledger);
  const auto from = ledger::files_of(ledger), to = ledger::files_of(aside);
  std::error_code ec;
  bool moved = false;
  for (std::size_t i = from.size(); i-- > 0;) {
    if (!fs::exists(from[i], ec)) continue;
    rename_durably(from[i], to[i]);
    moved = true;
  }
  return moved ? aside : fs::path();
}

std::vector<ledger::FoundTask> found_in(const StoreFindings& store) {
  const std::set<std::int64_t> redo(store.redo.begin(), store.redo.end());
  std::vector<ledger::FoundTask> found;
  for (std::size_t i = 0; i < store.slots.size(); ++i) {
    const auto id = static_cast<std::int64_t>(i);
    if (store.done(i) && !redo.contains(id))
      found.push_back({SampleId(id), store.slots[i].checksum, static_cast<std::int32_t>(store.slots[i].attempt), {}});
  }
  return found;
}

void mark_bad(const RunDirectory& run, const StoreFindings& found) {
  if (found.redo.empty() && found.damage.bad_exposures.empty()) return;
  store::Writer writer(run.store());
  for (const auto id : found.redo) writer.mark_bad(id);
  for (const auto id : found.damage.bad_exposures) writer.mark_bad_exposure(id);
  writer.sync();
  writer.close();
}

// Names the first few of many.
class List {
 public:
  explicit List(std::vector<std::string>& lines) : lines_(lines) {}
  void add(const std::string& line) {
    if (++count_ <= most_named) lines_.push_back(line);
  }
  void close(const std::string& what) {
    if (count_ > most_named)
      lines_.push_back(cat("and ", count_text(static_cast<std::int64_t>(count_ - most_named)), " more ", what));
  }

 private:
  std::vector<std::string>& lines_;
  std::size_t count_ = 0;
};

}  // namespace

bool StoreFindings::done(std::size_t sample) const { return sample < slots.size() && is_done(slots[sample]); }

std::vector<std::string> StoreFindings::problems() const {
  std::vector<std::string> lines;
  List list(lines);
  const std::set<std::int64_t> bad(damage.bad_samples.begin(), damage.bad_samples.end());
  for (const auto id : damage.bad_samples) list.add(cat("sample ", id, ": its content does not match its checksum"));
  for (const auto id : damage.bad_exposures) list.add(cat("exposure ", id, ": its series does not match its checksum"));
  for (const auto id : redo)
    if (!bad.contains(id)) list.add(cat("sample ", id, ": the exposure behind it is damaged or not there"));
  list.close("in the store");
  return lines;
}

StoreFindings examine_store(const RunDirectory& run) {
  const store::Reader reader(run.store());
  auto damage = store::verify(reader);
  auto redo = store::samples_to_redo(reader, damage);
  return {
      .header = reader.header(), .damage = std::move(damage), .redo = std::move(redo), .slots = reader.sample_slots()};
}

LedgerFindings compare(const RunDirectory& run, const StoreFindings& store, const ledger::Checkup& checkup) {
  LedgerFindings found;
  const std::string file = run.ledger().string();
  switch (checkup.health) {
    case ledger::Health::missing:
      found.problems.push_back(cat(file, " is missing"));
      return found;
    case ledger::Health::damaged:
      for (const auto& words : checkup.problems) found.problems.push_back(cat(file, " is damaged (", words, ")"));
      return found;
    case ledger::Health::older:
      found.problems = checkup.problems;
      return found;
    case ledger::Health::sound:
    case ledger::Health::count_:
      break;
  }
  if (checkup.plan_key != store.header.plan_key) {
    found.problems.push_back(cat(file, " and ", run.store().string(), " belong to different campaigns"));
    return found;
  }
  List list(found.problems);
  for (std::size_t i = 0; i < std::min(store.slots.size(), checkup.tasks.size()); ++i) {
    const auto& task = checkup.tasks[i];
    const bool counted = task.state == ledger::TaskState::done;
    if (counted && !store.done(i)) {
      list.add(cat("sample ", i, ": done in the ledger, but its slot in the store is not"));
    } else if (counted && task.checksum != store.slots[i].checksum) {
      list.add(cat("sample ", i, ": the ledger has another checksum than the store"));
    } else if (!counted && store.done(i)) {
      // An attempt without result may have written before its run was killed.
      if (checkup.without_result.contains({task.simulation.value, store.slots[i].attempt})) {
        ++found.uncounted;
      } else {
        list.add(cat("sample ", i, ": done in the store, but not in the ledger"));
      }
    }
  }
  const auto results = results_in(run);
  for (std::size_t i = 0; i < checkup.tasks.size(); ++i) {
    const auto& task = checkup.tasks[i];
    if (task.kind != ledger::TaskKind::training || task.state != ledger::TaskState::done) continue;
    const auto result = results.find(task.key);
    if (result == results.end() || result->second != task.checksum)
      list.add(cat("training ", i, ": done in the ledger, but its result in ", run.models().string(), " is not"));
  }
  list.close("in the ledger");
  return found;
}

std::vector<ledger::FoundTask> kept_relaxations(const RunDirectory& run, const Campaign& campaign) {
  std::vector<ledger::FoundTask> found;
  for (const auto& relaxation : campaign.plan.relaxations) {
    const auto kept = workers::kept_relaxation(campaign.plan, relaxation, {campaign.folder, run.relaxed()});
    if (kept) found.push_back({relaxation.task, kept->samples.front().checksum, 0, kept->result});
  }
  return found;
}

void rename_durably(const fs::path& from, const fs::path& to) {
  std::error_code ec;
  fs::rename(from, to, ec);
  if (ec)
    throw Error(Fault::system, cat("renaming ", from.string(), " to ", to.string(), " failed (", ec.message(), ")"));
  sync_folder(fs::absolute(to).parent_path());
}

std::vector<std::string> repair(const RunDirectory& run, const Campaign& campaign, const StoreFindings& store) {
  std::error_code ec;
  ledger::Sources sources{.found = found_in(store), .ledgers = {}, .event = "the ledger was made again from the store"};
  for (auto& training : kept_trainings(run, campaign.plan)) sources.found.push_back(std::move(training));
  for (auto& relaxation : kept_relaxations(run, campaign)) sources.found.push_back(std::move(relaxation));
  for (const auto& older : {run.ledger(), run.snapshot()})
    if (fs::exists(older, ec) && fs::file_size(older, ec) > 0) sources.ledgers.push_back(older);
  const auto built = ledger::build(run.next_ledger(), campaign.plan, sources);
  const auto aside = move_aside(run.ledger());
  rename_durably(run.next_ledger(), run.ledger());
  // Afterwards: until then the ledger counted as done what the store calls bad.
  mark_bad(run, store);

  std::vector<std::string> done;
  if (!aside.empty()) done.push_back(cat("the old ledger is now ", aside.string()));
  done.push_back(cat("made ", run.ledger().string(), " from the store: ", count_text(built.counts.done), " of ",
                     count_text(built.counts.total()), " tasks done, ", count_text(built.counts.pending), " pending, ",
                     count_text(built.counts.quarantined), " in quarantine, ", count_text(built.attempts),
                     " attempts remembered"));
  for (const auto& what : built.unread) done.push_back(cat("could not be read of ", what));
  if (!store.redo.empty())
    done.push_back(cat("marked bad in the store, to be made again: ",
                       count_text(static_cast<std::int64_t>(store.redo.size())), " images"));
  return done;
}

}  // namespace twinmill::app
