"""Starting programs under the crash layer."""

import os
import pathlib
import sys

LIBRARY = pathlib.Path(os.environ["TWINMILL_CRASH_LAYER"])
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))  # For support.py.


def environment(folder, log=None, full=None, full_file=None, calls=None, kill=None):
    """Additions to the environment of a program whose files under `folder` are watched. `log`: an empty folder beside it
    for what a power cut would undo. `full`: "FIRST" or "FIRST,COUNT", the calls that find the disk full; of those on files
    named `full_file` when this is given. `calls`: a file
    that gets the list of these calls. `kill`: the call at which the process is killed."""
    added = {"LD_PRELOAD": str(LIBRARY), "TWINMILL_CRASH_FOLDER": str(folder)}
    for name, value in (("LOG", log), ("FULL", full), ("FULL_FILE", full_file), ("CALLS", calls), ("KILL", kill)):
        if value is not None:
            added[f"TWINMILL_CRASH_{name}"] = str(value)
    return added
