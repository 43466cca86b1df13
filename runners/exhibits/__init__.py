"""What a benchmark's page shows of its data and its errors, kept beside the records.

    runs/exhibits/<family>/<benchmark>/data.json      samples, class balance, distributions
    runs/exhibits/<family>/<benchmark>/results.json   confusion, calibration, residuals, worst rows
    runs/exhibits/<family>/<benchmark>/duplicates.json  test images that training images repeat

The page is built without the data, so whoever has it at hand leaves these. They are derived and
may be deleted: the next run writes them again. Each names what it was made from (the data's digest,
the records' fingerprints), and is made anew when that has changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.data import Dataset
from benchmarks.definition import Benchmark
from runners.execution.plan import Plan
from runners.exhibits.collecting import EntryPredictions, predictions_of
from runners.exhibits.duplicates import ALIKE, comparable, near_duplicates, without
from runners.exhibits.errors import worst
from runners.exhibits.forecasts import drawn, windows
from runners.exhibits.overview import overview
from runners.exhibits.scoring import bins_of, distances, outcomes
from runners.records.generations import Generations
from runners.records.record import Record
from runners.records.store import Runs, write_atomically

SCHEMA = 1


def folder(runs_root: Path, benchmark: str) -> Path:
    """Where the exhibits of a benchmark lie."""
    return runs_root / "exhibits" / benchmark


def update(
    runs: Runs, plans: Iterable[Plan], collected: Generations, warn: Callable[[str], None]
) -> None:
    """Make the exhibits of the planned benchmarks that are missing or out of date.

    `collected` are the newest records, as for the page. An exhibit that cannot be made is told
    to `warn` and never costs a run anything else.
    """
    for plan in plans:
        name = plan.benchmark.name
        try:
            _update(runs, plan, collected.get(name, {}))
        except Exception as error:  # a picture must not cost a finished run
            first = str(error).strip().splitlines()[0] if str(error).strip() else ""
            warn(f"{name}: no exhibits for its page ({type(error).__name__}: {first})")


def _update(runs: Runs, plan: Plan, entries: Mapping[str, Sequence[Record]]) -> None:
    """Bring the two files of one benchmark up to date; nothing is hashed where they are."""
    chosen = chosen_entries(entries)
    if not chosen:
        return
    place, benchmark, dataset = folder(runs.root, plan.benchmark.name), plan.benchmark, None
    digest = chosen[0][0]["data"]["digest"]
    about = {"schema": SCHEMA, "digest": digest}
    made_from = about | {
        "fingerprints": {records[0]["entry"]["name"]: prints(records) for records in chosen}
    }
    for file, key in (("data.json", about), ("results.json", made_from)):
        if _says(place / file, key):
            continue
        if dataset is None:
            dataset = plan.loaded.dataset
            if dataset.digest != digest:
                return  # the records are of other data than is at hand
        content = (
            overview(dataset, target_unit(benchmark))
            if file == "data.json"
            else results(runs, benchmark, dataset, chosen, twins(place, dataset, about))
        )
        if content is None:
            (place / file).unlink(missing_ok=True)
            continue
        _write(place / file, {**key, **content})


def twins(place: Path, dataset: Dataset, about: Mapping[str, Any]) -> list[int]:
    """`near_duplicates` of a data set, kept: looking for them takes seconds, and they stay."""
    path = place / "duplicates.json"
    if not comparable(dataset):
        return []
    if not _says(path, about):
        _write(path, {**about, "rows": near_duplicates(dataset).tolist()})
    return list(json.loads(path.read_bytes())["rows"])


def _write(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    write_atomically(path, text.encode() + b"\n")


def prints(records: Sequence[Record]) -> list[str]:
    """What identifies the records an exhibit was made from."""
    return sorted(record["fingerprint"][:16] for record in records)


def chosen_entries(entries: Mapping[str, Sequence[Record]]) -> list[Sequence[Record]]:
    """Records of the headline, then of the strongest other entry that is no floor.

    Without a headline, of the strongest two.
    """

    def strength(records: Sequence[Record]) -> tuple[bool, float]:
        metric = records[-1]["benchmark"]["metric"]
        scores = [record["scores"][metric["name"]] for record in records]
        mean = sum(scores) / len(scores)
        best_last = mean if metric["direction"] == "max" else -mean
        return bool(records[-1]["entry"].get("headline")), best_last

    able = [r for r in entries.values() if r and not r[-1]["entry"].get("floor")]
    return sorted(able, key=strength, reverse=True)[:2]


def _says(path: Path, key: Mapping[str, Any]) -> bool:
    """Whether a file was made from these things already."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and all(content.get(k) == v for k, v in key.items())


def target_unit(benchmark: Benchmark) -> str:
    """Unit of the targets, where the metric has the same; empty where it is not known."""
    return benchmark.metric.unit if benchmark.metric.name in ("rmse", "mae") else ""


def results(
    runs: Runs,
    benchmark: Benchmark,
    dataset: Dataset,
    chosen: Sequence[Sequence[Record]],
    repeated: Sequence[int] = (),
) -> dict[str, Any] | None:
    """The exhibit of entries' results; None where no predictions can be read.

    `repeated` are the test rows that training rows nearly repeat.
    """
    found = [
        one
        for records in chosen
        if records[-1]["data"]["digest"] == chosen[0][-1]["data"]["digest"]
        and (one := predictions_of(runs, records, dataset, benchmark.task)) is not None
    ]
    if not found:
        return None
    if dataset.y.ndim > 1:
        return {
            "task": "forecast",
            "unit": benchmark.metric.unit if benchmark.metric.name == "mse" else "",
            "entries": [{**one.facts, **windows(one, dataset)} for one in found],
            "windows": drawn(found[0], dataset),
        }
    if benchmark.task == "classification":
        looks = [outcomes(one, dataset) for one in found]
    else:
        edges = bins_of(found)
        looks = [distances(one, dataset, edges) for one in found]
    some_repeated = 0 < len(repeated) < len(found[0].distinct)
    return {
        "task": benchmark.task,
        "unit": target_unit(benchmark),
        **({"duplicates": _duplicates(found, repeated)} if some_repeated else {}),
        "entries": [{**one.facts, **look} for one, look in zip(found, looks, strict=True)],
        "errors": worst(found, dataset, benchmark.task),
    }


def _duplicates(found: Sequence[EntryPredictions], rows: Sequence[int]) -> dict[str, Any]:
    """How many test images have a twin among the training images, and scores without them."""
    return {
        "rows": len(rows),
        "alike": ALIKE,
        "entries": [{"name": one.name, **without(one, rows)} for one in found],
    }
