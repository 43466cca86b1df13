"""Verdicts and level of recorded scores; `benchmarks.judging.verdict` has the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from benchmarks.definition import Metric, Protocol
from benchmarks.judging import levels, statistics, verdict
from benchmarks.metrics import LOG_LIKELIHOOD_MARGIN
from benchmarks.published import baselines
from runners import formatting
from runners.results import gain
from runners.results.published import facts_of, of_metric

Record = dict[str, Any]
PerSplit = Mapping[str, Sequence[float]]
"""Published scores by split, by the id of the baseline."""
MARGINS = {"log_likelihood": LOG_LIKELIHOOD_MARGIN}
"""Largest difference that counts as the same score, of metrics other than the headline's; a
benchmark states it for its headline metric alone. Without one, nothing is *reproduced*."""


def judged(
    name: str,
    facts: Mapping[str, Any],
    entries: Mapping[str, Sequence[Record]],
    per_split: PerSplit,
) -> dict[str, Any]:
    """Verdicts of every entry, and the level of the headline.

    `facts` is the `benchmark` part of a record, `entries` the newest records by entry name.
    Returns `entries` (name -> verdicts, each with the level it `decides` or None), `metrics`
    (name -> secondary metric -> `verdicts` and the `strongest` comparable id), `baselines` (those
    of the headline metric first, each metric's best first), `strongest` (id of the best published
    score above floor that the headline can be compared with, or None), `better_than_any` (level
    -> what the headline is better than after Holm's correction), `level`, `level_why` and
    `deep_learning` (`gain.bought`). What the records lack for a judgement is said in `level_why`.
    Only scores of the headline metric decide levels.
    """
    metric = facts.get("metric") or {}
    others = secondary(facts)
    published = of_metric(name, metric)
    shown = published + [row for also in others for row in of_metric(name, also)]
    outcome: dict[str, Any] = {
        "entries": {},
        "metrics": {
            entry: _secondary(name, others, facts, records, per_split)
            for entry, records in entries.items()
        },
        "baselines": [facts_of(row) for row in shown],
        "strongest": None,
        "deep_learning": None,
        "better_than_any": {},
        "level": "none",
        "level_why": None,
    }
    if not entries:
        return outcome
    try:
        judges = {
            entry: _Judge(facts, records, published, per_split)
            for entry, records in entries.items()
        }
        outcome["deep_learning"] = gain.bought(facts, entries)
    except (KeyError, TypeError, ValueError) as error:
        outcome["level_why"] = f"The records cannot be judged: {error!r}."
        return outcome
    for entry, judge in judges.items():
        floors = [one.against_floor(judge) for one in judges.values() if one.floor]
        judge.floors = [found for found in floors if found]
        outcome["entries"][entry] = [
            {**found._asdict(), "decides": decides} for found, decides in judge.told()
        ]
    headline = next((judge for judge in judges.values() if judge.headline), None)
    if headline is None:
        outcome["level_why"] = "The headline entry has no score."
    else:
        outcome["strongest"] = headline.strongest
        outcome["better_than_any"] = headline.better_than_any()
        outcome["level"], outcome["level_why"] = headline.level()
    return outcome


def _secondary(
    name: str,
    others: Sequence[Mapping[str, Any]],
    facts: Mapping[str, Any],
    records: Sequence[Record],
    per_split: PerSplit,
) -> dict[str, dict[str, Any]]:
    """Verdicts of one entry on the metrics measured beside the headline metric."""
    judged = {}
    for metric in others:
        scored = [record for record in records if metric["name"] in record["scores"]]
        if not scored:
            continue
        margin = MARGINS.get(metric["name"], 0.0)
        measured = {**facts, "metric": metric, "margin": margin}
        published = of_metric(name, metric)
        try:
            judge = _Judge(measured, scored, published, per_split)
        except (KeyError, TypeError, ValueError):
            continue  # the headline metric's judge says what the records lack
        verdicts, strongest = list(judge.verdicts.values()), judge.strongest
        if scored[-1]["data"].get("deviations"):
            verdicts, strongest = [_unbounded(row, metric) for row in published], None
        told = [{**found._asdict(), "decides": None} for found in verdicts]
        judged[metric["name"]] = {"verdicts": told, "strongest": strongest}
    return judged


def _unbounded(row: baselines.Baseline, metric: Mapping[str, Any]) -> verdict.Verdict:
    """A verdict where our copy of the data differs: its bound is one of the headline metric."""
    label = formatting.metric_label(metric)
    why = f"Our copy of the data differs; how far that can move the {label} is not known."
    return verdict.Verdict(row.id, "not-comparable", why, None, None)


def secondary(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Metrics measured beside the headline metric, as the record has them."""
    headline, needed = (facts.get("metric") or {}).get("name"), ("name", "unit", "direction")
    listed = [also for also in facts.get("also") or [] if isinstance(also, Mapping)]
    whole = [{key: str(also[key]) for key in needed} for also in listed if {*needed} <= {*also}]
    return [also for also in whole if also["name"] != headline]


class _Judge:
    """One entry's scores with what it takes to compare them."""

    def __init__(
        self,
        facts: Mapping[str, Any],
        records: Sequence[Record],
        published: Sequence[baselines.Baseline],
        per_split: PerSplit,
    ) -> None:
        entry, data, metric = records[-1]["entry"], records[-1]["data"], facts["metric"]
        self.name, self.digest = entry["name"], data["digest"]
        self.floor, self.headline = bool(entry["floor"]), bool(entry["headline"])
        by_repeat = {r["repeat"]: float(r["scores"][metric["name"]]) for r in records}
        self.scores = dict(sorted(by_repeat.items()))
        self.metric = Metric(**{k: metric[k] for k in ("name", "unit", "direction")}, score=_never)
        self.protocol = protocol_of(facts["protocol"])
        self.train_rows, self.test_rows = int(data["train"]), int(data["test"])
        self.official = data.get("official") is True
        self.floors: list[verdict.Verdict] = []
        self.published = published
        self.verdicts = {
            row.id: verdict.judge(
                list(self.scores.values()),
                protocol=self.protocol,
                overrides=entry.get("protocol") or {},
                metric=self.metric,
                margin=float(facts["margin"]),
                baseline=row,
                deviation_bound=sum(float(d["bound"]) for d in data.get("deviations") or []),
                train_rows=self.train_rows,
                test_rows=self.test_rows,
                their_scores=self.paired(per_split.get(row.id)),
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
        self.deciding = {
            level: levels.deciding(published, self.verdicts, level, direction)
            for level in ("good", "world-class")
        }
        above = [row for row in self.comparable if row.level in ("good", "world-class")]
        above = above or [row for row in published if row in self.deciding.values()]
        self.strongest = above[0].id if above else None

    def paired(self, theirs: Sequence[float] | None) -> Sequence[float] | None:
        """Published scores of the very splits ours are of; None where that is not certain.

        Splits number the rows of the official data, and all of ours have to be there.
        """
        repeats = self.protocol.repeats
        alike = self.protocol.unit != "seed" and self.official
        every = theirs is not None and list(self.scores) == list(range(repeats))
        return theirs if alike and every and len(theirs or ()) == repeats else None

    def told(self) -> list[tuple[verdict.Verdict, str | None]]:
        """Every verdict with the level it decides; floors decide whether there is a result."""
        by_id = {row.id: level for level, row in self.deciding.items() if row}
        by_id |= {row.id: "result" for row in self.comparable if row.level == "floor"}
        published = [(found, by_id.get(id)) for id, found in self.verdicts.items()]
        return published + [(found, "result") for found in self.floors]

    def better_than_any(self) -> dict[str, dict[str, Any]]:
        """By level: how many comparable scores there are, which are beaten, and Holm's p."""
        found = {}
        for level in baselines.LEVELS:
            rows = [row for row in self.comparable if row.level == level]
            better = levels.better_than_any([self.verdicts[row.id] for row in rows])
            names = {row.id: row.model for row in rows}
            if rows:
                found[level] = {
                    "of": len(rows),
                    "better": [{"baseline": id, "p": p} for id, p in better.items()],
                    "statement": _statement(level, len(rows), [names[id] for id in better]),
                }
        return found

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
        floors = [self.named(row) for row in self.comparable if row.level == "floor"]
        good, world_class = (self.named(row) if row else None for row in self.deciding.values())
        return levels.level([*self.floors, *floors], good, world_class)

    def named(self, row: baselines.Baseline) -> verdict.Verdict:
        """The verdict against a published score, under the name a reader knows it by."""
        return self.verdicts[row.id]._replace(baseline=row.model)


def _statement(level: str, of: int, names: Sequence[str]) -> str:
    if of == 1:
        one = f"the only comparable score of level {level}"
        return f"Better than {one}: {names[0]}." if names else f"Not shown better than {one}."
    scores = f"the {of} comparable scores of level {level}"
    corrected = f"after Holm's correction for {of} comparisons"
    if not names:
        return f"Not shown better than any of {scores} {corrected}."
    return f"Better than {len(names)} of {scores} {corrected}: {', '.join(names)}."


def test_sampling(
    facts: Mapping[str, Any], data: Mapping[str, Any], mean: float
) -> dict[str, Any] | None:
    """How far an accuracy would move on other test items: the exact 95 % interval of theirs.

    A second fact beside the interval of the mean over seeds, another kind of uncertainty, and
    never pooled with it. None for other metrics, and where repeats redraw the test rows.
    """
    metric, protocol = facts.get("metric") or {}, facts.get("protocol") or {}
    items = data.get("test")
    fixed = metric.get("name") == "accuracy" and protocol.get("unit") == "seed"
    if not (fixed and isinstance(items, int) and items > 0 and 0 <= mean <= 1):
        return None
    return {
        "items": items,
        "right": mean * items,
        "ci95": statistics.item_interval(mean, items),
    }


def _never(*_: object) -> Any:
    raise NotImplementedError("what is read from a record can be compared, not split or scored by")


def protocol_of(facts: Mapping[str, Any]) -> Protocol:
    """Rebuild a protocol from a record; it can be compared, not split by.

    Raises TypeError where a field is missing.
    """
    known = {field.name for field in fields(Protocol)} - {"splits"}
    return Protocol(**{key: facts[key] for key in known & facts.keys()}, splits=_never)
