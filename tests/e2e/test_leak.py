"""A leak between splits, planted in a store: verify finds it, training refuses it."""

import unittest

import h5py
from support import TINY, folder, twinmill


class Leak(unittest.TestCase):
    def test_one_sample_in_another_split(self):
        with folder() as there:
            run = there / "run"
            twinmill("run", TINY, "--dir", run, "--until", "simulate", "--ranks", 1)
            twinmill("verify", run)
            with h5py.File(run / "store.h5", "r+") as store:
                table = store["samples/table"][:]
                moved = next(i for i, split in enumerate(table["split"]) if split == b"test")
                table["split"][moved] = b"train"
                store["samples/table"][:] = table
            words = twinmill("verify", run, code=2)[1]
            self.assertIn("stands in two splits", words)
            self.assertIn(f"sample {moved} in train", words)
            words = twinmill("train", run, "--ranks", 1, code=2)[1]
            self.assertIn("stands in two splits", words)
            self.assertFalse((run / "models" / "checkpoint.pt").exists())


if __name__ == "__main__":
    unittest.main()
