"""From trial records to `results.json`: what page, terminal and MLflow show.

Reads the runs folder only; definitions, frameworks and MLflow are not needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from benchmarks.collections import Collection
from benchmarks.definition import Benchmark
from benchmarks.published import per_split
from runners import safe_text
from runners.records.generations import Generations, newest
from runners.records.record import FailedGroup
from runners.records.store import Runs
from runners.results import audit, checks, history, studies
from runners.results.benchmark_result import benchmark_result, newest_record
from runners.results.claim import NOTHING, with_claims
from runners.results.collections import collection_results, judged_entries
from runners.results.definitions import defined, one_headline, refreshed
from runners.results.types import BenchmarkResult, Environment, Results

SCHEMA = 2

Definitions = Mapping[str, Benchmark]
NONE: Definitions = MappingProxyType({})
"""Records alone."""
Collections = Mapping[str, Collection]
NO_COLLECTIONS: Collections = MappingProxyType({})


def collect(runs: Runs, definitions: Definitions = NONE) -> Generations:
    """Read the newest generation of every entry; older ones stay on disk as history.

    A generation is the records with one `recipe`; the newest is the one whose last trial finished
    last. A repeat trained twice (in two stacks) counts once, the later one. Of a benchmark in
    `definitions` the words are the current ones, and entries it no longer has are left out. Of
    several headlines that have run, only the one of the widest suite is still marked as such.
    """
    benchmarks: Generations = {}
    for record in runs.read():
        entries = benchmarks.setdefault(record["benchmark"]["name"], {})
        entries.setdefault(record["entry"]["name"], []).append(record)
    return {
        name: one_headline(
            refreshed(
                {entry: newest(records) for entry, records in entries.items()},
                definitions.get(name),
            )
        )
        for name, entries in benchmarks.items()
    }


def summarise(
    runs: Runs,
    generations: Generations | None = None,
    definitions: Definitions = NONE,
    collections: Collections = NO_COLLECTIONS,
) -> Results:
    """Everything `results.json` holds (schema 2), as plain JSON values.

    `generations` saves reading the records twice; `definitions` are as for `collect`. Own tasks of
    `collections` are no benchmarks of the result.
    Accuracies are fractions, `std` has ddof 1, `ci95` is Student's t interval (None at n = 1),
    `seconds` wall time of training. A verdict's `p` is of the rows that were scored, `in_general`
    holds that of rows drawn anew; each stands for one comparison, and `better_than_any` holds
    Holm's for all of a level. Published scores by split serve the tests and are not
    passed on: their licence does not allow it.
    """
    generations = collect(runs, definitions) if generations is None else generations
    notes: list[str] = []
    mlflow = _optional(runs.root / "mlflow.json", notes)
    skipped = _optional(runs.root / "skipped.json", notes)
    entries = mlflow.get("entries")
    run_ids = entries if isinstance(entries, dict) else {}
    ids = mlflow.get("experiments")
    experiments = ids if isinstance(ids, dict) else {}
    failures: dict[str, list[FailedGroup]] = {}
    for failure in runs.failures():
        name = failure["benchmark"]
        if defined(failure["entry"], definitions.get(name)):
            failures.setdefault(name, []).append(failure)
    notes += runs.quarantined
    by_split, unusable = per_split.read(runs.root)
    notes += unusable

    own = {name: one for one in collections.values() if one.define for name in one.members}
    results: dict[str, BenchmarkResult] = {}
    for name in sorted({*generations, *failures, *skipped}):
        entries = generations.get(name, {})
        benchmark = results[name] = benchmark_result(
            name,
            judged_entries(own[name], entries) if name in own else entries,
            failures.get(name, []),
            skipped.get(name),
            run_ids,
            by_split,
        )
        experiment = str(experiments.get(results[name]["family"]) or "")
        for entry in results[name]["entries"] if experiment else []:
            if entry["run_id"]:
                entry["experiment_id"] = experiment
        if name in own:
            continue
        benchmark["audit"] = audit.read(runs.root, name, notes)
        benchmark["training_rows"] = audit.training_rows(runs.root, name, notes)
        study: Any = studies.read(runs.root, name, notes)
        past: Any = history.over_time(runs, name, generations.get(name, {}), notes)
        benchmark |= {"study": study, "history": past}
        checks.add(benchmark, generations.get(name, {}), runs.root)
    benchmarks = [result for name, result in results.items() if name not in own]
    benchmarks.sort(key=lambda b: (not b["entries"], b["status"] == "skipped", b["name"]))
    last = newest_record(r for e in generations.values() for rs in e.values() for r in rs)
    summary: Results = {
        "schema": SCHEMA,
        "generated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "environment": cast(Environment, last["environment"]) if last else {},
        "mlflow": None,
        "notes": notes,
        "claim": "",
        "achieved": NOTHING,
        "benchmarks": benchmarks,
        "collections": collection_results(collections, results, generations),
    }
    plain: Results = safe_text.plain(with_claims(summary))
    return plain


def _optional(path: Path, notes: list[str]) -> dict[str, Any]:
    """A small file that may be missing; one that cannot be read is noted, never fatal."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        notes.append(f"{path.name} is not readable ({error}) and was left out")
        return {}
    if isinstance(content, dict):
        return content
    notes.append(f"{path.name} holds no JSON object and was left out")
    return {}
