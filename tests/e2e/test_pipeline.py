"""A campaign all the way: images, network, evaluation, report; twice; from the phases' own commands."""

import json
import pathlib
import sqlite3
import unittest

from support import TINY, digest, folder, mpirun, twinmill


def stages(run):
    rows = sqlite3.connect(f"file:{run}/ledger-snapshot.sqlite?mode=ro", uri=True).execute("SELECT kind, state, result FROM stages ORDER BY updated").fetchall()
    return {kind: json.loads(result) for kind, state, result in rows if state == "done"}


class Pipeline(unittest.TestCase):
    def check_finished(self, run):
        names = {p.name for p in run.iterdir()}
        self.assertEqual(names - {"ledger.sqlite-wal", "ledger.sqlite-shm"},
                         {"campaign.toml", "ledger.sqlite", "ledger-snapshot.sqlite", "models", "report.html", "status.json", "store.h5"})
        done = stages(run)
        self.assertEqual(len(done["train"]["history"]), 2)
        matrix = done["evaluate"]["confusion"]
        self.assertEqual(sum(map(sum, matrix)), done["evaluate"]["images"] * 32 * 32)
        for c, entry in enumerate(done["evaluate"]["classes"]):
            self.assertEqual(entry["hit_pixels"], matrix[c][c])
            self.assertEqual(entry["true_pixels"], sum(matrix[c]))
        page = (run / "report.html").read_text()
        self.assertIn(digest(run), page)
        self.assertNotRegex(page, r"""(src|href)\s*=\s*["']?(https?:)?//""")
        return done

    def test_three_ranks_all_the_way_and_a_second_start(self):
        with folder() as there:
            run = there / "run"
            twinmill("run", TINY, "--dir", run, "--ranks", 3)
            self.check_finished(run)
            before = {p.name: p.stat().st_mtime_ns for p in run.iterdir()}
            _, message = twinmill("run", TINY, "--dir", run, "--ranks", 3)
            self.assertIn("complete: nothing to do", message)
            self.assertEqual({p.name: p.stat().st_mtime_ns for p in run.iterdir()}, before)
            self.assertIn("done", twinmill("status", run)[0])
            self.assertEqual(json.loads(twinmill("status", run, "--json")[0])["counts"]["done"], 20)

    def test_phase_by_phase(self):
        with folder() as there:
            run = there / "run"
            twinmill("run", TINY, "--dir", run, "--until", "simulate", "--ranks", 1)
            twinmill("train", run, "--ranks", 2)
            twinmill("evaluate", run, launcher=mpirun(2))
            twinmill("report", run, "--montage", there / "m.png")
            self.check_finished(run)
            self.assertEqual((there / "m.png").read_bytes()[:4], b"\x89PNG")

    def test_training_before_simulating_is_refused(self):
        with folder() as there:
            run = there / "run"
            run.mkdir()
            (run / "campaign.toml").write_text(TINY.read_text())
            _, message = twinmill("train", run, "--ranks", 1, code=2)
            self.assertIn("not finished", message)

    def test_another_training_of_the_same_images(self):
        with folder() as there:
            run = there / "run"
            twinmill("run", TINY, "--dir", run, "--until", "train", "--ranks", 1)
            longer = there / "longer.toml"
            longer.write_text(TINY.read_text().replace("epochs = 2", "epochs = 3"))
            hash_before = digest(run)
            twinmill("run", longer, "--dir", run, "--ranks", 1)
            self.assertEqual(digest(run), hash_before)
            self.assertEqual(len(stages(run)["train"]["history"]), 3)

    def test_user_structures(self):
        golden = pathlib.Path(__file__).parent.parent / "golden" / "mos2_vacancy.extxyz"
        with folder() as there:
            (there / "inputs").mkdir()
            (there / "inputs" / "mine.extxyz").write_text(golden.read_text())
            campaign = there / "inputs" / "c.toml"
            text = TINY.read_text().replace('parents = ["MoS2-H", "PtSe2-T"]', 'parents = ["MoS2-H", "PtSe2-T"]\nfiles = ["mine.extxyz"]')
            campaign.write_text(text)
            run = there / "run"
            twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", 3, cwd=there)
            twinmill("train", run, "--ranks", 1, cwd="/")  # The copy in the directory stands on its own.
            twinmill("verify", run)


if __name__ == "__main__":
    unittest.main()
