"""explain: what all failures have in common."""

import unittest

from support import folder, twinmill
from test_relax import write


class Explain(unittest.TestCase):
    def test_one_parent_has_all_failures(self):
        with folder() as there:
            campaign = write(there, how="tungsten-fail")
            # Six arrangements of vacancies in each of two sheets, and images of those that can be relaxed.
            text = campaign.read_text().replace('defects = ["pristine", "anion_vacancy"]', "").replace("replicates = 2", "")
            campaign.write_text(text + '[[defect]]\nclasses = ["anion_vacancy"]\ncount = [2]\narrangements = 6\n')
            run = there / "run"
            twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", 2, code=5)
            page, _ = twinmill("explain", run)
            self.assertIn("failures go with parent WS2-H: 6 of 6 simulations or relaxations failed, of the others 0 of 12 (p = 5.4e-05)\n"
                          "  all 6 failures have parent WS2-H\n", page)
            # Nothing else is blamed: the engine works for the other sheet.
            self.assertEqual(page.count("failures go with"), 1, page)

    def test_without_failures_nothing_is_blamed(self):
        with folder() as there:
            run = there / "run"
            twinmill("run", write(there), "--dir", run, "--until", "simulate", "--ranks", 1)
            page, _ = twinmill("explain", run)
            self.assertIn("no attempt has failed", page)
            self.assertNotIn("failures go with", page)


if __name__ == "__main__":
    unittest.main()
