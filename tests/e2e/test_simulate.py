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
            self.assertEqual((there / "a.adf.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_mistakes_leave_nothing_and_keep_what_was_there(self):
        with folder() as there:
            (there / "a.h5").write_text("precious")
            good = GOLDEN / "mos2_vacancy.extxyz"
            for words, expected in (
                ([there / "missing.extxyz", "--out", there / "a.h5"], "missing.extxyz"),
                ([good], "--out"),
                ([good, "--out", there / "a.h5", "--detector", "haadf:200:50"], "inner < outer"),
                ([good, "--out", there / "a.h5", "--detector", "haadf:50:900"], "Use at least"),
                ([good, "--out", there / "a.h5", "--aberration", "defokus=3"], "Did you mean defocus"),
                ([good, "--out", there / "a.h5", "--grid", "256"], "256x224"),
                ([good, "--out", there / "a.h5", "--energy-kev", "eighty"], "not a number"),
                ([good, "--out", there / "a.h5", "--sampeling", "0.1"], "Did you mean --sampling"),
            ):
                _, message = twinmill("simulate", *words, code=2)
                self.assertIn(expected, message)
            self.assertEqual([p.name for p in there.iterdir()], ["a.h5"])
            self.assertEqual((there / "a.h5").read_text(), "precious")

    def test_unwritable_folder(self):
        _, message = twinmill("simulate", GOLDEN / "mos2_vacancy.extxyz", "--sampling", 0.09, "--detector", "a:40:100", "--out", "/proc/a.h5", code=3)
        self.assertIn("/proc/a.h5", message)


if __name__ == "__main__":
    unittest.main()
