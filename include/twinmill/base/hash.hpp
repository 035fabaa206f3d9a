#pragma once
// Content hashes (XXH3): identity of tasks, checksums of slots, the campaign's digest.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace twinmill {

/// A 128-bit content hash in canonical (big-endian) byte order.
struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  /// 32 lower-case hexadecimal digits.
  std::string hex() const;
  /// Reads hex(); throws Error(input) on anything else.
  static Hash128 from_hex(std::string_view text);
  friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

/// Feeds values in an order and encoding that do not depend on the machine's byte order; strings are length-prefixed.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  Hasher& bytes(std::span<const std::byte> data);  ///< Raw bytes, no length prefix.
  Hasher& add(std::string_view text);
  Hasher& add(const char* text) { return add(std::string_view(text)); }
  Hasher& add(std::int64_t value);
  Hasher& add(std::uint64_t value);
  Hasher& add(int value) { return add(static_cast<std::int64_t>(value)); }
  Hasher& add(double value);  ///< -0.0 counts as 0.0.
  Hasher& add(const Hash128& value);
  Hash128 digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// 64-bit checksum of raw bytes (XXH3-64), used for slots of the store.
std::uint64_t checksum(std::span<const std::byte> data);

/// Any contiguous range as bytes.
template <class Range>
std::span<const std::byte> bytes_of(const Range& range) {
  return std::as_bytes(std::span(range.data(), range.size()));
}

}  // namespace twinmill
