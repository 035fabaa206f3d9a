#include "twinmill/monitor/monitor.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

#include "keeper.hpp"
#include "twinmill/base/error.hpp"
#include "web_server.hpp"

namespace twinmill::monitor {
namespace {

std::string machine_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

// What a browser can go to: an address for all of the machine is none.
std::string host_in_url(const Door& door) {
  if (door.host == "0.0.0.0" || door.host == "::") return door.machine;
  return door.host.find(':') != std::string::npos ? cat("[", door.host, "]") : door.host;
}

}  // namespace

void serve(const Paths& paths, const Options& options, const FindPatterns& patterns,
           const std::function<void(const std::string& url)>& ready, const std::function<bool()>& keep_going) {
  Keeper keeper(paths, patterns);
  const Door door{.token = new_token(), .host = options.host, .machine = machine_name()};
  const WebServer server(options.host, options.port, door,
                         [&](const std::string& path) { return answer(path, keeper, door.token); });
  ready(cat("http://", host_in_url(door), ":", server.port(), "/", door.token, "/"));
  while (keep_going()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

}  // namespace twinmill::monitor
