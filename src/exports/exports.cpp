#include "twinmill/exports/exports.hpp"

#include <array>

#include "card.hpp"
#include "parts.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/store/subset.hpp"

namespace twinmill::exports {
namespace fs = std::filesystem;
namespace {

constexpr std::array format_names = {"hdf5", "png", "coco"};
static_assert(format_names.size() == static_cast<std::size_t>(Format::count_));
constexpr std::array scaling_names = {"image", "all"};
static_assert(scaling_names.size() == static_cast<std::size_t>(Scaling::count_));

template <class Enum, std::size_t N>
Enum by_name(std::string_view word, const std::array<const char*, N>& names, const char* option) {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < N; ++i) {
    if (word == names[i]) return static_cast<Enum>(i);
    known.emplace_back(names[i]);
  }
  throw Error(Fault::input, cat("--", option, " ", word, " (known: ", list_text(known), ")"));
}

/// A file that has not got its name yet; removed when it does not get there.
class Unnamed {
 public:
  explicit Unnamed(fs::path path) : path_(std::move(path)) {}
  ~Unnamed() {
    std::error_code ec;
    fs::remove(path_, ec);
  }
  Unnamed(const Unnamed&) = delete;
  Unnamed& operator=(const Unnamed&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Outcome write_hdf5(const store::Reader& reader, const std::vector<std::int64_t>& samples, const Request& request,
                   Outcome outcome) {
  Tally tally;
  std::int64_t done = 0;
  const auto after = [&](std::int64_t, const store::SampleRow& row, const store::SampleData& data) {
    tally.add(row, data);
    return !request.progress || request.progress(++done);
  };
  const Unnamed data(request.out.string() + ".new");
  if (!store::write_subset(data.path(), reader, samples, {.level = request.level, .after = after})) return outcome;
  outcome.digest = store::digest(reader.header(), std::move(tally.contents));
  outcome.bytes = static_cast<double>(fs::file_size(data.path()));
  const auto files = cat(
      "`", request.out.filename().string(),
      "`: a store of twinmill in one file, described in docs/store-format.md; images, masks, atoms and series are in "
      "compressed pieces (shuffle and deflate), which every HDF5 library reads. Its samples are numbered anew; their "
      "keys are those of the campaign.\n");
  write_atomic(outcome.card, card_text(reader.header(), tally, request, outcome.digest, files));
  rename_file(data.path(), request.out);
  outcome.finished = true;
  return outcome;
}

Outcome write_folder(const store::Reader& reader, const std::vector<std::int64_t>& samples, const Request& request,
                     Outcome outcome) {
  FreshFolder folder(request.out);
  Tally tally;
  try {
    const auto written = request.format == Format::png ? write_pictures(reader, samples, request, folder.path(), tally)
                                                       : write_coco(reader, samples, request, folder.path(), tally);
    if (!written.finished) return outcome;
    outcome.digest = store::digest(reader.header(), std::move(tally.contents));
    outcome.remarks = written.remarks;
    write_file(folder.path() / folder_card, card_text(reader.header(), tally, request, outcome.digest, written.files));
    outcome.bytes = folder.bytes();
    folder.publish();
  } catch (const fs::filesystem_error& e) {
    throw Error(Fault::system, cat("the export ", request.out.string(), " cannot be written (", e.code().message(),
                                   "). Is the disk full, or the folder not yours?"));
  }
  outcome.finished = true;
  return outcome;
}

}  // namespace

std::string_view name(Format format) { return format_names.at(static_cast<std::size_t>(format)); }
Format format(std::string_view name) { return by_name<Format>(name, format_names, "to"); }
std::string_view name(Scaling scaling) { return scaling_names.at(static_cast<std::size_t>(scaling)); }
Scaling scaling(std::string_view name) { return by_name<Scaling>(name, scaling_names, "scaling"); }

Outcome write(const store::Reader& reader, const std::vector<std::int64_t>& samples, const Request& request) {
  const bool is_folder = request.format != Format::hdf5;
  Outcome outcome{.finished = false, .samples = std::ssize(samples), .bytes = 0, .digest = {}, .card = {}};
  outcome.card = is_folder ? request.out / folder_card : fs::path(request.out).replace_extension(".md");
  check_place({.path = request.out, .is_folder = is_folder, .replace = request.replace});
  if (is_folder) return write_folder(reader, samples, request, std::move(outcome));
  check_place({.path = outcome.card, .is_folder = false, .replace = request.replace});
  return write_hdf5(reader, samples, request, std::move(outcome));
}

}  // namespace twinmill::exports
