"""Every class of defect, impurities, boundaries, damage and the user's own parents, through campaigns, read back with h5py."""

import collections
import json
import unittest

import h5py
import numpy
from support import SOURCE, digest, folder, twinmill

COARSE = """
[[detector]]
name = "haadf"
inner_mrad = 60
outer_mrad = 110
[scan]
field_A = [10, 10]
pixels = [40, 40]
[imaging]
sampling_A = 0.1
oversampling = 1
[dose]
e_per_A2 = [inf]
"""

CLASSES = ["anion_vacancy", "metal_vacancy", "metal_on_anion", "anion_on_metal", "dopant", "metal_interstitial",
           "anion_interstitial", "adatom", "antisite_vacancy"]

CIF = """data_MoS2
_cell_length_a 3.18
_cell_length_b 3.18
_cell_length_c 15
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
_symmetry_space_group_name_H-M 'P -6 m 2'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Mo1 Mo 0 0 0
S1 S 0.33333333 0.66666667 0.10423333
"""


class Specimens(unittest.TestCase):
    def run_campaign(self, there, text, *more):
        campaign = there / "c.toml"
        campaign.write_text(text + COARSE)
        twinmill("run", campaign, "--dir", there / "run", "--until", "simulate", *more)
        return h5py.File(there / "run" / "store.h5")

    def test_nine_classes_in_the_store(self):
        with folder() as there:
            words = ", ".join(f'"{c}"' for c in CLASSES)
            text = f"""
[specimen]
parents = ["PtSe2-T"]
defects = [{words}]
[[impurity]]
element = "Li"
place = "metal"
"""
            with self.run_campaign(there, text) as store:
                names = [str(n) for n in store.attrs["classes"]]
                self.assertEqual(names, ["lattice", *CLASSES])
                for row, mask, atoms, slot in zip(store["samples/table"], store["samples/mask"], store["samples/atoms"], store["samples/slot"]):
                    kind = row["defect"].decode()
                    found = set(numpy.unique(mask)) - {0}
                    self.assertLessEqual(found, {names.index(kind)})
                    self.assertEqual(row["impurities"], b"Li metal")
                    atoms = atoms[: slot["atoms"]]
                    # The mask is made of the atoms: the pixel under every labelled site has its class.
                    for atom in atoms[atoms["label"] > 0]:
                        x, y = round(float(atom["x_px"])), round(float(atom["y_px"]))
                        if 0 <= x < 40 and 0 <= y < 40:
                            self.assertEqual(mask[y, x], atom["label"])
                    self.assertTrue((atoms["label"][atoms["z"] == 3] == 0).all())
                    # Atoms of one column stand on each other, and every atom has one.
                    self.assertTrue(((atoms["column"] >= 0) == (atoms["z"] > 0)).all())

    def test_boundaries_and_damage_for_any_number_of_ranks(self):
        with folder() as there:
            text = """
[campaign]
seed = 4
[specimen]
parents = ["WSe2-H"]
defects = ["anion_vacancy"]
[geometry]
rotations_deg = [30]
boundary_rotations_deg = [10]
boundary_gaps_A = [-3, 3]
damage = ["none", "beam"]
damage_atoms = [5, 9]
"""
            with self.run_campaign(there, text, "--ranks", 3) as store:
                table = store["samples/table"][:]
                self.assertEqual(sorted(zip(table["boundary"].tolist(), table["boundary_gap_A"].tolist(), (table["damage_atoms"] > 0).tolist())),
                                 [(0, 0, False), (0, 0, True), (1, -3, False), (1, -3, True), (1, 3, False), (1, 3, True)])
                images = store["samples/image"][:, 0]
                for row, image, atoms, slot in zip(table, images, store["samples/atoms"], store["samples/slot"]):
                    atoms = atoms[: slot["atoms"]]
                    self.assertTrue(numpy.isfinite(image).all() and (image > 0).all())
                    if row["damage_atoms"]:
                        self.assertIn(row["damage_atoms"], range(5, 10))
                        gone = (atoms["z"] == 0) & (atoms["label"] == 0)
                        self.assertGreaterEqual(gone.sum(), row["damage_atoms"])
                        self.assertLessEqual(gone.sum(), row["damage_atoms"] + 6)  # And vacancies that lost their label.
                density = {(int(b), float(g)): (a["z"] > 0).sum() for b, g, d, a in
                           zip(table["boundary"], table["boundary_gap_A"], table["damage_atoms"], store["samples/atoms"]) if d == 0}
                self.assertGreater(density[1, -3.0], density[0, 0.0])
                self.assertLess(density[1, 3.0], density[0, 0.0])
            first = digest(there / "run")
            (there / "again").mkdir()
            self.run_campaign(there / "again", text, "--ranks", 1).close()
            self.assertEqual(first, digest(there / "again" / "run"))

    def test_draws_are_a_part_of_the_product(self):
        with folder() as there:
            campaign = there / "c.toml"
            campaign.write_text("""
[specimen]
parents = ["MoS2-H"]
defects = ["anion_vacancy", "dopant"]
replicates = 40
[geometry]
choice = "draw"
rotations_deg = [0, 30, 45]
boundary_rotations_deg = [0, 10, 30, 45]
boundary_gaps_A = [-3, 3]
damage = ["none", "beam"]
""" + COARSE)
            plan = json.loads(twinmill("plan", campaign, "--json", "--nominal")[0])
            self.assertEqual(plan["images"], 80)
            counts = collections.Counter()
            for name, n in plan["axes"]["operation"].items():
                counts["boundary" in name] += n
                counts["damaged" in name, "damage"] += n
            self.assertGreater(counts[True], 20)
            self.assertGreater(counts[False], 20)
            self.assertGreater(counts[True, "damage"], 20)

    def test_own_parent_and_every_mistake_at_once(self):
        with folder() as there:
            (there / "mine.cif").write_text(CIF)
            with self.run_campaign(there, '[specimen]\nparents = ["mine.cif", "PdSe2-P"]\ndefects = ["metal_vacancy"]\nsupercell = [4, 4]\n') as store:
                self.assertEqual(sorted(r["parent"] for r in store["samples/table"]), [b"PdSe2-P", b"mine.cif"])
                # 4 x 4 rectangles of a x a sqrt(3).
                sizes = {r["structure"].split()[0]: (r["lx_A"], r["ly_A"]) for r in store["simulations/table"]}
                self.assertAlmostEqual(sizes[b"mine.cif"][0], 4 * 3.18, 6)
                self.assertAlmostEqual(sizes[b"mine.cif"][1], 4 * 3.18 * 3**0.5, 6)
            # The copy in the run directory stands on its own.
            twinmill("run", there / "run" / "campaign.toml", "--dir", there / "run", "--until", "simulate", cwd="/")
            for text, words in {
                'parents = ["MoS2-H"]\n[[defect]]\nclasses = ["anion_vacancy"]\ncount = [99]': ["MoS2-H", "99"],
                'parents = ["MoS2-H"]\ndefects = ["dopant"]\n[[impurity]]\nelement = "Mo"\nplace = "metal"': ["Mo"],
                'parents = ["MoS2-X"]': ["MoS2-X", "MoS2-H"],
                'parents = ["Q*"]': ["fits no parent"],
                'parents = ["MoS2-H"]\n[[defect]]\nclasses = ["metal_vacancy"]\ncluster = ["line"]': ["shape of anion vacancies"],
                'parents = ["gone.cif"]': ["gone.cif"],
            }.items():
                bad = there / "bad.toml"
                bad.write_text("[specimen]\n" + text + "\n" + COARSE)
                _, said = twinmill("plan", bad, code=2)
                for word in words:
                    self.assertIn(word, said)

    def test_the_study(self):
        for name, least_doses in (("clean", 1), ("messy", 5)):
            with self.subTest(name):
                plan = json.loads(twinmill("plan", SOURCE / "campaigns" / f"fuhr2023-{name}.toml", "--json", "--nominal")[0])
                self.assertGreaterEqual(len(plan["structures_per_parent"]), 50)
                self.assertGreaterEqual(plan["structures"], 550)
                self.assertLessEqual(plan["structures"], 700)
                self.assertEqual(set(plan["structures_per_class"]), set(CLASSES))
                counts = sorted(plan["structures_per_class"].values())
                self.assertGreater(counts[-1], 5 * counts[0])  # Imbalanced.
                self.assertGreater(plan["structures_with_impurities"], 50)
                self.assertEqual(len(plan["axes"]["dose_e_per_A2"]), least_doses)
        self.assertEqual((plan["images"], plan["relaxations"]), (10 * plan["structures"], plan["structures"]))
        self.assertGreater(len(plan["axes"]["operation"]), 10)


if __name__ == "__main__":
    unittest.main()
