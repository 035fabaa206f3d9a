"""What all end-to-end tests share: the program under test, campaigns, temporary folders."""

import contextlib
import os
import pathlib
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


def digest(directory):
    return twinmill("digest", directory)[0].strip()
