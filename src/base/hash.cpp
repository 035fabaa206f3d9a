#include "twinmill/base/hash.hpp"

#include <xxhash.h>

#include <bit>
#include <cstdio>

#include "twinmill/base/error.hpp"

namespace twinmill {

std::string Hash128::hex() const {
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%016llx%016llx", static_cast<unsigned long long>(high),
                static_cast<unsigned long long>(low));
  return text.data();
}

Hash128 Hash128::from_hex(std::string_view text) {
  const auto value = [&](std::string_view part) {
    std::uint64_t v = 0;
    for (const char c : part) {
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) throw Error(Fault::input, cat("key \"", text, "\" is not 32 lower-case hexadecimal digits"));
      v = v * 16 + static_cast<std::uint64_t>(digit);
    }
    return v;
  };
  if (text.size() != 32) throw Error(Fault::input, cat("key \"", text, "\" is not 32 lower-case hexadecimal digits"));
  return {value(text.substr(0, 16)), value(text.substr(16))};
}

struct Hasher::State {
  XXH3_state_t* xxh = XXH3_createState();
  State() { XXH3_128bits_reset(xxh); }
  ~State() { XXH3_freeState(xxh); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::bytes(std::span<const std::byte> data) {
  XXH3_128bits_update(state_->xxh, data.data(), data.size());
  return *this;
}

Hasher& Hasher::add(std::uint64_t value) {
  std::array<std::byte, 8> little{};
  for (unsigned i = 0; i < 8; ++i) little[i] = static_cast<std::byte>(value >> (8 * i));
  return bytes(little);
}

Hasher& Hasher::add(std::int64_t value) { return add(std::bit_cast<std::uint64_t>(value)); }
Hasher& Hasher::add(double value) { return add(std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value)); }

Hasher& Hasher::add(std::string_view text) {
  add(static_cast<std::uint64_t>(text.size()));
  return bytes(std::as_bytes(std::span(text.data(), text.size())));
}

Hasher& Hasher::add(const Hash128& value) { return add(value.high).add(value.low); }

Hash128 Hasher::digest() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_->xxh);
  return {hash.high64, hash.low64};
}

std::uint64_t checksum(std::span<const std::byte> data) { return XXH3_64bits(data.data(), data.size()); }

}  // namespace twinmill
