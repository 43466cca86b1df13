"""One call of `make improve`: its options, and the study it goes on with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import spaces
from benchmarks.data import Loaded
from benchmarks.definition import Benchmark, Metric, Search
from runners.execution import environment, machine
from runners.execution.engine import Engine
from runners.execution.fingerprint import code, fingerprint
from runners.records import study as studies
from runners.records.snapshot import metric_facts
from runners.records.study import Study, Trial
from runners.report import Reporter
from runners.search import candidates
from runners.search.outcome import make_name

FEWEST_AT_ONCE, MOST_AT_ONCE = 4, 16
"""Settings asked for together: as many as there are cores, within these."""


@dataclass(frozen=True)
class Options:
    """What the command line asked for."""

    name: str
    trials: int = 50
    """Settings the study has in the end, those of earlier calls included."""
    jobs: int = 0
    """Cores to use; 0 means all."""
    runs: Path = Path("runs")
    site: Path = Path("portfolio/site")
    timeout: float = 0.0
    """Seconds a setting may take on all folds; 0 means many times what is expected of it."""
    memory: float = 0.0
    """GB (10⁹ bytes) a worker may take; 0 means nearly all the machine has."""
    top: int = 1
    """How many of the best settings become entries; of several, their average becomes one too."""
    data: Path | None = None
    engine: str = "local"
    write: bool = True
    """Whether the winner goes into the definition file."""


@dataclass
class Session:
    """One call of `make improve`."""

    options: Options
    benchmark: Benchmark
    search: Search
    loaded: Loaded
    report: Reporter
    engine: Engine
    folder: Path
    """Of the data, for the workers."""
    place: Path
    """Where the study lies."""
    study: Study

    @property
    def metric(self) -> Metric:
        """What settings are judged by."""
        return self.benchmark.metric

    @property
    def trials(self) -> list[Trial]:
        """Settings tried so far."""
        return list(self.study["trials"])


def open_session(
    options: Options,
    benchmark: Benchmark,
    loaded: Loaded,
    report: Reporter,
    engine: Engine,
    folder: Path,
) -> Session:
    """The study as it was left, or a new one. Raises ValueError for a file that is none."""
    search, dataset = benchmark.search, loaded.dataset
    assert search is not None
    inputs = _inputs(benchmark, search, loaded)
    place = studies.path(options.runs, benchmark.name, fingerprint(inputs))
    study = studies.read(place)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    where = environment.describe(benchmark.headline)
    if study is None:
        inner = candidates.folds(benchmark, dataset)
        study = {
            "schema": studies.SCHEMA,
            "study": place.stem,
            "benchmark": benchmark.name,
            "family": benchmark.family,
            "metric": metric_facts(benchmark.metric),
            "folds": {
                "kind": candidates.kind_of(benchmark, dataset),
                "unit": benchmark.protocol.unit,
                "repeats": benchmark.protocol.repeats,
                "sizes": [[len(one.train), len(one.test)] for one in inner],
            },
            "make": make_name(search),
            "space": spaces.plain(search),
            "order": list(search.space),
            "at_once": min(max(engine.cores, FEWEST_AT_ONCE), MOST_AT_ONCE),
            "data": {
                "title": benchmark.data.title,
                "url": benchmark.data.url,
                "digest": dataset.digest,
                "copy": loaded.copy,
                "rows": len(dataset.y),
            },
            "inputs": inputs,
            "headline": None,
            "trials": [],
            "environment": where,
            "started_at": now,
            "finished_at": now,
        }
    study["environment"], study["finished_at"] = where, now
    return Session(options, benchmark, search, loaded, report, engine, folder, place, study)


def _inputs(benchmark: Benchmark, search: Search, loaded: Loaded) -> dict[str, Any]:
    """Everything an inner score depends on, but for the setting."""
    splits = benchmark.protocol.splits
    return {
        "data": loaded.dataset.digest,
        "train_rows": loaded.dataset.train_rows,
        "task": benchmark.task,
        "metric": [benchmark.metric.name, benchmark.metric.unit, code(benchmark.metric.score)],
        "splits": code(splits),
        "folds": [search.folds, search.in_time, code(candidates.folds), code(candidates.scores_of)],
        "make": code(search.make),
        "space": spaces.plain(search),
        "environment": {
            "versions": environment.training_versions(),
            "device": machine.DEVICE,
            **machine.switches(),
        },
    }
