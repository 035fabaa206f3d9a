"""Runs the examples of docs/store-format.md on a real store and compares its tables with the file.

store_format_test.py DOCUMENT PROGRAM_THAT_MAKES_A_STORE
"""

import contextlib
import ctypes
import io
import os
import re
import subprocess
import sys
import tempfile
import types

import h5py
import numpy as np


def xxhash_module():
    """The package xxhash when there is one, else the same call of the C library."""
    try:
        import xxhash

        return xxhash
    except ImportError:
        library = ctypes.CDLL("libxxhash.so.0")
        library.XXH3_64bits.restype = ctypes.c_uint64
        library.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
        module = types.ModuleType("xxhash")
        module.xxh3_64_intdigest = lambda data: library.XXH3_64bits(data, len(data))
        return module


def run_example(code, store):
    """Runs one example; returns its variables and what it printed."""
    names = {"__name__": "__main__"}
    printed = io.StringIO()
    sys.argv = ["example.py", store]
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "store-format.md", "exec"), names)  # pylint: disable=exec-used
    return names, printed.getvalue()


def check_first_example(code, store):
    names, printed = run_example(code, store)
    assert list(names["chosen"]) == [0, 2, 4, 6], names["chosen"]
    assert "sample 0: MoS2-H, anion_vacancy, inf e/A^2" in printed, printed
    assert "anion_vacancy at (2.62, 1.88) A" in printed, printed
    assert "electrons counted" in printed, printed
    assert names["mean"].shape == (24, 32) and 0.05 < names["mean"].mean() < 0.2
    # Sample 0 has no noise: its image is the series, to single precision.
    assert names["sample"] == 0
    assert np.abs(names["image"] - names["noise_free"]).max() < 1e-6
    assert np.std(names["noise_free"]) > 1e-3
    # And counts of the others are whole numbers.
    with h5py.File(store, "r") as file:
        counts = file["samples/image"][2, 0] * file["samples/table"][2]["electrons_per_pixel"]
        assert np.abs(counts - np.rint(counts)).max() < 1e-3 and counts.sum() > 100


def check_checksum_example(code, store):
    sys.modules["xxhash"] = xxhash_module()
    _, printed = run_example(code, store)
    assert printed == "damaged: []\n", printed
    with h5py.File(store, "r+") as file:
        file["samples/mask"][3, 0, 0] = 77
        file["exposures/series"][1, 1, 2, 2] = 1j
    _, printed = run_example(code, store)
    assert printed == "damaged: [('sample', 3), ('exposure', 1)]\n", printed


def short_type(dtype):
    return "S" if dtype.kind == "S" else dtype.str.lstrip("<|")


def check_tables(text, store):
    """Every dataset has its section with type, axes and unit; every column its line, in order."""
    sections = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##)", text, re.MULTILINE | re.DOTALL))
    with h5py.File(store, "r") as file:
        found = []
        file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
        assert sorted(found) == sorted(sections), (found, list(sections))
        for name in found:
            dataset, section = file[name], sections[name]
            assert f"axes `{dataset.attrs['axes']}`" in section, name
            if dataset.dtype.names is None:
                assert f"`{short_type(dataset.dtype)} [" in section, name
                assert f"unit `{dataset.attrs['units']}`" in section, name
                continue
            if name == "exposures/slot":
                section = sections["samples/slot"]
            documented = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) ?\| ", section, re.MULTILINE)
            actual = [
                (column, short_type(dataset.dtype[column]), unit)
                for column, unit in zip(dataset.dtype.names, dataset.attrs["column_units"])
            ]
            assert documented == actual, (name, documented, actual)
        attributes = text[text.index("## Attributes of the file") : text.index("## Datasets")]
        documented = {name for line in re.findall(r"^\| (`.*?`) \|", attributes, re.MULTILINE) for name in re.findall(r"`(\w+)`", line)}
        assert documented == set(file.attrs), documented ^ set(file.attrs)


def main():
    document, program = sys.argv[1:3]
    with open(document, encoding="utf-8") as file:
        text = file.read()
    examples = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(examples) == 2, len(examples)
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "store.h5")
        subprocess.run([program, store], check=True)
        check_tables(text, store)
        check_first_example(examples[0], store)
        check_checksum_example(examples[1], store)
    print("the document and the store agree")


if __name__ == "__main__":
    main()
