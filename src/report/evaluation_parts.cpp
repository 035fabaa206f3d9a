// What the report says of an evaluation beside its scores by pixel: dose, defects, calibration, slices.
#include <algorithm>
#include <cmath>
#include <map>

#include "format.hpp"
#include "sections.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/report/figures.hpp"

namespace twinmill::report {

namespace {

constexpr std::size_t many_rows = 12;

/// "1,230 ± 40 e/Å² (95 %: 1,150 to 1,320)".
std::string alpha_text(const DoseFitScore& fit) {
  std::string text = cat(short_text(fit.alpha.value), " ± ", short_text(fit.alpha.error), " e/Å²");
  if (fit.intervals_not_determined.empty())
    return text + cat(" (95 % over structures drawn anew: ", short_text(fit.alpha.low), " to ",
                      short_text(fit.alpha.high), ")");
  return text + cat(" (no interval: ", fit.intervals_not_determined, ")");
}

/// The fitted curve between the doses that were measured.
Curve fitted_curve(const DoseFitScore& fit, const std::vector<DoseScore>& by_dose) {
  Curve curve{.name = "fit", .x = {}, .y = {}, .colour = "var(--soft)", .mark = Mark::line};
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const DoseScore& score : by_dose) {
    if (!(score.dose > 0) || std::isinf(score.dose)) continue;
    low = std::min(low, score.dose);
    high = std::max(high, score.dose);
  }
  constexpr int steps = 60;
  for (int i = 0; i <= steps && low < high; ++i) {
    const double dose = low * std::pow(high / low, static_cast<double>(i) / steps);
    curve.x.push_back(dose);
    curve.y.push_back(fit.d0.value + fit.a.value * std::exp(-dose / fit.alpha.value));
  }
  return curve;
}

Curve reliability_line(const ReliabilityCurve& reliability, const std::string& name, const std::string& colour) {
  Curve curve{.name = name, .x = {}, .y = {}, .colour = colour};
  for (const ReliabilityBin& bin : reliability.bins) {
    if (bin.pixels == 0) continue;
    curve.x.push_back(bin.confidence);
    curve.y.push_back(bin.accuracy);
  }
  return curve;
}

struct AxisWords {
  std::string title, head;
};

AxisWords words_of_axis(const std::string& axis) {
  static const std::map<std::string, AxisWords> known = {
      {"dose", {"By dose", "dose (e/Å²)"}},
      {"rotation", {"By rotation of the sheet", "rotation (°)"}},
      {"boundary", {"With and without a grain boundary", "boundary"}},
      {"boundary_rotation", {"By rotation of the second grain", "rotation (°)"}},
      {"damage", {"With and without beam damage", "damage"}},
      {"parent", {"By parent", "parent"}},
      {"defect", {"By what the structure holds", "structure"}},
      {"impurities", {"With and without impurities", "impurities"}}};
  const auto found = known.find(axis);
  return found == known.end() ? AxisWords{"By " + words(axis), words(axis)} : found->second;
}

std::string value_words(const SliceScore& slice) {
  if (slice.axis != "dose") return words(slice.value);
  return slice.value == "inf" ? "no noise" : value_text(parse_double(slice.value, "dose"));
}

std::string per_image(std::int64_t count, std::int64_t images) {
  return images > 0 ? fixed_text(static_cast<double>(count) / static_cast<double>(images), 2) : "–";
}

std::string slice_table(const std::vector<const SliceScore*>& slices, const std::vector<ClassScore>& classes) {
  const AxisWords axis = words_of_axis(slices.front()->axis);
  Table table{.caption = axis.title,
              .heads = {axis.head, "images", "structures", "F1 by pixel", "F1 by defect", "false alarms per image"},
              .rows = {}};
  std::vector<std::size_t> shown;  // Classes that occur in any slice.
  for (std::size_t c = 1; c < classes.size(); ++c) {
    if (classes[c].true_pixels == 0) continue;
    shown.push_back(c);
    table.heads.push_back(words(classes[c].name));
  }
  for (const SliceScore* slice : slices) {
    std::vector<std::string> row = {escape(value_words(*slice)),
                                    count_text(slice->images),
                                    count_text(slice->structures),
                                    "<b>" + fixed_text(slice->macro_f1, 3) + "</b>",
                                    "<b>" + fixed_text(slice->defect_macro_f1, 3) + "</b>",
                                    per_image(slice->false_alarms, slice->images)};
    for (const std::size_t c : shown)
      row.push_back(fixed_text(c < slice->class_f1.size() ? slice->class_f1[c] : nan, 3));
    table.rows.push_back(std::move(row));
  }
  std::string html = table_html(table);
  if (slices.size() <= many_rows) return html;
  return cat("<details><summary>", escape(axis.title), " (", slices.size(), " rows)</summary>\n", html, "</details>\n");
}

}  // namespace

std::string dose_figure(const Evaluation& evaluation) {
  if (evaluation.by_dose.size() < 2) return {};
  Curve curve{.name = "F1", .x = {}, .y = {}, .colour = "var(--green,#009e73)"};
  for (const DoseScore& score : evaluation.by_dose) {
    curve.x.push_back(score.dose);
    curve.y.push_back(score.macro_f1);
  }
  LineChart chart{.title = "F1 on the test split by dose",
                  .x_label = "dose (e/Å²)",
                  .y_label = "F1 (mean over defects)",
                  .curves = {curve},
                  .x_scale = Scale::logarithmic,
                  .y_from = 0,
                  .y_to = 1};
  std::string caption = "F1 by dose: how much beam the network needs (compare Fuhr et al. 2023, Fig. 5).";
  if (evaluation.dose_fit) {
    const DoseFitScore& fit = *evaluation.dose_fit;
    if (fit.not_determined.empty()) {
      chart.curves[0].mark = Mark::points;
      chart.curves.push_back(fitted_curve(fit, evaluation.by_dose));
      caption += cat(" The line is D0 + A exp(-dose/α) with α = ", alpha_text(fit),
                     ", D0 = ", fixed_text(fit.d0.value, 3), " ± ", fixed_text(fit.d0.error, 3),
                     ", A = ", fixed_text(fit.a.value, 3), " ± ", fixed_text(fit.a.error, 3), ".");
    } else {
      caption += cat(" A fit of D0 + A exp(-dose/α) is not determined: ", fit.not_determined, ".");
    }
  }
  return "<figure>" + line_chart(chart) + "<figcaption>" + escape(caption) + "</figcaption></figure>\n";
}

std::string defects_html(const Evaluation& evaluation) {
  if (!evaluation.defects) return {};
  const DefectLevel& level = *evaluation.defects;
  std::string html =
      cat("<h3>Defect by defect</h3>\n<p>A found defect is a region of one class, at least ",
          fixed_text(100 * level.smallest_area, 0), " % of a label's disc; it belongs to the nearest true one within ",
          short_text(level.match_radius_A), " Å, one to one. Whatever lies within ", short_text(level.label_radius_A),
          " Å of an image's border is not counted. Mean F1 over the defects present: <b>",
          fixed_text(level.macro_f1, 3), "</b>.</p>\n");
  Table table{.caption = "Defects of the test split by class.",
              .heads = {"class", "true", "found", "hits", "precision", "recall", "F1"},
              .rows = {}};
  std::vector<std::string> names = {"nothing"};
  for (const DefectScore& score : level.classes) {
    if (!score.absent())
      table.rows.push_back({chip(static_cast<int>(names.size())) + escape(words(score.name)), count_text(score.truth),
                            count_text(score.found), count_text(score.hits), fixed_text(score.precision, 3),
                            fixed_text(score.recall, 3), "<b>" + fixed_text(score.f1, 3) + "</b>"});
    names.push_back(words(score.name));
  }
  html += table_html(table);
  if (level.confusion.size() == names.size())
    html += confusion_table(names, level.confusion,
                            "Defects by what is there (rows) and what was found in its place (columns). Row nothing: "
                            "false alarms; column nothing: missed.");
  return html;
}

std::string calibration_html(const Evaluation& evaluation) {
  if (evaluation.calibration.bins.empty()) return {};
  const LineChart chart{
      .title = "How often the network is right by how sure it is",
      .x_label = "highest probability",
      .y_label = "share of pixels that are right",
      .curves = {reliability_line(evaluation.calibration, "all pixels", "var(--blue,#0072b2)"),
                 reliability_line(evaluation.defect_calibration, "predicted defects", "var(--orange,#b35806)"),
                 {.name = "as sure as right", .x = {0, 1}, .y = {0, 1}, .colour = "var(--soft)", .mark = Mark::line}},
      .y_from = 0,
      .y_to = 1};
  return cat("<h3>Is it as sure as it is right?</h3>\n<figure class=\"single\">", line_chart(chart),
             "<figcaption>Reliability in ", evaluation.calibration.bins.size(),
             " bins of the highest probability. Expected calibration error: ",
             fixed_text(evaluation.calibration.expected_error, 4), " over all pixels, ",
             fixed_text(evaluation.defect_calibration.expected_error, 4),
             " over those predicted to be a defect. Below the grey line it is too sure.</figcaption></figure>\n");
}

std::string slices_html(const Evaluation& evaluation) {
  std::string html;
  std::vector<const SliceScore*> axis;
  const auto flush = [&] {
    if (axis.size() > 1) html += slice_table(axis, evaluation.classes);
    axis.clear();
  };
  for (const SliceScore& slice : evaluation.slices) {
    if (!axis.empty() && axis.front()->axis != slice.axis) flush();
    axis.push_back(&slice);
  }
  flush();
  return html.empty() ? html : "<h3>Where it does well and where not</h3>\n" + html;
}

}  // namespace twinmill::report
