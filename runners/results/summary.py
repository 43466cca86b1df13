"""From trial records to `results.json`: what page, terminal and MLflow show.

Reads the runs folder only; definitions, frameworks and MLflow are not needed.
"""

from __future__ import annotations

import glob
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from benchmarks.collections import Collection
from benchmarks.definition import Benchmark
from benchmarks.published import per_split
from runners import formatting, safe_text
from runners.records.generations import Generations, newest
from runners.records.record import FailedGroup
from runners.records.store import Runs
from runners.results import audit, checks, history, studies
from runners.results.benchmark_result import benchmark_result, newest_record
from runners.results.claim import NOTHING, of_benchmark, with_claims
from runners.results.collection_types import CollectionResult
from runners.results.collections import collection_results, judged_entries
from runners.results.definitions import defined, one_headline, refreshed
from runners.results.scoreboard import scoreboard_row
from runners.results.types import BenchmarkResult, Environment, Results

SCHEMA = 2

Definitions = Mapping[str, Benchmark]
NONE: Definitions = MappingProxyType({})
"""Records alone."""
Collections = Mapping[str, Collection]
NO_COLLECTIONS: Collections = MappingProxyType({})


@dataclass(frozen=True)
class Part:
    """What one benchmark adds to the summary."""

    result: BenchmarkResult
    notes: Sequence[str]
    """What of its files could not be read."""
    trials: int
    """Records of the newest generations."""
    finished_at: str | None
    """When the last of them was."""
    environment: Environment | None
    """Where the last of them ran."""


Parts = Mapping[str, Part]
NO_PARTS: Parts = MappingProxyType({})


def collect(
    runs: Runs, definitions: Definitions = NONE, names: Iterable[str] | None = None
) -> Generations:
    """Read the newest generation of every entry; older ones stay on disk as history.

    A generation is the records with one `recipe`; the newest is the one whose last trial finished
    last. A repeat trained twice (in two stacks) counts once, the later one. Of a benchmark in
    `definitions` the words are the current ones, and entries it no longer has are left out. Of
    several headlines that have run, only the one of the widest suite is still marked as such.
    Of the benchmarks `names` alone, by default of all.
    """
    benchmarks: Generations = {}
    for pattern in ("*/*",) if names is None else map(glob.escape, sorted(names)):
        for record in runs.read(pattern):
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
    parts, notes = parts_of(runs, generations, definitions, collections)
    return joined(parts, notes, collections, generations)


def parts_of(
    runs: Runs,
    generations: Generations,
    definitions: Definitions = NONE,
    collections: Collections = NO_COLLECTIONS,
    known: Parts = NO_PARTS,
) -> tuple[dict[str, Part], list[str]]:
    """What every benchmark adds to the summary, own tasks included, and notes on shared files.

    Arguments are those of `summarise`. Parts in `known` are taken as they are: `generations` need
    not hold their records.
    """
    notes: list[str] = []
    mlflow, skipped = read_shared(runs.root, notes)
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
    parts: dict[str, Part] = {}
    for name in sorted({*generations, *failures, *skipped, *known}):
        if name in known:
            parts[name] = known[name]
            continue
        entries, about = generations.get(name, {}), list[str]()
        benchmark = benchmark_result(
            name,
            judged_entries(own[name], entries) if name in own else entries,
            failures.get(name, []),
            skipped.get(name),
            run_ids,
            by_split,
        )
        experiment = str(experiments.get(benchmark["family"]) or "")
        for entry in benchmark["entries"] if experiment else []:
            if entry["run_id"]:
                entry["experiment_id"] = experiment
        if name not in own:
            benchmark["audit"] = audit.read(runs.root, name, about)
            benchmark["training_rows"] = audit.training_rows(runs.root, name, about)
            study: Any = studies.read(runs.root, name, about)
            past: Any = history.over_time(runs, name, entries, about)
            benchmark |= {"study": study, "history": past}
            checks.add(benchmark, entries, runs.root)
            benchmark["claim"] = of_benchmark(scoreboard_row(benchmark))
        last = newest_record(record for records in entries.values() for record in records)
        parts[name] = Part(
            safe_text.plain(benchmark),
            about,
            sum(map(len, entries.values())),
            last["finished_at"] if last else None,
            cast(Environment, last["environment"]) if last else None,
        )
    return parts, notes


def joined(
    parts: Parts,
    notes: Sequence[str],
    collections: Collections,
    generations: Generations,
    known: Mapping[str, CollectionResult] = MappingProxyType({}),
) -> Results:
    """The summary of all parts, with its claim.

    Collections in `known` are taken as they are; of the members of the others `generations` hold
    the records.
    """
    own = {name for one in collections.values() if one.define for name in one.members}
    results = {name: part.result for name, part in parts.items()}
    benchmarks = [result for name, result in results.items() if name not in own]
    benchmarks.sort(key=lambda b: (not b["entries"], b["status"] == "skipped", b["name"]))
    dated = [part for part in parts.values() if part.finished_at]
    last = max(dated, key=lambda part: formatting.moment(part.finished_at), default=None)
    others = {name: one for name, one in collections.items() if name not in known}
    across = [*known.values(), *collection_results(others, results, generations)]
    summary: Results = {
        "schema": SCHEMA,
        "generated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "environment": (last.environment if last else None) or {},
        "mlflow": None,
        "notes": [*notes, *(note for part in parts.values() for note in part.notes)],
        "claim": "",
        "achieved": NOTHING,
        "benchmarks": benchmarks,
        "collections": sorted(across, key=lambda one: one["name"]),
    }
    plain: Results = safe_text.plain({**with_claims(summary), "benchmarks": []})
    return {**plain, "benchmarks": benchmarks}


def read_shared(runs: Path, notes: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What MLflow calls the runs of entries, and why benchmarks were skipped."""
    return _optional(runs / "mlflow.json", notes), _optional(runs / "skipped.json", notes)


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
