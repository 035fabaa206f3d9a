"""Studies: many trainings on one store, killed, changed, with one that always fails; one rank each, or all together."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import unittest

import h5py
import numpy

from support import PROGRAM, TINY, digest, folder, twinmill
from test_kill import kill_all
from test_worker_loss import in_ledger, ledger, one_rank

STUDY = """
[study]
classes = [2, 3]
networks = ["g-unet", "wider"]
seeds = [1, 2]
splits = 2

[[model]]
name = "wider"
network = "g-unet"
width = 6

[[condition]]
name = "bright"
dose_e_per_A2 = [1e6, inf]
"""
EPOCHS = 8  # Enough to be hit in the middle of a training.
TRAININGS = 2 * (2 + 1) * 2 * 2  # networks, subsets of 2 classes and of both, seeds, splits


def campaign(there, name="study", change=lambda text: text):
    path = there / f"{name}.toml"
    text = TINY.read_text().replace("epochs = 2", f"epochs = {EPOCHS}") + STUDY
    text = re.sub(r"field_A = .*", "field_A = [14, 14]", text)  # So that every structure's defect is in its image.
    path.write_text(change(text))
    return path


def without_times(value):
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k not in ("seconds", "images_per_s", "loader_wait_s")}
    return [without_times(v) for v in value] if isinstance(value, list) else value


def results(run):
    """The result of each training by its name, as its file has it; the ledger must say the same."""
    found = {path.parent.name: json.loads(path.read_text()) for path in run.glob("models/*/result.json")}
    for key, text in ledger(run, "SELECT key, result FROM tasks WHERE kind = 'training' AND state = 'done'"):
        assert found[json.loads(text)["model"]] == json.loads(text)
        assert json.loads(text)["key"] == key
    return {name: without_times(result) for name, result in found.items()}


def training_counts(run):
    return dict(ledger(run, "SELECT state, count(*) FROM tasks WHERE kind = 'training' GROUP BY state"))


class Study(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.there = cls.stack.enter_context(folder())
        cls.whole = cls.there / "whole"
        _, cls.said = twinmill("run", campaign(cls.there), "--dir", cls.whole, "--ranks", 3)
        cls.expected = results(cls.whole)

    @classmethod
    def tearDownClass(cls):
        cls.stack.close()

    def test_every_training_has_a_result(self):
        self.assertEqual(training_counts(self.whole), {"done": TRAININGS})
        self.assertEqual(len(self.expected), TRAININGS)
        self.assertIn(f"{TRAININGS} of {TRAININGS} networks trained", self.said)
        for name, result in self.expected.items():
            self.assertEqual(result["model"], name)
            self.assertEqual(result["n"], len(result["classes"]))
            self.assertEqual(result["classes"], ["lattice", *result["subset"]])
            self.assertEqual(len(result["train"]["history"]), EPOCHS)
            self.assertEqual([e["condition"] for e in result["evaluations"]], ["all", "bright"])
            self.assertTrue((self.whole / "models" / name / "model.json").exists())
        bright = self.expected["g-unet-n3-av.ma-s1-r1"]["evaluations"]
        self.assertEqual(bright[0]["images"], 2 * bright[1]["images"])
        twinmill("verify", self.whole)
        page = (self.whole / "report.html").read_text()
        self.assertIn("The study", page)
        self.assertNotIn("No network is trained yet", page)
        self.assertFalse((self.whole / "models" / "best.pt").exists())

    def test_status_and_explain_know_the_trainings(self):
        status = json.loads(twinmill("status", self.whole, "--json")[0])
        self.assertEqual(status["trainings"]["done"], TRAININGS)
        self.assertIn(f"Trainings {TRAININGS} of {TRAININGS} done (100 %)", twinmill("status", self.whole)[0])
        text, _ = twinmill("explain", self.whole, "wider-n2-av-s2-r1")
        self.assertIn(f"wider-n2-av-s2-r1: g-unet, width 6, {EPOCHS} epochs, trained on all in split 2 with seed 1", text)
        self.assertIn("tested on bright", text)
        _, message = twinmill("explain", self.whole, "wider-n2-av-s9-r1", code=2)
        self.assertIn("no training is called wider-n2-av-s9-r1", message)

    def test_the_plan_shows_the_study(self):
        text, _ = twinmill("plan", self.there / "study.toml", "--nominal")
        self.assertIn(f"study        {TRAININGS} trainings, one rank each, side by side", text)
        self.assertIn("tested on  all and bright", text)
        plan = json.loads(twinmill("plan", self.there / "study.toml", "--json", "--nominal")[0])
        self.assertEqual({t["name"] for t in plan["study"]["trainings"]}, set(self.expected))

    def test_the_store_has_the_draws_of_the_split(self):
        with h5py.File(self.whole / "store.h5") as store:
            splits = store["samples/splits"]
            self.assertEqual(list(splits.attrs["splits"]), ["train", "validation", "test"])
            self.assertEqual(splits.shape, (20, 2))
            words = numpy.array([b"train", b"validation", b"test"])[splits[:, 0]]
            self.assertEqual(list(words), list(store["samples/table"]["split"]))

    def test_complete(self):
        _, message = twinmill("run", self.there / "study.toml", "--dir", self.whole, "--ranks", 3)
        self.assertIn("complete: nothing to do", message)
        self.assertEqual(twinmill("run", self.there / "study.toml", "--dir", self.whole, "--check")[0], "nothing\n")

    def test_killed_and_resumed(self):
        with folder() as there:
            run = there / "run"
            child = subprocess.Popen([PROGRAM, "run", str(campaign(there)), "--dir", str(run), "--ranks", "3"],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            done = "outcome = 'done' AND simulation >= (SELECT min(id) FROM simulations WHERE kind = 'training')"
            self.assertTrue(in_ledger(done, run, child, there / "scratch"), "the run ended too early")
            kill_all(run)
            child.wait()
            twinmill("run", there / "study.toml", "--dir", run, "--ranks", 2)
            self.assertEqual(results(run), self.expected)
            self.assertEqual(training_counts(run), {"done": TRAININGS})

    def test_stopped_and_resumed(self):
        with folder() as there:
            run = there / "run"
            child = subprocess.Popen([PROGRAM, "run", str(campaign(there)), "--dir", str(run), "--ranks", "3"],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                done = "outcome = 'done' AND simulation >= (SELECT min(id) FROM simulations WHERE kind = 'training')"
                self.assertTrue(in_ledger(done, run, child, there / "scratch"), "the run ended too early")
                child.send_signal(signal.SIGTERM)
                self.assertIn(child.wait(timeout=400), (0, 4))  # 0: it was just done.
            finally:
                kill_all(run)
                child.wait()
            self.assertEqual(ledger(run, "SELECT count(*) FROM simulations WHERE failures + losses > 0"), [(0,)])
            twinmill("run", there / "study.toml", "--dir", run, "--ranks", 1)
            self.assertEqual(results(run), self.expected)

    def test_a_killed_worker(self):
        with folder() as there:
            run = there / "run"
            child = subprocess.Popen([PROGRAM, "run", str(campaign(there)), "--dir", str(run), "--ranks", "3"],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                at_work = "outcome = 'running' AND worker = 2 AND simulation >= (SELECT min(id) FROM simulations WHERE kind = 'training')"
                self.assertTrue(in_ledger(at_work, run, child, there / "scratch"), "rank 2 trained nothing")
                os.kill(one_rank(run, 2), signal.SIGKILL)
                said = child.communicate(timeout=400)[1]
            finally:
                kill_all(run)
                child.wait()
            self.assertEqual(child.returncode, 0, said)
            self.assertIn("is lost (its process has ended)", said)
            self.assertEqual(results(run), self.expected)
            self.assertTrue((run / "report.html").exists())

    def test_a_longer_axis_trains_only_what_is_new(self):
        with folder() as there:
            run = there / "run"
            first = campaign(there, change=lambda text: text.replace("seeds = [1, 2]", "seeds = [1]"))
            twinmill("run", first, "--dir", run, "--ranks", 3)
            before = dict(ledger(run, "SELECT key, finished FROM tasks WHERE state = 'done'"))
            store = (run / "store.h5").stat().st_mtime_ns
            left, _ = twinmill("run", campaign(there, "longer"), "--dir", run, "--check", code=4)
            self.assertEqual(left, f"{TRAININGS} of {TRAININGS} trainings, report\n")
            _, message = twinmill("run", campaign(there, "longer"), "--dir", run, "--ranks", 3)
            self.assertIn(f"the study has changed: {TRAININGS // 2} of its {TRAININGS} trainings are done already", message)
            self.assertEqual(results(run), self.expected)
            self.assertEqual((run / "store.h5").stat().st_mtime_ns, store)
            after = dict(ledger(run, "SELECT key, finished FROM tasks WHERE state = 'done'"))
            self.assertEqual({key: after[key] for key in before}, before)
            self.assertEqual(ledger(run, "SELECT DISTINCT attempts FROM simulations"), [(1,)])
            # And back: nothing is trained again, and nothing is lost.
            twinmill("run", first, "--dir", run, "--ranks", 3)
            self.assertEqual(training_counts(run), {"done": TRAININGS // 2})
            twinmill("verify", run)

    def test_more_draws_of_the_split_keep_images_and_trainings(self):
        with folder() as there:
            run = there / "run"
            one = campaign(there, change=lambda text: text.replace("splits = 2\n", "").replace("seeds = [1, 2]", "seeds = [1]"))
            twinmill("run", one, "--dir", run, "--ranks", 3)
            images = digest(run)
            twinmill("run", campaign(there, "two"), "--dir", run, "--ranks", 3)
            self.assertEqual(digest(run), images)
            self.assertEqual(results(run), self.expected)
            self.assertEqual(ledger(run, "SELECT DISTINCT attempts FROM simulations"), [(1,)])

    def test_a_training_that_always_fails_leaves_the_rest(self):
        for ranks in ("one", "all"):
            with self.subTest(ranks=ranks), folder() as there:
                run = there / "run"
                study = campaign(there, change=lambda text: text.replace("[study]", f'[study]\nranks = "{ranks}"')
                                 .replace("splits = 2\n", "").replace("seeds = [1, 2]", "seeds = [1]"))
                twinmill("run", study, "--dir", run, "--until", "simulate", "--ranks", 3)
                with h5py.File(run / "store.h5", "r+") as store:
                    table = store["samples/table"]
                    spoilt = numpy.flatnonzero((table["defect"] == b"anion_vacancy") & (table["split"] == b"train"))
                    store["samples/image"][spoilt[0]] = numpy.nan
                _, message = twinmill("train", run, "--ranks", 3, code=5)
                self.assertEqual(training_counts(run), {"done": 2, "quarantined": 4})
                self.assertEqual({name.split("-s1")[0] for name in results(run)}, {"g-unet-n2-ma", "wider-n2-ma"})
                self.assertIn("the training loss is nan", message)
                self.assertEqual(ledger(run, "SELECT DISTINCT failures FROM simulations WHERE kind = 'training' ORDER BY 1"), [(0,), (3,)])
                _, message = twinmill("run", study, "--dir", run, "--ranks", 3, code=5)
                self.assertEqual(training_counts(run), {"done": 2, "quarantined": 4})

    def test_one_training_by_name(self):
        with folder() as there:
            run = there / "run"
            study = campaign(there, change=lambda text: text.replace("seeds = [1, 2]", "seeds = [1]").replace("splits = 2\n", ""))
            twinmill("run", study, "--dir", run, "--until", "simulate", "--ranks", 3)
            name = "wider-n2-av-s1-r1"
            twinmill("train", run, "--model", name)
            self.assertEqual(training_counts(run), {"done": 1, "pending": 5})
            self.assertEqual(results(run), {name: self.expected[name]})
            first = (run / "models" / name / "result.json").stat().st_mtime_ns
            twinmill("train", run, "--model", name)  # Done already.
            self.assertEqual((run / "models" / name / "result.json").stat().st_mtime_ns, first)
            _, message = twinmill("train", run, "--model", "wider-n2-aw-s1-r1", code=2)
            self.assertIn("no training is called wider-n2-aw-s1-r1. Did you mean wider-n2-av-s1-r1?", message)
            _, message = twinmill("train", run, "--model", name, "--ranks", 3, code=2)
            self.assertIn("one rank trains", message)
            twinmill("train", run, "--ranks", 3)
            self.assertEqual(results(run), {n: r for n, r in self.expected.items() if n.endswith("-s1-r1")})

    def test_all_ranks_share_each_training(self):
        with folder() as there:
            run = there / "run"
            study = campaign(there, change=lambda text: text.replace("[study]", '[study]\nranks = "all"').replace("seeds = [1, 2]", "seeds = [1]"))
            twinmill("run", study, "--dir", run, "--ranks", 2)
            self.assertEqual(training_counts(run), {"done": TRAININGS // 2})
            self.assertEqual(set(results(run)), {name for name in self.expected if name.endswith("-r1")})
            twinmill("verify", run)

    def test_a_lost_ledger_and_a_lost_result(self):
        with folder() as there:
            run = there / "run"
            small = campaign(there, change=lambda text: text.replace("splits = 2\n", "").replace("seeds = [1, 2]", "seeds = [1]"))
            twinmill("run", small, "--dir", run, "--ranks", 3)
            before = results(run)
            for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger-snapshot.sqlite"):
                (run / name).unlink(missing_ok=True)
            twinmill("verify", run, "--repair")
            self.assertEqual(training_counts(run), {"done": 6})
            (run / "models" / "wider-n2-av-s1-r1" / "result.json").unlink()
            _, message = twinmill("verify", run, code=3)
            self.assertIn("done in the ledger, but its result in", message)
            twinmill("verify", run, "--repair")
            self.assertEqual(training_counts(run), {"done": 5, "pending": 1})
            twinmill("run", small, "--dir", run, "--ranks", 2)
            self.assertEqual(results(run), before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
