"""Electricity transformer temperatures (ETT) as windows: seven series, all forecast at once.

Zhou et al., *Informer* (AAAI 2021, arXiv:2012.07436); files of github.com/zhouhaoyi/ETDataset.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.data.core.download import download
from benchmarks.data.core.loading import admit, obtain, remedy_for
from benchmarks.data.core.network import host_of
from benchmarks.data.core.source import Copy, File, Source, Store
from benchmarks.data.core.store import DOWNLOADED, workspace
from benchmarks.data.readers.series import read_series
from benchmarks.dataset import Dataset
from benchmarks.windows import windows

SITE = (
    "https://raw.githubusercontent.com/zhouhaoyi/ETDataset/"
    "1d16c8f4f943005d613b5bc962e9eeb06058cf07/ETT-small"
)
COLUMNS = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
DAYS = (360, 480, 600)
"""End of the training, the validation and the test months of 30 days; later rows are unused."""
FILES: Mapping[str, tuple[int, str, str]] = {
    "ETTh1": (24, "f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066", ""),
    "ETTh2": (24, "a3dc2c597b9218c7ce1cd55eb77b283fd459a1d09d753063f944967dd6b9218b", ""),
    "ETTm1": (
        96,
        "6ce1759b1a18e3328421d5d75fadcb316c449fcd7cec32820c8dafda71986c9e",
        "05b083c9817b620c9b8771d26ca4a9f70eec0fb32e7a4d5c8f4553e20aaf2e33",
    ),
    "ETTm2": (96, "", ""),
}
"""Rows a day, sha256 of the published file, and of a known gzip of it."""
MD5 = {"ETTm2": "7687e47825335860bf58bccb31be0c56"}
"""Of the file whose sha256 is not known here, as Darts (`ETTm2Dataset`) states it."""


def ett(name: str, *, horizon: int, history: int = 96, digest: str = "") -> Source:
    """One transformer: x (windows, history, 7), y (windows, horizon, 7), both views of the series.

    In units of the standard deviation over the 12 training months, centred on their mean, as the
    published protocol scores them. Windows with targets in the first 16 months come first
    (`train_rows`); those with targets in the last `validation_windows` of them are for choosing.
    """
    daily, sha256, gzipped = FILES[name]
    copies = tuple(
        Copy(
            f"the authors' {file}",
            (File(file, f"files/{(sha or md5)[:8]}/{file}", sha256=sha, md5=md5),),
            partial(_read, name=file, daily=daily, horizon=horizon, history=history),
        )
        for file, sha, md5 in (
            (f"{name}.csv", sha256, MD5.get(name, "")),
            (f"{name}.csv.gz", gzipped, ""),
        )
        if sha or md5
    )
    rows = DAYS[-1] * daily - history - horizon + 1
    url = f"{SITE}/{name}.csv"

    def fetch(store: Store) -> None:
        with workspace(store) as folder:
            paths = {f"{name}.csv": download(url, folder, store)}
            admit(copies[0], paths, (rows, history, 7), store, origin=DOWNLOADED)

    return Source(
        title=f"{name}: electricity transformer, two years",
        url="https://github.com/zhouhaoyi/ETDataset",
        licence="CC BY-ND 4.0",
        citation="zhou2021informer",
        rows=rows,
        features=(history, 7),
        obtain=obtain(copies, fetch, remedy_for(f"{name}.csv")),
        hosts=(host_of(url),),
        values={"ett": name, "sha256": sha256, "horizon": horizon, "history": history}
        | ({"md5": MD5[name]} if name in MD5 else {}),
        copies=copies,
        digest=digest,
        megabytes=10 if gzipped else 0,
    )


def validation_windows(horizon: int, daily: int = 24) -> int:
    """Windows whose targets all lie in the four validation months: the last training rows.

    The `horizon` - 1 rows before them have targets in training and validation months.
    """
    return (DAYS[1] - DAYS[0]) * daily - horizon + 1


def _read(
    paths: Mapping[str, Path], *, name: str, daily: int, horizon: int, history: int
) -> Dataset:
    step = np.timedelta64(24 * 60 // daily, "m")
    series = read_series(paths[name], COLUMNS, step=step)[: DAYS[-1] * daily]
    train = series[: DAYS[0] * daily]
    scaled = (series - train.mean(axis=0)) / train.std(axis=0)
    return Dataset(
        x=windows(scaled[:-horizon], history),
        y=windows(scaled[history:], horizon),
        feature_names=COLUMNS,
        train_rows=DAYS[1] * daily - history - horizon + 1,
        facts={
            "steps a day": daily,
            "mean": dict(zip(COLUMNS, train.mean(axis=0).tolist(), strict=True)),
            "standard deviation": dict(zip(COLUMNS, train.std(axis=0).tolist(), strict=True)),
        },
    )
