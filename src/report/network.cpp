// What the network learned, and how well it does on structures that it has not seen.
#include <algorithm>
#include <cmath>

#include "format.hpp"
#include "sections.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/report/figures.hpp"

namespace twinmill::report {

namespace {

std::string curves_html(const Training& training) {
  Curve train{.name = "training loss", .x = {}, .y = {}, .colour = "var(--blue,#0072b2)"};
  Curve validation{.name = "validation loss", .x = {}, .y = {}, .colour = "var(--orange,#b35806)"};
  Curve f1{.name = "validation F1", .x = {}, .y = {}, .colour = "var(--green,#009e73)"};
  for (const Epoch& epoch : training.history) {
    for (Curve* curve : {&train, &validation, &f1}) curve->x.push_back(epoch.number);
    train.y.push_back(epoch.train_loss);
    validation.y.push_back(epoch.validation_loss);
    f1.y.push_back(epoch.validation_f1);
  }
  const LineChart loss{.title = "Loss by epoch",
                       .x_label = "epoch",
                       .y_label = "loss",
                       .curves = {train, validation},
                       .y_from = 0,
                       .y_to = {}};
  const LineChart score{.title = "Validation F1 by epoch",
                        .x_label = "epoch",
                        .y_label = "validation F1 (mean over defects)",
                        .curves = {f1},
                        .y_from = 0,
                        .y_to = 1};
  return "<div class=\"pair\">\n<figure>" + line_chart(loss) +
         "<figcaption>Loss on the training and validation splits.</figcaption></figure>\n<figure>" + line_chart(score) +
         "<figcaption>F1 on the validation split, mean over the kinds of defects in "
         "it.</figcaption></figure>\n</div>\n";
}

std::string training_text(const Content& content) {
  const Training& training = *content.training;
  std::string text = "<p>";
  if (!content.extra.network.empty()) text += escape(content.extra.network) + ", ";
  if (training.parameters > 0) text += count_text(training.parameters) + " parameters, ";
  text += plural(static_cast<std::int64_t>(training.history.size()), "epoch");
  if (std::isfinite(training.seconds)) text += " in " + duration_text(training.seconds);
  const auto best = std::max_element(
      training.history.begin(), training.history.end(),
      [](const Epoch& a, const Epoch& b) { return std::isnan(a.validation_f1) || a.validation_f1 < b.validation_f1; });
  if (best != training.history.end() && std::isfinite(best->validation_f1))
    text += cat("; best validation F1 ", fixed_text(best->validation_f1, 3), " in epoch ", best->number);
  if (!training.history.empty() && std::isfinite(training.history.back().images_per_s))
    text += cat("; ", short_text(training.history.back().images_per_s), " images/s");
  return text + ".</p>\n";
}

/// F1 of a guess that knows only how often the network says this class: precision = p, recall = q.
double chance_f1(const ClassScore& score, std::int64_t pixels) {
  if (pixels <= 0 || score.true_pixels == 0) return std::nan("");
  const double p = static_cast<double>(score.true_pixels) / static_cast<double>(pixels);
  const double q = static_cast<double>(score.predicted_pixels) / static_cast<double>(pixels);
  return p + q > 0 ? 2 * p * q / (p + q) : 0;
}

std::string absent_text(const Evaluation& evaluation) {
  std::vector<std::string> names;
  for (const ClassScore& score : evaluation.classes)
    if (score.absent()) names.push_back(words(score.name));
  return names.empty()
             ? std::string()
             : cat("<p class=\"none\">Neither in the test split nor predicted: ", escape(list_text(names)), ".</p>\n");
}

std::string score_table(const Evaluation& evaluation) {
  std::int64_t pixels = 0;
  for (const ClassScore& score : evaluation.classes) pixels += score.true_pixels;
  Table table{
      .caption =
          "Pixels of the test split by class. By chance: F1 of a guess that says the class as often as the network "
          "does. A dash: undefined, because the class does not occur.",
      .heads = {"class", "true pixels", "predicted", "precision", "recall", "F1", "IOU", "F1 by chance"},
      .rows = {}};
  for (std::size_t c = 0; c < evaluation.classes.size(); ++c) {
    const ClassScore& score = evaluation.classes[c];
    if (score.absent()) continue;
    table.rows.push_back({chip(static_cast<int>(c)) + escape(words(score.name)), count_text(score.true_pixels),
                          count_text(score.predicted_pixels), fixed_text(score.precision, 3),
                          fixed_text(score.recall, 3), "<b>" + fixed_text(score.f1, 3) + "</b>",
                          fixed_text(score.iou, 3), fixed_text(chance_f1(score, pixels), 3)});
  }
  return table_html(table) + absent_text(evaluation);
}

std::string bars_html(const Evaluation& evaluation) {
  BarChart chart{.title = "Precision, recall, F1 and IOU of each class on the test split",
                 .categories = {},
                 .measures = {"precision", "recall", "F1", "IOU"},
                 .colours = {"var(--m1,#9ecae1)", "var(--m2,#6baed6)", "var(--m3,#08519c)", "var(--m4,#bdbdbd)"},
                 .values = {}};
  for (const ClassScore& score : evaluation.classes) {
    if (score.absent()) continue;
    chart.categories.push_back(words(score.name));
    chart.values.push_back({score.precision, score.recall, score.f1, score.iou});
  }
  return "<figure>" + bar_chart(chart) +
         "<figcaption>Scores by pixel of each class (compare Fuhr et al. 2023, Table "
         "S1).</figcaption></figure>\n";
}

std::string evaluation_html(const Evaluation& evaluation) {
  std::string html =
      cat("<h3>On structures it has not seen</h3>\n<p>", plural(evaluation.images, "image"), " of ",
          plural(evaluation.structures, "structure"), " of the test split; mean F1 over the defects in it: <b>",
          fixed_text(evaluation.macro_f1, 3), "</b>. The split is by structure, never by crop.</p>\n");
  html += score_table(evaluation);
  for (const std::string& note : evaluation.notes) html += cat("<p>", escape(note), ".</p>\n");
  html += "<div class=\"pair\">\n" + bars_html(evaluation) + dose_figure(evaluation) + "</div>\n";
  if (!evaluation.confusion.empty()) {
    std::vector<std::string> names;
    for (const ClassScore& score : evaluation.classes) names.push_back(words(score.name));
    html += confusion_table(names, evaluation.confusion,
                            "Pixels by true class (rows) and predicted class (columns); shares of each row.");
  }
  return html + defects_html(evaluation) + calibration_html(evaluation) + slices_html(evaluation);
}

}  // namespace

std::string network_section(const Content& content) {
  if (!content.training && !content.evaluation && !content.study.models.empty()) return {};  // The study says it all.
  std::string html = "<section id=\"network\">\n<h2>The network</h2>\n";
  if (content.training) {
    html += training_text(content) + curves_html(*content.training);
  } else {
    html += "<p class=\"none\">No network is trained yet.</p>\n";
  }
  if (content.evaluation) {
    html += evaluation_html(*content.evaluation);
  } else if (content.training) {
    html += "<p class=\"none\">The network is not evaluated yet.</p>\n";
  }
  return html + "</section>\n";
}

}  // namespace twinmill::report
