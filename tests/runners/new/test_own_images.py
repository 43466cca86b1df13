"""A folder of images becomes a benchmark: decoding, keeping, choosing, and what is refused."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CHECKOUT, Place, workshop
from data_folder import BENCHMARKS, keras_here, loaded_or_skip, store
from new_help import asked, data_of, defined, in_house_style
from PIL import Image

from benchmarks.data import Corrupt, Store, Unavailable, load, own_images
from benchmarks.data.core.store import digest
from benchmarks.data.own.images import packed, pixels
from benchmarks.definition import Training
from benchmarks.entries.small import small_cnn
from runners.new.images import draft as draft
from runners.new.images import files
from runners.new.request import Draft, Unclear

__all__ = ["keras_here", "store"]  # fixtures

HOSTILE = [
    'it\'s "quoted"',
    "back\\slash",
    "new\nline",
    "{x} %s",
    '"""',
    "<b>&amp;",
    "犬\u202e",
    "{{ 7 * 7 }}",
    "{% if x %}",
]


@cache
def photograph(name: str) -> np.ndarray:
    """One of the two photographs scikit-learn carries, (427, 640, 3)."""
    from sklearn.datasets import load_sample_image

    return load_sample_image(f"{name}.jpg")


def tile(name: str, number: int, side: int = 40) -> Image.Image:
    """A square cut from a photograph; every number is another one."""
    row, column = divmod(number * 31, 600)
    place = np.s_[7 * row : 7 * row + side, column : column + side]
    return Image.fromarray(photograph(name)[place])


def folder_of(place: Path, each: int = 12, side: int = 40, suffix: str = "png") -> Path:
    """A folder with two classes of tiles, `china` and `flower`."""
    for name in ("china", "flower"):
        (place / name).mkdir(parents=True)
        for number in range(each):
            tile(name, number, side).save(place / name / f"{number:03}.{suffix}")
    return place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "photos")


@pytest.fixture
def drafted(folder: Path, tmp_path: Path) -> Callable[..., Draft]:
    """Looks at the folder, as `make new` does."""
    (tmp_path / "work").mkdir()

    def look(**other: Any) -> Draft:
        return draft.draft(folder, asked(folder, tmp_path / "work", **other))

    return look


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


# Decoding


def test_an_image_of_the_size_asked_for_is_taken_as_it_is() -> None:
    image = tile("china", 3, 32)
    assert np.array_equal(pixels(saved(image, "PNG"), 32), np.asarray(image))


def test_the_middle_square_is_cut_out() -> None:
    image = Image.new("RGB", (96, 32), (255, 0, 0))
    image.paste((0, 0, 255), (32, 0, 64, 32))
    assert np.array_equal(pixels(saved(image, "PNG"), 32), np.full((32, 32, 3), (0, 0, 255)))


def test_an_image_is_turned_as_its_camera_says() -> None:
    image = tile("flower", 1, 64)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    turned = pixels(saved(image, "PNG", exif=exif), 64)
    assert np.array_equal(turned, np.rot90(np.asarray(image), -1))


def test_a_large_photograph_read_at_a_fraction_is_the_same_picture() -> None:
    image = Image.fromarray(photograph("china"))
    whole = pixels(saved(image, "PNG"), 32).astype(int)
    part = pixels(saved(image, "JPEG", quality=98), 32).astype(int)
    assert np.abs(whole - part).mean() < 3


@pytest.mark.parametrize(
    ("mode", "colour", "seen"),
    [
        ("L", 100, (100, 100, 100)),
        ("1", 1, (255, 255, 255)),
        ("RGBA", (200, 0, 0, 0), (255, 255, 255)),
        ("RGBA", (200, 0, 0, 255), (200, 0, 0)),
        ("LA", (50, 255), (50, 50, 50)),
        ("I;16", 100 * 257, (100, 100, 100)),
    ],
)
def test_every_mode_becomes_three_channels(mode: str, colour: Any, seen: Any) -> None:
    content = saved(Image.new(mode, (40, 40), colour), "PNG")
    assert np.array_equal(pixels(content, 32), np.full((32, 32, 3), seen))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"])
def test_formats_that_are_read(kind: str) -> None:
    image = tile("flower", 2, 32)
    assert np.abs(pixels(saved(image, kind), 32).astype(int) - np.asarray(image)).mean() < 8


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "UnidentifiedImageError"),
        (b"no image", "UnidentifiedImageError"),
        (saved(Image.new("RGB", (40, 40)), "PNG")[:-30], "truncated|broken|unrecognized"),
        (saved(Image.new("F", (40, 40), 0.5), "TIFF"), "32 bits and no known white"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "UnidentifiedImageError"),
    ],
)
def test_what_is_no_whole_image_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(Corrupt, match=why):
        pixels(content, 32)


# Keeping


def test_the_archive_depends_on_names_and_bytes_alone(folder: Path, tmp_path: Path) -> None:
    paths = sorted(folder.rglob("*.png"))
    packed(tmp_path / "one.zip", {p.relative_to(folder).as_posix(): p for p in paths})
    other = shutil.copytree(folder, tmp_path / "elsewhere")
    for path in other.rglob("*.png"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    again = {p.relative_to(other).as_posix(): p for p in sorted(other.rglob("*.png"))[::-1]}
    packed(tmp_path / "two.zip", again)
    assert digest(tmp_path / "one.zip") == digest(tmp_path / "two.zip")


def test_rows_come_class_by_class_and_name_by_name(
    drafted: Callable[..., Draft], folder: Path, tmp_path: Path
) -> None:
    dataset = data_of(drafted(), tmp_path / "data")
    assert dataset.class_names == ("china", "flower")
    assert dataset.y.tolist() == [0] * 12 + [1] * 12
    assert dataset.x.dtype == np.uint8
    paths = [folder / name / f"{n:03}.png" for name in dataset.class_names for n in range(12)]
    assert np.array_equal(dataset.x, [pixels(path.read_bytes(), 40) for path in paths])


def test_who_lacks_the_archive_is_told_how_to_bring_it(
    drafted: Callable[..., Draft], tmp_path: Path
) -> None:
    source = defined(drafted()).data
    with pytest.raises(Unavailable, match="`make data FROM=DIR` with the folder DIR that holds"):
        load(source, Store(tmp_path / "nothing", offline=True))


def test_an_archive_of_other_classes_is_corrupt(
    drafted: Callable[..., Draft], tmp_path: Path
) -> None:
    found = drafted()
    assert found.copy is not None
    (name,) = found.files
    data_of(found, tmp_path / "data")
    source = own_images(
        name, found.copy.files[0].sha256, classes=["china", "rose"], rows=24, size=40
    )
    with pytest.raises(Corrupt, match="found 'flower'"):
        load(source, Store(tmp_path / "data", offline=True))


# Choosing


def test_the_definition_is_as_a_person_would_have_written_it(
    drafted: Callable[..., Draft], tmp_path: Path
) -> None:
    found = drafted()
    benchmark = defined(found)
    assert benchmark.question == "What is in the picture: china or flower?"
    assert benchmark.metric.name == "accuracy"
    assert benchmark.headline.name == "cnn"
    assert [one.name for one in benchmark.entries] == ["majority", "linear", "1-nn", "cnn"]
    assert benchmark.data.features == (40, 40, 3)
    assert any("china' 12 (50.0%)" in line for line in found.remarks)
    assert len(found.text.splitlines()) < 70
    in_house_style({"photos.py": found.text}, tmp_path)


def test_names_of_classes_cannot_leave_their_quotes(tmp_path: Path) -> None:
    for place, name in enumerate(HOSTILE):
        (tmp_path / "hostile" / name).mkdir(parents=True)
        for number in range(10):
            image = tile("china", 40 * place + number)
            image.save(tmp_path / "hostile" / name / f"{name} {number}.png")
    found = draft.draft(tmp_path / "hostile", asked("", tmp_path))
    benchmark = defined(found)
    assert benchmark.data.values["classes"] == sorted(HOSTILE)
    assert data_of(found, tmp_path / "data").class_names == tuple(sorted(HOSTILE))
    in_house_style({"hostile.py": found.text}, tmp_path)
    assert all("\n" not in line and "\u202e" not in line for line in found.remarks)


def test_mixed_sizes_are_said_and_brought_to_one(
    drafted: Callable[..., Draft], folder: Path
) -> None:
    for number in range(20, 32):
        tile("china", number, 64).resize((100, 70)).save(folder / "china" / f"{number}.png")
    found = drafted()
    assert defined(found).data.features == (32, 32, 3)
    (line,) = [one for one in found.remarks if one.startswith("size:")]
    assert "sizes differ: shorter sides from 40 to 70" in line
    assert "cut to its middle square" in line
    assert "half of them have fewer than 48" in line


def test_small_images_stay_and_tiny_ones_grow(tmp_path: Path) -> None:
    for side, size in ((28, 28), (16, 32)):
        folder = folder_of(tmp_path / str(side), side=side)
        found = draft.draft(folder, asked(folder, tmp_path))
        assert defined(found).data.features == (size, size, 3)


def test_grey_images_are_not_mirrored(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "grey")
    for path in folder.rglob("*.png"):
        Image.open(path).convert("L").save(path)
    found = draft.draft(folder, asked(folder, tmp_path))
    assert 'flip="none"' in found.text
    assert defined(found).headline.values["flip"] == "none"
    in_house_style({"grey.py": found.text}, tmp_path)


def test_a_rare_class_is_not_judged_by_accuracy(
    drafted: Callable[..., Draft], folder: Path, tmp_path: Path
) -> None:
    for number in range(20, 80):
        tile("china", number).save(folder / "china" / f"{number}.png")
    assert defined(drafted()).metric.name == "roc_auc"
    assert defined(drafted(metric="balanced_accuracy")).metric.name == "balanced_accuracy"
    in_house_style({"rare.py": drafted().text}, tmp_path)


# What is left out, and said


def said(found: Draft, words: str) -> str:
    (line,) = [one for one in found.remarks if words in one]
    return line


def test_broken_files_are_named_and_left_out(
    drafted: Callable[..., Draft], folder: Path, tmp_path: Path
) -> None:
    whole = (folder / "china" / "000.png").read_bytes()
    (folder / "china" / "cut.png").write_bytes(whole[:-40])
    (folder / "flower" / "empty.jpg").write_bytes(b"")
    found = drafted()
    assert "cannot be decoded" in said(found, "'china/cut.png'")
    assert "(empty)" in said(found, "'flower/empty.jpg'")
    assert len(data_of(found, tmp_path / "data").y) == 24
    assert "2 broken files" in defined(found).lessons


def test_copies_are_left_out(drafted: Callable[..., Draft], folder: Path, tmp_path: Path) -> None:
    """Of a class one stays, be it another format; a picture in two classes tells nothing."""
    Image.open(folder / "china" / "003.png").save(folder / "china" / "same.bmp")
    shutil.copy(folder / "china" / "005.png", folder / "flower" / "which.png")
    found = drafted()
    assert "'china/same.bmp' of 'china/003.png'" in said(found, "1 copy")
    assert "'china/005.png', 'flower/which.png'" in said(found, "an equal one in another class")
    assert np.bincount(data_of(found, tmp_path / "data").y).tolist() == [11, 12]


def test_what_is_no_image_is_ignored(
    drafted: Callable[..., Draft], folder: Path, tmp_path: Path
) -> None:
    before = drafted().text
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "china" / "Thumbs.db").write_bytes(b"x")
    (folder / "china" / "._000.png").write_bytes(b"x")
    (folder / ".thumbnails").mkdir()
    (folder / "china" / "labels.txt").write_text("words")
    (folder / "README.md").write_text("words")
    (folder / "notes").mkdir()
    found = drafted()
    assert found.text == before
    assert "'china/labels.txt'" in said(found, "no image")
    assert "1 file beside" in said(found, "beside")
    assert "'notes'" in said(found, "no class,")


def test_folders_below_a_class_belong_to_it(drafted: Callable[..., Draft], folder: Path) -> None:
    (folder / "china" / "more").mkdir()
    for path in sorted((folder / "china").glob("00*.png"))[:4]:
        path.rename(folder / "china" / "more" / path.name)
    assert defined(drafted()).data.rows == 24


# What is refused


def heic(folder: Path) -> None:
    for number in range(9):
        (folder / "china" / f"{number}.heic").write_bytes(b"\0\0\0\x18ftypheic")


def bomb(folder: Path) -> None:
    whole = bytearray(saved(Image.new("1", (40, 40)), "PNG"))
    whole[16:24] = (60_000).to_bytes(4, "big") * 2
    import zlib

    whole[29:33] = zlib.crc32(whole[12:29]).to_bytes(4, "big")
    (folder / "china" / "bomb.png").write_bytes(whole)


def huge(folder: Path) -> None:
    with (folder / "china" / "huge.tiff").open("wb") as file:
        file.truncate(3 << 30)


def parts(folder: Path) -> None:
    (folder / "china").rename(folder / "train")
    (folder / "flower").rename(folder / "test")


def link(folder: Path) -> None:
    (folder / "china" / "outside.png").symlink_to(folder.parent / "elsewhere.png")


def linked_folder(folder: Path) -> None:
    shutil.copytree(folder / "china", folder.parent / "elsewhere")
    (folder / "rose").symlink_to(folder.parent / "elsewhere")


def few(folder: Path) -> None:
    (folder / "rose").mkdir()
    for number in range(3):
        tile("flower", 100 + number).save(folder / "rose" / f"{number}.png")


def surrogate(folder: Path) -> None:
    os.rename(folder / "china", os.fsencode(folder) + b"/ch\xffna")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: shutil.rmtree(f / "china"), "at least two; found images in 'flower' alone"),
        (few, "at least 10 images of each class.*found 'rose' 3"),
        (heic, "9 images cannot be read.*HEIC is not read; save it as JPEG"),
        (bomb, "'china/bomb.png' says that it has more than 89 million pixels"),
        (huge, r"have 3.2 GB.*expected at most 2.1 GB"),
        (parts, "'test', 'train' are parts of a data set and no classes"),
        (link, "outside.png' is a link to '.*elsewhere.png'"),
        (linked_folder, "rose' is a link to"),
        (surrogate, "expected names in UTF-8, received 'ch.udcffna'"),
    ],
)
def test_what_cannot_become_a_benchmark(
    spoil: Callable[[Path], Any], message: str, drafted: Callable[..., Draft], folder: Path
) -> None:
    spoil(folder)
    with pytest.raises(Unclear, match=message):
        drafted()


def test_no_image_at_all(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.txt").write_text("words")
    with pytest.raises(Unclear, match="found none among 1 files"):
        draft.draft(tmp_path, asked(tmp_path, tmp_path))


def test_more_broken_files_than_are_named(drafted: Callable[..., Draft], folder: Path) -> None:
    for number in range(14):
        (folder / "china" / f"x{number}.png").write_bytes(b"no image")
    with pytest.raises(Unclear, match=r"14 images cannot be read .*and 4 more"):
        drafted()


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [
        ("MOST_MEMBERS", 20, "more than 20 files"),
        ("MEMORY", 1 << 50, "would take about .* GB of memory"),
    ],
)
def test_too_many_images(
    limit: str,
    value: int,
    message: str,
    drafted: Callable[..., Draft],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, limit, value)
    with pytest.raises(Unclear, match=message):
        drafted()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task": "regression"}, "a classification, not TASK=regression"),
        ({"target": "china"}, "expected no TARGET"),
        ({"metric": "rmsee"}, "METRIC"),
    ],
)
def test_what_does_not_fit_images(
    options: dict[str, str], message: str, drafted: Callable[..., Draft]
) -> None:
    with pytest.raises(Unclear, match=message):
        drafted(**options)


# Training


@pytest.mark.parametrize(("side", "rows"), [(25, 16), pytest.param(64, 16, marks=pytest.mark.slow)])
def test_the_small_network_learns_images_of_every_size(
    side: int, rows: int, keras_here: None
) -> None:
    x = np.stack([tile(n, k, side) for k in range(rows // 2) for n in ("china", "flower")])
    y = np.arange(rows) % 2
    entry = small_cnn("cnn", epochs=8, batch_size=8, width=8)
    (fitted,) = entry.fit([Training(x, y, "classification", 2, seed=0)])
    assert np.isfinite(fitted.predict(x)).all()
    assert fitted.history["loss"][-1] < fitted.history["loss"][0]


def to_the_end(place: Place, name: str, source: Path, *options: str) -> str:
    """Make a benchmark, run it and its conformance tests; returns its page."""
    shutil.copytree(CHECKOUT / "tests", place.code / "tests", dirs_exist_ok=True)
    shutil.copy(CHECKOUT / "pyproject.toml", place.code)
    made = place.command("new", name, "--from", str(source), *options)
    assert made.returncode == 0, made.stdout + made.stderr
    ran = place.command("bench", "--only", name, *place.folders, timeout=900)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " 0 failed" in ran.stdout
    tests = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/benchmarks/test_conformance.py")
    kept = str(place.data / "own")
    passed = place.python(*tests, "-k", name, timeout=600, KERASFOLIO_TEST_MIRROR=kept)
    assert passed.returncode == 0, passed.stdout[-4000:]
    assert "skipped" not in passed.stdout
    return (place.site / f"{name}.html").read_text("utf-8")


@pytest.mark.slow
def test_images_of_two_classes_run_and_conform(tmp_path: Path, store: Store) -> None:
    """Pictures of CIFAR-10 in files of several sizes and formats, one class oddly named."""
    cifar = next(one for one in BENCHMARKS if one.name == "cifar/cifar10")
    dataset = loaded_or_skip(cifar, store).dataset
    for name, label in (("frog", 6), ("<b>'ship'", 8)):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for place, row in enumerate(np.flatnonzero(dataset.y == label)[:12]):
            image = Image.fromarray(dataset.x[row])
            image = image.resize((64, 48)) if place % 3 else image
            image.save(tmp_path / "pets" / name / f"{place}.{'png' if place % 2 else 'jpg'}")
    place = Place(tmp_path, workshop(tmp_path, "uci/wine"))
    (tmp_path / "portfolio.toml").write_text('samples = ["mine/pets"]\n')
    page = to_the_end(place, "mine/pets", tmp_path / "pets")
    assert "&lt;b&gt;&#39;ship&#39;" in page
    assert "<b>'ship'" not in page
    assert page.count("data:image/png") > 10
