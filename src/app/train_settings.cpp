#include "train_settings.hpp"

#include <algorithm>

#include "twinmill/base/error.hpp"

namespace twinmill::app {

train::TrainSpec train_spec(const campaign::TrainingSection& t, const campaign::Catalogue& catalogue) {
  campaign::WeightsEntry pretrained;
  if (!t.pretrained.empty()) {
    const auto found = std::ranges::find(catalogue.weights, t.pretrained, &campaign::WeightsEntry::path);
    ensure(found != catalogue.weights.end(), cat("the catalogue lacks the weights ", t.pretrained));
    pretrained = *found;
  }
  return {.network = {.name = t.network,
                      .width = t.width,
                      .upsampling = t.upsampling,
                      .conditioned = t.conditioned,
                      .pretrained = pretrained.place,
                      .pretrained_content = t.pretrained.empty() ? "" : pretrained.content.hex()},
          .epochs = t.epochs,
          .batch_size = t.batch_size,
          .accumulate = t.accumulate,
          .learning_rate = t.learning_rate,
          .schedule = t.schedule,
          .warmup_steps = t.warmup_steps,
          .clip_norm = t.clip_norm,
          .early_stop = t.early_stop,
          .crop_pixels = t.crop_pixels,
          .crop_area = t.crop_area,
          .loss = t.loss,
          .focal_gamma = t.focal_gamma,
          .class_weight_power = t.class_weight_power,
          .batch_norm = t.batch_norm,
          .precision = t.precision,
          .bucket_mb = t.bucket_mb,
          .checkpoint_every = t.checkpoint_every,
          .seed = t.seed};
}

}  // namespace twinmill::app
