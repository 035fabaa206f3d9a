#pragma once
// Every table, column and word of the ledger file.

#include <filesystem>

#include "twinmill/campaign/plan.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::ledger {

/// Marks the file as ours for file(1) and for us ("TwMl").
inline constexpr int application_id = 0x54774d6c;

enum class Content { nothing, ledger, count_ };

/// What the file holds. Throws Error(input) when it is a database of something else or of a newer program.
Content recognise(const sql::Database& database, const std::filesystem::path& path);

/// Makes the tables and inserts every task of the plan, inside the caller's transaction.
void create(sql::Database& database, const campaign::Plan& plan, double now);

}  // namespace twinmill::ledger
