// One sample, refusals, and the colours of classes.
#include <cmath>

#include "html.hpp"
#include "page.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/report/png.hpp"

namespace twinmill::monitor {
namespace {

constexpr int colours = 16;  // Of classes; a store has eleven.

using Rows = std::vector<std::pair<std::string, std::string>>;

std::string with_unit(double value, const char* unit) { return number_text(value) + " " + unit; }

Rows rows_of(const store::SampleRow& row, const std::string& structure) {
  Rows rows = {{"structure", spaced(structure)}, {"parent", row.parent}, {"defect", spaced(row.defect)}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) rows.emplace_back(name, value);
  };
  add("variant", row.variant);
  add("impurities", row.impurities);
  add("split", row.split);
  add("rotation", number_text(row.rotation_deg) + "°");
  add("boundary", row.boundary == 0 ? "none"
                                    : cat("second grain turned by ", number_text(row.boundary_rotation_deg), "°, gap ",
                                          number_text(row.boundary_gap_A), " Å"));
  add("removed by the beam", count_text(row.damage_atoms) + (row.damage_atoms == 1 ? " atom" : " atoms"));
  add("defocus", with_unit(row.defocus_A, "Å"));
  add("dose", dose_words(row.dose_e_per_A2));
  add("energy", with_unit(row.energy_kev, "keV"));
  add("semiangle", with_unit(row.semiangle_mrad, "mrad"));
  add("field", cat(number_text(row.field_x_A), " × ", number_text(row.field_y_A), " Å"));
  add("pixel", cat(rounded_text(row.pixel_x_A, 4), " × ", rounded_text(row.pixel_y_A, 4), " Å"));
  add("simulation", cat(row.simulation));
  add("key", row.key);
  return rows;
}

std::string state_words(const SampleFacts& sample) {
  if (sample.task) {
    switch (sample.task->state) {
      case ledger::TaskState::done:
        return sample.task->finished > 0 ? cat("Finished ", utc_text(sample.task->finished), " by rank ",
                                               sample.task->worker, ", attempt ", sample.task->attempt, ".")
                                         : "Finished, as the store says.";
      case ledger::TaskState::quarantined:
        return "Given up: " + sample.task->reason;
      case ledger::TaskState::pending:
        return sample.in_store ? "Finished; the ledger's copy does not say so yet." : "Not done yet.";
      case ledger::TaskState::count_:
        break;
    }
  }
  return sample.in_store ? "Finished, as the store says." : "Not done yet.";
}

std::string pictures(std::int64_t id, const SampleFacts& sample) {
  if (!sample.in_store) return {};
  std::string html = "<div class=\"large\">\n";
  for (std::size_t d = 0; d < sample.detectors.size(); ++d) {
    const std::string name = escape(sample.detectors[d]);
    html += cat("<figure><img src=\"", id, "/image-", d, ".png\" alt=\"Image of sample ", id, ", detector ", name,
                "\"><figcaption>", name, "</figcaption></figure>\n");
  }
  html +=
      cat("<figure><img src=\"", id, "/overlay-0.png\" alt=\"The same with its classes tinted\"><figcaption>classes",
          "</figcaption></figure>\n</div>\n<p class=\"legend\">");
  if (sample.seen.empty()) html += "<span>No defect in the mask.</span>";
  for (const std::uint8_t c : sample.seen) {
    const std::string name =
        c < sample.class_names.size() ? spaced(sample.class_names[c]) : cat("class ", static_cast<int>(c));
    html += cat("<span><i class=\"chip c", c % colours, "\"></i>", escape(name), "</span>\n");
  }
  return html + "</p>\n";
}

std::string attempts(const SampleFacts& sample) {
  if (sample.attempts.empty()) return {};
  Table table{.caption = "Attempts at its simulation",
              .heads = {"attempt", "rank", "granted", "outcome", "took", "message"},
              .rows = {}};
  for (const auto& a : sample.attempts)
    table.rows.push_back({cat(a.attempt), cat(a.worker, a.host.empty() ? "" : " on " + escape(a.host)),
                          utc_text(a.granted), a.end ? std::string(ledger::name(*a.end)) : "running",
                          a.seconds ? duration_text(*a.seconds) : "–", escape(a.message)});
  return keyboard_table_html(table);
}

}  // namespace

std::string sample_page(std::int64_t id, const SampleFacts& sample) {
  std::string body = cat("<header><p class=\"kicker\"><a href=\"../\">Back to the run</a></p>\n<h1>Sample ", id,
                         "</h1>\n<p id=\"state\" class=\"state\">", escape(state_words(sample)), "</p>\n</header>\n");
  body += pictures(id, sample);
  if (sample.row) {
    body += "<dl>\n";
    for (const auto& [name, value] : rows_of(*sample.row, sample.structure))
      body += cat("<dt>", escape(name), "</dt><dd>", escape(value), "</dd>\n");
    body += "</dl>\n";
  }
  body += attempts(sample) + "<nav class=\"steps\" aria-label=\"Samples\">";
  if (id > 0) body += cat("<a href=\"", id - 1, "\" rel=\"prev\">Sample ", id - 1, "</a> ");
  if (id + 1 < sample.samples) body += cat("<a href=\"", id + 1, "\" rel=\"next\">Sample ", id + 1, "</a>");
  return page_html({.title = cat("Sample ", id, " – twinmill monitor"), .root = "../", .body = body + "</nav>\n"});
}

std::string message_page(int status, const std::string& sentence) {
  return cat("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>", status,
             "</title></head><body><main><h1>", status, "</h1><p>", escape(sentence), "</p></main></body></html>\n");
}

std::string class_colours_css() {
  std::string css;
  for (int c = 0; c < colours; ++c)
    css += cat(".chip.c", c, " { background: ", report::css_text(report::class_colour(c)), "; }\n");
  return css;
}

}  // namespace twinmill::monitor
