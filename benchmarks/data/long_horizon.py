"""The long-horizon table's exchange rates, influenza and weather, as windows of all series.

Files as Wu et al., *Autoformer* (NeurIPS 2021, arXiv:2106.13008) made them, after Lai et al. (SIGIR
2018, arXiv:1703.07015) and the weekly reports of the Centers for Disease Control and Prevention.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.data.core.source import Corrupt, Source
from benchmarks.data.official_file import official_file
from benchmarks.data.readers.series import check_clock, check_order, numbers, read_table
from benchmarks.dataset import Dataset
from benchmarks.windows import windows

SITE = (
    "https://raw.githubusercontent.com/junwoopark92/Self-Supervised-Contrastive-Forecsating/"
    "e20c108114cf68d451c938712ad28dac5f83ef6e/dataset"
)
"""A public copy: the authors keep theirs in a shared folder that no program can fetch from."""


@dataclass(frozen=True)
class Series:
    """One file of the table."""

    title: str
    address: str
    sha256: str
    columns: Mapping[str, str]
    """What a column of the file is called on a page."""
    steps: int
    step: np.timedelta64
    licence: str
    gaps: bool = False
    """Whether the file leaves out some times, over which published windows reach as if they were
    none."""


FILES: Mapping[str, Series] = {
    "exchange_rate": Series(
        "Exchange: daily rates of eight currencies, 1990 to 2010",
        f"{SITE}/exchange_rate/exchange_rate.csv",
        "d55e7aa2641009814a18ba3279431b13f6d413b0eab195b9ff21988d8cf94e97",
        dict(
            zip(
                ("0", "1", "2", "3", "4", "5", "6", "OT"),
                (
                    "Australia",
                    "United Kingdom",
                    "Canada",
                    "Switzerland",
                    "China",
                    "Japan",
                    "New Zealand",
                    "Singapore",
                ),
                strict=True,
            )
        ),
        7588,
        np.timedelta64(24 * 60, "m"),
        "none stated",
    ),
    "national_illness": Series(
        "ILI: weekly influenza-like illness in the United States, 2002 to 2020",
        f"{SITE}/illness/national_illness.csv",
        "8594cecb98c6f2f9dc014eca11c4d5d1e38ad5ce6ed0592d4abe65b146fce395",
        {
            "% WEIGHTED ILI": "weighted share of visits",
            "%UNWEIGHTED ILI": "share of visits",
            "AGE 0-4": "patients aged 0 to 4",
            "AGE 5-24": "patients aged 5 to 24",
            "ILITOTAL": "patients",
            "NUM. OF PROVIDERS": "providers",
            "OT": "visits",
        },
        966,
        np.timedelta64(7 * 24 * 60, "m"),
        "work of the United States government",
    ),
    "weather": Series(
        "Weather: 21 readings every ten minutes in Jena, 2020",
        "https://huggingface.co/datasets/thuml/Time-Series-Library/resolve/main/weather/weather.csv",
        "34ee981d07313e51da2a50bb600072c8ae4a69cb4b0651f4cb93a069d7a2ba63",
        {
            "p (mbar)": "air pressure",
            "T (degC)": "temperature",
            "Tpot (K)": "potential temperature",
            "Tdew (degC)": "dew point",
            "rh (%)": "relative humidity",
            "VPmax (mbar)": "saturation vapour pressure",
            "VPact (mbar)": "vapour pressure",
            "VPdef (mbar)": "vapour pressure deficit",
            "sh (g/kg)": "specific humidity",
            "H2OC (mmol/mol)": "water vapour concentration",
            "rho (g/m**3)": "air density",
            "wv (m/s)": "wind speed",
            "max. wv (m/s)": "highest wind speed",
            "wd (deg)": "wind direction",
            "rain (mm)": "rain",
            "raining (s)": "seconds of rain",
            "SWDR": "short-wave radiation",
            "PAR": "photosynthetic radiation",
            "max. PAR": "highest photosynthetic radiation",
            "Tlog (degC)": "temperature of the logger",
            "OT": "carbon dioxide",
        },
        52_696,
        np.timedelta64(10, "m"),
        "none stated",
        gaps=True,
    ),
}


def long_horizon(
    name: str, *, horizon: int, history: int, whole_batches: int = 0, digest: str = ""
) -> Source:
    """One file: x (windows, history, series), y (windows, horizon, series), views of the series.

    In units of the standard deviation over the first 70 % of the steps, centred on their mean. The
    windows with targets in the first 80 % come first (`train_rows`); the last `validation_windows`
    of them are for choosing. With `whole_batches` the test windows that fill no batch of that size
    are left out, as published evaluations before 2023 did it.
    """
    series = FILES[name]
    file = f"{name}.csv"
    source = official_file(
        file,
        series.address,
        series.sha256,
        partial(_read, series=series, horizon=horizon, history=history, batch=whole_batches),
        title=series.title,
        page="https://github.com/thuml/Autoformer",
        licence=series.licence,
        citation="wu2021autoformer",
        rows=_rows(series.steps, history, horizon, whole_batches),
        features=(history, len(series.columns)),
        publisher="Autoformer",
        digest=digest,
    )
    values = {"horizon": horizon, "history": history}
    values |= {"whole_batches": whole_batches} if whole_batches else {}
    return replace(source, values={**source.values, **values})


def validation_windows(name: str, horizon: int) -> int:
    """Windows whose targets all lie in the validation part: the last training rows.

    The `horizon` - 1 rows before them have targets in both parts.
    """
    train, test = _parts(FILES[name].steps)
    return test - train - horizon + 1


def _parts(steps: int) -> tuple[int, int]:
    """Where the validation and the test part begin, of so many steps."""
    return int(0.7 * steps), steps - int(0.2 * steps)


def _rows(steps: int, history: int, horizon: int, batch: int) -> int:
    rows = steps - history - horizon + 1
    tested = int(0.2 * steps) - horizon + 1
    return rows - (tested % batch if batch else 0)


def _read(path: Path, *, series: Series, horizon: int, history: int, batch: int) -> Dataset:
    # Units of three weather readings are written in letters that the copies spell differently.
    table = {_spelt(name, series): cells for name, cells in read_table(path).items()}
    if "date" not in table:
        raise Corrupt(f"expected a column 'date' in {path.name}, found {list(table)}")
    stamps = [_stamp(cell, series.step) for cell in table["date"]]
    if series.gaps:
        check_order(stamps, series.step, path.name)
    else:
        check_clock(stamps, series.step, path.name)
    values = np.stack([numbers(table, column, path.name) for column in series.columns], axis=1)
    begins, tests = _parts(len(values))
    train = values[:begins]
    scaled = (values - train.mean(axis=0)) / train.std(axis=0)
    rows = _rows(len(values), history, horizon, batch)
    names = tuple(series.columns.values())
    return Dataset(
        x=windows(scaled[:-horizon], history)[:rows],
        y=windows(scaled[history:], horizon)[:rows],
        feature_names=names,
        train_rows=tests - history - horizon + 1,
        facts={
            "mean": dict(zip(names, train.mean(axis=0).tolist(), strict=True)),
            "standard deviation": dict(zip(names, train.std(axis=0).tolist(), strict=True)),
        },
    )


def _spelt(name: str, series: Series) -> str:
    """A column's name as `series` has it: without its unit where it is known without one."""
    short = name.partition(" (")[0]
    return short if name not in series.columns and short in series.columns else name


def _stamp(cell: str, step: np.timedelta64) -> str:
    """A time of a file in ISO 8601. One of the files writes 1990/1/1 0:00."""
    date, _, clock = cell.strip().replace("/", "-").replace("T", " ").partition(" ")
    parts = [*date.split("-"), "", ""][:3]
    day = "-".join([parts[0], *(part.zfill(2) for part in parts[1:])])
    whole_days = step % np.timedelta64(24 * 60, "m") == np.timedelta64(0, "m")
    return f"{day}T00:00" if whole_days else f"{day}T{clock[:5]:0>5}"
