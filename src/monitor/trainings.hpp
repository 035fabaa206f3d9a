#pragma once
// Training curves: from the ledger when a training is over, from status.json while it goes on.

#include <map>
#include <string_view>
#include <vector>

#include "facts.hpp"

namespace twinmill::monitor {

/// The newest finished training among the stages, if any. A result that cannot be read is left out.
std::vector<TrainingCurve> finished_trainings(std::vector<ledger::Stage> stages);

/// status.json tells the last epoch only; this remembers those that were seen.
class TrainingMemory {
 public:
  /// Takes the member `training` (one object, or a list of them with names under `name` or `model`) of a status
  /// document; what cannot be understood is ignored.
  void look(std::string_view status_json);
  enum class Phase { training, other };
  /// What was seen, together with finished ones, which know more: of the same name they come instead, unless that one
  /// is being trained anew.
  std::vector<TrainingCurve> together_with(const std::vector<TrainingCurve>& finished, Phase phase) const;

 private:
  struct Seen {
    std::string name;
    std::map<int, EpochPoint> epochs;
  };
  std::vector<Seen> seen_;
};

}  // namespace twinmill::monitor
