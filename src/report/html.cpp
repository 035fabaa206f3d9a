// Small pieces of HTML that several sections use.
#include <cmath>

#include "format.hpp"
#include "sections.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/report/figures.hpp"

namespace twinmill::report {

namespace {

std::string image_tag(const std::string& png, int width, int height, std::string_view alt) {
  return cat("<img width=\"", width, "\" height=\"", height, "\" alt=\"", escape(alt), "\" src=\"", data_url(png),
             "\">");
}

}  // namespace

std::string table_html(const Table& table, std::string_view attributes) {
  std::string html = cat("<div class=\"wide\"", attributes, "><table>\n");
  if (!table.caption.empty()) html += cat("<caption>", escape(table.caption), "</caption>\n");
  if (!table.heads.empty()) {
    html += "<thead><tr>";
    for (const std::string& head : table.heads) html += cat("<th scope=\"col\">", escape(head), "</th>");
    html += "</tr></thead>\n";
  }
  html += "<tbody>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      html += i == 0 ? cat("<th scope=\"row\">", row[i], "</th>") : cat("<td>", row[i], "</td>");
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string picture_html(const RgbPicture& picture, std::string_view alt) {
  return image_tag(encode_png(picture), picture.width, picture.height, alt);
}

std::string picture_html(const GreyPicture& picture, std::string_view alt) {
  return image_tag(encode_png(picture), picture.width, picture.height, alt);
}

std::string dose_text(double dose_e_per_A2) {
  return std::isinf(dose_e_per_A2) ? "no noise" : value_text(dose_e_per_A2) + " e/Å²";
}

std::string chip(int class_number) {
  return cat("<i class=\"chip\" style=\"background:", css_text(class_colour(class_number)), "\"></i>");
}

}  // namespace twinmill::report
