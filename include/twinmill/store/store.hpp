#pragma once
// The parallel HDF5 store: preallocated once, then written slot by slot without any metadata operation.

#include <array>
#include <complex>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "twinmill/base/image.hpp"
#include "twinmill/store/layout.hpp"

namespace twinmill::store {

/// Content of one sample slot.
struct SampleData {
  std::vector<Image<float>> images;  ///< One per detector, fraction of the beam.
  Image<std::uint8_t> mask;
  std::vector<AtomRow> atoms;  ///< At most Shapes::max_atoms.
};

/// Content of one exposure slot: per detector series_x * series_y coefficients, hx slowest, centred.
struct ExposureData {
  std::vector<std::vector<std::complex<float>>> series;
};

struct CreateOptions {
  /// Files that the content is spread over, each with a range of simulations; at most one per simulation. 1: all is in
  /// the store itself. With more, the store shows them as one: its slots and content are virtual datasets.
  int shards = 1;
  /// Names of the shards begin so, for a store that will take another one's place and must not take its shards' names;
  /// empty: like the store's own.
  std::string shard_stem = {};
};

/// Creates the store complete: all datasets allocated, tables and empty slots written, flushed, synced, renamed into
/// place (shards before the store that refers to them; shards without a store are those of a creation that was killed,
/// and replaced). One process alone, without MPI. Throws Error(input) when `path` exists, Error(system) when the disk
/// cannot hold it (nothing is left behind).
void create(const std::filesystem::path& path, const Header& header, std::span<const SampleRow> samples,
            std::span<const ExposureRow> exposures, std::span<const SimulationRow> simulations,
            const CreateOptions& options = {});

/// The files of a store: itself and its shards. Throws Error(system) when it cannot be read.
std::vector<std::filesystem::path> files(const std::filesystem::path& path);

std::uint64_t checksum(std::string_view key, const SampleData& data);
std::uint64_t checksum(std::string_view simulation_key, const ExposureData& data);

/// Writes slots. Each process opens the file for itself (MPI-IO over itself, inside an mpi::Session; a shard when
/// something is first written to it): no call here is collective. A slot that gets other content is empty meanwhile; a
/// key that is not the slot's own is Error(bug).
class Writer {
 public:
  explicit Writer(const std::filesystem::path& path);
  ~Writer();
  Writer(Writer&&) noexcept;
  const Shapes& shapes() const;

  /// Writes content, then the slot row. Not durable before sync(). Throws Error(system) when the disk is full.
  SlotRow write_sample(std::int64_t id, std::string_view key, std::uint32_t attempt, const SampleData& data);
  SlotRow write_exposure(std::int64_t id, std::string_view simulation_key, std::uint32_t attempt,
                         const ExposureData& data);
  void mark_bad(std::int64_t sample);  ///< Keeps the content, which no reader takes for done any more.
  void mark_bad_exposure(std::int64_t exposure);
  void sync();  ///< All that was written is on disk when this returns.
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads a store, also while it is being written (slots that are done). Uses no MPI. One thread of a process at a time.
class Reader {
 public:
  /// Throws Error(input) for a file that is no store or of another format version, or whose shards are not beside it.
  explicit Reader(const std::filesystem::path& path);
  ~Reader();
  Reader(Reader&&) noexcept;

  const Header& header() const;
  std::vector<SampleRow> samples() const;
  std::vector<SampleRow> samples(std::int64_t first, std::int64_t count) const;
  std::vector<ExposureRow> exposures() const;
  std::vector<SimulationRow> simulations() const;
  std::vector<ShardRow> shards() const;  ///< Empty when the store is one file.
  SimulationRow simulation(std::int64_t id) const;
  std::vector<SlotRow> sample_slots() const;
  SlotRow sample_slot(std::int64_t id) const;
  std::vector<SlotRow> exposure_slots() const;
  int split_draws() const;  ///< 1 or more.
  /// The split of each sample in a draw from 1 on, as a number of split_names.
  std::vector<std::uint8_t> splits(int draw) const;

  SampleData sample(std::int64_t id) const;  ///< Uses the slot's atom count.
  Image<float> image(std::int64_t id, int detector) const;
  Image<std::uint8_t> mask(std::int64_t id) const;
  std::vector<AtomRow> atoms(std::int64_t id) const;  ///< As many as the slot says.
  ExposureData exposure(std::int64_t id) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What verify() found.
struct Damage {
  std::vector<std::int64_t> bad_samples, bad_exposures;  ///< done by their slot, but the content does not match.
  std::int64_t done = 0, empty = 0, bad = 0;             ///< Sample slots by state.
};
/// Recomputes every checksum of done slots.
Damage verify(const Reader& reader);

/// Done samples that may not be taken over from this store, by number: those that are bad, and those whose exposure is
/// bad or not there.
std::vector<std::int64_t> samples_to_redo(const Reader& reader, const Damage& damage);

/// Near-twins in two splits: samples of one structure, or of one defect (of either side) in one parent, however
/// arranged, shifted or damaged. What a network has trained on is no test of it.
struct Leak {
  std::string what;  ///< The structure, or parent, defect and variant.
  std::array<std::int64_t, 2> samples{};
  std::array<std::string, 2> splits;
};
/// At most one for each structure or defect, in the order of the samples. `splits` are those of the rows; a sample
/// whose split is empty counts for nothing.
std::vector<Leak> find_leaks(std::span<const SampleRow> rows, std::span<const std::string_view> splits);
/// With the splits in the store.
std::vector<Leak> find_leaks(const Reader& reader);
/// In words: what stands where.
std::string text(const Leak& leak);

/// What copy_content() took over, by their numbers in the new store.
struct Copied {
  std::vector<std::pair<std::int64_t, SlotRow>> samples;
  std::int64_t exposures = 0;
  std::int64_t refused = 0;  ///< Done in the old store, but with content that does not fit its checksum or this store.
};
/// Copies every done sample, and the exposure behind it, whose key is also among `samples`: the rows that the new store
/// was created with. Each is read, checked, and written under its old attempt. A sample with a bad exposure is left
/// out. Ends with sync(). Throws Error(system).
Copied copy_content(const Reader& from, Writer& to, std::span<const SampleRow> samples,
                    std::span<const SimulationRow> simulations);

/// One hash of every done sample's content in the order of its key: 32 hex digits.
std::string digest(const Reader& reader);

/// A sample's key and the checksum of what is there of it.
struct KeyedChecksum {
  std::string key;
  std::uint64_t checksum = 0;
  friend auto operator<=>(const KeyedChecksum&, const KeyedChecksum&) = default;
};
/// The digest of a store with this header and content (in any order).
std::string digest(const Header& header, std::vector<KeyedChecksum> contents);

/// A done sample that fits its checksum. Throws Error(system) for one that does not, or that is not done.
SampleData checked_sample(const Reader& reader, std::int64_t id, const std::string& key, const SlotRow& slot);

/// Predicted class masks of samples, written by evaluation, read by the report (models/predictions.h5).
struct Predictions {
  std::vector<std::int64_t> samples;
  std::vector<Image<std::uint8_t>> masks;
};
void write_predictions(const std::filesystem::path& path, const Predictions& predictions);

/// The same file written part by part, for more masks than fit into memory. It is at its place after finish(); without
/// that nothing is left behind. Throws Error(system).
class PredictionsWriter {
 public:
  PredictionsWriter(const std::filesystem::path& path, std::span<const std::int64_t> samples, int width, int height);
  ~PredictionsWriter();
  PredictionsWriter(PredictionsWriter&&) noexcept;
  /// Masks of consecutive samples, the first of them number `first` of those given at the start.
  void write(std::uint64_t first, std::span<const std::uint8_t> masks);
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};
Predictions read_predictions(const std::filesystem::path& path);

}  // namespace twinmill::store
