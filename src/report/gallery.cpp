// Pictures: one specimen per kind of defect, and one specimen from few electrons to infinitely many.
#include <algorithm>
#include <cmath>

#include "choose.hpp"
#include "format.hpp"
#include "sections.hpp"
#include "series_image.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/report/figures.hpp"

namespace twinmill::report {

namespace {

constexpr std::size_t doses_shown = 3;
constexpr std::size_t doses_in_series = 5;
constexpr int largest_side = 256;

/// Large images are averaged down, so that the page stays small.
Image<float> reduced(const Image<float>& image, int factor) {
  if (factor <= 1) return image;
  Image<float> small(image.width / factor, image.height / factor);
  for (int y = 0; y < small.height; ++y) {
    for (int x = 0; x < small.width; ++x) {
      double sum = 0;
      for (int j = 0; j < factor; ++j)
        for (int i = 0; i < factor; ++i) sum += image.at(x * factor + i, y * factor + j);
      small.at(x, y) = static_cast<float>(sum / factor / factor);
    }
  }
  return small;
}

Image<std::uint8_t> reduced(const Image<std::uint8_t>& mask, int factor) {
  if (factor <= 1) return mask;
  Image<std::uint8_t> small(mask.width / factor, mask.height / factor);
  for (int y = 0; y < small.height; ++y)
    for (int x = 0; x < small.width; ++x) small.at(x, y) = mask.at(x * factor + factor / 2, y * factor + factor / 2);
  return small;
}

int reduction(const store::Shapes& shapes) {
  return (std::max(shapes.width, shapes.height) + largest_side - 1) / largest_side;
}

const store::SampleRow& row_of(const Content& content, std::int64_t sample) {
  return content.samples[static_cast<std::size_t>(sample)];
}

std::vector<bool> predicted_samples(const Content& content) {
  std::vector<bool> predicted(content.samples.size());
  for (const auto& [sample, ignored] : content.predictions)
    if (sample >= 0 && sample < static_cast<std::int64_t>(predicted.size()))
      predicted[static_cast<std::size_t>(sample)] = true;
  return predicted;
}

std::vector<Specimen> specimens_of(const Content& content) {
  const auto shows_defect = [&](std::int64_t sample) {
    const Image<std::uint8_t> mask = content.reader.mask(sample);
    bool inside = false;
    for (int y = 0; y < mask.height; ++y)
      for (int x = 0; x < mask.width; ++x) {
        if (mask.at(x, y) == 0) continue;
        if (x == 0 || y == 0 || x == mask.width - 1 || y == mask.height - 1) return false;  // Cut by the border.
        inside = true;
      }
    return inside;
  };
  return chosen_specimens({content.samples, content.done_samples(), predicted_samples(content), shows_defect});
}

std::string split_text(const std::string& split) { return split == "test" ? "test (never seen in training)" : split; }

std::string boundary_text(const store::SampleRow& row) {
  if (row.boundary == 0) return "none";
  std::string text = cat("second grain turned by ", value_text(row.boundary_rotation_deg), "°");
  if (row.boundary_gap_A != 0)
    text += cat(row.boundary_gap_A > 0 ? ", gap of " : ", overlap of ", value_text(std::abs(row.boundary_gap_A)), " Å");
  return text;
}

/// All that made a sample.
std::string parameters(const Content& content, std::int64_t sample) {
  const store::SampleRow& row = row_of(content, sample);
  std::string rows;
  const auto say = [&](std::string_view what, const std::string& value) {
    if (!value.empty()) rows += cat("<dt>", what, "</dt><dd>", escape(value), "</dd>\n");
  };
  say("sample", cat(sample, " (key ", row.key, ")"));
  say("structure", cat(row.structure, ": ", defect_text(row), " in ", row.parent));
  say("impurities", row.impurities);
  say("relaxed as", row.relaxation);
  say("split", row.split);
  say("rotation", cat(value_text(row.rotation_deg), "°"));
  say("grain boundary", boundary_text(row));
  say("beam damage", row.damage_atoms > 0 ? plural(row.damage_atoms, "atom") + " removed" : "none");
  say("defocus", cat(value_text(row.defocus_A), " Å"));
  say("dose", std::isinf(row.dose_e_per_A2) ? std::string("no noise")
                                            : cat(dose_text(row.dose_e_per_A2), ", ",
                                                  short_text(row.electrons_per_pixel), " electrons per pixel"));
  say("beam", cat(value_text(row.energy_kev), " kV, semiangle ", value_text(row.semiangle_mrad), " mrad"));
  say("field", cat(value_text(row.field_x_A), " × ", value_text(row.field_y_A), " Å"));
  return cat("<details><summary>all parameters</summary>\n<dl>\n", rows, "</dl></details>\n");
}

/// Image, truth and prediction of one sample, with its caption.
std::string card(const Content& content, std::int64_t sample) {
  const store::SampleRow& row = row_of(content, sample);
  const int factor = reduction(content.header.shapes);
  const GreyPicture picture = grey(reduced(content.reader.image(sample, 0), factor));
  const std::string what = cat(defect_text(row), " in ", row.parent, " at ", dose_text(row.dose_e_per_A2));
  std::string html = "<figure class=\"card\">\n<div class=\"strip\">\n";
  html += cat("<div>", picture_html(picture, what + ": simulated image"), "<span>image</span></div>\n");
  html += cat("<div>",
              picture_html(overlay(picture, reduced(content.reader.mask(sample), factor)), what + ": true classes"),
              "<span>truth</span></div>\n");
  if (const auto found = content.predictions.find(sample); found != content.predictions.end())
    html += cat("<div>", picture_html(overlay(picture, reduced(found->second, factor)), what + ": predicted classes"),
                "<span>network</span></div>\n");
  html +=
      cat("</div>\n<figcaption><b>", escape(dose_text(row.dose_e_per_A2)), "</b>, ", escape(row.parent), ", ",
          escape(defect_text(row)), ", turned by ", value_text(row.rotation_deg), "°, ", escape(split_text(row.split)),
          row.boundary != 0 ? cat(", ", boundary_text(row)) : std::string(),
          row.damage_atoms > 0 ? cat(", ", plural(row.damage_atoms, "atom"), " knocked out") : std::string(), " <code>",
          escape(row.key.substr(0, 8)), "</code>", parameters(content, sample), "</figcaption>\n</figure>\n");
  return html;
}

/// The classes that the campaign can contain: a structure file may hold any.
std::string class_legend(const Content& content) {
  const std::vector<std::string> defects = content.defects();
  const auto has = [&](const std::string& kind) {
    return std::find(defects.begin(), defects.end(), kind) != defects.end();
  };
  std::string html = "<p class=\"legend\">";
  for (std::size_t c = 1; c < content.header.classes.size(); ++c)
    if (has(content.header.classes[c]) || has("file"))
      html += cat("<span>", chip(static_cast<int>(c)), escape(words(content.header.classes[c])), "</span>\n");
  return html + "</p>\n";
}

std::string detector_text(const store::Header& header) {
  if (header.detectors.empty()) return {};
  std::string text = header.detectors.front();
  if (!header.detector_inner_mrad.empty() && !header.detector_outer_mrad.empty())
    text += cat(" (", value_text(header.detector_inner_mrad.front()), " to ",
                value_text(header.detector_outer_mrad.front()), " mrad)");
  if (header.detectors.size() > 1) text += cat(", the first of ", header.detectors.size(), " detectors");
  return text;
}

/// One step of the dose series: the image above, what the network says below.
std::string series_step(const GreyPicture& picture, const Image<std::uint8_t>* prediction, int factor,
                        std::string_view caption, std::string_view note, std::string_view alt) {
  std::string html = "<figure class=\"step\">\n" + picture_html(picture, alt);
  if (prediction != nullptr)
    html += "\n" + picture_html(overlay(picture, reduced(*prediction, factor)), cat(alt, ": predicted classes"));
  return html + cat("\n<figcaption><b>", escape(caption), "</b><br>", escape(note), "</figcaption>\n</figure>\n");
}

/// The specimen with most predicted doses, then most doses; a defect rather than pristine.
const Specimen* series_specimen(const Content& content, const std::vector<Specimen>& specimens) {
  const Specimen* best = nullptr;
  for (const Specimen& specimen : specimens) {
    const bool exact = content.exposure_done(specimen.exposure);
    if (specimen.samples.size() < 2 && !exact) continue;
    if (best == nullptr || specimen.predicted > best->predicted ||
        (specimen.predicted == best->predicted && specimen.samples.size() > best->samples.size()))
      best = &specimen;
  }
  return best;
}

/// What turns, boundaries, damage and focus do to an image: a row of samples for each axis that has values to compare.
std::string along_axes(const Content& content, const std::vector<Specimen>& specimens) {
  constexpr std::size_t values_shown = 4;
  const std::vector<ShownAxis> axes = {
      {"Turned", [](const store::SampleRow& row) { return row.boundary == 0 ? row.rotation_deg : std::nan(""); }},
      {"Beside a grain boundary",
       [](const store::SampleRow& row) { return row.boundary == 0 ? -1000 : row.boundary_rotation_deg; }},
      {"Damaged by the beam", [](const store::SampleRow& row) { return static_cast<double>(row.damage_atoms); }},
      {"Out of focus", [](const store::SampleRow& row) { return row.defocus_A; }}};
  const Candidates candidates{content.samples, content.done_samples(), predicted_samples(content), {}};
  std::string html;
  for (const auto& axis : axes) {
    const auto samples = along_axis(candidates, axis, specimens.front().samples.back(), values_shown);
    if (samples.empty()) continue;
    html += cat("<h3>", axis.title, "</h3>\n<div class=\"cards\">\n");
    for (const std::int64_t sample : samples) html += card(content, sample);
    html += "</div>\n";
  }
  return html;
}

}  // namespace

std::string gallery_section(const Content& content) {
  std::string html = "<section id=\"gallery\">\n<h2>Images, labels and predictions</h2>\n";
  const std::vector<Specimen> specimens = specimens_of(content);
  if (specimens.empty()) return html + "<p class=\"none\">No image is done yet.</p>\n</section>\n";
  const store::SampleRow& first = row_of(content, specimens.front().samples.front());
  html += cat("<p>One specimen per kind of defect. Each image is ", content.header.shapes.width, " × ",
              content.header.shapes.height, " pixels of ", short_text(first.pixel_x_A), " Å, ",
              escape(detector_text(content.header)), ", ", value_text(first.energy_kev),
              " kV, drawn between its 0.5 and 99.5 percentiles. ",
              content.predictions.empty() ? "There are no predictions: the network was not evaluated."
                                          : "Specimens of the test split also show what the network found.",
              " All parameters below an image show it larger.</p>\n");
  html += class_legend(content);
  for (const Specimen& specimen : specimens) {
    const store::SampleRow& row = row_of(content, specimen.samples.front());
    html += cat("<h3>", escape(words(row.defect)), "</h3>\n<div class=\"cards\">\n");
    for (const std::int64_t sample : spread(specimen.samples, doses_shown)) html += card(content, sample);
    html += "</div>\n";
  }
  return html + along_axes(content, specimens) + "</section>\n";
}

std::string dose_section(const Content& content) {
  const std::vector<Specimen> specimens = specimens_of(content);
  const Specimen* specimen = series_specimen(content, specimens);
  if (specimen == nullptr) return {};
  const store::SampleRow& row = row_of(content, specimen->samples.front());
  const int factor = reduction(content.header.shapes);
  std::string html = "<section id=\"doses\">\n<h2>From few electrons to infinitely many</h2>\n";
  html +=
      cat("<p>", escape(row.parent), ", ", escape(defect_text(row)), ", turned by ", value_text(row.rotation_deg),
          "°, at growing dose. ", specimen->predicted > 0 ? "Below each image, what the network found in it. " : "");
  const bool exact = content.exposure_done(specimen->exposure);
  if (exact)
    html +=
        "The last image is not an average of noisy ones: it is evaluated from the exact Fourier series in the store, "
        "from "
        "which any other dose or pixel size follows without a new simulation.";
  html += "</p>\n<div class=\"steps\">\n";
  for (const std::int64_t sample : spread(specimen->samples, doses_in_series)) {
    const store::SampleRow& step = row_of(content, sample);
    if (exact && std::isinf(step.dose_e_per_A2)) continue;
    const auto found = content.predictions.find(sample);
    html += series_step(grey(reduced(content.reader.image(sample, 0), factor)),
                        found == content.predictions.end() ? nullptr : &found->second, factor,
                        dose_text(step.dose_e_per_A2), short_text(step.electrons_per_pixel) + " electrons per pixel",
                        cat(defect_text(step), " in ", step.parent, " at ", dose_text(step.dose_e_per_A2)));
  }
  if (exact) {
    const auto series = content.reader.exposure(specimen->exposure).series;
    const Image<float> image = series_image(series.front(), content.header.shapes,
                                            content.exposures[static_cast<std::size_t>(specimen->exposure)], row);
    // The truth stands where the others have the prediction. Masks of a displaced probe do not fit the exact image.
    const auto& acquisition = content.header.acquisition;
    const bool displaced = acquisition.drift_x_A != 0 || acquisition.drift_y_A != 0 || acquisition.jitter_A != 0;
    const Image<std::uint8_t> truth = content.reader.mask(specimen->samples.front());
    const bool with_truth = specimen->predicted > 0 && !displaced;
    html += series_step(grey(reduced(image, factor)), with_truth ? &truth : nullptr, factor, "exact, no noise",
                        with_truth ? "below it the truth" : "",
                        cat(defect_text(row), " in ", row.parent, " without noise"));
  }
  return html + "</div>\n</section>\n";
}

}  // namespace twinmill::report
