"""The settings of a study, tried in waves and kept one by one."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from benchmarks import spaces
from benchmarks.definition import Benchmark, Entry
from benchmarks.metrics import in_words
from runners.execution import backends, environment
from runners.execution.engine import Failure
from runners.execution.fingerprint import code, fingerprint
from runners.execution.plan import PATIENCE, SHORTEST_TIMEOUT
from runners.execution.pool import execute
from runners.records import study as studies
from runners.records.study import Headline, Trial
from runners.search.candidates import Candidate, FoldScores, judge
from runners.search.outcome import entry_name, rows_in_words
from runners.search.session import Session

Outcomes = Generator[tuple[Candidate, FoldScores | Failure], None, None]


def run(session: Session) -> None:
    """Judge settings, wave by wave, until the study has as many as asked for."""
    options, study, report = session.options, session.study, session.report
    total, at_once = options.trials, int(study["at_once"])
    folds = len(study["folds"]["sizes"])
    left = total - len(study["trials"])
    _announce(session, left)
    headline = _headline(session)
    if left <= 0 and headline is None:
        return
    report.start([_candidate(session, session.benchmark.headline, -1)] * max(left, 0))
    try:
        for start in range(0, max(total, 1), at_once):
            numbers = range(start, min(start + at_once, total))
            done = {one["number"] for one in study["trials"]}
            if headline is None and done.issuperset(numbers):
                continue
            before = [one for one in study["trials"] if one["number"] < start]
            direction = session.metric.direction
            proposals = studies.ask(session.search, before, direction, at_once)
            bounds = studies.bounds(before, folds)
            wave = [headline] if headline else []
            headline = None
            for number in numbers:
                proposal = proposals[number - start]
                alike = next((one for one in before if one["settings"] == proposal), None)
                if number in done:
                    continue
                if alike:
                    same = alike["number"]
                    _record(session, {**alike, "number": number, "same_as": same, "seconds": 0.0})
                    continue
                entry = session.search.make(entry_name(session.search), **proposal)
                candidate = _candidate(session, entry, number)
                wave.append(replace(candidate, settings=proposal, bounds=bounds))
            _wave(session, wave)
    finally:
        report.stop()


def _announce(session: Session, left: int) -> None:
    study, report = session.study, session.report
    sizes = study["folds"]["sizes"]
    report.say(f"Kerasfolio: improving {session.benchmark.name} on {session.engine.where}")
    report.say(
        f"  {len(spaces.settings(session.search))} settings of {study['make']}, judged by "
        f"{session.metric.name} on {len(sizes)} inner {study['folds']['kind']} of "
        f"{rows_in_words(study)} ({sizes[0][0]} train, {sizes[0][1]} validate); no test row is read"
    )
    if left > 0:
        done = len(study["trials"])
        report.say(f"{left} settings to try ({done} tried before), {study['at_once']} at a time.")
    else:
        report.say(f"Nothing to try: the study has {len(study['trials'])} settings.")
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
    judged = session.study["headline"]
    if judged and judged["recipe"] == recipe:
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
                _record(session, _trial(session, candidate, outcome))


def _trial(session: Session, candidate: Candidate, outcome: FoldScores | Failure) -> Trial:
    number, settings = candidate.number, candidate.settings
    if isinstance(outcome, Failure):
        now = datetime.now(UTC).isoformat(timespec="seconds")
        failed = studies.trial(number, settings, "failed", started_at=now, finished_at=now)
        return {**failed, "reason": outcome.reason}
    whole = len(outcome.scores) == len(session.study["folds"]["sizes"])
    return studies.trial(number, settings, "complete" if whole else "pruned", **vars(outcome))


def _record(session: Session, trial: Trial) -> None:
    """Add a setting to the study's file and report its score."""
    session.study["trials"] = sorted([*session.trials, trial], key=lambda one: one["number"])
    session.study["finished_at"] = trial["finished_at"]
    studies.write(session.place, session.study)
    left = session.options.trials - len(session.trials)
    if trial["state"] == "failed":
        note = f"failed: {trial['reason']}"
    else:
        note = in_words(studies.mean_of(trial), session.metric)
    if trial["state"] == "pruned":
        folds = len(session.study["folds"]["sizes"])
        note += f", stopped after {len(trial['scores'])} of {folds} folds"
    group = _candidate(session, _present(session.benchmark), trial["number"])
    per_setting = session.report.estimated / max(session.options.trials, 1)
    session.report.finished(group, note, left * per_setting, left)


def _keep_headline(session: Session, candidate: Candidate, outcome: FoldScores | Failure) -> None:
    headline: Headline = {
        "entry": candidate.entry,
        "recipe": candidate.recipe,
        "scores": [],
        "mean": None,
    }
    if isinstance(outcome, Failure):
        headline["reason"] = outcome.reason
        session.report.warn(
            f"{candidate.entry}, the headline, could not be judged: {outcome.reason}"
        )
    else:
        mean = statistics.fmean(outcome.scores)
        headline["scores"], headline["mean"] = outcome.scores, mean
        headline["seconds"] = outcome.seconds
        words = in_words(mean, session.metric)
        session.report.say(f"  {candidate.label:<44} {words}, the present headline")
    session.study["headline"] = headline
    studies.write(session.place, session.study)
