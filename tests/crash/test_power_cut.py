"""The crash layer itself: bytes, lengths and names that were not synced are gone after a power cut, all others are there."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import unittest

from layer import environment
from power_cut import PowerCut
from support import folder

PRELUDE = """
import os, signal
def put(path, text, flags=os.O_WRONLY | os.O_CREAT, sync=False):
    fd = os.open(path, flags, 0o666)
    os.write(fd, text)
    if sync:
        os.fsync(fd)
    os.close(fd)
def sync(path):
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
def die():
    os.kill(os.getpid(), signal.SIGKILL)
"""


@contextlib.contextmanager
def watched():
    with folder() as there:
        (there / "disk").mkdir()
        (there / "log").mkdir()
        yield there / "disk", there / "log"


def run(disk, log, program, **more):
    """Runs lines of Python in the folder under the layer, until they end or kill themselves."""
    done = subprocess.run([sys.executable, "-c", PRELUDE + textwrap.dedent(program)], cwd=disk, capture_output=True, text=True,
                          env={**os.environ, **environment(disk, log, **more)})
    if done.returncode not in (0, -signal.SIGKILL):
        raise AssertionError(done.stderr)
    return done.stdout


def tree(disk):
    return {str(path.relative_to(disk)): path.read_text() if path.is_file() else None for path in sorted(disk.rglob("*"))}


class Layer(unittest.TestCase):
    def after(self, program, survive=0.0, seed=1, before=()):
        with watched() as (disk, log):
            for name, text in before:
                (disk / name).write_text(text)
            run(disk, log, program)
            PowerCut(disk, log).apply(seed, survive)
            self.assertEqual(list(log.iterdir()), [])
            return tree(disk)

    def test_written_without_a_sync_is_lost(self):
        self.assertEqual(self.after("put('a', b'new bytes'); die()", before=[("a", "old")]), {"a": "old"})

    def test_written_with_a_sync_is_kept(self):
        self.assertEqual(self.after("put('a', b'new bytes', sync=True); put('a', b'NEW'); die()", before=[("a", "old")]),
                         {"a": "new bytes"})

    def test_survives_when_it_shall(self):
        self.assertEqual(self.after("put('a', b'new'); put('b', b'2'); os.rename('b', 'c')", 1.0, before=[("a", "old!")]),
                         {"a": "new!", "c": "2"})

    def test_a_sync_by_another_process_counts_for_all(self):
        with watched() as (disk, log):
            (disk / "a").write_text("....")
            run(disk, log, "fd = os.open('a', os.O_RDWR); os.pwrite(fd, b'1', 0); die()")
            run(disk, log, "sync('a')")
            run(disk, log, "fd = os.open('a', os.O_RDWR); os.pwrite(fd, b'2', 1); die()")
            PowerCut(disk, log).apply(1, 0)
            self.assertEqual(tree(disk), {"a": "1..."})

    def test_names_need_their_folder_synced(self):
        self.assertEqual(self.after("put('a', b'1', sync=True)"), {})
        self.assertEqual(self.after("put('a', b'1', sync=True); sync('.')"), {"a": "1"})
        self.assertEqual(self.after("put('a', b'1'); sync('.')"), {"a": ""})

    def test_renames_and_removals_come_back(self):
        old = [("a", "old a"), ("b", "old b")]
        self.assertEqual(self.after("put('c', b'new', sync=True); os.rename('c', 'a'); os.unlink('b')", before=old), dict(old))
        self.assertEqual(self.after("put('c', b'new', sync=True); os.rename('c', 'a'); sync('.'); os.unlink('b')", before=old),
                         {"a": "new", "b": "old b"})
        self.assertEqual(self.after("os.unlink('a'); put('a', b'new', sync=True); os.rename('a', 'b')", before=old), dict(old))

    def test_folders(self):
        self.assertEqual(self.after("os.mkdir('d'); put('d/a', b'1', sync=True); sync('d')"), {})
        self.assertEqual(self.after("os.mkdir('d'); put('d/a', b'1', sync=True); sync('d'); sync('.')"), {"d": None, "d/a": "1"})

    def test_lengths(self):
        old = [("a", "0123456789")]
        self.assertEqual(self.after("os.truncate('a', 4)", before=old), dict(old))
        self.assertEqual(self.after("fd = os.open('a', os.O_RDWR); os.ftruncate(fd, 4); os.fsync(fd); os.ftruncate(fd, 20)", before=old),
                         {"a": "0123"})
        self.assertEqual(self.after("put('a', b'x', os.O_WRONLY | os.O_TRUNC)", before=old), dict(old))
        self.assertEqual(self.after("put('a', b'x', os.O_WRONLY | os.O_APPEND); os.posix_fallocate(os.open('a', os.O_RDWR), 0, 99)",
                                    before=old), dict(old))
        self.assertEqual(self.after("fd = os.open('a', os.O_RDWR); os.pwritev(fd, [b'ab', b'c'], 8)", before=old), dict(old))

    def test_blocks_of_one_write_survive_one_by_one(self):
        seen = {self.after("put('a', b'n' * 12288)", 0.5, seed, before=[("a", "o" * 12288)])["a"][::4096] for seed in range(40)}
        self.assertEqual(len(seen), 8, "every choice of three blocks is possible")

    def test_what_it_cannot_undo_is_refused(self):
        for program, words in (("import mmap; mmap.mmap(os.open('a', os.O_RDWR), 3)", "a shared mapping"),
                               ("import ctypes; ctypes.CDLL(None).fopen(b'a', b'w')", "fopen")):
            with watched() as (disk, log):
                (disk / "a").write_text("old")
                run(disk, log, program)
                with self.assertRaisesRegex(ValueError, words):
                    PowerCut(disk, log)

    def test_acknowledged_before_synced_is_caught(self):
        """The order that this layer is made to find: one program says "done" too early, the other one does not."""
        append = "for i in range(9): put('a', b'x' * 9, os.O_WRONLY | os.O_APPEND, sync={}); put('ack', b'%d' % (i + 1), sync=True)"
        right = append.format(True)
        wrong = append.format(False) + "; sync('a') if i < 8 else die()"
        for program, holds in ((right, True), (wrong, False)):
            found = self.after(program, before=[("a", ""), ("ack", "0")])
            self.assertEqual(found["ack"], "9")
            self.assertEqual(len(found["a"]) == 81, holds)


class FullDisk(unittest.TestCase):
    PROGRAM = """
    for call in (lambda: put('a', b'1', sync=True), lambda: os.write(os.open('b', os.O_RDWR), b'2'), lambda: os.rename('b', 'c'),
                 lambda: os.mkdir('d'), lambda: os.posix_fallocate(os.open('b', os.O_RDWR), 0, 99), lambda: os.read(os.open('b', os.O_RDONLY), 9)):
        try:
            call()
            print('fine')
        except OSError as problem:
            print(problem.strerror)
    """

    def said(self, full):
        with watched() as (disk, log):
            (disk / "b").write_text("old")
            return [word == "No space left on device" for word in run(disk, log, self.PROGRAM, full=full).split("\n")[:-1]]

    def test_fails_from_the_chosen_call_on(self):
        self.assertEqual(self.said("1"), [True, True, True, True, True, False])
        self.assertEqual(self.said("4"), [False, True, True, True, True, False])

    def test_fails_once(self):
        self.assertEqual(self.said("4,1"), [False, True, False, False, False, False])

    def test_fails_for_one_file(self):
        with watched() as (disk, log):
            said = run(disk, log, """
                put('a', b'1', sync=True)
                put('b', b'1')
                try:
                    put('b', b'2')
                except OSError as problem:
                    print(problem.strerror)
            """, full="3", full_file="b")
            self.assertEqual((said, tree(disk)), ("No space left on device\n", {"a": "1", "b": "1"}))

    def test_lists_the_calls(self):
        with watched() as (disk, log):
            calls = disk.parent / "calls"
            run(disk, log, "put('a', b'1', sync=True); os.rename('a', 'b')", calls=calls)
            self.assertEqual([line.split() for line in calls.read_text().splitlines()],
                             [["open", f"{disk}/a"], ["write", f"{disk}/a"], ["fsync", f"{disk}/a"], ["rename", f"{disk}/b"]])


if __name__ == "__main__":
    unittest.main()
