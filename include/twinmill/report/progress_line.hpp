#pragma once
// How long work looks while it runs: one line redrawn on a terminal, a line now and then in a file.

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

namespace twinmill::report {

/// What is shown.
struct Progress {
  std::string label;           ///< "simulating"
  std::string unit;            ///< "images"; plural.
  double done = 0, total = 0;  ///< In units (fractions count, shown rounded down).
  double rate_per_s = 0;       ///< 0: unknown.
  std::optional<double> eta_s = {};
  std::string note = {};  ///< "loss 0.41, F1 0.53"; first to go when there is no room.
};

/// Which characters the bar may use.
enum class Glyphs { ascii, utf8, count_ };

/// Exactly one line of at most `columns` characters, without line ends: label, bar, percent, counts, rate, time left,
/// note. What does not fit is left out from the least important on; the label and the percentage stay longest.
std::string progress_text(const Progress& progress, int columns, Glyphs glyphs);

/// The same as a sentence for a file: "simulating: 96 of 192 images (50 %), 44.3 images/min, 2 min 10 s left".
std::string progress_sentence(const Progress& progress);

/// "44.3 images/min" or "12.3 images/s"; empty when the rate is unknown.
std::string rate_text(double rate_per_s, std::string_view unit);

/// When a line is due in a file: the first time, at every further 10 %, at the end, or 30 s after the last one.
class Cadence {
 public:
  bool due(double fraction, double now_s);

 private:
  int tenth_ = -1;
  double last_s_ = 0;
};

/// Draws progress on a stream. Not thread-safe.
class ProgressLine {
 public:
  enum class Kind { terminal, file, count_ };

  /// For a file descriptor, usually standard error: a terminal is asked for its width and gets UTF-8 only when the
  /// locale allows.
  explicit ProgressLine(int file_descriptor = 2);
  /// For tests: all decisions given. `columns` is the width of the terminal.
  ProgressLine(std::ostream& out, Kind kind, Glyphs glyphs, int columns);

  void update(const Progress& progress, double now_s);
  /// Removes the line from the terminal, so that something else can be written; the next update draws it again.
  void clear();
  /// Leaves the last state on the terminal and ends the line.
  void finish();
  Kind kind() const { return kind_; }

 private:
  void put(std::string_view text);
  int columns() const;

  std::ostream* out_ = nullptr;  ///< nullptr: write to the descriptor.
  int descriptor_ = -1;
  Kind kind_;
  Glyphs glyphs_;
  int fixed_columns_ = 0;
  std::string drawn_;
  double last_drawn_s_ = -1;
  Cadence cadence_;
  std::string cadence_label_;
};

}  // namespace twinmill::report
