#include "tally.hpp"

namespace twinmill::exports {
namespace {

void count_class(std::vector<std::int64_t>& counts, std::uint8_t label) {
  if (counts.size() <= label) counts.resize(label + std::size_t{1});
  ++counts[label];
}

}  // namespace

void Tally::add(const store::SampleRow& row, const store::SampleData& data) {
  for (Count* count : {&by_defect[row.defect][row.split], &by_split[row.split], &by_parent[row.parent]}) {
    ++count->images;
    count->structures.insert(row.structure);
  }
  doses.insert(row.dose_e_per_A2);
  rotations_deg.insert(row.rotation_deg);
  defoci_A.insert(row.defocus_A);
  pixels_A.emplace(row.pixel_x_A, row.pixel_y_A);
  beams.emplace(row.energy_kev, row.semiangle_mrad);
  boundaries += row.boundary != 0 ? 1 : 0;
  damaged += row.damage_atoms > 0 ? 1 : 0;
  with_impurities += row.impurities.empty() ? 0 : 1;
  relaxed += row.relaxation.empty() ? 0 : 1;
  for (const auto& atom : data.atoms)
    if (atom.label > 0) count_class(sites, atom.label);
  for (const auto pixel : data.mask.data) count_class(pixels, pixel);
  contents.push_back({row.key, store::checksum(row.key, data)});
}

}  // namespace twinmill::exports
