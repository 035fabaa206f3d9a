"""One campaign, one digest: for any number of ranks and however they are started."""

import unittest

import h5py
import numpy

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

    def test_all_of_the_imaging_on_any_number_of_ranks_and_in_groups(self):
        text = TINY.read_text()
        text = text.replace("[microscope]", "[microscope]\nfocal_spread_A = 30\nsource_fwhm_A = 0.8\naberrations = { C12 = 20, phi12 = 0.3 }")
        text = text.replace("[imaging]", "[imaging]\nphonons = 2\nspecimen_tilt_mrad = [4, -3]\noversampling = 2")
        text = text.replace("[scan]", '[[detector]]\nname = "segment"\ninner_mrad = 20\nouter_mrad = 60\nfrom_deg = -45\nto_deg = 45\n\n[geometry]\nrotations_deg = [0, 30]\n\n[scan]')
        with folder() as there:
            digests = []
            for ranks, in_group in ((2, 1), (3, 1), (5, 2)):
                campaign = there / f"imaging{in_group}.toml"
                campaign.write_text(text + f"\n[run]\nranks_per_task = {in_group}\n")
                run = there / f"{ranks}-{in_group}"
                twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", ranks)
                twinmill("verify", run)
                digests.append(digest(run))
            self.assertEqual(len(set(digests)), 1, digests)
            with h5py.File(there / "2-1" / "store.h5") as store:
                table = store["samples/table"][()]
                images = store["samples/image"]
                both = [numpy.flatnonzero((table["structure"] == 0) & (table["rotation_deg"] == r))[0] for r in (0, 30)]
                ring, segment = images[both[0]]
                self.assertLess(abs(numpy.corrcoef(ring.ravel(), segment.ravel())[0, 1]), 0.999)
                # A segment stands still while the specimen turns: it is not the same segment of the specimen.
                turned = images[both[1]][1]
                self.assertGreater(turned.mean(), 0.5 * segment.mean())

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
