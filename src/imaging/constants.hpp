#pragma once
// Electron optics from CODATA 2018 constants.

#include <cmath>
#include <numbers>

#include "twinmill/base/electron.hpp"

namespace twinmill::imaging {

inline constexpr double planck = 6.62607015e-34;            // J s
inline constexpr double electron_charge = 1.602176634e-19;  // C
inline constexpr double electron_mass = 9.1093837015e-31;   // kg
inline constexpr double light_speed = 299792458.0;          // m/s

/// C = h^2 / (2 pi m0 e) = 47.878 V A^2: projected potential = C x inverse transform of f_e.
inline constexpr double potential_constant =
    planck * planck / (2 * std::numbers::pi * electron_mass * electron_charge) * 1e20;

/// Interaction constant in rad/(V A): sigma = 2 pi m e lambda / h^2, m = gamma m0.
inline double interaction(double energy_kev) {
  const double rest = electron_mass * light_speed * light_speed / electron_charge;
  const double gamma = 1 + energy_kev * 1e3 / rest;
  return 2 * std::numbers::pi * gamma * electron_mass * electron_charge * electron_wavelength_A(energy_kev) * 1e-10 /
         (planck * planck) * 1e-10;
}

}  // namespace twinmill::imaging
