// Relaxations from ranks of an MPI job: the engine must not take itself for a part of it.
#include <gmock/gmock.h>

#include "../../unit/workers/relax_support.hpp"

namespace twinmill::workers {
namespace {

using ::testing::HasSubstr;

TEST(RelaxInMpi, EnginesMayUseMpiThemselves) {
  testing::Bench bench;
  const auto alone = bench.folder / "alone", launched = bench.folder / "launched";
  RelaxSettings settings{.engine = "command"};
  settings.command = {"sh",
                      "-c",
                      "$3 hello >$4 && mpirun --allow-run-as-root --oversubscribe -n 2 $3 hello >$5 && cp $1 $2",
                      "sh",
                      "{input}",
                      "{output}",
                      TWINMILL_MPI_PROGRAM,
                      alone.string(),
                      launched.string()};
  EXPECT_FALSE(relax(bench.task, settings).found);
  EXPECT_THAT(read_text(alone), HasSubstr("launched 0 ranks 1"));
  EXPECT_THAT(read_text(launched), HasSubstr("launched 1 ranks 2"));
}

}  // namespace
}  // namespace twinmill::workers
