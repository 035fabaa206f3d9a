#pragma once
// Questions that both the live ledger and a snapshot answer.

#include <optional>
#include <string>
#include <vector>

#include "twinmill/ledger/ledger.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::ledger {

Counts counts_in(const sql::Database& database);
Counts counts_in(const sql::Database& database, TaskKind kind);
/// All stages, oldest first.
std::vector<Stage> stages_in(const sql::Database& database);
std::optional<Stage> stage_in(const sql::Database& database, const std::string& kind, const std::string& key);
/// A value of table meta; throws Error(system) when it is missing.
std::string meta_in(const sql::Database& database, const std::string& name);

}  // namespace twinmill::ledger
