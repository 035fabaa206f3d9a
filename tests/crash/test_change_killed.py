"""A changed campaign whose first run is killed at any call: the next one completes it, and nothing finished is made again."""

import contextlib
import random
import shutil
import sqlite3
import unittest

from each_call import ALL, CAMPAIGN, calls_of, choice, run
from support import digest, folder, twinmill

UNTIL = ("--until", "simulate")
MOST = 24


def finish_times(directory):
    """Of each image by its key."""
    with contextlib.closing(sqlite3.connect(directory / "ledger-snapshot.sqlite")) as ledger:
        return dict(ledger.execute("SELECT key, finished FROM tasks WHERE state = 'done'"))


class ChangeKilled(unittest.TestCase):
    def test_at_each_call(self):
        with folder() as there:
            disk = there / "disk"
            disk.mkdir()
            self.changed = there / "changed.toml"
            self.changed.write_text(CAMPAIGN.read_text().replace("e_per_A2 = [1e5]", "e_per_A2 = [1e5, 1e6]"))
            before = there / "before"
            self.assertEqual(run(before, UNTIL)[0], 0)
            self.made = finish_times(before)
            shutil.copytree(before, disk / "run")
            code, words = run(disk / "run", UNTIL, campaign=self.changed, calls=there / "calls")
            self.assertEqual(code, 0, words)
            self.expected = digest(disk / "run")
            self.assertEqual(len(finish_times(disk / "run")), 2 * len(self.made))
            calls = calls_of(there / "calls")
            numbers = choice(calls, lambda call, name: True)
            if not ALL and len(numbers) > MOST:
                numbers = sorted(random.Random(7).sample(numbers, MOST))
            for number in numbers:
                shutil.rmtree(disk / "run")
                shutil.copytree(before, disk / "run")
                with self.subTest(number=number, call=calls[number - 1]):
                    self.check(disk / "run", number)

    def check(self, directory, number):
        code, words = run(directory, UNTIL, campaign=self.changed, kill=number)
        self.assertEqual(code, -9, words)
        code, words = run(directory, UNTIL, campaign=self.changed)
        self.assertEqual(code, 0, words)
        twinmill("verify", directory)
        self.assertEqual(digest(directory), self.expected)
        now = finish_times(directory)
        self.assertEqual({key: now[key] for key in self.made}, self.made, "these were finished before, and are not to be made again")


if __name__ == "__main__":
    unittest.main()
