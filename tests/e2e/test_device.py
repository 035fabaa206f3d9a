"""Images by LibTorch on the processor: the path that GPUs take, from the command line."""

import json
import unittest

import h5py
import numpy

from support import SOURCE, TINY, folder, twinmill


def images(run):
    with h5py.File(run / "store.h5") as store:
        return store["samples/image"][:], store["samples/mask"][:]


class Device(unittest.TestCase):
    def test_a_campaign(self):
        with folder() as there:
            for device in ("cpu", "torch-cpu"):
                campaign = there / f"{device}.toml"
                text = TINY.read_text().replace("[1e5, 1e7]", "[1e6, inf]").replace('parents = ["MoS2-H", "PtSe2-T"]', 'parents = ["PtSe2-T"]')
                campaign.write_text(text + f'\n[run]\ndevice = "{device}"\n')
                _, said = twinmill("run", campaign, "--dir", there / device, "--until", "simulate", "--ranks", 3)
                self.assertEqual("images are made by LibTorch" in said, device == "torch-cpu", said)
            (ours, masks), (theirs, same) = images(there / "torch-cpu"), images(there / "cpu")
            numpy.testing.assert_array_equal(masks, same)
            exact = [i for i in range(len(ours)) if numpy.all(numpy.isfinite(ours[i]))]
            self.assertEqual(len(exact), len(ours))
            with h5py.File(there / "cpu" / "store.h5") as store:
                noiseless = numpy.isinf(store["samples/table"]["dose_e_per_A2"])
            self.assertGreater(noiseless.sum(), 3)
            difference = numpy.abs(ours[noiseless] - theirs[noiseless]).max() / theirs[noiseless].max()
            self.assertLess(difference, 1e-5)
            # The device is no part of a task's identity: the other run finds everything done.
            _, said = twinmill("run", there / "cpu.toml", "--dir", there / "torch-cpu", "--until", "simulate")
            self.assertIn("complete: nothing to do", said)

    def test_one_structure(self):
        with folder() as there:
            for device in ("cpu", "torch-cpu"):
                twinmill("simulate", SOURCE / "tests" / "golden" / "mos2_vacancy.extxyz", "--device", device, "--sampling", 0.1, "--scan", "40x36",
                         "--detector", "haadf:50:120", "--detector", "bf:0:15", "--out", there / f"{device}.h5")
            with h5py.File(there / "cpu.h5") as theirs, h5py.File(there / "torch-cpu.h5") as ours:
                for name in ("haadf", "bf"):
                    self.assertLess(numpy.abs(ours[name][:] - theirs[name][:]).max(), 1e-5 * theirs[name][:].max())

    def test_the_benchmark(self):
        result = json.loads(twinmill("bench", "imaging", "--device", "torch-cpu", "--cells", 4, "--repeats", 1, "--json")[0])
        self.assertIn("on cpu", result["device"])
        self.assertLess(result["relative_rms"], 1e-5)
        for key in ("cell_images_per_s", "field_images_per_s", "cpu_cell_images_per_s", "cpu_field_images_per_s"):
            self.assertGreater(result[key], 0)

    def test_mistakes(self):
        with folder() as there:
            campaign = there / "campaign.toml"
            for word, message in (("gpu", "must be auto, cpu, cuda, cuda:N or torch-cpu"), ("cdua", "Did you mean cuda?"), ("cuda:", "must be auto")):
                campaign.write_text(TINY.read_text() + f'\n[run]\ndevice = "{word}"\n')
                _, said = twinmill("plan", campaign, "--nominal", code=2)
                self.assertIn(message, said)
            campaign.write_text(TINY.read_text() + '\n[run]\ndevice = "torch-cpu"\nranks_per_task = 2\n')
            self.assertIn("run.ranks_per_task must be 1", twinmill("plan", campaign, "--nominal", code=2)[1])
            _, said = twinmill("simulate", SOURCE / "tests" / "golden" / "mos2_vacancy.extxyz", "--device", "cuda:99", "--out", there / "x.h5", code=3)
            self.assertIn("GPU", said)
            self.assertFalse((there / "x.h5").exists())
            campaign.write_text(TINY.read_text() + '\n[run]\ndevice = "cuda:99"\n')
            _, said = twinmill("run", campaign, "--dir", there / "run", "--ranks", 2, code=3)
            self.assertIn("GPU", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
