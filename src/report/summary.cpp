// The head of the page: what the run is, in words and in a few numbers.
#include <cmath>

#include "format.hpp"
#include "sections.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/report/figures.hpp"

namespace twinmill::report {

namespace {

std::string tile(std::string_view value, std::string_view label) {
  return cat("<div class=\"tile\"><b>", escape(value), "</b><span>", escape(label), "</span></div>\n");
}

std::string made_sentence(const Content& content) {
  const std::int64_t done = content.done_count(), total = content.header.shapes.samples;
  if (done == 0) return "None of the " + plural(total, "image") + " is done yet.";
  std::string text = done < total ? count_text(done) + " of " + plural(total, "image") : plural(total, "image");
  text += cat(" of ", plural(content.structures(), "structure"), " from ",
              plural(static_cast<std::int64_t>(content.parents().size()), "parent"), " (",
              plural(static_cast<std::int64_t>(content.rotations().size()), "rotation"), ", ",
              plural(static_cast<std::int64_t>(content.doses().size()), "dose"), ") ");
  if (!content.extra.simulate_s) return text + (done == 1 ? "is" : "are") + " simulated.";
  text += "took " + duration_text(*content.extra.simulate_s);
  if (content.extra.ranks > 0) text += " on " + plural(content.extra.ranks, "rank");
  return text + ".";
}

std::string network_sentence(const Content& content) {
  if (!content.training) return {};
  const std::string name =
      content.extra.network.empty() ? "The network" : "The network (" + content.extra.network + ")";
  const auto epochs = static_cast<std::int64_t>(content.training->history.size());
  std::string text = cat(" ", name, " learned for ", plural(epochs, "epoch"));
  if (std::isfinite(content.training->seconds)) text += " in " + duration_text(content.training->seconds);
  if (!content.evaluation) return text + "; it is not evaluated yet.";
  if (std::isnan(content.evaluation->macro_f1)) return text + "; the test split holds no defect to find.";
  return text + "; it finds defects with F1 " + fixed_text(content.evaluation->macro_f1, 2) + " on " +
         plural(content.evaluation->structures, "structure") + " it has not seen.";
}

std::string notices(const Content& content) {
  std::string html;
  const std::int64_t missing = content.header.shapes.samples - content.done_count();
  const auto quarantined = static_cast<std::int64_t>(content.ledger.quarantined.size());
  if (quarantined > 0)
    html += cat("<p class=\"notice\"><b>", plural(quarantined, "image"),
                " given up.</b> <a href=\"#troubles\">Why</a></p>\n");
  if (missing > quarantined)
    html += cat("<p class=\"notice\"><b>The run is not complete:</b> ",
                plural(missing - quarantined, "image is", "images are"),
                " still to be made. Run the campaign again to go on.</p>\n");
  return html;
}

}  // namespace

std::string summary_sentence(const Content& content) { return made_sentence(content) + network_sentence(content); }

std::string header_section(const Content& content) {
  std::string html =
      cat("<header>\n<p class=\"kicker\">twinmill campaign</p>\n<h1>", escape(content.header.campaign_name),
          "</h1>\n<p class=\"summary\">", escape(summary_sentence(content)), "</p>\n", notices(content));
  html += "<div class=\"tiles\">\n";
  html += tile(count_text(content.done_count()), content.done_count() == 1 ? "image" : "images");
  html += tile(count_text(content.structures()), content.structures() == 1 ? "structure" : "structures");
  if (content.extra.simulate_s && *content.extra.simulate_s > 0)
    html += tile(short_text(60 * static_cast<double>(content.done_count()) / *content.extra.simulate_s),
                 "images per minute");
  if (content.training && std::isfinite(content.training->seconds))
    html += tile(duration_text(content.training->seconds), "of training");
  if (content.evaluation) html += tile(fixed_text(content.evaluation->macro_f1, 2), "F1 on unseen structures");
  html += "</div>\n</header>\n";
  return html;
}

}  // namespace twinmill::report
