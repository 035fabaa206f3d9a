#include <algorithm>
#include <array>

#include "twinmill/base/error.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {
namespace {

// clang-format off
constexpr std::array<std::string_view, 103> table = {
    "H",  "He", "Li", "Be", "B",  "C",  "N",  "O",  "F",  "Ne", "Na", "Mg", "Al", "Si", "P",  "S",  "Cl", "Ar",
    "K",  "Ca", "Sc", "Ti", "V",  "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Kr",
    "Rb", "Sr", "Y",  "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Te", "I",  "Xe",
    "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu",
    "Hf", "Ta", "W",  "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn",
    "Fr", "Ra", "Ac", "Th", "Pa", "U",  "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr"};
// clang-format on

}  // namespace

int atomic_number(std::string_view symbol) {
  const auto found = std::find(table.begin(), table.end(), symbol);
  return found == table.end() ? 0 : static_cast<int>(found - table.begin()) + 1;
}

std::string_view symbol(int z) {
  ensure(z >= 1 && z <= static_cast<int>(table.size()), cat("no element has the atomic number ", z));
  return table[static_cast<std::size_t>(z) - 1];
}

std::vector<std::string> symbols() { return {table.begin(), table.end()}; }

}  // namespace twinmill::specimen
