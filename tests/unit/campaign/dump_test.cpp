#include <filesystem>
#include <limits>

#include "support.hpp"

namespace twinmill::campaign {
namespace {

Spec spec_with_nothing_left_at_its_default() {
  Spec s;
  s.campaign = {"other", 9000000000000000000u};
  s.specimen = {{"MoS2-H"}, {"H"},
                {"A", "C"}, {"Mo"},
                {"S"},      {"with \"quotes\"\\ and\ttab.extxyz"},
                {3, 6},     {"dopant", "pristine"},
                {"V"},      {"W", "Re"},
                7,          0.1 + 0.2};
  s.defects = {{{"anion_vacancy", "dopant"}, {2, 3}, {"line", "bent"}, {"top"}, {"Nb"}, 4.5, 6, 2, {"Mo*"}}};
  s.impurities = {{"O", "anion", 2, 0.25}};
  s.relaxation = {"vasp",
                  {"W*"},
                  {"lib"},
                  0.02,
                  77,
                  600,
                  7.5,
                  {2, 3},
                  "pw",
                  "szp",
                  0.18,
                  450,
                  {"python3"},
                  {"srun", "vasp_std"},
                  "potentials",
                  {"ENCUT = 500"},
                  {"x", "{input}", "{output}"}};
  s.geometry = {{0, 1.0 / 3}, {10}, {-3, 3}, {"beam"}, {6, 7}, "draw", 4, 6.5};
  s.microscope = {60.5, 31, "hard", {-40, 1e-7}, {{"C12", 15}, {"phi12", 0.6}, {"C30", -4e5}}, 25, 0.8};
  s.detectors = {{"bf", 0, 10, 0, 360}, {"haadf", 60.5, 180, -45, 45}};
  s.scan = {{10, 12.5}, {32, 64}};
  s.imaging = {0.04, 1, "kirkland", 3, 0.02, 12, {1.5, -2}};
  s.dose = {{std::numeric_limits<double>::infinity(), 1e4, 1e20}, 3};
  s.acquisition = {{"gain", "drift", "jitter", "dark", "contamination"}, {1, -0.5}, 0.1, 0.3, 7, 0.4, 0.02, 1.5};
  s.split = {"parent", 0.5, 0.25};
  s.training = {"a-unet", 8,       "bilinear", true, "encoder.pt",   24,      12,   2, 5e-4, "plateau", 10, 1.5, 7, 32,
                0.08,     "focal", 1.5,        0,    "synchronised", "mixed", 0.25, 4, 99};
  s.run = {0.5, 7, 33};
  return s;
}

TEST(Dump, ReadsBackTheSame) {
  const Spec spec = spec_with_nothing_left_at_its_default();
  EXPECT_EQ(parse_spec(dump(spec), "dump"), spec);
  EXPECT_EQ(dump(parse_spec(dump(spec), "dump")), dump(spec));
}

TEST(Dump, HoldsDefaultsToo) {
  Spec spec;
  spec.specimen.parents = {"MoS2-H"};
  EXPECT_EQ(parse_spec(dump(spec), "dump"), spec);
  EXPECT_NE(dump(spec).find("\n[microscope]\nenergy_kev = 80\nsemiangle_mrad = 25\naperture_edge = \"area\"\n"
                            "defocus_A = [0]\nfocal_spread_A = 0\nsource_fwhm_A = 0\n\n[[detector]]\nname = "
                            "\"haadf\"\ninner_mrad = 50\nouter_mrad = 200\n"),
            std::string::npos)
      << dump(spec);
}

TEST(Dump, IsTheSameForEveryOrderOfAberrations) {
  Spec a = small_spec(), b = small_spec();
  a.microscope.aberrations = {{"C30", 1}, {"C12", 2}};
  b.microscope.aberrations = {{"C12", 2}, {"Cs", 1}};
  EXPECT_EQ(dump(a), dump(b));
}

TEST(Dump, CampaignsOfTheProjectReadBackTheSame) {
  int campaigns = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TWINMILL_TEST_DATA "/../campaigns")) {
    if (entry.path().extension() != ".toml") continue;
    const Spec spec = read_spec(entry.path());
    EXPECT_EQ(parse_spec(dump(spec), "dump"), spec) << entry.path();
    EXPECT_EQ(spec.campaign.name, entry.path().stem()) << "a campaign is called like its file";
    ++campaigns;
  }
  EXPECT_GE(campaigns, 3);
}

}  // namespace
}  // namespace twinmill::campaign
