"""What FROM is: a table, a competition's folder, images by class, a series, or a number of UCI."""

from __future__ import annotations

import difflib
import itertools
import os
import re
from pathlib import Path
from typing import Literal

from runners.new.recordings.files import in_folder, is_recordings
from runners.new.request import Draft, Request, Unclear

TABLES = (".csv", ".tsv", ".txt", ".data", ".parquet", ".tab", ".dat")
IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
TASKS = ("classification", "regression", "forecast")
Kind = Literal["table", "series", "competition", "images", "texts", "recordings", "uci"]

OVERRULED: dict[Kind, tuple[str, ...]] = {
    "series": ("HEADER", "DECIMAL", "TYPES", "MISSING", "ID", "HORIZON", "KNOWN"),
    "uci": ("INDEX", "DROP"),
}
"""What can be overruled of data other than a table."""
OF_SERIES = ("ID", "HORIZON", "KNOWN")
"""What can be said of series alone."""
KINDS: dict[Kind, str] = {
    "series": "a series",
    "uci": "a data set of the repository",
    "images": "a folder of images",
    "texts": "a folder of texts",
    "recordings": "a set of series",
}

EXPECTED = (
    "a CSV, JSON, ARFF or Parquet file, a workbook (.xlsx), series with a class each (.ts), a "
    "folder with train.csv and test.csv, a folder with one folder of images or .txt files a class, "
    "or the number of a data set of the UCI repository"
)


def draft(request: Request) -> Draft:
    """Look at the data that was named and write the definition of its benchmark.

    Raises Unclear, Corrupt or Unavailable where that cannot be done.
    """
    if request.task and request.task not in TASKS:
        raise Unclear(f"TASK: expected one of {', '.join(TASKS)}, received {request.task!r}")
    kind = kind_of(request)
    if request.task == "forecast" and kind != "series":
        raise Unclear(
            f"TASK=forecast needs a table with a column of dates; {request.origin} is none"
        )
    of_series = [one for one in request.overrules.given if one in OF_SERIES]
    if of_series and kind in ("table", "competition"):
        raise Unclear(
            f"{', '.join(of_series)}: can be said of series to be forecast; with TASK=forecast "
            f"{request.origin} is read as one, else leave it out"
        )
    useless = [one for one in request.overrules.given if one not in OVERRULED.get(kind, ())]
    if useless and kind not in ("table", "competition"):
        can = ", ".join(OVERRULED.get(kind, ())) or "none of the overrules of tables"
        raise Unclear(
            f"{', '.join(useless)}: of {request.origin}, {KINDS[kind]}, can be said: {can}"
        )
    if kind == "uci":
        from runners.new.tables.repository import draft as of_repository

        return of_repository(int(request.origin), request)
    path = Path(request.origin).expanduser().absolute()
    if kind == "series":
        from runners.new.series import draft as one_step
        from runners.new.series import panel

        return (panel if panel.wanted(request) else one_step).draft(path, request)
    if kind == "recordings":
        from runners.new.recordings.draft import draft as of_recordings

        return of_recordings(in_folder(path)[0] if path.is_dir() else path, request)
    if kind == "images":
        from runners.new.images.draft import draft as of_images

        return of_images(path, request)
    if kind == "texts":
        from runners.new.texts.draft import draft as of_texts

        return of_texts(path, request)
    if kind == "competition":
        from runners.new.tables.competition import draft as of_competition

        return of_competition(path, request)
    from runners.new.tables.draft import draft as of_tables

    return of_tables(path, request)


def kind_of(request: Request) -> Kind:
    """The kind of data that FROM names. Raises Unclear for what cannot become a benchmark."""
    if re.fullmatch(r"\d{1,6}", request.origin) and not Path(request.origin).exists():
        return "uci"
    if not request.origin or "\0" in request.origin:
        raise Unclear(f"FROM: expected {EXPECTED}; received {request.origin!r}")
    path = Path(request.origin).expanduser()
    try:
        return kind_of_path(path, request.task)
    except OSError as error:
        raise Unclear(f"{path} cannot be read ({error.strerror or error})") from None


def kind_of_path(path: Path, task: str) -> Kind:
    """What a file or folder is. Raises Unclear, or OSError where it cannot be looked at."""
    if not path.exists():
        if path.is_symlink():
            raise Unclear(f"{path} is a link to {os.readlink(path)}, and nothing is there")
        raise Unclear(f"{path} does not exist{nearest(path)}")
    if path.is_dir():
        return kind_of_folder(path)
    if not path.is_file():
        raise Unclear(f"expected {EXPECTED}; {path} is no ordinary file")
    if not os.access(path, os.R_OK):
        raise Unclear(f"{path} may not be read; allow it, for example with chmod u+r")
    if path.suffix.lower() in IMAGES:
        raise Unclear(f"{path.name} is one image; give the folder that holds one folder a class")
    if path.suffix.lower() == ".tsf":
        raise Unclear(
            f"{path.name} is in the format .tsf, which holds many series without a time for each "
            "value; write one of them as a CSV file with a column of times and one of values"
        )
    if is_recordings(path):
        return "recordings"
    return "series" if task == "forecast" else "table"


def kind_of_folder(folder: Path) -> Kind:
    """What a folder holds. Raises Unclear where nothing in it is known."""
    names = sorted(entry.name for entry in os.scandir(folder))
    if "train.csv" in names:
        return "competition"
    folders = [folder / name for name in names if (folder / name).is_dir()]
    if any(map(holds_images, folders)):
        return "images"
    if any(holds_texts(one) for one in folders):
        return "texts"
    recorded = in_folder(folder)
    if len(recorded) == 1:
        return "recordings"
    if recorded:
        files = " or ".join(str(one) for one in recorded[:5])
        raise Unclear(f"{folder} holds {len(recorded)} data sets; give one, FROM={files}")
    tables = [name for name in names if table_name(name)]
    if tables:
        files = " or ".join(str(folder / name) for name in tables[:5])
        raise Unclear(
            f"expected train.csv in {folder}, found {len(tables)} other table"
            f"{'s' * (len(tables) > 1)}; give the file itself, FROM={files}"
        )
    if any(holds_images(one, deep=True) for one in folders):
        return "images"
    images = [name for name in names if Path(name).suffix.lower() in IMAGES]
    if images:
        raise Unclear(
            f"{folder} holds {len(images)} images and no folders; put the images of each "
            "class into a folder of its own"
        )
    contents = f"it holds {', '.join(repr(name) for name in names[:6])}" if names else "it is empty"
    raise Unclear(f"expected {EXPECTED}; nothing in {folder} is any of these, {contents}")


def holds_images(folder: Path, *, deep: bool = False) -> bool:
    """Whether an image lies in a folder, or `deep` below it; what cannot be read is passed over."""
    walk = os.walk(folder)
    found = (names for _, _, names in (walk if deep else itertools.islice(walk, 1)))
    return any(Path(name).suffix.lower() in IMAGES for names in found for name in names)


def holds_texts(folder: Path) -> bool:
    """Whether `.txt` files lie in a folder or the folders in it, and no other table."""
    walk = itertools.islice(os.walk(folder), 200)
    names = [name for _, _, found in walk for name in found if not name.startswith(".")]
    texts = [name for name in names if name.lower().endswith(".txt")]
    return bool(texts) and not any(table_name(name) for name in names if name not in texts)


def table_name(name: str) -> bool:
    """Whether a file has the ending of a table."""
    return Path(name.lower().removesuffix(".gz")).suffix in TABLES


def nearest(path: Path) -> str:
    """Files of nearly that name, for a message; empty where there are none."""
    folder = path.parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    if folder != path.parent:
        return f"; {folder} is there, and nothing below it of that name"
    try:
        names = [entry.name for entry in os.scandir(folder)]
    except OSError:
        return ""
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    near += [name for name in names if Path(name).stem == path.stem and name not in near]
    if not near:
        return f"; {folder.absolute()} has nothing called nearly so"
    return f"; perhaps {', '.join(str(path.with_name(name)) for name in near[:3])}?"
