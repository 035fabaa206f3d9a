#include "twinmill/base/process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

#include "temp_folder.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill {
namespace {

using How = ProcessEnd::How;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> shell(const std::string& script) { return {"sh", "-c", script}; }

// A process that is gone, or dead and not collected by its new parent.
bool gone(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  return !(stat >> number >> name >> state) || state == "Z" || state == "X";
}

pid_t written_pid(const std::filesystem::path& file) { return static_cast<pid_t>(std::stol(read_text(file))); }

class Process : public ::testing::Test {
 protected:
  std::string output_of(const std::vector<std::string>& arguments, ProcessOptions options = {}) {
    options.output = log_;
    const auto end = run_process(arguments, options);
    EXPECT_TRUE(end.ok()) << end.words();
    return read_text(log_);
  }

  testing::TempFolder folder_;
  std::filesystem::path log_ = folder_ / "log.txt";
};

TEST_F(Process, SaysHowItEnded) {
  EXPECT_TRUE(run_process({"true"}).ok());
  const auto failed = run_process(shell("exit 3"));
  EXPECT_EQ(failed.how, How::exited);
  EXPECT_EQ(failed.code, 3);
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(failed.words(), "ended with exit code 3");
  const auto killed = run_process(shell("kill -SEGV $$"));
  EXPECT_EQ(killed.how, How::killed);
  EXPECT_EQ(killed.code, SIGSEGV);
  EXPECT_EQ(killed.words(), "was killed by signal 11 (Segmentation fault)");
}

TEST_F(Process, MissingProgramIsNotStarted) {
  for (const char* program : {"twinmill-no-such-program", "/no/such/program", "./no-such-program"}) {
    const auto end = run_process({program});
    EXPECT_EQ(end.how, How::not_started) << program;
    EXPECT_EQ(end.code, ENOENT) << program;
    EXPECT_EQ(end.words(), "could not be started (No such file or directory)");
  }
  write_atomic(folder_ / "plain.txt", "no program");
  EXPECT_EQ(run_process({folder_ / "plain.txt"}).code, EACCES);
  EXPECT_EQ(run_process({"true"}, {.folder = folder_ / "missing"}).code, ENOENT);
}

TEST_F(Process, ArgumentsReachNoShell) {
  EXPECT_EQ(output_of({"printf", "%s|", "$HOME", "a b", "", "`id`;"}), "$HOME|a b||`id`;|");
}

TEST_F(Process, OutputAndErrorsAreCaptured) {
  EXPECT_EQ(output_of(shell("echo out; echo err >&2")), "out\nerr\n");
  EXPECT_EQ(output_of(shell("echo again")), "out\nerr\nagain\n");
  EXPECT_THROW(run_process({"true"}, {.output = folder_ / "missing/log.txt"}), Error);
}

TEST_F(Process, StandardInputIsEmpty) { EXPECT_EQ(output_of({"cat"}), ""); }

TEST_F(Process, RunsInTheFolder) {
  std::filesystem::create_directory(folder_ / "inside");
  EXPECT_EQ(output_of({"pwd", "-P"}, {.folder = folder_ / "inside"}),
            std::filesystem::canonical(folder_ / "inside").string() + "\n");
}

TEST_F(Process, EnvironmentIsCleanedAndExtended) {
  ::setenv("OMPI_COMM_WORLD_RANK", "1", 1);
  ::setenv("PMIX_RANK", "1", 1);
  ::setenv("SLURM_JOB_ID", "7", 1);
  ::setenv("TWINMILL_OLD", "old", 1);
  const auto text = output_of(
      {"env"}, {.set = {{"TWINMILL_OLD", "new"}, {"OMPI_OWN", "kept"}}, .unset_prefixes = {"OMPI_", "PMIX_"}});
  EXPECT_THAT(text, Not(HasSubstr("OMPI_COMM_WORLD_RANK")));
  EXPECT_THAT(text, Not(HasSubstr("PMIX_RANK")));
  EXPECT_THAT(text, HasSubstr("SLURM_JOB_ID=7\n"));
  EXPECT_THAT(text, HasSubstr("TWINMILL_OLD=new\n"));
  EXPECT_THAT(text, Not(HasSubstr("TWINMILL_OLD=old\n")));
  EXPECT_THAT(text, HasSubstr("OMPI_OWN=kept\n"));
  EXPECT_THAT(text, HasSubstr("PATH="));
}

TEST_F(Process, OpenFilesAndSignalsAreNotInherited) {
  const int leaked = ::open("/dev/null", O_RDONLY);
  ASSERT_GE(leaked, 0);
  const int high = ::fcntl(leaked, F_DUPFD, 200);
  ::signal(SIGTERM, SIG_IGN);
  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGINT);
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  const auto text = output_of(shell("ls /proc/$$/fd; exec grep -E 'Sig(Blk|Ign)' /proc/self/status"));
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::signal(SIGTERM, SIG_DFL);
  ::close(high);
  ::close(leaked);
  EXPECT_EQ(text, "0\n1\n2\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_F(Process, TimeLimitKillsGrandchildrenToo) {
  const auto end =
      run_process(shell("sleep 1000 & echo $! >child; wait"), {.folder = folder_.path(), .time_limit_s = 0.3});
  EXPECT_EQ(end.how, How::timed_out);
  EXPECT_EQ(end.words(), "exceeded its time limit");
  EXPECT_GE(end.seconds, 0.3);
  EXPECT_TRUE(gone(written_pid(folder_ / "child")));
}

TEST_F(Process, ProgramsThatIgnoreTheRequestAreKilled) {
  const double begin = steady_seconds();
  const auto end =
      run_process(shell("trap '' TERM; sh -c 'trap \"\" TERM; sleep 1000' & echo $! >child; while :; do sleep 1; done"),
                  {.folder = folder_.path(), .time_limit_s = 0.3, .grace_s = 0.2});
  EXPECT_EQ(end.how, How::timed_out);
  EXPECT_TRUE(gone(written_pid(folder_ / "child")));
  EXPECT_LT(steady_seconds() - begin, 60);
}

TEST_F(Process, MayTidyUpWithinTheGrace) {
  const auto end =
      run_process(shell("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done"),
                  {.output = log_, .grace_s = 60, .keep_going = [&](double) { return read_text(log_) != "ready\n"; }});
  EXPECT_EQ(end.how, How::stopped);
  EXPECT_THAT(read_text(log_), HasSubstr("bye\n"));
}

TEST_F(Process, StopRequestEndsTheGroup) {
  const auto started = [&](double) { return !std::filesystem::exists(folder_ / "child"); };
  const auto end = run_process(shell("sleep 1000 & echo $! >new; mv new child; wait"),
                               {.folder = folder_.path(), .keep_going = started});
  EXPECT_EQ(end.how, How::stopped);
  EXPECT_EQ(end.words(), "was stopped");
  EXPECT_TRUE(gone(written_pid(folder_ / "child")));
}

TEST_F(Process, ExceptionOfTheCallbackEndsTheGroup) {
  const auto thrown = [&](double) -> bool {
    if (std::filesystem::exists(folder_ / "child")) throw std::runtime_error("enough");
    return true;
  };
  EXPECT_THROW(run_process(shell("sleep 1000 & echo $! >new; mv new child; wait"),
                           {.folder = folder_.path(), .keep_going = thrown}),
               std::runtime_error);
  EXPECT_TRUE(gone(written_pid(folder_ / "child")));
}

TEST_F(Process, NothingIsLeftBehindByAProgramThatEnds) {
  EXPECT_TRUE(run_process(shell("sleep 1000 & echo $! >child"), {.folder = folder_.path()}).ok());
  EXPECT_TRUE(gone(written_pid(folder_ / "child")));
}

TEST_F(Process, DiesWithItsParent) {
  const pid_t middle = ::fork();
  if (middle == 0) {
    run_process(shell("echo $$ >new; mv new child; sleep 1000; true"), {.folder = folder_.path()});
    ::_exit(0);
  }
  while (!std::filesystem::exists(folder_ / "child")) ::usleep(1000);
  ::kill(middle, SIGKILL);
  const pid_t child = written_pid(folder_ / "child");
  while (!gone(child)) ::usleep(1000);  // CTest's time limit makes a failure of it.
}

}  // namespace
}  // namespace twinmill
