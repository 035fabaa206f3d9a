#include "spec_check.hpp"

#include <algorithm>
#include <cmath>

#include "learning_rate.hpp"
#include "losses.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

void check_numbers(const TrainSpec& spec, Problems& problems) {
  const auto at_least = [&](const char* name, int value, int least) {
    if (value < least) problems.add(cat(name, " = ", value), cat("must be at least ", least));
  };
  at_least("width", spec.network.width, 1);
  at_least("epochs", spec.epochs, 1);
  at_least("batch_size", spec.batch_size, 1);
  at_least("accumulate", spec.accumulate, 1);
  at_least("warmup_steps", spec.warmup_steps, 0);
  at_least("early_stop", spec.early_stop, 0);
  at_least("checkpoint_every", spec.checkpoint_every, 1);
  if (!(spec.learning_rate > 0)) problems.add(cat("learning_rate = ", spec.learning_rate), "must be positive");
  if (!(spec.clip_norm >= 0)) problems.add(cat("clip_norm = ", spec.clip_norm), "must be 0 or positive");
  if (!(spec.focal_gamma >= 0)) problems.add(cat("focal_gamma = ", spec.focal_gamma), "must be 0 or positive");
  if (!(spec.bucket_mb > 0)) problems.add(cat("bucket_mb = ", spec.bucket_mb), "must be positive");
  if (!std::isfinite(spec.class_weight_power)) problems.add("class_weight_power", "must be a number");
}

void check_words(const TrainSpec& spec, Problems& problems) {
  if (!is_loss(spec.loss)) {
    problems.add(cat("loss = ", spec.loss), "must be cross_entropy, focal, dice or cross_entropy+dice");
  }
  if (!is_schedule(spec.schedule)) {
    problems.add(cat("schedule = ", spec.schedule), "must be cosine, constant or plateau");
  }
  if (spec.batch_norm != "local" && spec.batch_norm != "synchronised") {
    problems.add(cat("batch_norm = ", spec.batch_norm), "must be local or synchronised");
  }
  if (spec.precision != "single" && spec.precision != "mixed") {
    problems.add(cat("precision = ", spec.precision), "must be single or mixed");
  }
}

}  // namespace

void check(const TrainSpec& spec, int image_width, int image_height) {
  Problems problems;
  check_numbers(spec, problems);
  check_words(spec, problems);
  if (spec.crop_pixels < 0 || spec.crop_pixels > std::min(image_width, image_height)) {
    problems.add(cat("crop_pixels = ", spec.crop_pixels),
                 cat("must be 0 or fit into the images of ", image_width, " x ", image_height, " pixels"));
  }
  if (!(spec.crop_area >= 0 && spec.crop_area <= 1)) {
    problems.add(cat("crop_area = ", spec.crop_area), "must be 0 to 1");
  }
  problems.throw_if_any();
}

}  // namespace twinmill::train
