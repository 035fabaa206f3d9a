"""A changed campaign in its old directory: exactly what is new is made, and the data equal those of a fresh run."""

import json
import os
import signal
import subprocess
import time
import unittest

import h5py

from support import PROGRAM, TINY, digest, folder, twinmill
from test_repair import ask


def changed(campaign, *replacements):
    text = campaign.read_text()
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    campaign.write_text(text)


def simulate(campaign, run, *words, code=0):
    return twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", 1, *words, code=code)[1]


def last_lease(run):
    return ask(run, "SELECT coalesce(max(lease), -1) FROM attempts")[0][0]


class Incremental(unittest.TestCase):
    def check(self, *steps, drop=False):
        """Runs the tiny campaign, then each changed one in the same directory. A step: replacements, images kept, new, dropped."""
        with folder() as there:
            campaign, run = there / "c.toml", there / "run"
            campaign.write_text(TINY.read_text())
            simulate(campaign, run)
            for number, (replacements, kept, new, dropped) in enumerate(steps):
                changed(campaign, *replacements)
                plan = json.loads(twinmill("plan", campaign, "--dir", run, "--json", "--nominal")[0])["directory"]
                self.assertEqual((plan["kept"], plan["new"], plan["dropped"]), (kept, new, dropped))
                before = last_lease(run)
                if dropped > 0:
                    files = {p.name: p.read_bytes() for p in run.iterdir()}
                    message = simulate(campaign, run, code=2)
                    self.assertIn(f"{dropped} of its finished images would be lost", message)
                    self.assertIn("--drop?", message)
                    self.assertEqual({p.name: p.read_bytes() for p in run.iterdir()}, files)
                simulate(campaign, run, *(["--drop"] if dropped > 0 else []))
                made = ask(run, f"SELECT count(*), coalesce(sum(samples), 0) FROM attempts WHERE lease > {before}")[0]
                self.assertEqual(made, (plan["simulations"], new))
                fresh = there / f"fresh-{number}"
                simulate(campaign, fresh)
                self.assertEqual(digest(run), digest(fresh))
                with h5py.File(run / "store.h5") as a, h5py.File(fresh / "store.h5") as b:
                    self.assertEqual(a["samples/table"][:].tolist(), b["samples/table"][:].tolist())
                    self.assertEqual(a["exposures/slot"]["checksum"].tolist(), b["exposures/slot"]["checksum"].tolist())
                    self.assertEqual(a.attrs["plan_key"], b.attrs["plan_key"])
                twinmill("verify", run)
                self.assertEqual([p.name for p in run.iterdir() if "next" in p.name], [])

    def test_doses_added(self):
        self.check(([("[1e5, 1e7]", "[1e5, 1e6, 1e7]")], 20, 10, 0))

    def test_parents_added(self):
        # WSe2-H comes between the two others; its larger cell may change the box of the series.
        self.check(([('"PtSe2-T"', '"PtSe2-T", "WSe2-H"')], 20, 10, 0))

    def test_defects_removed_and_put_back(self):
        self.check(([(', "metal_on_anion"', "")], 12, 0, 8), ([('"anion_vacancy"', '"anion_vacancy", "metal_on_anion"')], 12, 8, 0))

    def test_replicates_changed(self):
        self.check(([("replicates = 2", "replicates = 3")], 20, 8, 0), ([("replicates = 3", "replicates = 1")], 12, 0, 16))

    def test_rotations_and_defoci_added(self):
        self.check(([("[dose]", "[geometry]\nrotations_deg = [0, 15]\n[dose]"), ("energy_kev = 80", "energy_kev = 80\ndefocus_A = [0, 20]")], 20, 60, 0))

    def test_names_and_sections_that_decide_no_image(self):
        with folder() as there:
            campaign, run = there / "c.toml", there / "run"
            campaign.write_text(TINY.read_text())
            simulate(campaign, run)
            store, lease = (run / "store.h5").read_bytes(), last_lease(run)
            changed(campaign, ('name = "tiny"', 'name = "other"'), ("epochs = 2", "epochs = 3"), ("[split]", "[run]\nattempts = 7\nheartbeat_seconds = 77\n\n[split]"))
            simulate(campaign, run)
            self.assertEqual((run / "store.h5").read_bytes(), store)
            # Another split gives another table of the same images.
            changed(campaign, ("train = 0.5", "train = 0.6"))
            simulate(campaign, run)
            self.assertNotEqual((run / "store.h5").read_bytes(), store)
            self.assertEqual(last_lease(run), lease)
            fresh = there / "fresh"
            simulate(campaign, fresh)
            with h5py.File(run / "store.h5") as a, h5py.File(fresh / "store.h5") as b:
                self.assertEqual(a["samples/table"]["split"].tolist(), b["samples/table"]["split"].tolist())

    def test_campaign_extended_while_it_is_paused(self):
        with folder() as there:
            campaign, run = there / "c.toml", there / "run"
            campaign.write_text(TINY.read_text())
            changed(campaign, ("replicates = 2", "replicates = 8"), ("sampling_A = 0.08", "sampling_A = 0.06"))
            child = subprocess.Popen([PROGRAM, "run", str(campaign), "--dir", str(run), "--until", "simulate", "--ranks", "1"],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            while child.poll() is None:  # Stopped as soon as something is done.
                if (run / "status.json").exists() and json.loads((run / "status.json").read_text())["counts"]["done"] > 0:
                    child.send_signal(signal.SIGINT)
                    break
                time.sleep(0.01)
            _, words = child.communicate()
            self.assertEqual(child.returncode, 4, words)
            done = ask(run, "SELECT count(*) FROM tasks WHERE state = 'done'")[0][0]
            self.assertGreater(done, 0)
            changed(campaign, ("[1e5, 1e7]", "[1e5, 1e6, 1e7]"))
            page, _ = twinmill("plan", campaign, "--dir", run, "--nominal")
            self.assertIn(f"{done} finished images stay, {34 * 3 - done} are to be made in ", " ".join(page.split()))
            before = last_lease(run)
            simulate(campaign, run)
            made = ask(run, f"SELECT sum(samples) FROM attempts WHERE lease > {before}")[0][0]
            self.assertEqual(made, 34 * 3 - done)
            simulate(campaign, there / "fresh")
            self.assertEqual(digest(run), digest(there / "fresh"))

    def test_training_is_of_the_new_images(self):
        with folder() as there:
            campaign, run = there / "c.toml", there / "run"
            campaign.write_text(TINY.read_text())
            twinmill("run", campaign, "--dir", run, "--ranks", 1)
            changed(campaign, ("[1e5, 1e7]", "[1e5, 1e6, 1e7]"))
            simulate(campaign, run)
            self.assertFalse((run / "models" / "predictions.h5").exists(), "predictions are numbered as the old images")
            twinmill("run", campaign, "--dir", run, "--ranks", 1)
            self.assertEqual(ask(run, "SELECT count(*) FROM stages WHERE kind = 'train' AND state = 'done'"), [(2,)])
            self.assertTrue((run / "report.html").exists())

    def test_train_does_not_change_a_directory(self):
        with folder() as there:
            campaign, run = there / "c.toml", there / "run"
            campaign.write_text(TINY.read_text())
            simulate(campaign, run)
            changed(run / "campaign.toml", ("[1e5, 1e7]", "[1e5, 1e6, 1e7]"))
            store = (run / "store.h5").read_bytes()
            _, message = twinmill("train", run, "--ranks", 1, code=2)
            self.assertIn("is another one", message)
            self.assertEqual((run / "store.h5").read_bytes(), store)

    def test_damaged_images_are_not_taken_over(self):
        with folder() as there:
            campaign, run = there / "c.toml", there / "run"
            campaign.write_text(TINY.read_text())
            simulate(campaign, run)
            with h5py.File(run / "store.h5") as store:
                image = store["samples/image"]
                place = image.id.get_offset() + 3 * image[0].nbytes
            with open(run / "store.h5", "r+b") as raw:
                raw.seek(place)
                raw.write(b"\x01\x02\x03")
            changed(campaign, ("[1e5, 1e7]", "[1e5, 1e6, 1e7]"))
            before = last_lease(run)
            self.assertIn("1 finished images are made again", simulate(campaign, run))
            self.assertEqual(ask(run, f"SELECT sum(samples) FROM attempts WHERE lease > {before}"), [(11,)])
            simulate(campaign, there / "fresh")
            self.assertEqual(digest(run), digest(there / "fresh"))

    def test_store_of_another_physics_is_refused(self):
        with folder() as there:
            campaign, run = there / "c.toml", there / "run"
            campaign.write_text(TINY.read_text())
            simulate(campaign, run)
            with h5py.File(run / "store.h5", "r+") as store:
                store.attrs.modify("physics_version", store.attrs["physics_version"] - 1)
            changed(campaign, ("[1e5, 1e7]", "[1e5, 1e6, 1e7]"))
            for words in ([], ["--drop"]):
                self.assertIn("was made with physics version", simulate(campaign, run, *words, code=2))

    def test_no_room_for_both_stores(self):
        with folder() as there:
            campaign, run = there / "c.toml", there / "run"
            campaign.write_text(TINY.read_text())
            simulate(campaign, run)
            changed(campaign, ("[dose]", "[dose]\nreplicates = 1000000"))
            files = {p.name: p.read_bytes() for p in run.iterdir()}
            self.assertIn("are free", simulate(campaign, run, code=3))
            self.assertEqual({p.name: p.read_bytes() for p in run.iterdir()}, files)
            self.assertGreater(os.stat(run / "store.h5").st_size, 0)


if __name__ == "__main__":
    unittest.main()
