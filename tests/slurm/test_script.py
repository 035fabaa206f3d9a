"""The job script without a batch system: what is rendered, what is refused, and what the script decides."""

import os
import pathlib
import pwd
import signal
import stat
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from support import SOURCE, TINY, folder, twinmill

SITES = {
    "generic": ["--ranks-per-node", "2", "--walltime", "10m"],
    "frontier": ["--account", "abc123"],
    "perlmutter": ["--account", "m1234"],
    "aurora": ["--account", "abc123"],
}
HOSTILE = "a b'c\"d;$(touch broken)`touch broken`&|*{job}"


def submit(*words, code=0, cwd=None, site="generic", campaign=TINY, env=None):
    return twinmill("submit", campaign, "--site", site, *words, code=code, cwd=cwd, env=env)


def complaints(*words, **options):
    """What is refused, one mistake a line, without the program's own prefix."""
    said = submit(*words, code=2, **options)[1].strip()
    prefix = "twinmill: error: "
    assert said.startswith(prefix), said
    return said[len(prefix):].splitlines()


def executable(path, text):
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def shellcheck(script):
    done = subprocess.run(["shellcheck", "-x", script], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


class Rendering(unittest.TestCase):
    def test_scripts_of_all_sites_are_clean_for_shellcheck(self):
        known = sorted(path.stem for path in (SOURCE / "slurm" / "sites").glob("*.toml"))
        self.assertEqual(known, sorted(SITES))
        with folder() as there:
            for site, words in SITES.items():
                script = there / f"{site}.sh"
                script.write_text(submit(*words, "--dir", there / "run", "--dry-run", site=site)[0])
                self.assertEqual(shellcheck(script), "", site)
            self.assertFalse((there / "run").exists(), "a dry run wrote something")

    def test_generic_directives_and_words(self):
        with folder() as there:
            run = there / "run"
            text, said = submit("--dir", run, "--nodes", 2, "--ranks-per-node", 2, "--walltime", "10m", "--drain", 90,
                                "--account", "a-1", "--queue", "long", "--dry-run")
            head = [line for line in text.splitlines() if line.startswith("#SBATCH")]
            self.assertEqual(head, [
                "#SBATCH --job-name=twinmill-tiny", "#SBATCH --nodes=2", "#SBATCH --ntasks-per-node=2",
                "#SBATCH --cpus-per-task=1", "#SBATCH --time=0:10:00", "#SBATCH --signal=B:USR2@90", "#SBATCH --requeue",
                "#SBATCH --open-mode=append", "#SBATCH --output=job-%j.log", "#SBATCH --account=a-1",
                "#SBATCH --partition=long"])
            self.assertTrue(text.startswith("#!/bin/bash\n#SBATCH "))
            self.assertIn("simulate=('mpirun' '--quiet' '-n' '4' '--map-by' 'ppr:2:node' '--bind-to' 'none')\n", text)
            self.assertIn("train=('mpirun' '--quiet' '-n' '2' '--map-by' 'ppr:1:node' '--bind-to' 'none')\n", text)
            self.assertTrue(text.endswith(
                f"# Submitted with these words, one a line:\n#   sbatch\n#   --parsable\n#   --chdir={run}\n#   {run}/job.sh\n"), text[-300:])
            self.assertEqual(said, "")

    def test_machines_say_that_they_are_untested(self):
        with folder() as there:
            text, said = submit("--dir", there / "run", "--account", "p1", "--nodes", 4, "--dry-run", site="aurora")
            self.assertIn("no job has run with the profile of Aurora (ALCF) yet", said)
            head = [line for line in text.splitlines() if line.startswith("#PBS")]
            self.assertEqual(head, ["#PBS -N twinmill-tiny", "#PBS -l select=4", "#PBS -l place=scatter", "#PBS -l walltime=6:00:00",
                                    "#PBS -r y", "#PBS -j oe", "#PBS -A p1", "#PBS -q prod", "#PBS -l filesystems=home:flare",
                                    "#PBS -k doe"])
            self.assertIn("simulate=('mpiexec' '-n' '408' '-ppn' '102' '--depth=1' '--cpu-bind' 'depth')\n", text)
            self.assertIn("train=('mpiexec' '-n' '24' '-ppn' '6' '--depth=17' '--cpu-bind' 'depth')\n", text)
            self.assertIn("  'qsub' '-W' 'depend=afterany:'\"$1\" '-v' 'TWINMILL_CHAIN_LEFT='\"$2\" '-o' ", text)

    def test_the_burst_buffer_is_the_users(self):
        text, _ = submit("--account", "p1", "--dry-run", site="frontier", env={"USER": "somebody else"})
        self.assertIn(f"\nburst_buffer='/mnt/bb/{pwd.getpwuid(os.geteuid()).pw_name}'\n", text)

    def test_nothing_of_a_user_reaches_a_shell_unquoted(self):
        with folder() as there:
            place = there / HOSTILE
            place.mkdir()
            campaign = place / f"{HOSTILE}.toml"
            campaign.write_text(TINY.read_text())
            profile = place / "own site.toml"
            profile.write_text((SOURCE / "slurm/sites/generic.toml").read_text()
                               .replace("[site]\n", "[site]\nmodules = [\"a; touch broken\", \"$(touch broken)\"]\n"
                                        "environment = [\"ODD=x'; touch broken; '$(touch broken)\"]\n", 1))
            script = there / "job.sh"
            text, _ = submit("--dir", place / HOSTILE, "--ranks-per-node", 2, "--walltime", "10m", "--dry-run",
                             campaign=campaign, site=profile)
            script.write_text(text)
            self.assertEqual(shellcheck(script), "")
            # Bash reads the settings as they were meant.
            settings = text[: text.index("\n# shellcheck shell=bash")]
            print_all = ('printf "%s\\0" "$campaign" "$run" "${modules[@]}" "${environment[@]}"\n'
                         'sbatch() { printf "%s\\0" "$@"; }\nsubmit_after 17 3\n')
            done = subprocess.run(["bash", "-c", settings + "\n" + print_all], capture_output=True, text=True, cwd=there, check=True)
            run = str(place / HOSTILE)
            self.assertEqual(done.stdout.split("\0")[:-1], [
                str(campaign), run, "a; touch broken", "$(touch broken)", "ODD=x'; touch broken; '$(touch broken)",
                "--parsable", "--dependency=afterany:17", "--export=ALL,TWINMILL_CHAIN_LEFT=3", f"--chdir={run}", f"{run}/job.sh"])
            self.assertEqual([p for p in there.rglob("broken")] + [p for p in pathlib.Path.cwd().glob("broken")], [])


class Page(unittest.TestCase):
    def test_the_profile_on_the_page_is_one(self):
        page = (SOURCE / "docs" / "cluster.md").read_text()
        with folder() as there:
            profile = there / "our.toml"
            profile.write_text(page.split("```toml\n")[1].split("```")[0])
            script = there / "job.sh"
            script.write_text(submit("--dir", there / "run", "--nodes", 64, "--account", "p1", "--dry-run", site=profile)[0])
            self.assertEqual(shellcheck(script), "")
            self.assertIn("'--ntasks-per-node=2' '--cpus-per-task=24' '--gpus-per-node=2'", script.read_text())


class Refusing(unittest.TestCase):
    GOOD = ("--ranks-per-node", 2, "--walltime", "10m", "--dry-run")

    def test_every_mistake_is_listed(self):
        with folder() as there:
            self.assertEqual(complaints("--dir", there / "run", "--nodes", 0, "--ranks-per-node", "x", "--walltime", "soon",
                                        "--account", "a;b", "--queue", "$(x)", "--chain", 0, "--until", "lunch"), [
                "--until = lunch (known: relax, simulate, train, evaluate, report)",
                "--nodes = 0 (must be 1 to 1000000)",
                "--ranks-per-node = x (not a whole number)",
                "--account = a;b (must be letters, digits, '-', '_' and '.')",
                "--queue = $(x) (must be letters, digits, '-', '_' and '.')",
                "--walltime = soon (is no time). Write 90s, 30m, 1h30m, 2:30:00 or 1-12:00:00?",
                "--chain = 0 (must be 1 to 10000)"])
            self.assertFalse((there / "run").exists())

    def test_limits_of_queues(self):
        base = ("--account", "p1", "--dry-run")
        self.assertEqual(complaints("--nodes", 91, "--walltime", "2:00:01", *base, site="frontier"), [
            "--walltime = 2:00:01 (queue batch lets jobs of 1 to 91 nodes run at most 2:00:00)"])
        submit("--nodes", 92, "--walltime", "6h", *base, site="frontier")
        self.assertEqual(complaints("--nodes", 9473, *base, site="frontier"), [
            "--nodes = 9473 (queue batch takes 1 to 91, 92 to 183, 184 to 9472)"])
        self.assertEqual(complaints("--queue", "extendet", *base, site="frontier"), [
            "--queue = extendet (Frontier (OLCF) has batch and extended). Did you mean extended?"])
        self.assertEqual(complaints("--queue", "debug", "--walltime", "1h", "--chain", 2, *base, site="aurora"), [
            "--chain = 2 (queue debug allows 1)"])
        self.assertIn("\nchain='1'\n", submit("--queue", "debug", "--walltime", "1h", *base, site="aurora")[0])

    def test_what_a_site_needs(self):
        self.assertEqual(complaints("--dry-run"), [
            "--ranks-per-node is missing (the profile of a cluster with Slurm and Open MPI does not say how many cores "
            "a node has). One rank per core?",
            "--walltime is missing (a cluster with Slurm and Open MPI has no usual one). Write 2:30:00 or 90m?"])
        self.assertEqual(complaints("--dry-run", "--ranks-per-node", 65, site="perlmutter"), [
            "--ranks-per-node = 65 (a node of Perlmutter, GPU nodes (NERSC) has 64 cores for a job)",
            "--account is missing (Perlmutter, GPU nodes (NERSC) charges every job to a project)"])
        self.assertEqual(complaints("--dry-run", site="frontiers"), [
            "site frontiers is not known (known: aurora, frontier, generic and perlmutter; or a file NAME.toml). Did you mean "
            "frontier?"])

    def test_a_campaign_and_a_profile_with_mistakes(self):
        with folder() as there:
            campaign = there / "bad.toml"
            campaign.write_text(TINY.read_text().replace("energy_kev = 80", "energy_kev = -80"))
            profile = there / "bad-site.toml"
            profile.write_text("[site]\nname = \"x\"\ntestet = true\nqueue = \"b\"\nenvironment = [\"1A=b\"]\n"
                               "[launch]\nsimulate = [\"mpirun\", \"{rank}\"]\n[[queue]]\nname = \"a\"\nmax_nodes = 2\n"
                               "max_walltime = \"yes\"\n")
            self.assertEqual(complaints("--dir", there / "run", site=profile, campaign=campaign), [
                f"{profile}:3: site.testet: unknown key. Did you mean site.tested?",
                f"{profile}:4: site.queue = \"b\": is none of the tables [[queue]]",
                f"{profile}:5: site.environment[0] = \"1A=b\": must be NAME=VALUE",
                f"{profile}:6: launch.train = []: must have at least one entry",
                f"{profile}:7: launch.simulate[1] = \"{{rank}}\": {{rank}} is not known (known: ranks, nodes, ranks_per_node, "
                "cores_per_rank and gpus)",
                f"{profile}:11: queue[0].max_walltime = \"yes\": is no time (2:30:00, 1-12:00:00, 90m and 1h30m are)",
                f"{campaign}:17: microscope.energy_kev = -80: must be 10 to 1000 keV"])
            self.assertFalse((there / "run").exists())

    def test_a_path_with_a_line_break(self):
        with folder() as there:
            self.assertEqual(complaints("--dir", there / "a\nb", *self.GOOD), [
                "--dir (its path holds a line break or another control character). Another folder?"])

    def test_a_directory_in_use_and_a_system_without_batch(self):
        with folder() as there:
            run = there / "run"
            words = ("--dir", run, "--ranks-per-node", 2, "--walltime", "10m")
            bare = there / "bin"
            bare.mkdir()
            said = submit(*words, code=3, env={"PATH": str(bare)})[1]
            self.assertIn("error: sbatch could not be started", said)
            refusing = executable(bare / "sbatch", "#!/bin/bash\necho 'sbatch: error: no partition' >&2\nexit 1\n")
            said = submit(*words, code=3, env={"PATH": f"{refusing.parent}:{os.environ['PATH']}"})[1]
            self.assertIn("error: sbatch ended with exit code 1 (sbatch: error: no partition)", said)
            lock = f'{{"host": "elsewhere", "pid": 12, "start": "1", "boot": "b", "job": "77", "heartbeat": {time.time()}}}'
            (run / "run.lock").write_text(lock)
            said = submit(*words, code=3)[1]
            self.assertIn("is in use by another twinmill (host elsewhere, pid 12, job 77)", said)


FAKE = """#!/bin/bash
# Stands for twinmill: does what the lines of the file "acts" say, one a start; notes every start in "calls".
here=$(dirname "$0")
for word; do [[ $word == --check ]] && check=yes; done
if [[ -n ${check:-} ]]; then
  echo check >>"$here/calls"
  if [[ -s $here/check-codes ]]; then
    read -r code <"$here/check-codes"
    sed -i 1d "$here/check-codes"
    exit "$code"
  fi
  cat "$here/left"
  [[ $(<"$here/left") == nothing ]] && exit 0
  exit 4
fi
echo "$1${SLURM_JOB_END_TIME:+ (end known)}" >>"$here/calls"
read -r code left <"$here/acts" || exit 99
sed -i 1d "$here/acts"
[[ -z $left || $code == wait ]] || echo "$left" >"$here/left"
if [[ $code == hang ]]; then
  touch "$here/run/run.lock"
  trap 'rm "$here/run/run.lock"; exit 143' TERM
  while [[ -d $here ]]; do sleep 0.05; done
fi
if [[ $code == ticks ]]; then
  for ((seen = 0; seen < 4; )); do
    [[ -d $here ]] || exit
    now=$(stat -c %Y "$here/run/job-now" 2>/dev/null)
    [[ $now == "${last:-}" ]] || ((++seen))
    last=$now
    sleep 0.05
  done
  exit 4
fi
if [[ $code == wait ]]; then
  trap 'echo USR2 >>"$here/calls"' USR2
  echo ready >"$here/ready"
  until [[ -s $here/release || ! -d $here ]]; do sleep 0.05; done
  echo "the ranks are done" >&2
  exit "$left"
fi
exit "$code"
"""


class Deciding(unittest.TestCase):
    """The script of a job with a made-up program, and a made-up batch system that notes what it is told."""

    def setUp(self):
        context = folder()
        self.here = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        executable(self.here / "program", FAKE)
        executable(self.here / "sbatch", '#!/bin/bash\nprintf "%s\\n" "$*" >>"$(dirname "$0")/submitted"\n'
                   '[[ -z ${SLURM_JOB_END_TIME:-} ]] || exit 9\necho "note: quiet today"\necho "43;cluster"\n')
        executable(self.here / "scancel", '#!/bin/bash\nprintf "%s\\n" "$*" >>"$(dirname "$0")/cancelled"\n')
        self.env = {**os.environ, "PATH": f"{self.here}:{os.environ['PATH']}", "SLURM_JOB_ID": "42", "TWINMILL_LOOK_PAUSE_S": "0"}
        (self.here / "left").write_text("20 of 20 images\n")
        self.acts()

    def acts(self, *lines):
        (self.here / "acts").write_text("".join(f"{line}\n" for line in lines))

    def script(self, *words, site="generic"):
        run = self.here / "run"
        run.mkdir(exist_ok=True)
        profile = self.here / "site.toml"
        text = (SOURCE / "slurm/sites/generic.toml").read_text()
        start = text.index("[launch]")
        profile.write_text(text[:start] + '[launch]\nsimulate = ["env"]\ntrain = ["env"]\n')
        if site == "own clock":
            batch = (SOURCE / "slurm/batch/slurm.toml").read_text().replace("warns = true", "warns = false")
            (self.here / "batch.toml").write_text(batch)
            profile.write_text(profile.read_text().replace('batch = "slurm"', 'batch = "batch.toml"'))
        text, _ = submit("--dir", run, "--ranks-per-node", 2, *(("--walltime", "10m") if "--walltime" not in words else ()), *words,
                         "--dry-run", site=profile)
        lines = [f"program='{self.here}/program'" if line.startswith("program='") else line for line in text.splitlines()]
        return executable(self.here / "job.sh", "\n".join(lines) + "\n")

    def run_job(self, *words, code, **more):
        done = subprocess.run([self.script(*words)], env={**self.env, **more}, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr

    def notes(self, name):
        path = self.here / name
        return path.read_text().splitlines() if path.exists() else []

    def starts(self):
        return [line.replace(" (end known)", "") for line in self.notes("calls") if line != "check"]

    def test_all_steps_and_the_successor_is_taken_back(self):
        self.acts("0 train, evaluate, report", "0", "0", "0")
        said = self.run_job(code=0)
        self.assertEqual(self.starts(), ["run", "train", "evaluate", "report"])
        self.assertTrue(all("end known" in line for line in self.notes("calls") if line != "check"))
        self.assertEqual(self.notes("submitted"), [
            f"--parsable --dependency=afterany:42 --export=ALL,TWINMILL_CHAIN_LEFT=9 --chdir={self.here}/run {self.here}/run/job.sh"])
        self.assertEqual(self.notes("cancelled"), ["43"])
        self.assertIn("twinmill job 42: job 43 is taken back (all is done)", said)

    def test_a_successor_with_nothing_left_leaves_at_once(self):
        (self.here / "left").write_text("nothing\n")
        (self.here / "run").mkdir()
        (self.here / "run" / "job-chain").write_text("41 42\n")
        self.run_job(code=0, TWINMILL_CHAIN_LEFT="9")
        self.assertEqual((self.starts(), self.notes("submitted"), self.notes("cancelled")), ([], [], []))
        self.assertEqual(list((self.here / "run").iterdir()), [], "something was left behind")

    def test_stopped_keeps_the_successor(self):
        self.acts("4 12 of 20 images")
        self.run_job(code=4)
        self.assertEqual((self.starts(), len(self.notes("submitted")), self.notes("cancelled")), (["run"], 1, []))

    def test_mistakes_and_bugs_end_the_chain(self):
        for code in (2, 70):
            with self.subTest(code=code):
                for name in ("calls", "cancelled"):
                    (self.here / name).unlink(missing_ok=True)
                (self.here / "run" / "job-chain").unlink(missing_ok=True)
                self.acts(f"{code} 3 of 20 images")
                self.run_job(code=code)
                self.assertEqual((self.starts(), self.notes("cancelled")), (["run"], ["43"]))

    def test_quarantined_tasks_do_not_keep_the_rest_from_training(self):
        self.acts("5 train, evaluate, report", "5", "5", "0")
        self.run_job(code=5)
        self.assertEqual((self.starts(), self.notes("cancelled")), (["run", "train", "evaluate", "report"], ["43"]))

    def test_refused_without_progress_ends_the_chain(self):
        self.acts("3")
        self.assertIn("this job got nowhere", self.run_job(code=3))
        self.assertEqual((self.starts(), self.notes("cancelled")), (["run"], ["43"]))

    def test_a_lost_rank_with_progress_starts_again_and_keeps_the_successor(self):
        self.acts("137 15 of 20 images", "1 14 of 20 images", "3")
        said = self.run_job(code=3)
        self.assertEqual((self.starts(), self.notes("cancelled")), (["run", "run", "run"], []))
        self.assertIn("simulate ended with exit code 137", said)
        self.assertIn("it got on; starting again (15 of 20 images)", said)

    def test_ranks_without_rank_0_are_ended(self):
        self.acts("hang 15 of 20 images", "4")
        said = self.run_job(code=4, TWINMILL_WATCH_PAUSE_S="1", TWINMILL_SILENT_S="1")
        self.assertRegex(said, "rank 0 has given no sign of life for [0-9]+ s: ending its ranks")
        self.assertEqual(self.starts(), ["run", "run"])
        self.assertFalse((self.here / "run" / "job-now").exists())

    def test_a_lock_from_before_says_nothing_of_rank_0(self):
        (self.here / "run").mkdir()
        lock = self.here / "run" / "run.lock"
        lock.touch()
        os.utime(lock, (1e9, 1e9))
        self.acts("ticks")
        said = self.run_job(code=4, TWINMILL_WATCH_PAUSE_S="1", TWINMILL_SILENT_S="1")
        self.assertNotIn("no sign of life", said)
        self.assertEqual(self.starts(), ["run"])

    def test_the_chain_is_bounded(self):
        self.acts("4")
        self.assertIn("the last job of its chain", self.run_job(code=4, TWINMILL_CHAIN_LEFT="1"))
        self.acts("4")
        self.run_job("--chain", 1, code=4)
        self.assertEqual(self.notes("submitted"), [])

    def test_a_requeued_job_queues_no_second_successor(self):
        self.acts("4", "0", "0", "0", "0")
        self.run_job(code=4)
        self.run_job(code=0)
        self.assertEqual((len(self.notes("submitted")), self.notes("cancelled")), (1, ["43"]))

    def test_a_lock_of_the_job_before_is_waited_for(self):
        (self.here / "check-codes").write_text("3\n3\n")
        self.acts("4")
        self.run_job(code=4)
        self.assertEqual((self.notes("calls").count("check"), self.starts()), (3, ["run"]))
        (self.here / "check-codes").write_text("3\n" * 3)
        self.run_job(code=3, TWINMILL_LOOK_TRIES="2")
        self.assertEqual(self.starts(), ["run"])

    def test_no_successor_can_be_queued(self):
        executable(self.here / "sbatch", "#!/bin/bash\necho 'limit reached' >&2\nexit 1\n")
        self.acts("0", "0", "0", "0")
        self.assertIn("no job could be queued to follow (limit reached)", self.run_job(code=0))

    def test_until_and_modules(self):
        self.acts("0")
        self.run_job("--until", "simulate", code=0)
        self.acts("0", "0")
        self.run_job("--until", "train", code=0)
        self.assertEqual(self.starts(), ["run", "run", "train"])

    def wait_for(self, name):
        path = self.here / name
        for _ in range(1200):
            if path.exists() and path.stat().st_size:
                return
            subprocess.run(["sleep", "0.05"], check=True)
        self.fail(f"no {name}")

    def test_signals_reach_the_launcher_once_and_no_step_follows(self):
        for code in (4, 0, 137):
            with self.subTest(code=code):
                for name in ("calls", "ready", "release"):
                    (self.here / name).unlink(missing_ok=True)
                self.acts(f"wait {code}")
                child = subprocess.Popen([self.script()], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                self.wait_for("ready")
                child.send_signal(signal.SIGUSR2)
                while "USR2" not in self.notes("calls"):
                    subprocess.run(["sleep", "0.05"], check=True)
                child.send_signal(signal.SIGTERM)
                (self.here / "release").write_text("now\n")
                _, said = child.communicate(timeout=60)
                self.assertEqual(child.returncode, 4, said)
                self.assertEqual((self.starts(), self.notes("cancelled")), (["run", "USR2"], []))
                self.assertRegex(said, "(?s)told to stop.*the ranks are done.*exit code 4")

    def test_a_system_that_does_not_warn_has_a_clock(self):
        self.acts("wait 4")
        words = ("--walltime", "4s", "--drain", "3")
        child = subprocess.Popen([self.script(*words, site="own clock")], env=self.env, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True)
        self.wait_for("ready")
        while "USR2" not in self.notes("calls") and child.poll() is None:
            subprocess.run(["sleep", "0.05"], check=True)
        (self.here / "release").write_text("now\n")
        _, said = child.communicate(timeout=60)
        self.assertEqual(child.returncode, 4, said)
        self.assertEqual(self.starts(), ["run", "USR2"])


if __name__ == "__main__":
    unittest.main()
