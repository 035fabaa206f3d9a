#pragma once
// What is counted of the samples while they pass, for the card.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "twinmill/store/store.hpp"

namespace twinmill::exports {

struct Tally {
  struct Count {
    std::int64_t images = 0;
    std::set<std::int32_t> structures;
  };
  std::map<std::string, std::map<std::string, Count>> by_defect;  ///< Column `defect`, then split.
  std::map<std::string, Count> by_split, by_parent;
  std::set<double> doses, rotations_deg, defoci_A;
  std::set<std::pair<double, double>> pixels_A;                                ///< Sizes x, y.
  std::set<std::pair<double, double>> beams;                                   ///< energy_kev, semiangle_mrad.
  std::int64_t boundaries = 0, damaged = 0, with_impurities = 0, relaxed = 0;  ///< Images.
  std::vector<std::int64_t> sites, pixels;  ///< By class number: labelled sites seen (not of lattice), pixels of masks.
  std::vector<store::KeyedChecksum> contents;

  void add(const store::SampleRow& row, const store::SampleData& data);
};

}  // namespace twinmill::exports
