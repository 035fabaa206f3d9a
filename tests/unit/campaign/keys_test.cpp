#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "support.hpp"

namespace twinmill::campaign {
namespace {

/// What a sample is, in words, and its keys.
struct Keys {
  std::string structure, simulation, sample;
  friend bool operator==(const Keys&, const Keys&) = default;
};

std::map<std::string, Keys> keys_of(const Plan& plan) {
  std::map<std::string, Keys> keys;
  for (const auto& sample : plan.samples) {
    const auto& simulation = plan.simulation(sample.simulation);
    const auto& structure = plan.structure_of(simulation);
    const auto& exposure = plan.exposure(sample.exposure);
    keys[cat(structure.label(), " ", exposure.rotation_deg, " ", exposure.defocus_A, " ", sample.dose, " ",
             sample.replicate)] = {structure.key.hex(), simulation.key.hex(), sample.key.hex()};
  }
  return keys;
}

std::map<std::string, Keys> keys_of(const Spec& spec) { return keys_of(expand(spec, small_catalogue())); }

Spec spec_with_axes() {
  Spec spec = small_spec();
  spec.geometry.rotations_deg = {0, 30};
  spec.microscope.defocus_A = {0, 20};
  spec.dose.e_per_A2 = {1e4, 1e5};
  spec.specimen.replicates = 2;
  return spec;
}

// Whatever changes these makes every existing run do its work again: raise physics_version or leave them alone.
TEST(Keys, GoldenSample) {
  const auto keys = keys_of(spec_with_axes()).at("MoS2-H anion_vacancy #1 30 20 100000 0");
  EXPECT_EQ(keys.structure, "efe8c77f71135fd4efceb700311db9e0");
  EXPECT_EQ(keys.simulation, "ec1b1398a963d544af7600476bbaaf49");
  EXPECT_EQ(keys.sample, "caa6c862dfa19c9b83b4c79094f8968b");
}

TEST(Keys, AreAllDifferent) {
  const Plan plan = expand(spec_with_axes(), small_catalogue());
  std::set<Hash128> keys;
  for (const auto& s : plan.structures) keys.insert(s.key);
  for (const auto& s : plan.simulations) keys.insert(s.key);
  for (const auto& s : plan.samples) keys.insert(s.key);
  EXPECT_EQ(keys.size(), plan.structures.size() + plan.simulations.size() + plan.samples.size());
}

TEST(Keys, DoNotDependOnTheOrderOfLists) {
  Spec spec = spec_with_axes(), turned = spec;
  spec.specimen.dopants = turned.specimen.dopants = {"V", "Re"};
  spec.specimen.defects.push_back("dopant");
  turned.specimen.defects.push_back("dopant");
  spec.microscope.aberrations = {{"C12", 5}, {"C30", 7}};
  turned.microscope.aberrations = {{"Cs", 7}, {"C12", 5}};
  std::ranges::reverse(turned.specimen.parents);
  std::ranges::reverse(turned.specimen.defects);
  std::ranges::reverse(turned.specimen.dopants);
  std::ranges::reverse(turned.geometry.rotations_deg);
  std::ranges::reverse(turned.microscope.defocus_A);
  std::ranges::reverse(turned.dose.e_per_A2);
  Catalogue catalogue = small_catalogue();
  std::ranges::reverse(catalogue.parents);
  const Plan a = expand(spec, small_catalogue()), b = expand(turned, catalogue);
  EXPECT_EQ(keys_of(a), keys_of(b));
  EXPECT_EQ(a.key, b.key);
  ASSERT_EQ(a.samples.size(), b.samples.size());
  for (std::size_t i = 0; i < a.samples.size(); ++i) EXPECT_EQ(a.samples[i].key, b.samples[i].key);
  for (std::size_t i = 0; i < a.structures.size(); ++i) EXPECT_EQ(a.structures[i].split, b.structures[i].split);
}

TEST(Keys, AddingLeavesTheOthersUnchanged) {
  const auto before = keys_of(spec_with_axes());
  const std::vector<std::function<void(Spec&)>> additions = {
      [](Spec& s) { s.specimen.parents.insert(s.specimen.parents.begin(), "PtSe2-T"); },
      [](Spec& s) { s.specimen.files = {"a.extxyz"}; },
      [](Spec& s) { s.specimen.defects.insert(s.specimen.defects.begin(), "metal_vacancy"); },
      [](Spec& s) { s.specimen.replicates = 5; },
      [](Spec& s) {
        s.geometry.rotations_deg = {10, 30, 0};
      },
      [](Spec& s) {
        s.microscope.defocus_A = {-50, 20, 0};
      },
      [](Spec& s) {
        s.dose.e_per_A2 = {5, 1e5, 1e4};
      },
      [](Spec& s) { s.dose.replicates = 3; },
  };
  for (std::size_t i = 0; i < additions.size(); ++i) {
    Spec spec = spec_with_axes();
    additions[i](spec);
    const auto after = keys_of(spec);
    EXPECT_GT(after.size(), before.size()) << i;
    for (const auto& [what, keys] : before) {
      ASSERT_TRUE(after.contains(what)) << i << ": " << what;
      EXPECT_EQ(after.at(what), keys) << i << ": " << what;
    }
  }
}

TEST(Keys, EachParameterChangesWhatItTouchesAndNothingElse) {
  enum class Touches { nothing, samples, simulations, structures };
  struct Edit {
    std::string name;
    Touches touches;
    std::function<void(Spec&)> apply;
  };
  const std::vector<Edit> edits = {
      {"seed", Touches::structures, [](Spec& s) { s.campaign.seed = 2; }},
      {"supercell", Touches::structures,
       [](Spec& s) {
         s.specimen.supercell = {5, 4};
       }},
      {"energy", Touches::simulations, [](Spec& s) { s.microscope.energy_kev = 60; }},
      {"semiangle", Touches::simulations, [](Spec& s) { s.microscope.semiangle_mrad = 30; }},
      {"detector angle", Touches::simulations, [](Spec& s) { s.detectors[0].inner_mrad = 60; }},
      {"one more detector", Touches::simulations,
       [](Spec& s) {
         s.detectors.push_back({"bf", 0, 10});
       }},
      {"grid", Touches::simulations, [](Spec& s) { s.imaging.sampling_A = 0.04; }},
      {"slice", Touches::simulations, [](Spec& s) { s.imaging.slice_thickness_A = 1; }},
      {"scattering", Touches::simulations, [](Spec& s) { s.imaging.scattering = "kirkland"; }},
      {"segment", Touches::simulations, [](Spec& s) { s.detectors[0].to_deg = 90; }},
      {"oversampling", Touches::simulations, [](Spec& s) { s.imaging.oversampling = 2; }},
      {"phonons", Touches::simulations, [](Spec& s) { s.imaging.phonons = 8; }},
      {"specimen tilt", Touches::simulations,
       [](Spec& s) {
         s.imaging.specimen_tilt_mrad = {5, 0};
       }},
      {"focal spread", Touches::samples, [](Spec& s) { s.microscope.focal_spread_A = 30; }},
      {"source", Touches::samples, [](Spec& s) { s.microscope.source_fwhm_A = 0.8; }},
      {"edge", Touches::samples, [](Spec& s) { s.microscope.aperture_edge = "hard"; }},
      {"aberration", Touches::samples,
       [](Spec& s) {
         s.microscope.aberrations = {{"C12", 5}};
       }},
      {"field", Touches::samples,
       [](Spec& s) {
         s.scan.field_A = {16, 15};
       }},
      {"pixels", Touches::samples,
       [](Spec& s) {
         s.scan.pixels = {128, 64};
       }},
      {"label", Touches::samples, [](Spec& s) { s.specimen.label_radius_A = 1.5; }},
      {"aberration of 0", Touches::nothing,
       [](Spec& s) {
         s.microscope.aberrations = {{"C12", 0}, {"phi12", 1}};
       }},
      {"sampling within the same grid", Touches::nothing, [](Spec& s) { s.imaging.sampling_A = 0.0499; }},
      {"detector name", Touches::nothing, [](Spec& s) { s.detectors[0].name = "adf"; }},
      {"campaign name", Touches::nothing, [](Spec& s) { s.campaign.name = "other"; }},
      {"split", Touches::nothing, [](Spec& s) { s.split.train = 0.5; }},
      {"training", Touches::nothing, [](Spec& s) { s.training.epochs = 7; }},
      {"run", Touches::nothing, [](Spec& s) { s.run.attempts = 9; }},
  };
  const auto before = keys_of(spec_with_axes());
  for (const auto& edit : edits) {
    Spec spec = spec_with_axes();
    edit.apply(spec);
    const auto after = keys_of(spec);
    ASSERT_EQ(after.size(), before.size()) << edit.name;
    for (const auto& [what, keys] : before) {
      const auto& now = after.at(what);
      EXPECT_EQ(now.structure != keys.structure, edit.touches == Touches::structures) << edit.name;
      EXPECT_EQ(now.simulation != keys.simulation, edit.touches >= Touches::simulations) << edit.name;
      EXPECT_EQ(now.sample != keys.sample, edit.touches >= Touches::samples) << edit.name;
    }
  }
}

TEST(Keys, FollowTheParentsGeometryAndTheFilesContent) {
  const Spec spec = spec_with_axes();
  Catalogue catalogue = small_catalogue();
  catalogue.parents[1].a_A += 0.001;  // MoS2-H
  const auto before = keys_of(spec), after = keys_of(expand(spec, catalogue));
  for (const auto& [what, keys] : before)
    EXPECT_EQ(after.at(what).structure != keys.structure, what.starts_with("MoS2-H"));

  Spec file = spec;
  file.specimen.parents = {};
  file.specimen.files = {"a.extxyz"};
  Spec renamed = file;
  renamed.specimen.files = {"copy of a.extxyz"};
  EXPECT_EQ(expand(file, small_catalogue()).samples[0].key, expand(renamed, small_catalogue()).samples[0].key);
  Spec reseeded = file;
  reseeded.campaign.seed = 2;  // other noise, same structure
  const Plan a = expand(file, small_catalogue()), b = expand(reseeded, small_catalogue());
  EXPECT_EQ(a.simulations[0].key, b.simulations[0].key);
  EXPECT_NE(a.samples[0].key, b.samples[0].key);
}

TEST(Keys, PlanKeyFollowsTheStoreAndNothingElse) {
  const auto key = [](const std::function<void(Spec&)>& edit) {
    Spec spec = spec_with_axes();
    edit(spec);
    return expand(spec, small_catalogue()).key;
  };
  const Hash128 plain = key([](Spec&) {});
  EXPECT_EQ(key([](Spec& s) { s.training.width = 8; }), plain);
  EXPECT_EQ(key([](Spec& s) { s.run.attempts = 8; }), plain);
  EXPECT_EQ(key([](Spec& s) { s.campaign.name = "x"; }), plain);
  EXPECT_NE(key([](Spec& s) { s.dose.replicates = 2; }), plain);
  EXPECT_NE(key([](Spec& s) { s.detectors[0].name = "x"; }), plain);
  EXPECT_NE(key([](Spec& s) { s.split.train = 0.3; }), plain);
}

}  // namespace
}  // namespace twinmill::campaign
