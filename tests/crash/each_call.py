"""Breaking a run at each of its calls that touch the disk.

TWINMILL_CRASH_ALL=1 tries every single call instead of a choice that has each call on each file.
"""

import collections
import os
import pathlib
import re
import subprocess

from layer import environment
from support import PROGRAM, SOURCE

CAMPAIGN = SOURCE / "tests" / "crash" / "full_disk.toml"
ALL = bool(os.environ.get("TWINMILL_CRASH_ALL"))


def run(directory, until, campaign=CAMPAIGN, **layer):
    """(exit code, what was said) of a run by one process under the layer."""
    added = environment(directory.parent, **layer) if layer else {}
    done = subprocess.run([PROGRAM, "run", str(campaign), "--dir", str(directory), "--ranks", "1", *until], capture_output=True,
                          text=True, env={**os.environ, **added}, stdin=subprocess.DEVNULL, timeout=300)
    return done.returncode, done.stdout + done.stderr


def calls_of(path):
    """(call, file without its folder) of each line that the layer noted, in order."""
    lines = [line.split(" ", 1) for line in path.read_text().splitlines()]
    return [(call, re.sub(r"\.writable-.*", ".writable", pathlib.Path(where).name)) for call, where in lines]


def choice(calls, wanted):
    """Numbers of calls (from 1): the first and the last of each call on each file, or all."""
    places = collections.defaultdict(list)
    for number, (call, name) in enumerate(calls, 1):
        if wanted(call, name):
            places[call, name].append(number)
    return sorted({number for numbers in places.values() for number in (numbers if ALL else (numbers[0], numbers[-1]))})
