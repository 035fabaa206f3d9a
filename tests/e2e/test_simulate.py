"""simulate from the command line, against the golden images, read back with h5py."""

import json
import unittest

import h5py
import numpy

from support import SOURCE, folder, twinmill

GOLDEN = SOURCE / "tests" / "golden"


def options(name):
    p = json.loads((GOLDEN / f"{name}.json").read_text())["parameters"]
    words = ["--energy-kev", p["energy"] / 1e3, "--semiangle-mrad", p["semiangle"], "--aperture-edge", "hard"]
    words += ["--grid", f"{p['gpts'][0]}x{p['gpts'][1]}", "--slice-thickness", p["dz"], "--scattering", p["param"]]
    for key, value in p.items():
        if (key.startswith("C") and len(key) == 3) or key.startswith("phi"):
            words += ["--aberration", f"{key}={value}"]
    for key, (inner, outer) in p.get("detectors", {}).items():
        words += ["--detector", f"{key}:{inner}:{outer}"]
    if "scan" in p:
        words += ["--scan", f"{p['scan'][0]}x{p['scan'][1]}"]
    return words


class Simulate(unittest.TestCase):
    def compare(self, name, extra=()):
        images = json.loads((GOLDEN / f"{name}.json").read_text())["images"]
        with folder() as there:
            twinmill("simulate", GOLDEN / f"{name}.extxyz", *options(name), *extra, "--out", there / "out.h5")
            with h5py.File(there / "out.h5") as out:
                for key, golden in images.items():
                    image = out[key][:: golden["step"], :: golden["step"]]
                    values = numpy.array(golden["values"]).reshape(golden["shape"])
                    self.assertEqual(image.shape, values.shape)
                    error = numpy.sqrt(numpy.mean((image - values) ** 2)) / golden["mean"]
                    self.assertLess(error, 1e-4, f"{name} {key}")
                self.assertEqual(out.attrs["energy_kev"], json.loads((GOLDEN / f"{name}.json").read_text())["parameters"]["energy"] / 1e3)
                self.assertIn("twinmill", out.attrs["made_with"])
                if name == "mos2_hrtem":
                    self.assertEqual(out["exit_wave"].dtype.kind, "c")

    def test_stem(self):
        for name in ("mos2_vacancy", "ptse2_kirkland", "wse2_detectors"):
            self.compare(name)

    def test_hrtem(self):
        self.compare("mos2_hrtem", ["--mode", "hrtem"])

    def test_preview_is_a_picture(self):
        with folder() as there:
            twinmill("simulate", GOLDEN / "mos2_vacancy.extxyz", "--sampling", 0.09, "--detector", "adf:40:100", "--preview", "--out", there / "a.h5")
            one = (there / "a.adf.png").read_bytes()
            self.assertEqual(one[:8], b"\x89PNG\r\n\x1a\n")
            twinmill("simulate", GOLDEN / "mos2_vacancy.extxyz", "--sampling", 0.09, "--detector", "adf:40:100", "--defocus", 0, "--defocus", 80,
                     "--preview", "--out", there / "b.h5")
            two = (there / "b.adf.png").read_bytes()
            wide, high = (int.from_bytes(one[at : at + 4], "big") for at in (16, 20))
            gap = 4
            self.assertEqual([int.from_bytes(two[at : at + 4], "big") for at in (16, 20)], [2 * wide + 3 * gap, high + 2 * gap])

    def image(self, *words, dataset="haadf"):
        """The dataset, its attributes and the file's, of one simulate."""
        with folder() as there:
            said, _ = twinmill("simulate", GOLDEN / "mos2_vacancy.extxyz", *words, "--out", there / "a.h5")
            with h5py.File(there / "a.h5") as out:
                attributes = {**out.attrs, **{f"set.{k}": v for k, v in out[dataset].attrs.items()}}
                return out[dataset][()], attributes, list(out), said

    def test_field_has_real_atoms_around_it_and_says_its_error(self):
        words = ["--sampling", 0.09, "--detector", "haadf:50:120", "--field", "8x6", "--scan", "16x12", "--rotation-deg", 30]
        image, about, _, said = self.image(*words, "--max-error", 0.03)
        self.assertEqual(image.shape, (16, 12))
        self.assertTrue((image > 0).all())
        self.assertLess(about["finite_cell_error"], 0.03)
        self.assertEqual(about["windows"], 1)
        self.assertGreater(about["window_cell_A"][0], 8 + 2 * 2.9)
        self.assertIn("finite-cell error", said)
        tiles, about, _, _ = self.image(*words, "--max-error", 0.03, "--whole-area", 10)
        self.assertGreater(about["windows"], 1)
        self.assertLess(numpy.sqrt(numpy.mean((image - tiles) ** 2)) / image.mean(), 0.05)

    def test_focal_series_is_one_more_axis(self):
        words = ["--grid", "160x144", "--detector", "haadf:50:110", "--scan", "10x8"]
        series, about, _, _ = self.image(*words, "--defocus", 0, "--defocus", 80)
        self.assertEqual(series.shape, (2, 10, 8))
        self.assertEqual(list(about["set.defocus_A"]), [0, 80])
        one, _, _, _ = self.image(*words, "--aberration", "C10=-80")
        self.assertTrue(numpy.allclose(series[1], one, rtol=1e-6))
        self.assertFalse(numpy.allclose(series[0], one, rtol=1e-2))

    def test_plain_multislice_is_the_exact_image(self):
        words = ["--grid", "160x144", "--detector", "haadf:50:110", "--scan", "4x3", "--defocus", 40]
        exact, _, _, _ = self.image(*words)
        plain, about, _, _ = self.image(*words, "--method", "multislice")
        self.assertEqual(about["method"], "multislice")
        self.assertLess(abs(exact / plain - 1).max(), 3e-5)

    def test_phonons_are_reproducible_and_their_error_is_said(self):
        words = ["--grid", "160x144", "--detector", "haadf:50:110", "--scan", "10x8", "--phonons", 3]
        first, about, _, said = self.image(*words, "--seed", 5)
        again, _, _, _ = self.image(*words, "--seed", 5)
        other, _, _, _ = self.image(*words, "--seed", 6)
        self.assertTrue((first == again).all())
        self.assertFalse((first == other).all())
        self.assertGreater(about["phonon_relative_standard_error"][0], 0)
        self.assertEqual(list(about["rms_displacement_elements"]), ["S", "Mo"])
        self.assertIn("standard error by phonons", said)

    def test_segments_and_centre_of_mass(self):
        words = ["--grid", "160x144", "--scan", "10x8", "--detector", "q:10:40:0:90", "--detector", "com:0:60:com"]
        quarter, about, names, _ = self.image(*words, dataset="q")
        self.assertEqual(set(names), {"q", "com_x", "com_y"})
        self.assertEqual(list(about["set.azimuths_deg"]), [0, 90])
        moment, about, _, _ = self.image(*words, dataset="com_x")
        self.assertIn("mrad", about["set.units"])
        self.assertLess(moment.min(), 0)
        self.assertGreater(moment.max(), 0)

    def test_grids_are_oversampled_unless_one_is_named(self):
        self.assertEqual(self.image("--grid", "160x144", "--detector", "haadf:50:110")[1]["oversampling"], 1)
        self.assertEqual(self.image("--sampling", 0.09, "--detector", "haadf:50:110")[1]["oversampling"], 4)
        about = self.image("--accuracy", 0.02, "--scan", "8x8")[1]
        self.assertGreaterEqual(about["oversampling"], 2)
        self.assertGreater(about["cell_A"][0] / about["grid"][0], 0.05)

    def test_benchmark(self):
        said, _ = twinmill("bench", "imaging", "--cells", 4, "--probes", 2, "--json")
        result = json.loads(said)
        self.assertLess(result["plain_multislice"]["relative_rms"], 1e-5)
        self.assertGreater(result["growth"][0]["planes_s"], 0)
        self.assertLess(result["fields"][0]["estimated_error"], 0.05)
        self.assertIn("plain multislice", twinmill("bench", "imaging", "--cells", 4, "--probes", 1)[0])
        self.assertIn("known: imaging", twinmill("bench", "imagin", code=2)[1])

    def test_mistakes_leave_nothing_and_keep_what_was_there(self):
        with folder() as there:
            (there / "a.h5").write_text("precious")
            head = '\nLattice="6 0 0 0 6 0 0 0 6" Properties=species:S:1:pos:R:3 pbc="T T T"\n'
            (there / "twins.extxyz").write_text("2" + head + "S 1 1 1\nS 1 1.1 1\n")
            (there / "nobody.extxyz").write_text("0" + head)
            good = GOLDEN / "mos2_vacancy.extxyz"
            for words, expected in (
                ([there / "missing.extxyz", "--out", there / "a.h5"], "missing.extxyz"),
                ([good], "--out"),
                ([good, "--out", there / "a.h5", "--detector", "haadf:200:50"], "inner < outer"),
                ([good, "--out", there / "a.h5", "--detector", "haadf:50:900"], "Use at least"),
                ([good, "--out", there / "a.h5", "--aberration", "defokus=3"], "Did you mean defocus"),
                ([good, "--out", there / "a.h5", "--grid", "256"], "256x224"),
                ([good, "--out", there / "a.h5", "--grid", "32x28"], "Use at least"),
                ([good, "--out", there / "a.h5", "--grid", "160x144", "--semiangle-mrad", 300, "--detector", "a:0:90"], "semiangle"),
                ([good, "--out", there / "a.h5", "--rotation-deg", 30], "needs --field"),
                ([good, "--out", there / "a.h5", "--field", "8x6", "--grid", "256x224"], "Use --sampling?"),
                ([good, "--out", there / "a.h5", "--field", "8"], "25x22"),
                ([good, "--out", there / "a.h5", "--field", "8x6", "--defocus", 5000], "smaller defocus"),
                ([good, "--out", there / "a.h5", "--detector", "a:0:90:100:50"], "from < to"),
                ([good, "--out", there / "a.h5", "--phonons", "many"], "--phonons"),
                ([good, "--out", there / "a.h5", "--memory-gb", "0.01"], "GB per rank"),
                ([there / "twins.extxyz", "--out", there / "a.h5"], "atoms 1 (S) and 2 (S)"),
                ([there / "nobody.extxyz", "--out", there / "a.h5"], "nobody.extxyz"),
                ([good, "--out", there / "a.h5", "--energy-kev", "eighty"], "not a number"),
                ([good, "--out", there / "a.h5", "--sampeling", "0.1"], "Did you mean --sampling"),
            ):
                _, message = twinmill("simulate", *words, code=2)
                self.assertIn(expected, message)
            self.assertEqual(sorted(p.name for p in there.iterdir()), ["a.h5", "nobody.extxyz", "twins.extxyz"])
            self.assertEqual((there / "a.h5").read_text(), "precious")

    def test_unwritable_folder(self):
        _, message = twinmill("simulate", GOLDEN / "mos2_vacancy.extxyz", "--sampling", 0.09, "--detector", "a:40:100", "--out", "/proc/a.h5", code=3)
        self.assertIn("/proc/a.h5", message)


if __name__ == "__main__":
    unittest.main()
