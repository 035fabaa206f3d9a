#!/usr/bin/env python3
"""Fetches the packages of package-lock.json from npm's registry, checks each against its hash there, and unpacks them.

Usage: fetch.py FOLDER    (makes FOLDER/node_modules; does nothing when it is there already)

The registry is the one that npm is set to (npm_config_registry, or what npm says). Without npm, or without that network, it says so
and leaves it at that: the tests in a browser are then skipped. Other bytes than those of the lock file are an error.
"""
import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
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


def registry():
    """Where npm gets its packages, or None."""
    if address := os.environ.get("npm_config_registry"):
        return address
    if shutil.which("npm") is None:
        return None
    said = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True, check=False).stdout.strip()
    return said if said.startswith("http") else None


def address(base, name, version):
    """Of a package's tarball: REGISTRY/@scope/name/-/name-1.2.3.tgz"""
    return f"{base.rstrip('/')}/{name}/-/{name.rsplit('/', 1)[-1]}-{version}.tgz"


def main():
    folder = pathlib.Path(sys.argv[1])
    missing = [(place, entry) for place, entry in packages() if not is_there(folder / place, entry)]
    base = registry() if missing else None
    if missing and base is None:
        print("npm is not here, and only it knows the registry: nothing is fetched")
        return
    for place, entry in missing:
        name = place.removeprefix("node_modules/")
        try:
            with urllib.request.urlopen(address(base, name, entry["version"]), timeout=60) as answer:
                data = answer.read()
        except urllib.error.URLError as e:
            print(f"{name} cannot be fetched ({e.reason}): the tests in a browser are skipped")
            return
        unpack(checked(data, entry["integrity"]), folder / place)
        print(f"fetched {name} {entry['version']}")


if __name__ == "__main__":
    main()
