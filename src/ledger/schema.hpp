#pragma once
// Every table, column and word of the ledger file.

#include <filesystem>
#include <string>

#include "twinmill/campaign/plan.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::ledger {

/// Marks the file as ours for file(1) and for us ("TwMl").
inline constexpr int application_id = 0x54774d6c;

enum class Content { nothing, ledger, older, count_ };

/// What the file holds. Throws Error(input) when it is a database of something else or of a newer program.
Content recognise(const sql::Database& database, const std::filesystem::path& path);
/// The words for a ledger of an older format.
std::string older_words(const sql::Database& database, const std::filesystem::path& path);
/// "twinmill verify DIR --repair" for a ledger in DIR.
std::string repair_command(const std::filesystem::path& path);

/// Makes the tables and inserts every task of the plan, inside the caller's transaction.
void create(sql::Database& database, const campaign::Plan& plan, double now);

}  // namespace twinmill::ledger
