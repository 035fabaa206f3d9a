#include "checksum.hpp"

#include "table.hpp"
#include "twinmill/base/checksum.hpp"
#include "twinmill/base/hash.hpp"

namespace twinmill::store {
std::vector<std::byte> atom_bytes(std::span<const AtomRow> atoms) { return fixed_codec<AtomRow>().encode(atoms); }
std::vector<AtomRow> atoms_of(std::span<const std::byte> bytes) { return fixed_codec<AtomRow>().decode(bytes); }

std::uint64_t checksum(std::string_view key, const SampleData& data) {
  Checksum all;
  all.add(bytes_of(key));
  for (const auto& image : data.images) all.add(bytes_of(image.data));
  return all.add(bytes_of(data.mask.data)).add(atom_bytes(data.atoms)).value();
}

std::uint64_t checksum(std::string_view simulation_key, const ExposureData& data) {
  Checksum all;
  all.add(bytes_of(simulation_key));
  for (const auto& series : data.series) all.add(bytes_of(series));
  return all.value();
}

}  // namespace twinmill::store
