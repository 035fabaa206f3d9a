#include <algorithm>
#include <optional>
#include <utility>

#include "format.hpp"
#include "slot_writer.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::store {
namespace {

/// One file of the store, opened when something is written to it.
struct Part {
  std::filesystem::path path;
  std::int64_t first_sample = 0, first_exposure = 0;
  std::optional<SlotWriter> writer = std::nullopt;
  enum class State { clean, written } state = State::clean;

  SlotWriter& open() {
    if (!writer) writer.emplace(path, open_slots(path));
    state = State::written;
    return *writer;
  }
};

}  // namespace

struct Writer::State {
  Shapes shapes;
  std::vector<Part> parts;  ///< By first sample, and so by first exposure.
  enum class Life { open, closed } life = Life::open;

  Part& part_of(std::int64_t id, std::int64_t Part::*first) {
    ensure(life == Life::open, "a closed store was written to");
    const auto next = std::ranges::upper_bound(parts, id, {}, first);
    return *std::prev(next);
  }
};

Writer::Writer(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  h5::File file = open_slots(path);
  const auto shards = read_shards(file);
  if (shards.empty()) {
    Part& whole = state_->parts.emplace_back(Part{.path = path});
    whole.writer.emplace(path, std::move(file));
    state_->shapes = whole.writer->shapes();
    return;
  }
  // Virtual datasets cannot be opened over MPI-IO, and need not be: what is written is written to the shards.
  file.close();
  state_->shapes = read_shapes(h5::File::open_to_read(path), path.string());
  for (const ShardRow& shard : shards)
    state_->parts.push_back({.path = shard_path(path, shard.file),
                             .first_sample = shard.first_sample,
                             .first_exposure = shard.first_exposure});
}

Writer::~Writer() = default;
Writer::Writer(Writer&&) noexcept = default;

const Shapes& Writer::shapes() const { return state_->shapes; }

SlotRow Writer::write_sample(std::int64_t id, std::string_view key, std::uint32_t attempt, const SampleData& data) {
  ensure(id >= 0 && id < state_->shapes.samples, "a sample has no slot in the store");
  Part& part = state_->part_of(id, &Part::first_sample);
  return part.open().write_sample(id - part.first_sample, key, attempt, data);
}

SlotRow Writer::write_exposure(std::int64_t id, std::string_view simulation_key, std::uint32_t attempt,
                               const ExposureData& data) {
  ensure(id >= 0 && id < state_->shapes.exposures, "an exposure has no slot in the store");
  Part& part = state_->part_of(id, &Part::first_exposure);
  return part.open().write_exposure(id - part.first_exposure, simulation_key, attempt, data);
}

void Writer::mark_bad(std::int64_t sample) {
  ensure(sample >= 0 && sample < state_->shapes.samples, "a sample has no slot in the store");
  Part& part = state_->part_of(sample, &Part::first_sample);
  part.open().mark_bad(sample - part.first_sample);
}

void Writer::mark_bad_exposure(std::int64_t exposure) {
  ensure(exposure >= 0 && exposure < state_->shapes.exposures, "an exposure has no slot in the store");
  Part& part = state_->part_of(exposure, &Part::first_exposure);
  part.open().mark_bad_exposure(exposure - part.first_exposure);
}

void Writer::sync() {
  for (Part& part : state_->parts) {
    if (part.state == Part::State::clean) continue;
    part.writer->sync();
    part.state = Part::State::clean;
  }
}

void Writer::close() {
  state_->life = State::Life::closed;
  for (Part& part : state_->parts)
    if (part.writer) part.writer->close();
}

}  // namespace twinmill::store
