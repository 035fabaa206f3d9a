#pragma once
// The three forms, and what they share.

#include <string>

#include "output.hpp"
#include "tally.hpp"
#include "twinmill/exports/exports.hpp"

namespace twinmill::exports {

/// What a form has written.
struct Written {
  bool finished = false;
  std::string files;                      ///< For the card, in Markdown.
  std::vector<std::string> remarks = {};  ///< For the user.
};

Written write_pictures(const store::Reader& reader, const std::vector<std::int64_t>& samples, const Request& request,
                       const std::filesystem::path& folder, Tally& tally);
Written write_coco(const store::Reader& reader, const std::vector<std::int64_t>& samples, const Request& request,
                   const std::filesystem::path& folder, Tally& tally);

/// Calls visit(number, row, data) for each sample, read and checked, and counts it. False when it was stopped.
template <class Visit>
bool for_each(const store::Reader& reader, const std::vector<std::int64_t>& samples, const Request& request,
              Tally& tally, const Visit& visit) {
  const auto slots = reader.sample_slots();
  std::int64_t done = 0;
  for (const auto id : samples) {
    const auto row = reader.samples(id, 1).front();
    const auto data = store::checked_sample(reader, id, row.key, slots[static_cast<std::size_t>(id)]);
    visit(id, row, data);
    tally.add(row, data);
    if (request.progress && !request.progress(++done)) return false;
  }
  return true;
}

/// Names of a sample's files: "0000017".
inline std::string number_name(std::int64_t id) {
  constexpr std::size_t digits = 7;
  std::string text = std::to_string(id);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return text;
}

}  // namespace twinmill::exports
