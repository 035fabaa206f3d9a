#include "html.hpp"

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::monitor {

std::string keyboard_table_html(const Table& table) {
  return report::table_html(table, cat(" tabindex=\"0\" role=\"region\" aria-label=\"", escape(table.caption), "\""));
}

std::string bar_html(std::int64_t part, std::int64_t whole, std::string_view label) {
  return cat("<progress max=\"", whole > 0 ? whole : 1, "\" value=\"", whole > 0 ? part : 0, "\" aria-label=\"",
             escape(label), "\">", count_text(part), " of ", count_text(whole), "</progress>");
}

std::string section_html(std::string_view id, std::string_view heading, std::string_view content) {
  return cat("<section id=\"", id, "\" aria-labelledby=\"", id, "-h\">\n<h2 id=\"", id, "-h\">", escape(heading),
             "</h2>\n", content, "</section>\n");
}

std::string page_html(const PageFrame& frame) {
  std::string html = cat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
      escape(frame.title), "</title>\n<link rel=\"icon\" href=\"", frame.root, "icon.svg\" type=\"image/svg+xml\">\n");
  for (const char* sheet : {"uplot.css", "classes.css", "monitor.css"})
    html += cat("<link rel=\"stylesheet\" href=\"", frame.root, sheet, "\">\n");
  if (frame.refresh_without_script_s > 0)
    html +=
        cat("<noscript><meta http-equiv=\"refresh\" content=\"", frame.refresh_without_script_s, "\"></noscript>\n");
  return html + frame.script +
         "</head>\n<body>\n<a class=\"skip\" href=\"#main\">To the content</a>\n<main id=\"main\">\n" + frame.body +
         "</main>\n</body>\n</html>\n";
}

}  // namespace twinmill::monitor
