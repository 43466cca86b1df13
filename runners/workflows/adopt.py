"""Carry the records of an entry over to changed code, where training shows that no number moved.

Of every entry whose code has changed since it was trained, one recorded group trains again. Where
its scores, and its predictions where they were kept, are the same to the bit, the entry's records
get the fingerprint of today's code, and each says in `adopted` what proved it and when. Nothing is
carried over where data, libraries, processor settings or precision differ: there one group proves
nothing about the others. What was interrupted while carrying over is finished by the next call,
by the proof that the records already carried over hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks import registry
from benchmarks.data import DataError, Loaded, Store, default_folder, load_all
from benchmarks.definition import Benchmark, Entry
from benchmarks.repeats import split_at
from runners.compare.trials import Trial, find, recorded
from runners.compare.verify import describe, judge, rebuilt
from runners.execution import backends, environment, locking, machine
from runners.execution.engine import Failure
from runners.execution.fingerprint import fingerprint
from runners.execution.group import Group
from runners.execution.plan import entries_of, inputs_of
from runners.execution.pool import execute
from runners.records.record import Adoption, Record
from runners.records.snapshot import benchmark_facts, entry_facts
from runners.records.store import Runs, as_json, write_atomically
from runners.report import Reporter, console

Compared = Literal["scores", "scores and predictions"]


@dataclass(frozen=True)
class Candidate:
    """An entry whose code has changed, and the group that is trained again."""

    benchmark: Benchmark
    entry: Entry
    loaded: Loaded
    trials: Sequence[Trial]
    """Every trial of the newest generation."""
    proof: Sequence[Trial]
    """Those of the cheapest group."""
    group: Group
    shown: Adoption | None = None
    """What an interrupted call has shown already."""


def adopt(only: str | None, suite: str, runs: Path, jobs: int) -> int:
    """Carry over what can be; 0 when all was, 1 where an entry has to be trained again.

    Raises UnknownNameError and DefinitionError for a wrong request, OSError where the runs folder
    cannot be written to.
    """
    report = Reporter(console())
    chosen = [backends.adapted(b) for b in registry.select(registry.load(), only, suite)]
    store = Store(default_folder(), report=report.say)
    with locking.in_folder(runs, report.say):
        loaded = load_all({benchmark.name: benchmark.data for benchmark in chosen}, store)
        refused, candidates = 0, []
        for benchmark in chosen:
            data = loaded[benchmark.name]
            if isinstance(data, DataError):
                report.warn(f"{benchmark.name} was left alone: {data}")
                refused += 1
                continue
            for entry in entries_of(benchmark, suite):
                candidate = _candidate(benchmark, entry, data, runs)
                if isinstance(candidate, str):
                    report.warn(
                        f"{benchmark.name} {entry.name} has to be trained again: {candidate}"
                    )
                    refused += 1
                elif candidate:
                    candidates.append(candidate)
        carried = 0
        for candidate in candidates:
            if candidate.shown:
                _carry(candidate, candidate.shown, Runs(runs))
                carried += 1
        changed = [candidate for candidate in candidates if not candidate.shown]
        training = "; training one group of each" if changed else ""
        report.say(f"{len(changed)} entries have records made by other code{training}")
        carried += sum(_prove(changed, store.folder, jobs, Runs(runs), report))
    report.say(f"{carried} of {len(candidates)} entries carried over")
    return int(bool(refused or carried < len(candidates)))


def _candidate(
    benchmark: Benchmark, entry: Entry, loaded: Loaded, runs: Path
) -> Candidate | str | None:
    """What is to be proved of an entry; None where nothing is, a text where nothing can be."""
    recorded_trials = recorded(benchmark.name, entry.name, runs)
    if not recorded_trials:
        return None
    inputs = inputs_of(benchmark, entry, loaded)
    shown = _interrupted(recorded_trials, fingerprint(inputs))
    if shown:
        rest = [trial for trial in recorded_trials if trial.record["recipe"] == shown["recipe"]]
        group = rebuilt(rest[0].record, benchmark, entry, loaded)
        return Candidate(benchmark, entry, loaded, rest, rest, group, shown)
    groups = find(f"{benchmark.name}/{entry.name}", runs)
    record = groups[0][0].record
    if record["recipe"] == fingerprint(inputs):
        return None
    then = record["inputs"]
    same = {
        "data": then.get("data") == inputs["data"]
        and then.get("train_rows") == inputs["train_rows"],
        "environment": then.get("environment") == inputs["environment"],
    }
    if not all(same.values()):
        differing = " and ".join(name for name, alike in same.items() if not alike)
        return f"its records were made with other {differing}"
    cheapest = min(groups, key=lambda trials: float(trials[0].record["seconds"]["group"]))
    trials = [trial for trials in groups for trial in trials]
    if not _same_rows(trials, benchmark, loaded):
        return "its repeats were other rows or had other seeds"
    group = rebuilt(cheapest[0].record, benchmark, entry, loaded)
    return Candidate(benchmark, entry, loaded, trials, cheapest, group)


def _interrupted(trials: Sequence[Trial], recipe: str) -> Adoption | None:
    """What was shown where records of the old recipe still lie beside those carried over."""
    recipes = {trial.record["recipe"] for trial in trials}
    for trial in trials:
        adopted = trial.record.get("adopted")
        if trial.record["recipe"] == recipe and adopted and adopted[-1]["recipe"] in recipes:
            return adopted[-1]
    return None


def _same_rows(trials: Sequence[Trial], benchmark: Benchmark, loaded: Loaded) -> bool:
    """Whether every repeat still has its seed and, where predictions were kept, its test rows."""
    splits, seeds = benchmark.protocol.splits(loaded.dataset), benchmark.protocol.seeds
    for trial in trials:
        if not all(0 <= repeat < len(splits) * seeds for repeat in trial.record["group"]):
            return False
        split, kept = split_at(splits, trial.record["repeat"]), trial.predictions
        if trial.record["seed"] != split.seed:
            return False
        if kept is not None and not np.isin(kept.rows, split.test).all():  # of many rows, a part
            return False
    return True


def _prove(
    candidates: Sequence[Candidate], data: Path, jobs: int, runs: Runs, report: Reporter
) -> Iterator[bool]:
    """Train the group of every candidate, quickest first, and carry over what came out the same."""
    quickest = sorted(candidates, key=lambda c: float(c.proof[0].record["seconds"]["group"]))
    by_entry = {(c.benchmark.name, c.entry.name): c for c in quickest}
    groups = [candidate.group for candidate in quickest]
    for group, outcome in execute(groups, data, jobs or machine.cores()):
        candidate = by_entry[group.benchmark, group.entry]
        label = f"{candidate.benchmark.name} {candidate.entry.name}"
        if isinstance(outcome, Failure):
            report.warn(f"{label}: failed: {outcome.reason}")
            yield False
            continue
        finding = judge(
            candidate.proof, group, outcome, candidate.benchmark, candidate.loaded.dataset
        )
        for line in describe(finding, candidate.benchmark, len(candidate.proof)):
            report.say(f"{label}: {line}")
        same = finding.word == "same to the bit"
        if same:
            scores_only = finding.prediction is None
            compared: Compared = "scores" if scores_only else "scores and predictions"
            _carry(candidate, _adoption(candidate, compared), runs)
        yield same


def _adoption(candidate: Candidate, compared: Compared) -> Adoption:
    return {
        "recipe": candidate.trials[0].record["recipe"],
        "trained_again": list(candidate.group.repeats),
        "compared": compared,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "git": environment.git(),
    }


def _carry(candidate: Candidate, proof: Adoption, runs: Runs) -> None:
    """Give every record of the generation today's fingerprint; the old file goes last."""
    benchmark, entry, group = candidate.benchmark, candidate.entry, candidate.group
    old = proof["recipe"]
    renamed = {old: group.recipe}
    for trial in candidate.trials:
        record = trial.record
        own = {"seed": record["seed"], "repeat": record["repeat"], "group": record["group"]}
        new: Record = {
            **record,
            "benchmark": benchmark_facts(benchmark),
            "entry": entry_facts(entry),
            "inputs": group.inputs,
            "recipe": group.recipe,
            "fingerprint": fingerprint({**own, "recipe": group.recipe}),
            "adopted": [*record.get("adopted", []), proof],
        }
        renamed[record["fingerprint"]] = new["fingerprint"]
        path = runs.path(benchmark.name, entry.name, record["repeat"], new["fingerprint"])
        predictions = trial.path.with_suffix(".npz")
        if predictions.is_file():
            write_atomically(path.with_suffix(".npz"), predictions.read_bytes())
        write_atomically(path, as_json(new))
    for kept in (".keras", ".json"):
        model = runs.model(benchmark.name, entry.name, old).with_suffix(kept)
        if model.is_file():
            model.replace(runs.model(benchmark.name, entry.name, group.recipe).with_suffix(kept))
    made_from_records = [runs.root / f"history/{benchmark.name}.jsonl"]
    made_from_records += (runs.root / "exhibits" / benchmark.name).glob("*.json")
    for path in made_from_records:
        _rename(path, renamed)
    for trial in candidate.trials:
        trial.path.unlink()
        trial.path.with_suffix(".npz").unlink(missing_ok=True)


def _rename(path: Path, renamed: dict[str, str]) -> None:
    """Follow the new fingerprints in a file made from the records, whole or by 16 characters."""
    if not path.is_file():
        return
    text = path.read_text("utf-8")
    for old, new in renamed.items():
        text = text.replace(old, new).replace(old[:16], new[:16])
    write_atomically(path, text.encode())
