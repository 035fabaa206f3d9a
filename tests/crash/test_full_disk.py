"""A disk that is full at any call: the run stops with the reason, nothing acknowledged is lost, the next run completes it.

TWINMILL_CRASH_ALL=1 tries every single call instead of a choice that has each call on each file.
"""

import collections
import os
import pathlib
import random
import re
import subprocess
import unittest

from layer import environment
from support import PROGRAM, SOURCE, digest, folder, twinmill
from witness import Witness

CAMPAIGN = SOURCE / "tests" / "crash" / "full_disk.toml"
# SQLite says no more than that a file cannot be opened or synced: there the message asks whether the disk is full.
REASON = re.compile(r"No space left on device|the disk or the quota is full|is the disk full|on a disk that is not full")
ALL = bool(os.environ.get("TWINMILL_CRASH_ALL"))


def run(directory, until, **layer):
    """(exit code, what was said) of a run by one process under the layer."""
    added = environment(directory.parent, **layer) if layer else {}
    done = subprocess.run([PROGRAM, "run", str(CAMPAIGN), "--dir", str(directory), "--ranks", "1", *until], capture_output=True,
                          text=True, env={**os.environ, **added}, stdin=subprocess.DEVNULL, timeout=300)
    return done.returncode, done.stdout + done.stderr


def calls_of(path):
    """(call, file without its folder) of each line that the layer noted, in order."""
    lines = [line.split(" ", 1) for line in path.read_text().splitlines()]
    return [(call, re.sub(r"\.writable-.*", ".writable", pathlib.Path(where).name)) for call, where in lines]


def choice(calls, dice, skipped=lambda call, name: False):
    """Numbers of calls (from 1): the first, the last and one more of each call on each file, or all."""
    places = collections.defaultdict(list)
    for number, (call, name) in enumerate(calls, 1):
        if not skipped(call, name):
            places[call, name].append(number)
    if ALL:
        return sorted(number for numbers in places.values() for number in numbers)
    return sorted({number for numbers in places.values() for number in (numbers[0], numbers[-1], dice.choice(numbers))})


class FullDisk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with folder() as there:
            (there / "disk").mkdir()
            code, words = run(there / "disk" / "run", (), calls=there / "calls")
            assert code == 0, words
            cls.calls = calls_of(there / "calls")
            cls.digest = digest(there / "disk" / "run")
            cls.samples = len(Witness(there / "disk" / "run", there / "scratch").look()[0:2]) and 3

    def check(self, number, full, until):
        """One run on a disk that gets full, then one on a disk with room again."""
        with folder() as there:
            disk = there / "disk"
            disk.mkdir()
            directory = disk / "run"
            witness = Witness(directory, there / "scratch")
            what = f"call {number} ({' of '.join(self.calls[number - 1])}), full {full}"
            code, words = run(directory, until, full=full)
            self.assertIn(code, (0, 3), f"{what}: {words}")
            if code == 3:
                self.assertRegex(words, REASON, what)
            self.assertEqual(witness.look()[0], [], what)
            if witness.known:
                twinmill("verify", directory)
            code_again, words_again = run(directory, until)
            self.assertEqual(code_again, 0, f"{what}: {words}\nthen: {words_again}")
            self.assertEqual(witness.look()[0], [], what)
            self.assertEqual(digest(directory), self.digest, what)
            if not until:
                self.assertTrue((directory / "report.html").exists(), what)
            return code, words


if __name__ == "__main__":
    unittest.main()
