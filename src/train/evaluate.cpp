#include "evaluate.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "model_card.hpp"
#include "segmentation.hpp"
#include "short_errors.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "weights.hpp"

namespace twinmill::train {
namespace {

constexpr std::size_t cache_bytes = 0;  // every sample is read once
constexpr std::int64_t per_round = 8;   // samples per rank between two gathers, so that messages stay small

/// The trained model as rank 0 finds it, on every rank. Collective.
SavedModel shared_model(const EvaluateRequest& request, const mpi::Communicator& group) {
  SavedModel model;
  together(group, [&] {
    if (group.rank() != 0) return;
    if (!std::filesystem::exists(card_path(request.models))) {
      throw Error(Fault::input, cat(request.models.string(),
                                    " holds no trained network (there is no model.json). "
                                    "Train first?"));
    }
    model = load_model(request.models);
    if (model.card.key != request.key) {
      throw Error(Fault::input, cat("the network in ", request.models.string(),
                                    " was trained on other data or with other settings. Train again?"));
    }
  });
  model.card = card_from_text(group.broadcast(group.rank() == 0 ? to_text(model.card) : std::string()));
  model.weights = group.broadcast(model.weights);
  return model;
}

/// The request's, with the classes that the model knows: what else the store has is left out.
Selection selection_of(const EvaluateRequest& request, const ModelCard& card) {
  Selection selection = request.selection;
  if (!card.classes.empty()) selection.classes.assign(card.classes.begin() + 1, card.classes.end());
  return selection;
}

void check_fit(const ModelCard& card, const store::Header& header) {
  const bool known = std::ranges::all_of(card.classes, [&](const std::string& name) {
    return std::ranges::find(header.classes, name) != header.classes.end();
  });
  if (!known || card.detectors != header.detectors) {
    throw Error(Fault::input, cat("the network knows classes ", list_text(card.classes), " in images of ",
                                  list_text(card.detectors), ", the store has ", list_text(header.classes), " in ",
                                  list_text(header.detectors), ". Train again?"));
  }
}

/// Predicted masks on their way to rank 0: for each sample its id and its pixels.
std::string to_parcel(const std::vector<std::int64_t>& ids, const std::vector<std::uint8_t>& masks) {
  std::string bytes(reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(std::int64_t));
  bytes.append(reinterpret_cast<const char*>(masks.data()), masks.size());
  return bytes;
}

void unpack(const std::string& bytes, int width, int height, store::Predictions& out) {
  const std::size_t area = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  const std::size_t count = bytes.size() / (sizeof(std::int64_t) + area);
  const char* pixels = bytes.data() + count * sizeof(std::int64_t);
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t id = 0;
    std::memcpy(&id, bytes.data() + i * sizeof id, sizeof id);
    Image<std::uint8_t> mask(width, height);
    std::memcpy(mask.data.data(), pixels + i * area, area);
    out.samples.push_back(id);
    out.masks.push_back(std::move(mask));
  }
}

store::Predictions by_sample(store::Predictions predictions) {
  std::vector<std::size_t> order(predictions.samples.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return predictions.samples[a] < predictions.samples[b]; });
  store::Predictions sorted;
  for (const std::size_t i : order) {
    sorted.samples.push_back(predictions.samples[i]);
    sorted.masks.push_back(std::move(predictions.masks[i]));
  }
  return sorted;
}

/// The selection of a model that the store fits. Throws Error(input).
Selection fitting_selection(const EvaluateRequest& request, const ModelCard& card) {
  check_fit(card, store::Reader(request.store).header());
  return selection_of(request, card);
}

class Evaluation {
 public:
  /// Not collective.
  Evaluation(const EvaluateRequest& request, const SavedModel& model)
      : device_(at::kCPU),
        source_(request.store, cache_bytes, fitting_selection(request, model.card)),
        entries_(split_entries(source_.reader(), request.split, selection_of(request, model.card))) {
    if (entries_.empty()) {
      throw Error(Fault::input, cat(request.store.string(), " holds no finished sample in the split \"", request.split,
                                    "\". Choose train, validation or test?"));
    }
    const NetworkShape shape{.channels = source_.detectors(), .classes = source_.classes(), .width = model.card.width};
    network_ = make_network(model.card.network, shape, 0);
    load_weights(*network_, model.weights);
    network_->to(device_);
    network_->eval();
    for (const auto& entry : entries_) by_dose_.try_emplace(entry.dose_e_per_A2, source_.classes());
  }

  /// Predicts this rank's part and gathers the masks on rank 0. Collective.
  store::Predictions predict(const mpi::Communicator& group) {
    store::Predictions gathered;
    const auto count = static_cast<std::int64_t>(entries_.size());
    const Range mine = part(count, group.rank(), group.size());
    const std::int64_t longest = (count + group.size() - 1) / group.size();
    for (std::int64_t round = 0; round * per_round < longest; ++round) {
      const Range range = batch_range(mine.size(), per_round, round);
      std::string parcel;
      together(group, [&] { parcel = predict(mine.begin + range.begin, mine.begin + range.end); });
      for (const auto& bytes : group.gather(parcel)) unpack(bytes, source_.width(), source_.height(), gathered);
    }
    for (auto& [dose, confusion] : by_dose_) confusion.sum_over(group);
    return by_sample(std::move(gathered));
  }

  EvaluateResult result() const {
    EvaluateResult result;
    Confusion all(source_.classes());
    std::map<double, std::int64_t> images;
    std::set<std::int32_t> structures;
    for (const auto& entry : entries_) {
      ++images[entry.dose_e_per_A2];
      structures.insert(entry.structure);
    }
    for (const auto& [dose, confusion] : by_dose_) {
      all.add(confusion);
      result.by_dose.push_back({.dose = dose, .macro_f1 = confusion.macro_f1(), .images = images[dose]});
    }
    result.images = static_cast<std::int64_t>(entries_.size());
    result.structures = static_cast<std::int64_t>(structures.size());
    result.classes = all.metrics(source_.class_names());
    result.confusion = all.rows();
    result.macro_f1 = all.macro_f1();
    return result;
  }

 private:
  std::string predict(std::int64_t begin, std::int64_t end) {
    if (begin == end) return {};
    const at::NoGradGuard no_grad;
    std::vector<std::int64_t> ids;
    for (std::int64_t i = begin; i < end; ++i) ids.push_back(entries_[static_cast<std::size_t>(i)].id);
    const Batch batch = plain_batch(source_, ids);
    const auto masks = most_likely(network_->forward(to_tensors(batch, device_).images));
    const std::size_t area = masks.size() / ids.size();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const double dose = entries_[static_cast<std::size_t>(begin) + i].dose_e_per_A2;
      by_dose_.at(dose).count(std::span(batch.masks).subspan(i * area, area), std::span(masks).subspan(i * area, area));
    }
    return to_parcel(ids, masks);
  }

  at::Device device_;
  SampleSource source_;
  std::vector<SplitEntry> entries_;
  std::shared_ptr<Network> network_;
  std::map<double, Confusion> by_dose_;
};

}  // namespace

EvaluateResult evaluate(const EvaluateRequest& request, const mpi::Communicator& group) {
  use_threads(request.threads);
  const SavedModel model = shared_model(request, group);
  std::optional<Evaluation> evaluation;
  together(group, [&] { evaluation.emplace(request, model); });
  const auto predictions = evaluation->predict(group);
  together(group, [&] {
    if (group.rank() == 0) store::write_predictions(request.models / "predictions.h5", predictions);
  });
  return evaluation->result();
}

}  // namespace twinmill::train
