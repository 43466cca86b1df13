"""Smartphone recordings of six activities (UCI 240): nine raw signals, official split by person.

Anguita et al., *A Public Domain Dataset for Human Activity Recognition Using Smartphones*,
ESANN 2013.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import numpy as np

from benchmarks.data.core.archives import unpack
from benchmarks.data.core.download import download
from benchmarks.data.core.loading import admit, obtain, remedy_for
from benchmarks.data.core.network import host_of
from benchmarks.data.core.source import Copy, Corrupt, File, Source, Store
from benchmarks.data.core.store import DOWNLOADED, workspace
from benchmarks.dataset import Dataset

URL = (
    "https://archive.ics.uci.edu/static/public/240/human+activity+recognition+using+smartphones.zip"
)
INNER = "UCI HAR Dataset.zip"
"""UCI's archive holds the authors' archive."""
SIGNALS = tuple(
    f"{signal}_{axis}" for signal in ("body_acc", "body_gyro", "total_acc") for axis in "xyz"
)
UNITS = {"body_acc": "g", "body_gyro": "rad/s", "total_acc": "g"}
ACTIVITIES = ("walking", "walking upstairs", "walking downstairs", "sitting", "standing", "lying")
ROWS = {"train": 7352, "test": 2947}
STEPS = 128
"""2.56 seconds at 50 Hz; neighbouring windows share half of them."""


def har(*, digest: str = "") -> Source:
    """Inputs of shape (10299, 128, 9), training windows first: 21 people train, 9 others test.

    Values as float32 has them: the text has eight digits, and its copies differ in the last.
    """
    files = tuple(
        File(name, f"uci/240/{PurePosixPath(name).name}")
        for part in ROWS
        for name in (
            *(f"{part}/Inertial Signals/{signal}_{part}.txt" for signal in SIGNALS),
            f"{part}/y_{part}.txt",
        )
    )
    copy = Copy("UCI's HAR signals", files, _read)
    shape = (STEPS, len(SIGNALS))

    def fetch(store: Store) -> None:
        with workspace(store) as folder:
            outer = unpack(download(URL, folder, store), lambda name: name == INNER, folder)
            if INNER not in outer:
                raise Corrupt(f"expected {INNER} in what {URL} sends, found no such member")
            inside = folder / "inside"
            inside.mkdir()
            wanted = {f"UCI HAR Dataset/{file.name}": file.name for file in files}
            found = unpack(outer[INNER], wanted.__contains__, inside)
            if missing := sorted(set(wanted) - set(found)):
                raise Corrupt(f"expected {missing[0]} in {INNER}, found no such member")
            paths = {wanted[name]: path for name, path in found.items()}
            admit(copy, paths, (sum(ROWS.values()), *shape), store, origin=DOWNLOADED)

    return Source(
        title="Human activity recognition using smartphones (UCI 240), nine signals",
        url="https://archive.ics.uci.edu/dataset/240/human+activity+recognition+using+smartphones",
        licence="CC BY 4.0; its README allows no commercial use",
        citation="anguita2013har",
        rows=sum(ROWS.values()),
        features=shape,
        obtain=obtain((copy,), fetch, remedy_for("the folder UCI HAR Dataset")),
        hosts=(host_of(URL),),
        values={"uci": 240, "signals": list(SIGNALS), "digest": digest},
        copies=(copy,),
        digest=digest,
        megabytes=60,
    )


def _read(paths: Mapping[str, Path]) -> Dataset:
    parts, labels = [], []
    for part, rows in ROWS.items():
        signals = [
            _table(paths[f"{part}/Inertial Signals/{name}_{part}.txt"], rows) for name in SIGNALS
        ]
        parts.append(np.stack(signals, axis=2))
        found = np.loadtxt(paths[f"{part}/y_{part}.txt"], dtype=np.int64)
        if found.shape != (rows,) or set(np.unique(found)) != set(range(1, 7)):
            raise Corrupt(f"expected {rows} activities from 1 to 6 in y_{part}.txt")
        labels.append(found - 1)
    return Dataset(
        x=np.concatenate(parts).astype(np.float64),
        y=np.concatenate(labels),
        feature_names=tuple(f"{name}, {UNITS[name[:-2]]}" for name in SIGNALS),
        class_names=ACTIVITIES,
        train_rows=ROWS["train"],
        facts={"hertz": 50, "people": 30},
    )


def _table(path: Path, rows: int) -> np.ndarray:
    values = np.fromstring(path.read_text(encoding="ascii"), dtype=np.float64, sep=" ")
    if values.size != rows * STEPS:
        raise Corrupt(
            f"expected {rows} windows of {STEPS} readings in {path.name}, received "
            f"{values.size} readings"
        )
    return values.reshape(rows, STEPS).astype(np.float32)
