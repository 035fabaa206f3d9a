"""status, explain, verify on a finished run, on a damaged one, and while somebody else holds it."""

import json
import os
import shutil
import unittest

import h5py

from support import TINY, folder, twinmill


class Inspect(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.there = folder()
        cls.base = cls.there.__enter__()
        cls.run_dir = cls.base / "run"
        twinmill("run", TINY, "--dir", cls.run_dir, "--until", "simulate", "--ranks", 1)

    @classmethod
    def tearDownClass(cls):
        cls.there.__exit__(None, None, None)

    def copy(self, name):
        shutil.copytree(self.run_dir, self.base / name)
        return self.base / name

    def test_explain(self):
        self.assertIn("20 of 20 tasks done", twinmill("explain", self.run_dir)[0])
        page, _ = twinmill("explain", self.run_dir, 7)
        self.assertIn("task 7 ", page)
        key = page.split("(key ")[1].split(")")[0]
        self.assertEqual(twinmill("explain", self.run_dir, key[:12])[0], page)
        _, message = twinmill("explain", self.run_dir, 4711, code=2)
        self.assertIn("no task 4711", message)

    def test_status_tells_a_dead_run(self):
        run = self.copy("dead")
        status = json.loads((run / "status.json").read_text())
        status.update(state="simulating", updated=status["updated"] - 3600)
        (run / "status.json").write_text(json.dumps(status))
        self.assertIn("no sign of life", twinmill("status", run)[0].lower())

    def test_one_flipped_bit_is_found(self):
        run = self.copy("flipped")
        with h5py.File(run / "store.h5") as store:
            image = store["samples/image"]
            at = image.id.get_offset() + 3 * image[0].nbytes + 40
        with open(run / "store.h5", "r+b") as raw:
            raw.seek(at)
            byte = raw.read(1)[0]
            raw.seek(at)
            raw.write(bytes([byte ^ 1]))
        _, message = twinmill("verify", run, code=3)
        self.assertIn("sample 3", message)
        twinmill("verify", self.run_dir)

    def test_second_run_is_refused_and_told_who_is_first(self):
        run = self.copy("held")
        stat = open("/proc/self/stat").read()
        lock = {"host": os.uname().nodename, "pid": os.getpid(), "start": stat[stat.rindex(")") + 2 :].split()[19],
                "boot": open("/proc/sys/kernel/random/boot_id").read().strip(), "job": "42", "heartbeat": 4e9}
        (run / "run.lock").write_text(json.dumps(lock))
        for words in (["run", TINY, "--dir", run, "--ranks", 1], ["run", TINY, "--dir", run], ["train", run, "--ranks", 1]):
            _, message = twinmill(*words, code=3)
            self.assertIn(f"pid {os.getpid()}, job 42", message)
        twinmill("verify", run)  # Readers need no lock.


if __name__ == "__main__":
    unittest.main()
