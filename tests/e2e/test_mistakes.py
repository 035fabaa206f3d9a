"""What a tired person types: one clear message, exit code 2 or 3, nothing written."""

import os
import pwd
import subprocess
import unittest

import h5py

from support import PROGRAM, SOURCE, TINY, folder, twinmill

QUICKSTART = SOURCE / "campaigns" / "quickstart.toml"


class Mistakes(unittest.TestCase):
    def refuse(self, change, expected, code=2):
        """The tiny campaign with one text replaced: plan and run refuse it alike and write nothing."""
        with folder() as there:
            text = TINY.read_text()
            self.assertIn(change[0], text)
            broken = there / "broken.toml"
            broken.write_text(text.replace(change[0], change[1], 1))
            for words in (["plan", broken], ["run", broken, "--dir", there / "run", "--ranks", 3]):
                out, message = twinmill(*words, code=code)
                for word in expected:
                    self.assertIn(word, message)
                self.assertEqual(out, "")
                self.assertNotIn("mpirun", message)
            self.assertEqual([p.name for p in there.iterdir()], ["broken.toml"])

    def test_campaign_files(self):
        self.refuse(("[dose]", "[dsoe]"), ["broken.toml:", "dsoe", "dose"])
        self.refuse(("energy_kev", "energy_keV"), ["energy_keV", "energy_kev"])
        self.refuse(("supercell = [4, 4]", 'supercell = "4x4"'), ["supercell", "broken.toml:"])
        self.refuse(("e_per_A2 = [1e5, 1e7]", "e_per_A2 = [1e5, -3]"), ["broken.toml:", "e_per_A2[1] = -3", "above 0"])
        self.refuse(('"MoS2-H"', '"MoS3-H"'), ["MoS3-H", "MoS2-H"])
        self.refuse(('"pristine", ', '"pristine", "anion_vacency", '), ["anion_vacency", "anion_vacancy"])
        self.refuse(('defects = ["pristine"', 'dopants = ["Wo"]\ndefects = ["dopant"'), ["Wo"])
        self.refuse(('defects = ["pristine"', 'dopants = ["Li"]\ndefects = ["dopant"'), ["Li"])
        self.refuse(("supercell = [4, 4]", "supercell = [4, 3]"), ["supercell", "even"])
        self.refuse(("outer_mrad = 160", "outer_mrad = 400"), ["400", "sampling_A"])
        self.refuse(("[campaign]", "[campaign"), ["broken.toml:"])

    def test_all_mistakes_are_told_at_once(self):
        with folder() as there:
            broken = there / "broken.toml"
            broken.write_text(TINY.read_text().replace("energy_kev = 80", 'energy_kev = "high"').replace("[dose]", "[dsoe]").replace("width = 4", "width = -4"))
            _, message = twinmill("plan", broken, code=2)
            for word in ("energy_kev", "dsoe", "width"):
                self.assertIn(word, message)

    def test_unknown_element_and_cell_without_period(self):
        for text, expected in (
            ('3\nLattice="9 0 0 0 9 0 0 0 12" Properties=species:S:1:pos:R:3 pbc="T T T"\nMo 1 1 6\nS 2 3 7\nXx 4 4 5\n', "Xx"),
            ("2\njust a sheet\nMo 1 1 6\nS 2 3 7\n", "periodic"),
            ('2\nLattice="9 0 0 0 9 0 0 0 12" Properties=species:S:1:pos:R:3 pbc="F F F"\nMo 1 1 6\nS 2 3 7\n', "periodic"),
        ):
            with folder() as there:
                (there / "bad.extxyz").write_text(text)
                _, message = twinmill("simulate", there / "bad.extxyz", "--out", there / "a.h5", code=2)
                self.assertIn(expected, message)
                campaign = there / "c.toml"
                campaign.write_text(TINY.read_text().replace('parents = ["MoS2-H", "PtSe2-T"]', 'files = ["bad.extxyz"]'))
                _, message = twinmill("run", campaign, "--dir", there / "run", code=2)
                self.assertIn(expected, message)
                self.assertFalse((there / "run").exists())
                self.assertFalse((there / "a.h5").exists())

    def test_commands_and_options(self):
        for words, expected in (
            (["paln", TINY], "Did you mean plan"),
            (["run", TINY, "--rank", 3], "Did you mean --ranks"),
            (["run", TINY, "--until", "trian"], "train"),
            (["run", TINY, "--ranks", "three"], "not a whole number"),
            (["run", TINY, "--ranks", 0], "must be 1 or more"),
            (["run"], "needs CAMPAIGN"),
            (["plan", "missing.toml"], "missing.toml"),
            (["plan", SOURCE], "folder"),
            (["status", "/nowhere"], "/nowhere"),
            (["digest", SOURCE], "not a run directory"),
            (["plan", TINY, "extra"], "too many"),
        ):
            _, message = twinmill(*words, code=2)
            self.assertIn(expected, message)
            self.assertEqual(message.count("error:"), 1, message)

    def test_help_of_every_command(self):
        page, _ = twinmill("--help")
        for command in ("plan", "run", "status", "explain", "verify", "digest", "train", "evaluate", "report", "simulate"):
            self.assertIn(f"twinmill {command}", page)
            self.assertIn("Example:", twinmill(command, "--help")[0])

    def test_unwritable_directory(self):
        _, message = twinmill("run", TINY, "--dir", "/proc/run", code=3)
        self.assertIn("/proc/run", message)
        with folder() as there:
            (there / "file").write_text("x")
            _, message = twinmill("run", TINY, "--dir", there / "file", code=3)
            self.assertIn("file", message)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to become nobody")
    def test_folder_of_somebody_else(self):
        with folder() as there:
            there.chmod(0o755)
            nobody = pwd.getpwnam("nobody")
            done = subprocess.run([PROGRAM, "run", str(TINY), "--dir", str(there / "run"), "--ranks", "1"], capture_output=True, text=True,
                                  user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[], cwd="/")
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("ermission denied", done.stderr)
            self.assertEqual(list(there.iterdir()), [])

    def test_store_of_another_version_and_of_another_campaign(self):
        with folder() as there:
            run = there / "run"
            twinmill("run", TINY, "--dir", run, "--until", "simulate", "--ranks", 1)
            before = {p.name: p.stat().st_mtime_ns for p in run.iterdir()}
            _, message = twinmill("run", QUICKSTART, "--dir", run, "--ranks", 1, code=2)
            self.assertIn("another", message)
            with h5py.File(run / "store.h5", "r+") as store:
                store.attrs["format_version"] = store.attrs["format_version"] + 8
            before["store.h5"] = (run / "store.h5").stat().st_mtime_ns
            for command in ("digest", "verify"):
                _, message = twinmill(command, run, code=2)
                self.assertIn("version", message)
            self.assertEqual({p.name: p.stat().st_mtime_ns for p in run.iterdir()}, before)

    def test_store_that_is_none(self):
        with folder() as there:
            run = there / "run"
            twinmill("run", TINY, "--dir", run, "--until", "simulate", "--ranks", 1)
            (run / "store.h5").write_text("these are not the bytes")
            _, message = twinmill("run", TINY, "--dir", run, "--until", "train", "--ranks", 1, code=2)
            self.assertIn("store.h5", message)
            self.assertEqual((run / "store.h5").read_text(), "these are not the bytes")


if __name__ == "__main__":
    unittest.main()
