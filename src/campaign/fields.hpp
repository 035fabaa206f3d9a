#pragma once
// All fields of a campaign file, section by section (field.hpp).

#include "fields_imaging.hpp"
#include "fields_specimen.hpp"
#include "fields_training.hpp"

namespace twinmill::campaign {

/// All sections in the order of the dump and of the reference.
template <Of<Spec> S, class V>
void visit_sections(S& s, V& v) {
  v.section("campaign", "What the campaign is called, and its seed.", s.campaign);
  v.section("specimen", "Which structures: parents x defects x replicates, and files. At least one parent or file.",
            s.specimen);
  v.entries("defect",
            "One table per kind of defective structure: all combinations of its axes, in every parent. Defects of more "
            "than one class stand in one specimen.",
            s.defects);
  v.entries(
      "impurity",
      "One table per kind of foreign atom that is seen in the image, but not in the mask. Not in pristine sheets.",
      s.impurities);
  v.section(
      "relaxation",
      "Relaxing structures with an external program, as tasks of the campaign. Keys of other engines are ignored.",
      s.relaxation);
  v.section("geometry", "How the structures lie under the beam.", s.geometry);
  v.section("microscope", "The probe.", s.microscope);
  v.entries("detector",
            "One table with name and angles per annular detector or segment of one; each gives one image per sample. "
            "Without any table: "
            "haadf, 50 to 200 mrad.",
            s.detectors);
  v.section("scan", "The image.", s.scan);
  v.section("imaging", "How exactly the scattering is calculated.", s.imaging);
  v.section("dose", "The noise.", s.dose);
  v.section(
      "acquisition",
      "What the microscope adds to the exact image. The numbers of a stage belong to it: they are refused without "
      "it, and it is refused without them.",
      s.acquisition);
  v.section("split", "Which structures train the network and which test it.", s.split);
  v.section("training", "The network and its training. Changing these simulates nothing again.", s.training);
  v.section("study",
            "Many trainings on the same images: all combinations of its axes, each a task of the campaign. Changing "
            "these simulates nothing again, and trains only what is new.",
            s.study);
  v.entries("model", "One table per network of the study that has settings of its own.", s.models);
  v.entries("condition",
            "One table per part of the images that the study trains on or tests with. Ranges are `[lowest, highest]`, "
            "both included; what is not given is free.",
            s.conditions);
  v.section("run", "How the work is done. Changing these changes no result.", s.run);
}

/// "section.key" of every field.
std::vector<std::string> all_keys();

/// Values as TOML, also used in messages: `"text"`, `0.05`, `[1, 2]`.
std::string toml_text(const std::string& value);
std::string toml_text(double value);
std::string toml_text(std::int64_t value);
std::string toml_text(std::uint64_t value);
template <std::same_as<bool> B>  // Nothing else may turn into a boolean.
std::string toml_text(B value) {
  return value ? "true" : "false";
}
inline std::string toml_text(int value) { return toml_text(static_cast<std::int64_t>(value)); }
template <class T>
std::string toml_text(const std::vector<T>& values) {
  std::string text = "[";
  for (const auto& value : values) text += (text.size() > 1 ? ", " : "") + toml_text(value);
  return text + "]";
}

}  // namespace twinmill::campaign
