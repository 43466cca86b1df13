"""One entry's scores, with what it takes to compare them with published ones and with floors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmarks import repeats
from benchmarks.definition import Protocol
from benchmarks.judging import levels, sentences, statistics, verdict
from benchmarks.judging.levels import Level
from benchmarks.metrics import Scale, Unit
from benchmarks.published import baselines
from runners.records.record import BenchmarkFacts, ProtocolFacts, Record, single_view
from runners.results.splits import by_split
from runners.results.types import GeneralResult, LevelComparison, Rank, Skill, VerdictResult

SINGLE_VIEW = "Compared by single views of the test images, as theirs is. "
"""Begins the sentences of a comparison with a score that averages over no views."""
PerSplit = Mapping[str, Sequence[float]]
"""Published scores by split, by the id of the baseline."""


class Judge:
    """One entry's scores with what it takes to compare them."""

    def __init__(
        self,
        facts: BenchmarkFacts,
        records: Sequence[Record],
        published: Sequence[baselines.Baseline],
        per_split: PerSplit,
    ) -> None:
        entry, data, metric = records[-1]["entry"], records[-1]["data"], facts["metric"]
        self.name, self.digest = entry["name"], data["digest"]
        self.floor, self.headline = entry["floor"], entry["headline"]
        self.by_seed = by_split(records, metric["name"])
        self.scores = repeats.means(self.by_seed)
        """One a split, fold or seed."""
        self.single_views = by_split(records, single_view(metric["name"]))
        self.metric = Unit(metric["name"], metric["unit"], metric["direction"])
        self.protocol = protocol_of(facts["protocol"])
        self.train_rows, self.test_rows = data["train"], data["test"]
        self.official = data["official"]
        self.floors: list[verdict.Verdict] = []
        self.published = published
        pooled = pooled_scatter(published, self.protocol)
        self.by_single_view = {
            row.id
            for row in published
            if self.single_views.keys() == self.by_seed.keys() and seen_once(row)
        }
        self.verdicts = {
            row.id: verdict.judge(
                self.scores_beside(row),
                protocol=self.protocol,
                overrides={
                    field: value
                    for field, value in entry["protocol"].items()
                    if field != "augmented_test" or row.id not in self.by_single_view
                },
                metric=self.metric,
                margin=facts["margin"],
                baseline=row,
                deviation_bound=sum(deviation["bound"] for deviation in data["deviations"]),
                train_rows=self.train_rows,
                test_rows=self.test_rows,
                their_scores=self.paired(per_split.get(row.id)),
                pooled=pooled,
                by_seed=list(self.seeds_beside(row).values()),
            )
            for row in published
        }
        self.comparable = [
            row
            for row in published
            if self.verdicts[row.id].outcome != "not-comparable"
            and not self.verdicts[row.id].helped
        ]
        direction = self.metric.direction
        self.deciding: dict[Level, baselines.Baseline | None] = {
            level: levels.deciding(
                published, self.verdicts, level, direction, facts["margin"], facts.get("anchor", "")
            )
            for level in levels.ABOVE
        }
        above = [row for row in self.comparable if row.level in levels.ABOVE]
        firm = [
            row
            for row in above
            if levels.can_decide(row, self.verdicts, facts["margin"])
            or self.verdicts[row.id].outcome != "inconclusive"  # behind a coarse score is behind
        ]
        self.best = next(iter(firm or above), None)
        """The best that the headline can be compared with in every respect."""
        one_sided = [row for row in published if row in self.deciding.values()]
        strongest = self.best or next(iter(one_sided), None)
        self.strongest = strongest.id if strongest else None

    def scores_beside(self, row: baselines.Baseline) -> list[float]:
        """Ours that a published score is compared with: of single views where theirs is."""
        return list(repeats.means(self.seeds_beside(row)).values())

    def seeds_beside(self, row: baselines.Baseline) -> dict[int, list[float]]:
        """The same of every training seed, by split."""
        return self.single_views if row.id in self.by_single_view else self.by_seed

    def mean_beside(self, row: baselines.Baseline) -> float:
        """Their mean over the repeats at hand."""
        scores = self.scores_beside(row)
        return math.fsum(scores) / len(scores)

    def paired(self, theirs: Sequence[float] | None) -> Sequence[float] | None:
        """Published scores of the very splits ours are of; None where that is not certain.

        Splits number the rows of the official data, and all of ours have to be there.
        """
        splits = self.protocol.repeats
        alike = self.protocol.unit != "seed" and self.official
        every = theirs is not None and list(self.scores) == list(range(splits))
        return theirs if alike and every and len(theirs or ()) == splits else None

    def results(self) -> list[VerdictResult]:
        """Every verdict with the level it decides; floors decide whether there is a result."""
        by_id: dict[str, Level] = {row.id: level for level, row in self.deciding.items() if row}
        by_id |= {row.id: "result" for row in self.comparable if row.level == "floor"}
        rank, ranked = self.rank(), {row.id for row in self.comparable}
        published = [
            verdict_result(
                one,
                self.metric,
                by_id.get(id),
                rank if id in ranked else None,
                by_single_view=id in self.by_single_view,
            )
            for id, one in self.verdicts.items()
        ]
        return published + [verdict_result(one, self.metric, "result") for one in self.floors]

    def better_than_any(self) -> dict[str, LevelComparison]:
        """By level: how many comparable scores there are, which are beaten, and Holm's p."""
        by_level: dict[str, LevelComparison] = {}
        for level in baselines.LEVELS:
            rows = [row for row in self.comparable if row.level == level]
            better = levels.better_than_any([self.verdicts[row.id] for row in rows])
            names = {row.id: row.model for row in rows}
            if rows:
                by_level[level] = {
                    "of": len(rows),
                    "better": [{"baseline": id, "p": p} for id, p in better.items()],
                    "statement": _statement(level, len(rows), [names[id] for id in better]),
                }
        return by_level

    @property
    def mean(self) -> float:
        """Our score over the repeats at hand."""
        return math.fsum(self.scores.values()) / len(self.scores)

    def rank(self) -> Rank | None:
        """Our place among the comparable published scores; None without one above floor."""
        if self.best is None:
            return None
        sign = 1 if self.metric.direction == "max" else -1
        ahead = sum(sign * row.score > sign * self.mean_beside(row) for row in self.comparable)
        return {"place": ahead + 1, "of": len(self.comparable) + 1}

    def skill(self, floors: Mapping[str, float]) -> Skill | None:
        """Our share of the way from the best trivial baseline to the best published score.

        `floors` are the means of our own trivial baselines by name. None where there is no such
        score, no trivial baseline, or none that the published score is better than.
        """
        sign = 1 if self.metric.direction == "max" else -1
        trivial = {row.model: row.score for row in self.comparable if row.level == "floor"}
        trivial |= floors
        name = max(trivial, key=lambda key: sign * trivial[key], default=None)
        if name is None or self.best is None:
            return None
        way = sign * (self.best.score - trivial[name])
        if way <= 0:
            return None
        ends = statistics.t_interval(self.scores_beside(self.best))

        def share(score: float) -> float:
            return sign * (score - trivial[name]) / way

        return {
            "value": share(self.mean_beside(self.best)),
            "ci95": sorted(map(share, ends)) if ends else None,
            "trivial": name,
            "best": self.best.id,
        }

    def against_floor(self, other: Judge) -> verdict.Verdict | None:
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

    def level(self) -> tuple[Level, str]:
        """Level and its reason; floors are our own and the comparable published ones."""
        floors = [self.named(row) for row in self.comparable if row.level == "floor"]
        good, world_class = (self.named(row) if row else None for row in self.deciding.values())
        return levels.level([*self.floors, *floors], good, world_class)

    def named(self, row: baselines.Baseline) -> verdict.Verdict:
        """The verdict against a published score, under the name a reader knows it by."""
        return replace(self.verdicts[row.id], baseline=row.model)


def _statement(level: str, of: int, names: Sequence[str]) -> str:
    if of == 1:
        one = f"the only comparable score of level {level}"
        return f"Better than {one}: {names[0]}." if names else f"Not shown better than {one}."
    scores = f"the {of} comparable scores of level {level}"
    corrected = f"after Holm's correction for {of} comparisons"
    if not names:
        return f"Not shown better than any of {scores} {corrected}."
    return f"Better than {len(names)} of {scores} {corrected}: {', '.join(names)}."


def pooled_scatter(
    published: Sequence[baselines.Baseline], protocol: Protocol
) -> statistics.Pooled | None:
    """How good published runs on fixed rows scatter with their seeds; None where no row says."""
    if protocol.unit != "seed":
        return None
    return statistics.pooled_deviation(
        [
            (row.deviation, row.n)
            for row in published
            if row.level in levels.ABOVE
            and row.protocol == protocol.id
            and row.deviation
            and row.n
            and not {"data", "split"} & row.differs.keys()
        ]
    )


def seen_once(row: baselines.Baseline) -> bool:
    """Whether a published score is of test images that were seen once each, as they are."""
    return row.differs.get("augmented_test", "no") == "no"


def verdict_result(
    one: verdict.Verdict,
    metric: Scale,
    decides: Level | None = None,
    rank: Rank | None = None,
    *,
    by_single_view: bool = False,
) -> VerdictResult:
    """A verdict as `results.json` has it; `rank` is our place where the two can be compared."""
    return {
        "baseline": one.baseline,
        "outcome": one.outcome,
        "why": (SINGLE_VIEW if by_single_view else "") + sentences.why(one, metric),
        "p": one.p,
        "difference": one.difference,
        "helped": one.helped,
        "decides": decides,
        "scope": one.scope,
        "rank": rank,
        "by_single_view": by_single_view,
        "test": one.test,
        "limit": one.limit,
        "p_worse": one.probabilities.worse if one.probabilities else None,
        "p_same": one.probabilities.same if one.probabilities else None,
        "p_better": one.probabilities.better if one.probabilities else None,
        "in_general": general_result(one.in_general),
        "repeats_needed": one.repeats_needed,
        "differences": [
            {"field": field, "theirs": theirs, "ours": ours, "helped": helped}
            for field, theirs, ours, helped in one.differences
        ],
    }


def general_result(one: verdict.Generalisation | None) -> GeneralResult | None:
    """The other scope of a comparison as `results.json` has it."""
    if one is None:
        return None
    return {"outcome": one.outcome, "p": one.p, "repeats_needed": one.repeats_needed}


def _never(*_: object) -> Any:
    raise NotImplementedError("what is read from a record can be compared, not split or scored by")


def protocol_of(facts: ProtocolFacts) -> Protocol:
    """Rebuild a protocol from a record; it can be compared, not split by."""
    return Protocol(**facts, splits=_never)
