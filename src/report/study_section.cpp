// Many networks side by side: by number of classes, by class, by dose, and across conditions.
#include <algorithm>
#include <array>
#include <cmath>

#include "format.hpp"
#include "sections.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/report/figures.hpp"

namespace twinmill::report {

namespace {

constexpr std::array colours = {"var(--blue,#0072b2)", "var(--orange,#b35806)", "var(--green,#009e73)",
                                "var(--m1,#a9c9e2)", "var(--m4,#a9adb2)"};
std::string colour_of(std::size_t network) { return colours.at(network % colours.size()); }

std::string spread_text(const Spread& spread) {
  if (spread.models == 0) return "–";
  std::string text = fixed_text(spread.mean, 3);
  if (std::isfinite(spread.deviation)) text += "\u00a0±\u00a0" + fixed_text(spread.deviation, 3);
  return text;
}

std::string count_figure(const Study& study, Level level, const std::string& what) {
  LineChart chart{.title = cat("F1 by ", what, " against the number of classes, one line per network"),
                  .x_label = "classes, the lattice among them",
                  .y_label = cat("F1 by ", what),
                  .curves = {},
                  .y_from = 0,
                  .y_to = 1};
  for (const auto& [network, by_n] : f1_by_count(study, level)) {
    Curve curve{.name = network, .x = {}, .y = {}, .colour = colour_of(chart.curves.size())};
    for (const auto& [n, spread] : by_n) {
      curve.x.push_back(n);
      curve.y.push_back(spread.mean);
      curve.spread.push_back(spread.deviation);
    }
    chart.curves.push_back(curve);
  }
  return cat(
      "<figure>", line_chart(chart), "<figcaption>F1 by ", what,
      " (mean over the defects) of networks trained and tested on ", escape(words(main_condition(study))),
      ": mean and standard deviation over subsets of classes, splits and seeds (compare Fuhr et al. 2023, Fig. 2)."
      "</figcaption></figure>\n");
}

std::string count_table(const Study& study) {
  const auto by_pixel = f1_by_count(study, Level::pixel), by_defect = f1_by_count(study, Level::defect);
  Table table{.caption = "F1 by number of classes, with the number of networks that were trained.",
              .heads = {"network", "classes", "trained", "F1 by pixel", "F1 by defect"},
              .rows = {}};
  for (const auto& [network, by_n] : by_pixel) {
    for (const auto& [n, spread] : by_n)
      table.rows.push_back({escape(network), std::to_string(n), count_text(spread.models), spread_text(spread),
                            spread_text(by_defect.at(network).at(n))});
  }
  return table_html(table);
}

std::string class_table(const Study& study) {
  const auto by_class = f1_by_class(study, Level::pixel);
  const int most = most_classes(study);
  Table table{.caption = cat("F1 by pixel of each class: told from the lattice alone (2 classes), and among all ", most,
                             " classes (compare Fuhr et al. 2023, Fig. 3)."),
              .heads = {"class"},
              .rows = {}};
  std::vector<std::string> classes;
  for (const auto& model : study.models) {
    for (std::size_t c = 1; c < model.classes.size(); ++c)
      if (std::find(classes.begin(), classes.end(), model.classes[c]) == classes.end())
        classes.push_back(model.classes[c]);
  }
  for (const auto& [network, rows] : by_class) {
    table.heads.push_back(network + ", 2");
    if (most > 2) table.heads.push_back(cat(network, ", ", most));
  }
  for (const auto& name : classes) {
    std::vector<std::string> row = {escape(words(name))};
    for (const auto& [network, rows] : by_class) {
      const auto found = rows.find(name);
      const ClassRow scores = found == rows.end() ? ClassRow{} : found->second;
      row.push_back(spread_text(scores.alone));
      if (most > 2) row.push_back(spread_text(scores.among_all));
    }
    table.rows.push_back(std::move(row));
  }
  return by_class.empty() ? std::string() : table_html(table);
}

std::string dose_study(const Study& study) {
  LineChart chart{.title = "F1 by pixel against dose, one colour per network, with the fit where there is one",
                  .x_label = "dose (e/Å²)",
                  .y_label = "F1 (mean over defects)",
                  .curves = {},
                  .x_scale = Scale::logarithmic,
                  .y_from = 0,
                  .y_to = 1};
  std::string fits;
  std::size_t number = 0;
  for (const auto& [network, series] : f1_by_dose(study)) {
    const std::string colour = colour_of(number++);
    Curve points{.name = network, .x = {}, .y = {}, .colour = colour};
    if (series.fit.determined()) points.mark = Mark::points;
    Curve line{.name = "", .x = {}, .y = {}, .colour = colour, .mark = Mark::line};
    double low = 0, high = 0;
    for (const auto& [dose, spread] : series.points) {
      points.x.push_back(dose);
      points.y.push_back(spread.mean);
      points.spread.push_back(spread.deviation);
      if (low == 0) low = dose;
      if (std::isfinite(dose)) high = dose;
    }
    constexpr int steps = 60;
    for (int i = 0; series.fit.determined() && i <= steps; ++i) {
      line.x.push_back(low * std::pow(high / low, static_cast<double>(i) / steps));
      line.y.push_back(series.fit.at(line.x.back()));
    }
    chart.curves.push_back(points);
    chart.curves.push_back(line);
    fits += series.fit.determined() ? cat(" ", network, ": α = ", short_text(series.fit.alpha.value), " ± ",
                                          short_text(series.fit.alpha.error), " e/Å².")
                                    : cat(" ", network, ": α is not determined (", series.fit.not_determined, ").");
  }
  if (number == 0) return {};
  return cat("<figure class=\"single\">", line_chart(chart), "<figcaption>F1 against dose of the networks with ",
             most_classes(study), " classes, and D0 + A exp(-dose/α) (compare Fuhr et al. 2023, Fig. 5).", escape(fits),
             "</figcaption></figure>\n");
}

std::string transfer_table(const Study& study, const std::string& network) {
  const auto rows = transfer(study, network, Level::pixel);
  if (rows.empty()) return {};
  const auto conditions = conditions_of(study);
  std::string html = cat("<div class=\"wide\"><table class=\"confusion\">\n<caption>", escape(network),
                         ": F1 by pixel; rows: trained on, columns: evaluated on.</caption>\n"
                         "<thead><tr><th scope=\"col\">trained \\ evaluated</th>");
  for (const auto& name : conditions) html += cat("<th scope=\"col\">", escape(words(name)), "</th>");
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& [trained, row] : rows) {
    html += cat("<tr><th scope=\"row\">", escape(words(trained)), "</th>");
    for (const auto& name : conditions) {
      const auto found = row.find(name);
      const Spread spread = found == row.end() ? Spread{} : found->second;
      if (spread.models == 0) {
        html += "<td class=\"empty\">–</td>";
        continue;
      }
      html += cat(
          "<td style=\"background:rgba(0,114,178,", fixed_text(0.5 * spread.mean, 3), ")\"><b>",
          fixed_text(spread.mean, 3), "</b><small>",
          std::isfinite(spread.deviation) ? "± " + fixed_text(spread.deviation, 3) : plural(spread.models, "network"),
          "</small></td>");
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

}  // namespace

std::string study_section(const Content& content) {
  const Study& study = content.study;
  if (study.models.empty()) return {};
  std::string html = cat("<section id=\"study\">\n<h2>The study</h2>\n<p>",
                         plural(std::ssize(study.models), "network was", "networks were"),
                         " trained, each evaluated on structures that it has not seen. All numbers are in "
                         "<code>models/study.csv</code>.</p>\n<div class=\"pair\">\n");
  html += count_figure(study, Level::pixel, "pixel") + count_figure(study, Level::defect, "defect") + "</div>\n";
  html += count_table(study) + class_table(study);
  const std::string doses = dose_study(study);
  if (!doses.empty()) html += "<h3>How much dose they need</h3>\n" + doses;
  if (conditions_of(study).size() > 1) {
    html += "<h3>Trained here, used there</h3>\n";
    for (const auto& network : networks_of(study)) html += transfer_table(study, network);
  }
  return html + "</section>\n";
}

}  // namespace twinmill::report
