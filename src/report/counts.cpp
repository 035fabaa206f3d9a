// How many images of what.
#include <algorithm>
#include <functional>
#include <set>

#include "format.hpp"
#include "sections.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/report/figures.hpp"

namespace twinmill::report {

namespace {

struct Tally {
  std::int64_t total = 0, done = 0;
  std::set<std::int32_t> structures;
};

using Key = std::function<std::string(const store::SampleRow&)>;

/// Values of a key in the order of first appearance.
std::vector<std::string> keys_of(const Content& content, const Key& key) {
  std::vector<std::string> keys;
  std::set<std::string> seen;
  for (const store::SampleRow& row : content.samples)
    if (seen.insert(key(row)).second) keys.push_back(key(row));
  return keys;
}

std::string tally_text(const Tally& tally) {
  if (tally.total == 0) return "<span class=\"none\">–</span>";
  if (tally.done == tally.total) return count_text(tally.done);
  return cat("<span class=\"partial\">", count_text(tally.done), " of ", count_text(tally.total), "</span>");
}

std::string cross_table(const Content& content, const std::string& caption, const std::string& corner, const Key& down,
                        const Key& across) {
  std::map<std::string, std::map<std::string, Tally>> cells;
  std::map<std::string, Tally> sums;
  for (std::size_t i = 0; i < content.samples.size(); ++i) {
    const store::SampleRow& row = content.samples[i];
    for (Tally* tally : {&cells[down(row)][across(row)], &sums[down(row)]}) {
      ++tally->total;
      if (content.done(static_cast<std::int64_t>(i))) ++tally->done;
    }
  }
  const std::vector<std::string> columns = keys_of(content, across);
  Table table{.caption = caption, .heads = {corner}, .rows = {}};
  table.heads.insert(table.heads.end(), columns.begin(), columns.end());
  table.heads.emplace_back("total");
  for (const std::string& name : keys_of(content, down)) {
    std::vector<std::string> row = {escape(name)};
    for (const std::string& column : columns) row.push_back(tally_text(cells[name][column]));
    row.push_back("<b>" + tally_text(sums[name]) + "</b>");
    table.rows.push_back(std::move(row));
  }
  return table_html(table);
}

std::string simple_table(const Content& content, const std::string& caption, const std::string& head, const Key& key) {
  std::map<std::string, Tally> tallies;
  for (std::size_t i = 0; i < content.samples.size(); ++i) {
    Tally& tally = tallies[key(content.samples[i])];
    ++tally.total;
    tally.structures.insert(content.samples[i].structure);
    if (content.done(static_cast<std::int64_t>(i))) ++tally.done;
  }
  Table table{.caption = caption, .heads = {head, "images", "structures"}, .rows = {}};
  for (const std::string& name : keys_of(content, key))
    table.rows.push_back({escape(name), tally_text(tallies[name]),
                          count_text(static_cast<std::int64_t>(tallies[name].structures.size()))});
  return table_html(table);
}

}  // namespace

std::string counts_section(const Content& content) {
  const Key parent = [](const store::SampleRow& row) { return row.parent; };
  const Key defect = [](const store::SampleRow& row) { return words(row.defect); };
  const Key split = [](const store::SampleRow& row) { return row.split; };
  const Key dose = [](const store::SampleRow& row) { return dose_text(row.dose_e_per_A2); };
  const Key rotation = [](const store::SampleRow& row) { return value_text(row.rotation_deg) + "°"; };
  return "<section id=\"counts\">\n<h2>What was made</h2>\n" +
         cross_table(content, "Images by parent and kind of defect.", "parent", parent, defect) +
         "<div class=\"triple\">\n" + simple_table(content, "By split.", "split", split) +
         simple_table(content, "By dose.", "dose", dose) + simple_table(content, "By rotation.", "rotation", rotation) +
         "</div>\n</section>\n";
}

}  // namespace twinmill::report
