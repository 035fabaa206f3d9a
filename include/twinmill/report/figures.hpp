#pragma once
// Figures as inline SVG, and numbers as tables, in plain HTML. Colours come from CSS variables of the page (with
// fallbacks), so that light, dark and print need no second figure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace twinmill::report {

/// & < > " ' made harmless, for text and attribute values.
std::string escape(std::string_view text);

enum class Scale { linear, logarithmic, count_ };

/// How a curve is drawn; points are left out when they are many.
enum class Mark { line_and_points, line, points, count_ };

/// Points of one line; NaN leaves a gap.
struct Curve {
  std::string name;  ///< In the legend; empty: not there.
  std::vector<double> x, y;
  std::string colour;  ///< CSS colour, "var(--blue)".
  Mark mark = Mark::line_and_points;
  std::vector<double> spread = {};  ///< Bars from y - spread to y + spread; empty: none; NaN: none there.
};

struct LineChart {
  std::string title;  ///< Read aloud, and shown by the browser on hovering.
  std::string x_label, y_label;
  std::vector<Curve> curves;
  Scale x_scale =
      Scale::linear;  ///< On the logarithmic one x = inf stands apart at the right end, labelled with its sign.
  std::optional<double> y_from = {}, y_to = {};  ///< Else from the data, at round numbers.
  int width = 460, height = 260;                 ///< Units of the drawing; it grows and shrinks with the page.
};
/// Points that are not positive are left out on the logarithmic scale. Without any point: a note that says so.
std::string line_chart(const LineChart& chart);

/// Horizontal bars in groups: one group per category, one bar per measure, from 0 to 1.
struct BarChart {
  std::string title;
  std::vector<std::string> categories;
  std::vector<std::string> measures;
  std::vector<std::string> colours;         ///< CSS colour per measure.
  std::vector<std::vector<double>> values;  ///< [category][measure]; NaN: undefined, shown as a dash.
  int width = 460;
};
std::string bar_chart(const BarChart& chart);

/// Rows: true class; columns: predicted class. Shaded by the share of the row; shows share and count. Classes that
/// neither occur nor are predicted are left out.
std::string confusion_table(const std::vector<std::string>& classes,
                            const std::vector<std::vector<std::int64_t>>& confusion, const std::string& caption);

/// Round numbers from at or below `low` to at or above `high`, about `count` of them.
std::vector<double> round_ticks(double low, double high, int count);

}  // namespace twinmill::report
