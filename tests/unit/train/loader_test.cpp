#include "loader.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

Batch numbered(std::int64_t id) {
  Batch batch;
  batch.ids = {id};
  return batch;
}

TEST(Loader, GivesTheBatchesInTheirOrder) {
  std::int64_t made = 0;
  Loader loader([&] { return numbered(made++); }, 3);
  for (std::int64_t i = 0; i < 200; ++i) EXPECT_EQ(loader.next().ids.front(), i);
  EXPECT_GE(loader.waited_s(), 0);
}

TEST(Loader, WorksAheadButNotFartherThanItsDepth) {
  std::mutex mutex;
  std::condition_variable changed;
  std::int64_t made = 0;
  {
    Loader loader(
        [&] {
          const std::scoped_lock lock(mutex);
          changed.notify_all();
          return numbered(made++);
        },
        3);
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return made == 3; });  // nobody has asked for one
    lock.unlock();
    EXPECT_EQ(loader.next().ids.front(), 0);
  }
  EXPECT_LE(made, 4) << "one was taken: one more was made, or none yet";
}

TEST(Loader, AnErrorArrivesInThePlaceOfItsBatch) {
  std::int64_t made = 0;
  Loader loader(
      [&] {
        if (made == 2) throw Error(Fault::system, "the slot cannot be read");
        return numbered(made++);
      },
      4);
  EXPECT_EQ(loader.next().ids.front(), 0);
  EXPECT_EQ(loader.next().ids.front(), 1);
  for (int again = 0; again < 2; ++again) {
    try {
      loader.next();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& e) {
      EXPECT_STREQ(e.what(), "the slot cannot be read");
    }
  }
}

TEST(Loader, MayBeLeftWithBatchesThatNobodyTakes) {
  std::atomic<int> made = 0;
  {
    Loader loader([&] { return numbered(made++); }, 2);
  }
  EXPECT_LE(made, 2);
}

}  // namespace
}  // namespace twinmill::train
