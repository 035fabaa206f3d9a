#include "ending.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "twinmill/base/descriptor.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::app {
namespace {

constexpr std::array<std::string_view, 3> words = {"orderly", "at_once", "again"};
static_assert(words.size() == static_cast<std::size_t>(Ending::How::count_));

}  // namespace

bool has_launcher() { return std::getenv(ending_variable) != nullptr; }

void tell_launcher(const Ending& ending) noexcept {
  const char* path = std::getenv(ending_variable);
  if (path == nullptr) return;
  try {
    const Descriptor file(::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.get() < 0) return;  // Somebody was faster.
    const std::string text =
        cat(words.at(static_cast<std::size_t>(ending.how)), " ", static_cast<int>(ending.code), "\n");
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      log::warning(cat("the end of the ranks could not be written to ", path));
  } catch (const std::exception& e) {
    log::warning(e.what());
  }
}

std::optional<Ending> read_ending(const std::filesystem::path& path) {
  std::error_code ec;
  if (!std::filesystem::exists(path, ec)) return std::nullopt;
  try {
    const std::string text = read_text(path);
    const auto said = split_words(text);
    if (said.size() != 2 || !text.ends_with('\n')) return std::nullopt;  // Being written.
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == said[0])
        return Ending{static_cast<Ending::How>(i), static_cast<ExitCode>(parse_int(said[1], "exit code"))};
    }
  } catch (const Error&) {
    // Not there, or none of ours.
  }
  return std::nullopt;
}

void end_all(const mpi::Communicator& world, ExitCode code, Ending::How how) {
  tell_launcher({how, code});
  world.abort(static_cast<int>(code));
}

}  // namespace twinmill::app
