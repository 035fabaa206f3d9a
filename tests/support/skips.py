#!/usr/bin/env python3
"""Finds skipped tests in what CTest wrote; fails on those that no line of a list expects.

Usage: skips.py EXPECTED OUTPUT LOG

OUTPUT is what ctest printed, LOG its Testing/Temporary/LastTest.log. GoogleTest and Python's unittest report success for
a program whose cases were skipped, so their own words are searched, too.
"""
import pathlib
import re
import sys

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
PROGRAM = re.compile(r"^\d+/\d+ Testing: (\S+)$", re.M)
GOOGLE_TEST = re.compile(r"^\[ (?: SKIPPED|DISABLED) \] ([\w/]+\.[\w/]+)", re.M)
UNITTEST_CASE = re.compile(r"^(\w+) \([\w.]+\).* \.\.\. skipped", re.M)
UNITTEST_COUNT = re.compile(r"^(?:OK|FAILED) \(.*?skipped=(\d+)", re.M)
NOT_RUN = re.compile(r"^\s+\d+ - (\S+) \((?:Skipped|Disabled|Not Run)\)", re.M)


def skipped(output, log):
    """Full names of skipped tests: PROGRAM, or PROGRAM: CASE, or PROGRAM: N cases where they are not named."""
    names = NOT_RUN.findall(COLOUR.sub("", output))
    parts = PROGRAM.split(COLOUR.sub("", log))[1:]
    for program, text in zip(parts[::2], parts[1::2]):
        cases = GOOGLE_TEST.findall(text)
        cases += UNITTEST_CASE.findall(text) or [f"{count} cases" for count in UNITTEST_COUNT.findall(text)]
        names += [f"{program}: {case}" for case in cases]
    return list(dict.fromkeys(names))


def unexpected(names, expected):
    """Names that no pattern of the list matches in full."""
    patterns = [line.strip() for line in expected.splitlines() if line.strip() and not line.startswith("#")]
    return [name for name in names if not any(re.fullmatch(pattern, name) for pattern in patterns)]


def main():
    expected, output, log = (pathlib.Path(path) for path in sys.argv[1:4])
    names = skipped(output.read_text(errors="replace"), log.read_text(errors="replace"))
    bad = unexpected(names, expected.read_text())
    for name in bad:
        print(f"skipped, but not expected to be in {expected}: {name}")
    if len(names) > len(bad):
        print(f"{len(names) - len(bad)} tests were skipped as expected")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
