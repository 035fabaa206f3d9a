#pragma once
// models/checkpoint.pt: everything that a later run needs to go on as if it had never stopped. One line with a checksum
// over the rest, one line of JSON, then the archive of weights and optimiser.

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "twinmill/train/api.hpp"

namespace twinmill::train {

/// How far training has come.
struct Position {
  int epochs_done = 0;          ///< Complete epochs, with validation.
  std::int64_t steps_done = 0;  ///< Steps of the epoch after them.
  double loss_sum = 0;          ///< Of those steps, summed over samples.
  double seconds = 0;           ///< Spent in those steps.
  double loader_wait_s = 0;     ///< Of which so many waiting for samples.
};

struct Checkpoint {
  std::string identity;
  Position position;
  std::vector<EpochRecord> history;
  std::string archive;  ///< Weights and optimiser (weights.hpp).
};

/// 32 hex digits over all that decides the weights: key, spec (but neither bucket_mb nor checkpoint_every), classes,
/// detectors and the samples' roles.
std::string identity(std::string_view key, const TrainSpec& spec, std::span<const std::string> classes,
                     std::span<const std::string> detectors, std::span<const std::uint8_t> roles = {});

std::string pack(const Checkpoint& checkpoint);
/// Throws Error(system) with what is wrong when the text is damaged or of another format.
Checkpoint unpack(std::string_view text);

std::filesystem::path checkpoint_path(const std::filesystem::path& models);
/// Replaces the checkpoint; after a crash it is the old one or the new one. Throws Error(system).
void save(const std::filesystem::path& models, const Checkpoint& checkpoint);
/// The checkpoint of this identity. Nothing, with a warning in the log, when it is damaged or of something else.
std::optional<Checkpoint> find_checkpoint(const std::filesystem::path& models, std::string_view wanted_identity);

/// Whether `a` is the better epoch: by validation F1, then by validation loss; without defects to find by the loss
/// alone, and without a validation split by the training loss.
bool better(const EpochRecord& a, const EpochRecord& b);
/// Index of the best epoch, the first of equals. The history must not be empty.
std::size_t best_epoch(std::span<const EpochRecord> history);

}  // namespace twinmill::train
