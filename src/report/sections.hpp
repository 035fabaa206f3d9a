#pragma once
// The parts of the page. Each returns HTML, complete in itself.

#include <string>
#include <vector>

#include "content.hpp"
#include "twinmill/report/html_table.hpp"
#include "twinmill/report/png.hpp"

namespace twinmill::report {

/// "192 images of 32 structures ...": plain text, not escaped.
std::string summary_sentence(const Content& content);

std::string header_section(const Content& content);   ///< Title, summary, notices, key numbers.
std::string gallery_section(const Content& content);  ///< One specimen per kind of defect, at its doses.
std::string dose_section(const Content& content);     ///< One specimen from few electrons to infinitely many.
std::string network_section(const Content& content);  ///< Learning curves, scores, confusion.
std::string study_section(const Content& content);    ///< Many networks side by side; empty without a study.
std::string counts_section(const Content& content);
std::string run_section(const Content& content);       ///< Rates, workers, cost.
std::string troubles_section(const Content& content);  ///< Quarantine and failures; empty when there are none.
std::string provenance_section(const Content& content);
std::string python_section(const Content& content);

/// Parts of an evaluation; empty where the document does not tell.
std::string dose_figure(const Evaluation& evaluation);       ///< F1 by dose, with the fit.
std::string defects_html(const Evaluation& evaluation);      ///< Scores by number of defects.
std::string calibration_html(const Evaluation& evaluation);  ///< Reliability diagram.
std::string slices_html(const Evaluation& evaluation);       ///< Scores by rotation, boundary, parent ...

/// The page's style sheet.
std::string_view page_style();

/// <img> with its picture inside.
std::string picture_html(const RgbPicture& picture, std::string_view alt);
std::string picture_html(const GreyPicture& picture, std::string_view alt);

/// "10,000 e/Å²" or "no noise".
std::string dose_text(double dose_e_per_A2);
/// A small square in the colour of a class.
std::string chip(int class_number);

}  // namespace twinmill::report
