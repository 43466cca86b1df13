"""What the templates need of one collection: its row of the scoreboard and its page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass

from markupsafe import Markup

from benchmarks.judging.collections import FEWEST
from portfolio.page import addresses, ranks
from runners import formatting
from runners.results import collection_statement as words
from runners.results.collection_types import (
    CollectionResult,
    MetricResult,
    PairResult,
    TaskMetric,
    TaskResult,
)
from runners.results.scoreboard import VERDICTS

MINUS = formatting.MINUS


@dataclass(frozen=True)
class PairRow:
    """Our headline against one method."""

    pair: PairResult
    name: str
    by: str
    """Authors and year of a published one; whose it is of ours."""
    helped: str
    """Protocol fields in which its scores were obtained otherwise."""
    record: str
    """Tasks won, tied and lost."""
    difference: str
    interval: str
    p: str
    chances: str
    """Probabilities of better, same and worse; empty for too few tasks."""


@dataclass(frozen=True)
class MethodRow:
    """One line of the ranking in numbers."""

    name: str
    by: str
    ours: bool
    rank: str
    mean: str


@dataclass(frozen=True)
class MetricView:
    """Everything across tasks in one metric."""

    label: str
    unit_note: str
    """What a difference is."""
    rope: str
    tasks: int
    ranked_tasks: int
    too_few: bool
    """Whether there are too few tasks for any test."""
    friedman: str
    methods: list[MethodRow]
    wide: Markup | None
    narrow: Markup | None
    roles: dict[str, str]
    published: list[PairRow]
    own: list[PairRow]
    left_out: str


@dataclass(frozen=True)
class TaskRow:
    """One task in a line; keys are what it can be sorted by."""

    task: TaskResult
    address: str | None
    score: str
    repeats: str
    published: str
    rank: str
    keys: dict[str, float | str]


@dataclass(frozen=True)
class CollectionView:
    """Texts and figures of a collection."""

    result: CollectionResult
    id: str
    address: str
    score: str
    """Mean score, or mean rank where tasks differ in their unit."""
    score_of: str
    """What that is."""
    place: words.Place | None
    done: str
    """How many tasks have a score."""
    verdict: str
    record: str
    """Tasks won, tied and lost against the deciding method."""
    against_by: str
    gain: str
    gain_over: str
    metrics: list[MetricView]
    panels: list[PanelTable]
    tasks: list[TaskRow]
    absent: list[tuple[str, list[str]]]
    """Reasons why tasks of its source are none of it, each with their names."""
    excluded: list[tuple[str, list[str]]]
    """Reasons for leaving tasks out of comparisons, each with their names."""


@dataclass(frozen=True)
class PanelTable:
    """Mean ranks of a panel: methods down, all, small and large tasks across."""

    title: str
    heads: list[str]
    rows: list[tuple[str, bool, list[str]]]
    """Name, whether it is ours, and its mean ranks."""
    lacking: list[str]


def view(result: CollectionResult, pages: Set[str]) -> CollectionView:
    """Texts and figures of a collection; `pages` are names of benchmarks that have a page."""
    name, metrics = addresses.id_of(result["name"]), result["metrics"]
    first = metrics[0] if metrics else None
    ours = result["entry"] or "headline of each task"
    mean = _mean(first["mean"], first["metric"]) if first and first["mean"] is not None else ""
    place = words.place_of(first) if first else None
    pairs = first["pairs"] if first else []
    decisive = next((pair for pair in pairs if pair["method"] == result["against"]), None)
    gained = words.best_baseline(first) if first else None
    return CollectionView(
        result=result,
        id=name,
        address=addresses.page(result["name"]),
        score=mean or (place.mean_rank if place else formatting.MISSING),
        score_of=f"mean {formatting.metric_label(first['metric'])}"
        if first and mean
        else "mean rank",
        place=place,
        done=f"{result['scored']} of {result['members'] + len(result['absent'])} tasks",
        verdict=VERDICTS[result["outcome"] or "none"],
        record=_record(decisive) if decisive else "",
        against_by=(decisive["cited_as"] or "") if decisive else "",
        gain=_difference(gained["difference"], first) if first and gained else "",
        gain_over=gained["method"] if gained else "",
        metrics=[_metric(metric, ours, f"{name}-{i}") for i, metric in enumerate(metrics)],
        panels=_panels(result, ours),
        tasks=[_task(task, pages) for task in result["tasks"]],
        absent=_by_reason(result["absent"]),
        excluded=_by_reason({t["title"]: t["excluded"] for t in result["tasks"] if t["excluded"]}),
    )


def _by_reason(reasons: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    names: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        names.setdefault(reason, []).append(name)
    return list(names.items())


def _mean(mean: float, metric: TaskMetric) -> str:
    return formatting.mean_text({"mean": mean}, metric)


def _record(pair: PairResult) -> str:
    return f"{pair['wins']} won, {pair['ties']} tied, {pair['losses']} lost"


def _metric(metric: MetricResult, ours: str, name: str) -> MetricView:
    ranking = metric["ranking"]
    label = formatting.metric_label(metric["metric"])
    names = {
        one["method"]: ours
        for one in (ranking["methods"] if ranking else ())
        if one["kind"] == "headline"
    }
    title = f"Mean ranks by {label}"
    drawn = [
        ranks.ranks(ranking, names, name=name, title=title, narrow=narrow) if ranking else None
        for narrow in (False, True)
    ]
    kinds = {one["kind"] for one in ranking["methods"]} if ranking else set()
    roles = {
        "headline": "our headline",
        "network": "our other network",
        "baseline": "our classical baseline",
        "published": "published",
    }
    left_out = [
        f"{method} ({n})" for method, n in sorted(metric["left_out"].items(), key=lambda kv: -kv[1])
    ]
    return MetricView(
        label=label,
        unit_note=(
            f"geometric mean of the ratio of {label}s, below 0 where ours is smaller"
            if metric["relative"]
            else "mean over the tasks, above 0 where ours is better"
        ),
        rope="5\u202f% of the score" if metric["relative"] else _size(metric["rope"], metric),
        tasks=len(metric["tasks"]),
        ranked_tasks=len(ranking["tasks"]) if ranking else 0,
        too_few=len(metric["tasks"]) < FEWEST,
        friedman=formatting.p_text(ranking["friedman"]) if ranking else "",
        methods=[
            MethodRow(
                names.get(one["method"], one["method"]),
                one["cited_as"] or roles[one["kind"]],
                one["kind"] != "published",
                formatting.fixed(one["mean_rank"], 2),
                "" if one["mean"] is None else _mean(one["mean"], metric["metric"]),
            )
            for one in (ranking["methods"] if ranking else ())
        ],
        wide=drawn[0],
        narrow=drawn[1],
        roles={ranks.MARKS[kind]: roles[kind] for kind in ranks.MARKS if kind in kinds},
        published=[_pair(p, metric) for p in metric["pairs"] if p["kind"] == "published"],
        own=[_pair(p, metric) for p in metric["pairs"] if p["kind"] != "published"],
        left_out=", ".join(left_out),
    )


def _size(value: float, metric: MetricResult) -> str:
    return formatting.amount(value, metric["metric"])


def _difference(value: float, metric: MetricResult) -> str:
    """A mean difference as printed: in points, nats, or per cent of the other's error."""
    if not metric["relative"]:
        return formatting.amount(value, metric["metric"], signed=True)
    sign = 1 if metric["metric"]["direction"] == "max" else -1
    change = 100 * math.expm1(sign * value)
    text = formatting.fixed(change, formatting.two_digits(change) if abs(change) < 99.5 else 0)
    return f"{'+' if change > 0 else ''}{text}\u202f%"


def _pair(pair: PairResult, metric: MetricResult) -> PairRow:
    interval = ""
    if pair["ci95"]:
        ends = [_difference(end, metric) for end in pair["ci95"]]
        if metric["relative"] and metric["metric"]["direction"] == "min":
            ends.reverse()
        interval = f"{ends[0]} to {ends[1]}"
    whose = "our other network" if pair["kind"] == "network" else "our classical baseline"
    return PairRow(
        pair=pair,
        name=pair["method"],
        by=pair["cited_as"] or whose,
        helped=formatting.listed(pair["helped"]),
        record=f"{pair['wins']} / {pair['ties']} / {pair['losses']}",
        difference=_difference(pair["difference"], metric),
        interval=interval,
        p=formatting.p_text(pair["p_holm"]),
        chances=words.percent(pair) if pair["p"] is not None else "",
    )


def _panels(result: CollectionResult, ours: str) -> list[PanelTable]:
    tables = []
    for panel in result["panels"]:
        if not panel["ranks"]:
            continue
        methods = list(panel["ranks"][0]["ranks"])
        own = result["entry"] or words.HEADLINE
        tables.append(
            PanelTable(
                panel["title"],
                [f"{group['title']} ({group['tasks']})" for group in panel["ranks"]],
                [
                    (
                        ours if method == own else method,
                        method == own,
                        [formatting.fixed(g["ranks"][method], 1) for g in panel["ranks"]],
                    )
                    for method in methods
                ],
                panel["lacking"],
            )
        )
    return tables


def _task(task: TaskResult, pages: Set[str]) -> TaskRow:
    metric = task["metric"] or {"name": "score", "unit": "", "direction": "max"}
    score = {"mean": task["mean"], "std": task["std"], "n": task["n"], "ci95": None}
    best = task["best"]
    rank = f"{formatting.ordinal(task['place'])} of {task['of']}" if task["place"] else ""
    return TaskRow(
        task=task,
        address=addresses.page(task["name"]) if task["name"] in pages else None,
        score=formatting.score_text(score, metric, task["test"]) if task["n"] else "",
        repeats=formatting.some(task["n"], "repeat", "repeats"),
        published=formatting.published_text({**best, "spread": None}, metric) if best else "",
        rank=rank,
        keys={
            "title": task["title"],
            "rows": task["rows"] or 0,
            "score": task["mean"] if task["mean"] is not None else "",
            "published": best["score"] if best else "",
            "verdict": task["outcome"] or "",
            "rank": task["place"] / task["of"] if task["place"] and task["of"] else "",
        },
    )
