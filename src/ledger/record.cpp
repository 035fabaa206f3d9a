#include "twinmill/ledger/record.hpp"

#include <array>

namespace twinmill::ledger {
namespace {

constexpr std::array<std::string_view, 3> task_words = {"pending", "done", "quarantined"};
static_assert(task_words.size() == static_cast<std::size_t>(TaskState::count_));

constexpr std::array<std::string_view, 3> kind_words = {"image", "relaxation", "training"};
static_assert(kind_words.size() == static_cast<std::size_t>(TaskKind::count_));

constexpr std::array<std::string_view, 5> end_words = {"done", "failed", "returned", "lost", "interrupted"};
static_assert(end_words.size() == static_cast<std::size_t>(AttemptEnd::count_));

template <class Enum, std::size_t N>
Enum from_word(const std::array<std::string_view, N>& words, std::string_view word, std::string_view what) {
  for (std::size_t i = 0; i < N; ++i) {
    if (words[i] == word) return static_cast<Enum>(i);
  }
  throw Error(Fault::system,
              cat("the ledger holds the ", what, " '", word, "' (no such word; it is damaged or was edited)."));
}

}  // namespace

std::string_view name(TaskState state) { return task_words.at(static_cast<std::size_t>(state)); }

TaskState task_state(std::string_view word) { return from_word<TaskState>(task_words, word, "task state"); }

std::string_view name(TaskKind kind) { return kind_words.at(static_cast<std::size_t>(kind)); }

TaskKind task_kind(std::string_view word) { return from_word<TaskKind>(kind_words, word, "task kind"); }

std::string_view name(AttemptEnd end) { return end_words.at(static_cast<std::size_t>(end)); }

AttemptEnd attempt_end(std::string_view word) { return from_word<AttemptEnd>(end_words, word, "outcome"); }

}  // namespace twinmill::ledger
