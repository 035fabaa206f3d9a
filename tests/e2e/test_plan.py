"""Every campaign that ships can be planned, and the numbers of a plan agree with each other."""

import json
import unittest

from support import SOURCE, TINY, folder, twinmill


class Plan(unittest.TestCase):
    def test_every_campaign_is_planned(self):
        campaigns = sorted((SOURCE / "campaigns").glob("*.toml"))
        self.assertGreaterEqual(len(campaigns), 3)
        for campaign in campaigns:
            with folder() as there:
                plan = json.loads(twinmill("plan", campaign, "--json", "--dir", there / "run")[0])
                self.assertGreater(plan["images"], 0)
                for axis, counts in plan["axes"].items():
                    self.assertEqual(sum(counts.values()), plan["images"], f"{campaign.name} {axis}")
                self.assertEqual(list(there.iterdir()), [], "plan wrote something")

    def test_quickstart_is_what_it_promises(self):
        plan = json.loads(twinmill("plan", SOURCE / "campaigns" / "quickstart.toml", "--json")[0])
        axes = plan["axes"]
        self.assertGreaterEqual(len(axes["parent"]), 4)
        self.assertEqual(len(axes["defect"]), 9)
        self.assertEqual(plan["relaxations"], 9)
        self.assertGreaterEqual(len(axes["operation"]), 2)
        self.assertGreaterEqual(len(axes["dose_e_per_A2"]), 3)
        self.assertEqual(plan["simulations"], plan["structures"])

    def test_accuracy_instead_of_a_sampling(self):
        with folder() as there:
            campaign = there / "accurate.toml"
            campaign.write_text(TINY.read_text().replace("[imaging]", "[imaging]\naccuracy = 0.01"))
            notes = json.loads(twinmill("plan", campaign, "--json")[0])["notes"]
            self.assertTrue(any("imaging.accuracy = 0.01: sampling" in note for note in notes), notes)
            campaign.write_text(campaign.read_text().replace("accuracy = 0.01", "accuracy = 1e-9"))
            _, message = twinmill("plan", campaign, code=2)
            self.assertIn("the finest sampling on offer", message)

    def test_page_for_people(self):
        page, _ = twinmill("plan", TINY)
        for word in ("simulations", "images", "disk", "time", "split"):
            self.assertIn(word, page)

    def test_what_cannot_fit_the_disk_is_refused(self):
        with folder() as there:
            big = there / "big.toml"
            big.write_text(TINY.read_text().replace("[dose]", "[dose]\nreplicates = 100000").replace("pixels = [32, 32]", "pixels = [2048, 2048]"))
            _, message = twinmill("plan", big, "--dir", there / "run", code=3)
            self.assertIn("are free", message)
            twinmill("run", big, "--dir", there / "run", code=3)
            self.assertFalse((there / "run").exists())


if __name__ == "__main__":
    unittest.main()
