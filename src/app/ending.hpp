#pragma once
// How the ranks tell the process that started mpirun how they ended. With recovery switched on mpirun itself cannot: it
// ends with 0 whatever the ranks return, and waits for the others after an abort.

#include <filesystem>
#include <optional>

#include "command.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::app {

/// The last word of a set of ranks.
struct Ending {
  enum class How {
    orderly,  ///< All ranks leave by themselves.
    at_once,  ///< Some rank is gone, or would wait for ever: whoever is left is to be ended.
    again,    ///< The same, and the phases that are left are to be started anew with all ranks.
    count_
  };
  How how = How::orderly;
  ExitCode code = ExitCode::done;
  friend bool operator==(const Ending&, const Ending&) = default;
};

/// In the environment of ranks that launch() has started: the file that it reads endings from.
inline constexpr const char* ending_variable = "TWINMILL_ENDING";

/// Whether launch() has started this process as a rank.
bool has_launcher();
/// Says how it ended; only the first word of all ranks counts. Without a launcher, or when the file cannot be written,
/// nothing happens.
void tell_launcher(const Ending& ending) noexcept;
/// The file between one launcher and its ranks. It is made at its full size, so that a word fits in when the disk is
/// full.
class EndingFile {
 public:
  /// In `folder`; removes those of launchers of this host that are gone. Throws Error(system).
  explicit EndingFile(const std::filesystem::path& folder);
  ~EndingFile();  ///< Removes it.
  EndingFile(const EndingFile&) = delete;
  EndingFile& operator=(const EndingFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Forgets what was said. Throws Error(system).
  void clear() const;
  /// What the ranks have said so far.
  std::optional<Ending> read() const;

 private:
  std::filesystem::path path_;
};

/// Tells the launcher and ends all ranks; does not return.
[[noreturn]] void end_all(const mpi::Communicator& world, ExitCode code, Ending::How how = Ending::How::at_once);

}  // namespace twinmill::app
