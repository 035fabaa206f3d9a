#include "twinmill/imaging/team.hpp"

namespace twinmill::imaging {
namespace {

class Alone final : public Team {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void broadcast(std::span<std::byte>, int) const override {}
};

}  // namespace

const Team& alone() {
  static const Alone team;
  return team;
}

}  // namespace twinmill::imaging
