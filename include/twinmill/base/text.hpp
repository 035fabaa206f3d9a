#pragma once
// Numbers and names as a person reads them.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace twinmill {

/// "1.4 GB" (powers of 1000).
std::string bytes_text(double bytes);
/// "3 s", "4 min 10 s", "2 h 05 min", "3 d 04 h".
std::string duration_text(double seconds);
/// "12,345".
std::string count_text(std::int64_t count);
/// The nearest of `known` when it is near enough to be a slip (Damerau-Levenshtein), else empty.
std::string nearest(std::string_view word, std::span<const std::string> known);
/// "a, b and c".
std::string list_text(std::span<const std::string> words);
/// Shortest text that reads back as the same double ("0.05", "400000").
std::string number_text(double value);
/// The same with a fixed number of significant digits ("12.3").
std::string rounded_text(double value, int significant);
std::string_view trim(std::string_view text);
std::vector<std::string> split_words(std::string_view text);
/// All of `text` as a number; throws Error(input) "`what` = text (not a number)".
double parse_double(std::string_view text, std::string_view what);
std::int64_t parse_int(std::string_view text, std::string_view what);

}  // namespace twinmill
