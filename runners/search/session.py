"""One call of `make improve`: the study as it was left, and the settings still to be tried."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from benchmarks import spaces
from benchmarks.data import Loaded
from benchmarks.definition import Benchmark, Entry, Metric, Search
from benchmarks.metrics import in_words
from runners.execution import backends, environment, machine
from runners.execution.engine import Engine, Failure
from runners.execution.fingerprint import code, fingerprint
from runners.execution.plan import PATIENCE, SHORTEST_TIMEOUT
from runners.execution.pool import execute
from runners.records import study
from runners.records.study import Study, Trial
from runners.report import Reporter
from runners.search import candidates
from runners.search.candidates import Candidate, Judged, judge
from runners.search.outcome import entry_name, make_name, rows_in_words

FEWEST_AT_ONCE, MOST_AT_ONCE = 4, 16
"""Settings asked for together: as many as there are cores, within these."""

Outcomes = Generator[tuple[Candidate, Judged | Failure], None, None]


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


def opened(
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
    place = study.path(options.runs, benchmark.name, fingerprint(inputs))
    found = study.read(place)
    metric, now = benchmark.metric, datetime.now(UTC).isoformat(timespec="seconds")
    if found is None:
        inner = candidates.folds(benchmark, dataset)
        found = {
            "schema": study.SCHEMA,
            "study": place.stem,
            "benchmark": benchmark.name,
            "family": benchmark.family,
            "metric": {"name": metric.name, "unit": metric.unit, "direction": metric.direction},
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
            "started_at": now,
        }
    found |= {"environment": environment.describe(benchmark.headline), "finished_at": now}
    return Session(options, benchmark, search, loaded, report, engine, folder, place, found)


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


def run(session: Session) -> None:
    """Judge settings, wave by wave, until the study has as many as asked for."""
    options, found, report = session.options, session.study, session.report
    total, at_once = options.trials, int(found["at_once"])
    folds = len(found["folds"]["sizes"])
    left = total - len(found["trials"])
    _announce(session, left)
    headline = _headline(session)
    if left <= 0 and headline is None:
        return
    report.start([_candidate(session, session.benchmark.headline, -1)] * max(left, 0))
    try:
        for start in range(0, max(total, 1), at_once):
            numbers = range(start, min(start + at_once, total))
            done = {one["number"] for one in found["trials"]}
            if headline is None and done.issuperset(numbers):
                continue
            before = [one for one in found["trials"] if one["number"] < start]
            direction = session.metric.direction
            asked = study.ask(session.search, before, direction, at_once)
            bounds = study.bounds(before, folds)
            wave = [headline] if headline else []
            headline = None
            for number in numbers:
                tried = asked[number - start]
                alike = next((one for one in before if one["settings"] == tried), None)
                if number in done:
                    continue
                if alike:
                    again = {**alike, "number": number, "same_as": alike["number"], "seconds": 0.0}
                    _keep(session, again)
                    continue
                entry = session.search.make(entry_name(session.search), **tried)
                candidate = _candidate(session, entry, number)
                wave.append(replace(candidate, settings=tried, bounds=bounds))
            _wave(session, wave)
    finally:
        report.stop()


def _announce(session: Session, left: int) -> None:
    found, report = session.study, session.report
    sizes = found["folds"]["sizes"]
    report.say(f"Kerasfolio: improving {session.benchmark.name} on {session.engine.where}")
    report.say(
        f"  {len(spaces.settings(session.search))} settings of {found['make']}, judged by "
        f"{session.metric.name} on {len(sizes)} inner {found['folds']['kind']} of "
        f"{rows_in_words(found)} ({sizes[0][0]} train, {sizes[0][1]} validate); no test row is read"
    )
    if left > 0:
        done = len(found["trials"])
        report.say(f"{left} settings to try ({done} tried before), {found['at_once']} at a time.")
    else:
        report.say(f"Nothing to try: the study has {len(found['trials'])} settings.")
    report.estimated = max(left, 0) * _expected(session)
    report.jobs = session.engine.cores


def _expected(session: Session) -> float:
    """Seconds a setting may be expected to take: as many folds as there are, at the usual pace."""
    benchmark, folds = session.benchmark, len(session.study["folds"]["sizes"])
    return benchmark.seconds / benchmark.protocol.repeats * folds


def _headline(session: Session) -> Candidate | None:
    """The present headline, to be judged by the same folds; None where it has been."""
    entry = _present(session.benchmark)
    recipe = fingerprint({"fit": code(entry.fit), "values": code(dict(entry.values))})
    known = session.study["headline"] or {}
    if known.get("recipe") == recipe:
        return None
    return replace(_candidate(session, entry, -1), recipe=recipe)


def _present(benchmark: Benchmark) -> Entry:
    """The headline that every run has, of those that no study has written."""
    assert benchmark.search is not None
    own = [one for one in benchmark.entries if one.name != entry_name(benchmark.search)]
    return replace(benchmark, entries=own or benchmark.entries).headline


def _candidate(session: Session, entry: Entry, number: int) -> Candidate:
    options = session.options
    return Candidate(
        benchmark=session.benchmark.name,
        entry=entry.name,
        repeats=(number,),
        seeds=(),
        recipe=session.study["study"],
        inputs={"environment": {"backend": backends.TENSORFLOW}},
        digest=session.loaded.dataset.digest,
        threads=environment.threads(entry),
        precision=environment.precision(entry),
        timeout=options.timeout or max(PATIENCE * _expected(session), SHORTEST_TIMEOUT),
        memory=options.memory,
        resources=dict(entry.values.get("resources", {})),
        number=number,
    )


def _wave(session: Session, wave: Sequence[Candidate]) -> None:
    """Judge some settings in parallel, keeping each as it is finished."""
    if not wave:
        return
    engine = session.engine
    running = execute(wave, session.folder, engine.cores, judge, engine)  # type: ignore[arg-type]
    with contextlib.closing(cast(Outcomes, running)) as outcomes:
        for candidate, outcome in outcomes:
            if candidate.number < 0:
                _keep_headline(session, candidate, outcome)
            else:
                _keep(session, _trial(session, candidate, outcome))


def _trial(session: Session, candidate: Candidate, outcome: Judged | Failure) -> Trial:
    if isinstance(outcome, Failure):
        now = datetime.now(UTC).isoformat(timespec="seconds")
        facts = {"state": "failed", "reason": outcome.reason, "seconds": 0.0}
        return study.trial(
            candidate.number, candidate.settings, **facts, started_at=now, finished_at=now
        )
    whole = len(outcome.scores) == len(session.study["folds"]["sizes"])
    facts = {"state": "complete" if whole else "pruned", **vars(outcome)}
    return study.trial(candidate.number, candidate.settings, **facts)


def _keep(session: Session, found: Trial) -> None:
    """Add a setting to the study's file and say how it did."""
    session.study["trials"] = sorted([*session.trials, found], key=lambda one: one["number"])
    session.study["finished_at"] = found["finished_at"]
    study.write(session.place, session.study)
    left = session.options.trials - len(session.trials)
    notes = {
        "complete": lambda: in_words(found["mean"], session.metric),
        "pruned": lambda: (
            f"{in_words(found['mean'], session.metric)}, stopped after "
            f"{len(found['scores'])} of {len(session.study['folds']['sizes'])} folds"
        ),
        "failed": lambda: f"failed: {found['reason']}",
    }
    group = _candidate(session, _present(session.benchmark), found["number"])
    per_setting = session.report.estimated / max(session.options.trials, 1)
    session.report.finished(group, notes[found["state"]](), left * per_setting, left)


def _keep_headline(session: Session, candidate: Candidate, outcome: Judged | Failure) -> None:
    about = {"entry": candidate.entry, "recipe": candidate.recipe}
    known: dict[str, Any] = {**about, "scores": [], "mean": None}
    if isinstance(outcome, Failure):
        known["reason"] = outcome.reason
        session.report.warn(
            f"{candidate.entry}, the headline, could not be judged: {outcome.reason}"
        )
    else:
        judged = study.trial(-1, {}, **vars(outcome))
        known |= {key: judged[key] for key in ("scores", "mean", "seconds")}
        mean = in_words(judged["mean"], session.metric)
        session.report.say(f"  {candidate.label:<44} {mean}, the present headline")
    session.study["headline"] = known
    study.write(session.place, session.study)
