// The page of the run, from top to bottom.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "html.hpp"
#include "page.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/report/progress_line.hpp"

namespace twinmill::monitor {
namespace {

using nlohmann::json;
constexpr std::size_t values_shown = 40;  // Of one axis.
constexpr std::size_t workers_shown = 200;
constexpr int refresh_s = 10;

// Rounded down: 100 % means that all is done.
std::string percent(std::int64_t part, std::int64_t whole) { return cat(whole > 0 ? part * 100 / whole : 0, " %"); }

// status.json is fresher than the ledger's copy.
report::Counts image_counts(const Facts& facts) {
  if (facts.status && facts.status->counts.total > 0) return facts.status->counts;
  if (!facts.ledger) return {};
  const auto& c = facts.ledger->images;
  return {.total = c.total(), .done = c.done, .running = 0, .pending = c.pending, .quarantined = c.quarantined};
}

std::string state_words(const Facts& facts) {
  if (!facts.status) return "No status has been published yet.";
  const report::Status& s = *facts.status;
  const std::string where = s.host.empty() ? "" : " on " + s.host;
  if (facts.silent())
    return cat("Was ", report::name(s.state), where, " when last heard of, ", duration_text(facts.now - s.updated),
               " ago. If it has died, run it again to go on.");
  switch (s.state) {
    case report::RunState::starting:
    case report::RunState::simulating:
    case report::RunState::training:
    case report::RunState::evaluating:
    case report::RunState::reporting:
      return cat("Is ", report::name(s.state), where, ".");
    case report::RunState::done:
      return s.counts.quarantined + s.relaxations.quarantined + s.trainings.quarantined > 0
                 ? "Is done, but some tasks are quarantined."
                 : "Is done.";
    case report::RunState::stopped:
      return "Has stopped. Run it again to go on.";
    case report::RunState::failed:
      return "Has failed. Run it again to go on.";
    case report::RunState::count_:
      break;
  }
  return {};
}

std::string state_class(const Facts& facts) {
  if (!facts.status) return "unknown";
  return facts.silent() ? "silent" : std::string(report::name(facts.status->state));
}

std::string header(const Facts& facts) {
  const std::string name = facts.status && !facts.status->campaign.empty() ? facts.status->campaign : facts.folder;
  std::string html =
      cat("<header id=\"top\">\n<p class=\"kicker\">twinmill monitor</p>\n<h1>", escape(name),
          "</h1>\n<p id=\"state\" class=\"state ", state_class(facts),
          "\" role=\"status\"><span class=\"dot\" aria-hidden=\"true\"></span>", escape(state_words(facts)), "</p>\n");
  if (facts.status && !facts.status->message.empty())
    html += cat("<p class=\"notice\">", escape(facts.status->message), "</p>\n");
  for (const std::string& problem : facts.problems)
    html += cat("<p class=\"notice\" role=\"alert\">", escape(problem), "</p>\n");
  return html + "<p id=\"contact\" class=\"notice\" role=\"alert\" hidden></p>\n</header>\n";
}

std::string tile(const std::string& number, const std::string& words) {
  return cat("<div class=\"tile\"><b>", escape(number), "</b><span>", escape(words), "</span></div>\n");
}

std::string overview(const Facts& facts) {
  const report::Counts counts = image_counts(facts);
  const bool alive = facts.status && !report::is_final(facts.status->state) && !facts.silent();
  std::string html = cat("<div class=\"whole\">", bar_html(counts.done, counts.total, "images done"), "<p><b>",
                         count_text(counts.done), "</b> of ", count_text(counts.total), " images done (",
                         percent(counts.done, counts.total), ")</p></div>\n<div class=\"tiles\">\n");
  if (alive && facts.status->eta_s) html += tile(duration_text(*facts.status->eta_s), "left of this phase");
  if (const auto rate = alive ? report::rate_text(facts.status->rate_per_s, "images") : std::string(); !rate.empty())
    html += tile(rate, "rate");
  if (facts.status) html += tile(duration_text(facts.status->elapsed_s), "since the run began");
  if (alive) html += tile(count_text(counts.running), "images in work");
  html += tile(count_text(counts.pending), "images waiting");
  html += tile(count_text(counts.quarantined), "images given up");
  if (const auto free = facts.disk_free_bytes) html += tile(bytes_text(static_cast<double>(*free)), "disk left");
  return section_html("overview", "Progress", html + "</div>\n");
}

// "3 of 8 networks trained, 2 in work, 1 given up", with a bar.
std::string share(const report::Counts& counts, const std::string& what) {
  return cat("<div class=\"whole\">", bar_html(counts.done, counts.total, what), "<p><b>", count_text(counts.done),
             "</b> of ", count_text(counts.total), " ", what,
             counts.running > 0 ? cat(", ", count_text(counts.running), " in work") : "",
             counts.quarantined > 0 ? cat(", ", count_text(counts.quarantined), " given up") : "", "</p></div>\n");
}

std::string relaxations(const Facts& facts) {
  const auto counts = facts.status ? facts.status->relaxations : report::Counts{};
  if (counts.total == 0) return {};
  std::string html = share(counts, "structures relaxed");
  if (facts.ledger && !facts.ledger->relaxed.empty()) {
    html += "<p>Finished last:</p>\n<ul>\n";
    for (const std::string& words : facts.ledger->relaxed) html += cat("<li>", escape(spaced(words)), "</li>\n");
    html += "</ul>\n";
  }
  return section_html("relaxations", "Relaxations", html);
}

enum class GivenUp { shown, hidden, count_ };

std::vector<std::string> value_row(const ValueCount& v, GivenUp given_up) {
  std::vector<std::string> row = {escape(spaced(v.value)), bar_html(v.done, v.total, v.value), count_text(v.done),
                                  count_text(v.total)};
  if (given_up == GivenUp::shown)
    row.push_back(v.quarantined > 0 ? cat("<b class=\"bad\">", count_text(v.quarantined), "</b>") : "0");
  return row;
}

std::string axis_card(const AxisProgress& axis) {
  const bool any = std::ranges::any_of(axis.values, [](const ValueCount& v) { return v.quarantined > 0; });
  const GivenUp given_up = any ? GivenUp::shown : GivenUp::hidden;
  Table table{.caption = "By " + axis.name, .heads = {axis.name, "", "done", "of"}, .rows = {}};
  if (any) table.heads.emplace_back("given up");
  ValueCount rest{.value = cat(axis.values.size() - std::min(axis.values.size(), values_shown), " more values")};
  for (std::size_t i = 0; i < axis.values.size(); ++i) {
    const ValueCount& v = axis.values[i];
    if (i < values_shown) {
      table.rows.push_back(value_row(v, given_up));
    } else {
      rest.total += v.total;
      rest.done += v.done;
      rest.quarantined += v.quarantined;
    }
  }
  if (rest.total > 0) table.rows.push_back(value_row(rest, given_up));
  return "<div class=\"axis\">\n" + keyboard_table_html(table) + "</div>\n";
}

std::string axes(const Facts& facts) {
  std::string html, same;
  if (facts.ledger && !facts.ledger->axes.empty()) {
    for (const AxisProgress& axis : facts.ledger->axes) {
      if (axis.values.size() == 1)
        same += cat(same.empty() ? "" : "; ", axis.name, " ", axis.values.front().value);
      else if (!axis.values.empty())
        html += axis_card(axis);
    }
    html = "<div class=\"axes\">\n" + html + "</div>\n";
    if (!same.empty()) html += cat("<p class=\"soft\">The same for all images: ", escape(same), ".</p>\n");
  } else if (!facts.store_known) {
    html = "<p class=\"soft\">Known once the store of the run is there.</p>\n";
  } else if (facts.axes_part < 1) {
    html = cat("<p class=\"soft\">The store's table of samples is being read (",
               static_cast<int>(facts.axes_part * 100), " %).</p>\n");
  } else {
    html = "<p class=\"soft\">Known once the ledger of this store has been published.</p>\n";
  }
  return section_html("axes", "By parameter", html);
}

json number_or_null(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

// A drawing that a script makes from its data; its table says the same without one.
std::string chart(const std::string& title, const json& data, const Table& table) {
  return cat("<figure class=\"chart\" data-chart=\"", escape(data.dump()), "\">\n<figcaption>", escape(title),
             "</figcaption>\n<div class=\"plot\" role=\"img\" aria-label=\"", escape(title),
             "; the numbers are in the table that follows\"></div>\n<details open><summary>Numbers</summary>\n",
             keyboard_table_html(table), "</details>\n</figure>\n");
}

std::string throughput(const Facts& facts) {
  if (!facts.ledger || facts.ledger->throughput.empty()) return {};
  json x = json::array(), y = json::array();
  Table table{.caption = "Images finished", .heads = {"from", "images"}, .rows = {}};
  for (const auto& bin : facts.ledger->throughput) {
    x.push_back(bin.start);
    y.push_back(bin.samples);
    table.rows.push_back({utc_text(bin.start), count_text(bin.samples)});
  }
  const double minutes = facts.ledger->throughput.front().width / 60;
  const std::string title = minutes == 1 ? "Images finished in each minute"
                                         : cat("Images finished in every ", number_text(minutes), " minutes");
  const json data = {{"kind", "bars"},
                     {"time", true},
                     {"width", 60 * minutes},
                     {"x", x},
                     {"series", json::array({{{"name", "images"}, {"y", y}}})}};
  return section_html("throughput", "Over time", chart(title, data, table));
}

std::string number_cell(double value) { return std::isfinite(value) ? rounded_text(value, 4) : "–"; }

std::string training_chart(const TrainingCurve& curve) {
  json x = json::array(), loss = json::array(), validation_loss = json::array(), f1 = json::array();
  Table table{.caption = "Epochs", .heads = {"epoch", "loss", "validation loss", "validation F1"}, .rows = {}};
  bool any_validation_loss = false;
  for (const EpochPoint& e : curve.epochs) {
    x.push_back(e.epoch);
    loss.push_back(number_or_null(e.loss));
    validation_loss.push_back(number_or_null(e.validation_loss));
    f1.push_back(number_or_null(e.validation_f1));
    any_validation_loss = any_validation_loss || std::isfinite(e.validation_loss);
    table.rows.push_back(
        {cat(e.epoch), number_cell(e.loss), number_cell(e.validation_loss), number_cell(e.validation_f1)});
  }
  json series = json::array({{{"name", "loss"}, {"y", loss}}});
  if (any_validation_loss) series.push_back({{"name", "validation loss"}, {"y", validation_loss}});
  series.push_back({{"name", "validation F1"}, {"y", f1}, {"right", true}});
  const std::string title = curve.name.empty() ? "Loss and F1 by epoch" : curve.name + ": loss and F1 by epoch";
  return chart(title, {{"kind", "lines"}, {"time", false}, {"x", x}, {"series", series}}, table);
}

std::string trainings(const Facts& facts) {
  const auto study = facts.status ? facts.status->trainings : report::Counts{};
  if (facts.trainings.empty() && study.total == 0) return {};
  std::string html = study.total > 0 ? share(study, "networks of the study trained") : "";
  if (facts.status && facts.status->training && !report::is_final(facts.status->state))
    html += cat("<p>Epoch <b>", facts.status->training->epoch, "</b> of ", facts.status->training->epochs, ".</p>\n");
  for (const TrainingCurve& curve : facts.trainings) html += training_chart(curve);
  return section_html("training", "Training", html);
}

std::string workers(const Facts& facts) {
  if (!facts.status || report::is_final(facts.status->state) || facts.silent() || facts.workers.empty()) return {};
  Table table{.caption = cat(facts.workers.size(), facts.workers.size() == 1 ? " worker" : " workers"),
              .heads = {"rank", "host", "works on", "for", "images done"},
              .rows = {}};
  for (std::size_t i = 0; i < std::min(facts.workers.size(), workers_shown); ++i) {
    const Worker& w = facts.workers[i];
    const bool busy = w.status.simulation >= 0;
    table.rows.push_back({cat(w.status.rank), escape(w.status.host), busy ? escape(spaced(w.task)) : "nothing",
                          busy ? duration_text(w.status.since_s) : "–", count_text(w.status.done)});
  }
  std::string html = keyboard_table_html(table);
  if (facts.workers.size() > workers_shown)
    html += cat("<p class=\"soft\">And ", count_text(static_cast<std::int64_t>(facts.workers.size() - workers_shown)),
                " more.</p>\n");
  return section_html("workers", "Workers", html);
}

std::string latest(const Facts& facts) {
  if (facts.latest.empty()) return section_html("latest", "Latest images", "<p class=\"soft\">None yet.</p>\n");
  std::string html = "<ul class=\"gallery\">\n";
  for (const LatestImage& image : facts.latest)
    html += cat("<li><a href=\"sample/", image.sample, "\"><span class=\"pair\"><img src=\"sample/", image.sample,
                "/image-0.png\" alt=\"Image of sample ", image.sample, ": ", escape(image.caption),
                "\" loading=\"lazy\"><img src=\"sample/", image.sample,
                "/overlay-0.png\" alt=\"The same with its classes tinted\" "
                "loading=\"lazy\"></span><span class=\"caption\"><b>",
                image.sample, "</b> ", escape(image.caption), "</span></a></li>\n");
  return section_html("latest", "Latest images", html + "</ul>\n");
}

std::string task_link(const QuarantinedTask& task) {
  return task.kind == ledger::TaskKind::image ? cat("<a href=\"sample/", task.id, "\">", task.id, "</a>")
                                              : cat(task.id, " (relaxation)");
}

std::string pattern_words(const Pattern& p) {
  return cat("Failures go with ", p.axis, " ", p.value, ": ", count_text(p.failed), " of ", count_text(p.with), " ",
             p.things, " failed, of the others ", count_text(p.other_failed), " of ", count_text(p.without),
             " (p = ", rounded_text(p.p, 2), ").");
}

std::string failures(const Facts& facts) {
  if (!facts.ledger) return {};
  const LedgerFacts& l = *facts.ledger;
  const std::int64_t given_up = l.images.quarantined + l.relaxations.quarantined + l.study.quarantined;
  if (l.failures.empty() && given_up == 0)
    return section_html("failures", "Failures", "<p class=\"soft\">No attempt has failed.</p>\n");
  std::string html;
  if (!l.patterns.empty()) {
    html += "<ul>\n";
    for (const Pattern& p : l.patterns) html += cat("<li>", escape(pattern_words(p)), "</li>\n");
    html += "</ul>\n";
  }
  if (!l.patterns_problem.empty())
    html += cat("<p class=\"notice\">Which parameters go with failures is not known: ", escape(l.patterns_problem),
                "</p>\n");
  Table groups{.caption = "Attempts that failed", .heads = {"message", "fault", "attempts", "simulations"}, .rows = {}};
  for (const auto& g : l.failures)
    groups.rows.push_back({escape(g.message), g.fault.empty() ? "worker lost" : escape(g.fault), count_text(g.attempts),
                           count_text(g.simulations)});
  if (!groups.rows.empty()) html += keyboard_table_html(groups);
  Table tasks{.caption = "Tasks given up", .heads = {"task", "why"}, .rows = {}};
  for (const QuarantinedTask& t : l.quarantined) tasks.rows.push_back({task_link(t), escape(t.reason)});
  if (!tasks.rows.empty()) html += keyboard_table_html(tasks);
  if (given_up > static_cast<std::int64_t>(l.quarantined.size()))
    html += cat("<p class=\"soft\">And ", count_text(given_up - static_cast<std::int64_t>(l.quarantined.size())),
                " more; twinmill explain lists them.</p>\n");
  return section_html("failures", "Failures", html);
}

std::string events(const Facts& facts) {
  if (!facts.ledger || facts.ledger->events.empty()) return {};
  std::string html = "<ul class=\"events\">\n";
  for (const auto& event : facts.ledger->events)
    html += cat("<li><time>", utc_text(event.at), "</time> ", escape(event.text), "</li>\n");
  return section_html("events", "Events", html + "</ul>\n");
}

std::string footer(const Facts& facts) {
  std::string html = "<footer id=\"foot\"><p>";
  if (facts.status) html += cat("Status of ", utc_text(facts.status->updated), ". ");
  html += facts.ledger ? cat("Ledger of ", utc_text(facts.ledger->published), " (read in ",
                             rounded_text(facts.ledger->seconds, 2), " s). ")
                       : std::string("The ledger has not been read yet. ");
  return html + cat("<a href=\"state.json\">As JSON</a>.</p>\n<p>", escape(facts.folder),
                    "</p>\n<noscript><p>Without JavaScript the page is loaded again every ", refresh_s,
                    " seconds, and charts are tables.</p></noscript>\n</footer>\n");
}

}  // namespace

std::string run_page(const Facts& facts) {
  const report::Counts counts = image_counts(facts);
  const std::string name = facts.status && !facts.status->campaign.empty() ? facts.status->campaign : facts.folder;
  return page_html({.title = cat(percent(counts.done, counts.total), " of ", name, " – twinmill monitor"),
                    .root = "",
                    .body = header(facts) + overview(facts) + relaxations(facts) + axes(facts) + latest(facts) +
                            throughput(facts) + trainings(facts) + workers(facts) + failures(facts) + events(facts) +
                            footer(facts),
                    .script = "<script src=\"uplot.js\" defer></script>\n<script src=\"monitor.js\" defer></script>\n",
                    .refresh_without_script_s = refresh_s});
}

}  // namespace twinmill::monitor
