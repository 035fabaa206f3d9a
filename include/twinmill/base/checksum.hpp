#pragma once
// The checksum of what lies in several places, without bringing it together first.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace twinmill {

/// checksum() of all bytes that were added, one after the other.
class Checksum {
 public:
  Checksum();
  ~Checksum();
  Checksum(const Checksum&) = delete;
  Checksum& operator=(const Checksum&) = delete;
  Checksum& add(std::span<const std::byte> bytes);
  std::uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace twinmill
