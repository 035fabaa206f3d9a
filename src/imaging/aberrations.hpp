#pragma once
// Aberration function in Krivanek notation.

#include <vector>

#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {

/// chi in rad at the angle (ax, ay) in rad:
///   chi = (2 pi / lambda) sum_{n,m} C_nm a^(n+1) cos(m (phi - phi_nm)) / (n + 1).
class AberrationFunction {
 public:
  /// Throws Error(input) on unknown names (with the nearest), on a name given twice, on an azimuth of a round term.
  AberrationFunction(const std::vector<AberrationTerm>& terms, double wavelength_A);
  double operator()(double ax, double ay) const;

 private:
  struct Term {
    int order = 1;     // n
    int symmetry = 0;  // m
    double c_A = 0;
    double phi = 0;
  };
  std::vector<Term> terms_;
  double wavelength_;
};

}  // namespace twinmill::imaging
