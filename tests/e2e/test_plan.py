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
                plan = json.loads(twinmill("plan", campaign, "--json", "--nominal", "--dir", there / "run")[0])
                self.assertGreater(plan["images"], 0)
                for axis, counts in plan["axes"].items():
                    self.assertEqual(sum(counts.values()), plan["images"], f"{campaign.name} {axis}")
                self.assertEqual(list(there.iterdir()), [], "plan wrote something")

    def test_quickstart_is_what_it_promises(self):
        plan = json.loads(twinmill("plan", SOURCE / "campaigns" / "quickstart.toml", "--json", "--nominal")[0])
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
            notes = json.loads(twinmill("plan", campaign, "--json", "--nominal")[0])["notes"]
            self.assertTrue(any("imaging.accuracy = 0.01: sampling" in note for note in notes), notes)
            campaign.write_text(campaign.read_text().replace("accuracy = 0.01", "accuracy = 1e-9"))
            _, message = twinmill("plan", campaign, code=2)
            self.assertIn("the finest sampling on offer", message)

    def test_page_for_people(self):
        for campaign in ("tiny", "quickstart", "fuhr2023-study", "fuhr2023-messy"):
            page, _ = twinmill("plan", SOURCE / "campaigns" / f"{campaign}.toml", "--nominal")
            for word in ("simulations", "images", "disk", "memory", "time", "acquisition", "split", "nominal, not measured"):
                self.assertIn(word, page)
            self.assertLessEqual(max(map(len, page.split("\n"))), 100)

    def test_times_are_measured(self):
        page, _ = twinmill("plan", TINY)
        self.assertRegex(page, r"measured now, in [0-9.]+ s: [0-9.]+ Gflop/s a core for images;\s+g-unet of\s+width\s+4\s+trains\s+in")
        plan = json.loads(twinmill("plan", TINY, "--json")[0])
        self.assertTrue(plan["rates"]["images_measured"])
        self.assertEqual(len(plan["rates"]["training"]), 1, plan["rates"]["note"])
        nominal = json.loads(twinmill("plan", TINY, "--json", "--nominal")[0])
        # The same work by another rate.
        self.assertAlmostEqual(plan["time"]["images_core_seconds"] * plan["rates"]["flops"],
                               nominal["time"]["images_core_seconds"] * nominal["rates"]["flops"], delta=1e4)

    def test_a_site(self):
        words = ("plan", SOURCE / "campaigns" / "fuhr2023-study.toml", "--nominal")
        site = json.loads(twinmill(*words, "--site", "frontier", "--nodes", 4, "--walltime", "2:00:00", "--json")[0])["site"]
        self.assertEqual((site["nodes"], site["walltime_seconds"]), (4, 7200))
        seconds = site["images_seconds"] + site["trainings_seconds"]
        self.assertAlmostEqual(site["node_hours"], 4 * seconds / 3600, places=6)
        self.assertEqual(site["jobs"], max(1, -(-seconds // (7200 - 300))))
        page, _ = twinmill(*words, "--site", "frontier", "--nodes", 4)
        self.assertIn("Frontier (OLCF): 4 nodes x 56 ranks", page)
        _, message = twinmill(*words, "--nodes", 4, code=2)
        self.assertIn("--nodes goes with --site SITE", message)
        _, message = twinmill(*words, "--site", "frontier", "--nodes", 10**6, code=2)
        self.assertIn("--nodes = 1000000", message)

    def test_a_directory_that_has_some(self):
        with folder() as there:
            run = there / "run"
            twinmill("run", TINY, "--dir", run, "--ranks", 2, "--until", "simulate")
            plan = json.loads(twinmill("plan", TINY, "--dir", run, "--nominal", "--json")[0])
            self.assertEqual((plan["directory"]["new"], plan["directory"]["kept"]), (0, plan["images"]))
            self.assertEqual(plan["time_left"]["images_core_seconds"], 0)
            self.assertEqual(plan["time_left"]["trainings_core_seconds"], plan["time"]["trainings_core_seconds"])
            twinmill("train", run, "--ranks", 2)
            page, _ = twinmill("plan", TINY, "--dir", run, "--nominal")
            self.assertIn("; trained", page)
            self.assertIn("left         about 0.0 s", page)

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
