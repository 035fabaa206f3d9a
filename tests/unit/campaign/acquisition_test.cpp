// The section [acquisition]: what is refused, what it changes in a plan.
#include <functional>

#include "support.hpp"

namespace twinmill::campaign {
namespace {

std::string message(const std::string& section) {
  return read_message("[specimen]\nparents = [\"MoS2-H\"]\n[acquisition]\n" + section);
}

Spec with(const std::function<void(AcquisitionSection&)>& edit) {
  Spec spec = small_spec();
  edit(spec.acquisition);
  return spec;
}

Plan plan_with(const std::function<void(AcquisitionSection&)>& edit) { return expand(with(edit), small_catalogue()); }

TEST(Acquisition, StagesAreASetOfKnownWords) {
  EXPECT_EQ(message("stages = [\"poisson\", \"jiter\"]\njitter_A = 0.1\n"),
            "c.toml:4: acquisition.stages[1] = \"jiter\": must be drift, jitter, contamination, poisson, gain or dark. "
            "Did you mean jitter?");
  EXPECT_EQ(message("stages = [\"poisson\", \"poisson\"]\n"),
            "c.toml:4: acquisition.stages[1] = \"poisson\": is in the list already (acquisition.stages[0])");
  EXPECT_EQ(message("stages = []\n"), "nothing thrown");
}

TEST(Acquisition, NumbersOfAStageThatIsOffAreRefused) {
  EXPECT_EQ(message("jitter_A = 0.1\ndrift_A = [0, 1]\n"),
            "c.toml:4: acquisition.jitter_A = 0.1: is given, but stage jitter is off. Add it to acquisition.stages?\n"
            "c.toml:5: acquisition.drift_A[1] = 1: is given, but stage drift is off. Add it to acquisition.stages?");
  for (const std::string number :
       {"contamination", "contamination_length_A", "gain_spread", "gain_error", "dark_electrons"}) {
    const std::string stage = number.substr(0, number.find('_'));
    EXPECT_EQ(message(number + " = 1\n"), cat("c.toml:4: acquisition.", number, " = 1: is given, but stage ", stage,
                                              " is off. Add it to acquisition.stages?"));
  }
}

TEST(Acquisition, StagesWithoutTheirNumbersAreRefused) {
  EXPECT_EQ(message("stages = [\"drift\", \"jitter\", \"contamination\", \"gain\", \"dark\"]\n"),
            "c.toml:3: acquisition.drift_A: must not be [0, 0] (stage drift is on and would do nothing)\n"
            "c.toml:3: acquisition.jitter_A: must be above 0 A (stage jitter is on and would do nothing)\n"
            "c.toml:3: acquisition.contamination: must be above 0 (stage contamination is on and would do nothing)\n"
            "c.toml:3: acquisition.gain_spread: or gain_error must be above 0 (stage gain is on and would do nothing)\n"
            "c.toml:3: acquisition.dark_electrons: must be above 0 e (stage dark is on and would do nothing)");
  EXPECT_EQ(message("stages = [\"gain\"]\ngain_error = 0.1\n"), "nothing thrown");
  EXPECT_EQ(message("stages = [\"drift\"]\ndrift_A = [0, 1]\n"), "nothing thrown");
}

TEST(Acquisition, DriftStaysWithinHalfOfTheField) {
  EXPECT_EQ(message("stages = [\"drift\"]\ndrift_A = [-8, 8.5]\n"),
            "c.toml:5: acquisition.drift_A[1] = 8.5: must be at most half of scan.field_A (8 A)");
  EXPECT_EQ(message("stages = [\"drift\"]\ndrift_A = [1]\n"),
            "c.toml:5: acquisition.drift_A = [1]: must have 2 entries (it has 1)");
}

TEST(Acquisition, OrderInTheFileDoesNotMatter) {
  const auto a = plan_with([](auto& s) { s.stages = {"poisson", "jitter"}, s.jitter_A = 0.1; });
  const auto b = plan_with([](auto& s) { s.stages = {"jitter", "poisson"}, s.jitter_A = 0.1; });
  EXPECT_EQ(a.spec.acquisition.stages, (std::vector<std::string>{"jitter", "poisson"}));
  EXPECT_EQ(b.spec.acquisition.stages, a.spec.acquisition.stages);
  EXPECT_EQ(a.key, b.key);
}

// Every number makes other images, none another simulation, and the random numbers stay those of the default.
TEST(Acquisition, ChangesTheKeysOfSamplesAlone) {
  const std::vector<std::function<void(AcquisitionSection&)>> edits = {
      [](auto& s) { s.stages = {}; },
      [](auto& s) {
        s.stages = {"poisson", "drift"}, s.drift_A = {1, 0};
      },
      [](auto& s) {
        s.stages = {"poisson", "drift"}, s.drift_A = {0, 1};
      },
      [](auto& s) {
        s.stages = {"poisson", "jitter"}, s.jitter_A = 1;
      },
      [](auto& s) { s.stages = {"jitter"}, s.jitter_A = 1; },
      [](auto& s) {
        s.stages = {"poisson", "contamination"}, s.contamination = 1;
      },
      [](auto& s) {
        s.stages = {"poisson", "contamination"}, s.contamination = 1, s.contamination_length_A = 9;
      },
      [](auto& s) {
        s.stages = {"poisson", "gain"}, s.gain_spread = 1;
      },
      [](auto& s) {
        s.stages = {"poisson", "gain"}, s.gain_error = 1;
      },
      [](auto& s) {
        s.stages = {"poisson", "dark"}, s.dark_electrons = 1;
      },
  };
  const auto plain = plan_with([](auto&) {});
  std::vector<Hash128> keys;
  for (const auto& sample : plain.samples) {
    EXPECT_EQ(random_key(plain, sample), sample.key);
    keys.push_back(sample.key);
  }
  for (const auto& edit : edits) {
    const auto plan = plan_with(edit);
    ASSERT_EQ(plan.samples.size(), plain.samples.size());
    for (std::size_t i = 0; i < plan.samples.size(); ++i) {
      EXPECT_EQ(random_key(plan, plan.samples[i]), plain.samples[i].key);
      keys.push_back(plan.samples[i].key);
    }
    for (std::size_t i = 0; i < plan.simulations.size(); ++i)
      EXPECT_EQ(plan.simulations[i].key, plain.simulations[i].key);
  }
  std::ranges::sort(keys);
  EXPECT_EQ(std::ranges::adjacent_find(keys), keys.end());
}

}  // namespace
}  // namespace twinmill::campaign
