#pragma once
// A picture for people who will not open the report: rows of image | mask | prediction.

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "twinmill/report/png.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::report {

struct MontageOptions {
  int columns = 1;  ///< Samples side by side in one row of the picture.
  int scale = 1;    ///< Every pixel becomes scale x scale pixels.
  int detector = 0;
  MontageStyle style = {};
};

/// Image, mask overlay and (when there are predictions) prediction overlay of each sample, in the order given. Samples
/// without a prediction show their mask only. Throws Error(input) for a sample that does not exist or is not done.
RgbPicture sample_montage(const store::Reader& reader, const store::Predictions& predictions,
                          std::span<const std::int64_t> samples, const MontageOptions& options = {});

/// Samples worth showing: one per kind of defect (pristine last), at the highest finite dose, of different parents as
/// far as possible; when there are predictions, only samples that have one. At most `count`; the same for the same
/// store.
std::vector<std::int64_t> chosen_samples(const store::Reader& reader, const store::Predictions& predictions, int count);

/// Writes the montage of `samples` (or of chosen_samples when empty) as PNG, atomically. Missing predictions are no
/// error.
void write_montage(const std::filesystem::path& png, const std::filesystem::path& store,
                   const std::filesystem::path& predictions, std::span<const std::int64_t> samples,
                   const MontageOptions& options = {});

}  // namespace twinmill::report
