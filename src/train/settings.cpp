#include "twinmill/base/text.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train {

std::string decisive_text(const TrainSpec& s) {
  const NetworkSpec& n = s.network;
  return cat("network ", n.name, "\nwidth ", n.width, "\nupsampling ", n.upsampling, "\nconditioned ", n.conditioned,
             "\npretrained ", n.pretrained_content, "\nepochs ", s.epochs, "\nbatch_size ", s.batch_size,
             "\naccumulate ", s.accumulate, "\nlearning_rate ", number_text(s.learning_rate), "\nschedule ", s.schedule,
             "\nwarmup_steps ", s.warmup_steps, "\nclip_norm ", number_text(s.clip_norm), "\nearly_stop ", s.early_stop,
             "\ncrop_pixels ", s.crop_pixels, "\ncrop_area ", number_text(s.crop_area), "\nloss ", s.loss,
             "\nfocal_gamma ", number_text(s.focal_gamma), "\nclass_weight_power ", number_text(s.class_weight_power),
             "\nbatch_norm ", s.batch_norm, "\nprecision ", s.precision, "\nseed ", s.seed, "\n");
}

}  // namespace twinmill::train
