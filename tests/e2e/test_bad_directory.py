"""Directories that are no run, or a damaged one, or of a newer program: every command says so in one sentence, and changes nothing."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import unittest

import h5py

from support import PROGRAM, TINY, folder, twinmill

# Commands that take a run directory, with what else they need.
COMMANDS = {
    "status": [], "explain": [], "verify": [], "digest": [], "report": [], "inspect": [], "train": ["--ranks", "2"], "evaluate": ["--ranks", "2"],
    "monitor": [], "export": ["--to", "png", "--out", "OUT"], "run": ["--ranks", "2"],
}


def newer_ledger(run):
    for name in ("ledger.sqlite", "ledger-snapshot.sqlite"):
        with sqlite3.connect(run / name) as ledger:
            ledger.execute("PRAGMA user_version = 1000")
        ledger.close()


def newer_store(run):
    with h5py.File(run / "store.h5", "r+") as store:
        store.attrs.modify("format_version", 1000)


def newer_status(run):
    status = json.loads((run / "status.json").read_text())
    (run / "status.json").write_text(json.dumps({**status, "format": 1000}))


def cut(name, keep):
    def do(run):
        data = (run / name).read_bytes()
        (run / name).write_bytes(data[: int(len(data) * keep)])
    return do


def garbage(*names):
    def do(run):
        for name in names:
            (run / name).write_bytes(b"this is no file of twinmill\n" * 400)
    return do


# What is wrong; the commands that cannot do without it (the others may go on), and words that must be in the message.
SPOILT = {
    "newer ledger": (newer_ledger, {"explain", "monitor", "run", "train", "evaluate", "report"}, "newer twinmill"),
    "newer store": (newer_store, {"digest", "verify", "export", "inspect", "train", "report"}, "format version 1000"),
    "newer status": (newer_status, {"status"}, "status format 1000"),
    "half a store": (cut("store.h5", 0.4), {"digest", "verify", "export", "inspect", "train", "report"}, "store.h5"),
    "store of rubbish": (garbage("store.h5"), {"digest", "verify", "export", "inspect", "train", "report"}, "store.h5"),
    "ledger of rubbish": (garbage("ledger.sqlite", "ledger-snapshot.sqlite"), {"explain", "run", "train"}, "ledger"),
    "half a status": (cut("status.json", 0.5), {"status"}, "status.json"),
}


def contents(run):
    """All files with their bytes: a command that is refused changes none."""
    return {str(p.relative_to(run)): p.read_bytes() for p in sorted(run.rglob("*")) if p.is_file()}


def call(command, run, there):
    words = [str(there / "out") if w == "OUT" else w for w in COMMANDS[command]]
    first = [TINY, "--dir", run] if command == "run" else [run]
    done = subprocess.run([PROGRAM, command, *map(str, first), *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False)
    return done.returncode, done.stderr


class BadDirectory(unittest.TestCase):
    def refused(self, command, run, there, words):
        code, said = call(command, run, there)
        self.assertIn(code, (2, 3), said)
        errors = [line for line in said.splitlines() if "error:" in line]
        self.assertEqual(len(errors), 1, said)
        for word in words:
            self.assertIn(word, said)
        self.assertNotIn("Traceback", said)

    def test_no_run(self):
        with folder() as there:
            (there / "empty").mkdir()
            (there / "other").mkdir()
            (there / "other" / "notes.txt").write_text("something else\n")
            (there / "file").write_text("a file\n")
            for command in COMMANDS:
                if command == "run":
                    continue  # Any folder may become a run.
                for name in ("nowhere", "empty", "other", "file"):
                    with self.subTest(command=command, directory=name):
                        self.refused(command, there / name, there, [str(there / name)])
            self.assertEqual(sorted(p.name for p in there.iterdir()), ["empty", "file", "other"])
            self.refused("run", there / "file", there, [str(there / "file")])

    def test_a_spoilt_run(self):
        with folder() as there:
            whole = there / "whole"
            twinmill("run", TINY, "--dir", whole, "--ranks", 2)
            for what, (spoil, refusing, words) in SPOILT.items():
                run = there / "run"
                shutil.copytree(whole, run)
                spoil(run)
                before = contents(run)
                for command in sorted(refusing):
                    with self.subTest(what=what, command=command):
                        self.refused(command, run, there, [words])
                        self.assertEqual(contents(run), before)
                shutil.rmtree(run)

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_a_directory_without_permission(self):
        with folder() as there:
            (there / "closed").mkdir(mode=0)
            for command in COMMANDS:
                with self.subTest(command=command):
                    self.refused(command, there / "closed", there, [str(there / "closed")])

    def test_a_port_in_use(self):
        with folder() as there, socket.create_server(("127.0.0.1", 0)) as taken:
            run = there / "run"
            twinmill("run", TINY, "--dir", run, "--ranks", 2, "--until", "simulate")
            port = taken.getsockname()[1]
            _, said = twinmill("monitor", run, "--port", port, code=2)
            self.assertIn(str(port), said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
