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

std::vector<Specimen> specimens_of(const Content& content) {
  std::vector<bool> predicted(content.samples.size());
  for (const auto& [sample, ignored] : content.predictions)
    if (sample >= 0 && sample < static_cast<std::int64_t>(predicted.size()))
      predicted[static_cast<std::size_t>(sample)] = true;
  const auto shows_defect = [&](std::int64_t sample) {
    const Image<std::uint8_t> mask = content.reader.mask(sample);
    return std::any_of(mask.data.begin(), mask.data.end(), [](std::uint8_t c) { return c != 0; });
  };
  return chosen_specimens({content.samples, content.done_samples(), predicted, shows_defect});
}

std::string split_text(const std::string& split) { return split == "test" ? "test (never seen in training)" : split; }

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
          " <code>", escape(row.key.substr(0, 8)), "</code></figcaption>\n</figure>\n");
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
              "</p>\n");
  html += class_legend(content);
  for (const Specimen& specimen : specimens) {
    const store::SampleRow& row = row_of(content, specimen.samples.front());
    html += cat("<h3>", escape(words(row.defect)), "</h3>\n<div class=\"cards\">\n");
    for (const std::int64_t sample : spread(specimen.samples, doses_shown)) html += card(content, sample);
    html += "</div>\n";
  }
  return html + "</section>\n";
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
