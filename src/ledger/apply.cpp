#include "apply.hpp"

#include <charconv>

#include "twinmill/base/error.hpp"

namespace twinmill::ledger {

std::string checksum_text(std::uint64_t checksum) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[i] = digits[(checksum >> (4 * (15 - i))) & 15];
  return text;
}

std::uint64_t checksum_value(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

Writer::Writer(sql::Database& database)
    : database_(database),
      grant_(database.prepare("INSERT INTO attempts(lease, simulation, attempt, worker, host, samples, granted) "
                              "VALUES(?, ?, ?, ?, ?, ?, ?)")),
      count_attempt_(database.prepare("UPDATE simulations SET attempts = ?2 WHERE id = ?1 AND attempts = ?2 - 1")),
      finish_task_(database.prepare("UPDATE tasks SET state = 'done', checksum = ?2, seconds = ?3, attempt = ?4, "
                                    "worker = ?5, finished = ?6, result = ?8 "
                                    "WHERE id = ?1 AND state = 'pending' AND simulation = ?7")),
      end_attempt_(database.prepare("UPDATE attempts SET outcome = ?2, ended = ?3, seconds = ?4, fault = ?5, "
                                    "message = ?6 WHERE lease = ?1 AND outcome = 'running'")),
      charge_(database.prepare("UPDATE simulations SET failures = failures + ?2, losses = losses + ?3 WHERE id = ?1")),
      quarantine_task_(database.prepare("UPDATE tasks SET state = 'quarantined' "
                                        "WHERE id = ?1 AND state = 'pending' AND simulation = ?2")),
      give_reason_(database.prepare("UPDATE simulations SET reason = ?2 WHERE id = ?1")),
      late_(database.prepare("UPDATE attempts SET late = ?2 WHERE lease = ?1")),
      note_(database.prepare("INSERT INTO events(at, text) VALUES(?, ?)")) {}

void Writer::write(const Record& record, double now) {
  std::visit([&](const auto& one) { write_one(one, now); }, record);
}

void Writer::expect_one_row(const char* what, std::int64_t id) const {
  if (database_.changes() == 1) return;
  throw Error(Fault::bug, cat("the ledger refused a record (", what, " ", id,
                              " is not in the state that the record needs). Report it?"));
}

void Writer::write_one(const LeaseGranted& granted, double now) {
  grant_.run(granted.lease.value, granted.simulation.value, granted.attempt, granted.worker, granted.host,
             granted.samples, now);
  count_attempt_.run(granted.simulation.value, granted.attempt);
  expect_one_row("simulation", granted.simulation.value);
}

void Writer::write_one(const LeaseDone& done, double now) {
  const double share = done.samples.empty() ? 0.0 : done.seconds / static_cast<double>(done.samples.size());
  const std::optional<std::string> result = done.result.empty() ? std::nullopt : std::optional(done.result);
  for (const DoneSample& sample : done.samples) {
    finish_task_.run(sample.sample.value, checksum_text(sample.checksum), share, done.attempt, done.worker, now,
                     done.simulation.value, result);
    expect_one_row("task", sample.sample.value);
  }
  end_attempt_.run(done.lease.value, name(AttemptEnd::done), now, done.seconds, std::nullopt, std::nullopt);
  expect_one_row("lease", done.lease.value);
}

void Writer::write_one(const LeaseEnded& ended, double now) {
  ensure(ended.end != AttemptEnd::done, "a lease that ended without result was recorded as done");
  const std::optional<std::string> fault =
      ended.fault ? std::optional(std::string(twinmill::name(*ended.fault))) : std::nullopt;
  end_attempt_.run(ended.lease.value, name(ended.end), now, std::nullopt, fault, ended.message);
  expect_one_row("lease", ended.lease.value);
  switch (ended.charge) {
    case Charge::none:
      return;
    case Charge::failure:
      charge_.run(ended.simulation.value, 1, 0);
      break;
    case Charge::loss:
      charge_.run(ended.simulation.value, 0, 1);
      break;
    case Charge::count_:
      ensure(false, "charge out of range");
  }
  expect_one_row("simulation", ended.simulation.value);
}

void Writer::write_one(const Quarantined& given_up, double) {
  for (const SampleId sample : given_up.samples) {
    quarantine_task_.run(sample.value, given_up.simulation.value);
    expect_one_row("task", sample.value);
  }
  give_reason_.run(given_up.simulation.value, given_up.reason);
  expect_one_row("simulation", given_up.simulation.value);
}

void Writer::write_one(const LateResult& late, double) {
  // A lease of an unknown number is possible here (nonsense from a worker) and harmless: no row changes.
  late_.run(late.lease.value, late.what);
}

void Writer::write_one(const Note& note, double now) { note_.run(now, note.text); }

}  // namespace twinmill::ledger
