#include "twinmill/report/figures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "format.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::report {

namespace {

/// Coordinates need no more than a tenth of a unit.
std::string xy(double value) { return rounded_text(std::round(value * 10) / 10, 6); }

std::string line(double x1, double y1, double x2, double y2, std::string_view css_class) {
  return cat("<line class=\"", css_class, "\" x1=\"", xy(x1), "\" y1=\"", xy(y1), "\" x2=\"", xy(x2), "\" y2=\"",
             xy(y2), "\"/>\n");
}

std::string label(double x, double y, std::string_view anchor, std::string_view text, std::string_view extra = "") {
  return cat("<text x=\"", xy(x), "\" y=\"", xy(y), "\" text-anchor=\"", anchor, "\"", extra, ">", escape(text),
             "</text>\n");
}

std::string svg_open(int width, int height, std::string_view title) {
  return cat("<svg class=\"figure\" viewBox=\"0 0 ", width, " ", height, "\" role=\"img\" aria-label=\"", escape(title),
             "\">\n<title>", escape(title), "</title>\n");
}

/// Ticks are multiples of a step, so more digits than these are only round-off.
std::string tick_text(double value) { return value == std::floor(value) ? value_text(value) : rounded_text(value, 4); }

/// Maps values to the drawing.
struct Axis {
  double from = 0, to = 1;    ///< Values (their logarithms on a logarithmic scale).
  double begin = 0, end = 1;  ///< Drawing units.
  double place(double value) const { return begin + (value - from) / (to - from) * (end - begin); }
};

struct Point {
  double x, y;
};

/// The horizontal axis of a chart with what is special about it: logarithms, and a place for infinity.
struct Horizontal {
  Axis axis;
  Scale scale = Scale::linear;
  bool any_infinite = false;
  double infinite_at = 0;

  double place(double x) const {
    if (std::isinf(x)) return infinite_at;
    return axis.place(scale == Scale::logarithmic ? std::log10(x) : x);
  }
  bool shows(double x) const { return scale == Scale::logarithmic ? x > 0 : std::isfinite(x); }
};

struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

Horizontal horizontal_axis(const LineChart& chart, double begin, double end) {
  Horizontal result;
  result.scale = chart.x_scale;
  Extent extent;
  for (const Curve& curve : chart.curves) {
    for (const double x : curve.x) {
      if (!result.shows(x)) continue;
      if (std::isinf(x)) {
        result.any_infinite = true;
      } else {
        extent.include(chart.x_scale == Scale::logarithmic ? std::log10(x) : x);
      }
    }
  }
  if (extent.empty()) extent = {0, 1};
  if (extent.high - extent.low < 1e-9) {
    extent.low -= 0.5;
    extent.high += 0.5;
  }
  result.infinite_at = end - 12;
  result.axis = {extent.low, extent.high, begin + 8, result.any_infinite ? end - 58 : end - 8};
  return result;
}

std::vector<double> log_ticks(const Axis& axis) {
  std::vector<double> ticks;
  const auto first = static_cast<int>(std::floor(axis.from)), last = static_cast<int>(std::ceil(axis.to));
  // 1-2-5 within two decades, decades only beyond.
  const std::vector<double> steps = axis.to - axis.from < 2 ? std::vector<double>{1, 2, 5} : std::vector<double>{1};
  for (int decade = first; decade <= last; ++decade) {
    for (const double step : steps) {
      const double value = std::log10(step) + decade;
      if (value > axis.from - 1e-9 && value < axis.to + 1e-9) ticks.push_back(std::pow(10.0, decade) * step);
    }
  }
  return ticks;
}

/// On a logarithmic scale the values themselves, when they are few.
std::vector<double> own_ticks(const std::vector<Curve>& curves) {
  constexpr std::size_t at_most = 6;
  std::set<double> values;
  for (const Curve& curve : curves) {
    if (curve.mark == Mark::line) continue;
    for (const double x : curve.x)
      if (x > 0 && std::isfinite(x)) values.insert(x);
  }
  return values.size() <= at_most ? std::vector<double>(values.begin(), values.end()) : std::vector<double>();
}

std::vector<double> horizontal_ticks(const LineChart& chart, const Horizontal& horizontal) {
  const Axis& axis = horizontal.axis;
  const bool logarithmic = horizontal.scale == Scale::logarithmic;
  std::vector<double> ticks = logarithmic ? own_ticks(chart.curves) : round_ticks(axis.from, axis.to, 6);
  if (ticks.empty()) ticks = log_ticks(axis);
  std::erase_if(ticks, [&](double t) {
    const double value = logarithmic ? std::log10(t) : t;
    return value < axis.from - 1e-9 || value > axis.to + 1e-9;
  });
  return ticks;
}

Axis vertical_axis(const LineChart& chart, double begin, double end) {
  Extent extent;
  for (const Curve& curve : chart.curves)
    for (const double y : curve.y)
      if (std::isfinite(y)) extent.include(y);
  if (extent.empty()) extent = {0, 1};
  const double low = chart.y_from.value_or(extent.low), high = chart.y_to.value_or(extent.high);
  const auto ticks = round_ticks(low, std::max(high, low), 5);
  return {chart.y_from.value_or(ticks.front()), chart.y_to.value_or(ticks.back()), begin, end};
}

std::string whisker(const Point& at, double y, double spread, const Axis& vertical, const std::string& colour) {
  const auto place = [&](double value) { return vertical.place(std::clamp(value, vertical.from, vertical.to)); };
  return cat("<path class=\"whisker\" stroke=\"", colour, "\" d=\"M", xy(at.x), " ", xy(place(y - spread)), "L",
             xy(at.x), " ", xy(place(y + spread)), "\"/>\n");
}

std::string curve_svg(const Curve& curve, const Horizontal& horizontal, const Axis& vertical) {
  std::string path, dots;
  bool pen_down = false;
  const std::size_t count = std::min(curve.x.size(), curve.y.size());
  const bool dotted = count <= 40 && curve.mark != Mark::line;
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::isfinite(curve.y[i]) || !horizontal.shows(curve.x[i])) {
      pen_down = false;
      continue;
    }
    const Point p{horizontal.place(curve.x[i]), vertical.place(curve.y[i])};
    if (!std::isinf(curve.x[i]) && curve.mark != Mark::points) {
      path += cat(pen_down ? "L" : "M", xy(p.x), " ", xy(p.y));
      pen_down = true;
    }
    const double spread = i < curve.spread.size() ? curve.spread[i] : 0;
    if (spread > 0) dots += whisker(p, curve.y[i], spread, vertical, curve.colour);
    if (dotted)
      dots += cat("<circle cx=\"", xy(p.x), "\" cy=\"", xy(p.y), "\" r=\"2.6\" fill=\"", curve.colour, "\"><title>",
                  escape(cat(curve.name, ": ", tick_text(curve.x[i]), ", ", tick_text(curve.y[i]),
                             spread > 0 ? cat(" ± ", rounded_text(spread, 2)) : "")),
                  "</title></circle>\n");
  }
  std::string svg;
  if (!path.empty()) svg = cat("<path class=\"curve\" stroke=\"", curve.colour, "\" d=\"", path, "\"/>\n");
  return svg + dots;
}

/// Rounding must not hide the last mistakes: only all of a row is 100 %, only none of it is 0 %.
std::string share_text(double share) {
  if (share <= 0) return "0 %";
  if (share < 0.001) return "< 0.1 %";
  if (share < 1 && share > 0.999) return "> 99.9 %";
  return fixed_text(100 * share, share < 0.1 || (share > 0.99 && share < 1) ? 1 : 0) + " %";
}

std::string legend(const std::vector<Curve>& curves, double x, double y) {
  std::string svg;
  for (const Curve& curve : curves) {
    if (curve.name.empty()) continue;
    svg += cat("<line class=\"curve\" stroke=\"", curve.colour, "\" x1=\"", xy(x), "\" y1=\"", xy(y - 4), "\" x2=\"",
               xy(x + 18), "\" y2=\"", xy(y - 4), "\"/>\n");
    svg += label(x + 23, y, "start", curve.name);
    x += 42 + 6.6 * static_cast<double>(curve.name.size());
  }
  return svg;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::vector<double> round_ticks(double low, double high, int count) {
  if (!(high > low)) high = low + (low == 0 ? 1 : std::fabs(low));
  const double raw = (high - low) / std::max(1, count);
  const double decade = std::pow(10.0, std::floor(std::log10(raw)));
  double step = decade * 10;
  for (const double candidate : {1.0, 2.0, 5.0}) {
    if (decade * candidate >= raw * 0.999) {
      step = decade * candidate;
      break;
    }
  }
  std::vector<double> ticks;
  // Multiples of the step, so that 0.1 + 0.2 never shows.
  const auto first = static_cast<std::int64_t>(std::floor(low / step + 1e-9));
  const auto last = static_cast<std::int64_t>(std::ceil(high / step - 1e-9));
  for (std::int64_t i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

std::string line_chart(const LineChart& chart) {
  const double left = 56, right = chart.width - 8, top = 30, bottom = chart.height - 42;
  const bool any = std::any_of(chart.curves.begin(), chart.curves.end(), [](const Curve& c) {
    return std::any_of(c.y.begin(), c.y.end(), [](double y) { return std::isfinite(y); });
  });
  if (!any) return cat("<p class=\"none\">", escape(chart.title), ": nothing to draw yet.</p>\n");
  const Horizontal horizontal = horizontal_axis(chart, left, right);
  const Axis vertical = vertical_axis(chart, bottom, top);

  std::string svg = svg_open(chart.width, chart.height, chart.title);
  for (const double tick : round_ticks(vertical.from, vertical.to, 5)) {
    if (tick < vertical.from - 1e-9 || tick > vertical.to + 1e-9) continue;
    svg += line(left, vertical.place(tick), right, vertical.place(tick), "grid");
    svg += label(left - 7, vertical.place(tick) + 4, "end", tick_text(tick));
  }
  for (const double tick : horizontal_ticks(chart, horizontal)) {
    svg += line(horizontal.place(tick), bottom, horizontal.place(tick), bottom + 4, "axis");
    svg += label(horizontal.place(tick), bottom + 17, "middle", tick_text(tick));
  }
  svg += line(left, bottom, horizontal.any_infinite ? right - 36 : right, bottom, "axis");
  if (horizontal.any_infinite) {
    svg += line(right - 24, bottom, right, bottom, "axis");
    svg += label(horizontal.infinite_at, bottom + 17, "middle", "∞");
  }
  svg += label((left + right) / 2, chart.height - 6, "middle", chart.x_label);
  svg += label(0, 0, "middle", chart.y_label,
               cat(" transform=\"translate(13 ", xy((top + bottom) / 2), ") rotate(-90)\""));
  for (const Curve& curve : chart.curves) svg += curve_svg(curve, horizontal, vertical);
  if (chart.curves.size() > 1) svg += legend(chart.curves, left, 16);
  return svg + "</svg>\n";
}

std::string bar_chart(const BarChart& chart) {
  ensure(chart.values.size() == chart.categories.size() && chart.colours.size() == chart.measures.size(),
         "a bar chart needs values for every category and a colour for every measure");
  constexpr double bar = 9, gap = 3, between = 16, top = 34;
  std::size_t longest = 0;
  for (const std::string& category : chart.categories) longest = std::max(longest, category.size());
  const double left = 18 + 6.6 * static_cast<double>(longest), right = chart.width - 34;
  const double group = static_cast<double>(chart.measures.size()) * (bar + gap) - gap;
  const auto groups = static_cast<double>(chart.categories.size());
  const int height = static_cast<int>(top + groups * (group + between) + 22);
  const Axis axis{0, 1, left, right};
  const double bottom = height - 26;

  std::string svg = svg_open(chart.width, height, chart.title);
  for (const double tick : {0.0, 0.2, 0.4, 0.6, 0.8, 1.0}) {
    svg += line(axis.place(tick), top - 6, axis.place(tick), bottom, tick == 0 ? "axis" : "grid");
    svg += label(axis.place(tick), bottom + 16, "middle", fixed_text(tick, 1));
  }
  double x = left;
  for (std::size_t m = 0; m < chart.measures.size(); ++m) {
    svg += cat("<rect x=\"", xy(x), "\" y=\"6\" width=\"11\" height=\"11\" fill=\"", chart.colours[m], "\"/>\n");
    svg += label(x + 16, 16, "start", chart.measures[m]);
    x += 36 + 7.2 * static_cast<double>(chart.measures[m].size());
  }
  double y = top;
  for (std::size_t c = 0; c < chart.categories.size(); ++c, y += group + between) {
    svg += label(left - 10, y + group / 2 + 4, "end", chart.categories[c]);
    for (std::size_t m = 0; m < chart.measures.size(); ++m) {
      const double value = chart.values[c].at(m), at = y + static_cast<double>(m) * (bar + gap);
      const double length = std::isfinite(value) ? axis.place(value) - left : 0;
      svg += cat("<rect x=\"", xy(left), "\" y=\"", xy(at), "\" width=\"", xy(length), "\" height=\"", bar,
                 "\" fill=\"", chart.colours[m], "\"><title>",
                 escape(cat(chart.categories[c], ", ", chart.measures[m], ": ", fixed_text(value, 3))),
                 "</title></rect>\n");
      svg += label(left + length + 5, at + bar - 0.5, "start", fixed_text(value, 2), " class=\"value\"");
    }
  }
  return svg + "</svg>\n";
}

std::string confusion_table(const std::vector<std::string>& classes,
                            const std::vector<std::vector<std::int64_t>>& confusion, const std::string& caption) {
  ensure(classes.size() == confusion.size(), "a confusion matrix needs one row per class");
  std::vector<bool> absent;
  for (std::size_t c = 0; c < classes.size(); ++c)
    absent.push_back(std::ranges::all_of(confusion[c], [](std::int64_t n) { return n == 0; }) &&
                     std::ranges::all_of(confusion, [c](const auto& row) { return row[c] == 0; }));
  std::string html = cat("<div class=\"wide\"><table class=\"confusion\">\n<caption>", escape(caption),
                         "</caption>\n<thead><tr><th scope=\"col\">true \\ predicted</th>");
  for (std::size_t c = 0; c < classes.size(); ++c)
    if (!absent[c]) html += cat("<th scope=\"col\">", escape(classes[c]), "</th>");
  html += "</tr></thead>\n<tbody>\n";
  for (std::size_t t = 0; t < classes.size(); ++t) {
    if (absent[t]) continue;
    const auto& row = confusion[t];
    const auto total = std::accumulate(row.begin(), row.end(), std::int64_t{0});
    html += cat("<tr><th scope=\"row\">", escape(classes[t]), "</th>");
    for (std::size_t c = 0; c < classes.size(); ++c) {
      if (absent[c]) continue;
      const std::int64_t count = row[c];
      if (total == 0) {
        html += "<td class=\"empty\">–</td>";
        continue;
      }
      const double share = static_cast<double>(count) / static_cast<double>(total);
      // Never so dark that the page's ink, light or dark, cannot be read on it.
      html += cat("<td style=\"background:rgba(0,114,178,", fixed_text(0.5 * share, 3), ")\"><b>",
                  escape(share_text(share)), "</b><small>", count_text(count), "</small></td>");
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

}  // namespace twinmill::report
