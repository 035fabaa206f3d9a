#include "content.hpp"

#include <algorithm>
#include <set>

#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::report {

namespace {

std::map<std::int64_t, Image<std::uint8_t>> predictions_at(const std::filesystem::path& path,
                                                           const store::Shapes& shapes) {
  std::map<std::int64_t, Image<std::uint8_t>> by_sample;
  if (path.empty() || !std::filesystem::exists(path)) return by_sample;
  store::Predictions predictions = store::read_predictions(path);
  for (std::size_t i = 0; i < predictions.samples.size(); ++i) {
    Image<std::uint8_t>& mask = predictions.masks.at(i);
    // Predictions of another store (a changed campaign, not evaluated again) must not be shown as if they were of this.
    if (mask.width == shapes.width && mask.height == shapes.height) by_sample[predictions.samples[i]] = std::move(mask);
  }
  return by_sample;
}

template <class Value, class Member>
std::vector<Value> values(const Content& content, Member member) {
  std::set<Value> found;
  const bool any_done = content.done_count() > 0;
  for (std::size_t i = 0; i < content.samples.size(); ++i)
    if (!any_done || content.done(static_cast<std::int64_t>(i))) found.insert(content.samples[i].*member);
  return {found.begin(), found.end()};
}

}  // namespace

Content::Content(const RunFiles& run, const Extra& extra_facts)
    : reader(run.store),
      header(reader.header()),
      samples(reader.samples()),
      exposures(reader.exposures()),
      simulations(reader.simulations()),
      slots(reader.sample_slots()),
      exposure_slots(reader.exposure_slots()),
      predictions(predictions_at(run.predictions, header.shapes)),
      campaign_text(!run.campaign.empty() && std::filesystem::exists(run.campaign) ? read_text(run.campaign)
                                                                                   : header.campaign_toml),
      ledger(read_ledger(run.ledger)),
      extra(extra_facts),
      store_path(run.store),
      generated(extra_facts.generated.value_or(unix_seconds())) {
  if (!run.predictions.empty()) study = read_study(run.predictions.parent_path());
  if (!extra.train_json.empty()) training = training_document(extra.train_json);
  if (!extra.evaluate_json.empty()) evaluation = evaluation_document(extra.evaluate_json);
}

bool Content::done(std::int64_t sample) const {
  return slots.at(static_cast<std::size_t>(sample)).state == static_cast<std::uint8_t>(store::SlotState::done);
}

bool Content::exposure_done(std::int64_t exposure) const {
  return exposure_slots.at(static_cast<std::size_t>(exposure)).state ==
         static_cast<std::uint8_t>(store::SlotState::done);
}

std::int64_t Content::done_count() const {
  return std::count_if(slots.begin(), slots.end(), [](const store::SlotRow& slot) {
    return slot.state == static_cast<std::uint8_t>(store::SlotState::done);
  });
}

std::vector<double> Content::doses() const { return values<double>(*this, &store::SampleRow::dose_e_per_A2); }
std::vector<double> Content::rotations() const { return values<double>(*this, &store::SampleRow::rotation_deg); }
std::vector<std::string> Content::parents() const { return values<std::string>(*this, &store::SampleRow::parent); }

std::vector<std::string> Content::defects() const {
  std::vector<std::string> kinds;
  for (const store::SampleRow& row : samples)
    if (std::find(kinds.begin(), kinds.end(), row.defect) == kinds.end()) kinds.push_back(row.defect);
  return kinds;
}

std::int64_t Content::structures() const {
  return static_cast<std::int64_t>(values<std::int32_t>(*this, &store::SampleRow::structure).size());
}

std::vector<bool> Content::done_samples() const {
  std::vector<bool> flags(samples.size());
  for (std::size_t i = 0; i < flags.size(); ++i) flags[i] = done(static_cast<std::int64_t>(i));
  return flags;
}

std::string words(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string defect_text(const store::SampleRow& row) {
  return row.variant.empty() ? words(row.defect) : words(row.defect) + " " + row.variant;
}

}  // namespace twinmill::report
