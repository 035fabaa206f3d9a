#pragma once
// Where defects go.

#include <string>
#include <vector>

#include "motifs.hpp"
#include "twinmill/base/random.hpp"

namespace twinmill::specimen {

/// Puts motifs on a supercell one after the other, each at random where the ones before leave room.
class Arranger {
 public:
  Arranger(const Lattice& lattice, Structure pristine, double min_distance_A);

  /// Chooses one of the motifs of each slot and a place for it; the first one of all goes into the first cell. False
  /// when there is no room, or none was found.
  bool place(const std::vector<const std::vector<Motif>*>& slots, RandomStream& random);

  const Structure& structure() const { return structure_; }

 private:
  // A motif at its place.
  struct Placed {
    std::vector<std::pair<int, int>> sites;  // Index and new atomic number.
    std::vector<Site> extras;                // One or none.
    std::vector<std::array<double, 2>> points;
    SiteClass label = SiteClass::lattice;
  };
  struct Search;

  Placed at(const Motif& motif, Cell cell) const;
  bool fits(const Placed& candidate) const;
  bool search(Search& search, std::size_t level);
  std::array<double, 2> apart(const std::array<double, 2>& a, const std::array<double, 2>& b) const;
  void push(Placed placed);
  void pop();
  void apply();

  const Lattice& lattice_;
  Structure structure_;
  double min_distance_A_;
  std::vector<Placed> placed_;
  std::vector<char> taken_;
  std::size_t applied_ = 0;
};

}  // namespace twinmill::specimen
