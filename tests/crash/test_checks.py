"""The soak's own checks: each finds what it is for."""

import contextlib
import json
import sqlite3
import sys
import unittest

import layer  # Finds support.py.
from campaign_run import CampaignRun
from support import folder
from witness import Ledger

assert layer.LIBRARY.exists()


@contextlib.contextmanager
def run_of(program):
    """A run whose program is some lines of Python that get the run directory as their argument."""
    with folder() as there:
        run = CampaignRun(there / "round", there / "no.toml", 1, ())
        run.command = [sys.executable, "-c", program, str(run.run)]
        run.patience = 0.5
        run.run.mkdir()
        run.start()
        run.wait_for_end(60)
        yield run


class Checks(unittest.TestCase):
    def test_nothing_wrong(self):
        with run_of("raise SystemExit(4)") as run:
            self.assertEqual((run.look(), run.code), ([], 4))

    def test_a_bug_is_wrong(self):
        with run_of("print('some words'); raise SystemExit(70)") as run:
            self.assertEqual(run.look(), ["exit code 70: some words\n"])
        with run_of("import os; os.abort()") as run:
            self.assertIn("exit code -6", run.look()[0])
        with run_of("print('[host:1] *** Process received signal ***'); raise SystemExit(3)") as run:  # As a rank says.
            self.assertIn("exit code 3", run.look()[0])
            run.disturbed = True  # By a kill: mpirun ends what is left, and not gently.
            self.assertEqual((run.look(), run.late_crashes), ([], 1))

    def test_what_is_left_behind_is_wrong_and_ended(self):
        with run_of("import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', sys.argv[1]])") as run:
            self.assertRegex(run.look()[0], r"left behind: python3?[\d.]* \(rank None\)")
            self.assertEqual(run.processes(), [])

    def test_a_run_that_does_not_end_is_wrong(self):
        with folder() as there:
            run = CampaignRun(there / "round", there / "no.toml", 1, ())
            run.command = [sys.executable, "-c", "import time; time.sleep(600)", str(run.run)]
            run.start()
            run.must_end(within=0.5, after="a word")
            self.assertIn("did not end within 0.5 s after a word", run.look()[0])

    def test_a_promise_that_is_not_kept_is_wrong(self):
        with run_of("raise SystemExit(4)") as run:
            (run.run / "status.json").write_text(json.dumps({"counts": {"done": 5}}))
            self.assertEqual(run.look(), ["status.json said that 5 samples were done, the ledger knows 0"])

    def test_the_last_transaction_is_not_yet_acknowledged(self):
        with folder() as there:
            with contextlib.closing(sqlite3.connect(there / "ledger.sqlite")) as database:
                database.executescript("""
                    CREATE TABLE tasks(id INTEGER PRIMARY KEY, state TEXT, checksum TEXT, finished REAL);
                    CREATE TABLE attempts(granted REAL, ended REAL, outcome TEXT);
                    CREATE TABLE events(at REAL);
                    INSERT INTO tasks VALUES(0, 'done', 'a', 1.0), (1, 'done', 'b', 2.0), (2, 'pending', NULL, NULL);
                    INSERT INTO attempts VALUES(0.5, 1.0, 'done'), (2.0, NULL, 'running');
                """)
            ledger = Ledger(there / "ledger.sqlite", there / "scratch")
            self.assertEqual(ledger.done, {0: ("a", 1.0), 1: ("b", 2.0)})
            self.assertEqual(ledger.acknowledged, {0: ("a", 1.0)})
            self.assertEqual(ledger.open_leases, 1)


if __name__ == "__main__":
    unittest.main()
