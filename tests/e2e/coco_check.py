"""Checks COCO annotations (object detection) on their own terms, without looking at how they were made."""

import json

import numpy as np
from PIL import Image

TOP = {"info": dict, "licenses": list, "categories": list, "images": list, "annotations": list}
IMAGE = {"id": int, "file_name": str, "width": int, "height": int, "license": int}
CATEGORY = {"id": int, "name": str, "supercategory": str}
ANNOTATION = {"id": int, "image_id": int, "category_id": int, "iscrowd": int, "area": (int, float), "bbox": list, "segmentation": dict}


def has(entry, fields):
    for name, kind in fields.items():
        assert isinstance(entry[name], kind), (name, entry)


def decode(segmentation):
    """Uncompressed run lengths, column by column, starting outside."""
    height, width = segmentation["size"]
    runs = np.array(segmentation["counts"])
    assert runs.dtype.kind == "i" and (runs >= 0).all() and runs.sum() == height * width and (runs[1:] > 0).all(), runs
    inside = np.zeros(runs.size, bool)
    inside[1::2] = True
    return np.repeat(inside, runs).reshape((height, width), order="F")


def check(path):
    """Returns (the file's content, {image id: {category id: [mask of each annotation]}})."""
    coco = json.loads(path.read_text())
    has(coco, TOP)
    images = {image["id"]: image for image in coco["images"]}
    categories = {category["id"]: category for category in coco["categories"]}
    licences = {licence["id"] for licence in coco["licenses"]}
    assert len(images) == len(coco["images"]) and len(categories) == len(coco["categories"])
    for category in coco["categories"]:
        has(category, CATEGORY)
        assert category["id"] > 0
    for image in coco["images"]:
        has(image, IMAGE)
        assert image["license"] in licences
        with Image.open(path.parent / image["file_name"]) as picture:
            assert picture.size == (image["width"], image["height"]) and picture.mode == "L", picture.mode
    numbers, masks = set(), {image: {} for image in images}
    for annotation in coco["annotations"]:
        has(annotation, ANNOTATION)
        assert annotation["id"] not in numbers and annotation["category_id"] in categories and annotation["iscrowd"] == 0
        numbers.add(annotation["id"])
        image = images[annotation["image_id"]]
        assert annotation["segmentation"]["size"] == [image["height"], image["width"]]
        mask = decode(annotation["segmentation"])
        rows, columns = np.nonzero(mask)
        assert annotation["area"] == len(rows) > 0
        assert annotation["bbox"] == [
            columns.min(), rows.min(), columns.max() - columns.min() + 1, rows.max() - rows.min() + 1]
        for site in annotation["sites"]:
            assert -0.5 <= site["x_px"] <= image["width"] and -0.5 <= site["y_px"] <= image["height"]
        masks[annotation["image_id"]].setdefault(annotation["category_id"], []).append(mask)
    return coco, masks
