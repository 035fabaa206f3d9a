#include "twinmill/specimen/structure.hpp"

#include <algorithm>
#include <charconv>

#include "lines.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::specimen {
namespace {

enum class Format { unknown, extxyz, poscar };

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

Format format_of_name(const std::filesystem::path& path) {
  const std::string file = lower(path.filename().string()), extension = lower(path.extension().string());
  if (extension == ".xyz" || extension == ".extxyz") return Format::extxyz;
  if (extension == ".vasp" || extension == ".poscar" || extension == ".contcar") return Format::poscar;
  if (file.starts_with("poscar") || file.starts_with("contcar")) return Format::poscar;
  return Format::unknown;
}

bool numbers(std::string_view line, std::size_t how_many) {
  const auto words = split_words(line);
  return words.size() == how_many && std::all_of(words.begin(), words.end(), [](const std::string& word) {
           double value = 0;
           const auto [end, ec] = std::from_chars(word.data(), word.data() + word.size(), value);
           return ec == std::errc() && end == word.data() + word.size();
         });
}

// An extxyz file starts with a number alone, a POSCAR has a scale and three vectors below a title.
Format format_of_content(std::string_view text) {
  const Lines lines(text, "");
  if ((numbers(lines.at(2), 1) || numbers(lines.at(2), 3)) && numbers(lines.at(3), 3) && numbers(lines.at(4), 3))
    return Format::poscar;
  return numbers(lines.at(1), 1) ? Format::extxyz : Format::unknown;
}

}  // namespace

std::string_view name(SiteClass c) {
  static_assert(static_cast<int>(SiteClass::count_) == 6);
  switch (c) {
    case SiteClass::lattice:
      return "lattice";
    case SiteClass::anion_vacancy:
      return "anion_vacancy";
    case SiteClass::metal_vacancy:
      return "metal_vacancy";
    case SiteClass::metal_on_anion:
      return "metal_on_anion";
    case SiteClass::anion_on_metal:
      return "anion_on_metal";
    case SiteClass::dopant:
      return "dopant";
    case SiteClass::count_:
      break;
  }
  throw Error(Fault::bug, cat("no site class has the number ", static_cast<int>(c)));
}

SiteClass site_class(std::string_view text) {
  std::vector<std::string> known;
  for (int i = 0; i < static_cast<int>(SiteClass::count_); ++i) {
    const auto c = static_cast<SiteClass>(i);
    if (name(c) == text) return c;
    known.emplace_back(name(c));
  }
  const std::string likely = nearest(text, known);
  throw Error(Fault::input, cat("site class = ", text, " (the classes are ", list_text(known), ")",
                                likely.empty() ? "" : cat(". Did you mean ", likely, "?")));
}

std::size_t Structure::atoms() const {
  return static_cast<std::size_t>(std::count_if(sites.begin(), sites.end(), [](const Site& s) { return s.z > 0; }));
}

Structure read_structure(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  Format format = format_of_name(path);
  if (format == Format::unknown) format = format_of_content(text);
  switch (format) {
    case Format::extxyz:
      return parse_extxyz(text, path.string());
    case Format::poscar:
      return parse_poscar(text, path.string());
    case Format::unknown:
      break;
  }
  throw Error(Fault::input,
              cat(path.string(), ": not a structure (neither extxyz nor POSCAR by its name or its first lines)"));
}

}  // namespace twinmill::specimen
