#include "twinmill/specimen/structure.hpp"

#include <algorithm>
#include <charconv>

#include "lines.hpp"
#include "names.hpp"
#include "rectangle.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::specimen {
namespace {

// A structure is taken as it is, so its cell must come out rectangular by itself.
constexpr double exact_strain = 1e-6;

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool numbers(std::string_view line, std::size_t how_many) {
  const auto words = split_words(line);
  return words.size() == how_many && std::all_of(words.begin(), words.end(), [](const std::string& word) {
           double value = 0;
           const auto [end, ec] = std::from_chars(word.data(), word.data() + word.size(), value);
           return ec == std::errc() && end == word.data() + word.size();
         });
}

// An extxyz file starts with a number alone, a POSCAR has a scale and three vectors below a title, a CIF data blocks.
Format format_of_content(std::string_view text) {
  const Lines lines(text, "");
  if ((numbers(lines.at(2), 1) || numbers(lines.at(2), 3)) && numbers(lines.at(3), 3) && numbers(lines.at(4), 3))
    return Format::poscar;
  if (numbers(lines.at(1), 1)) return Format::extxyz;
  for (std::size_t i = 1; i <= lines.size(); ++i) {
    const auto line = trim(lines.at(i));
    if (!line.empty() && !line.starts_with('#')) return line.starts_with("data_") ? Format::cif : Format::unknown;
  }
  return Format::unknown;
}

struct Text {
  std::string text;
  Format format = Format::unknown;
};

Text read_file(const std::filesystem::path& path) {
  Text file{.text = read_text(path), .format = format_of_name(path)};
  if (file.format == Format::unknown) file.format = format_of_content(file.text);
  if (file.format == Format::unknown)
    throw Error(
        Fault::input,
        cat(path.string(), ": not a structure (neither extxyz nor POSCAR nor CIF by its name or its first lines)"));
  return file;
}

}  // namespace

std::string_view name(SiteClass c) {
  static_assert(static_cast<int>(SiteClass::count_) == 10);
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
    case SiteClass::metal_interstitial:
      return "metal_interstitial";
    case SiteClass::anion_interstitial:
      return "anion_interstitial";
    case SiteClass::adatom:
      return "adatom";
    case SiteClass::antisite_vacancy:
      return "antisite_vacancy";
    case SiteClass::count_:
      break;
  }
  throw Error(Fault::bug, cat("no site class has the number ", static_cast<int>(c)));
}

SiteClass site_class(std::string_view text) { return by_name<SiteClass>(text, "site class", "classes"); }

Format format_of_name(const std::filesystem::path& path) {
  const std::string file = lower(path.filename().string()), extension = lower(path.extension().string());
  if (extension == ".xyz" || extension == ".extxyz") return Format::extxyz;
  if (extension == ".vasp" || extension == ".poscar" || extension == ".contcar") return Format::poscar;
  if (extension == ".cif") return Format::cif;
  if (file.starts_with("poscar") || file.starts_with("contcar")) return Format::poscar;
  return Format::unknown;
}

std::size_t Structure::atoms() const {
  return static_cast<std::size_t>(std::count_if(sites.begin(), sites.end(), [](const Site& s) { return s.z > 0; }));
}

Format format_of_file(const std::filesystem::path& path) { return read_file(path).format; }

RawStructure read_raw(const std::filesystem::path& path) {
  const auto file = read_file(path);
  switch (file.format) {
    case Format::extxyz:
      return raw_extxyz(file.text, path.string());
    case Format::poscar:
      return raw_poscar(file.text, path.string());
    case Format::cif:
      return raw_cif(file.text, path.string());
    case Format::unknown:
      break;
  }
  throw Error(Fault::bug, "no such format");
}

Structure read_structure(const std::filesystem::path& path) {
  const auto file = read_file(path);
  switch (file.format) {
    case Format::extxyz:
      return parse_extxyz(file.text, path.string());
    case Format::poscar:
      return parse_poscar(file.text, path.string());
    case Format::cif:
      return rectangular(raw_cif(file.text, path.string()), exact_strain).structure;
    case Format::unknown:
      break;
  }
  throw Error(Fault::bug, "no such format");
}

}  // namespace twinmill::specimen
