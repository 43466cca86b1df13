"""Our headline against other methods over the tasks of a collection."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from statistics import fmean

from benchmarks.collections import Collection
from benchmarks.judging import collections as judging
from benchmarks.judging.statistics import holm
from benchmarks.metrics import LOG_LIKELIHOOD_MARGIN
from benchmarks.published.comparability import ADVANTAGES
from runners.results.access import published_by_id
from runners.results.collection_statement import HEADLINE
from runners.results.collection_types import (
    MethodKind,
    MetricResult,
    PairResult,
    PanelRanks,
    PanelResult,
    RankingResult,
    TaskMetric,
    TaskResult,
)
from runners.results.types import BenchmarkResult, EntryResult, VerdictResult

ROPES = {"accuracy": 0.01, "log_likelihood": LOG_LIKELIHOOD_MARGIN}
"""Half the region of practical equivalence: one point of accuracy, as Benavoli et al. (2017)."""
RELATIVE_ROPE = 0.05
"""The same for errors in units of their own: 5 %, the share that makes a benchmark's margin."""
COMMENSURABLE = ("fraction", "nats")
"""Units in which scores of different tasks can be averaged."""


@dataclass
class Method:
    """The scores of one method by task."""

    name: str
    kind: MethodKind
    cited_as: str | None = None
    scores: dict[str, float] = field(default_factory=dict)
    rounding: dict[str, float] = field(default_factory=dict)
    """Half a unit of the last digit printed."""
    helped: set[str] = field(default_factory=set)
    """Protocol fields in which published scores were obtained otherwise."""


def methods(
    collection: Collection,
    metric: str,
    tasks: Sequence[TaskResult],
    results: Mapping[str, BenchmarkResult],
    networks: Set[str],
) -> list[Method]:
    """All that has scores in a metric: ours first, our other entries, then published models.

    Trivial baselines are left out, and published scores that no test across tasks can use: those
    obtained otherwise in a field that neither helped the paper alone nor is in `despite`.
    `networks` are names of entries that are no baselines.
    """
    ours = Method(collection.headline or HEADLINE, "headline")
    entries: dict[str, Method] = {}
    published: dict[str, Method] = {}
    for task in tasks:
        result = results[task["name"]]
        trivial = {entry["name"] for entry in result["entries"] if entry["floor"]}
        for name, score in task["scores"].get(metric, {}).items():
            if name == task["entry"]:
                ours.scores[task["name"]] = score
            elif name not in trivial:
                kind: MethodKind = "network" if name in networks else "baseline"
                method = entries.setdefault(name, Method(name, kind))
                method.scores[task["name"]] = score
        judged = next(entry for entry in result["entries"] if entry["name"] == task["entry"])
        rows = published_by_id(result)
        for verdict in _verdicts(judged, metric, result):
            row = rows.get(verdict["baseline"])
            if row is None or row["level"] == "floor" or not _usable(verdict, collection):
                continue
            method = published.setdefault(
                row["model"], Method(row["model"], "published", row["cited_as"])
            )
            if task["name"] not in method.scores:
                method.scores[task["name"]] = row["score"]
                method.rounding[task["name"]] = row["rounding"]
                method.helped |= {one["field"] for one in verdict["differences"]}
    return [ours, *entries.values(), *published.values()]


def _verdicts(entry: EntryResult, metric: str, result: BenchmarkResult) -> list[VerdictResult]:
    if result["metric"] and result["metric"]["name"] == metric:
        return entry["verdicts"]
    return entry["metrics"][metric]["verdicts"] if metric in entry["metrics"] else []


def _usable(verdict: VerdictResult, collection: Collection) -> bool:
    if verdict["outcome"] != "not-comparable":
        return verdict["helped"] != "you"
    differences = verdict["differences"]
    return bool(differences) and all(
        one["helped"] == "paper" or one["field"] in collection.despite for one in differences
    )


def compared(
    name: str,
    tasks: Sequence[TaskResult],
    results: Mapping[str, BenchmarkResult],
    found: Sequence[Method],
) -> MetricResult:
    """Ranking and pairwise tests in one metric; `found` is what `methods` returned."""
    ours, others = found[0], found[1:]
    metric = _metric(name, tasks, results)
    relative = metric["unit"] not in COMMENSURABLE
    rope = RELATIVE_ROPE if relative else ROPES.get(name, RELATIVE_ROPE)
    own = [task["name"] for task in tasks if task["name"] in ours.scores]
    published = [m for m in others if m.kind == "published"]
    covered, shared = _covered(own, published)
    entries = [m for m in others if m.kind != "published"]
    whole = [m for m in entries if m.scores.keys() >= set(shared)]
    return {
        "metric": metric,
        "relative": relative,
        "rope": rope,
        "mean": None if relative or not own else fmean([ours.scores[task] for task in own]),
        "tasks": own,
        "ranking": _ranking([ours, *whole, *covered], shared, metric, relative),
        "pairs": [
            *_pairs(ours, published, metric, relative, rope),
            *_pairs(ours, entries, metric, relative, rope),
        ],
        "left_out": {
            method.name: len(method.scores) for method in published if method not in covered
        },
    }


def _metric(
    name: str, tasks: Sequence[TaskResult], results: Mapping[str, BenchmarkResult]
) -> TaskMetric:
    """The metric with its unit where all tasks share it."""
    own = [
        metric
        for task in tasks
        for result in (results[task["name"]],)
        for metric in (result["metric"], *result["also"])
        if metric and metric["name"] == name
    ]
    units = {metric["unit"] for metric in own}
    unit = units.pop() if len(units) == 1 else ""
    return {"name": name, "unit": unit, "direction": own[0]["direction"]}


def _covered(tasks: Sequence[str], published: Sequence[Method]) -> tuple[list[Method], list[str]]:
    """Published methods that are ranked, and the tasks that all of them have scores on.

    Of methods with the most scores, as many as make the largest table without gaps; tasks count
    twice in its size, since ranks rest on them.
    """
    by_size = sorted(published, key=lambda method: -len(method.scores))
    tables = []
    for n in range(len(by_size) + 1):
        shared = [task for task in tasks if all(task in m.scores for m in by_size[:n])]
        tables.append(((n + 1) * len(shared) ** 2, n, shared))
    _, n, shared = max(tables, key=lambda table: (table[0], -table[1]))
    return by_size[:n], shared


def _ranking(
    ranked: Sequence[Method], tasks: Sequence[str], metric: TaskMetric, relative: bool
) -> RankingResult | None:
    if len(ranked) < 2 or len(tasks) < 2:
        return None
    enough = len(tasks) >= judging.FEWEST
    sign = 1 if metric["direction"] == "max" else -1
    table = {m.name: [sign * m.scores[task] for task in tasks] for m in _named(ranked)}
    steps = [2 * max(m.rounding.get(task, 0.0) for m in ranked) for task in tasks]
    mean_ranks = judging.mean_ranks(table, steps)
    by_name = {m.name: m for m in _named(ranked)}
    order = sorted(table, key=lambda name: (mean_ranks[name], by_name[name].kind != "headline"))
    scale = {
        m.name: [_on_scale(m, task, metric, relative) for task in tasks] for m in by_name.values()
    }
    alike = judging.cliques(order, judging.all_pairs(scale)) if enough else []
    return {
        "tasks": list(tasks),
        "methods": [
            {
                "method": name,
                "kind": by_name[name].kind,
                "mean_rank": mean_ranks[name],
                "mean": None if relative else fmean([by_name[name].scores[t] for t in tasks]),
                "cited_as": by_name[name].cited_as,
            }
            for name in order
        ],
        "critical_difference": judging.critical_difference(len(table), len(tasks))
        if enough
        else None,
        "friedman": judging.friedman(table, steps) if enough else None,
        "alike": alike,
    }


def _named(ranked: Sequence[Method]) -> list[Method]:
    """Methods with one name each: an entry that is called as a published model is says so."""
    published = {m.name for m in ranked if m.kind == "published"}
    for method in ranked:
        if method.kind != "published" and method.name in published:
            method.name = f"{method.name} (ours)"
    return list(ranked)


def _on_scale(method: Method, task: str, metric: TaskMetric, relative: bool) -> float:
    """A score as differences across tasks are taken of it; larger is better.

    Of an error printed as 0.00 it is known only that it is below half a step.
    """
    sign, score = 1 if metric["direction"] == "max" else -1, method.scores[task]
    if not relative:
        return sign * score
    return sign * math.log(max(score, method.rounding.get(task, 0.0), 1e-12))


def _pairs(
    ours: Method, others: Sequence[Method], metric: TaskMetric, relative: bool, rope: float
) -> list[PairResult]:
    """Ours against every other, the one hardest to beat first; Holm's over all of them."""
    pairs = []
    for other in others:
        tasks = [task for task in ours.scores if task in other.scores]
        if not tasks:
            continue
        differences = [
            _on_scale(ours, task, metric, relative) - _on_scale(other, task, metric, relative)
            for task in tasks
        ]
        steps = [
            2 * rounding / max(other.scores[task], rounding)
            if relative and rounding
            else 2 * rounding
            for task in tasks
            for rounding in (other.rounding.get(task, 0.0),)
        ]
        pairs.append((other, judging.compare(differences, steps, rope)))
    tested = [pair.p for _, pair in pairs if pair.p is not None]
    adjusted = iter(holm(tested))
    rows = [_pair(other, pair, None if pair.p is None else next(adjusted)) for other, pair in pairs]
    return sorted(rows, key=lambda row: row["difference"])


def _pair(other: Method, pair: judging.Pair, p_holm: float | None) -> PairResult:
    chances = pair.probabilities
    return {
        "method": other.name,
        "kind": other.kind,
        "cited_as": other.cited_as,
        "helped": sorted(other.helped),
        "tasks": pair.tasks,
        "wins": pair.record.wins,
        "ties": pair.record.ties,
        "losses": pair.record.losses,
        "difference": pair.difference,
        "ci95": list(pair.interval) if pair.interval else None,
        "p": pair.p,
        "p_holm": p_holm,
        "p_worse": chances.worse if chances else None,
        "p_same": chances.same if chances else None,
        "p_better": chances.better if chances else None,
        "outcome": judging.outcome(pair, p_holm),
    }


def decisive(metric: MetricResult) -> PairResult | None:
    """The pair that the verdict rests on: the published method with the best mean rank.

    Methods that chose on test rows count only where there is no other. Without a ranking it is the
    one with the most tasks; None where nothing can be compared.
    """
    pairs = [pair for pair in metric["pairs"] if pair["kind"] == "published"]
    pairs = [pair for pair in pairs if not {*pair["helped"]} & {*ADVANTAGES}] or pairs
    ranking = metric["ranking"]
    ranked = [m["method"] for m in ranking["methods"]] if ranking else []
    by_name = {pair["method"]: pair for pair in pairs}
    first = next((by_name[name] for name in ranked if name in by_name), None)
    return first or max(pairs, key=lambda pair: pair["tasks"], default=None)


def panels(
    collection: Collection,
    tasks: Sequence[TaskResult],
    metric: MetricResult,
    found: Mapping[str, Sequence[Method]],
) -> list[PanelResult]:
    """Published methods ranked with ours alone, over all, small and large tasks."""
    by_name = {m.name: m for m in found[metric["metric"]["name"]] if m.kind == "published"}
    ours = found[metric["metric"]["name"]][0]
    sizes = {task["name"]: task["rows"] or 0 for task in tasks}
    limit = collection.large_from
    sign = 1 if metric["metric"]["direction"] == "max" else -1
    shown: list[PanelResult] = []
    for title, names in collection.panels.items():
        whole, own = _covered(metric["tasks"], [by_name[n] for n in names if n in by_name])
        groups = {"all": own}
        if limit:
            groups["small"] = [task for task in own if sizes[task] < limit]
            groups["large"] = [task for task in own if sizes[task] >= limit]
        ranks: list[PanelRanks] = []
        for group, of_group in groups.items():
            if not (whole and of_group):
                continue
            members = [ours, *whole]
            table = {m.name: [sign * m.scores[task] for task in of_group] for m in members}
            steps = [2 * max(m.rounding.get(task, 0.0) for m in members) for task in of_group]
            means = judging.mean_ranks(table, steps)
            ordered = {name: means[name] for name in sorted(means, key=lambda key: means[key])}
            ranks.append({"title": group, "tasks": len(of_group), "ranks": ordered})
        lacking = [name for name in names if name not in {m.name for m in whole}]
        shown.append({"title": title, "ranks": ranks, "lacking": lacking})
    return shown
