"""Two runs on one directory: the second one is told host, pid and job of the first one, and nothing happens."""

import json
import os
import signal
import subprocess
import time
import unittest

from support import PROGRAM, TINY, digest, folder, twinmill


class SecondRun(unittest.TestCase):
    def test_second_run_is_refused(self):
        with folder() as there:
            campaign, run = there / "c.toml", there / "run"
            # Far more than is made while the second one looks.
            campaign.write_text(TINY.read_text().replace("replicates = 2", "replicates = 200").replace("sampling_A = 0.08", "sampling_A = 0.05"))
            first = subprocess.Popen([PROGRAM, "run", str(campaign), "--dir", str(run), "--until", "simulate", "--ranks", "1"],
                                     env={**os.environ, "SLURM_JOB_ID": "4711"}, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                while not (run / "status.json").exists():
                    self.assertIsNone(first.poll())
                    time.sleep(0.02)
                os.kill(first.pid, signal.SIGSTOP)  # It holds the directory, alive, and gets no further.
                for words in (["run", campaign, "--dir", run, "--ranks", 1], ["run", campaign, "--dir", run], ["verify", run, "--repair"]):
                    _, message = twinmill(*words, code=3)
                    self.assertIn(f"is in use by another twinmill (host {os.uname().nodename}, pid {first.pid}, job 4711)", message)
                twinmill("verify", run)  # Readers need no lock.
                self.assertEqual(json.loads((run / "run.lock").read_text())["pid"], first.pid)
            finally:
                os.kill(first.pid, signal.SIGKILL)
                first.wait()
            # The lock of a process that is gone holds nobody up.
            campaign.write_text(TINY.read_text())
            _, message = twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", 1, "--drop")
            self.assertIn("20 of 20 images done", message)
            twinmill("run", campaign, "--dir", there / "fresh", "--until", "simulate", "--ranks", 1)
            self.assertEqual(digest(run), digest(there / "fresh"))


if __name__ == "__main__":
    unittest.main()
