"""Finding recorded trials by file, MLflow run or tag; nothing is moved or written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.registry import UnknownNameError
from benchmarks.validation import ENTRY_NAME, NAME
from runners.mlflow.reading import trial_of
from runners.records import record as records
from runners.records.generations import finished, newest
from runners.records.provenance import Predictions, predictions
from runners.records.record import Record
from runners.records.store import Runs, misplaced

RUN_ID = re.compile(r"[0-9a-f]{32}")
TAG = re.compile(
    rf"(?P<benchmark>{NAME.pattern})/(?P<entry>{ENTRY_NAME.pattern})(/(?P<trial>\d+(-\w+)?))?"
)


@dataclass(frozen=True)
class Trial:
    """A record and where it lies."""

    path: Path
    record: Record

    @property
    def predictions(self) -> Predictions | None:
        """What it predicted, None where that was not kept."""
        return predictions(self.path.with_suffix(".npz"))


def find(name: str, runs: Path) -> list[list[Trial]]:
    """The recorded groups `name` stands for, each with its trials in order of their repeat.

    `name` is a record file; an MLflow run id; or a tag: `family/benchmark/entry/repeat` for the
    newest trial of that repeat, `family/benchmark/entry` for all groups of the newest generation.
    Raises UnknownNameError where there is no such record in `runs`.
    """
    path = Path(name)
    if path.suffix == ".json":
        return [_group(_read(path), list(_all(path.parent)))]
    if RUN_ID.fullmatch(name):
        name = trial_of(name, runs)
    tag = TAG.fullmatch(name)
    if tag is None:
        raise UnknownNameError(
            f"expected a record file (.json), an MLflow run id (32 hexadecimal digits) or a tag "
            f"such as uci/wine/mlp-64/0, received {name!r}"
        )
    trials = recorded(tag["benchmark"], tag["entry"], runs)
    if not trials:
        raise UnknownNameError(f"no record of {tag['benchmark']} {tag['entry']} in {runs}")
    if tag["trial"] is None:
        latest = {record["fingerprint"] for record in newest(trial.record for trial in trials)}
        newest_trials = [trial for trial in trials if trial.record["fingerprint"] in latest]
        groups = {tuple(trial.record["group"]): trial for trial in newest_trials}
        return [_group(groups[repeats], trials) for repeats in sorted(groups)]
    wanted = [t for t in trials if _is(t, tag["trial"])]
    if not wanted:
        raise UnknownNameError(f"no record of {name} in {runs}: there is no trial {tag['trial']}")
    return [_group(wanted[-1], trials)]


def recorded(benchmark: str, entry: str, runs: Path) -> list[Trial]:
    """Every whole record of an entry, the last one finished last; a misplaced copy is none."""
    trials = _all(Runs(runs).folder(benchmark, entry))
    in_place = (trial for trial in trials if not misplaced(trial.record, trial.path))
    return sorted(in_place, key=lambda trial: finished(trial.record))


def _is(trial: Trial, wanted: str) -> bool:
    """Whether `wanted` is the trial's repeat, or its file's name without ending."""
    return trial.path.stem == wanted or str(trial.record["repeat"]) == (wanted.lstrip("0") or "0")


def _group(trial: Trial, candidates: list[Trial]) -> list[Trial]:
    """All recorded trials that trained together with this one."""
    recipe, repeats = trial.record["recipe"], trial.record["group"]
    by_repeat = {
        other.record["repeat"]: other
        for other in candidates
        if other.record["recipe"] == recipe and other.record["group"] == repeats
    }
    by_repeat[trial.record["repeat"]] = trial
    return [by_repeat[repeat] for repeat in sorted(by_repeat)]


def _all(folder: Path) -> Iterator[Trial]:
    """Every whole record of a folder; what is none is passed over."""
    for path in sorted(folder.glob("[0-9]*.json")):
        try:
            yield _read(path)
        except UnknownNameError:
            continue


def _read(path: Path) -> Trial:
    try:
        record = records.parse(path.read_bytes())
    except OSError as error:
        raise UnknownNameError(f"expected a record, could not read {path}: {error}") from error
    except ValueError as error:
        raise UnknownNameError(f"{path} is not a record: {error}") from error
    if record["repeat"] not in record["group"]:
        problem = f"repeat {record['repeat']} is not in its group {record['group']}"
        raise UnknownNameError(f"{path} is not a record: {problem}")
    return Trial(path, record)
