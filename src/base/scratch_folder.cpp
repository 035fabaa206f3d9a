#include "twinmill/base/scratch_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill {

ScratchFolder::ScratchFolder(const std::filesystem::path& parent, std::string_view name) {
  make_writable_folder(parent);
  std::string made = (parent / cat(name, "-XXXXXX")).string();
  if (::mkdtemp(made.data()) == nullptr)
    throw Error(Fault::system, cat("cannot make a folder in ", parent.string(), " (", std::strerror(errno), ")"));
  path_ = made;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace twinmill
