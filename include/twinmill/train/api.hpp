#pragma once
// Training and evaluation behind plain types: the implementation lives in a shared module that pulls in LibTorch and is
// loaded on demand (docs/adr). Nothing here names a LibTorch type.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "twinmill/mpi/mpi.hpp"

namespace twinmill::train {

/// What is built. Names and meanings as in the campaign's [training].
struct NetworkSpec {
  std::string name = "g-unet";  ///< g-unet | a-unet | resnet-152
  int width = 64;               ///< Channels of the first level.
  std::string upsampling = "transposed";
  bool conditioned = false;
  std::filesystem::path pretrained = {};
};

/// All that decides the trained weights (for a given number of ranks) besides the store.
struct TrainSpec {
  NetworkSpec network = {};
  int epochs = 30;
  int batch_size = 16;  ///< Over all ranks together.
  int accumulate = 1;
  double learning_rate = 1e-3;
  std::string schedule = "cosine";
  int warmup_steps = 0;
  double clip_norm = 0;
  int early_stop = 0;
  int crop_pixels = 0;
  double crop_area = 0;
  std::string loss = "cross_entropy";
  double focal_gamma = 2;
  double class_weight_power = 0.5;
  std::string batch_norm = "local";
  std::string precision = "single";
  double bucket_mb = 1;
  int checkpoint_every = 1;
  std::uint64_t seed = 1;
};

/// Canonical text of the settings that decide the trained weights: not those of speed and of checkpoints.
std::string decisive_text(const TrainSpec& spec);

/// Which samples of a store are seen, and what their classes are called. Plain values, kept in the model's card.
struct Selection {
  /// Classes of defects that are told apart, by name, in the order of the network's outputs from 1 on (0 is the
  /// lattice). Empty: all of the store. Samples that show a defect of another class are left out.
  std::vector<std::string> classes = {};
  /// For each sample of the store whether it may be used at all (condition), and to which split it belongs. Empty: all,
  /// with the splits in the store.
  std::vector<std::uint8_t> roles = {};
};
/// Values of Selection::roles.
enum class Role : std::uint8_t { unused, train, validation, test, count_ };

struct EpochRecord {
  int epoch = 0;  ///< 1-based.
  double train_loss = 0, validation_loss = 0;
  double validation_f1 = 0;  ///< Mean over defect classes present (macro).
  double seconds = 0, images_per_s = 0;
  double loader_wait_s = 0;  ///< Seconds of the steps in which the slowest rank waited for its samples.
};

struct TrainRequest {
  std::filesystem::path store, models;  ///< DIR/store.h5, DIR/models
  TrainSpec spec;
  Selection selection = {};
  std::string key;             ///< Names what is trained; a checkpoint of another key is not resumed.
  int threads = 1;             ///< Per rank.
  std::function<bool()> stop;  ///< Rank 0's wish to stop; looked at after every step, agreed by all.
  std::function<void(const EpochRecord&, double fraction_of_all)> progress;  ///< Rank 0 only.
};

struct TrainResult {
  bool finished = false;             ///< false: stopped early, checkpoint written.
  std::vector<EpochRecord> history;  ///< All epochs, also those before a resume.
  std::int64_t parameters = 0;
  double seconds = 0;
};

struct ClassMetrics {
  std::string name;
  std::int64_t true_pixels = 0, predicted_pixels = 0, hit_pixels = 0;  ///< Summed over the split.
  double precision = 0, recall = 0, f1 = 0, iou = 0;                   ///< NaN where undefined.
};

struct EvaluateRequest {
  std::filesystem::path store, models;
  std::string key;
  std::string split = "test";
  Selection selection = {};  ///< Its classes are those of the model.
  int threads = 1;
};

struct EvaluateResult {
  std::int64_t images = 0, structures = 0;
  std::vector<ClassMetrics> classes;                 ///< Every class, lattice first.
  std::vector<std::vector<std::int64_t>> confusion;  ///< [true][predicted] pixels.
  double macro_f1 = 0;                               ///< Mean F1 over defect classes present in the split.
  struct ByDose {
    double dose = 0;
    double macro_f1 = 0;
    std::int64_t images = 0;
  };
  std::vector<ByDose> by_dose;
};

/// What the module offers; every call is collective over `group`.
struct Api {
  TrainResult (*train)(const TrainRequest&, const mpi::Communicator& group);
  /// Also writes models/predictions.h5 with the split's predicted masks (rank 0).
  EvaluateResult (*evaluate)(const EvaluateRequest&, const mpi::Communicator& group);
  /// One line about LibTorch's version, threads and the matrix product's rate; `warning` is filled when it is far below
  /// the processor.
  std::string (*describe)(std::string& warning);
};

/// Loads the module once (beside the program's libraries). Chooses fitting OpenBLAS kernels first. Throws
/// Error(system).
const Api& api();

}  // namespace twinmill::train
