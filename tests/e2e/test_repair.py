"""Damage to ledger and store: verify names it, --repair mends it, run makes what is missing, and the data are the same."""

import json
import os
import pathlib
import shutil
import sqlite3
import unittest

import h5py

from support import TINY, digest, folder, twinmill
from test_relax import runs, write

PAGE = 4096


def overwrite(path, place, data):
    with open(path, "r+b") as raw:
        raw.seek(place)
        raw.write(data)


def edit(run, *statements):
    with sqlite3.connect(run / "ledger.sqlite") as ledger:
        for statement in statements:
            ledger.execute(statement)
    ledger.close()


def ask(run, query):
    ledger = sqlite3.connect(f"file:{run / 'ledger-snapshot.sqlite'}?immutable=1", uri=True)
    rows = ledger.execute(query).fetchall()
    ledger.close()
    return rows


def place_of(run, dataset, row):
    with h5py.File(run / "store.h5") as store:
        data = store[dataset]
        return data.id.get_offset() + row * data.dtype.itemsize * int(data[0].size)


def set_slots(run, state, rows, dataset="samples/slot"):
    with h5py.File(run / "store.h5", "r+") as store:
        slots = store[dataset][:]
        slots["state"][rows] = state
        store[dataset][:] = slots


class Repair(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.there = folder()
        cls.base = cls.there.__enter__()
        twinmill("run", TINY, "--dir", cls.base / "whole", "--until", "simulate", "--ranks", 1)
        cls.expected = digest(cls.base / "whole")

    @classmethod
    def tearDownClass(cls):
        cls.there.__exit__(None, None, None)

    def copy(self, name):
        shutil.copytree(self.base / "whole", self.base / name)
        return self.base / name

    def mend(self, run, found, redone=0, runs_by_itself=True):
        """verify finds it, repair mends it, run makes exactly `redone` images in as few leases, and the data are the same."""
        before = {p.name for p in run.iterdir()}
        _, message = twinmill("verify", run, code=3)
        for word in found:
            self.assertIn(word, message)
        self.assertIn(f"twinmill verify {run} --repair?", message)
        words, _ = twinmill("verify", run, "--repair")
        for word in found:
            self.assertIn(word, words)
        twinmill("verify", run)
        self.assertIn("nothing to repair", twinmill("verify", run, "--repair")[0])
        self.assertTrue(before - {"ledger.sqlite-wal"} <= {p.name for p in run.iterdir()}, "repair removed something")
        self.assertEqual(ask(run, "SELECT count(*) FROM tasks WHERE state = 'pending'"), [(redone,)])
        attempts = ask(run, "SELECT count(*), coalesce(max(lease), -1) FROM attempts")[0]
        twinmill("run", TINY, "--dir", run, "--until", "simulate", "--ranks", 1)
        new = ask(run, f"SELECT sum(samples) FROM attempts WHERE lease > {attempts[1]}")[0][0] or 0
        self.assertEqual(new, redone)
        self.assertEqual(digest(run), self.expected)
        twinmill("verify", run)
        return words

    def stopped(self, run):
        """What run says of a ledger that it cannot use, when it does not know from elsewhere that all is done."""
        (run / "ledger-snapshot.sqlite").unlink()
        return twinmill("run", TINY, "--dir", run, "--until", "simulate", "--ranks", 1, code=3)[1]

    def test_ledger_truncated(self):
        run = self.copy("truncated")
        size = (run / "ledger.sqlite").stat().st_size
        os.truncate(run / "ledger.sqlite", size // PAGE // 2 * PAGE)
        words = self.mend(run, ["ledger.sqlite is damaged"])
        self.assertIn("ledger.sqlite.damaged-1", words)
        self.assertEqual((run / "ledger.sqlite.damaged-1").stat().st_size, size // PAGE // 2 * PAGE)

    def test_ledger_with_zeros_in_any_block(self):
        size = (self.base / "whole" / "ledger.sqlite").stat().st_size
        for block in range(size // PAGE):
            run = self.copy(f"zeros-{block}")
            overwrite(run / "ledger.sqlite", block * PAGE, bytes(PAGE))
            _, message = twinmill("verify", run, code=3)
            self.assertIn("ledger.sqlite is damaged", message, f"block {block}")
            shutil.rmtree(run)
        run = self.copy("zeros")
        overwrite(run / "ledger.sqlite", 2 * PAGE, bytes(2 * PAGE))
        self.mend(run, ["ledger.sqlite is damaged"])
        # Attempts come from the snapshot: nobody's history is lost.
        self.assertEqual(ask(run, "SELECT count(*) FROM attempts"), [(10,)])

    def test_run_refuses_a_damaged_ledger_and_says_what_to_do(self):
        run = self.copy("refused")
        overwrite(run / "ledger.sqlite", 2 * PAGE, bytes(PAGE))
        self.assertIn(f"twinmill verify {run} --repair?", self.stopped(run))
        twinmill("verify", run, "--repair")
        twinmill("run", TINY, "--dir", run, "--until", "simulate", "--ranks", 1)
        self.assertEqual(digest(run), self.expected)

    def test_zeros_in_the_write_ahead_log(self):
        """Results that were only in the log are lost to the ledger; the store has them."""
        run = self.copy("log")
        ledger = sqlite3.connect(run / "ledger.sqlite", isolation_level=None)
        ledger.execute("PRAGMA journal_mode=WAL")
        ledger.execute("PRAGMA wal_autocheckpoint=0")
        ledger.execute("BEGIN")
        ledger.execute("CREATE TEMP TABLE t AS SELECT * FROM tasks WHERE simulation >= 6")
        ledger.execute("CREATE TEMP TABLE a AS SELECT * FROM attempts WHERE simulation >= 6")
        ledger.execute("DELETE FROM attempts WHERE simulation >= 6")
        ledger.execute("UPDATE tasks SET state = 'pending', checksum = NULL, attempt = NULL, finished = NULL WHERE simulation >= 6")
        ledger.execute("UPDATE simulations SET attempts = 0 WHERE id >= 6")
        ledger.execute("COMMIT")
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for simulation in range(6, 10):
            ledger.execute("BEGIN")
            ledger.execute(f"REPLACE INTO tasks SELECT * FROM t WHERE simulation = {simulation}")
            ledger.execute(f"INSERT INTO attempts SELECT * FROM a WHERE simulation = {simulation}")
            ledger.execute(f"UPDATE simulations SET attempts = 1 WHERE id = {simulation}")
            ledger.execute("COMMIT")
        for name in ("ledger.sqlite", "ledger.sqlite-wal"):
            shutil.copy(run / name, run / f"{name}.copy")
        ledger.close()
        for name in ("ledger.sqlite", "ledger.sqlite-wal"):
            (run / f"{name}.copy").replace(run / name)
        (run / "ledger.sqlite-shm").unlink(missing_ok=True)
        log = (run / "ledger.sqlite-wal").read_bytes()
        twinmill("verify", run)  # The whole log is read, and left as it is.
        self.assertEqual((run / "ledger.sqlite-wal").read_bytes(), log)
        overwrite(run / "ledger.sqlite-wal", len(log) // 2, bytes(PAGE))
        self.mend(run, ["sample 19: done in the store, but not in the ledger"])

    def test_ledger_deleted(self):
        run = self.copy("deleted")
        for file in run.glob("ledger*"):
            file.unlink()
        self.mend(run, ["ledger.sqlite is missing"])
        # run does the same by itself, and says so.
        run = self.copy("deleted-and-run")
        set_slots(run, 0, [2, 3])
        for file in run.glob("ledger*"):
            file.unlink()
        _, message = twinmill("run", TINY, "--dir", run, "--until", "simulate", "--ranks", 1)
        self.assertIn("ledger.sqlite is missing: it is made again from the store", message)
        self.assertIn("18 of 20 tasks done", message)
        self.assertEqual(ask(run, "SELECT samples FROM attempts"), [(2,)])
        self.assertEqual(digest(run), self.expected)

    def test_store_deleted(self):
        run = self.copy("no-store")
        (run / "store.h5").unlink()
        _, message = twinmill("run", TINY, "--dir", run, "--until", "simulate", "--ranks", 1)
        self.assertIn("store.h5 is missing: everything is simulated again", message)
        self.assertEqual(digest(run), self.expected)

    def test_ledger_of_an_older_version(self):
        run = self.copy("older")
        edit(run, "ALTER TABLE tasks DROP COLUMN result", "PRAGMA user_version=1")
        (run / "ledger-snapshot.sqlite").unlink()
        _, message = twinmill("run", TINY, "--dir", run, "--until", "simulate", "--ranks", 1, code=2)
        self.assertIn("was written by an older twinmill (its format is 1", message)
        self.assertIn(f"twinmill verify {run} --repair?", message)
        self.mend(run, ["was written by an older twinmill (its format is 1"])
        self.assertEqual(ask(run, "SELECT count(*) FROM attempts"), [(10,)])

    def test_done_in_the_ledger_but_not_in_the_store(self):
        run = self.copy("ahead")
        set_slots(run, 0, [4])
        set_slots(run, 2, [9])
        self.mend(run, [f"sample {i}: done in the ledger, but its slot in the store is not" for i in (4, 9)], redone=2)

    def test_done_in_the_store_but_not_in_the_ledger(self):
        run = self.copy("behind")
        edit(run, "UPDATE tasks SET state = 'pending', checksum = NULL WHERE id = 7")
        self.mend(run, ["sample 7: done in the store, but not in the ledger"])

    def test_images_that_a_killed_run_could_not_count_are_no_damage(self):
        run = self.copy("killed")
        edit(run, "UPDATE tasks SET state = 'pending', checksum = NULL WHERE simulation = 3",
             "UPDATE attempts SET outcome = 'running', ended = NULL WHERE simulation = 3")
        self.assertIn("2 images were finished by a run that was killed", twinmill("verify", run)[0])

    def test_another_checksum(self):
        run = self.copy("checksum")
        edit(run, "UPDATE tasks SET checksum = '0123456789abcdef' WHERE id = 5")
        self.mend(run, ["sample 5: the ledger has another checksum than the store"])

    def test_slots_whose_bytes_were_flipped(self):
        run = self.copy("flipped")
        overwrite(run / "store.h5", place_of(run, "samples/image", 3) + 40, b"\xff\x01")
        overwrite(run / "store.h5", place_of(run, "samples/mask", 12) + 7, b"\x07")
        words = self.mend(run, [f"sample {i}: its content does not match its checksum" for i in (3, 12)], redone=2)
        self.assertIn("to be made again: 2 images", words)

    def test_damaged_series_takes_its_images_with_it(self):
        run = self.copy("series")
        overwrite(run / "store.h5", place_of(run, "exposures/series", 4) + 64, bytes(range(1, 30)))
        self.mend(run, ["exposure 4: its series", "sample 8: the exposure behind it", "sample 9: the exposure"], redone=2)
        with h5py.File(run / "store.h5") as store:
            self.assertEqual(list(store["exposures/slot"]["state"]), [1] * 10)

    def test_everything_at_once(self):
        run = self.copy("everything")
        overwrite(run / "store.h5", place_of(run, "samples/image", 0), b"\xff\x01")
        set_slots(run, 0, [10, 11])
        os.truncate(run / "ledger.sqlite", 3 * PAGE)
        overwrite(run / "ledger-snapshot.sqlite", PAGE, bytes(5 * PAGE))
        self.mend(run, ["ledger.sqlite is damaged", "sample 0: its content"], redone=3)

    def test_quarantine_is_remembered(self):
        run = self.copy("quarantine")
        set_slots(run, 0, [6, 7])
        edit(run, "UPDATE tasks SET state = 'quarantined', checksum = NULL WHERE simulation = 3",
             "UPDATE simulations SET failures = 3, reason = 'no luck' WHERE id = 3",
             "UPDATE tasks SET state = 'pending' WHERE id = 0")
        twinmill("verify", run, "--repair")
        self.assertEqual(ask(run, "SELECT id, state FROM tasks WHERE state <> 'done'"), [(6, "quarantined"), (7, "quarantined")])
        self.assertIn("no luck", twinmill("explain", run, 6)[0])

    def test_refused_while_somebody_is_at_work(self):
        run = self.copy("held")
        overwrite(run / "ledger.sqlite", 2 * PAGE, bytes(PAGE))
        stat = pathlib.Path("/proc/self/stat").read_text()
        lock = {"host": os.uname().nodename, "pid": os.getpid(), "start": stat[stat.rindex(")") + 2 :].split()[19],
                "boot": pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip(), "job": "42", "heartbeat": 4e9}
        (run / "run.lock").write_text(json.dumps(lock))
        before = (run / "ledger.sqlite").read_bytes()
        _, message = twinmill("verify", run, "--repair", code=3)
        self.assertIn(f"host {os.uname().nodename}, pid {os.getpid()}, job 42", message)
        self.assertEqual((run / "ledger.sqlite").read_bytes(), before)

    def test_other_databases_are_left_alone(self):
        run = self.copy("foreign")
        (run / "ledger.sqlite").unlink()
        edit(run, "CREATE TABLE precious(x)")
        before = (run / "ledger.sqlite").read_bytes()
        self.assertIn("is not a ledger of twinmill", twinmill("verify", run, "--repair", code=2)[1])
        self.assertEqual((run / "ledger.sqlite").read_bytes(), before)

    def test_campaign_file_lost(self):
        run = self.copy("no-campaign")
        (run / "campaign.toml").unlink()
        (run / "ledger.sqlite").unlink()
        twinmill("verify", run, "--repair")
        twinmill("verify", run)

    def test_relaxed_structures_are_found_again(self):
        with folder() as there:
            campaign, run = write(there), there / "run"
            twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", 1)
            expected, before = digest(run), runs(there)
            self.assertGreater(before, 0)
            for file in run.glob("ledger*"):
                file.unlink()
            twinmill("verify", run, code=3)
            twinmill("verify", run, "--repair")
            self.assertEqual(ask(run, "SELECT kind, count(*) FROM tasks WHERE state = 'done' GROUP BY kind"),
                             ask(run, "SELECT kind, count(*) FROM tasks GROUP BY kind"))
            twinmill("run", campaign, "--dir", run, "--until", "simulate", "--ranks", 1)
            self.assertEqual((digest(run), runs(there)), (expected, before))


if __name__ == "__main__":
    unittest.main()
