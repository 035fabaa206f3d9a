"""What tests of jobs share: a Slurm, a campaign, its result on this host alone, and jobs that can be halted in the middle.

Nothing depends on how fast anything is: before something is done to a job, its ranks are stopped (SIGSTOP).
"""

import contextlib
import json
import os
import pathlib
import re
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from cluster import Cluster, reason_to_skip, wait_for
from support import TINY, digest, folder, twinmill

OVER = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL")


class JobTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if reason_to_skip():
            raise unittest.SkipTest(reason_to_skip())
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        there = stack.enter_context(folder())
        # Spaces and quotes all the way: Slurm, the script, mpirun and the program have to cope.
        cls.there = there / "it's a \"place\" $(touch broken);"
        cls.there.mkdir()
        cls.campaign = cls.there / "the campaign.toml"
        cls.campaign.write_text(TINY.read_text().replace("replicates = 2", "replicates = 8"))
        cls.slurm = stack.enter_context(Cluster())
        twinmill("run", cls.campaign, "--dir", cls.there / "local", "--ranks", 3)
        cls.expected = digest(cls.there / "local")

    def tearDown(self):
        """The nodes are free for the next test, whatever became of this one."""
        left = [number for number, fields in self.slurm.jobs().items() if fields["JobState"] not in OVER]
        if left:
            self.slurm.command("scancel", "--signal=KILL", "--full", *left, check=False)
            self.slurm.command("scancel", *left, check=False)
        self.slurm.revive_nodes()
        wait_for(self.slurm.idle, "both nodes are idle")

    def submit(self, run, *words, site="generic", walltime="10m", drain=60):
        text, _ = twinmill("submit", self.campaign, "--site", site, "--dir", run, "--nodes", 2, "--ranks-per-node", 2, "--walltime",
                           walltime, "--drain", drain, *words, env=self.slurm.env)
        return int(re.match(r"job (\d+): 2 node", text).group(1))

    def show(self, run):
        """What to read when a test failed."""
        logs = "\n".join(f"--- {p.name}\n{p.read_text(errors='replace')[-3000:]}" for p in sorted(run.glob("job-*")))
        jobs = {number: fields["JobState"] for number, fields in self.slurm.jobs().items()}
        return f"\njobs: {jobs}\n{logs}\n{self.slurm.logs()}"

    def wait(self, condition, what, run, seconds=240):
        try:
            return wait_for(condition, what, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.show(run)}") from None

    def wait_over(self, job, run):
        def over():
            state = self.slurm.state(job)
            return state if state in OVER else None

        return self.wait(over, f"job {job} is over", run)

    def all_over(self, run):
        return self.wait(lambda: all(f["JobState"] in OVER for f in self.slurm.jobs().values()), "all jobs are over", run)

    def ranks(self, run):
        """Processes of the run, launchers not counted."""
        found = []
        for pid in self.slurm.processes():
            with contextlib.suppress(OSError):
                words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if words[0].endswith(b"twinmill") and str(run).encode() in words:
                    found.append(pid)
        return found

    def done(self, run):
        try:
            return json.loads((run / "status.json").read_text())["counts"]["done"]
        except (OSError, ValueError):
            return 0

    def halt_in_the_middle(self, job, run):
        """Stops all ranks when something is done and something is left; lets them run in short spells until then."""
        self.wait(lambda: len(self.ranks(run)) == 4, "there are four ranks", run)

        def something_is_done():
            ranks = self.ranks(run)
            for pid in ranks:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
            if self.done(run) > 0:
                return ranks
            self.go_on(ranks)
            time.sleep(0.4)
            return None

        ranks = self.wait(something_is_done, "an image is done", run)
        self.assertEqual((self.slurm.state(job), len(ranks)), ("RUNNING", 4), self.show(run))
        return ranks

    @staticmethod
    def go_on(ranks):
        for pid in ranks:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def log(self, run, job):
        path = run / f"job-{job}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def assert_complete(self, run):
        self.assertEqual(digest(run), self.expected)
        twinmill("verify", run)
        self.assertTrue((run / "report.html").exists())
        self.assertEqual(twinmill("run", self.campaign, "--dir", run, "--check")[0], "nothing\n")
        self.assertFalse((run / "job-chain").exists(), "a successor was forgotten")
        self.assertEqual(list(self.there.rglob("broken")), [])
