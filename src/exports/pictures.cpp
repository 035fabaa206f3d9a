// PNG and CSV.
#include <algorithm>
#include <limits>

#include "parts.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/report/csv.hpp"
#include "twinmill/report/png.hpp"
#include "twinmill/store/cells.hpp"

namespace twinmill::exports {
namespace fs = std::filesystem;
namespace {

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (const auto& field : fields) line += cat(line.empty() ? "" : ",", report::csv_field(field));
  return line + "\n";
}

/// A table that grows in its file, so that memory does not.
class CsvFile {
 public:
  CsvFile(const fs::path& path, const std::vector<std::string>& heads) : stream_(path) { stream_.add(csv_line(heads)); }
  void add(const std::vector<std::string>& fields) { stream_.add(csv_line(fields)); }
  void close() { stream_.close(); }

 private:
  TextFile stream_;
};

// Names may hold anything but what a folder's name cannot.
std::string folder_name(const std::string& detector) {
  std::string name = detector;
  for (char& c : name)
    if (c == '/' || c == '\0') c = '_';
  return name == "." || name == ".." ? "_" : name;
}

report::GreyRange widest(const store::Reader& reader, const std::vector<std::int64_t>& samples, int detector) {
  report::GreyRange all{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const auto id : samples) {
    const auto one = report::range_of(reader.image(id, detector), {.low_percent = 0, .high_percent = 100});
    all = {std::min(all.black, one.black), std::max(all.white, one.white)};
  }
  return all;
}

std::vector<std::string> heads_of(const store::Header& header) {
  std::vector<std::string> heads = {"sample"};
  for (const auto& cell : store::cells(store::SampleRow{})) heads.emplace_back(cell.name);
  for (const auto& detector : header.detectors)
    for (const char* what : {"_file", "_black", "_white"}) heads.push_back(detector + what);
  heads.emplace_back("mask_file");
  return heads;
}

void write_classes(const fs::path& folder, const store::Header& header) {
  CsvFile classes(folder / "classes.csv", {"number", "class", "colour"});
  for (std::size_t c = 0; c < header.classes.size(); ++c)
    classes.add({std::to_string(c), header.classes[c],
                 c == 0 ? "#000000" : report::css_text(report::class_colour(static_cast<int>(c)))});
  classes.close();
}

std::string description(Scaling scaling) {
  return cat(
      "- `images/DETECTOR/NUMBER.png`: 16-bit grey. Fraction of the beam = black + (white - black) * value / "
      "65535, with the columns `DETECTOR_black` and `DETECTOR_white` of `samples.csv`: ",
      scaling == Scaling::image ? "smallest and largest value of that image"
                                : "smallest and largest value of all images of the detector",
      "\n- `masks/NUMBER.png`: indexed; index = number of the class of each pixel, 0 for the lattice\n"
      "- `samples.csv`: one line per image, with all that is known of it (columns as in the store's "
      "samples/table), and the names of its files\n"
      "- `atoms.csv`: the sites seen in each image; pixel (0, 0) has its centre at (0, 0); z = 0 is a vacancy\n"
      "- `classes.csv`: the classes' numbers, names and colours\n");
}

}  // namespace

Written write_pictures(const store::Reader& reader, const std::vector<std::int64_t>& samples, const Request& request,
                       const fs::path& folder, Tally& tally) {
  const auto& header = reader.header();
  const int detectors = header.shapes.detectors;
  std::vector<report::GreyRange> ranges;
  for (int d = 0; d < detectors; ++d) {
    fs::create_directories(folder / "images" / folder_name(header.detectors[static_cast<std::size_t>(d)]));
    if (request.scaling == Scaling::all) ranges.push_back(widest(reader, samples, d));
  }
  fs::create_directories(folder / "masks");
  write_classes(folder, header);
  CsvFile table(folder / "samples.csv", heads_of(header));
  std::vector<std::string> atom_heads = {"sample"};
  for (const auto& cell : store::cells(store::AtomRow{})) atom_heads.emplace_back(cell.name);
  CsvFile atoms(folder / "atoms.csv", atom_heads);
  const auto visit = [&](std::int64_t id, const store::SampleRow& row, const store::SampleData& data) {
    std::vector<std::string> fields = {std::to_string(id)};
    for (auto& cell : store::cells(row)) fields.push_back(std::move(cell.text));
    for (std::size_t d = 0; d < data.images.size(); ++d) {
      const auto range = request.scaling == Scaling::all
                             ? ranges[d]
                             : report::range_of(data.images[d], {.low_percent = 0, .high_percent = 100});
      const auto file = cat("images/", folder_name(header.detectors[d]), "/", number_name(id), ".png");
      write_file(folder / file, report::encode_png(report::grey_16_bit(data.images[d], range)));
      fields.insert(fields.end(), {file, number_text(range.black), number_text(range.white)});
    }
    fields.push_back(cat("masks/", number_name(id), ".png"));
    write_file(folder / fields.back(), report::encode_mask_png(data.mask, static_cast<int>(header.classes.size())));
    table.add(fields);
    for (const auto& atom : data.atoms) {
      std::vector<std::string> line = {std::to_string(id)};
      for (auto& cell : store::cells(atom)) line.push_back(std::move(cell.text));
      atoms.add(line);
    }
  };
  const bool finished = for_each(reader, samples, request, tally, visit);
  table.close();
  atoms.close();
  return {.finished = finished, .files = description(request.scaling)};
}

}  // namespace twinmill::exports
