#!/usr/bin/env python3
"""Checks what no compiler checks: layers, leftovers, links. Prints FILE:LINE: PROBLEM; exit code 1 when there is one.

Usage: lint.py [TREE]
"""
import pathlib
import sys

import layers
import leftovers
import links


def problems(root):
    return sorted(layers.check(root) + leftovers.check(root) + links.check(root), key=lambda p: (str(p[0]), p[1], p[2]))


def main():
    here = pathlib.Path(__file__).resolve().parents[2]
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else here
    found = problems(root)
    for path, line, message in found:
        print(f"{path}:{line}: {message}")
    print(f"{len(found)} problems" if found else "layers, leftovers and links: no problem")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
