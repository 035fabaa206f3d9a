#include "samples.hpp"

#include <cmath>

#include "conditions.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::train {

void normalise(std::span<float> image) {
  if (image.empty()) return;
  double sum = 0;
  for (const float value : image) sum += value;
  const double mean = sum / static_cast<double>(image.size());
  double squares = 0;
  for (const float value : image) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(image.size()));
  // Rounding alone must not be blown up to unit variance. Written so that not-a-number is not taken for constant.
  const bool constant = deviation <= 1e-7 * std::abs(mean) || deviation == 0;
  const double scale = constant ? 0 : 1 / deviation;
  for (float& value : image) value = static_cast<float>((value - mean) * scale);
}

SampleSource::SampleSource(const std::filesystem::path& path, std::size_t cache_bytes, const Selection& selection,
                           Conditions conditions)
    : reader_(path), classes_(reader_.header(), selection), free_bytes_(cache_bytes), conditions_(conditions) {}

int SampleSource::detectors() const { return reader_.header().shapes.detectors; }
int SampleSource::width() const { return reader_.header().shapes.width; }
int SampleSource::height() const { return reader_.header().shapes.height; }

Sample SampleSource::read(std::int64_t id) const {
  Sample sample;
  for (int detector = 0; detector < detectors(); ++detector) {
    auto image = reader_.image(id, detector);
    normalise(image.data);
    sample.images.insert(sample.images.end(), image.data.begin(), image.data.end());
  }
  sample.mask = reader_.mask(id).data;
  for (auto& label : sample.mask) {
    const std::uint8_t number = classes_.of(label);
    if (number == ClassMap::unseen) {
      throw Error(Fault::system, cat("the mask of sample ", id, " holds class ", static_cast<int>(label),
                                     " (it is none of those that its row and the store name). Run verify?"));
    }
    label = number;
  }
  if (conditions_ == Conditions::read) {
    sample.conditions = condition_values(reader_.header(), reader_.samples(id, 1).front());
  }
  return sample;
}

std::shared_ptr<const Sample> SampleSource::get(std::int64_t id) {
  if (const auto found = cache_.find(id); found != cache_.end()) return found->second;
  auto sample = std::make_shared<const Sample>(read(id));
  const std::size_t bytes = sample->images.size() * sizeof(float) + sample->mask.size();
  if (bytes <= free_bytes_) {
    free_bytes_ -= bytes;
    cache_.emplace(id, sample);
  }
  return sample;
}

}  // namespace twinmill::train
