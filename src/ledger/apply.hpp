#pragma once
// Records as SQL.

#include "twinmill/ledger/record.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::ledger {

/// The prepared statements behind Ledger::apply(). Each write() belongs inside a transaction of the caller.
class Writer {
 public:
  explicit Writer(sql::Database& database);
  void write(const Record& record, double now);

 private:
  void write_one(const LeaseGranted& granted, double now);
  void write_one(const LeaseDone& done, double now);
  void write_one(const LeaseEnded& ended, double now);
  void write_one(const Quarantined& given_up, double now);
  void write_one(const LateResult& late, double now);
  void write_one(const Note& note, double now);
  /// Throws Error(bug) unless the statement that ran last changed exactly one row.
  void expect_one_row(const char* what, std::int64_t id) const;

  sql::Database& database_;
  sql::Statement grant_, count_attempt_, finish_task_, end_attempt_, charge_, quarantine_task_, give_reason_, late_,
      note_;
};

/// "00c0ffee00c0ffee": how a checksum is stored.
std::string checksum_text(std::uint64_t checksum);
std::uint64_t checksum_value(const std::string& text);

}  // namespace twinmill::ledger
