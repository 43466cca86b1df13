"""Depths and modes of images, and folders with train and test, as `make new` reads them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from new_help import data_of, defined, draft, in_house_style
from PIL import Image

from benchmarks.data import Dataset
from benchmarks.data.own.images import pixels
from runners.new.images.parts import part_of
from runners.new.request import Draft, Unclear
from runners.predict.images import rows
from runners.records.signature import signature_of

Made = Callable[..., tuple[Draft, Dataset]]
SIDE = 28


def values(most: float, number: int, kind: Any = np.uint16) -> np.ndarray:
    """A grey image whose values run from 0 to `most`; every number is another one."""
    noise = np.random.default_rng(number).random((SIDE, SIDE))
    noise[0, 0], noise[0, 1] = 0, 1
    return (noise * most).astype(kind)


def folder_of(
    place: Path, image: Callable[[int], Image.Image], each: int = 10, suffix: str = "png"
) -> Path:
    """A folder with two classes of images."""
    for start, label in enumerate(("cat", "dog")):
        (place / label).mkdir(parents=True)
        for number in range(each):
            image(1_000 * start + number).save(place / label / f"{number}.{suffix}")
    return place


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """What `make new` makes of a folder, and its data."""

    def make(folder: Path) -> tuple[Draft, Dataset]:
        (tmp_path / "work").mkdir(exist_ok=True)
        found = draft(folder, tmp_path / "work")
        return found, data_of(found, tmp_path / "data")

    return make


@pytest.mark.parametrize(
    ("most", "kind", "suffix", "levels"),
    [
        (98, np.uint16, "png", (0, 127)),
        (255, np.uint16, "tif", (0, 255)),
        (4095, np.uint16, "png", (0, 4095)),
        (3000, np.uint16, "tif", (0, 4095)),
        (65535, np.uint16, "png", (0, 65535)),
        (1.0, np.float32, "tif", (0, 1)),
        (100_000, np.int32, "tif", (0, 131_071)),
    ],
)
def test_deep_greys_are_scaled_by_their_range_and_predicted_by_the_same_rule(
    made: Made, tmp_path: Path, most: float, kind: Any, suffix: str, levels: tuple[float, float]
) -> None:
    def image(number: int) -> Image.Image:
        return Image.fromarray(values(most, number, kind))

    folder = folder_of(tmp_path / "photos", image, suffix=suffix)
    found, dataset = made(folder)
    assert f"{levels[1]:,.6g} white" in "\n".join(found.remarks)
    expected = np.rint(values(most, 0, kind) * 255.0 / levels[1])
    assert np.array_equal(dataset.x[0, ..., 0], expected)
    benchmark = defined(found)
    signature = signature_of(benchmark, dataset)
    assert signature["levels"] == list(levels)
    names, x = rows(folder / "cat", signature["image"], signature["levels"])
    assert np.array_equal(x[names.index(f"0.{suffix}")], dataset.x[0])
    in_house_style({"deep.py": found.text}, tmp_path)


def test_images_deeper_than_those_of_the_training_are_told(tmp_path: Path) -> None:
    Image.fromarray(values(4095, 0)).save(tmp_path / "a.png")
    told: list[str] = []
    rows(tmp_path / "a.png", [32, 32, 3], (0, 255), told.append)
    rows(tmp_path / "a.png", [32, 32, 3], (), told.append)
    rows(tmp_path / "a.png", [32, 32, 3], (0, 4095), told.append)
    above, sixteen = told
    assert "'a.png': values above 255, which is white to the network" in above
    assert "trained on images of 8 bits" in sixteen


def test_negative_values_have_their_own_black(made: Made, tmp_path: Path) -> None:
    """Tomographs count from -1024, which is air."""
    folder = folder_of(
        tmp_path / "ct",
        lambda number: Image.fromarray(values(4095, number, np.int32) - 1024),
        suffix="tif",
    )
    found, dataset = made(folder)
    assert "-1,024 is black, 4,095 white" in "\n".join(found.remarks)
    assert dataset.x.min() == 0


def png_of_16_bit_colours(most: int, number: int) -> bytes:
    """A PNG with 16 bits a colour, which Pillow cannot write."""
    pixel = np.stack([values(most, 3 * number + channel) for channel in range(3)], axis=-1)
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in pixel)

    def chunk(name: bytes, content: bytes) -> bytes:
        ended = name + content
        return struct.pack(">I", len(content)) + ended + struct.pack(">I", zlib.crc32(ended))

    header = struct.pack(">IIBBBBB", SIDE, SIDE, 16, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("most", [65535, 4095])
def test_deep_colours_are_read_or_refused(made: Made, tmp_path: Path, most: int) -> None:
    for start, label in enumerate(("cat", "dog")):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for number in range(10):
            path = tmp_path / "photos" / label / f"{number}.png"
            path.write_bytes(png_of_16_bit_colours(most, 100 * start + number))
    if most < 65535:
        with pytest.raises(Unclear, match=r"16 bits a colour.*largest value there is 15 of 255"):
            made(tmp_path / "photos")
        return
    found, dataset = made(tmp_path / "photos")
    assert "! 20 images have 16 bits a colour: the upper 8 are read" in found.remarks
    assert dataset.x.max() == 255


def test_palettes_inks_and_transparency_become_the_colours_they_show() -> None:
    red = Image.new("RGB", (SIDE, SIDE), (204, 0, 0))
    palette = red.convert("P")
    cyan = Image.new("CMYK", (SIDE, SIDE), (255, 0, 0, 0))
    clear = Image.new("P", (SIDE, SIDE), 0)
    clear.putpalette([9, 9, 9])
    wanted = {
        "palette": (palette, "PNG", {}, (204, 0, 0)),
        "inks": (cyan, "TIFF", {}, (0, 255, 255)),
        "clear": (clear, "PNG", {"transparency": 0}, (255, 255, 255)),
    }
    for name, (image, kind, options, colour) in wanted.items():
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        seen = pixels(buffer.getvalue(), SIDE)
        assert np.abs(seen.astype(int) - colour).max() <= 1, name


# Train and test


def split_folder(place: Path, **counts: int) -> Path:
    """Folders of parts with two classes each, so many images a class."""
    for start, (part, each) in enumerate(counts.items()):
        folder_of(
            place / part,
            lambda number, start=start: Image.fromarray(  # type: ignore[misc]
                values(255, 10_000 * start + number, np.uint8)
            ),
            each,
        )
    return place


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("seg_train", "train"),
        ("training_set", "train"),
        ("trainset", "train"),
        ("TEST", "test"),
        ("Test Images", "test"),
        ("testset", "test"),
        ("val", "validation"),
        ("Validation", "validation"),
        ("dev", "validation"),
        ("cat", ""),
        ("steam train", ""),
        ("set", ""),
        ("7", ""),
    ],
)
def test_names_of_parts(name: str, part: str) -> None:
    assert part_of(name) == part


def test_train_and_test_are_an_official_split(made: Made, tmp_path: Path) -> None:
    found, dataset = made(split_folder(tmp_path / "pets", train=8, val=2, test=3))
    assert (
        "an official split: 'train', 'val' trains, 'test' tests; the validation part trains too"
    ) in found.remarks
    assert dataset.train_rows == 20
    assert dataset.y.tolist() == [0] * 10 + [1] * 10 + [0] * 3 + [1] * 3
    splits = defined(found).protocol.splits(dataset)
    assert [len(one.test) for one in splits] == [6] * 5
    in_house_style({"split.py": found.text}, tmp_path)


@pytest.mark.parametrize("layout", ["nested", "by class", "validation tests", "in the parts"])
def test_layouts_that_mean_the_same(made: Made, tmp_path: Path, layout: str) -> None:
    pets = split_folder(tmp_path / "pets", Training=8, Testing=3)
    given = pets
    if layout == "nested":
        (tmp_path / "outer" / "__MACOSX").mkdir(parents=True)
        given = tmp_path / "outer"
        pets.rename(given / "pets")
    if layout == "by class":
        given = tmp_path / "turned"
        for part in ("Training", "Testing"):
            for label in ("cat", "dog"):
                (given / label).mkdir(parents=True, exist_ok=True)
                (pets / part / label).rename(given / label / part)
    if layout == "validation tests":
        (pets / "Testing").rename(pets / "valid")
    if layout == "in the parts":
        for part in ("Training", "Testing"):
            (pets / part).rename(pets / "moved")
            (pets / part).mkdir()
            (pets / "moved").rename(pets / part / "images")
    found, dataset = made(given)
    assert dataset.train_rows == 16
    assert dataset.class_names == ("cat", "dog")
    assert len(dataset.y) == 22
    assert any("official split" in line for line in found.remarks)


def test_a_test_part_without_classes_is_left_out_and_said(made: Made, tmp_path: Path) -> None:
    pets = split_folder(tmp_path / "pets", train=10)
    (pets / "test").mkdir()
    Image.fromarray(values(255, 77, np.uint8)).save(pets / "test" / "1.png")
    found, dataset = made(pets)
    assert dataset.train_rows is None
    assert "classes lie in train/" in found.remarks
    assert any("not used" in line and "'test'" in line for line in found.remarks)


def test_one_folder_in_another_is_entered_and_a_class_called_train_is_one(
    made: Made, tmp_path: Path
) -> None:
    pets = split_folder(tmp_path / "pets", train=10)
    found, dataset = made(pets)
    assert dataset.class_names == ("cat", "dog")
    assert "classes lie in train/" in found.remarks
    (pets / "train" / "cat").rename(pets / "train" / "train")
    _, dataset = made(pets / "train")
    assert dataset.class_names == ("dog", "train")


def test_a_training_image_that_is_tested_too_is_left_out(made: Made, tmp_path: Path) -> None:
    pets = split_folder(tmp_path / "pets", train=8, test=3)
    (pets / "train/cat/copy.png").write_bytes((pets / "test/cat/0.png").read_bytes())
    found, dataset = made(pets)
    assert (dataset.train_rows, len(dataset.y)) == (16, 22)
    assert any("1 copy, which would be tested" in line for line in found.remarks)


def test_parts_without_folders_of_classes_are_refused(made: Made, tmp_path: Path) -> None:
    for part in ("train", "test"):
        (tmp_path / "pets" / part).mkdir(parents=True)
        Image.fromarray(values(255, 3, np.uint8)).save(tmp_path / "pets" / part / "1.png")
    with pytest.raises(Unclear, match="parts of a data set and no classes; expected one folder"):
        made(tmp_path / "pets")
