"""A real Slurm with two nodes on this host, in a folder of its own; every process of it ends with it. Any user can have one."""

import contextlib
import ctypes
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scancel", "scontrol", "squeue")
NODES = ("n1", "n2")


def reason_to_skip():
    """Why no Slurm can be started here, or an empty text."""
    missing = [name for name in PROGRAMS if found(name) is None]
    return f"no Slurm here ({', '.join(missing)} not found; packages slurm-wlm and munge)" if missing else ""


def found(program):
    """Its path; daemons are where only root looks."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def wait_for(condition, what, seconds=180):
    """Looks until the condition holds; returns what it gave."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


def free_ports(count):
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]


def die_with_parent():
    """For a child: no daemon stays when the test is killed."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def alive(pid):
    """Whether the process is there and no zombie."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Cluster:
    """Two nodes of two processors each. `self.env` makes Slurm's commands talk to it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="twinmill-slurm-"))
        self.folder.chmod(0o755)
        self.env = {
            **os.environ,
            "SLURM_CONF": str(self.folder / "slurm.conf"),
            "TWINMILL_TEST_CLUSTER": str(self.folder),
            # Ranks of different nodes must not meet in this host's shared memory, where they have the same names.
            "OMPI_MCA_btl": "self,tcp",
            "OMPI_MCA_btl_tcp_if_include": "lo",
        }
        self._daemons = {}

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def _write_configuration(self):
        host, user = socket.gethostname(), pwd.getpwuid(os.geteuid()).pw_name
        controller, first, second = free_ports(3)
        here = self.folder
        (here / "slurm.conf").write_text(f"""\
ClusterName=twinmill
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
AuthType=auth/munge
AuthInfo=socket={here}/munge.socket,cred_expire=10
CryptoType=crypto/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={here}/state
SlurmctldPidFile={here}/slurmctld.pid
SlurmctldLogFile={here}/slurmctld.log
SlurmdSpoolDir={here}/spool-%n
SlurmdPidFile={here}/slurmd-%n.pid
SlurmdLogFile={here}/slurmd-%n.log
TmpFS={here}/tmp-%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
KillWait=5
OverTimeLimit=0
SlurmdTimeout=10
MinJobAge=7200
ReturnToService=2
JobRequeue=1
InactiveLimit=0
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000,bf_interval=2
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={first} CPUs=2 State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={second} CPUs=2 State=UNKNOWN
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=60 DefaultTime=10 State=UP
""")

    def _start(self):
        for name in ("state", "spool-n1", "spool-n2", "tmp-n1", "tmp-n2"):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        self._write_configuration()
        there = self.folder
        self._daemon("munged", "--foreground", "--force", "--key-file", there / "munge.key", "--socket",
                     there / "munge.socket", "--pid-file", there / "munged.pid", "--seed-file", there / "munge.seed",
                     "--log-file", there / "munged.log")
        wait_for((there / "munge.socket").exists, "munged answers", 60)
        self._daemon("slurmctld", "-D", "-c")
        for node in NODES:
            self.start_node(node)
        wait_for(self.idle, "both nodes are idle", 120)

    def idle(self):
        return self.command("sinfo", "-h", "-N", "-o", "%t", check=False).split() == ["idle", "idle"]

    def is_down(self, node):
        return "down" in self.command("sinfo", "-h", "-N", "-n", node, "-o", "%T", check=False)

    def _daemon(self, name, *words, label=None):
        label = label or name
        with open(self.folder / f"{label}.out", "ab") as out:
            self._daemons[label] = subprocess.Popen([found(name), *map(str, words)], env=self.env, stdin=subprocess.DEVNULL,
                                                    stdout=out, stderr=out, start_new_session=True, preexec_fn=die_with_parent)

    def start_node(self, node):
        self._daemon("slurmd", "-D", "-N", node, label=f"slurmd-{node}")

    def revive_nodes(self):
        """Starts the daemons of nodes that were killed."""
        for label, daemon in list(self._daemons.items()):
            if label.startswith("slurmd-") and daemon.poll() is not None:
                self.start_node(label.removeprefix("slurmd-"))

    def kill_node(self, node):
        """As when its power fails: the daemon and everything that runs on the node."""
        daemon = self._daemons[f"slurmd-{node}"]
        daemon.kill()
        daemon.wait()
        for pid in self.processes():
            if self._node_of(pid) == node:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    @staticmethod
    def _environment(pid):
        try:
            words = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return {}
        return dict(word.decode(errors="replace").split("=", 1) for word in words if b"=" in word)

    def _node_of(self, pid):
        environment = self._environment(pid)
        if "SLURMD_NODENAME" in environment:
            return environment["SLURMD_NODENAME"]
        # A step's daemon has the environment of the slurmd that made it.
        try:
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return ""
        return next((node for node in NODES if words.startswith("slurmstepd") and f"spool-{node}" in words), "")

    def processes(self):
        """Everything that this cluster started, daemons included: all carry its folder in their environment."""
        pids = []
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) != os.getpid() and alive(int(entry)):
                if self._environment(int(entry)).get("TWINMILL_TEST_CLUSTER") == str(self.folder):
                    pids.append(int(entry))
        return pids

    def stop(self):
        for daemon in self._daemons.values():
            if daemon.poll() is None:
                daemon.kill()
            daemon.wait()
        deadline = time.monotonic() + 60
        while (left := self.processes()) and time.monotonic() < deadline:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, *words, check=True, cwd=None):
        """One of Slurm's commands; returns what it printed."""
        done = subprocess.run([str(w) for w in words], env=self.env, capture_output=True, text=True, timeout=120, cwd=cwd,
                              stdin=subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise AssertionError(f"{words}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def jobs(self):
        """{number: {field: value}} of every job that was ever submitted."""
        jobs = {}
        for line in self.command("scontrol", "--oneliner", "show", "job").splitlines():
            fields = dict(word.split("=", 1) for word in line.split() if "=" in word)
            if "JobId" in fields:
                jobs[int(fields["JobId"])] = fields
        return jobs

    def state(self, job):
        return self.jobs()[job]["JobState"]

    def logs(self):
        """The last lines of all logs, for a test that failed."""
        parts = []
        for log in sorted(self.folder.glob("*.log")):
            parts.append(f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-12:]))
        return "\n".join(parts)
