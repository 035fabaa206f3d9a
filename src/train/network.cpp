#include "network.hpp"

#include <torch/utils.h>

#include "g_unet.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::train {
namespace {

struct Entry {
  const char* name;
  std::shared_ptr<Network> (*make)(const NetworkShape&);
};

constexpr Entry entries[] = {
    {"g-unet", make_g_unet},
};

}  // namespace

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const auto& entry : entries) names.emplace_back(entry.name);
  return names;
}

std::shared_ptr<Network> make_network(const std::string& name, const NetworkShape& shape, std::uint64_t seed) {
  for (const auto& entry : entries) {
    if (name != entry.name) continue;
    torch::manual_seed(seed);
    return entry.make(shape);
  }
  const auto names = network_names();
  const auto near = nearest(name, names);
  throw Error(Fault::input,
              cat("network = ", name, " (there is no such network). ",
                  near.empty() ? cat("Known: ", list_text(names), "?") : cat("Did you mean ", near, "?")));
}

std::int64_t count_parameters(const Network& network) {
  std::int64_t count = 0;
  for (const auto& parameter : network.parameters()) count += parameter.numel();
  return count;
}

}  // namespace twinmill::train
