"""One campaign under the crash layer: its processes, and what must hold after whatever was done to them."""

import collections
import os
import pathlib
import re
import signal
import subprocess
import time

from layer import environment
from power_cut import PowerCut
from support import PROGRAM, digest, twinmill
from witness import Witness

EXPECTED_CODES = (0, 3, 4, -signal.SIGKILL)
CRASH = re.compile(r"\*\*\* Process received signal|Aborted|Segmentation fault|a bug|Report it|crash layer:")

Process = collections.namedtuple("Process", "pid parent name rank")


def read_process(pid, marker):
    """A living process whose command line has the marker, or None."""
    place = pathlib.Path(f"/proc/{pid}")
    try:
        words = place.joinpath("cmdline").read_bytes()
        if marker not in words:
            return None
        state, parent = place.joinpath("stat").read_text().rpartition(")")[2].split()[:2]
        rank = [entry[21:] for entry in place.joinpath("environ").read_bytes().split(b"\0") if entry.startswith(b"OMPI_COMM_WORLD_RANK=")]
    except OSError:
        return None
    if state in "ZX":
        return None
    return Process(pid, int(parent), os.path.basename(words.split(b"\0")[0].decode()), int(rank[0]) if rank else None)


class CampaignRun:
    patience = 15  # Seconds in which all processes must follow the one that was started.

    def __init__(self, there, campaign, ranks, until):
        self.there, self.disk, self.log = there, there / "disk", there / "log"
        for path in (there, self.disk, self.log):
            path.mkdir()
        self.run = self.disk / "run"
        self.command = [PROGRAM, "run", str(campaign), "--dir", str(self.run), "--ranks", str(ranks), *until]
        self.whole_way = not until
        self.witness = Witness(self.run, there / "scratch")
        self.child = self.code = None
        self.samples = self.cut_off = self.taken_back = 0
        # Crashes of ranks where mpirun ends all because one is gone are counted apart: nothing of theirs is used any more.
        self.disturbed, self.late_crashes = False, 0
        self.wrong = []

    def start(self):
        if self.is_running():
            return
        self.code, self.cut_off, self.taken_back, self.wrong = None, 0, 0, []
        self.disturbed = False
        with open(self.there / "said", "w") as said:
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                                          env={**os.environ, **environment(self.disk, self.log)})

    def words(self):
        return (self.there / "said").read_text()

    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def processes(self):
        found = [read_process(int(entry), str(self.run).encode()) for entry in os.listdir("/proc") if entry.isdigit()]
        return [process for process in found if process]

    def rank(self, number):
        return next((process.pid for process in self.processes() if process.rank == number), None)

    def a_worker(self, dice):
        """Any rank but the scheduler's; members of groups are among them."""
        pids = sorted(process.pid for process in self.processes() if process.rank)
        return dice.choice(pids) if pids else None

    def mpirun(self):
        return next((process.pid for process in self.processes() if process.name == "mpirun"), None)

    def launcher(self):
        return self.child.pid

    def signal(self, pid, number):
        self.disturbed |= number not in (signal.SIGTERM, signal.SIGCONT)
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass

    def wait_for_end(self, seconds):
        """Whether the run ended by itself meanwhile."""
        deadline = time.monotonic() + seconds
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.code = self.child.poll()
        return self.code is not None

    def must_end(self, within, after):
        if not self.wait_for_end(within):
            self.wrong.append(f"the run did not end within {within} s after {after}: {self.words()}")
            self.kill_everything()

    def kill_everything(self):
        while left := self.processes():
            for process in left:
                self.signal(process.pid, signal.SIGKILL)
            time.sleep(0.01)
        self.code = self.child.wait()

    def cut_power(self, seed):
        self.witness.before_power_cut()
        self.taken_back = PowerCut(self.disk, self.log).apply(seed).total()

    def look(self):
        """What is wrong, once the started program has ended."""
        wrong, self.wrong = self.wrong, []
        wrong += self.orphans()
        problems, self.samples, self.cut_off = self.witness.look()
        crashed = CRASH.search(self.words()) is not None
        self.late_crashes += crashed and self.disturbed
        if self.code not in EXPECTED_CODES or (crashed and not self.disturbed):
            wrong.append(f"exit code {self.code}: {self.words()}")
        if self.samples:
            try:
                twinmill("verify", self.run)
            except AssertionError as problem:
                problems.append(str(problem))
        return wrong + problems

    def orphans(self):
        """Nothing may outlive the program that was started; a moment is granted."""
        deadline = time.monotonic() + self.patience
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        if not left:
            return []
        self.kill_everything()
        return [f"left behind: {', '.join(f'{process.name} (rank {process.rank})' for process in left)}"]

    def at_the_end(self, expected):
        wrong = []
        if (found := digest(self.run)) != expected:
            wrong.append(f"the digest is {found}, that of an undisturbed run {expected}")
        if self.whole_way and not (self.run / "report.html").exists():
            wrong.append("there is no report")
        return wrong
