"""Acknowledged means synced: after a power cut at any moment, what the ledger had acknowledged is there, in ledger and store."""

import os
import random
import signal
import subprocess
import time
import unittest

from layer import environment
from power_cut import PowerCut
from support import PROGRAM, SOURCE, digest, folder, twinmill
from witness import Witness

CAMPAIGN = SOURCE / "tests" / "crash" / "soak.toml"


class Disk:
    """A folder that is watched, and its log beside it."""

    def __init__(self, there):
        self.disk, self.log = there / "disk", there / "log"
        self.disk.mkdir()
        self.log.mkdir()
        self.run = self.disk / "new" / "run"
        self.witness = Witness(self.run, there / "scratch")

    def command(self):
        return [PROGRAM, "run", str(CAMPAIGN), "--dir", str(self.run), "--until", "simulate", "--ranks", "1"]

    def start(self):
        return subprocess.Popen(self.command(), env={**os.environ, **environment(self.disk, self.log)}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run_until_killed(self, samples):
        """Until so many samples are published as done, or the end."""
        child = self.start()
        while child.poll() is None and self.witness.least_done < samples:
            self.witness.published()
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        child.wait()


class Synced(unittest.TestCase):
    def test_acknowledged_samples_survive_power_cuts(self):
        dice = random.Random(7)
        with folder() as there:
            disk = Disk(there)
            for cut in range(5):
                disk.run_until_killed(cut * 25 + 5)
                disk.witness.before_power_cut()
                PowerCut(disk.disk, disk.log).apply(dice.random(), survive=(0, 1, 0.5, None)[cut % 4])
                wrong, done, _ = disk.witness.look()
                self.assertEqual(wrong, [])
                self.assertGreaterEqual(done, cut * 25 + 5)
                twinmill("verify", disk.run)
            subprocess.run(disk.command(), check=True, capture_output=True)
            self.assertEqual(disk.witness.look()[:2], ([], 148))
            twinmill("verify", disk.run)
            twinmill("run", CAMPAIGN, "--dir", there / "whole", "--until", "simulate", "--ranks", 1)
            self.assertEqual(digest(disk.run), digest(there / "whole"))

    def test_a_finished_run_is_all_there(self):
        with folder() as there:
            disk = Disk(there)
            self.assertEqual(disk.start().wait(), 0)
            disk.witness.before_power_cut()
            PowerCut(disk.disk, disk.log).apply(1, survive=0)
            self.assertEqual(disk.witness.look()[:2], ([], 148))
            twinmill("verify", disk.run)

    def after_forgotten_syncs(self, there, forgotten):
        """What is wrong after a power cut if the program had not synced some files: this must be noticed."""
        disk = Disk(there)
        disk.run_until_killed(40)
        disk.witness.before_power_cut()
        PowerCut(disk.disk, disk.log, forgotten).apply(1, survive=0)
        return disk.witness

    def test_a_store_that_is_not_synced_is_noticed(self):
        with folder() as there:
            witness = self.after_forgotten_syncs(there, lambda path: path.endswith("/store.h5"))
            self.assertIn("its slot in the store is", " ".join(witness.look()[0]))

    def test_a_ledger_that_is_not_synced_is_noticed(self):
        with folder() as there:
            witness = self.after_forgotten_syncs(there, lambda path: path.endswith("/ledger.sqlite-wal"))
            self.assertIn("now it is None", " ".join(witness.look()[0]))

    def test_a_folder_that_is_not_synced_is_noticed(self):
        with folder() as there:
            witness = self.after_forgotten_syncs(there, lambda path: path.endswith("/new"))
            self.assertIn("the store is gone", " ".join(witness.look()[0]))


if __name__ == "__main__":
    unittest.main()
