"""Campaigns as jobs of a real Slurm with two nodes on this host: to the end, cancelled, chained, requeued, a node lost."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from cluster import alive
from jobs import OVER, JobTest
from support import SOURCE


class Jobs(JobTest):
    def test_two_nodes_to_the_end(self):
        run = self.there / "whole run"
        # A site of one's own: the launcher notes where each rank runs.
        profile = self.there / "own site.toml"
        note = 'echo "$SLURMD_NODENAME" >>"$0"; exec "$@"'
        places = self.there / "places"
        text = (SOURCE / "slurm/sites/generic.toml").read_text().replace("[node]\ncores = 0 ", "[node]\ncores = 2 ")
        words = json.dumps(["bash", "-c", note, str(places)])[1:-1]
        profile.write_text(text.replace('"--bind-to", "none"]', f'"--bind-to", "none", {words}]'))
        job = self.submit(run, site=profile)
        self.assertEqual(self.wait_over(job, run), "COMPLETED", self.show(run))
        self.assert_complete(run)
        # Four that simulate, then one a node in training and in evaluation.
        self.assertEqual(sorted(places.read_text().split()), ["n1"] * 4 + ["n2"] * 4)
        self.all_over(run)
        follower = max(self.slurm.jobs())
        self.assertEqual((follower, self.slurm.state(follower)), (job + 1, "CANCELLED"), self.show(run))
        # A job that starts with nothing left queues nothing and leaves.
        again = self.submit(run)
        self.assertEqual(self.wait_over(again, run), "COMPLETED")
        self.assertIn("nothing is left", self.log(run, again))
        self.assertEqual(max(self.slurm.jobs()), again)

    def test_srun_as_launcher(self):
        run = self.there / "srun"
        profile = self.there / "srun.toml"
        text = (SOURCE / "slurm/sites/generic.toml").read_text()
        launch = ('["srun", "--mpi=pmix", "--nodes={nodes}", "--ntasks={ranks}", "--ntasks-per-node={ranks_per_node}", '
                  '"--cpus-per-task={cores_per_rank}", "--wait=0", "--kill-on-bad-exit=0"]')
        profile.write_text(text[: text.index("[launch]")] + f"[launch]\nsimulate = {launch}\ntrain = {launch}\n")
        job = self.submit(run, "--chain", 2, site=profile)
        ranks = self.halt_in_the_middle(job, run)
        self.slurm.command("scancel", "--signal=USR2", "--batch", job)
        self.wait(lambda: "told to stop" in self.log(run, job), "the script heard the signal", run)
        self.go_on(ranks)
        self.wait_over(job, run)
        self.assertIn("exit code 4", self.log(run, job), self.show(run))
        self.all_over(run)
        self.assert_complete(run)

    def test_cancelled_in_the_middle(self):
        run = self.there / "cancelled"
        job = self.submit(run, "--chain", 1)
        self.halt_in_the_middle(job, run)
        self.slurm.command("scancel", job)
        self.assertEqual(self.wait_over(job, run), "CANCELLED")
        self.wait(lambda: not self.ranks(run), "no rank is left", run)
        again = self.submit(run, "--chain", 1)
        self.assertEqual(self.wait_over(again, run), "COMPLETED", self.show(run))
        self.assert_complete(run)

    def test_walltime_reached_and_the_successor_goes_on(self):
        run = self.there / "chain"
        job = self.submit(run, "--chain", 3)
        ranks = self.halt_in_the_middle(job, run)
        # The end comes within a minute, so Slurm sends the signal that was asked for a minute before it.
        self.slurm.command("scontrol", "update", f"JobId={job}", "TimeLimit=1")
        self.wait(lambda: "told to stop" in self.log(run, job), "the script heard the signal", run)
        self.go_on(ranks)
        self.wait_over(job, run)
        self.assertIn("exit code 4", self.log(run, job), self.show(run))
        self.all_over(run)
        self.assert_complete(run)
        jobs = self.slurm.jobs()
        self.assertEqual([jobs[n]["JobState"] for n in (job + 1, job + 2)], ["COMPLETED", "CANCELLED"], self.show(run))
        self.assertIn(f"job {job + 2} is taken back (all is done)", self.log(run, job + 1))

    def test_requeued(self):
        run = self.there / "requeued"
        job = self.submit(run, "--chain", 2)
        self.halt_in_the_middle(job, run)
        self.slurm.command("scontrol", "requeue", job)
        self.wait(lambda: self.slurm.jobs()[job]["Restarts"] == "1", "the job is requeued", run)
        self.all_over(run)
        self.assert_complete(run)
        self.assertEqual(self.slurm.state(job), "COMPLETED", self.show(run))
        self.assertIn(f"job {job + 1} follows already", self.log(run, job))
        self.assertEqual(max(self.slurm.jobs()), job + 1)

    def test_a_node_is_lost(self):
        run = self.there / "node lost"
        job = self.submit(run, "--chain", 1)
        ranks = self.halt_in_the_middle(job, run)
        self.slurm.kill_node("n2")
        self.wait(lambda: any(not alive(pid) for pid in ranks), "a rank is gone with the lost node", run)
        self.go_on(ranks)

        def job_is_not_running():
            return self.slurm.state(job) in (*OVER, "PENDING")

        self.wait(job_is_not_running, "the job is ended or requeued", run)
        self.wait(lambda: self.slurm.is_down("n2"), "Slurm knows that the node is down", run)
        self.slurm.start_node("n2")
        self.all_over(run)
        if self.slurm.state(job) != "COMPLETED":
            again = self.submit(run, "--chain", 1)
            self.assertEqual(self.wait_over(again, run), "COMPLETED", self.show(run))
        self.assert_complete(run)


if __name__ == "__main__":
    unittest.main()
