// The door to the heavy module: everything that needs LibTorch is behind one dlopen.

#include <cstdlib>

#include "twinmill/base/cpu.hpp"
#include "twinmill/base/module.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train {
namespace {

/// OpenBLAS reads this once, when it is loaded; a user's own choice stands.
void choose_blas_kernels() {
  const std::string core(fitting_openblas_core());
  if (!core.empty()) ::setenv("OPENBLAS_CORETYPE", core.c_str(), 0);
}

const Api* load() {
  choose_blas_kernels();
  using Entry = const Api* (*)();
  return reinterpret_cast<Entry>(module_entry(reinterpret_cast<const void*>(&api), "libtwinmill_train_torch.so",
                                              "twinmill_train_torch_api", "the training module"))();
}

}  // namespace

const Api& api() {
  static const Api* const loaded = load();
  return *loaded;
}

}  // namespace twinmill::train
