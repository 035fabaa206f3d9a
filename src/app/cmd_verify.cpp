// verify: is everything that is done intact? With --repair: mend what is not.
#include <fmt/format.h>

#include <iostream>
#include <optional>

#include "change.hpp"
#include "lock_beat.hpp"
#include "options.hpp"
#include "repair.hpp"
#include "session.hpp"
#include "twinmill/base/lock_file.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/ledger/ledger.hpp"
#include "twinmill/ledger/view.hpp"

namespace twinmill::app {
namespace {

void print_counts(const store::Damage& damage) {
  std::cout << fmt::format("{} images done, {} not yet, {} marked bad\n", count_text(damage.done),
                           count_text(damage.empty), count_text(damage.bad));
}

// What the published snapshot counts as done must be there. (The store may be ahead of it, never behind.)
LedgerFindings compare_snapshot(const RunDirectory& run, const StoreFindings& store) {
  LedgerFindings found;
  std::error_code ec;
  if (!std::filesystem::exists(run.snapshot(), ec)) return found;
  const ledger::LedgerView view(run.snapshot());
  if (view.plan_key() != store.header.plan_key) {
    found.problems.push_back(
        cat(run.snapshot().string(), " and ", run.store().string(), " belong to different campaigns"));
    return found;
  }
  const auto states = view.task_states();
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (states[i] == ledger::TaskState::done && !store.done(i))
      found.problems.push_back(cat("sample ", i, ": done in the ledger, but its slot in the store is not"));
  }
  return found;
}

// The ledger itself when nobody works on it, else its snapshot.
std::optional<ledger::Checkup> check_up_ledger(const RunDirectory& run) {
  if (!LockFile::holder(run.lock()).empty()) return std::nullopt;
  std::optional<LockFile> lock;
  try {
    lock.emplace(run.lock());
  } catch (const Error&) {
    return std::nullopt;  // Just taken by a run, or the folder is only to be read.
  }
  return ledger::check_up(run.ledger());
}

LedgerFindings compare_ledger(const RunDirectory& run, const StoreFindings& store,
                              const std::optional<ledger::Checkup>& checkup) {
  if (!checkup) return compare_snapshot(run, store);
  auto found = compare(run, store, *checkup);
  std::error_code ec;
  if (std::filesystem::exists(run.next_store(), ec))
    found.problems.push_back(cat(run.next_store().string(),
                                 " is there: a change of the campaign was cut off, and twinmill run finishes it"));
  return found;
}

// A table of samples that was changed: nothing here can mend it.
void check_leaks(const RunDirectory& run) {
  Problems problems;
  for (const auto& leak : store::find_leaks(store::Reader(run.store())))
    problems.add(run.store().filename().string(), store::text(leak));
  problems.throw_if_any();
}

void say_uncounted(const LedgerFindings& ledger) {
  if (ledger.uncounted > 0)
    std::cout << count_text(ledger.uncounted)
              << " images were finished by a run that was killed before it could count them; twinmill run makes them "
                 "again\n";
}

ExitCode check(const RunDirectory& run) {
  // First the ledger: what it counts as done is in the store by then.
  const auto checkup = check_up_ledger(run);
  const auto store = examine_store(run);
  print_counts(store.damage);
  auto problems = store.problems();
  const auto ledger = compare_ledger(run, store, checkup);
  problems.insert(problems.end(), ledger.problems.begin(), ledger.problems.end());
  say_uncounted(ledger);
  if (!problems.empty()) {
    std::string all;
    for (const auto& p : problems) all += p + "\n";
    throw Error(Fault::system, cat(all, problems.size(), " problem(s) in ", run.path.string(), ". twinmill verify ",
                                   run.path.string(), " --repair?"));
  }
  check_leaks(run);
  std::cout << "everything that is done is intact\n";
  return ExitCode::done;
}

ExitCode mend(const RunDirectory& run) {
  LockFile lock(run.lock());
  LockBeat beat(lock);
  switch (ledger::check_up(run.ledger()).health) {
    case ledger::Health::sound:
    case ledger::Health::missing:
      finish_change(run);
      break;
    case ledger::Health::damaged:
    case ledger::Health::older:
    case ledger::Health::count_:
      abandon_change(run);
  }
  const auto store = examine_store(run);
  print_counts(store.damage);
  const Campaign campaign = campaign_of(run, store.header);
  const auto ledger = compare(run, store, ledger::check_up(run.ledger()));
  auto problems = store.problems();
  problems.insert(problems.end(), ledger.problems.begin(), ledger.problems.end());
  for (const auto& p : problems) std::cout << "found: " << p << "\n";
  say_uncounted(ledger);
  if (problems.empty()) {
    std::cout << "nothing to repair\n";
  } else {
    for (const auto& words : repair(run, campaign, store)) std::cout << words << "\n";
    std::cout << "twinmill run " << run.campaign().string() << " --dir " << run.path.string()
              << " makes what is missing\n";
  }
  change_study(run, campaign);  // A change that was cut off may have come further than the campaign's copy.
  ledger::Ledger::open(run.ledger(), campaign.plan).publish_snapshot(run.snapshot());
  beat.finish();
  return ExitCode::done;
}

}  // namespace

ExitCode run_verify(const Arguments& arguments) {
  Options options("verify", {"DIR"});
  options.add()("repair", flag(),
                "make the ledger again from the store where it is damaged, and have bad images redone");
  if (!options.parse(arguments)) return ExitCode::done;
  const auto run = existing_run(options.text("DIR"));
  if (!options.on("repair")) return check(run);
  return in_session([&](const mpi::Communicator& world) {
    ExitCode code = ExitCode::done;
    mpi::together(world, [&] {
      if (world.rank() == 0) code = mend(run);
    });
    return code;
  });
}

}  // namespace twinmill::app
