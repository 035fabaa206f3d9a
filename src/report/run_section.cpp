// How the work went: time, rates, workers; what failed and what was given up.
#include <algorithm>
#include <cmath>

#include "format.hpp"
#include "sections.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/report/figures.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::report {

namespace {

constexpr std::size_t workers_shown = 32, quarantined_shown = 50, failures_shown = 20, events_shown = 20;

std::string more_text(std::size_t all, std::size_t shown) {
  if (all <= shown) return {};
  return cat("<p class=\"none\">and ", count_text(static_cast<std::int64_t>(all - shown)), " more</p>\n");
}

std::string time_table(const Content& content) {
  Table table{.caption = "Time and cost.", .heads = {}, .rows = {}};
  const auto row = [&](const std::string& what, const std::string& value) { table.rows.push_back({what, value}); };
  const auto done = static_cast<double>(content.done_count());
  if (content.extra.simulate_s) {
    row("simulating", duration_text(*content.extra.simulate_s));
    if (*content.extra.simulate_s > 0) row("images per minute", short_text(60 * done / *content.extra.simulate_s));
  }
  if (content.ledger.leases > 0) {
    row("simulations", count_text(content.ledger.leases));
    row("work of all ranks together", duration_text(content.ledger.lease_total_s));
    if (done > 0) row("work per image", duration_text(content.ledger.lease_total_s / done));
    row("one simulation, median", duration_text(content.ledger.lease_median_s));
    row("one simulation, longest", duration_text(content.ledger.lease_longest_s));
  }
  if (content.training && std::isfinite(content.training->seconds))
    row("training", duration_text(content.training->seconds));
  double bytes = 0;
  const auto files = store::files(content.store_path);
  for (const auto& file : files) {
    std::error_code unknown;
    if (const auto size = std::filesystem::file_size(file, unknown); !unknown) bytes += static_cast<double>(size);
  }
  row("store on disk", cat(bytes_text(bytes), files.size() == 1 ? "" : cat(" in ", files.size(), " files")));
  return table_html(table);
}

std::string worker_table(const Content& content) {
  const auto& workers = content.ledger.workers;
  if (workers.empty()) return {};
  Table table{.caption = "Who did what.",
              .heads = {"rank", "host", "simulations", "images", "busy", "failed", "lost"},
              .rows = {}};
  for (std::size_t i = 0; i < std::min(workers.size(), workers_shown); ++i) {
    const LedgerFacts::Worker& worker = workers[i];
    table.rows.push_back({cat(worker.rank), escape(worker.host), count_text(worker.simulations),
                          count_text(worker.images), duration_text(worker.busy_s), count_text(worker.failures),
                          count_text(worker.losses)});
  }
  return table_html(table) + more_text(workers.size(), workers_shown);
}

std::string throughput_figures(const Content& content) {
  const auto& bins = content.ledger.throughput;
  if (bins.size() < 2) return {};
  const double start = bins.front().start, span = bins.back().start + bins.back().width - start;
  const bool hours = span > 3 * 3600;
  const double unit_s = hours ? 3600 : 60;
  Curve rate{.name = "images per minute", .x = {}, .y = {}, .colour = "var(--blue,#0072b2)"};
  Curve sum{.name = "images", .x = {0}, .y = {0}, .colour = "var(--blue,#0072b2)"};
  std::int64_t so_far = 0;
  for (const LedgerFacts::Bin& bin : bins) {
    so_far += bin.images;
    rate.x.push_back((bin.start + bin.width / 2 - start) / unit_s);
    rate.y.push_back(bin.width > 0 ? static_cast<double>(bin.images) * 60 / bin.width : std::nan(""));
    sum.x.push_back((bin.start + bin.width - start) / unit_s);
    sum.y.push_back(static_cast<double>(so_far));
  }
  const std::string time = hours ? "hours since the first image" : "minutes since the first image";
  const LineChart rates{.title = "Images per minute while simulating",
                        .x_label = time,
                        .y_label = "images per minute",
                        .curves = {rate},
                        .y_from = 0,
                        .y_to = {}};
  const LineChart sums{.title = "Images done while simulating",
                       .x_label = time,
                       .y_label = "images done",
                       .curves = {sum},
                       .y_from = 0,
                       .y_to = {}};
  return "<div class=\"pair\">\n<figure>" + line_chart(sums) +
         "<figcaption>Images done. A flat stretch: the run was stopped, or long simulations were under "
         "way.</figcaption></figure>\n"
         "<figure>" +
         line_chart(rates) +
         "<figcaption>Images per minute; the images of one specimen finish together."
         "</figcaption></figure>\n</div>\n";
}

std::string quarantine_table(const Content& content) {
  const auto& quarantined = content.ledger.quarantined;
  if (quarantined.empty()) return {};
  Table table{.caption = "Given up after repeated failures. twinmill explain tells more.",
              .heads = {"image", "what", "why"},
              .rows = {}};
  for (std::size_t i = 0; i < std::min(quarantined.size(), quarantined_shown); ++i) {
    const LedgerFacts::Quarantined& task = quarantined[i];
    std::string what;
    if (task.sample >= 0 && task.sample < static_cast<std::int64_t>(content.samples.size())) {
      const store::SampleRow& row = content.samples[static_cast<std::size_t>(task.sample)];
      what = cat(row.parent, ", ", defect_text(row), ", ", value_text(row.rotation_deg), "°, ",
                 dose_text(row.dose_e_per_A2));
    }
    table.rows.push_back({cat("<code>", escape(task.key.substr(0, 8)), "</code>"), escape(what), escape(task.reason)});
  }
  return table_html(table) + more_text(quarantined.size(), quarantined_shown);
}

std::string failure_table(const Content& content) {
  const auto& failures = content.ledger.failures;
  if (failures.empty()) return {};
  Table table{.caption = "Attempts that went wrong, also those that a later attempt made good.",
              .heads = {"message", "fault", "attempts", "simulations"},
              .rows = {}};
  for (std::size_t i = 0; i < std::min(failures.size(), failures_shown); ++i) {
    const LedgerFacts::Failure& failure = failures[i];
    table.rows.push_back({escape(failure.message), escape(failure.fault), count_text(failure.attempts),
                          count_text(failure.simulations)});
  }
  return table_html(table) + more_text(failures.size(), failures_shown);
}

std::string event_list(const Content& content) {
  const auto& events = content.ledger.events;
  if (events.empty()) return {};
  std::string html = "<details><summary>Events</summary>\n<ul class=\"events\">\n";
  for (std::size_t i = 0; i < std::min(events.size(), events_shown); ++i)
    html += cat("<li><time>", utc_text(events[i].at), "</time> ", escape(events[i].text), "</li>\n");
  return html + "</ul>\n" + more_text(events.size(), events_shown) + "</details>\n";
}

}  // namespace

std::string run_section(const Content& content) {
  return "<section id=\"run\">\n<h2>How the work went</h2>\n" + throughput_figures(content) +
         "<div class=\"double\">\n" + time_table(content) + "<div>" + worker_table(content) + "</div>\n</div>\n" +
         event_list(content) + "</section>\n";
}

std::string troubles_section(const Content& content) {
  const std::string tables = quarantine_table(content) + failure_table(content);
  if (tables.empty()) return {};
  return "<section id=\"troubles\">\n<h2>What went wrong</h2>\n" + tables + "</section>\n";
}

}  // namespace twinmill::report
