// inspect: stores.
#include <fmt/format.h>

#include <map>

#include "inspect.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/report/montage.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::app {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

struct Count {
  std::int64_t total = 0, done = 0;
};

Json json_of(const Count& count) { return {{"samples", count.total}, {"done", count.done}}; }

const std::string& text_of(const std::string& value) { return value; }
std::string text_of(double value) { return number_text(value); }

/// Counts by one column, in words and as JSON.
template <class Key>
void tell_counts(const std::vector<store::SampleRow>& rows, const std::vector<store::SlotRow>& slots,
                 const std::string& heading, const Key& key, Inspection& result) {
  constexpr std::size_t shown = 16;
  std::map<decltype(key(rows.front())), Count> counts;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& count = counts[key(rows[i])];
    ++count.total;
    count.done += slots[i].state == static_cast<std::uint8_t>(store::SlotState::done) ? 1 : 0;
  }
  Json all = Json::object();
  std::size_t n = 0;
  for (const auto& [value, count] : counts) {
    const std::string name = text_of(value);
    all[name] = json_of(count);
    if (++n <= shown)
      result.say(n == 1 ? heading : "",
                 count.done == count.total
                     ? fmt::format("{:32} {:>9}", name, count_text(count.total))
                     : fmt::format("{:32} {:>9} of {}", name, count_text(count.done), count_text(count.total)));
  }
  if (n > shown) result.say("", cat("and ", n - shown, " more"));
  result.json[heading] = all;
}

void tell_header(const store::Header& h, Inspection& result) {
  const auto& s = h.shapes;
  result.say("campaign", cat(h.campaign_name, " (plan ", h.plan_key, ", physics version ", h.physics, ")"));
  result.say("images", fmt::format("{} x {} pixels, {} detector(s)", s.width, s.height, s.detectors));
  Json detectors = Json::array();
  for (std::size_t d = 0; d < h.detectors.size(); ++d) {
    result.say(d == 0 ? "detectors" : "", fmt::format("{}: {:g} to {:g} mrad", h.detectors[d], h.detector_inner_mrad[d],
                                                      h.detector_outer_mrad[d]));
    detectors.push_back(
        {{"name", h.detectors[d]}, {"inner_mrad", h.detector_inner_mrad[d]}, {"outer_mrad", h.detector_outer_mrad[d]}});
  }
  result.say("recorded by", list_text(h.acquisition.stages));
  result.json.update({{"campaign", h.campaign_name},
                      {"plan_key", h.plan_key},
                      {"physics_version", h.physics},
                      {"width", s.width},
                      {"height", s.height},
                      {"detectors", detectors},
                      {"classes", h.classes},
                      {"acquisition", h.acquisition.stages},
                      {"simulations", s.simulations},
                      {"exposures", s.exposures}});
}

void tell_slots(const std::vector<store::SlotRow>& slots, Inspection& result) {
  std::int64_t done = 0, bad = 0;
  for (const auto& slot : slots) {
    done += slot.state == static_cast<std::uint8_t>(store::SlotState::done) ? 1 : 0;
    bad += slot.state == static_cast<std::uint8_t>(store::SlotState::bad) ? 1 : 0;
  }
  const auto total = std::ssize(slots);
  result.say("samples", cat(count_text(total), ": ", count_text(done), " done, ", count_text(total - done - bad),
                            " empty, ", count_text(bad), " bad"));
  result.json["samples"] = {{"total", total}, {"done", done}, {"empty", total - done - bad}, {"bad", bad}};
}

// Of the first sample: all images of a campaign are taken alike but for dose and defocus.
void tell_microscope(const store::SampleRow& row, Inspection& result) {
  result.say("microscope", fmt::format("{:g} keV, semiangle {:g} mrad", row.energy_kev, row.semiangle_mrad));
  result.say("field", fmt::format("{:g} x {:g} A, pixels of {:.4g} x {:.4g} A", row.field_x_A, row.field_y_A,
                                  row.pixel_x_A, row.pixel_y_A));
  result.json["microscope"] = {{"energy_kev", row.energy_kev}, {"semiangle_mrad", row.semiangle_mrad},
                               {"field_x_A", row.field_x_A},   {"field_y_A", row.field_y_A},
                               {"pixel_x_A", row.pixel_x_A},   {"pixel_y_A", row.pixel_y_A}};
}

void tell_files(const fs::path& path, Inspection& result) {
  double bytes = 0;
  Json names = Json::array();
  for (const auto& file : store::files(path)) {
    bytes += static_cast<double>(fs::file_size(file));
    names.push_back(file.filename().string());
  }
  result.say("files", names.size() == 1
                          ? bytes_text(bytes)
                          : cat(bytes_text(bytes), " in ", names.size(), " files (", names.size() - 1, " shards)"));
  result.json["files"] = names;
  result.json["bytes"] = bytes;
}

report::RgbPicture first_images(const fs::path& path) {
  const store::Reader reader(path);
  constexpr int columns = 4, rows = 3, largest_px = 192;
  const auto samples = report::chosen_samples(reader, {}, columns * rows / 2);
  const auto& s = reader.header().shapes;
  const int scale = std::max(1, largest_px / std::max(s.width, s.height));
  return report::sample_montage(reader, {}, samples,
                                {.columns = columns / 2, .scale = scale, .detector = 0, .style = {}});
}

}  // namespace

Inspection inspect_store(const fs::path& path, const InspectOptions& options) {
  const store::Reader reader(path);
  Inspection result;
  result.json = {{"kind", "store"}, {"file", path.string()}, {"format_version", store::format_version}};
  result.say("file", cat(path.string(), ": a store of twinmill (format version ", store::format_version, ")"));
  tell_files(path, result);
  tell_header(reader.header(), result);
  const auto rows = reader.samples();
  const auto slots = reader.sample_slots();
  tell_slots(slots, result);
  if (!rows.empty()) {
    tell_microscope(rows.front(), result);
    tell_counts(
        rows, slots, "split", [](const auto& row) { return row.split; }, result);
    tell_counts(
        rows, slots, "defect", [](const auto& row) { return row.defect; }, result);
    tell_counts(
        rows, slots, "parent", [](const auto& row) { return row.parent; }, result);
    tell_counts(
        rows, slots, "dose_e_per_A2", [](const auto& row) { return row.dose_e_per_A2; }, result);
    tell_counts(
        rows, slots, "rotation_deg", [](const auto& row) { return row.rotation_deg; }, result);
    tell_counts(
        rows, slots, "defocus_A", [](const auto& row) { return row.defocus_A; }, result);
  }
  if (options.digest) {
    const auto digest = store::digest(reader);
    result.say("digest", digest);
    result.json["digest"] = digest;
  }
  result.picture = [path] { return first_images(path); };
  return result;
}

}  // namespace twinmill::app
