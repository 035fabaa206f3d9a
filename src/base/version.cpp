#include "twinmill/base/version.hpp"

#include "twinmill_commit.hpp"

namespace twinmill {

std::string_view version() { return TWINMILL_VERSION; }
std::string_view commit() { return TWINMILL_COMMIT; }

}  // namespace twinmill
