#include "trainer.hpp"

#include <ATen/ATen.h>
#include <torch/nn/utils/clip_grad.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <sstream>

#include "conditions.hpp"
#include "device.hpp"
#include "learning_rate.hpp"
#include "named_weights.hpp"
#include "sample_checks.hpp"
#include "script.hpp"
#include "short_errors.hpp"
#include "spec_check.hpp"
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
constexpr std::size_t batches_ahead = 4;          // made before they are needed

std::string sample_list(std::span<const std::int64_t> ids) {
  std::vector<std::string> words;
  for (const std::int64_t id : ids) words.push_back(cat(id));
  return cat(ids.size() == 1 ? "sample " : "samples ", list_text(words));
}

/// The numbers that ranks know, by rank, on every rank. Collective.
std::vector<std::int64_t> all_of(const std::vector<std::int64_t>& mine, const mpi::Communicator& group) {
  std::string words;
  for (const std::int64_t id : mine) words += cat(id, ' ');
  std::string joined;
  for (const auto& part : group.gather(words)) joined += part;
  std::istringstream numbers(group.broadcast(joined));
  std::vector<std::int64_t> all;
  for (std::int64_t id = 0; numbers >> id;) all.push_back(id);
  return all;
}

}  // namespace

Trainer::Trainer(const TrainRequest& request, const mpi::Communicator& group, at::Device device)
    : request_(request),
      spec_(request.spec),
      group_(group),
      device_(device),
      source_(request.store, cache_bytes, request.selection,
              request.spec.network.conditioned ? Conditions::read : Conditions::left_out),
      plan_(feed_plan()),
      identity_(identity(request.key, spec_, source_.class_names(), source_.reader().header().detectors,
                         request.selection.roles)),
      network_(first_network()),
      optimiser_(network_->parameters(), torch::optim::AdamOptions(spec_.learning_rate)) {
  if (group_.rank() == 0) {
    check_samples(source_.reader(), request.selection,
                  {.training = static_cast<std::int64_t>(plan_.training.size()),
                   .validation = static_cast<std::int64_t>(plan_.validation.size())},
                  group_.size(), request.store.string());
    make_writable_folder(request.models);
  }
  network_->to(device_);
}

FeedPlan Trainer::feed_plan() const {
  check(spec_, source_.width(), source_.height());
  check_precision(spec_, device_);
  auto samples = training_samples(source_.reader(), request_.selection);
  return {.training = std::move(samples.training),
          .validation = std::move(samples.validation),
          .batch_size = spec_.batch_size,
          .accumulate = spec_.accumulate,
          .epochs = spec_.epochs,
          .crop_pixels = crop_side(spec_.crop_pixels, spec_.crop_area, source_.width(), source_.height()),
          .seed = spec_.seed,
          .rank = group_.rank(),
          .ranks = group_.size()};
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

std::shared_ptr<Network> Trainer::first_network() const {
  auto network = make_network(spec_.network.name, shape(), spec_.seed);
  // The others get rank 0's weights.
  if (group_.rank() == 0 && !spec_.network.pretrained.empty()) load_pretrained(*network, spec_.network.pretrained);
  return network;
}

bool Trainer::ended() const { return position_.epochs_done >= spec_.epochs || stops_early(spec_, history_); }

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
  const auto pixels = count_pixels(source_, plan_.training, group_);
  together(group_, [&] { check_classes(source_.reader(), request_.selection, pixels); });
  loss_.emplace(spec_, class_weights(pixels, spec_.class_weight_power), device_);
  if (group_.rank() == 0 && plan_.validation.empty()) {
    log::warning("no sample is in the split \"validation\": the best weights are those of the lowest training loss");
  }
  broadcast_weights(*network_, group_);
  buckets_.emplace(network_->parameters(), group_, spec_.bucket_mb);
  if (spec_.batch_norm == "synchronised" && group_.size() > 1) {
    batch_sums_ = synchronise_batch_norm(*network_, group_.duplicate());
  }
  feed_.emplace(plan_, source_, position_);
  loader_.emplace([this] { return feed_->next(); }, batches_ahead);
}

TrainResult Trainer::run() {
  const double started = steady_seconds();
  resume();
  bool finished = ended();
  if (!finished) {
    prepare();
    finished = true;
    while (finished && !ended()) {
      const double epoch_started = steady_seconds() - position_.seconds;  // with what an earlier run spent in it
      finished = train_epoch();
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
bool Trainer::train_epoch() {
  network_->train();
  while (position_.steps_done < plan_.steps_per_epoch()) {
    const double started = steady_seconds(), waited = loader_->waited_s();
    const bool go_on = step();
    ++position_.steps_done;
    position_.seconds += steady_seconds() - started;
    position_.loader_wait_s += loader_->waited_s() - waited;
    if (!go_on) return false;
  }
  return true;
}

/// One step of the optimiser. A failure of one rank must not keep the others waiting, so that rank still takes part in
/// the sums, and all leave together afterwards. False when rank 0 wishes to stop.
bool Trainer::step() {
  const std::int64_t share = plan_.share_of(position_.steps_done);
  const auto batch_samples = static_cast<double>(plan_.samples_of(position_.steps_done));
  std::exception_ptr failure;
  double loss = 0, failures = 0, stop = 0;
  std::vector<Batch> seen;
  buckets_->begin(static_cast<int>(std::min<std::int64_t>(spec_.accumulate, share)));
  for (int part = 0; part < spec_.accumulate; ++part) {
    if (batch_sums_) batch_sums_->begin();
    try {
      with_short_errors("LibTorch failed", [&] {
        if (failure) return;
        seen.push_back(loader_->next());
        loss += forward_backward(seen.back(), batch_samples);
        if (part == 0 && group_.rank() == 0 && request_.stop && request_.stop()) stop = 1;
      });
    } catch (...) {
      failure = std::current_exception();
      failures = 1;
    }
    if (batch_sums_) batch_sums_->finish();
  }
  buckets_->finish();
  std::array agreed = {loss, failures, stop};
  group_.sum_in_place(std::span<double>(agreed));
  loss = agreed[0];
  if (agreed[1] > 0) {
    together(group_, [&] {
      if (failure) std::rethrow_exception(failure);
    });
  }
  if (!std::isfinite(loss)) blame(loss, seen);
  // The first step allocates the moments, and memory may run out on one rank alone.
  together(group_, [&] { update_weights(); });
  position_.loss_sum += loss;
  unaveraged_samples_ += share;
  return agreed[2] == 0;
}

/// The loss of a part of this rank's share, summed over its samples; leaves the gradient of the batch's mean loss on
/// the way.
double Trainer::forward_backward(const Batch& batch, double batch_samples) {
  if (batch.ids.empty()) return 0;
  const auto tensors = to_tensors(batch, device_);
  at::Tensor sum;
  {
    const MixedPrecision mixed(spec_);
    sum = loss_->sum(network_->forward(tensors.images, tensors.conditions), tensors.masks);
  }
  (sum / batch_samples).backward();
  return sum.item<double>();
}

/// Ends the training with the samples that made the loss something that is no number. Collective.
void Trainer::blame(double loss, std::span<const Batch> seen) {
  std::vector<std::int64_t> mine, found;
  for (const auto& batch : seen) mine.insert(mine.end(), batch.ids.begin(), batch.ids.end());
  together(group_, [&] { found = samples_at_fault(*network_, seen, *loss_, device_); });
  const auto all = all_of(mine, group_);
  const auto culprits = all_of(found, group_);
  const bool found_none = culprits.empty(), found_all = culprits.size() == all.size() && all.size() > 1;
  throw mpi::SharedError(
      Fault::input,
      cat("the training loss is ", loss, " (epoch ", position_.epochs_done + 1, ", step ", position_.steps_done + 1,
          ", ", sample_list(found_none ? all : culprits), found_none ? ", none of them alone" : "",
          found_all ? ", each of them alone: the weights have diverged" : "", "). ",
          found_none || found_all ? "Lower learning_rate, or run verify?" : "Run verify, or look at it?"));
}

void Trainer::update_weights() {
  if (spec_.clip_norm > 0) torch::nn::utils::clip_grad_norm_(network_->parameters(), spec_.clip_norm);
  const std::int64_t steps = plan_.steps_per_epoch();
  auto& options = static_cast<torch::optim::AdamOptions&>(optimiser_.param_groups()[0].options());
  options.lr(
      learning_rate(spec_, position_.epochs_done * steps + position_.steps_done, spec_.epochs * steps, history_));
  optimiser_.step();
}

void Trainer::finish_epoch(double started) {
  average_statistics();
  const Score score =
      validate(*network_, *loader_, plan_.validation_batches(), source_.classes(), *loss_, device_, group_);
  const auto samples = static_cast<double>(plan_.training.size());
  EpochRecord record{.epoch = position_.epochs_done + 1,
                     .train_loss = position_.loss_sum / samples,
                     .validation_loss = score.loss_sum / static_cast<double>(plan_.validation.size()),
                     .validation_f1 = score.confusion.macro_f1(),
                     .seconds = steady_seconds() - started,
                     .images_per_s = samples / position_.seconds,
                     .loader_wait_s = group_.max(position_.loader_wait_s)};
  if (!plan_.validation.empty() && !std::isfinite(record.validation_loss)) {
    throw Error(Fault::input, cat("the validation loss is ", record.validation_loss, " after epoch ", record.epoch,
                                  ". Lower learning_rate?"));
  }
  history_.push_back(record);
  position_ = {.epochs_done = record.epoch};
  together(group_, [&] {
    if (group_.rank() != 0) return;
    if (best_epoch(history_) + 1 == history_.size()) best_weights_ = save_weights(*network_);
    if (request_.progress) request_.progress(record, ended() ? 1 : static_cast<double>(record.epoch) / spec_.epochs);
  });
  if (record.epoch % spec_.checkpoint_every == 0 || ended()) write_checkpoint();
}

void Trainer::average_statistics() {
  // Synchronised statistics are those of the whole batch already. The last rank has samples in every step.
  const bool counts = !batch_sums_ || group_.rank() + 1 == group_.size();
  average_running_statistics(*network_, counts ? unaveraged_samples_ : 0, group_);
  unaveraged_samples_ = 0;
}

void Trainer::write_checkpoint() {
  average_statistics();
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
          .classes = source_.class_names(),
          .parameters = count_parameters(*network_),
          .image_width = plan_.crop_pixels > 0 ? plan_.crop_pixels : source_.width(),
          .image_height = plan_.crop_pixels > 0 ? plan_.crop_pixels : source_.height(),
          .epoch = history_[best_epoch(history_)],
          .weights_checksum = {}};
}

TrainResult train(const TrainRequest& request, const mpi::Communicator& group) {
  use_threads(request.threads);
  const at::Device device = choose_device(group);
  std::optional<Trainer> trainer;
  together(group, [&] { trainer.emplace(request, group, device); });
  return trainer->run();
}

}  // namespace twinmill::train
