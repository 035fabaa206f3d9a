#include "twinmill/base/checksum.hpp"

#include <xxhash.h>

namespace twinmill {

struct Checksum::State {
  XXH3_state_t* xxh = XXH3_createState();
  State() { XXH3_64bits_reset(xxh); }
  ~State() { XXH3_freeState(xxh); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Checksum::Checksum() : state_(std::make_unique<State>()) {}
Checksum::~Checksum() = default;

Checksum& Checksum::add(std::span<const std::byte> bytes) {
  XXH3_64bits_update(state_->xxh, bytes.data(), bytes.size());
  return *this;
}

std::uint64_t Checksum::value() const { return XXH3_64bits_digest(state_->xxh); }

}  // namespace twinmill
