#include "checksum.hpp"

#include "table.hpp"
#include "twinmill/base/hash.hpp"

namespace twinmill::store {
namespace {

void append(std::vector<std::byte>& all, std::span<const std::byte> more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

std::vector<std::byte> atom_bytes(std::span<const AtomRow> atoms) { return fixed_codec<AtomRow>().encode(atoms); }
std::vector<AtomRow> atoms_of(std::span<const std::byte> bytes) { return fixed_codec<AtomRow>().decode(bytes); }

std::uint64_t checksum(std::string_view key, const SampleData& data) {
  std::vector<std::byte> all;
  append(all, bytes_of(key));
  for (const auto& image : data.images) append(all, bytes_of(image.data));
  append(all, bytes_of(data.mask.data));
  append(all, atom_bytes(data.atoms));
  return twinmill::checksum(all);
}

std::uint64_t checksum(std::string_view simulation_key, const ExposureData& data) {
  std::vector<std::byte> all;
  append(all, bytes_of(simulation_key));
  for (const auto& series : data.series) append(all, bytes_of(series));
  return twinmill::checksum(all);
}

}  // namespace twinmill::store
