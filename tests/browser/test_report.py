"""The report in headless Chromium: light and dark, desktop and phone, on paper, by mouse and by keyboard."""

import csv
import os
import pathlib
import sqlite3
import unittest

from browser import needs_browser, screenshots, seen_by

from support import TINY, digest, folder, twinmill


@needs_browser
class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.there = cls.enterClassContext(folder())
        # TWINMILL_REPORT=DIR looks at a run that is there.
        cls.run_path = pathlib.Path(os.environ.get("TWINMILL_REPORT", cls.there / "run"))
        if not cls.run_path.exists():
            campaign = cls.there / "campaign.toml"
            geometry = "[geometry]\nrotations_deg = [0, 20]\nboundary_rotations_deg = [15]\n"
            campaign.write_text(TINY.read_text().replace("[microscope]", geometry + "\n[microscope]"))
            twinmill("run", campaign, "--dir", cls.run_path, "--ranks", 2)
        shots = screenshots(cls.there)
        cls.seen = seen_by("report.mjs", (cls.run_path / "report.html").resolve().as_uri(), shots)
        cls.pdf = (shots / "report.pdf").read_bytes()

    def test_nothing_to_complain_about(self):
        """No error, no script, nothing asked of anybody."""
        self.assertEqual(self.seen["complaints"], [])
        for look in self.seen["looks"]:
            self.assertEqual(look["scripts"], 0)

    def test_numbers_are_those_of_the_ledger_and_the_tables(self):
        with sqlite3.connect(f"file:{self.run_path}/ledger-snapshot.sqlite?immutable=1", uri=True) as ledger:
            done = ledger.execute("SELECT count(*) FROM tasks WHERE kind = 'image' AND state = 'done'").fetchone()[0]
        scores = {}
        with open(self.run_path / "models" / "metrics.csv", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["slice_axis"] == "all":
                    scores[row["class"], row["measure"]] = row["value"]
        for look in self.seen["looks"]:
            self.assertEqual(look["tiles"]["images"].replace(",", ""), str(done))
            self.assertEqual(look["provenance"]["digest of the images"], digest(self.run_path))
            shown = {row[0].replace(" ", "_"): row for row in look["scores"]}
            self.assertGreaterEqual(len(shown), 2)
            for name, row in shown.items():
                self.assertEqual(row[1].replace(",", ""), scores[name, "true_pixels"], row)
                self.assertEqual(row[2].replace(",", ""), scores[name, "predicted_pixels"], row)
                if scores[name, "f1"]:
                    self.assertAlmostEqual(float(row[5]), float(scores[name, "f1"]), delta=0.0006)

    def test_fits_and_can_be_read(self):
        for look in self.seen["looks"]:
            for what in ("imagesWithoutText", "brokenImages", "figuresWithoutText", "headingsThatSkip", "headsWithoutScope", "deadLinks"):
                self.assertEqual(look[what], 0, (look["name"], what))
            self.assertLessEqual(look["overflow"], 0, look["name"])
            self.assertEqual(look["lowContrast"], [], look["name"])
            self.assertEqual(look["language"], "en")

    def test_says_how_to_cite_and_to_make_it_again(self):
        for look in self.seen["looks"]:
            self.assertIn("Make it again", look["headings"])
            self.assertIn("Cite it", look["headings"])
            for axis in ("Turned", "Beside a grain boundary"):
                self.assertIn(axis, look["headings"])

    def test_a_click_and_a_key_open_a_sample(self):
        for look in self.seen["looks"]:
            card = look["card"]
            self.assertTrue(card["open"], look["name"])
            self.assertGreaterEqual(len(card["facts"]), 10)
            self.assertIn("e/Å²", card["facts"]["dose"])
            if look["name"].startswith("desktop"):
                self.assertGreater(card["after"], 1.2 * card["before"])

    def test_prints(self):
        self.assertEqual(self.pdf[:5], b"%PDF-")
        self.assertLessEqual(self.seen["print"]["overflow"], 0)


if __name__ == "__main__":
    unittest.main()
