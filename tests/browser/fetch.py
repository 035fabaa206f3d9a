#!/usr/bin/env python3
"""Fetches the packages of package-lock.json, checks each against its hash there, and unpacks them; no npm needed.

Usage: fetch.py FOLDER    (makes FOLDER/node_modules; does nothing when it is there already)
"""
import base64
import hashlib
import json
import pathlib
import shutil
import sys
import tarfile
import tempfile
import urllib.request

LOCK = pathlib.Path(__file__).with_name("package-lock.json")


def packages():
    """(place below FOLDER, lock entry) of each package."""
    lock = json.loads(LOCK.read_text())
    return [(place, entry) for place, entry in lock["packages"].items() if place]


def checked(data, integrity):
    """The data, if its SHA-512 is the one that the lock file names."""
    algorithm, wanted = integrity.split("-", 1)
    if algorithm != "sha512":
        raise ValueError(f"{integrity}: only sha512 is checked")
    found = base64.b64encode(hashlib.sha512(data).digest()).decode()
    if found != wanted:
        raise ValueError(f"the package that was sent is not the one of the lock file (sha512-{found})")
    return data


def unpack(data, place):
    """The tarball's folder `package` as `place`; whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".fetch-") as scratch:
        archive = pathlib.Path(scratch) / "package.tgz"
        archive.write_bytes(data)
        with tarfile.open(archive) as tar:
            tar.extractall(scratch)  # Its content is what the lock file pins.
        shutil.rmtree(place, ignore_errors=True)
        (pathlib.Path(scratch) / "package").rename(place)


def is_there(place, entry):
    try:
        return json.loads((place / "package.json").read_text())["version"] == entry["version"]
    except (OSError, ValueError, KeyError):
        return False


def main():
    folder = pathlib.Path(sys.argv[1])
    for name, entry in packages():
        place = folder / name
        if is_there(place, entry):
            continue
        with urllib.request.urlopen(entry["resolved"], timeout=60) as answer:
            unpack(checked(answer.read(), entry["integrity"]), place)
        print(f"fetched {name} {entry['version']}")


if __name__ == "__main__":
    main()
