#include "twinmill/report/status.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Status running() {
  return {.campaign = "mos2",
          .state = RunState::simulating,
          .updated = 1700000000.5,
          .host = "node17",
          .pid = 4242,
          .job = "991",
          .ranks = 3,
          .counts = {.total = 1920, .done = 1000, .running = 24, .pending = 895, .quarantined = 1},
          .rate_per_s = 2.5,
          .eta_s = 368,
          .elapsed_s = 400,
          .workers = {{.rank = 1, .host = "node17", .simulation = 12, .since_s = 14, .done = 501},
                      {.rank = 2, .host = "node18", .simulation = -1, .since_s = 0, .done = 1}},
          .training = {},
          .message = {},
          .disk_free_bytes = 12'300'000'000};
}

Status training() {
  Status status = running();
  status.state = RunState::training;
  status.counts = {.total = 192, .done = 192};
  status.rate_per_s = 0;
  status.eta_s = 95;
  status.job = {};
  status.workers = {};
  status.training = {.epoch = 3, .epochs = 30, .loss = 0.4123, .validation_f1 = 0.5321};
  status.disk_free_bytes = {};
  return status;
}

Status evaluating() {
  Status status = training();
  status.state = RunState::evaluating;
  status.training = {};
  status.eta_s = {};
  status.evaluation = {.done = 1200, .total = 4800};
  return status;
}

std::string error_of(std::string_view json) {
  try {
    parse_status(json, "run/status.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input);
    return error.what();
  }
  return "no error";
}

TEST(Status, ComesBackFromJson) {
  EXPECT_EQ(parse_status(to_json(running()), "x"), running());
  EXPECT_EQ(parse_status(to_json(training()), "x"), training());
  EXPECT_EQ(parse_status(to_json(evaluating()), "x"), evaluating());
  EXPECT_EQ(parse_status(to_json(Status{}), "x"), Status{});
}

TEST(Status, ComesBackFromAFile) {
  const twinmill::testing::TempFolder folder;
  write_status(folder / "status.json", running());
  EXPECT_EQ(read_status(folder / "status.json"), running());
  EXPECT_THROW(read_status(folder / "none.json"), Error);
}

TEST(Status, EveryStateHasItsName) {
  for (int i = 0; i < static_cast<int>(RunState::count_); ++i) {
    const auto state = static_cast<RunState>(i);
    EXPECT_EQ(run_state(name(state)), state);
  }
  EXPECT_EQ(name(RunState::starting), "starting");
  EXPECT_EQ(name(RunState::failed), "failed");
}

TEST(Status, NotANumberAndBrokenTextDoNotBreakJson) {
  Status status = running();
  status.rate_per_s = std::numeric_limits<double>::quiet_NaN();
  status.message = "path \xff is odd";
  const Status back = parse_status(to_json(status), "x");
  EXPECT_EQ(back.rate_per_s, 0);
  EXPECT_THAT(back.message, HasSubstr("is odd"));
}

TEST(Status, AHalfWrittenFileIsAClearError) {
  const std::string json = to_json(running());
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, json.size() / 2, json.size() - 3})
    EXPECT_EQ(error_of(json.substr(0, length)),
              "run/status.json cannot be read (it is cut off or no JSON). Was it copied while being written?");
}

TEST(Status, OtherFormatsAreRefused) {
  EXPECT_EQ(error_of("{\"format\": 2}"),
            "run/status.json has status format 2 (this program reads 1). Was it written by another version?");
  EXPECT_EQ(error_of("[1]"), "run/status.json is no status of a run (it has no format number). Is the folder right?");
  EXPECT_EQ(error_of("{\"state\": \"done\"}"),
            "run/status.json is no status of a run (it has no format number). Is the folder right?");
}

TEST(Status, WrongMembersAreNamed) {
  EXPECT_EQ(error_of(R"({"format": 1, "state": "sleeping"})"),
            "run/status.json is no valid status (`sleeping` is no state of a run).");
  EXPECT_EQ(error_of(R"({"format": 1, "state": "done", "pid": "x"})"),
            "run/status.json is no valid status (member `pid` has the wrong type).");
  EXPECT_EQ(error_of(R"({"format": 1, "state": "done", "counts": 3})"),
            "run/status.json is no valid status (member `counts` has the wrong type).");
}

TEST(Status, UnknownMembersAreIgnored) {
  EXPECT_EQ(parse_status(R"({"format": 1, "state": "done", "weather": "fine"})", "x").state, RunState::done);
}

TEST(StatusText, Simulating) {
  EXPECT_EQ(status_text(running(), running().updated + 2),
            "Campaign mos2 on node17 (pid 4242, job 991, 3 ranks)\n"
            "State     simulating\n"
            "Images    1,000 of 1,920 done (52 %), 24 running, 895 waiting, 1 quarantined (twinmill explain says why)\n"
            "Time      6 min 40 s so far, about 6 min 08 s left, 2.50 images/s\n"
            "Disk      12.3 GB free\n"
            "Workers\n"
            "  rank 1 on node17: simulation 12 for 14 s, 501 images done\n"
            "  rank 2 on node18: idle, 1 image done\n");
}

TEST(StatusText, Training) {
  EXPECT_EQ(status_text(training(), training().updated),
            "Campaign mos2 on node17 (pid 4242, 3 ranks)\n"
            "State     training\n"
            "Images    192 of 192 done (100 %)\n"
            "Training  epoch 3 of 30, loss 0.412, validation F1 0.532\n"
            "Time      6 min 40 s so far, about 1 min 35 s left\n");
}

TEST(StatusText, Evaluating) {
  EXPECT_EQ(status_text(evaluating(), evaluating().updated),
            "Campaign mos2 on node17 (pid 4242, 3 ranks)\n"
            "State     evaluating\n"
            "Images    192 of 192 done (100 %)\n"
            "Evaluated 1,200 of 4,800 test images\n"
            "Time      6 min 40 s so far\n");
}

TEST(StatusText, ADeadRunIsSaidToBeDead) {
  const std::string text = status_text(running(), running().updated + 180);
  EXPECT_THAT(
      text,
      HasSubstr("State     simulating when last heard of; no sign of life for 3 min 00 s; run again to resume\n"));
  EXPECT_THAT(text, Not(HasSubstr("left"))) << "a dead run has no time left";
  EXPECT_THAT(text, Not(HasSubstr("rank 1")));
}

TEST(StatusText, AnEndIsNoDeath) {
  Status status = running();
  status.state = RunState::stopped;
  status.message = "The job's time was up.";
  const std::string text = status_text(status, status.updated + 1e6);
  EXPECT_THAT(text, HasSubstr("State     stopped; run again to resume\nMessage   The job's time was up.\n"));
  EXPECT_THAT(text, Not(HasSubstr("no sign of life")));
  status.state = RunState::done;
  EXPECT_THAT(status_text(status, status.updated), HasSubstr("State     done, but some tasks are quarantined\n"));
}

TEST(StatusText, AClockThatRunsAheadIsNoDeath) {
  EXPECT_THAT(status_text(running(), running().updated - 500), HasSubstr("State     simulating\n"));
}

}  // namespace
}  // namespace twinmill::report
