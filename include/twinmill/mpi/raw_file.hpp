#pragma once
// A plain file over MPI-IO of one process alone: what the store's bandwidth is compared with.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace twinmill::mpi {

class RawFile {
 public:
  /// Opens for writing and makes the file where it is missing. Throws Error(system).
  explicit RawFile(const std::filesystem::path& path);
  ~RawFile();  ///< Closes what close() has not.
  RawFile(RawFile&&) noexcept;
  /// Below 2 GiB. Throws Error(system) when not all was written.
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  void sync();  ///< All that was written is on disk when this returns.
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace twinmill::mpi
