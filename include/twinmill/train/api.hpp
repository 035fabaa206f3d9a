#pragma once
// Training and evaluation behind plain types: the implementation lives in a shared module that pulls in LibTorch and is
// loaded on demand (docs/adr). Nothing here names a LibTorch type.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "twinmill/mpi/mpi.hpp"

namespace twinmill::train {

/// Of models/model.json.
inline constexpr int model_card_version = 1;

/// What is built. Names and meanings as in the campaign's [training].
struct NetworkSpec {
  std::string name = "g-unet";  ///< g-unet | a-unet | resnet-152
  int width = 64;               ///< Channels of the first level.
  std::string upsampling = "transposed";
  bool conditioned = false;
  std::filesystem::path pretrained = {};  ///< File with weights that the encoder starts from; empty: drawn.
  std::string pretrained_content = {};    ///< Hash of that file, which counts, while its place does not.
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

/// How defects are told from predicted masks, and which of them belong together (docs/training.md, Evaluation).
struct DefectRules {
  double label_radius_A = 1;    ///< Of the discs in the masks.
  double match_radius_A = 0;    ///< Farthest a found defect may be from a true one; 0: the label radius.
  double smallest_area = 0.25;  ///< Smaller regions are no defects; in areas of a disc.
};

struct EvaluateRequest {
  std::filesystem::path store, models;
  std::string key;
  std::string split = "test";           ///< train | validation | test | all
  Selection selection = {};             ///< Its classes are those of the model.
  std::filesystem::path script = {};    ///< An exported model, taken instead of the one in `models`; it has no key.
  std::filesystem::path predictions{};  ///< Where predicted masks go. Empty: models/predictions.h5; none for a script.
  DefectRules defects = {};
  int threads = 1;
  /// On each rank that gives it, after every batch: images of all ranks that are done, of how many.
  std::function<void(std::int64_t done, std::int64_t total)> progress = {};
};

/// Defects of one class, by number. One near the border of its image is not counted, nor is what is found there.
struct DefectMetrics {
  std::string name;
  std::int64_t true_defects = 0, found_defects = 0, hits = 0;
  double precision = 0, recall = 0, f1 = 0;  ///< NaN where undefined.
};

/// How sure the network is against how often it is right, over pixels. Guo et al., ICML 2017.
struct Reliability {
  struct Bin {
    double from = 0, to = 0;  ///< Of the highest probability p: from < p <= to.
    std::int64_t pixels = 0;
    double confidence = 0, accuracy = 0;  ///< Means over the bin's pixels; NaN when it is empty.
  };
  std::vector<Bin> bins;
  double expected_error = 0;  ///< sum over bins of pixels/all |accuracy - confidence|; NaN without pixels.
};

/// The scores of a part of the evaluated samples.
struct SliceMetrics {
  std::string axis, value;  ///< "rotation", "30"; axis "all" holds everything.
  std::int64_t images = 0, structures = 0;
  double macro_f1 = 0, defect_macro_f1 = 0;       ///< Per pixel, per defect.
  std::int64_t false_alarms = 0;                  ///< Found defects that are at no true one.
  std::vector<double> class_f1, class_defect_f1;  ///< By class; NaN where undefined, and per defect for the lattice.
};

/// Pixels by class of one structure at one dose, for resampling over structures.
struct StructureCounts {
  std::int32_t structure = 0;
  double dose = 0;                                                        ///< e/A^2
  std::vector<std::int64_t> true_pixels, predicted_pixels, hit_pixels{};  ///< By class.
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
  DefectRules rules;                                        ///< As they were used.
  std::vector<DefectMetrics> defects;                       ///< Every class but the lattice.
  std::vector<std::vector<std::int64_t>> defect_confusion;  ///< [true][found]; 0: nothing there, nothing found.
  double defect_macro_f1 = 0;
  Reliability calibration, defect_calibration;  ///< Of all pixels; of those predicted to be a defect.
  std::vector<SliceMetrics> slices;             ///< By axis, then by value; the first is "all".
  std::vector<StructureCounts> by_structure;
  std::vector<std::string> notes;  ///< What was left out and why, in sentences.
};

/// What the module offers; calls with a `group` are collective over it.
struct Api {
  TrainResult (*train)(const TrainRequest&, const mpi::Communicator& group);
  /// Also writes the predicted masks (rank 0).
  EvaluateResult (*evaluate)(const EvaluateRequest&, const mpi::Communicator& group);
  /// One line about LibTorch's version, threads and the matrix product's rate; `warning` is filled when it is far below
  /// the processor.
  std::string (*describe)(std::string& warning);
  /// Throws Error(input) when the file of pretrained weights does not fit the network for images of so many channels
  /// (detectors). Not collective.
  void (*check_pretrained)(const NetworkSpec&, int channels);
};

/// Loads the module once (beside the program's libraries). Chooses fitting OpenBLAS kernels first. Throws
/// Error(system).
const Api& api();

}  // namespace twinmill::train
