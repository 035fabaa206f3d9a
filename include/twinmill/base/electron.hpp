#pragma once

#include <cmath>

namespace twinmill {

/// Relativistic wavelength in A of electrons of this kinetic energy: lambda = h c / sqrt(E (E + 2 m c^2)).
inline double electron_wavelength_A(double energy_kev) {
  constexpr double planck_times_c_eV_A = 12398.419843320026;  // h c, exact in the SI of 2019
  constexpr double rest_eV = 510998.95;                       // m c^2, CODATA 2018
  const double energy_eV = energy_kev * 1e3;
  return planck_times_c_eV_A / std::sqrt(energy_eV * (energy_eV + 2 * rest_eV));
}

}  // namespace twinmill
