"""Campaigns that relax their structures with a program: what becomes of the results, of failures, of a stop."""

import json
import pathlib
import signal
import subprocess
import sys
import time
import unittest

import h5py
from support import PROGRAM, SOURCE, digest, folder, twinmill

# Stands for any relaxation program: shifts every atom by 0.05 A along x and says so; does worse when it is told to.
ENGINE = """
import sys, time, pathlib
how, source, target = sys.argv[1:4]
log = pathlib.Path(__file__).with_name("runs.log")
with log.open("a") as out: out.write(source + "\\n")
lines = pathlib.Path(source).read_text().splitlines()
bad = "tungsten" in how and any(line.startswith("W ") for line in lines[2:])
if "fail" in how and bad: sys.exit("no such potential")
if "hang" in how and bad: time.sleep(1000)
if "slow" in how: time.sleep(600)
atoms = [line.split() for line in lines[2:]]
if "lose" in how and bad: atoms.pop()
lattice = lines[1].split('"')[1]
out = [str(len(atoms)), f'Lattice="{lattice}" Properties=species:S:1:pos:R:3:forces:R:3 energy=-12.5 pbc="T T F"']
out += [f"{a[0]} {float(a[1]) + 0.05} {a[2]} {a[3]} 0.01 0 0" for a in atoms]
pathlib.Path(target).write_text("\\n".join(out) + "\\n")
"""

CAMPAIGN = """
[campaign]
name = "relaxing"
[specimen]
parents = ["MoS2-H", "WS2-H"]
defects = ["pristine", "anion_vacancy"]
replicates = 2
[relaxation]
engine = "command"
command = ["{python}", "{engine}", "{how}", "{{input}}", "{{output}}"]
{more}
[[detector]]
name = "haadf"
inner_mrad = 60
outer_mrad = 110
[scan]
field_A = [10, 10]
pixels = [16, 16]
[imaging]
sampling_A = 0.1
oversampling = 1
[run]
attempts = 2
"""


def write(there, how="well", more=""):
    engine = there / "engine.py"
    engine.write_text(ENGINE)
    campaign = there / "c.toml"
    campaign.write_text(CAMPAIGN.format(python="/usr/bin/python3", engine=engine, how=how, more=more))
    return campaign


def runs(there):
    log = there / "runs.log"
    return len(log.read_text().splitlines()) if log.exists() else 0


class Relax(unittest.TestCase):
    def test_results_are_imaged_kept_and_found_again(self):
        with folder() as there:
            campaign = write(there)
            plan = json.loads(twinmill("plan", campaign, "--json", "--nominal")[0])
            self.assertEqual((plan["relaxations"], plan["structures"]), (2, 6))  # Replicates share theirs.
            _, said = twinmill("relax", campaign, "--dir", there / "run")
            self.assertIn("2 of 2 structures relaxed, 0 of 6 images done", said)
            self.assertEqual(runs(there), 2)
            twinmill("run", campaign, "--dir", there / "run", "--until", "simulate")
            self.assertEqual(runs(there), 2)
            files = sorted((there / "run" / "relaxed").glob("*.extxyz"))
            self.assertEqual(len(files), 2)
            task = twinmill("explain", there / "run", 6)[0]
            self.assertIn("energy -12.5 eV, largest force 0.01 eV/A", task)
            self.assertIn("0 quarantined", twinmill("explain", there / "run")[0])
            twinmill("verify", there / "run")
            with h5py.File(there / "run" / "store.h5") as store:
                table = store["samples/table"]
                relaxed = [r["relaxation"] != b"" for r in table]
                self.assertEqual(relaxed, [r["defect"] != b"pristine" for r in table])
                shifted = store["samples/atoms"][:]["x_px"]
            # The same campaign without relaxation: other keys, and atoms 0.05 A = 0.08 pixels to the left.
            still = there / "still.toml"
            still.write_text(campaign.read_text().replace('engine = "command"', 'engine = "none"'))
            twinmill("run", still, "--dir", there / "still", "--until", "simulate")
            self.assertNotEqual(digest(there / "run"), digest(there / "still"))
            # Another run finds the results in a library, and has the same images.
            library = there / "found.toml"
            library.write_text(campaign.read_text().replace("[[detector]]", f'library = ["{there}/run/relaxed"]\n[[detector]]'))
            twinmill("run", library, "--dir", there / "again", "--until", "simulate", "--ranks", 3)
            self.assertEqual(runs(there), 2)
            self.assertIn("found, not computed", twinmill("explain", there / "again", 6)[0])
            self.assertEqual(digest(there / "run"), digest(there / "again"))

    def test_what_is_shipped_serves_the_campaigns_that_name_it(self):
        # Without GPAW: every one of the nine is found, or the missing program would be the end of it.
        for name in ("quickstart", "relaxed"):
            with self.subTest(name), folder() as there:
                text = (SOURCE / "campaigns" / f"{name}.toml").read_text()
                found = f'library = ["{SOURCE}/campaigns/relaxed"]\ngpaw_command = ["{there}/no-such-program"]'
                campaign = there / "c.toml"
                campaign.write_text(text.replace('library = ["relaxed"]', found))
                _, said = twinmill("relax", campaign, "--dir", there / "run", "--ranks", 1)
                self.assertIn("9 of 9 structures relaxed", said)
                used, shipped = (
                    sorted(file.name for file in where.glob("*.extxyz"))
                    for where in (there / "run" / "relaxed", SOURCE / "campaigns" / "relaxed")
                )
                self.assertEqual(used, shipped)

    def failing(self, how, more, words):
        with folder() as there:
            campaign = write(there, how, more)
            _, said = twinmill("run", campaign, "--dir", there / "run", "--until", "simulate", code=5)
            self.assertIn("WS2-H anion_vacancy", said)
            self.assertIn("1 of 2 structures relaxed, 4 of 6 images done, 3 quarantined", said)
            page = twinmill("explain", there / "run")[0]
            for word in words:
                self.assertIn(word, page)
            self.assertIn("its relaxation (7) is in quarantine", page)
            self.assertEqual(runs(there), 3)  # One for MoS2, two attempts for WS2.
            # It is over: another start tries nothing again.
            _, said = twinmill("run", campaign, "--dir", there / "run", "--until", "simulate", code=5)
            self.assertIn("nothing to do, 3 quarantined", said)

    def test_an_engine_that_fails(self):
        self.failing("tungsten fail", "", ["no such potential"])

    def test_an_engine_that_hangs(self):
        self.failing("tungsten hang", "time_limit_s = 3", ["time limit"])

    def test_an_engine_that_loses_an_atom(self):
        self.failing("tungsten lose", "", ["46 atoms", "47"])

    def test_a_program_that_is_not_there(self):
        with folder() as there:
            campaign = write(there)
            campaign.write_text(campaign.read_text().replace("/usr/bin/python3", "/nowhere/dft"))
            _, said = twinmill("run", campaign, "--dir", there / "run", "--until", "simulate", code=3)
            self.assertIn("/nowhere/dft", said)

    def test_a_stop_gives_the_relaxation_back_at_once(self):
        for ranks in (1, 3):
            with self.subTest(ranks):
                self.stopped(ranks)

    def stopped(self, ranks):
        with folder() as there:
            campaign = write(there, "slow")
            child = subprocess.Popen([PROGRAM, "relax", str(campaign), "--dir", str(there / "run"), "--ranks", str(ranks)], stderr=subprocess.PIPE, text=True)
            deadline = time.monotonic() + 120
            while runs(there) < min(2, ranks) and time.monotonic() < deadline:
                time.sleep(0.1)
            child.send_signal(signal.SIGINT)
            _, said = child.communicate(timeout=120)
            self.assertEqual(child.returncode, 4, said)
            left = subprocess.run(["pgrep", "-f", str(there / "engine.py")], capture_output=True, check=False)
            self.assertEqual(left.stdout, b"", "an engine was left behind")
            # Nobody was charged, and the next start goes on.
            campaign_text = campaign.read_text()
            self.assertIn("no attempt has failed", twinmill("explain", there / "run")[0])
            (there / "engine.py").write_text(ENGINE.replace("time.sleep(600)", "pass"))
            self.assertEqual(campaign.read_text(), campaign_text)
            twinmill("relax", campaign, "--dir", there / "run")

    def test_nothing_to_relax_is_said(self):
        with folder() as there:
            campaign = write(there)
            campaign.write_text(campaign.read_text().replace('engine = "command"', 'engine = "none"'))
            _, said = twinmill("relax", campaign, "--dir", there / "run", code=2)
            self.assertIn("relaxes nothing", said)


if __name__ == "__main__":
    unittest.main()
