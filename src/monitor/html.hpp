#pragma once
// Small pieces of HTML.

#include <string>
#include <string_view>
#include <vector>

#include "twinmill/report/figures.hpp"
#include "twinmill/report/html_table.hpp"

namespace twinmill::monitor {

using report::escape;
using report::Table;

/// Can be reached and scrolled by the keyboard.
std::string keyboard_table_html(const Table& table);

/// A bar that shows part / whole, with its numbers for those who do not see it.
std::string bar_html(std::int64_t part, std::int64_t whole, std::string_view label);

/// <section id=...> with a heading.
std::string section_html(std::string_view id, std::string_view heading, std::string_view content);

struct PageFrame {
  std::string title;
  std::string root;  ///< From the page to the folder it is served in: "" or "../".
  std::string body;
  std::string script = {};           ///< HTML in the head that starts scripts.
  int refresh_without_script_s = 0;  ///< 0: never.
};
std::string page_html(const PageFrame& frame);

}  // namespace twinmill::monitor
