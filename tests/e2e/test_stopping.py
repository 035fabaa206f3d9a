"""Runs that stop early in good order: signals to every process that a user may send them to, and the walltime."""

import os
import re
import signal
import stat
import subprocess
import time
import unittest

from support import PROGRAM, TINY, digest, folder, mpirun, twinmill
from test_kill import acknowledged, acknowledged_so_far, kill_all, processes_of
from test_worker_loss import ledger, one_rank, until


def endless(there):
    """More than any machine simulates while a test looks on."""
    campaign = there / "endless.toml"
    text = TINY.read_text()
    campaign.write_text(text.replace("replicates = 2", "replicates = 3000").replace("sampling_A = 0.08", "sampling_A = 0.05"))
    assert campaign.read_text() != text
    return campaign


def attempts(run):
    return ledger(run, "SELECT count(*) FROM attempts")[0][0]


class Signals(unittest.TestCase):
    def start(self, campaign, run, words=(), launcher=()):
        return subprocess.Popen([*launcher, PROGRAM, "run", str(campaign), "--dir", str(run), "--until", "simulate", *words],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def check_drained(self, run):
        """What was running was finished, what waited came back."""
        self.assertEqual(ledger(run, "SELECT DISTINCT outcome FROM attempts WHERE outcome NOT IN ('done', 'returned')"), [])

    def test_each_signal_drains_wherever_it_is_sent_and_the_next_start_goes_on(self):
        with folder() as there:
            campaign, run = endless(there), there / "run"
            known = 0
            all_three = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR2)
            for launcher, words, signals in (((), ["--ranks", "3"], all_three), ((), ["--ranks", "1"], all_three),
                                             (mpirun(3), [], (signal.SIGUSR2,))):
                for number in signals:
                    with self.subTest(launcher=launcher, words=words, signal=number):
                        child = self.start(campaign, run, words, launcher)
                        try:
                            self.assertTrue(until(lambda: len(acknowledged_so_far(run, there / "scratch")) > known, child))
                            child.send_signal(number)
                            _, said = child.communicate(timeout=120)
                        finally:
                            kill_all(run)
                            child.wait()
                        self.assertEqual(child.returncode, 4, said)
                        self.assertIn("stopping early: stopped on request", said)
                        self.check_drained(run)
                        now = len(acknowledged(run, there / "scratch"))
                        self.assertGreater(now, known)
                        known = now
            twinmill("verify", run)

    def test_a_second_one_leaves_at_once(self):
        with folder() as there:
            campaign, run = endless(there), there / "run"
            child = self.start(campaign, run, ["--ranks", "3"])
            try:
                self.assertTrue(until(lambda: acknowledged_so_far(run, there / "scratch"), child))
                # This worker will never end its lease, so that the drain would last for run.heartbeat_seconds.
                os.kill(one_rank(run, 1), signal.SIGSTOP)
                child.send_signal(signal.SIGINT)
                while "finishing what is running" not in (line := child.stderr.readline()):
                    self.assertTrue(line, "the first signal was not heard")
                child.send_signal(signal.SIGTERM)
                _, said = child.communicate(timeout=60)
                self.assertEqual(processes_of(run), [])
            finally:
                kill_all(run)
                child.wait()
            self.assertEqual(child.returncode, 4, said)
            twinmill("verify", run)

    def test_a_second_one_ends_a_process_alone(self):
        with folder() as there:
            campaign, run = endless(there), there / "run"
            child = self.start(campaign, run, ["--ranks", "1"])
            try:
                self.assertTrue(until(lambda: acknowledged_so_far(run, there / "scratch"), child))
                # Both are there when it goes on.
                for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
                    child.send_signal(number)
                child.communicate(timeout=60)
            finally:
                kill_all(run)
                child.wait()
            self.assertIn(child.returncode, (128 + signal.SIGINT, 128 + signal.SIGTERM))
            twinmill("verify", run)


class Walltime(unittest.TestCase):
    def test_what_does_not_fit_is_left(self):
        with folder() as there:
            campaign, run = endless(there), there / "run"
            _, said = twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", 3, "--walltime", "30s", code=4)
            self.assertRegex(said, "stopping early: walltime: (the time is up|nothing that is left fits into the last .*); run again to go on")
            self.assertEqual(ledger(run, "SELECT DISTINCT outcome FROM attempts WHERE outcome NOT IN ('done', 'returned')"), [])
            # A start whose time is over before it began: nothing is granted.
            before = attempts(run)
            self.assertGreater(before, 0)
            for words, env in ((["--ranks", "2", "--walltime", "0.01s"], {}),
                               (["--ranks", "1", "--walltime", "10m"], {"SLURM_JOB_END_TIME": str(int(time.time()) - 5)})):
                _, said = twinmill("run", campaign, "--dir", run, "--until", "simulate", *words, code=4, env=env)
                self.assertIn("walltime: the time is up", said)
                self.assertEqual(attempts(run), before)
            twinmill("verify", run)

    def test_the_end_of_the_job_is_asked_of_squeue(self):
        with folder() as there:
            campaign, run, log = endless(there), there / "run", there / "asked"
            squeue = there / "squeue"
            squeue.write_text(f'#!/bin/sh\necho "$@" >> {log}\necho 2026-01-01T00:00:00\n')
            squeue.chmod(squeue.stat().st_mode | stat.S_IXUSR)
            env = {"PATH": f"{there}:{os.environ['PATH']}", "SLURM_JOB_ID": "77; touch oops"}
            _, said = twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", 1, code=4, env=env, cwd=there)
            self.assertIn("walltime: the time is up", said)
            self.assertEqual(log.read_text(), "-h -j 77; touch oops -o %e\n")
            self.assertFalse((there / "oops").exists())
            # Without an answer there is no deadline: the tiny campaign is finished.
            squeue.write_text("#!/bin/sh\nexit 1\n")
            _, said = twinmill("run", TINY, "--dir", there / "tiny", "--until", "simulate", "--ranks", 1, env=env)
            self.assertIn("is not known (squeue ended with exit code 1). Give --walltime?", said)

    def test_training_stops_too(self):
        with folder() as there:
            campaign, run = there / "long.toml", there / "run"
            campaign.write_text(TINY.read_text().replace("epochs = 2", "epochs = 100000"))
            twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", 2)
            _, said = twinmill("run", campaign, "--dir", run, "--ranks", 2, "--walltime", "30s", code=4)
            self.assertIn("walltime: the time is up", said)
            self.assertTrue(list((run / "models").iterdir()))

    def test_mistakes(self):
        _, said = twinmill("run", TINY, "--walltime", "soon", code=2)
        self.assertIn("--walltime = soon (is no time). Write 90s, 30m, 1h30m, 2:30:00 or 1-12:00:00?", said)


class First(unittest.TestCase):
    def test_order_of_leases_and_editing_between_two_runs(self):
        with folder() as there:
            campaign, run = there / "c.toml", there / "run"
            text = TINY.read_text()
            campaign.write_text(text + '[run]\nfirst = ["PtSe2-T", "metal_on_anion"]\n')
            twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", 2)
            order = [simulation for (simulation,) in ledger(run, "SELECT simulation FROM attempts ORDER BY lease")]
            parents = {n: re.search(r"\n  (\S+) (\S+)", twinmill("explain", run, 2 * n)[0]).groups() for n in range(10)}
            turns = [0 if parents[n][0] == "PtSe2-T" else 1 if parents[n][1].startswith("metal_on_anion") else 2 for n in order]
            self.assertEqual(turns, [0] * 5 + [1] * 2 + [2] * 3)
            expected = digest(run)
            campaign.write_text(text + '[run]\nfirst = ["MoS2-H"]\n')
            self.assertIn("complete: nothing to do", twinmill("run", campaign, "--dir", run, "--until", "simulate")[1])
            twinmill("run", campaign, "--dir", there / "other", "--until", "simulate", "--ranks", 1)
            self.assertEqual(digest(there / "other"), expected)

    def test_unknown_words(self):
        with folder() as there:
            campaign = there / "c.toml"
            campaign.write_text(TINY.read_text() + '[run]\nfirst = ["PtSe2-H"]\n')
            _, said = twinmill("plan", campaign, code=2)
            self.assertIn('run.first[0] = "PtSe2-H": is neither a parent nor a class of defects of this campaign. Did you mean PtSe2-T?', said)


if __name__ == "__main__":
    unittest.main()
