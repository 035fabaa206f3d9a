#pragma once
// Tables of the report and of the live page.

#include <string>
#include <string_view>
#include <vector>

namespace twinmill::report {

/// Cells are HTML, already escaped. The first column holds row headings; caption and heads may be left out.
struct Table {
  std::string caption;
  std::vector<std::string> heads;
  std::vector<std::vector<std::string>> rows;
};
/// `attributes`: of the box around it, which scrolls when the table is wider than the page.
std::string table_html(const Table& table, std::string_view attributes = {});

}  // namespace twinmill::report
