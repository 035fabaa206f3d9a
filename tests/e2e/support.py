"""What all end-to-end tests share: the program under test, campaigns, temporary folders."""

import contextlib
import os
import pathlib
import signal
import subprocess
import tempfile

PROGRAM = os.environ["TWINMILL"]
SOURCE = pathlib.Path(os.environ["TWINMILL_SOURCE"])
TINY = SOURCE / "campaigns" / "tiny.toml"


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="twinmill-e2e-") as path:
        yield pathlib.Path(path)


def twinmill(*arguments, code=0, cwd=None, launcher=(), env=None):
    """Runs the program, demands its exit code, returns (standard output, standard error)."""
    done = subprocess.run(
        [*launcher, PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        timeout=500,
    )
    if done.returncode != code:
        raise AssertionError(
            f"twinmill {' '.join(map(str, arguments))}: exit code {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
        )
    return done.stdout, done.stderr


def mpirun(ranks):
    return ("mpirun", "--quiet", "--allow-run-as-root", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1", "-n", str(ranks))


@contextlib.contextmanager
def monitor(directory, *options):
    """A monitor of a run directory: yields its process and the address it printed; ends it as a person would."""
    process = subprocess.Popen([PROGRAM, "monitor", str(directory), *map(str, options)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               stdin=subprocess.DEVNULL, text=True)
    try:
        url = process.stdout.readline().strip()
        if not url:
            raise AssertionError(f"the monitor did not start: {process.communicate(timeout=60)[1]}")
        yield process, url
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    if process.returncode != 0:
        raise AssertionError(f"the monitor ended with exit code {process.returncode}")


def digest(directory):
    return twinmill("digest", directory)[0].strip()
