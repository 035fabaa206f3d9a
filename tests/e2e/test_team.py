"""simulate under mpirun: all ranks work on one structure, one writes and speaks."""

import unittest

import h5py
import numpy

from support import SOURCE, folder, mpirun, twinmill

GOLDEN = SOURCE / "tests" / "golden"
STEM = ["simulate", GOLDEN / "mos2_vacancy.extxyz", "--sampling", 0.09, "--detector", "adf:40:100", "--detector", "bf:0:20"]
HRTEM = ["simulate", GOLDEN / "mos2_hrtem.extxyz", "--mode", "hrtem", "--aberration", "C10=-60"]
ODD = ["--grid", "135x120"]  # Rows that 2 and 4 do not divide.


class Team(unittest.TestCase):
    def images(self, words, ranks):
        """Datasets and attributes of the file that so many ranks write (0: without mpirun)."""
        with folder() as there:
            out, _ = twinmill(*words, "--out", there / "out.h5", launcher=mpirun(ranks) if ranks else ())
            self.assertEqual(len(out.splitlines()), 1, out)
            self.assertEqual([p.name for p in there.iterdir()], ["out.h5"])
            with h5py.File(there / "out.h5") as file:
                return {name: file[name][:] for name in file}, {(name, key): str(value) for name in ["/", *file] for key, value in file[name].attrs.items()}

    def test_stem_is_the_same_to_the_last_bit(self):
        expected, attributes = self.images(STEM, 0)
        self.assertEqual(set(expected), {"adf", "bf"})
        for ranks in (1, 2, 4):
            images, these = self.images(STEM, ranks)
            self.assertEqual(these, attributes)
            for name, image in expected.items():
                numpy.testing.assert_array_equal(images[name], image, f"{name} on {ranks}")

    def test_hrtem_is_the_same(self):
        for words in (HRTEM, HRTEM + ODD):
            expected, attributes = self.images(words, 0)
            for ranks in (1, 2, 4):
                images, these = self.images(words, ranks)
                self.assertEqual(these, attributes)
                for name in ("image", "exit_wave"):
                    self.assertEqual(images[name].shape, expected[name].shape)
                    self.assertLess(abs(images[name] - expected[name]).max(), 1e-6, f"{name} on {ranks}")
                    self.assertEqual(images[name].dtype, expected[name].dtype)

    def test_preview_is_the_same_picture(self):
        with folder() as there:
            twinmill(*HRTEM, "--preview", "--out", there / "one.h5")
            twinmill(*HRTEM, "--preview", "--out", there / "three.h5", launcher=mpirun(3))
            self.assertEqual((there / "one.image.png").read_bytes(), (there / "three.image.png").read_bytes())

    def test_mistakes_come_once_with_the_same_code(self):
        with folder() as there:
            (there / "a.h5").write_text("precious")
            out = ["--out", there / "a.h5"]
            for words, code in (
                (["simulate", there / "missing.extxyz", *out], 2),
                ([*STEM, *out, "--detector", "far:50:900"], 2),
                ([*HRTEM, *out, "--aberration", "defokus=3"], 2),
                ([*HRTEM, *out, "--grid", "4x4"], 2),
                ([*HRTEM, "--out", "/proc/a.h5"], 3),
            ):
                _, alone = twinmill(*words, code=code)
                _, ranks = twinmill(*words, code=code, launcher=mpirun(3))
                self.assertEqual(ranks, alone)
            self.assertEqual([p.name for p in there.iterdir()], ["a.h5"])
            self.assertEqual((there / "a.h5").read_text(), "precious")

    def test_help_comes_once(self):
        self.assertEqual(twinmill("simulate", "--help", launcher=mpirun(2))[0], twinmill("simulate", "--help")[0])


if __name__ == "__main__":
    unittest.main()
