"""A signal at any moment changes no result: matrix products let the stack pointer point into the heap meanwhile."""

import os
import signal
import subprocess
import time
import unittest

import layer  # Finds support.py.
from campaign_run import read_process
from support import PROGRAM, SOURCE, digest, folder, twinmill

CAMPAIGN = SOURCE / "tests" / "crash" / "soak.toml"
assert layer.LIBRARY.exists()


def workers_of(run):
    found = [read_process(int(entry), str(run).encode()) for entry in os.listdir("/proc") if entry.isdigit()]
    return [process.pid for process in found if process and process.rank]


class Signals(unittest.TestCase):
    def test_thousands_of_signals_to_workers(self):
        with folder() as there:
            run = there / "run"
            with open(there / "said", "w") as said:
                child = subprocess.Popen([PROGRAM, "run", str(CAMPAIGN), "--dir", str(run), "--until", "simulate", "--ranks", "3"],
                                         stdin=subprocess.DEVNULL, stdout=said, stderr=said)
            while child.poll() is None and not (run / "ledger-snapshot.sqlite").exists():
                time.sleep(0.01)  # Before that, nobody may have a handler.
            sent = 0
            while child.poll() is None:
                pids = workers_of(run)
                for _ in range(200):
                    for pid in pids:
                        try:
                            os.kill(pid, signal.SIGUSR2)
                        except ProcessLookupError:
                            pass
                        sent += 1
                    time.sleep(0.0003)
            self.assertEqual(child.returncode, 0, (there / "said").read_text())
            self.assertGreater(sent, 500)
            twinmill("run", CAMPAIGN, "--dir", there / "whole", "--until", "simulate", "--ranks", 2)
            self.assertEqual(digest(run), digest(there / "whole"))


if __name__ == "__main__":
    unittest.main()
