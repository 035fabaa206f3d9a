#include "twinmill/base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <memory>
#include <string>

namespace twinmill::log {
namespace {

constexpr std::array levels = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};
static_assert(levels.size() == static_cast<std::size_t>(Level::count_));

spdlog::logger& logger() {
  static const auto the_logger = [] {
    auto made = std::make_shared<spdlog::logger>("twinmill", std::make_shared<spdlog::sinks::stderr_color_sink_st>());
    made->set_pattern("twinmill: %^%v%$");
    return made;
  }();
  return *the_logger;
}

}  // namespace

void configure(Level level, int rank, int ranks) {
  logger().set_level(levels.at(static_cast<std::size_t>(level)));
  logger().set_pattern(ranks > 1 ? "twinmill [" + std::to_string(rank) + "]: %^%v%$" : "twinmill: %^%v%$");
}

void debug(std::string_view line) { logger().debug(line); }
void info(std::string_view line) { logger().info(line); }
void warning(std::string_view line) { logger().warn("warning: {}", line); }
void error(std::string_view line) { logger().error("error: {}", line); }

}  // namespace twinmill::log
