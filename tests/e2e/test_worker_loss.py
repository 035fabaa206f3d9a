"""Workers that die, stop, come back, or make nonsense in the middle of a campaign: it ends by itself with the same data."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import time
import unittest

from support import PROGRAM, TINY, digest, folder, twinmill
from test_groups import rank_of
from test_kill import acknowledged_so_far, kill_all, longer, processes_of


def patient(there):
    """Enough structures to be hit in the middle; run.heartbeat_seconds is its default, two minutes."""
    campaign = longer(there)
    campaign.write_text(campaign.read_text().replace("replicates = 14", "replicates = 6"))
    return campaign


def restless(there):
    """The same with little patience with silence."""
    campaign = patient(there)
    campaign.write_text(campaign.read_text() + "\n[run]\nheartbeat_seconds = 4\n")
    return campaign


def one_rank(run, rank):
    """The process of a rank."""
    found = [pid for pid in processes_of(run) if rank_of(pid) == rank]
    assert len(found) == 1, found
    return found[0]


def ledger(run, query):
    with contextlib.closing(sqlite3.connect(f"file:{run}/ledger-snapshot.sqlite?mode=ro", uri=True)) as snapshot:
        return snapshot.execute(query).fetchall()


def until(what, child, seconds=120):
    """Waits for `what` while the child lives; its value, or None."""
    deadline = time.monotonic() + seconds
    while child.poll() is None and time.monotonic() < deadline:
        if value := what():
            return value
        time.sleep(0.02)
    return None


def in_ledger(condition, run, child, scratch):
    """Waits for such an attempt; None when the run ends before."""
    def found():
        if not acknowledged_so_far(run, scratch):  # A copy, as a crash would leave it.
            return None
        with contextlib.closing(sqlite3.connect(scratch / "ledger.sqlite")) as copy, contextlib.suppress(sqlite3.DatabaseError):
            return copy.execute(f"SELECT 1 FROM attempts WHERE {condition}").fetchone()
        return None
    return until(found, child)


class WorkerLoss(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with folder() as there:
            twinmill("run", patient(there), "--dir", there / "whole", "--until", "simulate", "--ranks", 3)
            cls.expected = digest(there / "whole")

    @contextlib.contextmanager
    def started(self, campaign, run, ranks, phase="simulate"):
        """A run that has finished something; afterwards it is over and has left nobody."""
        child = subprocess.Popen([PROGRAM, "run", str(campaign), "--dir", str(run), "--until", phase, "--ranks", str(ranks)],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            self.assertTrue(until(lambda: acknowledged_so_far(run, run.parent / "scratch"), child), "the run ended too early")
            yield child
            _, self.said = child.communicate(timeout=240)
            self.assertEqual(processes_of(run), [])
        finally:
            kill_all(run)
            child.wait()
        self.assertEqual(list(run.glob("run.ending*")), [])

    @contextlib.contextmanager
    def surviving(self, there, phase="simulate"):
        """A run that ends by itself with exit code 0 and the same data."""
        run = there / "run"
        with self.started(restless(there), run, 4, phase) as child:
            yield run, child
        self.assertEqual(child.returncode, 0, self.said)
        self.assertEqual(digest(run), self.expected)
        twinmill("verify", run)

    def wait_for_work(self, rank, run, child):
        self.assertTrue(in_ledger(f"outcome = 'running' AND worker = {rank}", run, child, run.parent / "scratch"), f"rank {rank} had no work")

    def test_killed(self):
        with folder() as there:
            with self.surviving(there) as (run, child):
                self.wait_for_work(2, run, child)
                os.kill(one_rank(run, 2), signal.SIGKILL)
            self.assertIn("is lost (its process has ended)", self.said)
            self.assertIn("the others have done their work", self.said)
            self.assertTrue(ledger(run, "SELECT 1 FROM attempts WHERE worker = 2 AND outcome = 'lost'"))

    def test_stopped(self):
        with folder() as there:
            with self.surviving(there) as (run, child):
                self.wait_for_work(1, run, child)
                os.kill(one_rank(run, 1), signal.SIGSTOP)
            self.assertTrue(ledger(run, "SELECT 1 FROM attempts WHERE worker = 1 AND outcome = 'lost' AND message LIKE '%fell silent%'"))

    def test_stopped_and_back_with_a_late_result(self):
        with folder() as there:
            with self.surviving(there) as (run, child):
                self.wait_for_work(3, run, child)
                sleeper, others = one_rank(run, 3), [one_rank(run, rank) for rank in (1, 2)]
                os.kill(sleeper, signal.SIGSTOP)
                scratch = there / "scratch"
                self.assertTrue(in_ledger("outcome = 'lost' AND worker = 3", run, child, scratch), "rank 3 was not found silent")
                # The others wait, so that there is a campaign left for it to come back to.
                for pid in others:
                    os.kill(pid, signal.SIGSTOP)
                os.kill(sleeper, signal.SIGCONT)
                late = in_ledger("outcome = 'lost' AND worker = 3 AND late = 'finished'", run, child, scratch)
                for pid in others:
                    os.kill(pid, signal.SIGCONT)
                self.assertTrue(late, "no late result of rank 3 was noted")

    def test_the_next_phases_start_with_new_ranks(self):
        with folder() as there:
            with self.surviving(there, "evaluate") as (run, child):
                self.wait_for_work(2, run, child)
                os.kill(one_rank(run, 2), signal.SIGKILL)
            self.assertIn("the next phases start with new ranks", self.said)
            self.assertEqual({kind for (kind,) in ledger(run, "SELECT kind FROM stages WHERE state = 'done'")},
                             {"simulate", "train", "evaluate"})

    def test_all_killed_stops_at_once(self):
        with folder() as there:
            with self.started(patient(there), there / "run", 3) as child:
                begun = time.monotonic()
                for rank in (1, 2):
                    os.kill(one_rank(there / "run", rank), signal.SIGKILL)
            self.assertEqual(child.returncode, 3, self.said)
            self.assertIn("no worker is there any more", self.said)
            self.assertLess(time.monotonic() - begun, 120, "silence was waited for")

    def test_the_scheduler_killed_ends_all_and_the_next_start_resumes(self):
        with folder() as there:
            run = there / "run"
            with self.started(patient(there), run, 3):
                os.kill(one_rank(run, 2), signal.SIGSTOP)
                os.kill(one_rank(run, 0), signal.SIGKILL)
            self.assertIn("a rank died", self.said)
            twinmill("run", patient(there), "--dir", run, "--until", "simulate", "--ranks", 3)
            self.assertEqual(digest(run), self.expected)


    def test_mpirun_killed_leaves_nobody(self):
        with folder() as there:
            run = there / "run"
            with self.started(patient(there), run, 3):
                os.kill(one_rank(run, 1), signal.SIGSTOP)  # It would never find out.
                mpirun = [pid for pid in processes_of(run) if "mpirun" in os.readlink(f"/proc/{pid}/exe") or "orterun" in os.readlink(f"/proc/{pid}/exe")]
                self.assertEqual(len(mpirun), 1)
                os.kill(mpirun[0], signal.SIGKILL)
            self.assertIn("a rank died (mpirun ended with 137)", self.said)

    def test_a_death_in_training_ends_all(self):
        with folder() as there:
            campaign, run = there / "long.toml", there / "run"
            campaign.write_text(TINY.read_text().replace("epochs = 2", "epochs = 100000"))
            with self.started(campaign, run, 3, "train") as child:
                def training():
                    try:
                        return json.loads((run / "status.json").read_text())["state"] == "training"
                    except (OSError, ValueError):
                        return False
                self.assertTrue(until(training, child))
                os.kill(one_rank(run, 2), signal.SIGKILL)
            self.assertEqual(child.returncode, 3, self.said)
            self.assertIn("a rank died (1 missing)", self.said)


class Nonsense(unittest.TestCase):
    def test_what_is_not_finite_is_refused_before_it_is_written(self):
        with folder() as there:
            campaign = there / "wild.toml"
            # So few electrons that the detector's noise in units of the beam overflows.
            text = TINY.read_text().replace("e_per_A2 = [1e5, 1e7]", "e_per_A2 = [1e-310]")
            campaign.write_text(text + '[acquisition]\nstages = ["poisson", "dark"]\ndark_electrons = 1e5\n')
            run = there / "run"
            _, said = twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", 3, code=5)
            self.assertIn("not finite", said)
            self.assertIn("0 images done", twinmill("verify", run)[0])
            messages = ledger(run, "SELECT DISTINCT fault, message FROM attempts")
            self.assertTrue(messages)
            for fault, message in messages:
                self.assertEqual(fault, "bug")
                self.assertRegex(message, r"^sample \d+ \(.*\) holds a value that is not finite$")


if __name__ == "__main__":
    unittest.main()
