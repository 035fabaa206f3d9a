#include "evaluate.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>

#include "evaluated_samples.hpp"
#include "judged_model.hpp"
#include "predicted.hpp"
#include "segmentation.hpp"
#include "short_errors.hpp"
#include "tally.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

constexpr std::size_t cache_bytes = 0;  // every sample is read once
constexpr std::int64_t per_batch = 8;   // so that what a rank holds, and what it sends at once, stays small

std::filesystem::path predictions_path(const EvaluateRequest& request) {
  if (!request.predictions.empty()) return request.predictions;
  return request.script.empty() ? request.models / "predictions.h5" : std::filesystem::path();
}

std::vector<store::SampleRow> rows_of(const store::Reader& reader, std::span<const std::int64_t> ids) {
  const auto all = reader.samples();
  std::vector<store::SampleRow> rows;
  for (const auto id : ids) rows.push_back(all.at(static_cast<std::size_t>(id)));
  return rows;
}

class Evaluation {
 public:
  /// Not collective.
  Evaluation(const EvaluateRequest& request, JudgedModel model)
      : request_(request),
        model_(std::move(model)),
        source_(request.store, cache_bytes, {}, model_.conditions),
        classes_(model_.classes, source_.reader().header().classes),
        samples_(checked_samples()),
        rows_(rows_of(source_.reader(), samples_.ids)),
        tally_(static_cast<int>(model_.classes.size()), rows_) {
    model_.network->to(device_);
    model_.network->eval();
  }

  /// Predicts in batches that are the same for any number of ranks, each rank a contiguous part of them, and writes the
  /// masks as they come. Collective.
  EvaluateResult run(const mpi::Communicator& group) {
    const auto count = static_cast<std::int64_t>(samples_.ids.size());
    const std::int64_t batches = (count + per_batch - 1) / per_batch;
    const std::int64_t longest = (batches + group.size() - 1) / group.size();
    const auto path = predictions_path(request_);
    std::optional<store::PredictionsWriter> writer;
    together(group, [&] {
      if (group.rank() == 0 && !path.empty()) writer.emplace(path, samples_.ids, source_.width(), source_.height());
    });
    for (std::int64_t round = 0; round < longest; ++round) {
      std::string masks;
      together(group, [&] { masks = predict(batch_of(round, group.rank(), group.size(), count)); });
      if (!path.empty()) {
        const auto parts = group.gather(masks);
        together(group, [&] {
          for (std::size_t rank = 0; writer && rank < parts.size(); ++rank) {
            const Range range = batch_of(round, static_cast<int>(rank), group.size(), count);
            const auto* bytes = reinterpret_cast<const std::uint8_t*>(parts[rank].data());
            if (range.size() > 0)
              writer->write(static_cast<std::uint64_t>(range.begin), std::span(bytes, parts[rank].size()));
          }
        });
      }
      if (request_.progress) request_.progress(std::min(count, (round + 1) * per_batch * group.size()), count);
    }
    tally_.sum_over(group);
    together(group, [&] {
      if (writer) writer->finish();
    });
    auto result = tally_.result(model_.classes);
    result.rules = rules();
    result.notes = samples_.notes;
    return result;
  }

 private:
  EvaluatedSamples checked_samples() const {
    check_fit(model_, source_.reader().header(), request_.store);
    return samples_to_evaluate(source_.reader(), source_.reader().samples(), request_, classes_);
  }

  DefectRules rules() const {
    DefectRules rules = request_.defects;
    if (rules.match_radius_A <= 0) rules.match_radius_A = rules.label_radius_A;
    return rules;
  }

  // The positions of a rank's batch in a round; empty when it has no more.
  static Range batch_of(std::int64_t round, int rank, int ranks, std::int64_t count) {
    const Range mine = part((count + per_batch - 1) / per_batch, rank, ranks);
    return round < mine.size() ? batch_range(count, per_batch, mine.begin + round) : Range{};
  }

  std::string predict(const Range& range) {
    if (range.size() == 0) return {};
    const at::NoGradGuard no_grad;
    const auto ids =
        std::span(samples_.ids).subspan(static_cast<std::size_t>(range.begin), static_cast<std::size_t>(range.size()));
    const Batch batch = plain_batch(source_, ids);
    const auto tensors = to_tensors(batch, device_);
    const Predicted found = predicted(model_.network->forward(tensors.images, tensors.conditions));
    const std::size_t area = found.classes.size() / ids.size();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto position = static_cast<std::size_t>(range.begin) + i;
      const auto mask = std::span<const std::uint8_t>(found.classes).subspan(i * area, area);
      const auto truth = classes_.renumbered(std::span(batch.masks).subspan(i * area, area), ids[i]);
      const auto pairs = defects_of(ids[i], rows_[position], mask);
      tally_.count(position, {.truth = truth,
                              .predicted = mask,
                              .confidence = std::span(found.confidence).subspan(i * area, area),
                              .defects = pairs});
    }
    return {found.classes.begin(), found.classes.end()};
  }

  std::vector<DefectPair> defects_of(std::int64_t id, const store::SampleRow& row,
                                     std::span<const std::uint8_t> mask) const {
    const PixelGrid grid{
        .width = source_.width(), .height = source_.height(), .pixel_x_A = row.pixel_x_A, .pixel_y_A = row.pixel_y_A};
    auto atoms = source_.reader().atoms(id);
    for (auto& atom : atoms) atom.label = classes_.renumbered_label(atom.label, id);
    return match_defects(true_defects(atoms, grid, request_.defects), found_defects(mask, grid, request_.defects),
                         request_.defects);
  }

  const EvaluateRequest& request_;
  JudgedModel model_;
  at::Device device_ = at::kCPU;
  SampleSource source_;
  ModelClasses classes_;
  EvaluatedSamples samples_;
  std::vector<store::SampleRow> rows_;
  Tally tally_;
};

}  // namespace

EvaluateResult evaluate(const EvaluateRequest& request, const mpi::Communicator& group) {
  use_threads(request.threads);
  JudgedModel model = judged_model(request, group);
  std::optional<Evaluation> evaluation;
  together(group, [&] { evaluation.emplace(request, std::move(model)); });
  return evaluation->run(group);
}

}  // namespace twinmill::train
