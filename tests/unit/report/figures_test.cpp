#include "twinmill/report/figures.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "html_check.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

LineChart loss_chart() {
  return {.title = "Loss by epoch",
          .x_label = "epoch",
          .y_label = "loss",
          .curves = {{.name = "training", .x = {1, 2, 3}, .y = {0.9, 0.5, 0.3}, .colour = "var(--blue)"},
                     {.name = "validation", .x = {1, 2, 3}, .y = {1.0, nan, 0.4}, .colour = "var(--orange)"}},
          .y_from = 0,
          .y_to = {}};
}

TEST(Escape, MakesMarkupHarmless) {
  EXPECT_EQ(escape("<script>a & \"b\" 'c'</script>"), "&lt;script&gt;a &amp; &quot;b&quot; &#39;c&#39;&lt;/script&gt;");
}

TEST(Ticks, AreRoundAndCoverTheRange) {
  EXPECT_THAT(round_ticks(0, 10, 5), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(round_ticks(1, 3, 6), ElementsAre(1, 1.5, 2, 2.5, 3));
  const auto ticks = round_ticks(0.013, 0.87, 5);
  EXPECT_LE(ticks.front(), 0.013);
  EXPECT_GE(ticks.back(), 0.87);
  EXPECT_EQ(round_ticks(4, 4, 5).front(), 4) << "no range at all";
}

TEST(LineChart, IsWellFormedAndAccessible) {
  const std::string svg = line_chart(loss_chart());
  EXPECT_EQ(unbalanced(svg), "");
  EXPECT_THAT(svg, HasSubstr("role=\"img\" aria-label=\"Loss by epoch\""));
  EXPECT_THAT(svg, HasSubstr("<title>Loss by epoch</title>"));
  EXPECT_THAT(svg, HasSubstr(">epoch</text>"));
  EXPECT_THAT(svg, HasSubstr(">validation</text>")) << "several curves need a legend";
}

TEST(LineChart, NaNLeavesAGap) {
  const std::string svg = line_chart(loss_chart());
  // training: one path of three points; validation: two single points, so two "M" and no "L".
  EXPECT_EQ(occurrences(svg, "<circle"), 5);
  EXPECT_EQ(occurrences(svg, "nan"), 0);
  const std::size_t path = svg.find("stroke=\"var(--orange)\" d=\"");
  ASSERT_NE(path, std::string::npos);
  const std::string d = svg.substr(path, svg.find("\"/>", path) - path);
  EXPECT_EQ(occurrences(d, "M"), 2);
  EXPECT_EQ(occurrences(d, "L"), 0);
}

TEST(LineChart, PutsDecadesAtEqualDistances) {
  const LineChart chart{.title = "F1 by dose",
                        .x_label = "dose",
                        .y_label = "F1",
                        .curves = {{.name = "F1", .x = {10, 100, 1000}, .y = {0.5, 0.5, 0.5}, .colour = "red"}},
                        .x_scale = Scale::logarithmic,
                        .y_from = 0,
                        .y_to = 1};
  const std::string svg = line_chart(chart);
  std::vector<double> at;
  for (std::size_t i = svg.find("<circle cx=\""); i != std::string::npos; i = svg.find("<circle cx=\"", i + 1))
    at.push_back(std::stod(svg.substr(i + 12)));
  ASSERT_EQ(at.size(), 3u);
  EXPECT_NEAR(at[1] - at[0], at[2] - at[1], 0.2);
  EXPECT_GT(at[1], at[0]);
  EXPECT_THAT(svg, HasSubstr(">1,000</text>"));
}

TEST(LineChart, AnInfiniteDoseStandsApart) {
  const LineChart chart{.title = "F1 by dose",
                        .x_label = "dose",
                        .y_label = "F1",
                        .curves = {{.name = "F1", .x = {100, 1000, infinity}, .y = {0.2, 0.5, 0.8}, .colour = "red"}},
                        .x_scale = Scale::logarithmic,
                        .y_from = 0,
                        .y_to = 1};
  const std::string svg = line_chart(chart);
  EXPECT_EQ(unbalanced(svg), "");
  EXPECT_THAT(svg, HasSubstr(">∞</text>"));
  EXPECT_EQ(occurrences(svg, "<circle"), 3);
  EXPECT_EQ(occurrences(svg, "inf"), 0);
}

TEST(LineChart, MarksAndSpreads) {
  LineChart chart = loss_chart();
  chart.y_to = 1;
  chart.curves[0].mark = Mark::points;
  chart.curves[0].spread = {0.05, nan, 0.5};
  chart.curves[1].mark = Mark::line;
  chart.curves[1].name = "";
  const std::string svg = line_chart(chart);
  EXPECT_EQ(unbalanced(svg), "");
  EXPECT_EQ(occurrences(svg, "<circle"), 3);
  EXPECT_EQ(occurrences(svg, "stroke=\"var(--blue)\" d="), 2) << "two bars and no line";
  EXPECT_EQ(occurrences(svg, "class=\"whisker\""), 2);
  EXPECT_THAT(svg, HasSubstr(">training: 1, 0.9 ± 0.05</title>"));
  EXPECT_EQ(occurrences(svg, "nan"), 0);
  EXPECT_EQ(occurrences(svg, ">validation</text>"), 0) << "a curve without a name is not in the legend";
}

TEST(LineChart, OnePointAndNoPoint) {
  LineChart chart{.title = "F1 & more",
                  .x_label = "epoch",
                  .y_label = "F1",
                  .curves = {{.name = "F1", .x = {1}, .y = {0.5}, .colour = "red"}},
                  .y_from = {},
                  .y_to = {}};
  EXPECT_EQ(unbalanced(line_chart(chart)), "");
  EXPECT_EQ(occurrences(line_chart(chart), "nan"), 0);
  chart.curves[0].y = {nan};
  EXPECT_EQ(line_chart(chart), "<p class=\"none\">F1 &amp; more: nothing to draw yet.</p>\n");
}

TEST(BarChart, LengthsFollowTheValues) {
  const BarChart chart{.title = "Scores",
                       .categories = {"lattice", "a <b>"},
                       .measures = {"precision", "F1"},
                       .colours = {"red", "blue"},
                       .values = {{1, 0.5}, {nan, 0}}};
  const std::string svg = bar_chart(chart);
  EXPECT_EQ(unbalanced(svg), "");
  std::vector<double> lengths;
  for (std::size_t i = svg.find("height=\"9\""); i != std::string::npos; i = svg.find("height=\"9\"", i + 1)) {
    const std::size_t width = svg.rfind("width=\"", i);
    lengths.push_back(std::stod(svg.substr(width + 7)));
  }
  ASSERT_EQ(lengths.size(), 4u);
  EXPECT_NEAR(lengths[1], lengths[0] / 2, 0.1);
  EXPECT_EQ(lengths[2], 0);
  EXPECT_THAT(svg, HasSubstr("a &lt;b&gt;"));
  EXPECT_THAT(svg, HasSubstr(">–</text>")) << "undefined is not zero";
  EXPECT_THAT(svg, HasSubstr(">0.50</text>"));
}

TEST(BarChart, RefusesMissingValues) {
  EXPECT_THROW(bar_chart({.title = "", .categories = {"a"}, .measures = {}, .colours = {}, .values = {}}), Error);
}

TEST(Confusion, SharesAreOfTheRow) {
  const std::string html =
      confusion_table({"lattice", "vacancy", "absent"}, {{9980, 19, 1}, {25, 75, 0}, {0, 0, 0}}, "Pixels <1>");
  EXPECT_EQ(unbalanced(html), "");
  EXPECT_THAT(html, HasSubstr("<caption>Pixels &lt;1&gt;</caption>"));
  EXPECT_THAT(html, HasSubstr("<b>99.8 %</b><small>9,980</small>"));
  EXPECT_THAT(html, HasSubstr("<b>0.2 %</b><small>19</small>"));
  EXPECT_THAT(html, HasSubstr("<td style=\"background:rgba(0,114,178,0.375)\"><b>75 %</b>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"empty\">–</td>")) << "a class that does not occur has no shares";
  EXPECT_THAT(html, Not(HasSubstr("nan")));
}

TEST(Confusion, RoundingHidesNoMistake) {
  const std::string html = confusion_table({"a", "b"}, {{99999, 1}, {0, 50}}, "");
  EXPECT_THAT(html, HasSubstr("<b>&gt; 99.9 %</b>"));
  EXPECT_THAT(html, HasSubstr("<b>&lt; 0.1 %</b>"));
  EXPECT_THAT(html, HasSubstr("<b>100 %</b><small>50</small>"));
  EXPECT_THAT(html, HasSubstr("<b>0 %</b><small>0</small>"));
}

}  // namespace
}  // namespace twinmill::report
