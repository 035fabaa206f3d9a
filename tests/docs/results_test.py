"""Runs what docs/python.md prints about h5py, HyperSpy and exports, on the results of a tiny campaign.

results_test.py DOCUMENT (environment: TWINMILL, TWINMILL_SOURCE)
"""

import os
import pathlib
import shlex
import sys

import h5py
import numpy as np

import snippets

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from support import TINY, folder, twinmill  # noqa: E402


def check_h5py(page, base):
    names, printed = snippets.run(page, "h5py", folder=base)
    assert names["chosen"].sum() == len(printed.splitlines()) > 0, printed
    assert names["dose"] == 1e7


def check_hyperspy(page, base):
    names, printed = snippets.run(page, "HyperSpy", folder=base)
    signal = names["signal"]
    x, y = signal.axes_manager.signal_axes
    assert (x.name, y.name, x.units, y.units) == ("x", "y", "Å", "Å")
    assert np.isclose(x.scale, 10 / 32) and np.isclose(y.offset, 5 / 32)
    assert signal.axes_manager.navigation_size == 20
    with h5py.File(base / "store.h5") as store:
        assert np.array_equal(signal.data, store["samples/image"][:, 0])
    assert signal.metadata.Acquisition_instrument.TEM.beam_energy == 80
    # 4 angstrom of pixels of 0.3125.
    assert names["corner"].data.shape[1:] == (13, 13) or names["corner"].data.shape[1:] == (12, 12), printed
    import hyperspy.api as hs

    again = hs.load(str(base / "signal.hspy"))
    assert np.array_equal(again.data, signal.data) and again.axes_manager[1].units == "Å"


def check_exports(page, base):
    (commands,) = snippets.blocks(page, "Exports", "sh")
    for line in commands.splitlines():
        words = shlex.split(line)
        assert words[0] == "twinmill", line
        twinmill(*words[1:], cwd=base)
    pictures, printed = snippets.run(page, "Exports", folder=base, number=0)
    assert len(printed.splitlines()) == 3, printed
    with h5py.File(base / "store.h5") as store:
        number = int(pictures["sample"]["sample"])
        exact = store["samples/image"][number, 0]
        step = (pictures["white"] - pictures["black"]) / 65535
        assert np.abs(pictures["image"] - exact).max() <= 0.51 * step + 1e-9
        assert np.array_equal(pictures["mask"], store["samples/mask"][number])
        # The compressed file is a store: the first programs of the page read it.
        with h5py.File(base / "quickstart.h5") as export:
            assert np.array_equal(export["samples/image"][:], store["samples/image"][:])
            assert export["samples/image"].compression == "gzip" and export["samples/image"].shuffle
    coco, printed = snippets.run(page, "Exports", folder=base, number=1)
    assert coco["inside"].shape == (32, 32) and coco["inside"].sum() == coco["annotation"]["area"], printed


def main():
    page = os.path.abspath(sys.argv[1])
    with folder() as base:
        run = base / "runs" / "quickstart"
        twinmill("run", TINY, "--dir", run, "--until", "simulate", "--ranks", 1)
        os.symlink(run / "store.h5", base / "store.h5")
        check_h5py(page, base)
        check_hyperspy(page, base)
        check_exports(page, base)
    print("the programs of the page do what it says")


if __name__ == "__main__":
    main()
