"""What a run has acknowledged, remembered from outside: it must be there for ever, with the same checksum."""

import json
import shutil
import sqlite3

import h5py

SLOT_DONE = 1


class Ledger:
    """A copy of a ledger as a crash left it, opened with SQLite, which takes its write-ahead log into account."""

    def __init__(self, path, scratch):
        self.done, self.acknowledged, self.open_leases = {}, {}, 0
        if not path.exists():
            return
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        for suffix in ("", "-wal", "-journal"):
            if path.with_name(path.name + suffix).exists():
                shutil.copy(path.with_name(path.name + suffix), scratch / ("copy" + suffix))
        database = sqlite3.connect(scratch / "copy")
        try:
            if database.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'tasks'").fetchone()[0] == 0:
                return  # Killed before the ledger was made: that is one transaction.
            self.done = {row[0]: row[1:] for row in database.execute("SELECT id, checksum, finished FROM tasks WHERE state = 'done'")}
            self.open_leases = database.execute("SELECT count(*) FROM attempts WHERE outcome = 'running'").fetchone()[0]
            last = database.execute("SELECT max(t) FROM (SELECT max(granted) AS t FROM attempts UNION SELECT max(ended) FROM attempts "
                                    "UNION SELECT max(at) FROM events UNION SELECT max(finished) FROM tasks)").fetchone()[0]
            # All of one transaction has the same time. The last one may have been cut off between write and sync, when
            # nobody had heard of it; all before it had been committed.
            self.acknowledged = {task: row for task, row in self.done.items() if row[1] < last}
        finally:
            database.close()


class Witness:
    """Of one run directory."""

    def __init__(self, run, scratch):
        self.run, self.scratch = run, scratch
        self.known, self.least_done = {}, 0

    def published(self):
        """Takes note of what readers can see; at any time, since these files are replaced as a whole."""
        self.remember(Ledger(self.run / "ledger-snapshot.sqlite", self.scratch).done)
        try:
            status = json.loads((self.run / "status.json").read_text())
        except FileNotFoundError:
            return
        self.least_done = max(self.least_done, status["counts"]["done"])

    def before_power_cut(self):
        """When all processes are gone, and what they had not synced is still there."""
        self.published()
        self.remember(Ledger(self.run / "ledger.sqlite", self.scratch).acknowledged)

    def look(self):
        """When all processes are gone: (what is wrong, number of samples that are done, leases that were cut off)."""
        self.published()
        now = Ledger(self.run / "ledger.sqlite", self.scratch)
        wrong = self.missing(now.done)
        if len(now.done) < self.least_done:
            wrong.append(f"status.json said that {self.least_done} samples were done, the ledger knows {len(now.done)}")
        self.known.update(now.done)
        return wrong + self.missing_in_store(), len(now.done), now.open_leases

    def remember(self, done):
        for problem in self.missing(done, self.known.keys() & done.keys()):
            raise AssertionError(problem)
        self.known.update(done)

    def missing(self, done, tasks=None):
        return [f"sample {task} was acknowledged as {self.known[task]}, now it is {done.get(task)}"
                for task in sorted(self.known if tasks is None else tasks) if done.get(task) != self.known[task]]

    def missing_in_store(self):
        if not self.known:
            return []
        if not (self.run / "store.h5").exists():
            return [f"the store is gone, and {len(self.known)} samples with it"]
        with h5py.File(self.run / "store.h5", "r") as file:
            slots = file["samples/slot"][:]
        return [f"sample {task} is done in the ledger ({checksum}), its slot in the store is {slots[task]}"
                for task, (checksum, _) in sorted(self.known.items())
                if slots[task]["state"] != SLOT_DONE or f"{slots[task]['checksum']:016x}" != checksum]
