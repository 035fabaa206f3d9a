#pragma once
// Which path gets what. No file is ever opened by a name from a request.

#include <string>

#include "keeper.hpp"

namespace twinmill::monitor {

inline constexpr const char* html_type = "text/html; charset=utf-8";

struct Answer {
  int status = 200;
  std::string type;
  std::string body;
  std::string location = {};  ///< Where to go instead.
};

/// `path` is what follows the token, as judge() let it pass.
Answer answer(const std::string& path, Keeper& keeper, const std::string& token);

}  // namespace twinmill::monitor
