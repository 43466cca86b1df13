"""Verdicts and level of recorded scores; the tests themselves are in `benchmarks.verdict`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from benchmarks import baselines, verdict
from benchmarks.definition import Metric, Protocol

Record = dict[str, Any]


def judged(
    name: str, facts: Mapping[str, Any], entries: Mapping[str, Sequence[Record]]
) -> dict[str, Any]:
    """Verdicts of every entry, and the level of the headline.

    `facts` is the `benchmark` part of a record, `entries` the newest records by entry name.
    Returns `entries` (name -> verdicts), `baselines` (best first), `strongest` (id of the best
    published score above floor that the headline can be compared with, or None), `level` and
    `level_why`. What the records lack for a judgement is said in `level_why`.
    """
    metric = facts.get("metric") or {}
    best_first = 1 if metric.get("direction") == "min" else -1
    published = sorted(
        (row for row in baselines.load(name) if row.provenance != "recalled"),
        key=lambda row: best_first * row.score,
    )
    outcome: dict[str, Any] = {
        "entries": {},
        "baselines": [_published(row) for row in published],
        "strongest": None,
        "level": "none",
        "level_why": None,
    }
    if not entries:
        return outcome
    try:
        judges = {entry: _Judge(facts, records, published) for entry, records in entries.items()}
    except (KeyError, TypeError, ValueError) as error:
        outcome["level_why"] = f"The records cannot be judged: {error!r}."
        return outcome
    for entry, judge in judges.items():
        floors = [one.against_floor(judge) for one in judges.values() if one.floor]
        judge.floors = [found for found in floors if found]
        outcome["entries"][entry] = [row._asdict() for row in [*judge.verdicts, *judge.floors]]
    headline = next((judge for judge in judges.values() if judge.headline), None)
    if headline is None:
        outcome["level_why"] = "The headline entry has no score."
    else:
        outcome["strongest"] = headline.strongest
        outcome["level"], outcome["level_why"] = headline.level()
    return outcome


class _Judge:
    """One entry's scores with what it takes to compare them."""

    def __init__(
        self,
        facts: Mapping[str, Any],
        records: Sequence[Record],
        published: Sequence[baselines.Baseline],
    ) -> None:
        entry, data, metric = records[-1]["entry"], records[-1]["data"], facts["metric"]
        self.name, self.digest = entry["name"], data["digest"]
        self.floor, self.headline = bool(entry["floor"]), bool(entry["headline"])
        self.scores = {r["repeat"]: float(r["scores"][metric["name"]]) for r in records}
        self.metric = Metric(**{k: metric[k] for k in ("name", "unit", "direction")}, score=_never)
        self.protocol = protocol_of(facts["protocol"])
        self.train_rows, self.test_rows = int(data["train"]), int(data["test"])
        self.floors: list[verdict.Verdict] = []
        self.verdicts = [
            verdict.judge(
                list(self.scores.values()),
                protocol=self.protocol,
                overrides=entry.get("protocol") or {},
                metric=self.metric,
                margin=float(facts["margin"]),
                baseline=row,
                deviation_bound=sum(float(d["bound"]) for d in data.get("deviations") or []),
                train_rows=self.train_rows,
                test_rows=self.test_rows,
            )
            for row in published
        ]
        known = {found.baseline for found in self.verdicts if found.outcome != "not-comparable"}
        self.comparable = [row for row in published if row.id in known]
        above = [row.id for row in self.comparable if row.level != "floor"]
        self.strongest = above[0] if above else None

    def against_floor(self, other: _Judge) -> verdict.Verdict | None:
        """Judge `other` against this floor, on the repeats both have; None where none is."""
        if self is other or self.digest != other.digest:
            return None
        common = sorted(self.scores.keys() & other.scores.keys())
        if self.protocol.unit == "seed" and len(set(self.scores.values())) == 1:
            ours, floor = (
                list(other.scores.values()),
                [next(iter(self.scores.values()))],
            )
        elif common:
            ours, floor = (
                [other.scores[k] for k in common],
                [self.scores[k] for k in common],
            )
        else:
            return None
        return verdict.judge_floor(
            ours,
            floor,
            floor=self.name,
            protocol=self.protocol,
            metric=self.metric,
            train_rows=self.train_rows,
            test_rows=self.test_rows,
        )

    def level(self) -> tuple[str, str]:
        """Level and its reason; floors are our own and the comparable published ones."""
        found = {row.baseline: row for row in self.verdicts}
        names = {row.id: row.model for row in self.comparable}
        floors = [found[row.id] for row in self.comparable if row.level == "floor"]
        floors = [one._replace(baseline=names[one.baseline]) for one in floors]
        best = [
            verdict.strongest(self.comparable, level, self.metric.direction)
            for level in ("good", "world-class")
        ]
        good, world_class = (
            found[row.id]._replace(baseline=row.model) if row else None for row in best
        )
        return verdict.level([*self.floors, *floors], good, world_class)


def _never(*_: object) -> Any:
    raise NotImplementedError("what is read from a record can be compared, not split or scored by")


def protocol_of(facts: Mapping[str, Any]) -> Protocol:
    """Rebuild a protocol from a record; it can be compared, not split by.

    Raises TypeError where a field is missing.
    """
    known = {field.name for field in fields(Protocol)} - {"splits"}
    return Protocol(**{key: facts[key] for key in known & facts.keys()}, splits=_never)


def cited(key: Any, url: str | None = None) -> dict[str, str | None]:
    """Citation and address of a key of references.bib; an unknown key stands for itself.

    `url` is an address known better than the bibliography's.
    """
    entry = baselines.references().get(str(key))
    if entry is None:
        return {"citation": str(key) if key else None, "url": url}
    paper = f"https://arxiv.org/abs/{entry['eprint']}" if "eprint" in entry else None
    return {"citation": baselines.citation(str(key)), "url": url or entry.get("url", paper)}


def _published(row: baselines.Baseline) -> dict[str, Any]:
    return {
        "id": row.id,
        "model": row.model,
        "metric": row.metric,
        "score": row.score,
        "rounding": row.rounding,
        "spread": row.spread,
        "spread_kind": row.spread_kind or None,
        "n": row.n,
        "ci95": _interval(row),
        "level": row.level,
        "citation": cited(row.citation)["citation"],
        "url": row.url,
        "provenance": row.provenance,
        "protocol": row.protocol,
        "differs": dict(row.differs),
        "note": row.note or None,
    }


def _interval(row: baselines.Baseline) -> tuple[float, float] | None:
    """95 % t interval of a published mean, where spread and n are known."""
    if not row.deviation or row.n is None:
        return None
    from scipy.special import stdtrit

    half = float(stdtrit(row.n - 1, 0.975)) * row.deviation / math.sqrt(row.n)
    return row.score - half, row.score + half
