"""export: what comes out is what went in, complete or not at all."""

import csv
import pathlib
import resource
import shutil
import signal
import subprocess
import unittest

import h5py
import numpy as np
from PIL import Image

import coco_check
from support import PROGRAM, digest, folder, twinmill

# Three detectors of which two overlap, several vacancies in one image, drift and jitter: what could go wrong in masks.
CAMPAIGN = """
[campaign]
name = "two-three"
[specimen]
parents = ["MoS2-H"]
defects = ["pristine", "metal_vacancy"]
supercell = [4, 4]
[[defect]]
classes = ["anion_vacancy", "metal_on_anion"]
count = [3]
[[impurity]]
element = "Li"
place = "metal"
[[impurity]]
element = "O"
place = "anion"
[microscope]
energy_kev = 80
semiangle_mrad = 25
[[detector]]
name = "haadf"
inner_mrad = 60
outer_mrad = 160
[[detector]]
name = "adf-2"
inner_mrad = 30
outer_mrad = 100
[scan]
field_A = [12, 9]
pixels = [48, 36]
[imaging]
sampling_A = 0.08
[geometry]
rotations_deg = [0, 17]
[dose]
e_per_A2 = [1e4, inf]
[acquisition]
stages = ["drift", "jitter", "poisson"]
drift_A = [0.5, 0.3]
jitter_A = 0.05
[split]
train = 0.5
validation = 0.2
[run]
store_shards = 2
"""


def nothing_left(base, out):
    return not (base / out).exists() and not list(base.glob(f"{out}*")) and not list(base.glob(f"{pathlib.Path(out).stem}.md"))


class Export(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = cls.enterClassContext(folder())
        cls.run_dir = cls.base / "a run"
        (cls.base / "c.toml").write_text(CAMPAIGN)
        twinmill("run", cls.base / "c.toml", "--dir", cls.run_dir, "--until", "simulate", "--ranks", 1)
        with h5py.File(cls.run_dir / "store.h5") as store:
            cls.table = store["samples/table"][:]
            cls.images = store["samples/image"][:]
            cls.masks = store["samples/mask"][:]
            cls.slots = store["samples/slot"][:]
            cls.atoms = store["samples/atoms"][:]
            cls.classes = list(store.attrs["classes"])

    def export(self, *words, code=0, store=None):
        return twinmill("export", store or self.run_dir, *words, code=code, cwd=self.base)

    def copy(self, name):
        """A run directory with a store of its own, in one file that may be damaged."""
        copy = self.base / name
        copy.mkdir()
        self.export("--to", "hdf5", "--out", copy / "store.h5")
        return copy

    # hdf5

    def test_all_of_it_has_the_same_digest_in_one_compressed_file(self):
        out, warning = self.export("--to", "hdf5", "--out", "all of it.h5")
        self.assertIn("--licence", warning)
        self.assertIn(digest(self.run_dir), out)
        alone = self.base / "elsewhere"  # No shard beside it.
        alone.mkdir()
        shutil.move(self.base / "all of it.h5", alone / "x.h5")
        self.assertIn(digest(self.run_dir), twinmill("inspect", alone / "x.h5", "--digest")[0])
        with h5py.File(alone / "x.h5") as export:
            for name in ("image", "mask", "table"):
                self.assertTrue(np.array_equal(export[f"samples/{name}"][:], getattr(self, {"image": "images", "mask": "masks", "table": "table"}[name])))
            self.assertNotIn("shards", export)
            for name in ("samples/image", "samples/mask", "samples/atoms", "exposures/series"):
                self.assertEqual((export[name].compression, export[name].shuffle), ("gzip", True), name)
            self.assertTrue(np.array_equal(export["samples/slot"]["checksum"], self.slots["checksum"]))
            self.assertTrue((export["exposures/slot"]["state"] == 1).all())
            raw = export["samples/image"].size * 4 + export["exposures/series"].size * 8
        self.assertLess((alone / "x.h5").stat().st_size, raw)

    def test_a_part_is_a_store_of_its_own(self):
        split = next(row["split"] for row in self.table if b"anion_vacancy" in row["defect"])
        self.export("--to", "hdf5", "--out", "part.h5", "--split", split.decode(), "--defect", "anion_vacancy", "--compression", 9)
        chosen = [i for i, row in enumerate(self.table) if row["split"] == split and b"anion_vacancy" in row["defect"]]
        self.assertGreater(len(chosen), 0)
        with h5py.File(self.base / "part.h5") as part:
            rows, simulations, exposures = (part[f"{n}/table"][:] for n in ("samples", "simulations", "exposures"))
            self.assertEqual(list(rows["key"]), list(self.table["key"][chosen]))
            self.assertTrue(np.array_equal(part["samples/image"][:], self.images[chosen]))
            for i, row in enumerate(rows):
                s = simulations[row["simulation"]]
                self.assertTrue(s["first_sample"] <= i < s["first_sample"] + s["sample_count"])
                self.assertEqual(exposures[row["exposure"]]["simulation"], row["simulation"])
                atoms = part["samples/slot"][i]["atoms"]
                self.assertTrue(np.array_equal(part["samples/atoms"][i, :atoms], self.atoms[chosen[i], :atoms]))
        # Its exports are those of the campaign: an export can be exported.
        self.export("--to", "png", "--out", "part-png", store=self.base / "part.h5")
        self.assertEqual(len(list((self.base / "part-png/masks").iterdir())), len(chosen))

    def test_a_limit_spreads_over_all(self):
        self.export("--to", "png", "--out", "four", "--limit", 4)
        numbers = [int(p.stem) for p in sorted((self.base / "four/masks").iterdir())]
        total = len(self.table)
        self.assertEqual(numbers, [i * total // 4 for i in range(4)])

    # png

    def test_pictures_hold_the_numbers(self):
        for scaling in ("image", "all"):
            out = f"pictures {scaling}"
            self.export("--to", "png", "--out", out, "--scaling", scaling, "--licence", "CC0-1.0")
            with open(self.base / out / "samples.csv", newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            self.assertEqual(len(rows), len(self.table))
            self.assertTrue(any("," in row["impurities"] for row in rows))
            ranges = set()
            for row in rows:
                number = int(row["sample"])
                for name in self.table.dtype.names:
                    value = self.table[number][name]
                    if isinstance(value, bytes):
                        self.assertEqual(row[name], value.decode())
                    else:
                        self.assertEqual(float(row[name]), float(value), name)
                for d, detector in enumerate(("haadf", "adf-2")):
                    black, white = float(row[f"{detector}_black"]), float(row[f"{detector}_white"])
                    ranges.add((d, black, white))
                    with Image.open(self.base / out / row[f"{detector}_file"]) as picture:
                        self.assertTrue(picture.mode.startswith("I"), picture.mode)
                        self.assertNotIn("gamma", picture.info)
                        levels = np.asarray(picture).astype(float)
                    exact = self.images[number, d]
                    self.assertLessEqual(np.abs(black + (white - black) * levels / 65535 - exact).max(), 0.51 * (white - black) / 65535 + 1e-9)
                    if scaling == "image":
                        self.assertEqual((levels.min(), levels.max()), (0, 65535))
                with Image.open(self.base / out / row["mask_file"]) as picture:
                    self.assertEqual(picture.mode, "P")
                    self.assertTrue(np.array_equal(np.asarray(picture), self.masks[number]))
            self.assertEqual(len(ranges) == 2, scaling == "all")
            with open(self.base / out / "atoms.csv", newline="", encoding="utf-8") as file:
                atoms = list(csv.DictReader(file))
            self.assertEqual(len(atoms), self.slots["atoms"].sum())
            first = self.atoms[int(atoms[0]["sample"]), 0]
            self.assertEqual([np.float32(atoms[0]["x_px"]), int(atoms[0]["z"])], [first["x_px"], first["z"]])

    # coco

    def test_annotations_are_the_masks_defect_by_defect(self):
        out, _ = self.export("--to", "coco", "--out", "coco", "--licence", "CC-BY-4.0", "--detector", "adf-2")
        seen, single, beyond = set(), 0, 0
        for path in sorted((self.base / "coco").glob("annotations_*.json")):
            coco, masks = coco_check.check(path)
            self.assertEqual(coco["licenses"][0]["name"], "CC-BY-4.0")
            self.assertEqual([c["name"] for c in coco["categories"]], self.classes[1:])
            for image in coco["images"]:
                self.assertEqual(f"annotations_{image['split']}.json", path.name)
                number = image["id"]
                seen.add(number)
                for label in range(1, len(self.classes)):
                    parts = masks[number].get(label, [])
                    # Each pixel of the class in exactly one annotation.
                    self.assertTrue(np.array_equal(sum(p.astype(int) for p in parts) if parts else 0 * self.masks[number], self.masks[number] == label))
                with Image.open(path.parent / image["file_name"]) as picture:
                    exact = np.clip(self.images[number, 1], image["black"], image["white"])
                    levels = np.asarray(picture) / 255
                    self.assertLessEqual(np.abs(image["black"] + (image["white"] - image["black"]) * levels - exact).max(), 0.51 * (image["white"] - image["black"]) / 255 + 1e-9)
            for annotation in coco["annotations"]:
                sites = annotation["sites"]
                beyond += not sites
                single += len(sites) == 1
                atoms = self.atoms[annotation["image_id"]]
                self.assertTrue(all((atoms["site"] == s["site"]).any() for s in sites))
                if not sites:  # Reaches the border, where its centre is.
                    x, y, w, h = annotation["bbox"]
                    self.assertTrue(x == 0 or y == 0 or x + w == 48 or y + h == 36, annotation["bbox"])
            # Every labelled site that owns a pixel is there: those with a pixel of their class under them.
            for image in coco["images"]:
                named = {s["site"] for a in coco["annotations"] if a["image_id"] == image["id"] for s in a["sites"]}
                for atom in self.atoms[image["id"], : self.slots[image["id"]]["atoms"]]:
                    x, y = int(round(float(atom["x_px"]))), int(round(float(atom["y_px"])))
                    if atom["label"] > 0 and 0 <= x < 48 and 0 <= y < 36 and self.masks[image["id"], y, x] == atom["label"]:
                        self.assertIn(atom["site"], named)
        self.assertEqual(seen, set(range(len(self.table))))
        self.assertGreater(single, 0)
        self.assertIn(f"{beyond} of them", out)

    # The card

    def test_the_card_says_what_it_is(self):
        self.export("--to", "png", "--out", "carded", "--licence", "CC-BY-4.0", "--split", "train")
        card = (self.base / "carded/README.md").read_text()
        train = self.table[self.table["split"] == b"train"]
        for words in ("CC-BY-4.0", "MoS2-H", "80 keV", "48 x 36", "haadf (60 to 160 mrad)", "drift, jitter and poisson", "## How to cite", 'name = "two-three"',
                      f"| **images** | {len(train)} | {len(train)} |", f"| **structures** | {len(set(train['structure']))} |"):
            self.assertIn(words, card)
        pixels = sum((self.masks[i] == 1).sum() for i in np.flatnonzero(self.table["split"] == b"train"))
        self.assertIn("| 1 | anion_vacancy | ", card)
        self.assertIn(f" | {pixels:,} |", card)

    # What must not happen

    def test_nothing_is_overwritten_unasked(self):
        self.export("--to", "png", "--out", "here", "--limit", 2)
        _, message = self.export("--to", "png", "--out", "here", "--limit", 1, code=2)
        self.assertIn("--force", message)
        self.assertEqual(len(list((self.base / "here/masks").iterdir())), 2)
        self.export("--to", "coco", "--out", "here/", "--limit", 1, "--force")
        self.assertFalse((self.base / "here/masks").exists())
        precious = self.base / "precious"
        precious.mkdir()
        (precious / "README.md").write_text("my own\n")
        _, message = self.export("--to", "png", "--out", "precious", "--force", code=2)
        self.assertIn("no folder that twinmill export made", message)
        self.assertEqual((precious / "README.md").read_text(), "my own\n")
        self.export("--to", "hdf5", "--out", "precious", "--force", code=2)
        (self.base / "kept.md").write_text("notes\n")
        self.export("--to", "hdf5", "--out", "kept.h5", code=2)
        self.assertFalse((self.base / "kept.h5").exists())

    def test_mistakes_are_told(self):
        for words, told in (
            (["--to", "png", "--out", "no/such/folder/x"], "there is no folder"),
            (["--to", "jpeg", "--out", "x"], "known: hdf5, png and coco"),
            (["--to", "png"], "needs --out"),
            (["--to", "png", "--out", "x", "--split", "tran"], "Did you mean train?"),
            (["--to", "png", "--out", "x", "--defect", "anion_vacanci"], "Did you mean anion_vacancy?"),
            (["--to", "png", "--out", "x", "--defect", "pristine", "--parent", "WS2-H"], "MoS2-H"),
            (["--to", "png", "--out", "x", "--limit", "0"], "must be 1"),
            (["--to", "png", "--out", "x", "--detector", "haadf"], "goes with --to coco"),
            (["--to", "coco", "--out", "x", "--detector", "bf"], "haadf and adf-2"),
            (["--to", "hdf5", "--out", ".."], "needs a name"),
        ):
            with self.subTest(words=words):
                self.assertIn(told, self.export(*words, code=2)[1])
        empty = self.base / "empty"
        empty.mkdir()
        self.assertIn("not a run directory", self.export("--to", "png", "--out", "x", store=empty, code=2)[1])
        self.assertIn("no such folder", self.export("--to", "png", "--out", "x", store=self.base / "nowhere", code=2)[1])
        self.assertIn("no twinmill store", self.export("--to", "png", "--out", "x", store=self.base / "c.toml", code=2)[1])
        self.assertTrue(nothing_left(self.base, "x"))

    def test_a_campaign_that_runs_gives_what_is_done(self):
        run = self.copy("half")
        with h5py.File(run / "store.h5", "r+") as store:
            slots = store["samples/slot"][:]
            slots["state"][1:] = 0
            slots["state"][5] = 1
            slots["state"][7] = 2
            store["samples/slot"][:] = slots
            store["samples/image"][1] = np.nan  # Half written.
        self.export("--to", "png", "--out", "half-png", store=run)
        self.assertEqual([p.name for p in sorted((self.base / "half-png/masks").iterdir())], ["0000000.png", "0000005.png"])
        with h5py.File(run / "store.h5", "r+") as store:
            slots["state"][:] = 0
            store["samples/slot"][:] = slots
        self.assertIn("Run the campaign first?", self.export("--to", "png", "--out", "x", store=run, code=2)[1])

    def test_damage_is_not_handed_on(self):
        run = self.copy("damaged")
        with h5py.File(run / "store.h5", "r+") as store:
            store["samples/mask"][3, 4, 5] = 1 - store["samples/mask"][3, 4, 5] % 2
        for form, out in (("hdf5", "handed.h5"), ("png", "handed"), ("coco", "handed")):
            _, message = self.export("--to", form, "--out", out, store=run, code=3)
            self.assertIn("sample 3 cannot be taken over", message)
            self.assertTrue(nothing_left(self.base, out), form)
        with h5py.File(run / "store.h5", "r+") as store:
            store.attrs["format_version"] = 99
        self.assertIn("A newer twinmill?", self.export("--to", "png", "--out", "handed", store=run, code=2)[1])
        cut = self.base / "cut.h5"
        cut.write_bytes((run / "store.h5").read_bytes()[:20000])
        self.export("--to", "png", "--out", "handed", store=cut, code=2)

    def limited(self, words, limit):
        """As on a disk that is full after so many bytes of one file."""

        def prepare():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return subprocess.run([PROGRAM, "export", str(self.run_dir), *words], cwd=self.base, capture_output=True, text=True,
                              preexec_fn=prepare, timeout=300, check=False)

    def test_a_full_disk_leaves_nothing(self):
        for words, out, limits in (
            (["--to", "hdf5", "--out", "full.h5"], "full.h5", (1000, 30000, 100000)),
            (["--to", "png", "--out", "full"], "full", (100, 4000)),
            (["--to", "coco", "--out", "full"], "full", (100, 4000)),
        ):
            for limit in limits:
                with self.subTest(words=words, limit=limit):
                    done = self.limited(words, limit)
                    self.assertEqual(done.returncode, 3, done.stderr)
                    self.assertTrue(nothing_left(self.base, out))

    def test_a_stop_leaves_all_or_nothing(self):
        for form, out in (("hdf5", "stopped.h5"), ("png", "stopped"), ("coco", "stopped-coco")):
            words = [PROGRAM, "export", str(self.run_dir), "--to", form, "--out", out]
            with subprocess.Popen(words, cwd=self.base, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
                process.stderr.readline()  # The first word of progress.
                process.send_signal(signal.SIGINT)
                process.stderr.read()
            self.assertIn(process.returncode, (0, 4))
            if process.returncode == 4:
                self.assertTrue(nothing_left(self.base, out))
            else:
                self.assertTrue((self.base / out).exists() and not (self.base / f"{out}.new").exists())


if __name__ == "__main__":
    unittest.main()
