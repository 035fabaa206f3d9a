"""A store in several files: the same data, the same digest, for h5py as for the program; and what happens to the key."""

import contextlib
import sqlite3
import unittest

import h5py
import numpy

from support import TINY, digest, folder, twinmill


def campaign(there, shards):
    path = there / f"tiny-{shards}.toml"
    path.write_text(TINY.read_text() + f"\n[run]\nstore_shards = {shards}\n")
    return path


class Shards(unittest.TestCase):
    def test_the_whole_way_and_the_same_digest_as_one_file(self):
        with folder() as there:
            three, one = there / "three", there / "one"
            twinmill("run", campaign(there, 3), "--dir", three, "--ranks", 3)
            twinmill("run", campaign(there, 1), "--dir", one, "--ranks", 2, "--until", "simulate")
            self.assertEqual(digest(three), digest(one))
            twinmill("verify", three)
            self.assertEqual(sorted(p.name for p in three.glob("store*")), ["store-000.h5", "store-001.h5", "store-002.h5", "store.h5"])
            self.assertTrue((three / "report.html").read_text().count("in 4 files"))
            with h5py.File(three / "store.h5") as a, h5py.File(one / "store.h5") as b:
                self.assertTrue(a["samples/image"].is_virtual)
                self.assertTrue((a["samples/slot"]["state"] == 1).all())
                for name in ("samples/image", "samples/mask", "exposures/series", "samples/table", "simulations/table"):
                    numpy.testing.assert_array_equal(a[name][:], b[name][:], err_msg=name)
                self.assertEqual(a["shards/table"]["sample_count"].sum(), a["samples/image"].shape[0])

    def test_an_existing_store_keeps_its_files(self):
        with folder() as there:
            run = there / "run"
            twinmill("run", campaign(there, 2), "--dir", run, "--until", "simulate")
            before = digest(run)
            _, words = twinmill("run", campaign(there, 5), "--dir", run, "--until", "simulate")
            self.assertIn("complete", words)
            self.assertEqual(len(list(run.glob("store-*.h5"))), 2)
            self.assertEqual(digest(run), before)

    def test_workers_write_to_the_shard_of_their_group_first(self):
        with folder() as there:
            run = there / "run"
            twinmill("run", campaign(there, 2), "--dir", run, "--ranks", 3, "--until", "simulate")
            with h5py.File(run / "store.h5") as store:
                table = store["shards/table"]
                homes = [set(range(first, first + count)) for first, count in zip(table["first_simulation"], table["simulation_count"])]
            with contextlib.closing(sqlite3.connect(run / "ledger-snapshot.sqlite")) as ledger:
                leases = ledger.execute("SELECT worker, simulation FROM attempts ORDER BY lease").fetchall()
            self.assertEqual(len(leases), sum(len(home) for home in homes))
            for worker, simulation in leases:
                home = homes[worker - 1]
                self.assertTrue(simulation in home or not home, f"worker {worker} got {simulation} while {home} waited: {leases}")
                for waiting in homes:
                    waiting.discard(simulation)

    def test_a_shard_that_is_missing_is_said(self):
        with folder() as there:
            run = there / "run"
            twinmill("run", campaign(there, 2), "--dir", run, "--until", "simulate")
            (run / "store-001.h5").unlink()
            _, words = twinmill("verify", run, code=2)
            self.assertIn("its shard store-001.h5 beside it is missing", words)


if __name__ == "__main__":
    unittest.main()
