"""A job that Slurm kills at the end of its time, since its ranks do not listen: a minute of waiting, so not in every check."""

import unittest

from jobs import JobTest


class Limit(JobTest):
    def test_killed_at_the_end_of_the_walltime(self):
        run = self.there / "killed"
        job = self.submit(run, "--chain", 2)
        self.halt_in_the_middle(job, run)  # and never let go again
        self.slurm.command("scontrol", "update", f"JobId={job}", "TimeLimit=1")
        self.assertEqual(self.wait_over(job, run), "TIMEOUT", self.show(run))
        self.all_over(run)
        self.assertEqual(self.slurm.state(job + 1), "COMPLETED", self.show(run))
        self.assert_complete(run)


if __name__ == "__main__":
    unittest.main()
