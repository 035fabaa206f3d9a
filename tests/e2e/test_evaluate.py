"""An exported model judged on stores: its own, with other classes, with other detectors; every mistake has its words."""

import csv
import json
import shutil
import sqlite3
import unittest

from support import TINY, folder, mpirun, twinmill


def evaluation_of(run):
    rows = sqlite3.connect(f"file:{run}/ledger-snapshot.sqlite?mode=ro", uri=True).execute(
        "SELECT result FROM stages WHERE kind = 'evaluate' AND state = 'done'").fetchall()
    return json.loads(rows[-1][0])


def table(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class Evaluate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = folder()
        cls.there = cls.place.__enter__()
        cls.run_folder = cls.there / "run"
        twinmill("run", TINY, "--dir", cls.run_folder, "--ranks", 1)
        cls.model = cls.run_folder / "models" / "model.pt"

    @classmethod
    def tearDownClass(cls):
        cls.place.__exit__(None, None, None)

    def other_store(self, name, change):
        campaign = self.there / f"{name}.toml"
        text = change(TINY.read_text())
        self.assertNotEqual(text, TINY.read_text())
        campaign.write_text(text)
        twinmill("run", campaign, "--dir", self.there / name, "--until", "simulate", "--ranks", 1)
        return self.there / name

    def judge(self, *arguments, **more):
        return json.loads(twinmill("evaluate", "--model", self.model, *arguments, "--json", **more)[0])

    def same(self, found, known):
        """Counts are equal; probabilities may differ in their last bits with the number of threads."""
        for part in ("calibration", "defect_calibration"):
            self.assertAlmostEqual(found[part]["expected_error"], known[part]["expected_error"], 4)
        rest = set(known) - {"calibration", "defect_calibration"}
        self.assertEqual({k: found[k] for k in rest}, {k: known[k] for k in rest})

    def refused(self, *arguments):
        return twinmill("evaluate", *arguments, code=2)[1]

    def test_tables_of_a_run(self):
        models = self.run_folder / "models"
        found = evaluation_of(self.run_folder)
        self.assertEqual(found["dose_fit"]["not_determined"] != "", len(found["by_dose"]) < 4)
        rows = table(models / "metrics.csv")
        macro = [r["value"] for r in rows if r["measure"] == "macro_f1" and r["slice_axis"] == "all"]
        self.assertEqual([float(v) for v in macro if v], [found["macro_f1"]])
        counts = table(models / "confusion.csv")
        pixels = sum(int(r["count"]) for r in counts if r["level"] == "pixel")
        self.assertEqual(pixels, found["images"] * 32 * 32)
        self.assertEqual({r["pixels"] for r in table(models / "calibration.csv")}, {"all", "defects"})
        page = (self.run_folder / "report.html").read_text()
        self.assertIn("Defect by defect", page)

    def test_its_own_store_gives_the_same_result(self):
        known = evaluation_of(self.run_folder)
        self.same(self.judge(self.run_folder / "store.h5"), known)
        self.same(self.judge(self.run_folder, launcher=mpirun(3)), known)
        whole = self.judge(self.run_folder, "--split", "all")
        self.assertEqual(whole["images"], 20)

    def test_out_holds_tables_and_masks(self):
        out = self.there / "out"
        text, _ = twinmill("evaluate", "--model", self.model, self.run_folder, "--out", out)
        self.assertIn("mean F1 over the defects present:", text)
        self.assertEqual({p.name for p in out.iterdir()},
                         {"metrics.csv", "confusion.csv", "calibration.csv", "dose.csv", "evaluation.json", "predictions.h5"})
        self.same(json.loads((out / "evaluation.json").read_text()), evaluation_of(self.run_folder))

    def test_a_store_of_another_campaign(self):
        other = self.other_store("messier", lambda t: t.replace('"metal_on_anion"]', '"metal_vacancy", "dopant"]'))
        found = self.judge(other, "--split", "all")
        seen = {c["name"]: c["true_pixels"] for c in found["classes"] if c["true_pixels"] > 0}
        self.assertEqual(set(seen), {"lattice", "anion_vacancy", "metal_vacancy", "dopant"})
        self.assertEqual({s["value"] for s in found["slices"] if s["axis"] == "defect"},
                         {"pristine", "anion_vacancy", "metal_vacancy", "dopant"})

    def test_mistakes(self):
        with folder() as there:
            no_model = there / "no.pt"
            no_model.write_text("nothing")
            store = self.run_folder / "store.h5"
            self.assertIn("there is no model", self.refused("--model", there / "none.pt", store))
            self.assertIn("no.pt", self.refused("--model", no_model, store))
            self.assertIn("there is no store", self.refused("--model", self.model, there / "none.h5"))
            shutil.copy(no_model, there / "text.h5")
            self.assertIn("text.h5", self.refused("--model", self.model, there / "text.h5"))
            self.assertIn("Did you mean test?", self.refused("--model", self.model, store, "--split", "tset"))
            self.assertIn("--radius = -1", self.refused("--model", self.model, store, "--radius", "-1"))
            self.assertIn("evaluate needs DIR", self.refused("--model", self.model))

    def test_other_detectors(self):
        other = self.other_store("detectors", lambda t: t.replace('name = "haadf"', 'name = "adf"'))
        message = self.refused("--model", self.model, other)
        self.assertIn("in images of haadf", message)
        self.assertIn("adf", message)


if __name__ == "__main__":
    unittest.main()
