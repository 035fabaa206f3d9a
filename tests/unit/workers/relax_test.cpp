// Plumbing: what relax() does around an engine, with small programs in place of engines.
#include "workers/relax.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>

#include "relax_support.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::workers {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

// Shifts every atom by 0.01 A along x, as a file with forces.
const std::string shift_py = R"(#!/usr/bin/env python3
import sys
source, target = sys.argv[1], sys.argv[2]
open(source + ".seen", "w").close()
lines = open(source).read().splitlines()
count, comment, atoms = int(lines[0]), lines[1], lines[2:]
lattice = comment[comment.index("Lattice"):].split('"')[1]
out = [str(count), f'Lattice="{lattice}" Properties=species:S:1:pos:R:3:forces:R:3 energy=-41.5 pbc="T T F"']
for atom in atoms:
    s, x, y, z = atom.split()[:4]
    out.append(f"{s} {float(x) + 0.01} {y} {z} 0.0 0.03 0.04")
open(target, "w").write("\n".join(out) + "\n")
)";

RelaxSettings command(std::vector<std::string> arguments) {
  RelaxSettings settings{.engine = "command"};
  settings.command = std::move(arguments);
  return settings;
}

RelaxSettings script(const std::string& text) { return command({"sh", "-c", text, "sh", "{input}", "{output}"}); }

bool gone(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  return !(stat >> number >> name >> state) || state == "Z" || state == "X";
}

class Relax : public ::testing::Test {
 protected:
  RelaxSettings shifting() { return command({bench_.program("shift.py", shift_py), "{input}", "{output}"}); }

  std::string complaint(Fault fault, const RelaxSettings& settings, const RelaxWatch& watch = {}) {
    try {
      relax(bench_.task, settings, watch);
    } catch (const Error& e) {
      EXPECT_EQ(name(e.fault()), name(fault)) << e.what();
      return e.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
  }

  testing::Bench bench_;
  RelaxTask& task_ = bench_.task;
  std::string log_ = (bench_.task.work / "engine.log").string();
};

TEST_F(Relax, CommandMovesTheAtomsAndIsKept) {
  const auto outcome = relax(task_, shifting());
  EXPECT_FALSE(outcome.found);
  EXPECT_EQ(outcome.file, task_.results / (relax_key(task_.input, shifting()).hex() + ".extxyz"));
  EXPECT_TRUE(fs::exists(outcome.file));
  EXPECT_FALSE(fs::exists(task_.work));
  EXPECT_DOUBLE_EQ(outcome.relaxed.energy_eV, -41.5);
  EXPECT_NEAR(outcome.relaxed.largest_force(), 0.05, 1e-12);
  EXPECT_GT(outcome.relaxed.seconds, 0);
  const auto moved = relaxed_structure(task_, shifting());
  const auto same = with_positions(task_.input, outcome.relaxed);
  for (std::size_t i = 0; i < moved.sites.size(); ++i) {
    EXPECT_NEAR(moved.sites[i].r_A[0], task_.input.sites[i].r_A[0] + 0.01, 1e-9);
    EXPECT_NEAR(moved.sites[i].r_A[2], task_.input.sites[i].r_A[2], 1e-9);
    EXPECT_EQ(moved.sites[i].r_A, same.sites[i].r_A);
  }
}

TEST_F(Relax, WhatIsKnownIsNotRelaxedAgain) {
  const auto once = script("echo run >>" + (bench_.folder / "runs").string() + "; cp $1 $2");
  EXPECT_FALSE(relax(task_, once).found);
  EXPECT_TRUE(relax(task_, once).found);
  EXPECT_EQ(read_text(bench_.folder / "runs"), "run\n");
  task_.input.sites[1].r_A[0] += 0.1;
  EXPECT_FALSE(relax(task_, once).found);
  EXPECT_EQ(read_text(bench_.folder / "runs"), "run\nrun\n");
}

TEST_F(Relax, HeightOfTheCellAndOfTheSheetDoNotCount) {
  relax(task_, shifting());
  task_.input.cell_A[2] = 31;
  for (auto& site : task_.input.sites) site.r_A[2] += 7.25;
  const auto outcome = relax(task_, shifting());
  EXPECT_TRUE(outcome.found);
  EXPECT_NEAR(with_positions(task_.input, outcome.relaxed).sites[0].r_A[2], 17.25, 1e-9);
}

TEST_F(Relax, LibrariesAreLookedUpAndCopied) {
  const auto settings = shifting();
  const auto first = relax(task_, settings);
  const fs::path library = bench_.folder / "library", broken = bench_.folder / "broken";
  fs::create_directories(library);
  fs::create_directories(broken);
  write_atomic(broken / first.file.filename(), "6\nLattice=");  // Skipped, with a warning.
  fs::rename(first.file, library / first.file.filename());
  const auto never = command({"false"});
  for (const fs::path& place : {library, library / first.file.filename()}) {
    fs::remove_all(task_.results);
    task_.library = {bench_.folder / "missing", broken, place};
    const auto again = relax(task_, settings);
    EXPECT_TRUE(again.found);
    EXPECT_TRUE(fs::exists(task_.results / first.file.filename()));
    EXPECT_EQ(relaxed_structure(task_, settings).sites[0].r_A, with_positions(task_.input, first.relaxed).sites[0].r_A);
  }
}

TEST_F(Relax, DamagedResultIsMadeAgainButNotUsed) {
  const auto first = relax(task_, shifting());
  write_atomic(first.file, "6\nLattice=");
  EXPECT_THROW(relaxed_structure(task_, shifting()), Error);
  EXPECT_FALSE(relax(task_, shifting()).found);
  EXPECT_NO_THROW(relaxed_structure(task_, shifting()));
}

TEST_F(Relax, MissingResultIsTheSystemsFault) {
  try {
    relaxed_structure(task_, shifting());
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::system);
    EXPECT_THAT(e.what(), HasSubstr("the relaxed structure of MoS2-H pristine #0 cannot be used (cannot read "));
  }
}

TEST_F(Relax, FailureNamesStructureAndLogAndKeepsTheFolder) {
  EXPECT_EQ(complaint(Fault::input, script("echo one; echo; echo 'no convergence' >&2; exit 3")),
            "relaxing MoS2-H pristine #0: sh ended with exit code 3. See " + log_ +
                ", which ends with:\n  one\n  no convergence");
  EXPECT_TRUE(fs::exists(task_.work / "input.extxyz"));
  EXPECT_FALSE(fs::exists(task_.results));
}

TEST_F(Relax, HangingIsEnded) {
  auto settings = script("sleep 1000 & echo $! >child; wait");
  settings.time_limit_s = 1;
  EXPECT_EQ(complaint(Fault::input, settings),
            "relaxing MoS2-H pristine #0: sh exceeded its time limit of 1.0 s (relaxation.time_limit_s). See " + log_ +
                ", which is empty?");
  EXPECT_TRUE(gone(static_cast<pid_t>(std::stol(read_text(task_.work / "child")))));
}

TEST_F(Relax, MissingProgramIsTheSystemsFault) {
  EXPECT_EQ(complaint(Fault::system, command({"no-such-engine", "{input}", "{output}"})),
            "relaxing MoS2-H pristine #0: no-such-engine could not be started (No such file or directory). Is it "
            "installed, and is relaxation.command right?");
  RelaxSettings gpaw{.engine = "gpaw"};
  gpaw.gpaw_command = {"no-such-gpaw", "python"};
  EXPECT_THAT(complaint(Fault::system, gpaw), HasSubstr("is relaxation.gpaw_command right?"));
  EXPECT_THAT(complaint(Fault::system, command({"env", "no-such-engine"})), HasSubstr("exit code 127"));
}

TEST_F(Relax, UnknownEngineAndEmptyCommands) {
  RelaxSettings settings{.engine = "gpwa"};
  EXPECT_EQ(complaint(Fault::input, settings),
            "relaxation.engine = gpwa (must be gpaw, vasp or command). Did you mean gpaw?");
  EXPECT_EQ(complaint(Fault::input, command({})),
            "relaxing MoS2-H pristine #0: relaxation.command is empty (engine = command runs it)");
}

TEST_F(Relax, OtherAtomsAreRefused) {
  EXPECT_THAT(complaint(Fault::input, script("head -n 7 $1 | sed '1s/6/5/' >$2")),
              AllOf(HasSubstr("MoS2-H pristine #0: the relaxed structure has 5 atoms (the input has 6). See "),
                    HasSubstr("engine.log")));
  EXPECT_THAT(complaint(Fault::input, script("sed '3s/Mo/W/' $1 >$2")), HasSubstr("is W (the input has Mo there)"));
  EXPECT_THAT(complaint(Fault::input, script("true")), HasSubstr("output.extxyz"));
  EXPECT_THAT(complaint(Fault::input, script("echo nonsense >$2")), HasSubstr("output.extxyz:1: number of atoms"));
}

TEST_F(Relax, LargeForcesAndUnconvergedRunsAreRefused) {
  auto settings = shifting();
  settings.max_force_eV_per_A = 0.01;
  EXPECT_THAT(complaint(Fault::input, settings), HasSubstr("the largest force is 0.05 eV/A (the limit is 0.01)"));
  EXPECT_THAT(complaint(Fault::input, script("sed 's/converged=T/converged=F twinmill_steps=9/' $1 >$2")),
              HasSubstr("it did not converge in 9 steps"));
}

TEST_F(Relax, InterruptionLeavesNoProcess) {
  int beats = 0;
  const auto settings = script("sleep 1000 & echo $! >new; mv new child; wait");
  const RelaxWatch watch{.beat =
                             [&](double fraction) {
                               EXPECT_EQ(fraction, 0);
                               ++beats;
                             },
                         .stopping = [&] { return beats > 0 && fs::exists(task_.work / "child"); }};
  EXPECT_THROW(relax(task_, settings, watch), Interrupted);
  EXPECT_TRUE(gone(static_cast<pid_t>(std::stol(read_text(task_.work / "child")))));
  EXPECT_GE(beats, 1);
  EXPECT_TRUE(fs::exists(task_.work));
}

TEST_F(Relax, FolderOfAnInterruptedTryIsContinuedAndOfAnotherInputCleared) {
  const auto settings = script("if [ -e half ]; then cp $1 $2; else touch half; exit 1; fi");
  complaint(Fault::input, settings);
  auto other = settings;
  other.max_force_eV_per_A = 0.04;
  complaint(Fault::input, other);  // Another key: `half` is gone.
  EXPECT_FALSE(relax(task_, other).found);
}

TEST_F(Relax, LauncherIsHiddenFromTheEngine) {
  ::setenv("OMPI_COMM_WORLD_RANK", "1", 1);
  ::setenv("SLURM_STEP_ID", "0", 1);
  ::setenv("SLURM_JOB_ID", "7", 1);
  relax(task_, script("env >" + (bench_.folder / "env").string() + "; cp $1 $2"));
  ::unsetenv("OMPI_COMM_WORLD_RANK");
  EXPECT_THAT(read_text(bench_.folder / "env"),
              AllOf(Not(HasSubstr("OMPI_COMM_WORLD")), Not(HasSubstr("SLURM_STEP_ID")), HasSubstr("SLURM_JOB_ID=7\n"),
                    HasSubstr("OMP_NUM_THREADS=")));
}

TEST_F(Relax, GpawGetsItsScriptAndSettings) {
  RelaxSettings settings{.engine = "gpaw", .max_steps = 7, .k_points = {2, 3}};
  const std::string fake = bench_.program("fake_gpaw.py", R"(#!/usr/bin/env python3
import json, sys
assert "from gpaw import GPAW" in open(sys.argv[1]).read()
s = json.load(open("settings.json"))
assert (s["mode"], s["basis"], s["k_points"], s["max_steps"]) == ("lcao", "dzp", [2, 3], 7), s
text = open("input.extxyz").read()
assert s["input"] in text
open("output.extxyz", "w").write(text.replace('twinmill_engine=""', 'twinmill_engine="gpaw fake" energy=-1 twinmill_steps=3'))
)");
  settings.gpaw_command = {"python3", fake};
  const auto outcome = relax(task_, settings);
  EXPECT_EQ(outcome.relaxed.engine, "gpaw fake");
  EXPECT_EQ(outcome.relaxed.steps, 3);
  settings.gpaw_mode = "fd";
  EXPECT_THAT(complaint(Fault::input, settings), HasSubstr("relaxation.gpaw_mode = fd (must be lcao or pw)"));
}

// Moves every atom by 0.02 A along y, writes forces, and stops after STEPS steps.
const std::string vasp_py = R"(#!/usr/bin/env python3
import os, sys
steps = int(sys.argv[1])
lines = open("POSCAR").read().splitlines()
cell = [float(lines[i].split()[i - 2]) for i in (2, 3, 4)]
assert lines[5].split() == ["S", "Mo"] and lines[6].split() == ["4", "2"], lines
assert open("POTCAR").read() == "potential of S\npotential of Mo\n"
assert open("KPOINTS").read().splitlines()[3] == "2 3 1"
incar = dict(line.split(" = ") for line in open("INCAR").read().splitlines())
assert incar["NSW"] == "5" and incar["ENCUT"] == "500" and incar["IVDW"] == "11" and incar["EDIFFG"] == "-0.05", incar
out = lines[:7] + ["Direct"]
table = []
for i, line in enumerate(lines[8:14]):
    x, y, z = (float(w) for w in line.split())
    y += 0.02
    out.append(f"{x / cell[0]:.16f} {y / cell[1]:.16f} {z / cell[2]:.16f}")
    table.append(f" {x:.5f} {y:.5f} {z:.5f} 0.0 0.0 {0.01 * i:.6f}")
open("CONTCAR", "w").write("\n".join(out) + "\n\n" + " 0 0 0\n" * 6)
open("OSZICAR", "w").write("".join(f"DAV:   1  -0.1E+02\n   {i} F= -.435E+02 E0= -.434{i}E+02  d E =-.1E-02\n" for i in range(1, steps + 1)))
open("OUTCAR", "w").write(" vasp.6.4.2 build\n POSITION    TOTAL-FORCE (eV/Angst)\n ----\n" + "\n".join(table) + "\n ----\n")
)";

RelaxSettings vasp(const testing::Bench& bench, const std::string& steps) {
  RelaxSettings settings{.engine = "vasp", .max_steps = 5, .k_points = {2, 3}};
  for (const std::string element : {"Mo", "S"}) {
    fs::create_directories(bench.folder / ("potentials/" + element));
    write_atomic(bench.folder / ("potentials/" + element + "/POTCAR"), "potential of " + element + "\n");
  }
  settings.vasp_potentials = (bench.folder / "potentials").string();
  settings.vasp_command = {bench.program("vasp.py", vasp_py), steps};
  settings.vasp_incar = {"encut = 500", "IVDW = 11"};
  return settings;
}

TEST_F(Relax, VaspKeepsTheOrderOfTheAtoms) {
  const auto outcome = relax(task_, vasp(bench_, "4"));
  EXPECT_EQ(outcome.relaxed.z, (std::vector<int>{42, 16, 16, 42, 16, 16}));
  EXPECT_NEAR(outcome.relaxed.energy_eV, -43.44, 1e-9);
  EXPECT_EQ(outcome.relaxed.steps, 4);
  EXPECT_EQ(outcome.relaxed.engine, "vasp.6.4.2");
  ASSERT_EQ(outcome.relaxed.force_eV_per_A.size(), 6u);
  EXPECT_DOUBLE_EQ(outcome.relaxed.force_eV_per_A[0][2], 0.04);  // The first metal is the fifth atom in POSCAR.
  EXPECT_DOUBLE_EQ(outcome.relaxed.force_eV_per_A[1][2], 0.00);
  const auto moved = relaxed_structure(task_, vasp(bench_, "4"));
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(moved.sites[i].r_A[1], task_.input.sites[i].r_A[1] + 0.02, 1e-9) << i;
}

TEST_F(Relax, VaspThatUsesAllItsStepsHasNotConverged) {
  EXPECT_THAT(complaint(Fault::input, vasp(bench_, "5")),
              HasSubstr("it did not converge in 5 steps (the largest force is 0.05 eV/A, the limit is 0.05)"));
  // It goes on from CONTCAR: 0.02 A more.
  relax(task_, vasp(bench_, "2"));
  EXPECT_NEAR(relaxed_structure(task_, vasp(bench_, "2")).sites[1].r_A[1], task_.input.sites[1].r_A[1] + 0.04, 1e-9);
}

TEST_F(Relax, VaspWithATornContcarStartsWhereItHadStarted) {
  complaint(Fault::input, vasp(bench_, "5"));
  complaint(Fault::input, vasp(bench_, "5"));  // From 0.02 to 0.04 A.
  write_atomic(task_.work / "CONTCAR", "twinmill\n1.0\n 3.184 0");
  relax(task_, vasp(bench_, "2"));
  EXPECT_NEAR(relaxed_structure(task_, vasp(bench_, "2")).sites[1].r_A[1], task_.input.sites[1].r_A[1] + 0.04, 1e-9);
}

TEST_F(Relax, VaspSettingsThatCannotWork) {
  auto settings = vasp(bench_, "4");
  fs::remove_all(bench_.folder / "potentials/Mo");
  EXPECT_EQ(complaint(Fault::input, settings),
            "relaxing MoS2-H pristine #0: relaxation.vasp_potentials has no potential of Mo (" +
                (bench_.folder / "potentials/Mo/POTCAR").string() + " is missing)");
  settings = vasp(bench_, "4");
  settings.vasp_incar = {"ENCUT 500"};
  EXPECT_THAT(complaint(Fault::input, settings), HasSubstr("'ENCUT 500' (KEY = VALUE is expected)"));
  settings = vasp(bench_, "4");
  settings.vasp_command = {"true"};
  EXPECT_THAT(complaint(Fault::input, settings), HasSubstr("CONTCAR is missing or empty"));
}

TEST(RelaxSettingsText, HoldsWhatDecidesTheResultAndNoMore) {
  const RelaxSettings standard{.engine = "gpaw"};
  EXPECT_EQ(standard.decisive_text(),
            "engine=gpaw max_force=0.05 vacuum_A=6 k_points=1x1 mode=lcao basis=dzp spacing_A=0.2");
  auto changed = standard;
  changed.time_limit_s = 5;
  changed.max_steps = 5;
  changed.gpaw_command = {"elsewhere"};
  changed.gpaw_cutoff_eV = 5;
  changed.vasp_incar = {"A = 1"};
  EXPECT_EQ(changed.decisive_text(), standard.decisive_text());
  changed.gpaw_spacing_A = 0.18;
  EXPECT_NE(changed.decisive_text(), standard.decisive_text());
  EXPECT_NE(script("a").decisive_text(), script("b").decisive_text());
}

}  // namespace
}  // namespace twinmill::workers
