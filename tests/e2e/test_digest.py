"""One campaign, one digest: for any number of ranks and however they are started."""

import unittest

from support import TINY, digest, folder, mpirun, twinmill


class Digest(unittest.TestCase):
    def test_any_number_of_ranks(self):
        digests = {}
        with folder() as there:
            for name, words, launcher in (
                ("alone", ["--ranks", 1], ()),
                ("two", ["--ranks", 2], ()),
                ("three", ["--ranks=3"], ()),
                ("three under mpirun", [], mpirun(3)),
                ("four under mpirun", [], mpirun(4)),
            ):
                run = there / name
                twinmill("run", TINY, "--dir", run, "--until", "simulate", *words, launcher=launcher)
                digests[name] = digest(run)
                twinmill("verify", run)
        self.assertEqual(len(set(digests.values())), 1, digests)
        self.assertRegex(digests["alone"], "^[0-9a-f]{32}$")

    def test_every_stage_of_acquisition_on_any_number_of_ranks(self):
        stages = """
[acquisition]
stages = ["drift", "jitter", "contamination", "poisson", "gain", "dark"]
drift_A = [1, -0.5]
jitter_A = 0.1
contamination = 0.2
gain_spread = 0.4
gain_error = 0.05
dark_electrons = 2
"""
        with folder() as there:
            campaign = there / "acquisition.toml"
            campaign.write_text(TINY.read_text() + stages)
            digests = []
            for ranks in (2, 3):
                run = there / str(ranks)
                twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", ranks)
                twinmill("verify", run)
                digests.append(digest(run))
            twinmill("run", TINY, "--dir", there / "plain", "--until", "simulate", "--ranks", 2)
            self.assertEqual(digests[0], digests[1])
            self.assertNotEqual(digests[0], digest(there / "plain"))

    def test_another_seed_gives_another_digest(self):
        with folder() as there:
            other = there / "other.toml"
            other.write_text(TINY.read_text().replace("[campaign]", "[campaign]\nseed = 99", 1))
            self.assertNotEqual(other.read_text(), TINY.read_text())
            for path, run in ((TINY, there / "a"), (other, there / "b")):
                twinmill("run", path, "--dir", run, "--until", "simulate", "--ranks", 1)
            self.assertNotEqual(digest(there / "a"), digest(there / "b"))


if __name__ == "__main__":
    unittest.main()
