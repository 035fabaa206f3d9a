#include "twinmill/campaign/site.hpp"

#include "support.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::campaign {
namespace {

std::string complaint(const std::string& text) {
  try {
    parse_site(text, "s.toml");
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::input);
    return e.what();
  }
  return "nothing";
}

constexpr const char* smallest = "[site]\nname = \"x\"\n[launch]\nsimulate = [\"a\"]\ntrain = [\"b\"]\n";

TEST(Site, DefaultsFillTheRest) {
  const auto site = parse_site(smallest, "s.toml");
  EXPECT_EQ(site.site.batch, "slurm");
  EXPECT_FALSE(site.site.tested);
  EXPECT_EQ(site.site.chain, 10);
  EXPECT_EQ(site.node.cores, 0);
  EXPECT_TRUE(site.queues.empty());
}

TEST(Site, AllShippedFilesAreRead) {
  const std::string folder = TWINMILL_TEST_DATA "/../slurm/";
  for (const std::string name : {"generic", "frontier", "perlmutter", "aurora"}) {
    const auto site = parse_site(read_text(folder + "sites/" + name + ".toml"), name);
    EXPECT_EQ(site.site.tested, name == "generic") << name;
    parse_batch_system(read_text(folder + "batch/" + site.site.batch + ".toml"), site.site.batch);
  }
}

TEST(Site, MistakesCarryTheirLines) {
  const std::string text = smallest;
  EXPECT_EQ(complaint("[site]\nname = \"a\\nb\"\n[launch]\nsimulate = [\"a\"]\ntrain = [\"b\"]\n"),
            "s.toml:2: site.name = \"a\\u000Ab\": must be one line without control characters");
  EXPECT_EQ(complaint(text + "[node]\ncores = -1\n"), "s.toml:7: node.cores = -1: must be 0 to 10000");
  EXPECT_EQ(complaint(text + "[[queue]]\nname = \"q\"\n"),
            "s.toml:6: queue[0].max_nodes: is missing\ns.toml:6: queue[0].max_walltime: is missing");
  EXPECT_EQ(complaint("[site]\nname = \"x\"\ntested = \"yes\"\n[launch]\nsimulate = [\"a\"]\ntrain = [\"{cores}\"]\n"),
            "s.toml:3: site.tested = \"yes\": must be true or false (found text)\n"
            "s.toml:6: launch.train[0] = \"{cores}\": {cores} is not known (known: ranks, nodes, ranks_per_node, "
            "cores_per_rank and gpus)");
}

TEST(Walltime, IsWrittenAsBatchSystemsReadIt) {
  EXPECT_EQ(walltime_text(9005), "2:30:05");
  EXPECT_EQ(walltime_text(172800), "48:00:00");
}

TEST(Filled, PutsValuesInOnce) { EXPECT_EQ(filled("a{x}b{y}{z}", {{"x", "{y}"}, {"y", "2"}}), "a{y}b2{z}"); }

}  // namespace
}  // namespace twinmill::campaign
