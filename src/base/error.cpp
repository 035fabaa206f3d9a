#include "twinmill/base/error.hpp"

#include <array>

namespace twinmill {
namespace {
constexpr std::array<std::string_view, 3> fault_names = {"input", "system", "bug"};
static_assert(fault_names.size() == static_cast<std::size_t>(Fault::count_));
}  // namespace

std::string_view name(Fault fault) { return fault_names.at(static_cast<std::size_t>(fault)); }

ExitCode exit_code(Fault fault) {
  switch (fault) {
    case Fault::input:
      return ExitCode::input;
    case Fault::system:
      return ExitCode::system;
    case Fault::bug:
    case Fault::count_:
      break;
  }
  return ExitCode::bug;
}

void ensure(bool invariant, std::string_view message) {
  if (!invariant) throw Error(Fault::bug, cat(message, " (this is a bug in twinmill; please report it)"));
}

void Problems::add(std::string where, std::string why) { entries_.push_back(cat(where, ": ", why)); }

void Problems::throw_if_any() const {
  if (entries_.empty()) return;
  std::string all;
  for (const auto& entry : entries_) all += (all.empty() ? "" : "\n") + entry;
  throw Error(Fault::input, all);
}

}  // namespace twinmill
