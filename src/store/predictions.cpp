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

void write_file(const fs::path& path, const Predictions& predictions) {
  const auto& masks = predictions.masks;
  const int width = masks.empty() ? 0 : masks.front().width;
  const int height = masks.empty() ? 0 : masks.front().height;
  auto file = h5::File::create(path);
  file.set_text("/", "format", predictions_format);
  file.set_integer("/", "format_version", format_version);
  {
    auto samples = file.create_dataset(samples_name, h5::Type::i64(), {masks.size()});
    file.set_text(samples_name, "axes", "prediction");
    samples.write_rows(0, bytes_of(predictions.samples));
    auto all =
        file.create_dataset(masks_name, h5::Type::u8(),
                            {masks.size(), static_cast<std::uint64_t>(height), static_cast<std::uint64_t>(width)});
    file.set_text(masks_name, "axes", "prediction,y,x");
    file.set_text(masks_name, "units", "class");
    for (std::size_t i = 0; i < masks.size(); ++i) {
      ensure(masks[i].width == width && masks[i].height == height, "predicted masks are not all of one size");
      all.write_rows(i, bytes_of(masks[i].data));
    }
  }
  file.close();
}

}  // namespace

void write_predictions(const fs::path& path, const Predictions& predictions) {
  ensure(predictions.samples.size() == predictions.masks.size(), "predictions have not one mask per sample");
  const fs::path fresh = path.string() + ".new";
  try {
    write_file(fresh, predictions);
    sync_file(fresh);
    std::error_code ec;
    fs::rename(fresh, path, ec);
    if (ec) throw Error(Fault::system, cat("renaming ", fresh.string(), " failed (", ec.message(), ")"));
  } catch (...) {
    std::error_code ignored;
    fs::remove(fresh, ignored);
    throw;
  }
  sync_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
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
