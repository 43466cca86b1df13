"""Step 3: every entry against every published score, as texts and as one strip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from portfolio.page.figures import Item, Role, spark, strip
from portfolio.page.views.recipes import in_use, value_text
from runners import formatting
from runners.records.record import single_view
from runners.results.access import (
    metric_of,
    published_by_id,
    strongest_of,
    test_rows,
    unit_of,
    verdict_on,
)
from runners.results.published import PublishedRow, kind
from runners.results.types import (
    BenchmarkResult,
    EntryResult,
    Metric,
    PublishedScore,
    VerdictResult,
)

TAGS: dict[Role, str] = {
    "headline": "headline",
    "trivial-baseline": "trivial baseline",
    "classical-baseline": "classical baseline",
}
"""What stands beside an entry's name in the table, by its mark."""


FIELDS = {
    "augmented_test": "augmentation at test time",
    "extra_data": "extra data",
    "fitted_on": "fitted on",
    "selection": "weights from the",
}
"""Protocol fields in words, where the name alone is none."""


class EntryView(EntryResult):
    """An entry with its texts."""

    role: Role
    tag: str
    departs: str
    """Protocol fields in which it departs from its benchmark's."""
    score_text: str
    single_view: str
    """The score of single views of test images, where predictions average over several."""
    mean_text: str
    spread_kind: str
    """What its ± is."""
    interval: str
    """95 % interval of the mean."""
    cost: str
    """Time of predicting a row; "" where it is not known."""
    sampling: str
    """95 % interval over test rows, where they are fixed."""
    n: int | str
    verdict: VerdictResult | None
    """Against the strongest score comparable with the headline."""
    gap: str
    recipe_text: str
    repeats_text: str
    values_text: str


def role_of(entry: EntryResult) -> Role:
    """What an entry is drawn as."""
    if entry["headline"]:
        return "headline"
    if entry["floor"]:
        return "trivial-baseline"
    return "entry" if entry["kind"] == "keras" else "classical-baseline"


def departures(entry: EntryResult) -> str:
    """Where an entry departs from its benchmark's protocol, in words; empty where it does not."""
    return "; ".join(f"{FIELDS.get(k, k)}: {v}" for k, v in entry["protocol"].items())


def entry_view(entry: EntryResult, benchmark: BenchmarkResult) -> EntryView:
    """An entry with its texts: score, interval, recipe, verdict against the best comparable."""
    metric, rows, score = metric_of(benchmark), test_rows(benchmark), entry["score"]
    role = role_of(entry)
    verdict = verdict_on(entry["verdicts"], strongest_of(benchmark))
    values = {k: v for k, v in in_use(entry["values"]).items() if k != "candidates"}
    cost = entry["predict_ms_a_row"]
    alone = entry["metrics"].get(single_view(metric["name"]))
    return {
        **entry,
        "role": role,
        "tag": TAGS.get(role, ""),
        "departs": departures(entry),
        "score_text": formatting.score_text(score, metric, rows),
        "single_view": formatting.score_text(alone, metric, rows) if alone else "",
        "mean_text": formatting.mean_text(score, metric, rows),
        "spread_kind": formatting.spread_kind(score and score["n"], unit_of(benchmark))
        + formatting.seeds_text(score),
        "interval": formatting.interval_text(score, metric, rows),
        "cost": formatting.milliseconds(cost) if cost else "",
        "sampling": sampling_text(entry, metric, rows),
        "n": score["n"] if score else formatting.MISSING,
        "verdict": verdict,
        "gap": formatting.gap(verdict, metric) if verdict else "",
        "recipe_text": ", ".join(f"{k} {value_text(v)}" for k, v in values.items()),
        "repeats_text": f"{formatting.plural(unit_of(benchmark))} "
        f"{_ranges(score['splits'] if score else entry['repeats'])}{formatting.seeds_text(score)}",
        "values_text": ", ".join(f"{v:.5g}" for v in score["values"]) if score else "",
    }


@dataclass(frozen=True)
class SecondaryLine:
    """An entry's score of a metric measured beside the headline metric."""

    name: str
    role: Role
    headline: bool
    text: str
    n: int
    best: PublishedScore | None
    """The strongest comparable published score of this metric."""
    published: str
    published_kind: str
    verdict: VerdictResult | None
    gap: str


@dataclass(frozen=True)
class SecondaryTable:
    """Scores of a metric measured beside the headline metric."""

    metric: Metric
    label: str
    title: str
    lines: list[SecondaryLine]


def also_view(metric: Metric, benchmark: BenchmarkResult) -> SecondaryTable:
    """Scores of a metric measured beside the headline metric, each with its best comparable."""
    published, lines = published_by_id(benchmark), []
    for entry in benchmark["entries"]:
        score = entry["metrics"].get(metric["name"])
        if not score:
            continue
        best = published.get(score["strongest"] or "")
        verdict = verdict_on(score["verdicts"], best)
        lines.append(
            SecondaryLine(
                name=entry["name"],
                role=role_of(entry),
                headline=entry["headline"],
                text=formatting.score_text(score, metric, test_rows(benchmark)),
                n=score["n"],
                best=best,
                published=formatting.published_text(best, metric) if best else "",
                published_kind=kind(best) if best else "",
                verdict=verdict,
                gap=formatting.gap(verdict, metric) if verdict else "",
            )
        )
    label = formatting.metric_label(metric)
    return SecondaryTable(metric, label, label[:1].upper() + label[1:], lines)


def strip_drawing(
    items: Sequence[Item],
    benchmark: BenchmarkResult,
    name: str,
    others: Sequence[PublishedRow] = (),
    *,
    narrow: bool = False,
) -> Markup | None:
    """The strip for a wide or a narrow screen; None without items.

    `others` are scores published under other conditions.
    """
    if not items:
        return None
    metric = metric_of(benchmark)
    caption = ", ".join(filter(None, [formatting.metric_label(metric), formatting.unit(metric)]))
    return strip(
        items,
        caption=caption,
        name=f"strip-{name}",
        narrow=narrow,
        **_axis(benchmark, others),
    )


def spark_drawing(
    items: Sequence[Item], benchmark: BenchmarkResult, others: Sequence[PublishedRow] = ()
) -> Markup | str:
    """The small strip of the scoreboard; "" without items."""
    return spark(items, **_axis(benchmark, others)) if items else ""


def _axis(benchmark: BenchmarkResult, others: Sequence[PublishedRow]) -> dict[str, Any]:
    metric = metric_of(benchmark)
    perfect = 100.0 if formatting.is_fraction(metric) else None
    return {
        "better": metric["direction"],
        "perfect": 0.0 if metric["direction"] == "min" else perfect,
        "others": [_published_item(row, metric) for row in others],
        "title": f"{benchmark['name']}: our scores and published ones",
    }


def items_of(
    benchmark: BenchmarkResult,
    entries: Sequence[EntryView],
    comparable: Sequence[PublishedRow],
) -> list[Item]:
    """What the strip draws: own entries with a score and the published scores chosen for it."""
    metric = metric_of(benchmark)
    items = []
    for entry in entries:
        if entry["score"]:
            low, high = entry["score"]["ci95"] or (None, None)
            mean, text = entry["score"]["mean"], entry["mean_text"]
            items.append(_item(entry["name"], mean, text, entry["role"], low, high, metric))
    if not items:
        return []
    return items + [_published_item(row, metric) for row in comparable if row.drawn]


def _published_item(row: PublishedRow, metric: Metric) -> Item:
    score = row.score
    low, high = score["ci95"] or (None, None)
    text = formatting.published_mean(score, metric)
    return _item(score["model"], score["score"], text, score["level"], low, high, metric)


def _item(
    label: str,
    value: float,
    text: str,
    role: Role,
    low: float | None,
    high: float | None,
    metric: Metric,
) -> Item:
    ends = [None if end is None else formatting.shown(end, metric) for end in (low, high)]
    return Item(label, formatting.shown(value, metric), text, role, *ends)


def sampling_text(entry: EntryResult, metric: Metric, rows: int | None) -> str:
    """Exact interval over test rows, with the digits of the interval over seeds; "" without."""
    sampling, score = entry["test_sampling"], entry["score"]
    if not sampling or not score:
        return ""
    return formatting.interval_text({**score, "ci95": sampling["ci95"]}, metric, rows)


def _ranges(numbers: Sequence[int]) -> str:
    """Repeat numbers in short: `0-19` or `0-3, 5`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}{formatting.DASH}{b}" if a != b else str(a) for a, b in spans)
