#include "twinmill/report/progress_line.hpp"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <cmath>
#include <string_view>
#include <vector>

#include "format.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::report {

namespace {

constexpr double redraw_s = 0.1;
constexpr double plain_interval_s = 30;
constexpr int widest_bar = 40, narrowest_bar = 8;

double fraction(const Progress& progress) {
  return progress.total > 0 ? std::clamp(progress.done / progress.total, 0.0, 1.0) : 0.0;
}

/// Rounded down, so that 100 % and the last count mean the end. The small number mends 0.29 * 100.
std::int64_t whole(double value) { return static_cast<std::int64_t>(std::floor(value + 1e-9)); }

/// Characters of a UTF-8 text (bytes that do not continue one).
int characters(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string shortened(std::string_view text, int columns) {
  std::string kept;
  int used = 0;
  for (const char c : text) {
    if ((c & 0xC0) != 0x80 && ++used > columns) break;
    kept += c;
  }
  return kept;
}

std::string padded(const std::string& text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

std::string ascii_bar(double part, int width) {
  const auto full = static_cast<int>(whole(part * (width - 2)));
  return "[" + std::string(static_cast<std::size_t>(full), '#') +
         std::string(static_cast<std::size_t>(width - 2 - full), '.') + "]";
}

std::string utf8_bar(double part, int width) {
  static constexpr std::array<std::string_view, 8> eighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto filled = static_cast<int>(whole(part * width * 8));
  std::string bar;
  for (int i = 0; i < filled / 8; ++i) bar += "█";
  bar += eighths[static_cast<std::size_t>(filled % 8)];
  for (int i = (filled + 7) / 8; i < width; ++i) bar += "░";
  return bar;
}

/// The parts that are not empty, two spaces apart.
std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts)
    if (!part.empty()) text += (text.empty() ? "" : "  ") + part;
  return text;
}

bool locale_has_utf8() {
  // The user's locale, without changing the one of this process.
  const locale_t users = newlocale(LC_CTYPE_MASK, "", nullptr);
  if (users == locale_t{}) return false;
  const bool utf8 = std::string_view(nl_langinfo_l(CODESET, users)) == "UTF-8";
  freelocale(users);
  return utf8;
}

}  // namespace

std::string rate_text(double rate_per_s, std::string_view unit) {
  if (!(rate_per_s > 0) || !std::isfinite(rate_per_s)) return {};
  return rate_per_s >= 1 ? cat(short_text(rate_per_s), " ", unit, "/s")
                         : cat(short_text(rate_per_s * 60), " ", unit, "/min");
}

std::string progress_text(const Progress& progress, int columns, Glyphs glyphs) {
  const double part = fraction(progress);
  // Padded, so that the bar keeps its width while the numbers grow.
  const std::string total = count_text(whole(progress.total));
  const std::string percent = padded(std::to_string(whole(part * 100)), 3) + " %";
  const std::string counts =
      cat(padded(count_text(whole(progress.done)), total.size()), "/", total, " ", progress.unit);
  const std::string rate = rate_text(progress.rate_per_s, progress.unit);
  const std::string left = progress.eta_s ? duration_text(*progress.eta_s) + " left" : std::string();
  // From rich to poor; the first that leaves room for a bar is taken.
  const std::vector<std::vector<std::string>> choices = {{percent, counts, rate, left, progress.note},
                                                         {percent, counts, rate, left},
                                                         {percent, counts, left},
                                                         {percent, left},
                                                         {percent}};
  for (const auto& choice : choices) {
    const std::string tail = joined(choice);
    const int room = columns - characters(progress.label) - characters(tail) - 4;
    if (room < narrowest_bar) continue;
    const int width = std::min(room, widest_bar);
    return progress.label + "  " + (glyphs == Glyphs::utf8 ? utf8_bar(part, width) : ascii_bar(part, width)) + "  " +
           tail;
  }
  return shortened(progress.label + "  " + percent, std::max(columns, 0));
}

std::string progress_sentence(const Progress& progress) {
  std::string text =
      cat(progress.label, ": ", count_text(whole(progress.done)), " of ", count_text(whole(progress.total)), " ",
          progress.unit, " (", whole(fraction(progress) * 100), " %)");
  if (const std::string rate = rate_text(progress.rate_per_s, progress.unit); !rate.empty()) text += ", " + rate;
  if (progress.eta_s) text += ", " + duration_text(*progress.eta_s) + " left";
  if (!progress.note.empty()) text += ", " + progress.note;
  return text;
}

bool Cadence::due(double done, double now_s) {
  const auto tenth = static_cast<int>(whole(std::clamp(done, 0.0, 1.0) * 10));
  const bool first = tenth_ < 0;
  if (!first && tenth <= tenth_ && now_s - last_s_ < plain_interval_s) return false;
  tenth_ = tenth;
  last_s_ = now_s;
  return true;
}

ProgressLine::ProgressLine(int file_descriptor)
    : descriptor_(file_descriptor),
      kind_(isatty(file_descriptor) != 0 ? Kind::terminal : Kind::file),
      glyphs_(locale_has_utf8() ? Glyphs::utf8 : Glyphs::ascii) {}

ProgressLine::ProgressLine(std::ostream& out, Kind kind, Glyphs glyphs, int columns)
    : out_(&out), kind_(kind), glyphs_(glyphs), fixed_columns_(columns) {}

int ProgressLine::columns() const {
  if (fixed_columns_ > 0) return fixed_columns_;
  winsize size{};
  return ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void ProgressLine::put(std::string_view text) {
  if (out_ != nullptr) {
    *out_ << text << std::flush;
    return;
  }
  while (!text.empty()) {
    const auto n = ::write(descriptor_, text.data(), text.size());
    if (n <= 0) return;  // A terminal that has gone away must not end the run.
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void ProgressLine::update(const Progress& progress, double now_s) {
  if (progress.label != cadence_label_) {
    cadence_ = {};
    cadence_label_ = progress.label;
    if (!drawn_.empty()) finish();
    last_drawn_s_ = -1;
  }
  if (kind_ == Kind::file) {
    if (cadence_.due(fraction(progress), now_s)) put(progress_sentence(progress) + "\n");
    return;
  }
  const bool complete = progress.done >= progress.total;
  if (!complete && last_drawn_s_ >= 0 && now_s - last_drawn_s_ < redraw_s) return;
  last_drawn_s_ = now_s;
  // One column stays free: some terminals wrap when the last one is written.
  const std::string line = progress_text(progress, columns() - 1, glyphs_);
  const int leftover = characters(drawn_) - characters(line);
  put("\r" + line + std::string(static_cast<std::size_t>(std::max(0, leftover)), ' '));
  drawn_ = line;
}

void ProgressLine::clear() {
  if (drawn_.empty()) return;
  put("\r" + std::string(static_cast<std::size_t>(characters(drawn_)), ' ') + "\r");
  drawn_.clear();
  last_drawn_s_ = -1;
}

void ProgressLine::finish() {
  if (drawn_.empty()) return;
  put("\n");
  drawn_.clear();
}

}  // namespace twinmill::report
