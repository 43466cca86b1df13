"""Step 4: the hyperparameter search: what was tried, what was found, what mattered.

Inner validation alone judged; no score here is a test score.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from portfolio.page.exhibits.plots import Plot, padded, per_cent
from runners import formatting
from runners.results.types import (
    EntryResult,
    HistoryScore,
    Metric,
    StudyHeadline,
    StudyTable,
    StudyTrial,
)

LISTED = 100
"""Settings the table has at most, the best ones."""
REACH = 3.0
"""Scores this many times as far behind the best as the median is are drawn at the edge."""


@dataclass(frozen=True)
class Setting:
    """A line of the table of settings."""

    number: int
    score: str
    settings: str
    test: str
    """Score on test rows of the entry that was trained with it; "" where there is none."""


@dataclass(frozen=True)
class StudyView:
    """Texts and drawings of a hyperparameter search."""

    tried: int
    make: str
    counts: str
    """How many were judged on all folds, stopped early, failed."""
    judge: str
    """Which folds judged the settings, and which test rows they share."""
    time: str
    day: str
    label: str
    best: list[tuple[str, str]]
    """The best setting: name and value; empty without one."""
    score: str
    against: str
    """The headline on the same folds."""
    tested: list[str]
    """What entries with settings of the search score on test rows, in sentences."""
    importance: list[tuple[str, float, str]]
    """Hyperparameter, its share, and the share in per cent."""
    drawings: list[Markup]
    legend: list[str]
    lines: list[Setting]
    left_out: int
    """Settings that the table has no room for."""


def search(
    study: StudyTable | None, name: str, entries: Sequence[EntryResult] = ()
) -> StudyView | None:
    """Texts and drawing of a study; `name` makes the drawing's ids unique on its page.

    `entries` are the benchmark's: those that train a setting of the study give its test score.
    """
    if not study or not study["trials"]:
        return None
    metric, trials = study["metric"], study["trials"]
    sign = 1 if metric["direction"] == "min" else -1
    ranking = [(one["mean"], one) for one in trials if one["mean"] is not None and _complete(one)]
    ranking.sort(key=lambda pair: (sign * pair[0], pair[1]["number"]))
    best = ranking[0][1] if ranking else None
    decimals = formatting.score_decimals(_summary(best["scores"]), metric, None) if best else 0
    headline = study["headline"] if study["headline"] and study["headline"]["scores"] else None
    has_drawing = len(ranking) > 1
    trained = {one["number"]: entry for _, one in ranking if (entry := _entry_of(one, entries))}
    return StudyView(
        tried=sum(not one["again"] for one in trials),
        make=study["make"],
        counts=_counts(trials, len(study["sizes"])),
        judge=_judge(study),
        time=formatting.duration(study["seconds"]),
        day=formatting.day(study["finished_at"]),
        label=formatting.metric_label(metric),
        best=_words(best["settings"]) if best else [],
        score=_score(best["scores"], metric) if best else "",
        against=_against(best, headline, metric),
        tested=[
            f"{entry['name']}, trained with setting {number + 1}: "
            f"{formatting.score_text(entry['score'], metric)} "
            f"({formatting.spread_kind(entry['score'] and entry['score']['n'], study['unit'])})."
            for number, entry in trained.items()
        ],
        importance=[(key, share, per_cent(share)) for key, share in study["importance"].items()],
        drawings=[
            _drawing(study, headline, f"study-{name}", narrow=narrow)
            for narrow in (False, True)
            if has_drawing
        ],
        legend=_legend(study, headline) if has_drawing else [],
        lines=[
            Setting(
                number=one["number"] + 1,
                score=formatting.with_unit(
                    formatting.fixed(formatting.shown(mean, metric), decimals), metric
                ),
                settings=", ".join(f"{k}\u00a0{v}" for k, v in _words(one["settings"])),
                test=formatting.mean_text(trained[one["number"]]["score"], metric)
                if one["number"] in trained
                else "",
            )
            for mean, one in ranking[:LISTED]
        ],
        left_out=max(0, len(ranking) - LISTED),
    )


def _entry_of(trial: StudyTrial, entries: Sequence[EntryResult]) -> EntryResult | None:
    """The entry that was written with a setting, has all its values and a score; else None."""
    for entry in entries:
        values = entry["values"]
        common = [key for key in trial["settings"] if key in values]
        alike = all(values[key] == trial["settings"][key] for key in common)
        if entry["score"] and values.get("tuned") and len(common) > 1 and alike:
            return entry
    return None


def _complete(trial: StudyTrial) -> bool:
    return trial["state"] == "complete"


def _counts(trials: Sequence[StudyTrial], folds: int) -> str:
    count = Counter(one["state"] for one in trials)
    parts = [f"{count['complete']} judged on all {folds} inner folds"]
    parts += [f"{count['pruned']} stopped early"] if count["pruned"] else []
    parts += [f"{count['failed']} failed"] if count["failed"] else []
    return formatting.listed(parts)


def _judge(study: StudyTable) -> str:
    """Which folds judged the settings, and which test rows they share."""
    (train, held), each = study["sizes"][-1], "each with about"
    if len({size for size, _ in study["sizes"]}) > 2:  # blocks of a series: more each time
        each = "the last with"
    rows = "the training rows"
    if study["unit"] != "seed":
        rows += f" of the first {study['unit']}"
    text = (
        f"Inner validation alone judged: {len(study['sizes'])} {study['kind']} of {rows}, {each} "
        f"{formatting.count(train)} rows to train and {formatting.count(held)} to validate. "
    )
    if study["unit"] == "seed":
        return f"{text}No test row was used."
    others = formatting.plural(study["unit"])
    return (
        f"{text}No test row of that {study['unit']} was used; the other {study['repeats'] - 1} "
        f"{others} test on rows that are among these."
    )


def _against(best: StudyTrial | None, headline: StudyHeadline | None, metric: Metric) -> str:
    """The headline on the same folds, and by how much the best setting is ahead there."""
    if not best or best["mean"] is None or not headline:
        return ""
    gap = best["mean"] - statistics.fmean(headline["scores"])
    ahead = (gap < 0) == (metric["direction"] == "min") and gap != 0
    size = formatting.amount(abs(gap), metric)
    behind = f"{size} behind the best setting" if ahead else "no worse than the best setting"
    return f"{headline['entry']} on the same folds: {_score(headline['scores'], metric)}, {behind}."


def _score(scores: Sequence[float], metric: Metric) -> str:
    return f"{formatting.score_text(_summary(scores), metric)} (std over {len(scores)} inner folds)"


def _summary(scores: Sequence[float]) -> HistoryScore:
    deviation = statistics.stdev(scores) if len(scores) > 1 else None
    return {"mean": statistics.fmean(scores), "std": deviation, "ci95": None, "n": len(scores)}


def _words(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (key, f"{value:g}" if isinstance(value, float) else str(value))
        for key, value in settings.items()
    ]


def _drawing(
    study: StudyTable, headline: StudyHeadline | None, name: str, *, narrow: bool
) -> Markup:
    """A dot a setting, the best so far as a line of steps, the headline as a dashed one."""
    metric, trials = study["metric"], study["trials"]
    low, high = _range(trials, headline, metric)
    width, about = (340, 4) if narrow else (520, 6)

    def inside(value: float) -> float:
        return min(high, max(low, formatting.shown(value, metric)))

    plot = Plot((0, len(trials) + 1), (low, high), width=width, height=250, left=52, x_about=about)
    if headline:
        at = inside(statistics.fmean(headline["scores"]))
        plot.line("x-even", [(0, at), (len(trials) + 1, at)])
    pick = min if metric["direction"] == "min" else max
    steps: list[tuple[float, float]] = []
    so_far: float | None = None
    for one in trials:
        if one["mean"] is not None and _complete(one):
            new = one["mean"] if so_far is None else pick(so_far, one["mean"])
            if so_far is not None:
                steps.append((one["number"] + 1, inside(so_far)))
            steps.append((one["number"] + 1, inside(new)))
            so_far = new
    assert so_far is not None
    steps.append((len(trials) + 0.5, inside(so_far)))
    plot.line("x-first", steps)
    for kind, state in (("x-hollow", "pruned"), ("x-solid", "complete")):
        plot.circles(
            kind,
            [
                (one["number"] + 1, inside(one["mean"]), 3.2)
                for one in trials
                if one["state"] == state and one["mean"] is not None
            ],
        )
    better = "lower" if metric["direction"] == "min" else "higher"
    label = ", ".join(filter(None, [formatting.metric_label(metric), formatting.unit(metric)]))
    return plot.render(
        name=f"{name}-{'narrow' if narrow else 'wide'}",
        title="Hyperparameter search: inner score of every setting in the order tried",
        desc=f"{len(trials)} settings, {better} is better; the best reaches "
        f"{formatting.mean_text({'mean': so_far}, metric)}. The table below has the numbers.",
        x_label="setting",
        y_label=f"inner {label}",
        kind="x-narrow" if narrow else "x-wide",
    )


def _legend(study: StudyTable, headline: StudyHeadline | None) -> list[str]:
    low, high = _range(study["trials"], headline, study["metric"])
    means = [one["mean"] for one in study["trials"] if one["mean"] is not None]
    beyond = sum(not low <= formatting.shown(mean, study["metric"]) <= high for mean in means)
    return [
        "dot: a setting",
        "hollow: stopped early",
        "line: the best so far",
        *([f"dashed: {headline['entry']}, the headline"] if headline else []),
        *([f"{formatting.some(beyond, 'dot', 'dots')} at the edge: beyond it"] if beyond else []),
    ]


def _range(
    trials: Sequence[StudyTrial],
    headline: StudyHeadline | None,
    metric: Metric,
) -> tuple[float, float]:
    """The axis: the best and what is not absurdly far behind it."""
    values = [
        formatting.shown(one["mean"], metric)
        for one in trials
        if one["mean"] is not None and _complete(one)
    ]
    sign = 1 if metric["direction"] == "min" else -1
    best = min(values, key=lambda value: sign * value)
    reach = REACH * abs(statistics.median(values) - best) or float("inf")
    within = [value for value in values if abs(value - best) <= reach]
    if headline:
        mean = formatting.shown(statistics.fmean(headline["scores"]), metric)
        within += [mean] if abs(mean - best) <= reach else []
    return padded(within, 0.08)
