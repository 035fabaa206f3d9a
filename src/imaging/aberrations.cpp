#include "aberrations.hpp"

#include <cmath>
#include <numbers>
#include <set>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::imaging {
namespace {

// Order n and symmetry m of a name like "C32" or "phi32".
struct Name {
  bool azimuth = false;
  int n = 0, m = 0;
};

// C_nm exists for n = 1..5, m = n+1, n-1, ... >= 0.
const std::vector<std::string>& known_names() {
  static const auto names = [] {
    std::vector<std::string> all = {"defocus", "Cs", "C5"};
    for (int n = 1; n <= 5; ++n) {
      for (int m = n + 1; m >= 0; m -= 2) {
        all.push_back(cat("C", n, m));
        if (m > 0) all.push_back(cat("phi", n, m));
      }
    }
    return all;
  }();
  return names;
}

Name parse(const std::string& text) {
  const auto& known = known_names();
  if (std::find(known.begin(), known.end(), text) == known.end()) {
    const std::string near = nearest(text, known);
    throw Error(Fault::input, cat("aberration ", text,
                                  " is not known (Krivanek notation to fifth order: C10, C12, phi12, C21, ... C56)",
                                  near.empty() ? "" : cat(". Did you mean ", near, "?")));
  }
  if (text == "defocus") return {false, 1, 0};
  if (text == "Cs") return {false, 3, 0};
  if (text == "C5") return {false, 5, 0};
  const bool azimuth = text.starts_with("phi");
  const std::size_t at = azimuth ? 3 : 1;
  return {azimuth, text[at] - '0', text[at + 1] - '0'};
}

}  // namespace

AberrationFunction::AberrationFunction(const std::vector<AberrationTerm>& terms, double wavelength_A)
    : wavelength_(wavelength_A) {
  std::set<std::tuple<bool, int, int>> seen;
  for (const auto& given : terms) {
    const Name name = parse(given.name);
    if (!std::isfinite(given.value))
      throw Error(Fault::input, cat("aberration ", given.name, " is not a finite number"));
    if (!seen.insert({name.azimuth, name.n, name.m}).second)
      throw Error(Fault::input,
                  cat("aberration ", given.name, " is given twice (defocus is -C10, Cs is C30, C5 is C50)"));
    auto term = std::find_if(terms_.begin(), terms_.end(),
                             [&](const Term& t) { return t.order == name.n && t.symmetry == name.m; });
    if (term == terms_.end()) term = terms_.insert(terms_.end(), {.order = name.n, .symmetry = name.m});
    (name.azimuth ? term->phi : term->c_A) = given.name == "defocus" ? -given.value : given.value;
  }
}

double AberrationFunction::operator()(double ax, double ay) const {
  const double a = std::hypot(ax, ay);
  const double phi = std::atan2(ay, ax);
  double sum = 0;
  for (const auto& t : terms_)
    sum += t.c_A * std::pow(a, t.order + 1) * std::cos(t.symmetry * (phi - t.phi)) / (t.order + 1);
  return 2 * std::numbers::pi / wavelength_ * sum;
}

// Turning the specimen by +rotation in front of a fixed lens equals turning the lens by -rotation over a fixed
// specimen.
Optics rotated(const Optics& optics, double rotation_deg) {
  Optics turned = optics;
  const double angle = rotation_deg * std::numbers::pi / 180;
  std::vector<AberrationTerm> azimuths;
  for (const auto& term : optics.aberrations) {
    const Name name = parse(term.name);
    if (name.azimuth || name.m == 0) continue;
    const std::string phi = cat("phi", name.n, name.m);
    double value = -angle;
    for (const auto& other : optics.aberrations) {
      if (other.name == phi) value += other.value;
    }
    azimuths.push_back({phi, value});
  }
  std::erase_if(turned.aberrations, [](const AberrationTerm& t) { return t.name.starts_with("phi"); });
  turned.aberrations.insert(turned.aberrations.end(), azimuths.begin(), azimuths.end());
  const auto [tx, ty] = optics.beam_tilt_mrad;
  turned.beam_tilt_mrad = {std::cos(angle) * tx + std::sin(angle) * ty, std::cos(angle) * ty - std::sin(angle) * tx};
  return turned;
}

}  // namespace twinmill::imaging
