// Names of the enumerations that a user writes.
#include <array>
#include <vector>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {
namespace {

constexpr std::array<std::string_view, 2> scattering_names = {"lobato", "kirkland"};
static_assert(scattering_names.size() == static_cast<std::size_t>(Scattering::count_));
constexpr std::array<std::string_view, 2> edge_names = {"area", "hard"};
static_assert(edge_names.size() == static_cast<std::size_t>(ApertureEdge::count_));

template <std::size_t n>
std::size_t choose(const std::array<std::string_view, n>& names, std::string_view word, std::string_view what) {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < n; ++i) {
    if (names[i] == word) return i;
    known.emplace_back(names[i]);
  }
  throw Error(Fault::input, cat(what, " = ", word, " (known: ", list_text(known), ")"));
}

}  // namespace

std::string_view name(Scattering s) { return scattering_names.at(static_cast<std::size_t>(s)); }
std::string_view name(ApertureEdge e) { return edge_names.at(static_cast<std::size_t>(e)); }
Scattering scattering(std::string_view word) {
  return static_cast<Scattering>(choose(scattering_names, word, "scattering"));
}
ApertureEdge aperture_edge(std::string_view word) {
  return static_cast<ApertureEdge>(choose(edge_names, word, "aperture edge"));
}

}  // namespace twinmill::imaging
