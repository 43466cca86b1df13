"""Fan charts: what entries that predict quantiles expected, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.data import Dataset
from benchmarks.quantiles import CRPS, crps
from runners.exhibits.content import DistributionExhibit, Fan, FanFigures
from runners.exhibits.forecasts import HISTORY, RANKS, STEPS
from runners.exhibits.rows import to_digits
from runners.records.provenance import Predictions
from runners.records.record import Record
from runners.records.store import Runs

COURSE = 120
"""Forecasts one step ahead that are drawn, the last ones."""
DRAWN = (0.025, 0.1, 0.5, 0.9, 0.975)
"""Levels that are drawn: the 95 and 80 % intervals, and the median."""


def chosen_entries(entries: Mapping[str, Sequence[Record]]) -> list[Sequence[Record]]:
    """Records of the entries that predict quantiles, that with the lowest CRPS first."""

    def score(records: Sequence[Record]) -> float:
        return sum(record["scores"][CRPS] for record in records) / len(records)

    able = [one for one in entries.values() if all(CRPS in r["scores"] for r in one)]
    return sorted(able, key=score)


def exhibit(
    runs: Runs, dataset: Dataset, unit: str, chosen: Sequence[Sequence[Record]]
) -> DistributionExhibit | None:
    """The fan charts of these entries, of the first repeat; None where no quantiles are kept."""
    entries: list[FanFigures] = []
    for records in chosen:
        first = min(records, key=lambda one: one["repeat"])
        predicted = runs.predictions(first)
        if first["data"]["digest"] != dataset.digest or not readable(predicted, dataset):
            continue
        assert predicted is not None
        fans = ahead(predicted, dataset) if dataset.y.ndim > 1 else [course(predicted, dataset)]
        entries.append({"name": first["entry"]["name"], "repeat": first["repeat"], "fans": fans})
    if not entries:
        return None
    year = dataset.y.ndim == 1 and isinstance(dataset.facts.get("first target year"), int)
    return {
        "unit": unit,
        "ahead": dataset.y.shape[1] if dataset.y.ndim > 1 else 1,
        "at": "year" if year else "row",
        "levels": list(DRAWN),
        "entries": entries,
    }


def readable(predicted: Predictions | None, dataset: Dataset) -> bool:
    """Whether these are quantiles of rows of this data, with the levels that are drawn."""
    if predicted is None or predicted.quantiles is None or not len(predicted.rows):
        return False
    fits = predicted.rows.min() >= 0 and predicted.rows.max() < len(dataset.y)
    shape = (len(predicted.rows), *dataset.y.shape[1:], len(predicted.levels))
    there = set(DRAWN) <= set(predicted.levels)
    return bool(
        fits
        and there
        and predicted.quantiles.shape == shape
        and np.isfinite(predicted.quantiles).all()
    )


def drawn(predicted: Predictions) -> np.ndarray:
    """The quantiles (n, ..., 5) at the levels that are drawn."""
    assert predicted.quantiles is not None
    return predicted.quantiles[..., [predicted.levels.index(level) for level in DRAWN]]


def course(predicted: Predictions, dataset: Dataset) -> Fan:
    """The last forecasts one step ahead, in the order of time."""
    order = np.argsort(predicted.rows, kind="stable")[-COURSE:]
    rows = predicted.rows[order]
    year = dataset.facts.get("first target year")
    start = year if isinstance(year, int) else 1
    return {
        "what": "",
        "row": int(rows[0]),
        "series": "",
        "history": [],
        "at": [int(row) + start for row in rows],
        "truth": [to_digits(v, 5) for v in dataset.y[rows]],
        "quantiles": [[to_digits(v, 5) for v in one] for one in drawn(predicted)[order].T],
    }


def ahead(predicted: Predictions, dataset: Dataset) -> list[Fan]:
    """The forecasts of the last series with the lowest, the median and the highest CRPS."""
    assert predicted.quantiles is not None
    of_rows = np.array(
        [
            crps(dataset.y[row][..., -1], one[..., -1, :], predicted.levels)
            for row, one in zip(predicted.rows, predicted.quantiles, strict=True)
        ]
    )
    order = np.lexsort((predicted.rows, of_rows))
    names, fans = dataset.feature_names, list[Fan]()
    channel = dataset.y.shape[2] - 1
    series = names[channel] if names else ""
    for what, rank in RANKS:
        place = order[round(rank * (len(order) - 1))]
        row = int(predicted.rows[place])
        steps = dataset.y.shape[1]
        points = np.unique(np.linspace(0, steps - 1, min(steps, STEPS)).round().astype(int))
        quantiles = drawn(predicted)[place][points, -1]
        fans.append(
            {
                "what": what.replace("error", "CRPS"),
                "row": row,
                "series": series,
                "crps": to_digits(of_rows[place]),
                "history": [to_digits(v, 4) for v in dataset.x[row][-HISTORY:, channel]],
                "at": [int(i) + 1 for i in points],
                "truth": [to_digits(v, 4) for v in dataset.y[row][points, -1]],
                "quantiles": [[to_digits(v, 4) for v in one] for one in quantiles.T],
            }
        )
    return fans
