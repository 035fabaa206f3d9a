// Annotations as of the COCO data set (cocodataset.org, "Data format", object detection).
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "instances.hpp"
#include "parts.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/base/version.hpp"
#include "twinmill/report/png.hpp"

namespace twinmill::exports {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

// JSON knows no infinity.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json info(const store::Header& header) {
  return {{"description", cat(header.campaign_name, ": simulated electron microscope images with labels")},
          {"version", cat("physics ", header.physics, ", plan ", header.plan_key)},
          {"contributor", cat("twinmill ", version(), " (", commit(), ")")},
          {"date_created", utc_text(unix_seconds())}};
}

Json categories(const store::Header& header) {
  Json all = Json::array();
  for (std::size_t c = 1; c < header.classes.size(); ++c)
    all.push_back({{"id", c}, {"name", header.classes[c]}, {"supercategory", "point defect"}});
  return all;
}

/// The file of one split. Annotations grow in a file of their own until both lists are complete.
class Annotations {
 public:
  Annotations(const fs::path& folder, const std::string& split, const store::Header& header, const Request& request)
      : rest_path_(folder / cat("annotations_", split, ".part")),
        file_(folder / cat("annotations_", split, ".json")),
        rest_(rest_path_) {
    const std::string licence = request.licence.empty() ? "not chosen" : request.licence;
    file_.add(cat("{\"info\": ", info(header).dump(), ",\n\"licenses\": [{\"id\": 1, \"name\": ", Json(licence).dump(),
                  ", \"url\": \"\"}],\n\"categories\": ", categories(header).dump(), ",\n\"images\": ["));
    rest_.add("],\n\"annotations\": [");
  }

  void add_image(const Json& image) { file_.add(cat(images_++ == 0 ? "\n" : ",\n", image.dump())); }
  void add_annotation(const Json& annotation) { rest_.add(cat(annotations_++ == 0 ? "\n" : ",\n", annotation.dump())); }

  void close() {
    rest_.add("]}\n");
    rest_.close();
    file_.append(rest_path_);
    file_.close();
    fs::remove(rest_path_);
  }

 private:
  fs::path rest_path_;
  TextFile file_, rest_;
  std::int64_t images_ = 0, annotations_ = 0;
};

Json image_entry(std::int64_t id, const store::SampleRow& row, const store::Shapes& shapes, const std::string& file,
                 report::GreyRange range) {
  return {{"id", id},
          {"file_name", file},
          {"width", shapes.width},
          {"height", shapes.height},
          {"license", 1},
          {"black", range.black},
          {"white", range.white},
          {"key", row.key},
          {"split", row.split},
          {"structure", row.structure},
          {"parent", row.parent},
          {"defect", row.defect},
          {"variant", row.variant},
          {"rotation_deg", row.rotation_deg},
          {"defocus_A", row.defocus_A},
          {"dose_e_per_A2", number(row.dose_e_per_A2)},
          {"pixel_x_A", row.pixel_x_A},
          {"pixel_y_A", row.pixel_y_A}};
}

Json annotation_entry(std::int64_t number, std::int64_t image, const Instance& instance, const store::Shapes& shapes) {
  Json sites = Json::array();
  for (const auto& site : instance.sites)
    sites.push_back({{"x_px", site.x_px}, {"y_px", site.y_px}, {"z_A", site.z_A}, {"z", site.z}, {"site", site.site}});
  return {{"id", number},
          {"image_id", image},
          {"category_id", instance.label},
          {"iscrowd", 0},
          {"area", instance.pixels.size()},
          {"bbox", instance.box},
          {"segmentation",
           {{"size", {shapes.height, shapes.width}},
            {"counts", run_lengths(instance, std::int64_t{shapes.width} * shapes.height)}}},
          {"sites", sites}};
}

// How far a pixel of a defect can be from where its site is seen. A line is displaced by a normal number of standard
// deviation jitter_A, two lines to each other by sqrt(2) of that; drift moves them while a disc is scanned.
double reach_A(const store::Header& header, const store::SampleRow& row, double label_radius_A) {
  const auto& a = header.acquisition;
  constexpr double deviations = 6, rounding = 1e-4;
  return label_radius_A * (1 + rounding + std::hypot(a.drift_x_A, a.drift_y_A) / row.field_y_A) +
         deviations * a.jitter_A;
}

constexpr const char* files_text =
    "- `images/NUMBER.png`: 8-bit grey; the half percent of the darkest and of the brightest pixels is cut off. "
    "Fraction "
    "of the beam = black + (white - black) * value / 255, with `black` and `white` of the image's entry\n"
    "- `annotations_SPLIT.json`: COCO's format for object detection. Each defect is one annotation: `bbox` [x, y, "
    "width, "
    "height] in pixels, `area` in pixels, `segmentation` as uncompressed run lengths (column by column), `sites` with "
    "the "
    "positions of its atoms or vacancies (pixel (0, 0) has its centre at (0, 0); several where they stand on each "
    "other; "
    "none where the site lies beyond the image's border). Categories are the classes by number\n";

}  // namespace

Written write_coco(const store::Reader& reader, const std::vector<std::int64_t>& samples, const Request& request,
                   const fs::path& folder, Tally& tally) {
  const auto& header = reader.header();
  fs::create_directories(folder / "images");
  std::map<std::string, std::unique_ptr<Annotations>> splits;
  std::int64_t annotations = 0, beyond = 0;
  const auto visit = [&](std::int64_t id, const store::SampleRow& row, const store::SampleData& data) {
    auto& split = splits[row.split];
    if (!split) split = std::make_unique<Annotations>(folder, row.split, header, request);
    const auto& image = data.images.at(static_cast<std::size_t>(request.detector));
    const auto range = report::range_of(image);
    const auto file = cat("images/", number_name(id), ".png");
    write_file(folder / file, report::encode_png(report::grey(image, range)));
    split->add_image(image_entry(id, row, header.shapes, file, range));
    const Reach reach{row.pixel_x_A, row.pixel_y_A, reach_A(header, row, request.label_radius_A)};
    for (const auto& instance : instances(data.mask, data.atoms, reach)) {
      split->add_annotation(annotation_entry(++annotations, id, instance, header.shapes));
      beyond += instance.sites.empty() ? 1 : 0;
    }
  };
  const bool finished = for_each(reader, samples, request, tally, visit);
  for (const auto& [name, split] : splits) split->close();
  return {.finished = finished,
          .files = files_text,
          .remarks = {cat(count_text(annotations), " annotations, ", count_text(beyond),
                          " of them of defects whose centre lies beyond the image's border")}};
}

}  // namespace twinmill::exports
