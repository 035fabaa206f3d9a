"""Runs the examples of docs/python.md on a real campaign, and compares Python's logits with the program's own.

python_test.py DOCUMENT PROGRAM CAMPAIGN PROGRAM_THAT_MAKES_MODELS
"""

import contextlib
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import h5py
import numpy as np
import torch

from snippets import blocks

KINDS = ("g-unet", "g-unet-conditioned", "a-unet", "a-unet-conditioned", "resnet-152", "resnet-152-conditioned")


def run_example(code, argument):
    """Runs one example; returns its variables and what it printed."""
    names = {"__name__": "__main__"}
    printed = io.StringIO()
    sys.argv = ["example.py", str(argument)]
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "python.md", "exec"), names)  # pylint: disable=exec-used
    return names, printed.getvalue()


def check_training(code, store):
    names, printed = run_example(code, store)
    names["file"].close()
    losses = [float(number) for number in re.findall(r"^step \d+: loss (\S+)$", printed, re.MULTILINE)]
    assert len(losses) == 4 and losses[-1] < 0.8 * losses[0], printed
    assert "lattice: F1 " in printed and "anion_vacancy: F1 " in printed, printed
    with h5py.File(store, "r") as file:
        split = file["samples/table"]["split"]
    assert set(split[names["train"]]) == {b"train"} and set(split[names["validation"]]) == {b"validation"}
    assert len(names["train"]) == sum(split == b"train")


def check_prediction(code, run):
    """The example finds what the program's own evaluation wrote."""
    names, printed = run_example(code, run)
    assert "lattice: recall " in printed, printed
    with h5py.File(run / "models" / "predictions.h5", "r") as file:
        found = {name: item[()] for name, item in file.items() if isinstance(item, h5py.Dataset)}
    masks = next(data for data in found.values() if data.ndim == 3)
    assert masks.shape == names["predicted"].shape, (masks.shape, names["predicted"].shape)
    assert (masks == names["predicted"]).mean() > 0.9999, "rounding may decide a pixel, and no more"
    assert names["card"]["network"] == "g-unet" and names["card"]["classes"][0] == "lattice"
    assert not names["model"].training


def check_logits(code, store, maker):
    names, _ = run_example(code, "")
    with tempfile.TemporaryDirectory() as folder, h5py.File(store, "r") as file:
        subprocess.run([maker, store, folder], check=True)
        images = torch.from_numpy(file["samples/image"][:4])
        conditions = names["conditions"](file, slice(0, 4))
        for kind in KINDS:
            model = torch.jit.load(f"{folder}/{kind}.pt")
            inputs = (images, conditions) if kind.endswith("conditioned") else (images,)
            with torch.no_grad():
                logits = model(*inputs).numpy()
            expected = np.fromfile(f"{folder}/{kind}.logits", np.float32).reshape(logits.shape)
            error = np.abs(logits - expected).max() / np.abs(expected).max()
            assert error < 1e-5, (kind, error)
            assert np.std(expected) > 1e-3, "logits that differ from each other"
            print(f"{kind}: {error:.1e}")
            if len(inputs) == 2:
                with torch.no_grad():
                    other = model(images, conditions + 0.1).numpy()
                assert np.abs(other - expected).max() > 1e-3 * np.abs(expected).max(), f"{kind}: conditions count"


def main():
    document, program, campaign, maker = sys.argv[1:5]
    examples = blocks(document, "Train from the store") + blocks(document, "Load a trained network")
    assert len(examples) == 3, len(examples)
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        done = subprocess.run([program, "run", campaign, "--dir", run, "--ranks", "3"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        store = os.path.join(run, "store.h5")
        check_training(examples[0], store)
        check_prediction(examples[1], run)
        check_logits(examples[2], store, maker)
    print("the document, the store and the networks agree")


if __name__ == "__main__":
    main()
