"""kill -9 of everything at random moments, then run again: finishes, loses nothing acknowledged, same digest."""

import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from support import PROGRAM, TINY, digest, folder, mpirun, twinmill


def processes_of(marker):
    """Every process whose command line names the run directory."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                words = pathlib.Path(f"/proc/{entry}/cmdline").read_bytes()
            except OSError:
                continue
            if str(marker).encode() in words:
                found.append(int(entry))
    return found


def kill_all(marker):
    deadline = time.monotonic() + 60
    while (alive := processes_of(marker)) and time.monotonic() < deadline:
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.02)
    assert not processes_of(marker)


def acknowledged(run, scratch):
    """Tasks that the ledger counts as done, with the moment; read from a copy, as a crash left it."""
    if not (run / "ledger.sqlite").exists():
        return {}
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    for name in ("ledger.sqlite", "ledger.sqlite-wal"):
        if (run / name).exists():
            shutil.copy(run / name, scratch / name)
    try:
        rows = sqlite3.connect(scratch / "ledger.sqlite").execute("SELECT id, finished FROM tasks WHERE state = 'done'").fetchall()
    except sqlite3.OperationalError:
        return {}  # Killed before the ledger was made.
    return dict(rows)


def acknowledged_so_far(run, scratch):
    """The same of a run that lives; nothing when a write tore the copy."""
    try:
        return acknowledged(run, scratch)
    except sqlite3.DatabaseError:
        return {}


def longer(there):
    """The tiny campaign with enough structures to be hit in the middle."""
    campaign = there / "longer.toml"
    text = TINY.read_text()
    campaign.write_text(text.replace("replicates = 2", "replicates = 14").replace("sampling_A = 0.08", "sampling_A = 0.05"))
    assert campaign.read_text() != text
    return campaign


class Kill(unittest.TestCase):
    def test_killed_at_random_moments(self):
        dice = random.Random(2023)
        with folder() as there:
            campaign = longer(there)
            twinmill("run", campaign, "--dir", there / "whole", "--until", "simulate", "--ranks", 2)
            expected = digest(there / "whole")
            for launcher, words in (((), ["--ranks", "1"]), ((), ["--ranks", "3"]), (mpirun(3), [])):
                run = there / f"killed-{len(launcher)}-{len(words)}-{words[-1:]}"
                known = {}
                cut = 0
                for attempt in range(4):  # Many more, and worse: tests/crash/soak.py.
                    command = [*launcher, PROGRAM, "run", str(campaign), "--dir", str(run), "--until", "simulate", *words]
                    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    try:
                        child.wait(timeout=dice.uniform(0.2, 2.5) + 0.3 * attempt)
                        break
                    except subprocess.TimeoutExpired:
                        cut += 1
                    kill_all(run)
                    child.wait()
                    now = acknowledged(run, there / "scratch")
                    self.assertEqual({k: now.get(k) for k in known}, known, "something acknowledged was lost or redone")
                    known = now
                twinmill("run", campaign, "--dir", run, "--until", "simulate", *words, launcher=launcher)
                final = acknowledged(run, there / "scratch")
                self.assertEqual({k: final[k] for k in known}, known)
                self.assertEqual(digest(run), expected)
                twinmill("verify", run)
                self.assertGreater(cut, 0, "no kill hit a running campaign")

    def test_ctrl_c_drains_and_the_next_start_resumes(self):
        with folder() as there:
            campaign = longer(there)
            run = there / "run"
            child = subprocess.Popen([PROGRAM, "run", str(campaign), "--dir", str(run), "--until", "simulate", "--ranks", "3"],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            deadline = time.monotonic() + 60
            while not acknowledged_so_far(run, there / "scratch") and child.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            child.send_signal(signal.SIGINT)
            _, words = child.communicate(timeout=120)
            self.assertIn(child.returncode, (0, 4), words)  # 0: it was faster than the signal.
            self.assertEqual(processes_of(run), [])
            twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", 3)
            twinmill("run", campaign, "--dir", there / "whole", "--until", "simulate", "--ranks", 2)
            self.assertEqual(digest(run), digest(there / "whole"))


if __name__ == "__main__":
    unittest.main()
