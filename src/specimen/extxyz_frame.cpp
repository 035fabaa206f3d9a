// Extended XYZ: number of atoms; a line of key=value with Lattice, Properties and pbc; one line per atom.
#include "extxyz_frame.hpp"

#include <algorithm>

#include "cell.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {
namespace {

constexpr std::size_t comment_line = ExtxyzFrame::comment_line, first_atom_line = ExtxyzFrame::first_atom_line;

using Keys = ExtxyzFrame::Keys;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// One value; `text` loses it. Quotes and brackets hold values with blanks.
std::string take_value(std::string_view& text, const Lines& lines) {
  constexpr std::string_view open = "\"'{[", closed = "\"'}]";
  const auto bracket = text.empty() ? std::string_view::npos : open.find(text.front());
  if (bracket == std::string_view::npos) {
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    std::string value(text.substr(0, end));
    text.remove_prefix(end);
    return value;
  }
  const auto end = text.find(closed[bracket], 1);
  if (end == std::string_view::npos) lines.fail(comment_line, cat("a ", text.front(), " is never closed"));
  std::string value(text.substr(1, end - 1));
  text.remove_prefix(end + 1);
  return value;
}

Keys parse_keys(const Lines& lines) {
  Keys keys;
  std::string_view text = trim(lines.need(comment_line, "the line with Lattice and Properties"));
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("= \t"), text.size());
    std::string key = lower(text.substr(0, end));
    text = trim(text.substr(end));
    std::string value = "T";  // A key alone is a flag.
    if (text.starts_with('=')) {
      text = trim(text.substr(1));
      value = take_value(text, lines);
      text = trim(text);
    }
    keys.emplace(std::move(key), std::move(value));
  }
  return keys;
}

// Which word of an atom's line holds what.
struct Columns {
  std::size_t total = 0;
  std::optional<std::size_t> species, position, number, site_class, rms, force;
};

struct Property {
  std::string_view name, type, count;
  bool is(std::string_view n, std::string_view t, std::string_view c) const {
    return name == n && type == t && count == c;
  }
};

void place_column(Columns& columns, const Property& p, const Lines& lines) {
  const std::string text = cat(p.name, ":", p.type, ":", p.count);
  const auto set = [&](std::optional<std::size_t>& column, std::string_view type, std::string_view count) {
    if (p.type != type || p.count != count)
      lines.fail(comment_line, cat("Properties: ", text, " (", p.name, ":", type, ":", count, " is expected)"));
    if (column) lines.fail(comment_line, cat("Properties: ", text, " (is there twice)"));
    column = columns.total;
  };
  if (p.name == "species") set(columns.species, "S", "1");
  if (p.name == "pos") set(columns.position, "R", "3");
  if (p.name == "numbers" || p.name == "Z") set(columns.number, "I", "1");
  if (p.name == "site_class") set(columns.site_class, "S", "1");
  if (p.name == "rms_A") set(columns.rms, "R", "1");
  if (p.name == "forces" && p.type == "R" && p.count == "3") set(columns.force, "R", "3");
  const auto count = parse_int(p.count, cat(lines.place(comment_line), ": Properties: ", text, ": columns"));
  if (count < 1 || count > 10000) lines.fail(comment_line, cat("Properties: ", text, " (not a number of columns)"));
  columns.total += static_cast<std::size_t>(count);
}

Columns parse_properties(std::string_view text, const Lines& lines) {
  std::vector<std::string_view> parts;
  for (std::string_view rest = text;;) {
    const auto end = rest.find(':');
    parts.push_back(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  if (parts.size() % 3 != 0)
    lines.fail(comment_line, cat("Properties = ", text, " (must be name:type:columns, repeated)"));
  Columns columns;
  for (std::size_t i = 0; i < parts.size(); i += 3)
    place_column(columns, {parts[i], parts[i + 1], parts[i + 2]}, lines);
  if (!columns.position) lines.fail(comment_line, cat("Properties = ", text, " (has no pos:R:3)"));
  if (!columns.species && !columns.number)
    lines.fail(comment_line, cat("Properties = ", text, " (has no species:S:1)"));
  return columns;
}

std::array<bool, 3> parse_pbc(std::string_view text, const Lines& lines) {
  std::string words_text(text);
  std::replace(words_text.begin(), words_text.end(), ',', ' ');
  const auto words = split_words(words_text);
  std::array<bool, 3> periodic{};
  if (words.size() != 1 && words.size() != 3)
    lines.fail(comment_line, cat("pbc = ", text, " (must be three of T or F)"));
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string word = lower(words.size() == 1 ? words[0] : words[i]);
    periodic[i] = word == "t" || word == "true" || word == "1";
    if (!periodic[i] && word != "f" && word != "false" && word != "0")
      lines.fail(comment_line, cat("pbc = ", text, " (must be three of T or F)"));
  }
  if (!periodic[0] || !periodic[1])
    lines.fail(comment_line,
               cat("pbc = ", text, " (the cell is not periodic in x and y). Embed it in a periodic cell?"));
  return periodic;
}

Vectors parse_lattice(const Keys& keys, const Lines& lines) {
  const auto lattice = keys.find("lattice");
  if (lattice == keys.end())
    lines.fail(comment_line, "no Lattice (the cell is not periodic). Add Lattice=\"Lx 0 0 0 Ly 0 0 0 Lz\"?");
  const auto words = split_words(lattice->second);
  if (words.size() != 9) lines.fail(comment_line, cat("Lattice: ", words.size(), " numbers (nine are needed)"));
  Vectors vectors{};
  for (std::size_t i = 0; i < 3; ++i) vectors[i] = lines.triple(comment_line, words, 3 * i, "Lattice");
  return vectors;
}

int parse_species(const Columns& columns, const std::vector<std::string>& words, std::size_t line, const Lines& lines) {
  const int z = columns.species ? lines.element(line, words[*columns.species]) : 0;
  if (!columns.number) return z;
  const auto number = parse_int(words[*columns.number], cat(lines.place(line), ": atomic number"));
  if (number < 1 || number > 103) lines.fail(line, cat("atomic number = ", number, " (must be 1 to 103)"));
  if (z > 0 && z != number)
    lines.fail(line, cat("atomic number = ", number, " (the species, ", symbol(z), ", has ", z, ")"));
  return static_cast<int>(number);
}

ExtxyzAtom parse_atom(const Columns& columns, std::size_t line, const Lines& lines) {
  const auto words = split_words(lines.need(line, "an atom"));
  if (words.size() != columns.total)
    lines.fail(line, cat(words.size(), " columns (Properties asks for ", columns.total, ")"));
  ExtxyzAtom atom;
  atom.z = parse_species(columns, words, line, lines);
  atom.r_A = lines.triple(line, words, *columns.position, "position");
  if (columns.force) atom.force_eV_per_A = lines.triple(line, words, *columns.force, "force");
  if (columns.site_class) atom.site_class = words[*columns.site_class];
  if (columns.rms) atom.rms_A = words[*columns.rms];
  return atom;
}

std::size_t parse_count(const Lines& lines) {
  const auto count = parse_int(lines.need(1, "the number of atoms"), cat(lines.place(1), ": number of atoms"));
  if (count < 1) lines.fail(1, cat("number of atoms = ", count, " (must be positive)"));
  return static_cast<std::size_t>(count);
}

}  // namespace

ExtxyzFrame parse_frame(const Lines& lines) {
  const std::size_t count = parse_count(lines);
  ExtxyzFrame frame;
  frame.keys = parse_keys(lines);
  frame.vectors = parse_lattice(frame.keys, lines);
  const auto pbc = frame.keys.find("pbc");
  frame.periodic = pbc == frame.keys.end() ? std::array{true, true, true} : parse_pbc(pbc->second, lines);
  const auto properties = frame.keys.find("properties");
  const auto columns =
      parse_properties(properties == frame.keys.end() ? "species:S:1:pos:R:3" : properties->second, lines);
  const std::size_t present = lines.size() - comment_line;
  if (present < count)
    lines.fail(1, cat("number of atoms = ", count, " (", present, " lines follow). Is the file cut short?"));
  if (present > count)
    lines.fail(first_atom_line + count, cat("more lines than the ", count, " atoms of line 1. Keep a single frame?"));
  for (std::size_t i = 0; i < count; ++i) frame.atoms.push_back(parse_atom(columns, first_atom_line + i, lines));
  return frame;
}

}  // namespace twinmill::specimen
