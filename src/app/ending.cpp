#include "ending.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "twinmill/base/descriptor.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/process_table.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::app {
namespace {

constexpr std::array<std::string_view, 3> words = {"orderly", "at_once", "again"};
constexpr std::size_t longest_word = 32;
static_assert(words.size() == static_cast<std::size_t>(Ending::How::count_));

}  // namespace

bool has_launcher() { return std::getenv(ending_variable) != nullptr; }

void tell_launcher(const Ending& ending) noexcept {
  const char* path = std::getenv(ending_variable);
  if (path == nullptr) return;
  try {
    const Descriptor file(::open(path, O_RDWR | O_CLOEXEC));
    if (file.get() < 0) return;  // The launcher is gone.
    ::flock(file.get(), LOCK_EX);
    if (!trim(read_text(path)).empty()) return;  // Somebody was faster.
    const std::string text =
        cat(words.at(static_cast<std::size_t>(ending.how)), " ", static_cast<int>(ending.code), " .");
    if (::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
      log::warning(cat("the end of the ranks could not be written to ", path));
  } catch (const std::exception& e) {
    log::warning(e.what());
  }
}

EndingFile::EndingFile(const std::filesystem::path& folder) {
  const std::string ours = cat("run.ending-", mpi::host_name(), "-");
  std::error_code ec;
  for (std::filesystem::directory_iterator entry(folder, ec), last; !ec && entry != last; entry.increment(ec)) {
    const std::string name = entry->path().filename();
    if (!name.starts_with(ours)) continue;
    if (!process_start(std::atol(name.c_str() + ours.size())).empty()) continue;
    std::error_code gone;
    std::filesystem::remove(entry->path(), gone);
  }
  path_ = std::filesystem::absolute(folder) / cat(ours, ::getpid());
  clear();
}

EndingFile::~EndingFile() {
  std::error_code ec;
  std::filesystem::remove(path_, ec);
}

void EndingFile::clear() const { write_atomic(path_, std::string(longest_word, ' ')); }

std::optional<Ending> EndingFile::read() const {
  try {
    const auto said = split_words(read_text(path_));
    if (said.size() != 3) return std::nullopt;  // Nothing yet.
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == said[0])
        return Ending{static_cast<Ending::How>(i), static_cast<ExitCode>(parse_int(said[1], "exit code"))};
    }
  } catch (const Error&) {
    // Removed by somebody.
  }
  return std::nullopt;
}

void end_all(const mpi::Communicator& world, ExitCode code, Ending::How how) {
  tell_launcher({how, code});
  world.abort(static_cast<int>(code));
}

}  // namespace twinmill::app
