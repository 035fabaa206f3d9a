// kill -9 of a process that writes: nothing that it acknowledged is lost.
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <set>

#include "small_store.hpp"
#include "temp_folder.hpp"

extern char** environ;

namespace twinmill::store {
namespace {

class Child {
 public:
  explicit Child(std::vector<std::string> words) {
    words.insert(words.begin(), TWINMILL_STORE_PROGRAM);
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    const int code = ::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (code != 0) throw std::runtime_error("posix_spawn");
    output_ = ::fdopen(ends[0], "r");
  }
  ~Child() {
    if (pid_ > 0) kill();
    std::fclose(output_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// The next number that it prints, or -1 at the end.
  std::int64_t next() {
    long long value = -1;
    return std::fscanf(output_, "%lld", &value) == 1 ? value : -1;
  }
  void kill() {
    ::kill(pid_, SIGKILL);
    wait();
  }
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_ = 0;
  FILE* output_ = nullptr;
};

TEST(Kill, KeepsEveryAcknowledgedSlot) {
  const twinmill::testing::TempFolder folder;
  const std::string path = (folder / "store.h5").string();
  constexpr std::int64_t samples = 40;
  ASSERT_EQ(Child({"create", path, std::to_string(samples)}).wait(), 0);
  const testing::SmallStore small(samples);

  // The last round is long enough that slots are being rewritten when the kill comes.
  for (const int after : {1, 7, 60}) {
    std::set<std::int64_t> acknowledged;
    {
      Child child({"write", path, std::to_string(samples)});
      for (int n = 0; n < after; ++n) {
        const auto id = child.next();
        ASSERT_GE(id, 0);
        acknowledged.insert(id);
      }
      child.kill();
      for (auto id = child.next(); id >= 0; id = child.next()) acknowledged.insert(id);
    }
    const Reader reader(path);
    const auto slots = reader.sample_slots();
    for (const auto id : acknowledged) {
      EXPECT_EQ(slots[static_cast<std::size_t>(id)].state, 1) << "sample " << id << " after " << after;
      EXPECT_TRUE(testing::same(reader.sample(id), small.sample(id))) << "sample " << id << " after " << after;
    }
    const Damage found = verify(reader);
    EXPECT_TRUE(found.bad_samples.empty());
    EXPECT_GE(found.done, static_cast<std::int64_t>(acknowledged.size()));
  }
}

}  // namespace
}  // namespace twinmill::store
