"""inspect: what a structure, a store or a network is, for people and for programs."""

import json
import math
import unittest
import zipfile

import h5py
import numpy as np
from PIL import Image

from support import SOURCE, TINY, digest, folder, twinmill

HEXAGONAL_CIF = """data_MoS2
_cell_length_a 3.18
_cell_length_b 3.18
_cell_length_c 15
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
_space_group_name_H-M_alt 'P 1'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Mo1 Mo 0.333333 0.666667 0.5
S1 S 0.666667 0.333333 0.604
S2 S 0.666667 0.333333 0.396
"""

SILICON_POSCAR = """silicon, across a face
1.0
5.431 0 0
0 5.431 0
0 0 5.431
Si
8
Direct
0 0 0.95
0.5 0.5 0.95
0.5 0 0.45
0 0.5 0.45
0.25 0.25 0.2
0.75 0.75 0.2
0.25 0.75 0.7
0.75 0.25 0.7
"""

CARD = {"format": "twinmill-model", "version": 1, "network": "a-unet", "width": 16, "classes": ["lattice", "anion_vacancy"], "parameters": 12345}


def look(path, *words, code=0):
    return twinmill("inspect", path, *words, code=code)


def facts(path, *words):
    return json.loads(look(path, "--json", *words)[0])


class Look(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = cls.enterClassContext(folder())

    def write(self, name, text):
        path = self.base / name
        path.write_text(text)
        return path

    # Structures

    def test_a_labelled_sheet(self):
        path = SOURCE / "tests/golden/mos2_vacancy.extxyz"
        preview = self.base / "a sheet.png"
        said = look(path, "--preview", preview)[0]
        told = facts(path)
        self.assertEqual(told["format"], "extxyz")
        lines = path.read_text().splitlines()
        symbols = [line.split()[0] for line in lines[2:]]
        for element in set(symbols) - {"X"}:
            self.assertEqual(told["atoms"][element], symbols.count(element))
        self.assertTrue(told["simulate"]["possible"])
        self.assertIn(f"grid {told['simulate']['grid'][0]}x{told['simulate']['grid'][1]}", said)
        pairs = {d["pair"]: d["distance_A"] for d in told["nearest"]}
        cell = np.array(lines[1].split('Lattice="')[1].split('"')[0].split(), float).reshape(3, 3)
        at = {e: np.array([line.split()[1:4] for line, s in zip(lines[2:], symbols) if s == e], float) for e in ("Mo", "S")}
        apart = at["Mo"][:, None] - at["S"]
        apart[..., :2] -= np.diag(cell)[:2] * np.rint(apart[..., :2] / np.diag(cell)[:2])
        self.assertAlmostEqual(pairs["Mo-S"], np.linalg.norm(apart, axis=-1).min(), places=5)
        with Image.open(preview) as picture:
            shades = {colour for _, colour in picture.getcolors(1 << 20)}
        for colour in told["colours"].values():
            self.assertIn(tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)), shades)

    def test_labels_are_counted_and_seen(self):
        path = self.write("dopant.xyz", 'Lattice="6 0 0 0 6 0 0 0 9" Properties=species:S:1:pos:R:3:site_class:S:1 pbc="T T F"'
                          .join(["3\n", "\nMo 1 1 4 lattice\nW 4 4 4 dopant\nS 1 4 5.5 lattice\n"]))
        told = facts(path, "--preview", self.base / "dopant.png")
        self.assertEqual((told["labels"], told["periodic"]), ({"dopant": 1}, [True, True, False]))
        with Image.open(self.base / "dopant.png") as picture:
            self.assertIn((200, 0, 0), {colour for _, colour in picture.getcolors(1 << 20)})

    def test_an_oblique_cell_is_described_and_taken_as_a_parent(self):
        path = self.write("mos2 sheet.cif", HEXAGONAL_CIF)
        told = facts(path)
        self.assertEqual((told["format"], told["formula"], told["atoms"]), ("CIF", "MoS2", {"Mo": 1, "S": 2}))
        self.assertTrue(np.allclose(told["angles_deg"], [90, 90, 120]) and np.allclose(told["lengths_A"], [3.18, 3.18, 15]))
        self.assertAlmostEqual(told["thickness_A"], 0.208 * 15, places=6)
        pairs = {d["pair"]: d["distance_A"] for d in told["nearest"]}
        self.assertAlmostEqual(pairs["Mo-S"], math.hypot(3.18 / math.sqrt(3), 0.104 * 15), places=4)
        self.assertAlmostEqual(pairs["Mo-Mo"], 3.18, places=4)  # Only by periodic images.
        self.assertEqual(told["simulate"]["possible"] and "grid" in told["simulate"], told["simulate"]["possible"])
        self.assertEqual(told["parent"]["formula"], "MoS2")

    def test_a_crystal_across_the_face(self):
        told = facts(self.write("POSCAR", SILICON_POSCAR))
        self.assertEqual((told["format"], told["formula"]), ("POSCAR", "Si8"))
        self.assertAlmostEqual(told["nearest"][0]["distance_A"], 5.431 * math.sqrt(3) / 4, places=5)
        self.assertAlmostEqual(told["thickness_A"], 0.75 * 5.431, places=5)
        self.assertIsNone(told["parent"])

    # Stores

    def test_a_store_and_its_run(self):
        run = self.base / "run"
        twinmill("run", TINY, "--dir", run, "--until", "simulate", "--ranks", 1)
        told = facts(run, "--digest", "--preview", self.base / "store.png")
        self.assertEqual(told, facts(run / "store.h5", "--digest"))
        self.assertEqual(told["digest"], digest(run))
        self.assertEqual(told["samples"], {"total": 20, "done": 20, "empty": 0, "bad": 0})
        self.assertEqual(sum(c["samples"] for c in told["defect"].values()), 20)
        self.assertEqual(told["microscope"]["energy_kev"], 80)
        with Image.open(self.base / "store.png") as picture:
            self.assertGreater(picture.width, 100)
        with h5py.File(run / "store.h5", "r+") as store:
            slots = store["samples/slot"][:]
            slots["state"][:4] = 0
            slots["state"][4] = 2
            store["samples/slot"][:] = slots
        told = facts(run)
        self.assertEqual(told["samples"], {"total": 20, "done": 15, "empty": 4, "bad": 1})
        self.assertIn("15 done, 4 empty, 1 bad", look(run)[0])
        with h5py.File(run / "store.h5", "r+") as store:
            store.attrs["format_version"] = 99
        self.assertIn("A newer twinmill?", look(run, code=2)[1])

    # Networks

    def test_a_card_alone_and_inside_a_network(self):
        card = self.write("model.json", json.dumps(CARD))
        self.assertEqual(facts(card)["card"], CARD)
        self.assertIn("lattice and anion_vacancy", look(card)[0])
        for force_64 in (False, True):
            path = self.base / f"model{force_64}.pt"
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("model/data.pkl", b"\0" * 100000)
                with archive.open("model/extra/model.json", "w", force_zip64=force_64) as member:
                    member.write(json.dumps(CARD).encode())
            self.assertEqual(facts(path)["card"], CARD)
        path.write_bytes(path.read_bytes()[:-30])
        self.assertIn("no complete ZIP archive", look(path, code=2)[1])

    def test_mistakes_are_told(self):
        for name, text, told in (
            ("model.pt", "PK\x03\x04", "no complete ZIP archive"),
            ("newer.json", json.dumps({**CARD, "version": 7}), "has version 7"),
            ("other.json", "[1, 2]", "no card"),
            ("half.json", "{\"format\": \"twinm", "cannot be read"),
            ("half.h5", "\x89HDF", "no twinmill store"),
            ("words.txt", "hello\n", "not a structure"),
            ("bad.xyz", "2\nLattice=\"3 0 0 0 3 0 0 0 3\"\nMo 0 0\n", "bad.xyz"),
        ):
            with self.subTest(name=name):
                self.assertIn(told, look(self.write(name, text), code=2)[1])
        self.assertIn("no such file", look(self.base / "nowhere.cif", code=2)[1])
        self.assertIn("not a run directory", look(self.base, code=2)[1])
        card = self.write("fine.json", json.dumps(CARD))
        self.assertIn("no picture", look(card, "--preview", self.base / "x.png", code=2)[1])
        golden = SOURCE / "tests/golden/mos2_vacancy.extxyz"
        look(golden, "--preview", self.base / "no folder" / "x.png", code=3)


if __name__ == "__main__":
    unittest.main()
