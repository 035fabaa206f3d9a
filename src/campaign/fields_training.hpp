#pragma once
// Fields of the sections that come after the images: splits, training, studies; and how a campaign runs.

#include "field.hpp"

namespace twinmill::campaign {

template <Of<SplitSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.by,
    {.key = "by",
     .unit = "",
     .text = "What is never shared between two splits: one `structure` (a parent with a kind of defect, and all its "
             "replicates, which are the same arrangement shifted; each kind is dealt evenly) or one `parent` (the test "
             "shows materials never seen in training).",
     .words = {"structure", "parent"}});
  v(s.train, {.key = "train", .unit = "", .text = "Part that trains the network.", .range = above_below(0, 1)});
  v(s.validation, {.key = "validation",
                   .unit = "",
                   .text = "Part that is watched while training. What is left of 1 is the test split.",
                   .range = from_to(0, 1)});
}

template <Of<TrainingSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.network, {.key = "network", .unit = "", .text = "Network.", .words = network_names});
  v(s.width, {.key = "width",
              .unit = "channels",
              .text = "Channels of the first level (each level below doubles them): 64 for a study, 8 on a laptop.",
              .range = from_to(1, 1024)});
  v(s.upsampling, {.key = "upsampling",
                   .unit = "",
                   .text = "How the decoder doubles the size: a learned `transposed` convolution, or `bilinear` "
                           "interpolation followed by a convolution.",
                   .words = {"transposed", "bilinear"}});
  v(s.conditioned, {.key = "conditioned",
                    .unit = "",
                    .text = "Whether the network also sees the sample's metadata: composition, energy, angles, dose."});
  v(s.pretrained, {.key = "pretrained",
                   .unit = "",
                   .text = "File with weights that the encoder starts from, by name, relative to the campaign file; "
                           "empty: drawn.",
                   .text_rule = TextRule::any});
  v(s.epochs, {.key = "epochs", .unit = "", .text = "Passes over the train split.", .range = from_to(1, 1e6)});
  v(s.batch_size, {.key = "batch_size",
                   .unit = "images",
                   .text = "Images per step, over all ranks together.",
                   .range = from_to(1, 1e6)});
  v(s.accumulate,
    {.key = "accumulate",
     .unit = "parts",
     .text = "Each rank computes its share of a batch in so many parts, one after the other, for networks "
             "whose whole share does not fit into memory.",
     .range = from_to(1, 1e6)});
  v(s.learning_rate, {.key = "learning_rate", .unit = "", .text = "Learning rate.", .range = above_to(0, 10)});
  v(s.schedule,
    {.key = "schedule",
     .unit = "",
     .text = "How the learning rate goes on: down half a `cosine` to zero, `constant`, or a tenth after each "
             "five epochs without a better one (`plateau`).",
     .words = {"cosine", "constant", "plateau"}});
  v(s.warmup_steps, {.key = "warmup_steps",
                     .unit = "steps",
                     .text = "The learning rate rises from zero in so many steps.",
                     .range = from_to(0, 1e9)});
  v(s.clip_norm, {.key = "clip_norm",
                  .unit = "",
                  .text = "Gradients with a larger norm are scaled down to it; 0: never.",
                  .range = from_to(0, 1e9)});
  v(s.early_stop, {.key = "early_stop",
                   .unit = "epochs",
                   .text = "Training ends after so many epochs without a better one; 0: never.",
                   .range = from_to(0, 1e6)});
  v(s.crop_pixels, {.key = "crop_pixels",
                    .unit = "pixels",
                    .text = "Side of the random crop that a step sees; 0: see crop_area.",
                    .range = from_to(0, 8192)});
  v(s.crop_area, {.key = "crop_area",
                  .unit = "",
                  .text = "Part of the image's area in the random square crop that a step sees, when crop_pixels is 0; "
                          "its side is rounded to a multiple of 16 pixels. 0: the whole image.",
                  .range = from_to(0, 1)});
  v(s.loss, {.key = "loss",
             .unit = "",
             .text = "Loss: weighted `cross_entropy`, `focal` (cross entropy that turns from what is easy), `dice` "
                     "(overlap), or `cross_entropy+dice`, their sum.",
             .words = {"cross_entropy", "focal", "dice", "cross_entropy+dice"}});
  v(s.focal_gamma, {.key = "focal_gamma",
                    .unit = "",
                    .text = "Focal loss: exponent of 1 - p; 0 is cross entropy.",
                    .range = from_to(0, 10)});
  v(s.class_weight_power, {.key = "class_weight_power",
                           .unit = "",
                           .text = "Weight of a class in the loss = (its part of all pixels)^-power; 0: all the same.",
                           .range = from_to(0, 2)});
  v(s.batch_norm,
    {.key = "batch_norm",
     .unit = "",
     .text = "Batch normalisation takes its statistics from each rank's own share of a batch (`local`) or "
             "from the whole batch (`synchronised`).",
     .words = {"local", "synchronised"}});
  v(s.precision, {.key = "precision",
                  .unit = "",
                  .text = "`mixed`: convolutions in half precision, on a GPU; `single` elsewhere.",
                  .words = {"single", "mixed"}});
  v(s.bucket_mb, {.key = "bucket_mb",
                  .unit = "MB",
                  .text = "Gradients are averaged over the ranks in buckets of this size.",
                  .range = above_to(0, 1024)});
  v(s.checkpoint_every,
    {.key = "checkpoint_every", .unit = "epochs", .text = "Epochs between checkpoints.", .range = from_to(1, 1e6)});
  v(s.seed, {.key = "seed",
             .unit = "",
             .text = "Seed of the weights, the shuffles and the augmentation.",
             .range = from_to(0, 9e18)});
}

template <Of<StudySection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.classes, {.key = "classes",
                .unit = "classes",
                .text = "Axis: numbers of classes that a network tells apart, the lattice among them. Empty: no study, "
                        "and one training with all classes.",
                .range = from_to(2, static_cast<double>(class_names.size()) + 1),
                .list = set});
  v(s.networks, {.key = "networks",
                 .unit = "",
                 .text = "Axis: networks, or names of `[[model]]`. Empty: the one of `[training]`.",
                 .list = set});
  v(s.defects, {.key = "defects",
                .unit = "",
                .text = "Classes of defects that subsets are made of. Empty: all that the campaign has.",
                .words = class_names,
                .list = set});
  v(s.subsets, {.key = "subsets",
                .unit = "subsets",
                .text = "At most so many subsets of the classes for each number of classes, drawn with the campaign's "
                        "seed. A larger number keeps those of a smaller one.",
                .range = from_to(1, 126)});
  v(s.min_steps,
    {.key = "min_steps",
     .unit = "steps",
     .text = "A training takes more epochs than `training.epochs` where they come to fewer steps than this: a subset "
             "of few classes has few images, and would learn less from the same number of passes.",
     .range = from_to(0, 1e9)});
  v(s.splits, {.key = "splits",
               .unit = "draws",
               .text = "Axis: draws of the split; the first one is that of a campaign without a study.",
               .range = from_to(1, 100)});
  v(s.seeds, {.key = "seeds",
              .unit = "",
              .text = "Axis: seeds of weights, shuffles and augmentation. Empty: `training.seed`.",
              .range = from_to(0, 2e9),
              .list = set});
  v(s.train_conditions, {.key = "train_conditions",
                         .unit = "",
                         .text = "Axis: what is trained on, `all` or a `[[condition]]`. Every network is tested on all "
                                 "conditions.",
                         .list = axis});
  v(s.ranks,
    {.key = "ranks",
     .unit = "",
     .text = "Ranks of a training: `one` (trainings run side by side, one for each worker) or `all` (all ranks share "
             "one training after the other). The batch's shares differ, and so do the results.",
     .words = {"one", "all"}});
}

template <Of<ModelEntry> S, class V>
void visit_fields(S& s, V& v) {
  v(s.name, {.key = "name", .unit = "", .text = "What `study.networks` calls it.", .text_rule = TextRule::folder_name});
  v(s.network, {.key = "network",
                .unit = "",
                .text = "Network. Empty: the one that the name says, if it is a network's, else `training.network`.",
                .text_rule = TextRule::any,
                .optional = true});
  v(s.width, {.key = "width",
              .unit = "channels",
              .text = "Instead of `training.width`; 0: that. So do the next three.",
              .range = from_to(0, 1024),
              .optional = true});
  v(s.epochs,
    {.key = "epochs", .unit = "", .text = "Passes over the train split.", .range = from_to(0, 1e6), .optional = true});
  v(s.batch_size,
    {.key = "batch_size", .unit = "images", .text = "Images per step.", .range = from_to(0, 1e6), .optional = true});
  v(s.learning_rate,
    {.key = "learning_rate", .unit = "", .text = "Learning rate.", .range = from_to(0, 10), .optional = true});
  v(s.conditioned, {.key = "conditioned",
                    .unit = "",
                    .text = "Whether the network sees the sample's metadata too.",
                    .words = {"as_training", "yes", "no"},
                    .optional = true});
}

template <Of<ConditionEntry> S, class V>
void visit_fields(S& s, V& v) {
  v(s.name, {.key = "name", .unit = "", .text = "Its name; `all` is taken.", .text_rule = TextRule::folder_name});
  v(s.parents, {.key = "parents",
                .unit = "",
                .text = "Parents by id, formula or pattern. Empty: all.",
                .list = set,
                .optional = true});
  v(s.dose_e_per_A2, {.key = "dose_e_per_A2",
                      .unit = "e/A^2",
                      .text = "Range of the dose.",
                      .range = above_or_inf(0),
                      .optional = true});
  v(s.defocus_A, {.key = "defocus_A", .unit = "A", .text = "Range of the defocus.", .optional = true});
  v(s.rotation_deg, {.key = "rotation_deg",
                     .unit = "deg",
                     .text = "Range of the rotation of the sheet (of its first grain).",
                     .optional = true});
  v(s.boundary, {.key = "boundary",
                 .unit = "",
                 .text = "Images with a grain boundary, without, or both.",
                 .words = {"any", "yes", "no"},
                 .optional = true});
  v(s.damage_atoms, {.key = "damage_atoms",
                     .unit = "atoms",
                     .text = "Range of the number of atoms that the beam has removed; `[0, 0]`: undamaged.",
                     .range = from_to(0, 1e6),
                     .optional = true});
  v(s.impurities, {.key = "impurities",
                   .unit = "",
                   .text = "Images with foreign atoms, without, or both.",
                   .words = {"any", "yes", "no"},
                   .optional = true});
}

template <Of<RunSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.lease_seconds, {.key = "lease_seconds",
                      .unit = "s",
                      .text = "Work is handed to a worker in portions of about this length.",
                      .range = above_to(0, 86400)});
  v(s.attempts, {.key = "attempts",
                 .unit = "",
                 .text = "Executions of a task before it is put aside (quarantined).",
                 .range = from_to(1, 100)});
  v(s.heartbeat_seconds,
    {.key = "heartbeat_seconds",
     .unit = "s",
     .text = "A worker that is silent for so long is taken for lost, and so is a rank that lets the others of its "
             "task wait for so long.",
     .range = above_to(0, 86400)});
  v(s.ranks_per_task, {.key = "ranks_per_task",
                       .unit = "ranks",
                       .text = "Ranks that share one specimen, for specimens that take one rank too long. Ranks beyond "
                               "a multiple of it (and the one that schedules) stay idle.",
                       .range = from_to(1, 4096)});
  v(s.first, {.key = "first",
              .unit = "",
              .text = "What is worked on first: ids of parents and classes of defects (`pristine` too), the most "
                      "wanted one first. Changes no result; may be edited between two runs of a directory.",
              .list = set});
  v(s.store_shards,
    {.key = "store_shards",
     .unit = "files",
     .text = "Files that images and labels are spread over, beside a store.h5 that shows them as one: for "
             "many nodes on a parallel file system. A store that exists keeps the files it has.",
     .range = from_to(1, 1000)});
  v(s.device,
    {.key = "device",
     .unit = "",
     .text = "Where images are made: `cpu` (FFTW), `cuda` (a GPU through LibTorch, dealt by the rank's number "
             "on its host), `cuda:N`, `torch-cpu` (for tests), or `auto`: a GPU where there is one, else "
             "`cpu`. Results agree to single precision, not to the bit."});
}

}  // namespace twinmill::campaign
