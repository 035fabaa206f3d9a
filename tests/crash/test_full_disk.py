"""A disk that is full at any call: the run stops with the reason, nothing acknowledged is lost, the next run completes it.

TWINMILL_CRASH_ALL=1 tries every single call instead of a choice that has each call on each file.
"""

import errno
import os
import pathlib
import random
import re
import subprocess
import sys
import time
import unittest

from each_call import ALL, calls_of, choice, run
from support import PROGRAM, SOURCE, digest, folder, twinmill
from witness import Witness

SOAK = SOURCE / "tests" / "crash" / "soak.toml"
# SQLite says no more than that a file cannot be opened or synced: there the message asks whether the disk is full.
REASON = re.compile(r"No space left on device|the disk or the quota is full|[iI]s the disk full|on a disk that is not full")


class FullDisk(unittest.TestCase):
    def whole(self, until):
        """(calls, digest) of a run that nothing disturbs."""
        with folder() as there:
            (there / "disk").mkdir()
            code, words = run(there / "disk" / "run", until, calls=there / "calls")
            self.assertEqual(code, 0, words)
            return calls_of(there / "calls"), digest(there / "disk" / "run")

    def check(self, what, full, until, expected, **layer):
        """One run on a disk that gets full, then one on a disk with room again: (exit code of the first, its words)."""
        with folder() as there:
            directory = there / "disk" / "run"
            directory.parent.mkdir()
            witness = Witness(directory, there / "scratch")
            code, words = run(directory, until, full=full, **layer)
            self.assertIn(code, (0, 3), f"{what}: {words}")
            if code == 3:
                self.assertRegex(words, REASON, what)
            self.assertEqual(witness.look()[0], [], what)
            if witness.known:
                twinmill("verify", directory)
            code_again, words_again = run(directory, until)
            self.assertEqual(code_again, 0, f"{what}: {words}\nthen: {words_again}")
            self.assertEqual(witness.look()[0], [], what)
            self.assertEqual(digest(directory), expected, what)
            if not until:
                self.assertTrue((directory / "report.html").exists(), what)
            return code, words

    def check_all(self, until, wanted, most):
        """Each choice with one call that fails, or with all from this one on, in turn or both."""
        calls, expected = self.whole(until)
        numbers = choice(calls, wanted)
        if not ALL and len(numbers) > most:
            numbers = sorted(random.Random(5).sample(numbers, most))
        stopped = 0
        for place, number in enumerate(numbers):
            for full in (f"{number},1", f"{number}") if ALL else (f"{number}{',1' * (place % 2)}",):
                what = f"call {number} ({' of '.join(calls[number - 1])}), full {full}"
                code, _ = self.check(what, full, until, expected)
                stopped += code == 3
        self.assertGreater(stopped, len(numbers) // 2, "most of these calls are needed")

    def test_while_simulating(self):
        self.check_all(("--until", "simulate"), lambda call, name: True, 32)

    def test_while_training_and_reporting(self):
        late = re.compile(r"\.pt|\.json|predictions|report|models|\.writable")
        self.check_all((), lambda call, name: late.search(name) and not name.startswith("status"), 10)

    def test_status_that_cannot_be_written_does_not_end_a_phase(self):
        """Each publication opens, writes and syncs the new file; the first one comes before the phase, the second in it."""
        until = ("--until", "simulate")
        code, words = self.check("status.json", "5,1", until, self.whole(until)[1], full_file="status.json.new")
        self.assertEqual(code, 0, words)
        self.assertRegex(words, "status and explain show an older state for now: writing .*/status.json.new failed")


class SmallDisk(unittest.TestCase):
    """A real file system of a few megabytes, in a mount namespace of its own."""

    def test_filled_up_stopped_freed_resumed(self):
        with folder() as there:
            own = [] if os.geteuid() == 0 else ["--map-root-user"]
            done = subprocess.run(["unshare", "--mount", *own, sys.executable, __file__, "--small-disk", str(there)],
                                  capture_output=True, text=True, stdin=subprocess.DEVNULL)
            if done.returncode == NO_MOUNT:
                self.skipTest(f"nothing can be mounted here: {done.stderr.strip()}")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


NO_MOUNT = 77


def on_a_small_disk(there):
    """In a mount namespace of its own: the disk is filled by somebody else while the campaign runs."""
    disk = there / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", str(disk)], capture_output=True, text=True)
    if mounted.returncode != 0:
        print(mounted.stderr, file=sys.stderr)
        return NO_MOUNT
    directory, ballast = disk / "run", disk / "ballast"
    twinmill("run", SOAK, "--dir", there / "whole", "--until", "simulate", "--ranks", 3)
    child = subprocess.Popen([PROGRAM, "run", str(SOAK), "--dir", str(directory), "--until", "simulate", "--ranks", "3"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    witness = Witness(directory, there / "scratch")
    while child.poll() is None and witness.least_done == 0:
        witness.published()
        time.sleep(0.01)
    with open(ballast, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 20))
        except OSError as full:
            assert full.errno == errno.ENOSPC, full
    words = child.communicate(timeout=200)[0]
    assert child.returncode == 3 and REASON.search(words), f"{child.returncode}: {words}"
    wrong, done, _ = witness.look()
    assert not wrong and 0 < done < 148, f"{done} done, {wrong}"
    twinmill("verify", directory)
    _, refused = twinmill("run", SOAK, "--dir", directory, "--until", "simulate", "--ranks", 3, code=3)
    assert REASON.search(refused), refused
    ballast.unlink()
    twinmill("run", SOAK, "--dir", directory, "--until", "simulate", "--ranks", 3)
    assert not witness.look()[0] and digest(directory) == digest(there / "whole")
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--small-disk"]:
        sys.exit(on_a_small_disk(pathlib.Path(sys.argv[2])))
    unittest.main()
