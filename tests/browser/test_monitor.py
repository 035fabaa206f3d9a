"""The monitor's page in headless Chromium: light and dark, desktop and phone, with and without JavaScript."""

import sqlite3
import unittest

from browser import needs_browser, screenshots, seen_by

from support import TINY, folder, monitor, twinmill


@needs_browser
class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.there = cls.enterClassContext(folder())
        run = cls.there / "run"
        twinmill("run", TINY, "--dir", run, "--until", "train", "--ranks", 2)
        with sqlite3.connect(f"file:{run}/ledger-snapshot.sqlite?immutable=1", uri=True) as ledger:
            cls.states = dict(ledger.execute("SELECT state, count(*) FROM tasks WHERE kind = 'image' GROUP BY state"))
        with monitor(run) as (_, url):
            cls.seen = seen_by("monitor.mjs", url, screenshots(cls.there))

    def test_nothing_to_complain_about(self):
        """No error of a script, of the console or of loading; nothing asked of other hosts."""
        self.assertEqual(self.seen["complaints"], [])

    def test_numbers_are_those_of_the_ledger(self):
        total, done = sum(self.states.values()), self.states.get("done", 0)
        for look in self.seen["looks"]:
            self.assertIn(f"{done} of {total} images done", look["whole"], look["name"])
            self.assertIn("By parent", look["axes"])
            for rows in look["axes"].values():
                self.assertEqual(sum(int(row[1]) for row in rows), done)
                self.assertEqual(sum(int(row[2]) for row in rows), total)

    def test_fits_and_can_be_read(self):
        for look in self.seen["looks"]:
            self.assertLessEqual(look["overflow"], 0, look["name"])
            self.assertEqual(look["imagesWithoutText"], 0, look["name"])
            self.assertEqual(look["brokenImages"], 0, look["name"])
            self.assertEqual(look["lowContrast"], [], look["name"])

    def test_charts_with_scripts_and_tables_without(self):
        for look in self.seen["looks"]:
            self.assertEqual(look["chartsWanted"], 2, look["name"])  # Images over time; loss and F1.
            self.assertEqual(look["charts"], 0 if look["name"].endswith("plain") else 2, look["name"])
            for series in sum(look["drawn"], []):
                if series["numbers"] > 0:
                    self.assertGreaterEqual(series["pixels"], 20, (look["name"], series))
            self.assertEqual(look["openTables"], 2 if look["name"].endswith("plain") else 0, look["name"])

    def test_a_click_and_a_key_open_a_sample(self):
        opened = [look["sample"] for look in self.seen["looks"] if look["name"].startswith("desktop")]
        self.assertEqual(len(opened), 3)
        for sample in opened:
            self.assertEqual(sample["heading"], f"Sample {sample['number']}")
            self.assertTrue(all(width > 0 and height > 0 for width, height in sample["images"]))
            self.assertGreaterEqual(len(sample["images"]), 2)
            self.assertIn("dose", sample["facts"])
            self.assertEqual(sample["back"], 1)

    def test_follows_and_says_when_the_monitor_is_gone(self):
        self.assertIn("cannot be reached", self.seen["lost"])


if __name__ == "__main__":
    unittest.main()
