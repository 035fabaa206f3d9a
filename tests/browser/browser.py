"""What the tests of both pages share: the browser, its driver, and a look at a page that JavaScript does for them."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

MODULES = pathlib.Path(os.environ["TWINMILL_BROWSER_MODULES"])
BROWSER = shutil.which("chromium")
NODE = shutil.which("node")


def needs_browser(case):
    """A test case that is skipped where there is none, with the reason."""
    for there, reason in ((BROWSER, "there is no chromium"), (NODE, "there is no node"),
                          ((MODULES / "playwright-core").exists(), "playwright-core is not there (tests/browser/fetch.py gets it)")):
        case = unittest.skipUnless(there, reason)(case)
    return case


def screenshots(otherwise):
    """Where pictures go: TWINMILL_SCREENSHOTS=FOLDER keeps them, for people to look at."""
    folder = pathlib.Path(os.environ.get("TWINMILL_SCREENSHOTS", otherwise))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def seen_by(script, url, shots):
    """What a script of this folder printed about a page, as JSON."""
    done = subprocess.run([NODE, HERE / script, MODULES, BROWSER, url, shots], capture_output=True, text=True, timeout=500, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)
