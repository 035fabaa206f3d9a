// The door to the heavy module: everything that needs LibTorch is behind one dlopen.

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "twinmill/base/cpu.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train {
namespace {

/// OpenBLAS reads this once, when it is loaded; a user's own choice stands.
void choose_blas_kernels() {
  const std::string core(fitting_openblas_core());
  if (!core.empty()) ::setenv("OPENBLAS_CORETYPE", core.c_str(), 0);
}

std::filesystem::path module_path() {
  Dl_info here{};
  if (::dladdr(reinterpret_cast<const void*>(&api), &here) == 0 || here.dli_fname == nullptr) {
    throw Error(Fault::system, "the training module cannot be found (the system does not tell where libraries lie)");
  }
  return std::filesystem::absolute(here.dli_fname).parent_path() / "libtwinmill_train_torch.so";
}

const Api* load() {
  choose_blas_kernels();
  const auto path = module_path();
  // Local: LibTorch brings its own versions of many libraries, and none of their names may reach the rest of the
  // program. Error still crosses the border, since its type is known to both sides from libtwinmill_base.
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = ::dlerror();
    throw Error(Fault::system, cat("the training module cannot be loaded (", why != nullptr ? why : path.c_str(),
                                   "). Is LibTorch installed?"));
  }
  using Entry = const Api* (*)();
  const auto entry = reinterpret_cast<Entry>(::dlsym(library, "twinmill_train_torch_api"));
  if (entry == nullptr) {
    throw Error(
        Fault::system,
        cat(path.string(), " is not the training module (it lacks its entry). Was it built with this program?"));
  }
  return entry();
}

}  // namespace

const Api& api() {
  static const Api* const loaded = load();
  return *loaded;
}

}  // namespace twinmill::train
