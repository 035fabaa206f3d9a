"""kill -9 in the middle of training: the next start goes on from the last checkpoint, and the curve is the one of a run never killed."""

import json
import shutil
import subprocess
import time
import unittest

from support import PROGRAM, TINY, folder, twinmill
from test_kill import kill_all
from test_pipeline import stages

EPOCHS = 30


def checkpoint(run):
    """The header of the checkpoint, or None."""
    try:
        return json.loads((run / "models" / "checkpoint.pt").read_bytes().split(b"\n")[1])
    except FileNotFoundError:
        return None


def epochs_done(run):
    header = checkpoint(run)
    return header["epochs_done"] if header else 0


def curve(history):
    return [[entry[key] for key in ("epoch", "train_loss", "validation_loss", "validation_f1")] for entry in history]


class TrainKill(unittest.TestCase):
    def test_killed_between_checkpoints(self):
        with folder() as there:
            campaign = there / "c.toml"
            campaign.write_text(TINY.read_text().replace("epochs = 2", f"epochs = {EPOCHS}\ncheckpoint_every = 3").replace("width = 4", "width = 8"))
            twinmill("run", campaign, "--dir", there / "straight", "--until", "simulate", "--ranks", 1)
            run = there / "killed"
            shutil.copytree(there / "straight", run)
            twinmill("train", there / "straight", "--ranks", 1)
            kept = 0
            for least in (1, 7):
                child = subprocess.Popen([PROGRAM, "train", str(run), "--ranks", "1"],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                deadline = time.monotonic() + 240
                while epochs_done(run) < max(least, kept + 1) and child.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.01)
                kill_all(run)
                child.wait()
                header = checkpoint(run)
                self.assertGreaterEqual(header["epochs_done"], least, "the old checkpoint or the new one is whole")
                self.assertLess(header["epochs_done"], EPOCHS, "the kill hit a living training")
                self.assertGreater(header["epochs_done"], kept, "it went on from the last checkpoint")
                kept = header["epochs_done"]
            before = checkpoint(run)["history"]
            twinmill("train", run, "--ranks", 1)
            straight, resumed = (stages(d)["train"]["history"] for d in (there / "straight", run))
            self.assertEqual(len(resumed), EPOCHS)
            self.assertEqual(resumed[:kept], before, "what the checkpoint held was not done again")
            self.assertEqual(curve(resumed), curve(straight))


if __name__ == "__main__":
    unittest.main()
