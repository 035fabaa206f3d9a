#pragma once

#include <string>

namespace twinmill::train {

/// A module that can also be written as TorchScript (script.hpp). Modules of LibTorch need not be.
class Scripted {
 public:
  virtual ~Scripted() = default;
  /// Source of the methods, forward() among them; a child is called as self.NAME.forward(...).
  virtual std::string script() const = 0;
};

}  // namespace twinmill::train
