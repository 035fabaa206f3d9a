#include <gmock/gmock.h>

#include <fstream>

#include "support.hpp"
#include "temp_folder.hpp"

namespace twinmill::campaign {
namespace {

// A file that is right but for `text`, which starts on line 3.
std::string with(const std::string& text) { return "[specimen]\nparents = [\"MoS2-H\"]\n" + text; }

struct Case {
  std::string text, message;
};

void check(const std::vector<Case>& cases) {
  for (const auto& c : cases) EXPECT_EQ(read_message(with(c.text)), c.message) << c.text;
}

TEST(ReadSpec, TakesDefaultsForAllThatIsNotWritten) {
  const Spec spec = parse_spec(with(""), "c.toml");
  Spec expected;
  expected.specimen.parents = {"MoS2-H"};
  EXPECT_EQ(spec, expected);
  ASSERT_EQ(spec.detectors.size(), 1u);
  EXPECT_EQ(spec.detectors[0], (DetectorEntry{"haadf", 50, 200}));
}

TEST(ReadSpec, ReadsEveryKindOfValue) {
  const Spec spec = parse_spec(R"(
[campaign]
name = "night-run_2"
seed = 42
[specimen]
parents = ["MoS2", "WSe2-H"]
supercell = [3, 6]
[microscope]
energy_kev = 60
aperture_edge = "hard"
defocus_A = [-40, 0.5]
[microscope.aberrations]
phi12 = 0.6
Cs = 4e5
C12 = 15
[[detector]]
name = "bf"
inner_mrad = 0
outer_mrad = 10
[[detector]]
name = "haadf"
inner_mrad = 60.5
outer_mrad = 180
[dose]
e_per_A2 = [1e4, inf]
)",
                               "c.toml");
  EXPECT_EQ(spec.campaign.name, "night-run_2");
  EXPECT_EQ(spec.campaign.seed, 42u);
  EXPECT_EQ(spec.specimen.supercell, (std::vector<int>{3, 6}));
  EXPECT_EQ(spec.microscope.defocus_A, (std::vector<double>{-40, 0.5}));
  EXPECT_EQ(spec.microscope.aperture_edge, "hard");
  EXPECT_EQ(spec.microscope.aberrations, (std::vector<Aberration>{{"C12", 15}, {"phi12", 0.6}, {"C30", 4e5}}));
  EXPECT_EQ(spec.detectors, (std::vector<DetectorEntry>{{"bf", 0, 10}, {"haadf", 60.5, 180}}));
  EXPECT_TRUE(std::isinf(spec.dose.e_per_A2[1]));
}

TEST(ReadSpec, TellsAllMistakesAtOnceInTheOrderOfLines) {
  EXPECT_EQ(read_message(R"([dose]
e_per_A2 = [1e4, 0, -3]
[campaign]
sead = 3
[specimen]
parents = ["MoS2"]
supercell = [4, 3]
[microscope]
energy_kev = "80"
)"),
            "c.toml:2: dose.e_per_A2[1] = 0: must be above 0 e/A^2 (or inf)\n"
            "c.toml:2: dose.e_per_A2[2] = -3: must be above 0 e/A^2 (or inf)\n"
            "c.toml:4: campaign.sead: unknown key. Did you mean campaign.seed?\n"
            "c.toml:9: microscope.energy_kev = \"80\": must be a number (found text)");
}

TEST(ReadSpec, TellsTheLineOfAnEntryInAListOverSeveralLines) {
  EXPECT_EQ(read_message(with("[dose]\ne_per_A2 = [\n  1e4,\n  -1,\n]\n")),
            "c.toml:6: dose.e_per_A2[1] = -1: must be above 0 e/A^2 (or inf)");
}

TEST(ReadSpec, SyntaxErrorHasItsLine) {
  const std::string message = read_message("[campaign]\nname = \n");
  EXPECT_THAT(message, ::testing::StartsWith("c.toml:2: column "));
  EXPECT_THAT(message, ::testing::HasSubstr(" is not TOML ("));
  EXPECT_THAT(read_message(with("parents = []\n")), ::testing::StartsWith("c.toml:3: "));  // a key twice
}

TEST(ReadSpec, RefusesUnknownKeysAndTables) {
  check({
      {"[mikroscope]\n", "c.toml:3: [mikroscope]: unknown table. Did you mean [microscope]?"},
      {"[[detectors]]\nname = \"a\"\n", "c.toml:3: [detectors]: unknown table. Did you mean [[detector]]?"},
      {"[xyzzy]\n",
       "c.toml:3: [xyzzy]: unknown table (there are campaign, specimen, defect, impurity, relaxation, geometry, "
       "microscope, detector, scan, imaging, "
       "dose, acquisition, split, training, study, model, condition and run)"},
      {"energy_kev = 80\n", "c.toml:3: specimen.energy_kev: unknown key. Did you mean microscope.energy_kev?"},
      {"[microscope]\nenergy = 80\n", "c.toml:4: microscope.energy: unknown key. Did you mean microscope.energy_kev?"},
      {"sampling = 0.05\n", "c.toml:3: specimen.sampling: unknown key. Did you mean imaging.sampling_A?"},
      {"xyzzyplugh = 1\n", "c.toml:3: specimen.xyzzyplugh: unknown key"},
  });
  EXPECT_EQ(read_message("pixels = [8, 8]\n[specimen]\nparents = [\"MoS2\"]\n"),
            "c.toml:1: pixels: unknown key outside of any table. Did you mean scan.pixels?");
}

TEST(ReadSpec, WrongTypesSayWhatWasExpectedAndFound) {
  check({
      {"replicates = 1.5\n",
       "c.toml:3: specimen.replicates = 1.5: must be an integer (found a number with a fraction)"},
      {"replicates = true\n", "c.toml:3: specimen.replicates = true: must be an integer (found a boolean)"},
      {"defects = \"pristine\"\n",
       "c.toml:3: specimen.defects = \"pristine\": must be a list of texts (found text). Write [\"pristine\"]?"},
      {"defects = [1]\n", "c.toml:3: specimen.defects[0] = 1: must be text (found an integer)"},
      {"supercell = 4\n",
       "c.toml:3: specimen.supercell = 4: must be a list of integers (found an integer). Write [4]?"},
      {"supercell = [4.0, 4]\n",
       "c.toml:3: specimen.supercell[0] = 4: must be an integer (found a number with a fraction)"},
      {"[dose]\ne_per_A2 = [[1]]\n", "c.toml:4: dose.e_per_A2[0]: must be a number (found a list)"},
      {"[run]\nattempts = 2020-01-01\n", "c.toml:4: run.attempts: must be an integer (found a date or time)"},
      {"[microscope]\naberrations = 3\n",
       "c.toml:4: microscope.aberrations = 3: must be a table, [microscope.aberrations] (found an integer)"},
      {"[microscope.aberrations]\nC30 = \"1\"\n",
       "c.toml:4: microscope.aberrations.C30 = \"1\": must be a number (found text)"},
      {"[[scan]]\n", "c.toml:3: scan: must be a table, [scan] (found a list of tables)"},
      {"[detector]\nname = \"haadf\"\n", "c.toml:3: detector: must be a list of tables, [[detector]] (found a table)"},
  });
  EXPECT_EQ(read_message("[specimen]\nparents = \"MoS2\"\n"),
            "c.toml:2: specimen.parents = \"MoS2\": must be a list of texts (found text). Write [\"MoS2\"]?");
}

TEST(ReadSpec, ChecksRanges) {
  check({
      {"replicates = 0\n", "c.toml:3: specimen.replicates = 0: must be 1 to 1000000"},
      {"replicates = 99999999999\n", "c.toml:3: specimen.replicates = 99999999999: must be 1 to 1000000"},
      {"supercell = [0, 4]\n", "c.toml:3: specimen.supercell[0] = 0: must be 1 to 200 cells"},
      {"supercell = [4]\n", "c.toml:3: specimen.supercell = [4]: must have 2 entries (it has 1)"},
      {"label_radius_A = 0\n", "c.toml:3: specimen.label_radius_A = 0: must be above 0 and at most 20 A"},
      {"[campaign]\nseed = -1\n", "c.toml:4: campaign.seed = -1: must be 0 to 9e+18"},
      {"[geometry]\nrotations_deg = [400]\n", "c.toml:4: geometry.rotations_deg[0] = 400: must be -360 to 360 deg"},
      {"[microscope]\nenergy_kev = 9.9\n", "c.toml:4: microscope.energy_kev = 9.9: must be 10 to 1000 keV"},
      {"[microscope]\nenergy_kev = nan\n", "c.toml:4: microscope.energy_kev = nan: must be 10 to 1000 keV"},
      {"[microscope]\nsemiangle_mrad = 200\n",
       "c.toml:4: microscope.semiangle_mrad = 200: must be above 0 and below 200 mrad"},
      {"[microscope]\nsemiangle_mrad = 0\n",
       "c.toml:4: microscope.semiangle_mrad = 0: must be above 0 and below 200 mrad"},
      {"[microscope]\ndefocus_A = [inf]\n",
       "c.toml:4: microscope.defocus_A[0] = inf: must be above -1000000 and below 1000000 A"},
      {"[scan]\npixels = [7, 128]\n", "c.toml:4: scan.pixels[0] = 7: must be 8 to 8192 pixels"},
      {"[scan]\nfield_A = [16, -16]\n", "c.toml:4: scan.field_A[1] = -16: must be above 0 and at most 1000 A"},
      {"[imaging]\nsampling_A = 0.25\n", "c.toml:4: imaging.sampling_A = 0.25: must be 0.005 to 0.2 A"},
      {"[imaging]\nslice_thickness_A = 0\n", "c.toml:4: imaging.slice_thickness_A = 0: must be 0.05 to 5 A"},
      {"[dose]\nreplicates = 0\n", "c.toml:4: dose.replicates = 0: must be 1 to 1000000"},
      {"[dose]\ne_per_A2 = [-inf]\n", "c.toml:4: dose.e_per_A2[0] = -inf: must be above 0 e/A^2 (or inf)"},
      {"[training]\nepochs = 0\n", "c.toml:4: training.epochs = 0: must be 1 to 1000000"},
      {"[run]\nattempts = 0\n", "c.toml:4: run.attempts = 0: must be 1 to 100"},
  });
}

TEST(ReadSpec, ChecksWordsAndNames) {
  check({
      {"defects = [\"anion_vacency\"]\n",
       "c.toml:3: specimen.defects[0] = \"anion_vacency\": must be pristine, anion_vacancy, metal_vacancy, "
       "metal_on_anion, anion_on_metal, dopant, metal_interstitial, anion_interstitial, adatom or antisite_vacancy. "
       "Did you mean anion_vacancy?"},
      {"[microscope]\naperture_edge = \"soft\"\n",
       "c.toml:4: microscope.aperture_edge = \"soft\": must be area or hard"},
      {"[imaging]\nscattering = \"Lobato\"\n",
       "c.toml:4: imaging.scattering = \"Lobato\": must be lobato or kirkland. Did you mean lobato?"},
      {"[split]\nby = \"crop\"\n", "c.toml:4: split.by = \"crop\": must be structure or parent"},
      {"[training]\nnetwork = \"gunet\"\n",
       "c.toml:4: training.network = \"gunet\": must be g-unet, a-unet or resnet-152. Did you mean g-unet?"},
      {"files = [\" \"]\n", "c.toml:3: specimen.files[0] = \" \": must not be empty"},
  });
  for (const std::string name : {"", "a/b", "..", "-x", "a b", "\xc3\xa4"})
    EXPECT_EQ(
        read_message(with("[campaign]\nname = \"" + name + "\"\n")),
        "c.toml:4: campaign.name = \"" + name +
            "\": must be usable as a name of files (letters, digits, '-', '_' and '.', not starting with '-' or '.', "
            "at most 100)");
}

TEST(ReadSpec, ChecksLists) {
  check({
      {"[dose]\ne_per_A2 = []\n", "c.toml:4: dose.e_per_A2 = []: must have at least one entry"},
      {"[dose]\ne_per_A2 = [1e4, 3, 10000]\n",
       "c.toml:4: dose.e_per_A2[2] = 10000: is in the list already (dose.e_per_A2[0])"},
      {"[geometry]\nrotations_deg = [0, -0.0]\n",
       "c.toml:4: geometry.rotations_deg[1] = -0: is in the list already (geometry.rotations_deg[0])"},
      {"defects = [\"dopant\"]\ndopants = []\n",
       "c.toml:4: specimen.dopants = []: must name at least one element (there is a dopant)"},
  });
  EXPECT_EQ(read_message("[specimen]\nparents = [\"MoS2\", \"MoS2\"]\n"),
            "c.toml:2: specimen.parents[1] = \"MoS2\": is in the list already (specimen.parents[0])");
  EXPECT_EQ(read_message("[specimen]\nsupercell = [4, 4]\n"),
            "c.toml:1: specimen.parents: must name at least one parent or file (nothing to image). Write parents = "
            "[\"MoS2-H\"]?");
  EXPECT_EQ(read_message(""),
            "c.toml: specimen.parents: must name at least one parent or file (nothing to image). Write parents = "
            "[\"MoS2-H\"]?");
  EXPECT_EQ(read_message("[specimen]\nfiles = [\"a.extxyz\"]\n"), "nothing thrown");
}

TEST(ReadSpec, ChecksDetectors) {
  check({
      {"[[detector]]\nname = \"a\"\ninner_mrad = 60\nouter_mrad = 60\n",
       "c.toml:5: detector[0].inner_mrad = 60: must be below outer_mrad = 60"},
      {"[[detector]]\nname = \"a\"\nouter_mrad = 60\n", "c.toml:3: detector[0].inner_mrad: is missing"},
      {"[[detector]]\ninner_mrad = 0\nouter_mrad = 60\n", "c.toml:3: detector[0].name: is missing"},
      {"[[detector]]\nname = \"a\"\ninner_mrad = -1\nouter_mrad = 60\n",
       "c.toml:5: detector[0].inner_mrad = -1: must be 0 to 1000 mrad"},
      {"[[detector]]\nname = \"a\"\ninner_mrad = 0\nouter_mrad = 60\n[[detector]]\nname = \"a\"\ninner_mrad = 1\n"
       "outer_mrad = 60\n",
       "c.toml:8: detector[1].name = \"a\": is the name of another detector (detector[0])"},
      {"[[detector]]\nname = \"a\"\ninner_mrad = 0\nouter = 60\nouter_mrad = 60\n",
       "c.toml:6: detector[0].outer: unknown key. Did you mean detector[0].outer_mrad?"},
  });
  EXPECT_EQ(read_message("detector = []\n[specimen]\nparents = [\"MoS2\"]\n"),
            "c.toml:1: detector: must be given at least once (no image without a detector)");
}

TEST(ReadSpec, ChecksAberrations) {
  check({
      {"[microscope.aberrations]\nC10 = -40\n",
       "c.toml:4: microscope.aberrations.C10 = -40: defocus is an axis of the campaign (C10 = -defocus). Write "
       "microscope.defocus_A = [40]?"},
      {"[microscope.aberrations]\nCs = 1\nC12 = 2\nC30 = 3\n",
       "c.toml:4: microscope.aberrations.Cs = 1: is given twice (C30 and Cs are the same)"},
      {"[microscope.aberrations]\nC99 = 1\n",
       "c.toml:4: microscope.aberrations.C99 = 1: is no aberration of Krivanek notation to fifth order"},
      {"[microscope.aberrations]\nphi_12 = 1\n",
       "c.toml:4: microscope.aberrations.phi_12 = 1: is no aberration of Krivanek notation to fifth order. Did you "
       "mean "
       "phi12?"},
      {"[microscope.aberrations]\nC30 = inf\n", "c.toml:4: microscope.aberrations.C30 = inf: must be a finite number"},
  });
  EXPECT_EQ(read_message(with("[microscope.aberrations]\nC12=1\nphi12=1\nC21=1\nphi21=1\nC23=1\nphi23=1\nC30=1\nC32=1\n"
                              "phi32=1\nC34=1\nphi34=1\nC41=1\nphi41=1\nC43=1\nphi43=1\nC45=1\nphi45=1\nC50=1\nC52=1\n"
                              "phi52=1\nC54=1\nphi54=1\nC56=1\nphi56=1\n")),
            "nothing thrown");
}

TEST(ReadSpec, ChecksSplitAndCrop) {
  check({
      {"[split]\ntrain = 0.7\nvalidation = 0.3\n",
       "c.toml:5: split.validation = 0.3: leaves nothing for the test split (train = 0.7; train and validation must "
       "add up "
       "to less than 1)"},
      {"[split]\ntrain = 0\n", "c.toml:4: split.train = 0: must be above 0 and below 1"},
      {"[split]\nvalidation = -0.1\n", "c.toml:4: split.validation = -0.1: must be 0 to 1"},
      {"[training]\ncrop_pixels = 256\n",
       "c.toml:4: training.crop_pixels = 256: must not exceed the image (128 pixels)"},
  });
}

TEST(ReadSpec, ReadsAFile) {
  const testing::TempFolder folder;
  const auto path = folder / "my.toml";
  std::ofstream(path) << with("replicates = 0\n");
  EXPECT_EQ(message_of([&] { read_spec(path); }), path.string() + ":3: specimen.replicates = 0: must be 1 to 1000000");
  EXPECT_THAT(message_of([&] { read_spec(folder / "none.toml"); }), ::testing::HasSubstr("none.toml"));
}

}  // namespace
}  // namespace twinmill::campaign
