"""Campaigns whose specimens are shared by several ranks: same images, same safety."""

import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time
import unittest

from support import PROGRAM, TINY, digest, folder, mpirun, twinmill
from test_kill import acknowledged, acknowledged_so_far, kill_all, longer, processes_of


def grouped(campaign, there, ranks_per_task):
    path = there / f"{campaign.stem}-{ranks_per_task}.toml"
    path.write_text(campaign.read_text() + f"\n[run]\nranks_per_task = {ranks_per_task}\n")
    return path


def rank_of(pid):
    """The rank of a process; None for one that has none, or that has gone."""
    try:
        environment = pathlib.Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return None
    for entry in environment.split(b"\0"):
        if entry.startswith(b"OMPI_COMM_WORLD_RANK="):
            return int(entry.split(b"=")[1])
    return None


class Groups(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with folder() as there:
            twinmill("run", longer(there), "--dir", there / "whole", "--until", "simulate", "--ranks", 3)
            cls.longer_digest = digest(there / "whole")

    def start(self, campaign, run, launcher=(), words=()):
        return subprocess.Popen(
            [*launcher, PROGRAM, "run", str(campaign), "--dir", str(run), "--until", "simulate", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def wait_for_results(self, child, run, scratch):
        deadline = time.monotonic() + 60
        while not acknowledged_so_far(run, scratch) and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)

    def test_same_digest_as_one_rank_per_task(self):
        with folder() as there:
            twinmill("run", TINY, "--dir", there / "single", "--until", "simulate", "--ranks", 2)
            expected = digest(there / "single")
            for size, words, launcher, idle in ((2, ["--ranks", 3], (), 0), (2, [], mpirun(5), 0), (3, ["--ranks", 6], (), 2), (2, [], (), 0)):
                run = there / f"{size}-{len(launcher)}-{'-'.join(map(str, words))}"
                _, said = twinmill("run", grouped(TINY, there, size), "--dir", run, "--until", "simulate", *words, launcher=launcher)
                self.assertEqual(digest(run), expected)
                twinmill("verify", run)
                self.assertEqual(f"{idle} rank(s) stay idle" in said, idle > 0, said)

    def test_the_whole_way(self):
        with folder() as there:
            twinmill("run", grouped(TINY, there, 2), "--dir", there / "run", "--ranks", 3)
            self.assertTrue((there / "run" / "report.html").exists())

    def test_too_few_ranks(self):
        with folder() as there:
            campaign = grouped(TINY, there, 3)
            for words, launcher in ((["--ranks", 3], ()), (["--ranks", 1], ()), ([], mpirun(3)), ([], mpirun(1))):
                _, said = twinmill("run", campaign, "--dir", there / "run", *words, code=2, launcher=launcher)
                self.assertEqual(said.count("at least 4 ranks"), 1, said)
                self.assertFalse((there / "run").exists())

    def test_ctrl_c_drains_and_the_next_start_resumes(self):
        with folder() as there:
            campaign = grouped(longer(there), there, 2)
            run = there / "run"
            child = self.start(campaign, run, words=["--ranks", "5"])
            self.wait_for_results(child, run, there / "scratch")
            child.send_signal(signal.SIGINT)
            _, said = child.communicate(timeout=120)
            self.assertEqual(child.returncode, 4, said)
            self.assertEqual(processes_of(run), [])
            twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", 5)
            self.assertEqual(digest(run), self.longer_digest)

    def kill_a_member(self, options, ended):
        """kill -9 of the member that follows in the first group; `ended` waits for the run's end. The next start resumes."""
        with folder() as there:
            campaign = grouped(longer(there), there, 2)
            campaign.write_text(campaign.read_text() + "heartbeat_seconds = 3\n")
            run = there / "run"
            launcher = mpirun(5)
            child = self.start(campaign, run, launcher=(launcher[0], *options, *launcher[1:]))
            self.wait_for_results(child, run, there / "scratch")
            members = [pid for pid in processes_of(run) if rank_of(pid) == 2]
            self.assertEqual(len(members), 1)
            known = acknowledged(run, there / "scratch")
            os.kill(members[0], signal.SIGKILL)
            try:
                ended(child, run)
            finally:
                kill_all(run)
                child.communicate(timeout=60)
            self.assertNotEqual(child.returncode, 0)
            now = acknowledged(run, there / "scratch")
            self.assertEqual({k: now.get(k) for k in known}, known)
            twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", 5)
            self.assertEqual(digest(run), self.longer_digest)

    def check_lost_group(self, run):
        """Its leader's lease was lost with its member; the campaign was finished by the other group."""
        with sqlite3.connect(f"file:{run}/ledger-snapshot.sqlite?mode=ro", uri=True) as ledger:
            lost = ledger.execute("SELECT worker, message FROM attempts WHERE outcome = 'lost'").fetchall()
            counts = dict(ledger.execute("SELECT state, count(*) FROM tasks GROUP BY state").fetchall())
        self.assertTrue(any(worker == 1 and "of the group are silent" in message for worker, message in lost), lost)
        self.assertEqual(list(counts), ["done"])

    def test_a_group_that_loses_a_member_is_lost_as_one(self):
        with folder() as there:
            campaign = grouped(longer(there), there, 2)
            campaign.write_text(campaign.read_text() + "heartbeat_seconds = 5\n")
            run = there / "run"
            child = self.start(campaign, run, words=["--ranks", "5"])
            try:
                self.wait_for_results(child, run, there / "scratch")
                os.kill(*[pid for pid in processes_of(run) if rank_of(pid) == 2], signal.SIGSTOP)
                _, said = child.communicate(timeout=300)
                self.assertEqual(processes_of(run), [])
            finally:
                kill_all(run)
                child.wait()
            self.assertEqual(child.returncode, 0, said)
            self.assertIn("the others have done their work", said)
            self.check_lost_group(run)
            self.assertEqual(digest(run), self.longer_digest)
            twinmill("verify", run)

    def test_a_killed_member_ends_the_run(self):
        self.kill_a_member((), lambda child, _: child.wait(timeout=60))

    def test_a_killed_member_is_found_where_the_launcher_lets_the_others_live(self):
        def stopped(child, run):
            deadline = time.monotonic() + 90
            status = {}
            while status.get("state") != "stopped" and time.monotonic() < deadline:
                time.sleep(0.5)
                status = json.loads((run / "status.json").read_text())
            self.assertEqual(status["state"], "stopped")
            self.assertIn("1 worker(s) were lost", status["message"])
            self.check_lost_group(run)

        self.kill_a_member(("--mca", "orte_enable_recovery", "1"), stopped)


if __name__ == "__main__":
    unittest.main()
