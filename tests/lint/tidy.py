#!/usr/bin/env python3
"""Runs clang-tidy over the sources of a build folder, several at a time; prints what it finds.

Usage: tidy.py BUILD_FOLDER JOBS

Sources that include LibTorch or gemmi's parser are left out: Clang 14 cannot read their headers as C++20. Generated
sources and tests are left out, too.
"""
import concurrent.futures
import json
import pathlib
import subprocess
import sys

import sources as text

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["src", "scheduler", "workers"]
COMMAND = ["clang-tidy", "--quiet", "--extra-arg=-Wno-unknown-warning-option"]  # GCC's own flags are no mistakes.


def is_unreadable(path, seen):
    """Whether a source includes such headers, itself or through our own ones."""
    seen.add(path)
    for _, name in text.includes(text.read(path)):
        if name.startswith(("<torch/", "<ATen/", "<c10/", "<gemmi/cif.hpp>")):
            return True
        own = [folder / name.strip('"') for folder in (path.parent, ROOT / "include") if name[0] == '"']
        if any(header.exists() and header not in seen and is_unreadable(header, seen) for header in own):
            return True
    return False


def our_sources(build):
    """Our own sources of the compilation database that do not see LibTorch."""
    entries = json.loads((build / "compile_commands.json").read_text())
    paths = {pathlib.Path(entry["directory"], entry["file"]).resolve() for entry in entries}
    ours = [path for path in paths if any(path.is_relative_to(ROOT / folder) for folder in FOLDERS)]
    return sorted(path for path in ours if not is_unreadable(path, set()))


def examine(build, path):
    """(exit code, report) of one source."""
    done = subprocess.run([*COMMAND, "-p", str(build), str(path)], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + (done.stderr if done.returncode else "")


def main():
    build, jobs = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])
    paths = our_sources(build)
    if not paths:
        print(f"{build}/compile_commands.json names none of our sources")
        return 1
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for code, report in pool.map(lambda path: examine(build, path), paths):
            failed += code != 0
            if code != 0:
                print(report.replace(f"{ROOT}/", ""), flush=True)
    print(f"clang-tidy: {len(paths)} sources, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
