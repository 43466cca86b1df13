"""Exhibits: what a benchmark's page shows of its data and its errors, beside the records.

    runs/exhibits/<family>/<benchmark>/data.json      samples, class balance, distributions
    runs/exhibits/<family>/<benchmark>/results.json   confusion, calibration, residuals, worst rows
    runs/exhibits/<family>/<benchmark>/distributions.json  forecasts with their quantiles
    runs/exhibits/<family>/<benchmark>/duplicates.json  test images that training images repeat
    runs/exhibits/<family>/<benchmark>/demo.json      a small network that the page itself computes
    runs/exhibits/<family>/<benchmark>/checks.json    repeated rows, features that give it away
    runs/exhibits/<family>/<benchmark>/network.json   what the headline's network relies on
    runs/exhibits/<family>/<benchmark>/curves.json    how it learns, on a part of its training rows

The page is built without the data, so the commands that load it write these. They are derived and
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
from benchmarks.quantiles import unit_of_targets
from benchmarks.texts import holds_texts
from runners.execution.plan import Plan
from runners.exhibits import demo, distributions, forecasts, scoring, suspects, texts
from runners.exhibits.content import Duplicates, ResultsExhibit
from runners.exhibits.duplicates import ALIKE, comparable, near_duplicates, without
from runners.exhibits.errors import worst
from runners.exhibits.files import folder, is_of, write
from runners.exhibits.overview import overview
from runners.exhibits.predictions import EntryPredictions, predictions_of
from runners.records.findings import SCHEMA
from runners.records.generations import Generations, is_headline, metric_of, score_of
from runners.records.record import Record
from runners.records.store import Runs

EDITION = 2
"""Of what `results.json` holds; one of an earlier edition is made anew where predictions are."""


def update(
    runs: Runs, plans: Iterable[Plan], collected: Generations, warn: Callable[[str], None]
) -> None:
    """Make the exhibits of the planned benchmarks that are missing or out of date.

    `collected` are the newest records, as for the page. `warn` gets a line for an exhibit that
    cannot be made; nothing else of a run depends on it.
    """
    for plan in plans:
        name = plan.benchmark.name
        try:
            _update(runs, plan, collected.get(name, {}))
        except Exception as error:  # a finished run must not fail for a picture
            first = str(error).strip().splitlines()[0] if str(error).strip() else ""
            warn(f"{name}: no exhibits for its page ({type(error).__name__}: {first})")


def _update(runs: Runs, plan: Plan, entries: Mapping[str, Sequence[Record]]) -> None:
    """Bring the files of one benchmark up to date; nothing is computed where they are."""
    chosen = chosen_entries(entries)
    if not chosen:
        return
    place, benchmark, dataset = folder(runs.root, plan.benchmark.name), plan.benchmark, None
    digest = chosen[0][0]["data"]["digest"]
    about = {"schema": SCHEMA, "digest": digest}
    made_from = about | {
        "fingerprints": {records[0]["entry"]["name"]: fingerprints(records) for records in chosen}
    }
    spread = distributions.chosen_entries(entries)
    makers: tuple[tuple[str, dict[str, Any], dict[str, Any], Callable[[Dataset], Any]], ...] = (
        ("data.json", about, {}, lambda data: overview(data, target_unit(benchmark))),
        (
            "checks.json",
            {**about, "protocol": benchmark.protocol.id},
            {},
            lambda data: findings_of(benchmark, data),
        ),
        (
            "results.json",
            made_from,
            {"edition": EDITION},
            lambda data: results(
                runs, benchmark, data, chosen, _duplicate_rows(place, data, about)
            ),
        ),
        (
            "distributions.json",
            about
            | {"fingerprints": {one[0]["entry"]["name"]: fingerprints(one) for one in spread}},
            {},
            lambda data: distributions.exhibit(runs, data, unit_of_targets(benchmark), spread),
        ),
    )
    for file, key, edition, make in makers if spread else makers[:-1]:
        if is_of(place / file, key | edition):
            continue
        if dataset is None:
            dataset = plan.loaded.dataset
            if dataset.digest != digest:
                return  # the records are of other data than is at hand
        content = make(dataset)
        if content is not None:
            write(place / file, {**key, **edition, **content})
        elif not is_of(place / file, key):
            (place / file).unlink(missing_ok=True)
    demo.update(runs, plan, entries, about, target_unit(benchmark))


def findings_of(benchmark: Benchmark, dataset: Dataset) -> dict[str, Any]:
    """What the checks need of a data set and its splits; `DataFindings` but for its key."""
    return {
        "repeated": suspects.repeated(dataset, benchmark.protocol.splits(dataset)),
        "single": suspects.most_telling(dataset),
    }


def _duplicate_rows(place: Path, dataset: Dataset, about: Mapping[str, Any]) -> list[int]:
    """`near_duplicates` of a data set, kept in a file: looking for them takes seconds."""
    path = place / "duplicates.json"
    if not comparable(dataset):
        return []
    if not is_of(path, about):
        write(path, {**about, "rows": near_duplicates(dataset).tolist()})
    return list(json.loads(path.read_bytes())["rows"])


def fingerprints(records: Sequence[Record]) -> list[str]:
    """What identifies the records an exhibit was made from."""
    return sorted(record["fingerprint"][:16] for record in records)


def chosen_entries(entries: Mapping[str, Sequence[Record]]) -> list[Sequence[Record]]:
    """Records of the headline, then of the best other entry that is no trivial baseline.

    Without a headline, of the best two.
    """

    def rank(records: Sequence[Record]) -> tuple[bool, float]:
        mean = sum(map(score_of, records)) / len(records)
        sign = 1 if metric_of(records[-1]).direction == "max" else -1
        return is_headline(records), sign * mean

    able = [records for records in entries.values() if not records[-1]["entry"]["floor"]]
    return sorted(able, key=rank, reverse=True)[:2]


def target_unit(benchmark: Benchmark) -> str:
    """Unit of the targets, where the metric has the same; empty where it is not known."""
    return benchmark.metric.unit if benchmark.metric.name in ("rmse", "mae") else ""


def results(
    runs: Runs,
    benchmark: Benchmark,
    dataset: Dataset,
    chosen: Sequence[Sequence[Record]],
    duplicates: Sequence[int] = (),
) -> ResultsExhibit | None:
    """The exhibit of entries' results; None where no predictions can be read.

    `duplicates` are the test rows that training rows nearly repeat.
    """
    digest = chosen[0][-1]["data"]["digest"]
    entries = [
        predictions
        for records in chosen
        if records[-1]["data"]["digest"] == digest
        and (predictions := predictions_of(runs, records, dataset, benchmark.task)) is not None
    ]
    if not entries:
        return None
    if dataset.y.ndim > 1:
        return {
            "task": "forecast",
            "unit": benchmark.metric.unit if benchmark.metric.name == "mse" else "",
            "entries": [forecasts.errors(entry, dataset) for entry in entries],
            "windows": forecasts.examples(entries[0], dataset),
        }
    if benchmark.task == "classification":
        figures = [scoring.of_classes(entry, dataset) for entry in entries]
    else:
        edges = scoring.bins_of(entries)
        figures = [scoring.of_values(entry, dataset, edges) for entry in entries]
    exhibit: ResultsExhibit = {
        "task": benchmark.task,
        "unit": target_unit(benchmark),
        "entries": figures,
        "errors": worst(entries, dataset, benchmark.task),
    }
    if 0 < len(duplicates) < len(entries[0].distinct):
        exhibit["duplicates"] = _duplicates(entries, duplicates)
    if holds_texts(dataset.x) and benchmark.task == "classification":
        exhibit["lengths"] = texts.by_length(entries[0], dataset)
        if copied := texts.copies(runs, benchmark, dataset, chosen):
            exhibit["copies"] = copied
    return exhibit


def _duplicates(entries: Sequence[EntryPredictions], rows: Sequence[int]) -> Duplicates:
    """How many test images training images nearly repeat, and accuracies without them."""
    return {
        "rows": len(rows),
        "alike": ALIKE,
        "entries": [without(entry, rows) for entry in entries],
    }
