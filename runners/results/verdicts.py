"""Verdicts and level of recorded scores; `benchmarks.judging.verdict` has the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.judging import statistics, verdict
from benchmarks.judging.levels import Level
from benchmarks.metrics import LOG_LIKELIHOOD_MARGIN
from runners.records.record import BenchmarkFacts, Record
from runners.results import gain
from runners.results.judge import Judge, PerSplit, verdict_result
from runners.results.published import facts_of, of_metric
from runners.results.types import (
    DeepLearningGain,
    LevelComparison,
    Metric,
    PublishedScore,
    Rank,
    Skill,
    TestSampling,
    VerdictResult,
)

MARGINS = {"log_likelihood": LOG_LIKELIHOOD_MARGIN}
"""Equivalence margins of metrics other than the headline's: a benchmark states the one of its
headline metric alone. Without one, nothing is *reproduced*."""


@dataclass
class Judgement:
    """What the scores of a benchmark come to."""

    entries: dict[str, list[VerdictResult]] = field(default_factory=dict)
    """Verdicts by entry name."""
    metrics: dict[str, dict[str, SecondaryVerdicts]] = field(default_factory=dict)
    """By entry name and secondary metric."""
    baselines: list[PublishedScore] = field(default_factory=list)
    """Those of the headline metric first, each metric's best first."""
    strongest: str | None = None
    """Id of the best published score above floor that the headline can be compared with."""
    deep_learning: DeepLearningGain | None = None
    anchor: str | None = None
    """Id of the published score that the definition declares for *good*."""
    summit: str | None = None
    """Id of the one that decides *world-class*."""
    rank: Rank | None = None
    skill: Skill | None = None
    better_than_any: dict[str, LevelComparison] = field(default_factory=dict)
    level: Level = "none"
    level_why: str | None = None
    """The level's reason, or what the records lack for a judgement."""


@dataclass(frozen=True)
class SecondaryVerdicts:
    """Verdicts of an entry on a metric beside the headline metric; none decides a level."""

    verdicts: list[VerdictResult]
    strongest: str | None
    """Id of the strongest comparable published score."""


def judged(
    name: str,
    facts: BenchmarkFacts | None,
    entries: Mapping[str, Sequence[Record]],
    per_split: PerSplit,
) -> Judgement:
    """Verdicts of every entry, and the level of the headline.

    `facts` is the `benchmark` part of a record, `entries` the newest records by entry name. Only
    scores of the headline metric decide levels.
    """
    if facts is None:
        return Judgement()
    others = secondary(facts)
    published = of_metric(name, facts["metric"])
    judgement = Judgement(
        metrics={
            entry: _secondary(name, others, facts, records, per_split)
            for entry, records in entries.items()
        },
        baselines=[
            facts_of(row)
            for rows in (published, *(of_metric(name, other) for other in others))
            for row in rows
        ],
    )
    declared = facts.get("anchor", "")
    judgement.anchor = declared if any(row.id == declared for row in published) else None
    if not entries:
        return judgement
    judges = {
        entry: Judge(facts, records, published, per_split) for entry, records in entries.items()
    }
    judgement.deep_learning = gain.over_best_baseline(facts, entries)
    for entry, judge in judges.items():
        floors = [one.against_floor(judge) for one in judges.values() if one.floor]
        judge.floors = [one for one in floors if one]
        judgement.entries[entry] = judge.results()
    headline = next((judge for judge in judges.values() if judge.headline), None)
    if headline is None:
        judgement.level_why = "The headline entry has no score."
    else:
        judgement.strongest = headline.strongest
        summit = headline.deciding["world-class"]
        judgement.summit = summit.id if summit else None
        judgement.rank = headline.rank()
        judgement.skill = headline.skill(
            {
                one.name: one.mean
                for one in judges.values()
                if one.floor and one is not headline and one.digest == headline.digest
            }
        )
        judgement.better_than_any = headline.better_than_any()
        judgement.level, judgement.level_why = headline.level()
    return judgement


def _secondary(
    name: str,
    others: Sequence[Metric],
    facts: BenchmarkFacts,
    records: Sequence[Record],
    per_split: PerSplit,
) -> dict[str, SecondaryVerdicts]:
    """Verdicts of one entry on the metrics measured beside the headline metric."""
    by_metric = {}
    for metric in others:
        scored = [record for record in records if metric["name"] in record["scores"]]
        if not scored:
            continue
        margin = MARGINS.get(metric["name"], 0.0)
        measured: BenchmarkFacts = {**facts, "metric": metric, "margin": margin}
        published = of_metric(name, metric)
        judge = Judge(measured, scored, published, per_split)
        verdicts, strongest = list(judge.verdicts.values()), judge.strongest
        if scored[-1]["data"]["deviations"]:  # their bound is one of the headline metric
            verdicts = [
                verdict.Verdict(row.id, "not-comparable", limit="data-copy") for row in published
            ]
            strongest = None
        by_metric[metric["name"]] = SecondaryVerdicts(
            [verdict_result(one, judge.metric) for one in verdicts], strongest
        )
    return by_metric


def secondary(facts: BenchmarkFacts) -> list[Metric]:
    """Metrics measured beside the headline metric."""
    return [metric for metric in facts["also"] if metric["name"] != facts["metric"]["name"]]


def test_sampling(facts: BenchmarkFacts, items: int, mean: float) -> TestSampling | None:
    """How far an accuracy would move on other test items: the exact 95 % interval of theirs.

    A second fact beside the interval of the mean over seeds, another kind of uncertainty, and
    never pooled with it. None for other metrics, and where repeats redraw the test rows.
    """
    fixed = facts["metric"]["name"] == "accuracy" and facts["protocol"]["unit"] == "seed"
    if not (fixed and items > 0 and 0 <= mean <= 1):
        return None
    low, high = statistics.item_interval(mean, items)
    return {"items": items, "right": mean * items, "ci95": [low, high]}
