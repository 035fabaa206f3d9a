#include "twinmill/report/montage.hpp"

#include <algorithm>
#include <cmath>

#include "choose.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::report {

namespace {

const Image<std::uint8_t>* prediction_of(const store::Predictions& predictions, std::int64_t sample) {
  const auto found = std::find(predictions.samples.begin(), predictions.samples.end(), sample);
  if (found == predictions.samples.end()) return nullptr;
  return &predictions.masks.at(static_cast<std::size_t>(found - predictions.samples.begin()));
}

bool has_label(const Image<std::uint8_t>& mask) {
  return std::any_of(mask.data.begin(), mask.data.end(), [](std::uint8_t c) { return c != 0; });
}

std::vector<bool> done_flags(const store::Reader& reader) {
  std::vector<bool> flags;
  for (const store::SlotRow& slot : reader.sample_slots())
    flags.push_back(slot.state == static_cast<std::uint8_t>(store::SlotState::done));
  return flags;
}

}  // namespace

RgbPicture sample_montage(const store::Reader& reader, const store::Predictions& predictions,
                          std::span<const std::int64_t> samples, const MontageOptions& options) {
  ensure(options.columns >= 1 && options.scale >= 1, "a montage needs at least one column and a scale of one");
  const std::vector<bool> done = done_flags(reader);
  const bool any_prediction = std::any_of(samples.begin(), samples.end(), [&](std::int64_t sample) {
    return prediction_of(predictions, sample) != nullptr;
  });
  std::vector<std::vector<RgbPicture>> rows;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::int64_t sample = samples[i];
    if (sample < 0 || sample >= static_cast<std::int64_t>(done.size()))
      throw Error(Fault::input, cat("there is no sample ", sample, " (the store has ", done.size(), ")."));
    if (!done[static_cast<std::size_t>(sample)])
      throw Error(Fault::input, cat("sample ", sample, " cannot be shown (it is not done). Finish the run first?"));
    if (i % static_cast<std::size_t>(options.columns) == 0) rows.emplace_back();
    const GreyPicture picture = upscale(grey(reader.image(sample, options.detector)), options.scale);
    auto& row = rows.back();
    row.push_back(to_rgb(picture));
    row.push_back(overlay(picture, upscale(reader.mask(sample), options.scale)));
    if (!any_prediction) continue;
    const Image<std::uint8_t>* predicted = prediction_of(predictions, sample);
    row.push_back(predicted != nullptr ? overlay(picture, upscale(*predicted, options.scale))
                                       : RgbPicture(picture.width, picture.height, options.style.background));
  }
  if (rows.empty())
    throw Error(Fault::input, "there is no picture to make (no sample is done yet). Run the campaign first?");
  return montage(rows, options.style);
}

std::vector<std::int64_t> chosen_samples(const store::Reader& reader, const store::Predictions& predictions,
                                         int count) {
  const std::vector<store::SampleRow> rows = reader.samples();
  std::vector<bool> predicted(rows.size());
  for (const std::int64_t sample : predictions.samples)
    if (sample >= 0 && sample < static_cast<std::int64_t>(rows.size()))
      predicted[static_cast<std::size_t>(sample)] = true;
  const auto shows_defect = [&](std::int64_t sample) { return has_label(reader.mask(sample)); };
  std::vector<std::int64_t> samples;
  for (const Specimen& specimen : chosen_specimens({rows, done_flags(reader), predicted, shows_defect})) {
    if (static_cast<int>(samples.size()) >= count) break;
    if (!predictions.samples.empty() && specimen.predicted == 0) continue;
    std::int64_t best = specimen.samples.front();
    for (const std::int64_t sample : specimen.samples)
      if (std::isfinite(rows[static_cast<std::size_t>(sample)].dose_e_per_A2)) best = sample;
    samples.push_back(best);
  }
  return samples;
}

void write_montage(const std::filesystem::path& png, const std::filesystem::path& store,
                   const std::filesystem::path& predictions, std::span<const std::int64_t> samples,
                   const MontageOptions& options) {
  const store::Reader reader(store);
  store::Predictions masks;
  if (!predictions.empty() && std::filesystem::exists(predictions)) masks = store::read_predictions(predictions);
  constexpr int rows_by_default = 6;
  std::vector<std::int64_t> chosen(samples.begin(), samples.end());
  if (chosen.empty()) chosen = chosen_samples(reader, masks, rows_by_default * options.columns);
  write_atomic(png, encode_png(sample_montage(reader, masks, chosen, options)));
}

}  // namespace twinmill::report
