#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/hash.hpp"
#include "twinmill/h5/h5.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::store {
namespace fs = std::filesystem;
namespace {

constexpr const char* predictions_format = "twinmill-predictions";
constexpr const char* samples_name = "/samples";  // [K] i64: ids in the store
constexpr const char* masks_name = "/masks";      // [K][height][width] u8

}  // namespace

struct PredictionsWriter::State {
  fs::path path, fresh;
  h5::File file;
  h5::Dataset masks;
  bool finished = false;

  ~State() {
    if (finished) return;
    std::error_code ignored;
    fs::remove(fresh, ignored);
  }
};

PredictionsWriter::PredictionsWriter(const fs::path& path, std::span<const std::int64_t> samples, int width, int height)
    : state_(std::make_unique<State>()) {
  auto& s = *state_;
  s.path = path;
  s.fresh = path.string() + ".new";
  s.file = h5::File::create(s.fresh);
  s.file.set_text("/", "format", predictions_format);
  s.file.set_integer("/", "format_version", format_version);
  auto ids = s.file.create_dataset(samples_name, h5::Type::i64(), {samples.size()});
  s.file.set_text(samples_name, "axes", "prediction");
  ids.write_rows(0, std::as_bytes(samples));
  s.masks =
      s.file.create_dataset(masks_name, h5::Type::u8(),
                            {samples.size(), static_cast<std::uint64_t>(height), static_cast<std::uint64_t>(width)});
  s.file.set_text(masks_name, "axes", "prediction,y,x");
  s.file.set_text(masks_name, "units", "class");
}

PredictionsWriter::~PredictionsWriter() = default;
PredictionsWriter::PredictionsWriter(PredictionsWriter&&) noexcept = default;

void PredictionsWriter::write(std::uint64_t first, std::span<const std::uint8_t> masks) {
  state_->masks.write_rows(first, std::as_bytes(masks));
}

void PredictionsWriter::finish() {
  auto& s = *state_;
  s.masks = h5::Dataset();
  s.file.close();
  sync_file(s.fresh);
  std::error_code ec;
  fs::rename(s.fresh, s.path, ec);
  if (ec) throw Error(Fault::system, cat("renaming ", s.fresh.string(), " failed (", ec.message(), ")"));
  s.finished = true;
  sync_folder(s.path.has_parent_path() ? s.path.parent_path() : fs::path("."));
}

void write_predictions(const fs::path& path, const Predictions& predictions) {
  const auto& masks = predictions.masks;
  ensure(predictions.samples.size() == masks.size(), "predictions have not one mask per sample");
  const int width = masks.empty() ? 0 : masks.front().width;
  const int height = masks.empty() ? 0 : masks.front().height;
  PredictionsWriter writer(path, predictions.samples, width, height);
  for (std::size_t i = 0; i < masks.size(); ++i) {
    ensure(masks[i].width == width && masks[i].height == height, "predicted masks are not all of one size");
    writer.write(i, masks[i].data);
  }
  writer.finish();
}

Predictions read_predictions(const fs::path& path) {
  if (!h5::is_hdf5(path))
    throw Error(Fault::input,
                cat("cannot read the predictions ", path.string(), " (no such HDF5 file). Evaluate first?"));
  const auto file = h5::File::open_to_read(path);
  if (!file.has_attribute("/", "format") || file.text("/", "format") != predictions_format)
    throw Error(Fault::input, cat(path.string(), " holds no predictions (it is another kind of HDF5 file)"));
  const auto found = file.integer("/", "format_version");
  if (found != format_version)
    throw Error(Fault::input, cat("the predictions ", path.string(), " have format version ", found,
                                  " (this program reads version ", format_version, "). Evaluate again?"));
  const auto samples = file.dataset(samples_name);
  const auto masks = file.dataset(masks_name);
  Predictions predictions;
  predictions.samples.resize(samples.shape().at(0));
  samples.read_rows(0, std::as_writable_bytes(std::span(predictions.samples)));
  const auto& shape = masks.shape();
  if (shape.size() != 3 || shape[0] != predictions.samples.size())
    throw Error(Fault::input, cat("the predictions ", path.string(), " are damaged (not one mask per sample)"));
  for (std::uint64_t i = 0; i < shape[0]; ++i) {
    Image<std::uint8_t> mask(static_cast<int>(shape[2]), static_cast<int>(shape[1]));
    masks.read_rows(i, std::as_writable_bytes(std::span(mask.data)));
    predictions.masks.push_back(std::move(mask));
  }
  return predictions;
}

}  // namespace twinmill::store
