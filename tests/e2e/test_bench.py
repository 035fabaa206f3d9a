"""The benchmarks of the scheduler, the ledger and the store: they run, count right, and leave nothing behind. No figure is judged."""

import json
import unittest

from support import folder, mpirun, twinmill


class Bench(unittest.TestCase):
    def result(self, *words, launcher=()):
        with folder() as there:
            said, _ = twinmill("bench", *words, "--dir", there, "--json", launcher=launcher)
            self.assertEqual(list(there.iterdir()), [])
            result = json.loads(said)
            self.assertGreaterEqual(result["facts"]["cores"], 1)
            return result

    def test_scheduler(self):
        found = self.result("scheduler", "--tasks", 1000, "--samples", 64, "--ranks", 2)
        self.assertEqual((found["tasks"], found["leases"], found["ranks"]), (1000, 16, 2))
        self.assertAlmostEqual(found["tasks_per_s"] * found["seconds"], 1000)
        self.assertIn("synchronous=FULL", found["ledger"])
        under = self.result("scheduler", "--tasks", 100, "--samples", 1, launcher=mpirun(3))
        self.assertEqual((under["leases"], under["ranks"]), (100, 3))

    def test_scheduler_needs_a_worker(self):
        with folder() as there:
            _, words = twinmill("bench", "scheduler", "--ranks", 1, "--dir", there, code=2)
        self.assertIn("bench scheduler needs two ranks", words)

    def test_fleet(self):
        found = self.result("fleet", "--tasks", 4000, "--workers", 100)
        self.assertEqual((found["leases"], found["workers"]), (4000, 100))
        self.assertGreater(found["busy_share"], 0)
        self.assertLessEqual(found["busy_share"], 1)
        for part in ("receive_us", "send_us", "ledger_us_per_lease", "reactor_us_per_lease", "rank0_us_per_lease"):
            self.assertGreater(found[part], 0, part)

    def test_ledger(self):
        found = self.result("ledger", "--tasks", 5000, "--samples", 10)
        self.assertGreater(found["bytes"], 5000 * 32)
        self.assertGreater(found["create_s"], 0)

    def test_store(self):
        found = self.result("store", "--megabytes", 40, "--repeats", 2, "--ranks", 2, "--shards", 2)
        self.assertEqual((found["ranks"], found["shards"], len(found["pairs"])), (2, 2, 2))
        self.assertGreater(found["ratio"], 0)

    def test_training(self):
        for ranks in (1, 2):
            found = self.result("training", "--width", 2, "--pixels", 32, "--batch", 4, "--steps", 2, "--repeats", 2, "--threads", 1, "--ranks", ranks)
            self.assertEqual((found["ranks"], found["threads"], len(found["step_s"])), (ranks, 1, 2))
            self.assertGreater(found["parameters"], 10000)
            self.assertGreater(found["least_step_s"], 0)
            self.assertGreaterEqual(found["loader_wait_share"], 0)
            self.assertLessEqual(found["loader_wait_share"], 1)

    def test_a_benchmark_that_is_not_there(self):
        _, words = twinmill("bench", "speed", code=2)
        self.assertIn("benchmark speed is not known (known: imaging, scheduler, fleet, ledger, store and training)", words)


if __name__ == "__main__":
    unittest.main()
