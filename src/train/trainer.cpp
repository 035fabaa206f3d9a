#include "trainer.hpp"

#include <ATen/ATen.h>

#include <array>
#include <cmath>
#include <exception>

#include "conditions.hpp"
#include "learning_rate.hpp"
#include "named_weights.hpp"
#include "script.hpp"
#include "short_errors.hpp"
#include "train.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/text.hpp"
#include "weights.hpp"

namespace twinmill::train {
namespace {

constexpr std::size_t cache_bytes = 512'000'000;  // decoded samples kept per rank

std::string sample_list(std::span<const std::int64_t> ids) {
  std::vector<std::string> words;
  for (const std::int64_t id : ids) words.push_back(cat(id));
  return list_text(words);
}

std::string sizes_text(int width, int height) { return cat(width, " x ", height, " pixels"); }

}  // namespace

void check(const TrainSpec& spec, int image_width, int image_height) {
  Problems problems;
  if (spec.network.width < 1) problems.add(cat("width = ", spec.network.width), "must be at least 1");
  if (spec.epochs < 1) problems.add(cat("epochs = ", spec.epochs), "must be at least 1");
  if (spec.batch_size < 1) problems.add(cat("batch_size = ", spec.batch_size), "must be at least 1");
  if (!(spec.learning_rate > 0)) problems.add(cat("learning_rate = ", spec.learning_rate), "must be positive");
  if (spec.crop_pixels < 0 || spec.crop_pixels > std::min(image_width, image_height)) {
    problems.add(cat("crop_pixels = ", spec.crop_pixels),
                 cat("must be 0 or fit into the images of ", sizes_text(image_width, image_height)));
  }
  if (!std::isfinite(spec.class_weight_power)) problems.add("class_weight_power", "must be a number");
  if (!(spec.bucket_mb > 0)) problems.add(cat("bucket_mb = ", spec.bucket_mb), "must be positive");
  if (spec.checkpoint_every < 1) problems.add(cat("checkpoint_every = ", spec.checkpoint_every), "must be at least 1");
  problems.throw_if_any();
}

Trainer::Trainer(const TrainRequest& request, const mpi::Communicator& group)
    : request_(request),
      spec_(request.spec),
      group_(group),
      device_(at::kCPU),
      source_(request.store, cache_bytes, request.spec.network.conditioned ? Conditions::read : Conditions::left_out),
      training_(ids_of(split_entries(source_.reader(), "train"))),
      validation_(ids_of(split_entries(source_.reader(), "validation"))),
      identity_(identity(request.key, spec_, source_.reader().header().classes, source_.reader().header().detectors)),
      network_(first_network()),
      optimiser_(network_->parameters(), torch::optim::AdamOptions(spec_.learning_rate)) {
  if (training_.empty()) {
    throw Error(Fault::input, cat(request.store.string(),
                                  " holds no finished sample to train on (split \"train\"). "
                                  "Simulate first?"));
  }
  if (group_.rank() == 0) make_writable_folder(request.models);
  network_->to(device_);
}

NetworkShape Trainer::shape() const {
  const auto& n = spec_.network;
  const auto conditions = n.conditioned ? condition_names(source_.reader().header()).size() : 0;
  return {.channels = source_.detectors(),
          .classes = source_.classes(),
          .width = n.width,
          .conditions = static_cast<int>(conditions),
          .upsampling = n.upsampling};
}

/// Built only from settings that are right.
std::shared_ptr<Network> Trainer::first_network() const {
  check(spec_, source_.width(), source_.height());
  auto network = make_network(spec_.network.name, shape(), spec_.seed);
  // The others get rank 0's weights.
  if (group_.rank() == 0 && !spec_.network.pretrained.empty()) load_pretrained(*network, spec_.network.pretrained);
  return network;
}

std::int64_t Trainer::steps_per_epoch() const {
  return (static_cast<std::int64_t>(training_.size()) + spec_.batch_size - 1) / spec_.batch_size;
}

/// Whether rank 0's files can be gone on with. Tried on a network of its own: loading may fail half-way.
bool Trainer::fits(const Checkpoint& checkpoint) const {
  try {
    if (checkpoint.position.epochs_done > 0 && load_model(request_.models).card.identity != identity_) {
      throw Error(Fault::input, "the best weights beside it belong to another training");
    }
    const auto trial = make_network(spec_.network.name, shape(), spec_.seed);
    torch::optim::Adam trial_optimiser(trial->parameters(), torch::optim::AdamOptions(spec_.learning_rate));
    load_training(*trial, trial_optimiser, checkpoint.archive);
    return true;
  } catch (const Error& e) {
    log::warning(cat(checkpoint_path(request_.models).string(), " is not used: ", e.what(), "; training starts anew"));
    return false;
  }
}

void Trainer::resume() {
  std::optional<Checkpoint> found;
  together(group_, [&] {
    if (group_.rank() != 0) return;
    found = find_checkpoint(request_.models, identity_);
    if (found && !fits(*found)) found.reset();
  });
  const std::string text = group_.broadcast(found ? pack(*found) : std::string());
  if (text.empty()) return;
  together(group_, [&] {
    const Checkpoint checkpoint = unpack(text);
    load_training(*network_, optimiser_, checkpoint.archive);
    position_ = checkpoint.position;
    history_ = checkpoint.history;
  });
}

void Trainer::prepare() {
  weights_ = class_weights(count_pixels(source_, training_, group_), spec_.class_weight_power);
  class_weight_ = weight_tensor(weights_, device_);
  if (group_.rank() == 0 && validation_.empty()) {
    log::warning(
        "no finished sample is in the split \"validation\": the best weights are those of the lowest training loss");
  }
  broadcast_weights(*network_, group_);
  buckets_.emplace(network_->parameters(), group_, spec_.bucket_mb);
}

TrainResult Trainer::run() {
  const double started = steady_seconds();
  resume();
  bool finished = position_.epochs_done >= spec_.epochs;
  if (!finished) {
    prepare();
    finished = true;
    while (finished && position_.epochs_done < spec_.epochs) {
      const double epoch_started = steady_seconds();
      const auto order = epoch_order(training_, spec_.seed, position_.epochs_done + 1);
      finished = train_epoch(order);
      if (finished) finish_epoch(epoch_started);
    }
    if (!finished) write_checkpoint();
  }
  together(group_, [&] {
    if (finished && group_.rank() == 0) export_model(request_.models);
  });
  return {.finished = finished,
          .history = history_,
          .parameters = count_parameters(*network_),
          .seconds = steady_seconds() - started};
}

/// The rest of the epoch; false when training shall stop.
bool Trainer::train_epoch(std::span<const std::int64_t> order) {
  network_->train();
  while (position_.steps_done < steps_per_epoch()) {
    const double started = steady_seconds();
    const Range batch = batch_range(static_cast<std::int64_t>(order.size()), spec_.batch_size, position_.steps_done);
    const Range mine = part(batch.size(), group_.rank(), group_.size());
    const auto share =
        order.subspan(static_cast<std::size_t>(batch.begin + mine.begin), static_cast<std::size_t>(mine.size()));
    const bool go_on = step(share, static_cast<double>(batch.size()));
    ++position_.steps_done;
    position_.seconds += steady_seconds() - started;
    if (!go_on) return false;
  }
  return true;
}

/// One step of the optimiser. A failure of one rank must not keep the others waiting, so that rank still takes part in
/// the sums, and all leave together afterwards. False when rank 0 wishes to stop.
bool Trainer::step(std::span<const std::int64_t> share, double batch_samples) {
  std::exception_ptr failure;
  std::array<double, 3> agreed{};
  auto& [loss, failures, stop] = agreed;
  buckets_->begin();
  try {
    with_short_errors("LibTorch failed", [&] { loss = forward_backward(share, batch_samples); });
    if (group_.rank() == 0 && request_.stop && request_.stop()) stop = 1;
  } catch (...) {
    failure = std::current_exception();
    failures = 1;
  }
  buckets_->finish();
  group_.sum_in_place(std::span<double>(agreed));
  if (failures > 0) {
    together(group_, [&] {
      if (failure) std::rethrow_exception(failure);
    });
  }
  const std::int64_t steps = steps_per_epoch();
  auto& options = static_cast<torch::optim::AdamOptions&>(optimiser_.param_groups()[0].options());
  options.lr(
      learning_rate(spec_.learning_rate, position_.epochs_done * steps + position_.steps_done, spec_.epochs * steps));
  // The first step allocates the moments, and memory may run out on one rank alone.
  together(group_, [&] { optimiser_.step(); });
  position_.loss_sum += loss;
  unaveraged_samples_ += static_cast<std::int64_t>(share.size());
  return stop == 0;
}

/// The loss of this rank's share, summed over its samples; leaves the gradient of the batch's mean loss on the way.
double Trainer::forward_backward(std::span<const std::int64_t> share, double batch_samples) {
  if (share.empty()) return 0;
  const int epoch = position_.epochs_done + 1;
  const Batch batch = training_batch(source_, share, spec_.crop_pixels, spec_.seed, epoch);
  const auto tensors = to_tensors(batch, device_);
  const at::Tensor logits = network_->forward(tensors.images, tensors.conditions);
  const at::Tensor sum = loss_sum(logits, tensors.masks, class_weight_, weights_.mean_pixel_weight);
  const double loss = sum.item<double>();
  if (!std::isfinite(loss)) {
    throw Error(Fault::input, cat("the training loss is ", loss, " (epoch ", epoch, ", step ", position_.steps_done + 1,
                                  ", samples ", sample_list(share), "). Lower learning_rate, or run verify?"));
  }
  (sum / batch_samples).backward();
  return loss;
}

void Trainer::finish_epoch(double started) {
  average_running_statistics(*network_, unaveraged_samples_, group_);
  unaveraged_samples_ = 0;
  const auto per_rank = (spec_.batch_size + group_.size() - 1) / group_.size();
  const Score score = validate(*network_, source_, validation_, per_rank, weights_, device_, group_);
  EpochRecord record{.epoch = position_.epochs_done + 1,
                     .train_loss = position_.loss_sum / static_cast<double>(training_.size()),
                     .validation_loss = score.loss_sum / static_cast<double>(validation_.size()),
                     .validation_f1 = score.confusion.macro_f1(),
                     .images_per_s = static_cast<double>(training_.size()) / position_.seconds};
  // position_.seconds also holds what an earlier run spent in this epoch.
  record.seconds = position_.seconds + steady_seconds() - started;
  if (!validation_.empty() && !std::isfinite(record.validation_loss)) {
    throw Error(Fault::input, cat("the validation loss is ", record.validation_loss, " after epoch ", record.epoch,
                                  ". Lower learning_rate?"));
  }
  history_.push_back(record);
  position_ = {.epochs_done = record.epoch};
  together(group_, [&] {
    if (group_.rank() != 0) return;
    if (best_epoch(history_) + 1 == history_.size()) best_weights_ = save_weights(*network_);
    if (request_.progress) request_.progress(record, static_cast<double>(record.epoch) / spec_.epochs);
  });
  if (record.epoch % spec_.checkpoint_every == 0 || record.epoch == spec_.epochs) write_checkpoint();
}

void Trainer::write_checkpoint() {
  average_running_statistics(*network_, unaveraged_samples_, group_);
  unaveraged_samples_ = 0;
  together(group_, [&] {
    if (group_.rank() != 0) return;
    // The weights first: a checkpoint then never names a best epoch that is not on disk.
    if (!best_weights_.empty()) save_model(request_.models, card(), std::exchange(best_weights_, {}));
    save(request_.models, {.identity = identity_,
                           .position = position_,
                           .history = history_,
                           .archive = save_training(*network_, optimiser_)});
  });
}

ModelCard Trainer::card() const {
  const auto& header = source_.reader().header();
  return {.key = request_.key,
          .identity = identity_,
          .network = spec_.network.name,
          .width = spec_.network.width,
          .upsampling = spec_.network.upsampling,
          .conditions = spec_.network.conditioned ? condition_names(header) : std::vector<std::string>(),
          .detectors = header.detectors,
          .classes = header.classes,
          .parameters = count_parameters(*network_),
          .image_width = spec_.crop_pixels > 0 ? spec_.crop_pixels : source_.width(),
          .image_height = spec_.crop_pixels > 0 ? spec_.crop_pixels : source_.height(),
          .epoch = history_[best_epoch(history_)],
          .weights_checksum = {}};
}

TrainResult train(const TrainRequest& request, const mpi::Communicator& group) {
  use_threads(request.threads);
  std::optional<Trainer> trainer;
  together(group, [&] { trainer.emplace(request, group); });
  return trainer->run();
}

}  // namespace twinmill::train
