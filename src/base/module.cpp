#include "twinmill/base/module.hpp"

#include <dlfcn.h>

#include <filesystem>

#include "twinmill/base/error.hpp"

namespace twinmill {

void* module_entry(const void* neighbour, const std::string& library, const char* entry, const std::string& what) {
  Dl_info here{};
  if (::dladdr(neighbour, &here) == 0 || here.dli_fname == nullptr)
    throw Error(Fault::system, cat(what, " cannot be found (the system does not tell where libraries lie)"));
  const auto path = std::filesystem::absolute(here.dli_fname).parent_path() / library;
  // Error still crosses the border, since its type is known to both sides from libtwinmill_base.
  void* const opened = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (opened == nullptr) {
    const char* why = ::dlerror();
    throw Error(Fault::system,
                cat(what, " cannot be loaded (", why != nullptr ? why : path.c_str(), "). Is LibTorch installed?"));
  }
  void* const found = ::dlsym(opened, entry);
  if (found == nullptr)
    throw Error(Fault::system,
                cat(path.string(), " is not ", what, " (it lacks its entry). Was it built with this program?"));
  return found;
}

}  // namespace twinmill
