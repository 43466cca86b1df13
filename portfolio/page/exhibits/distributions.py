"""Forecasts with a distribution, for step 5 of a page: CRPS, intervals held and promised, fans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from benchmarks.judging.statistics import item_interval
from benchmarks.quantiles import CRPS, INTERVALS
from portfolio.page.addresses import id_of
from portfolio.page.exhibits.plots import Plot, padded, per_cent, value
from portfolio.page.figures import rendered
from runners.formatting import MISSING, NARROW, count, some
from runners.results.types import BenchmarkResult, EntryResult

KEYS = [(share, f"coverage_{100 * share:.0f}", f"width_{100 * share:.0f}") for share in INTERVALS]
"""Shares of the intervals, with their keys in `EntryResult.metrics`."""


def exhibit(benchmark: BenchmarkResult, content: Mapping[str, Any]) -> Markup:
    """The section; empty for a benchmark without entries that predict a distribution.

    Its numbers are those of `results.json`; `content` is the file of fan charts, and may be empty.
    """
    able = sorted(
        (one for one in benchmark["entries"] if CRPS in one["metrics"]),
        key=lambda one: one["metrics"][CRPS]["mean"],
    )
    data = benchmark["data"]
    if not able or not data:
        return Markup("")
    name, unit = id_of(benchmark["name"]), str(content.get("unit") or unit_of(benchmark))
    ahead = int(content.get("ahead", 0))  # 0: not known
    fans = {one["name"]: one["fans"] for one in content.get("entries", ()) if one["fans"]}
    drawn = [
        {"name": one["name"], "charts": _charts(fans[one["name"]], content, one["name"], name)}
        for one in able
        if one["name"] in fans
    ]
    network = next((one for one in able if one["kind"] == "keras"), None)
    return rendered(
        "exhibits/distributions.html.j2",
        sentences=[
            _sentence(one, data["test"], ahead)
            for place, one in enumerate(able)
            if not place or one is network
        ],
        unit=unit,
        shares=[in_per_cent(share) for share, _, _ in KEYS],
        lines=[_line(one, data["test"], ahead) for one in able],
        points=_points(benchmark, able),
        tests=count(data["test"]),
        windows=ahead > 1,
        drawn=drawn,
        ahead=ahead,
    )


def unit_of(benchmark: BenchmarkResult) -> str:
    """The unit of the targets, where a metric has the same."""
    metrics = [benchmark["metric"], *benchmark["also"]]
    return next((m["unit"] for m in metrics if m and m["name"] in ("rmse", "mae")), "")


def _sentence(entry: EntryResult, tests: int, ahead: int) -> str:
    """How often the truth lay in an entry's intervals, and whether that is what was promised."""
    metrics = entry["metrics"]
    (first, held), (second, also) = (
        (in_per_cent(share), per_cent(metrics[key]["mean"])) for share, key, _ in KEYS
    )
    of = f"{'targets in the ' if ahead > 1 else ''}{count(tests)} test "
    of += {0: "rows", 1: "targets"}.get(ahead, "windows")
    seeds = metrics[CRPS]["n"]
    trained = f", mean of {seeds} seeds" if seeds > 1 and metrics[CRPS]["std"] else ""
    text = (
        f"The {first} interval of {entry['name']} holds {held} of the {of}{trained}, the {second} "
        f"interval {also}"
    )
    judged = _judged(entry, tests, ahead)
    return f"{text} ({judged})." if judged else f"{text}."


def _judged(entry: EntryResult, tests: int, ahead: int) -> str:
    """Whether the intervals hold what they promise, by the chance of the test targets.

    Empty for windows, which overlap, so that their targets are no independent draws.
    """
    if ahead != 1:
        return ""
    parts = []
    for share, key, _ in KEYS:
        held = entry["metrics"][key]["mean"]
        low, high = item_interval(held, tests)
        if not low <= share <= high:
            parts.append(f"{in_per_cent(share)} too {'wide' if held > share else 'narrow'}")
    return ", ".join(parts) or "as promised, within chance"


def in_per_cent(share: float) -> str:
    """A share of an interval: "80 %"."""
    return f"{100 * share:.0f}{NARROW}%"


def _line(entry: EntryResult, tests: int, ahead: int) -> dict[str, Any]:
    metrics = entry["metrics"]
    return {
        "name": entry["name"],
        "crps": _with_spread(metrics[CRPS]),
        "held": [per_cent(metrics[key]["mean"]) for _, key, _ in KEYS],
        "wide": [value(metrics[key]["mean"], 3) for _, _, key in KEYS],
        "n": metrics[CRPS]["n"],
        "judged": _judged(entry, tests, ahead),
    }


def _with_spread(score: Mapping[str, Any]) -> str:
    text = value(score["mean"], 4)
    return text if not score["std"] else f"{text} ± {value(score['std'], 2)}"


def _points(benchmark: BenchmarkResult, able: Sequence[EntryResult]) -> list[dict[str, str]]:
    """Forecasts without a distribution: their MAE is their CRPS."""
    names = {one["name"] for one in able}

    def absolute(entry: EntryResult) -> Mapping[str, Any] | None:
        headline = benchmark["metric"] is not None and benchmark["metric"]["name"] == "mae"
        return entry["score"] if headline else entry["metrics"].get("mae")

    found = [
        (one["name"], one["headline"], one["floor"], score["mean"])
        for one in benchmark["entries"]
        if one["name"] not in names and (score := absolute(one))
    ]
    best = {min((one for one in found if one[2]), key=lambda one: one[3], default=None)}
    shown = [one for one in found if one[1] or one in best]
    return [{"name": one[0], "crps": value(one[3], 4), "none": MISSING} for one in shown]


def _charts(
    fans: Sequence[Mapping[str, Any]], content: Mapping[str, Any], entry: str, name: str
) -> list[dict[str, Any]]:
    if content["ahead"] == 1:
        wide, narrow = (
            fan_chart(fans[0], content, entry, f"{name}-fan", which) for which in ("wide", "narrow")
        )
        return [{"caption": "", "svg": wide + narrow}]
    return [
        {
            "caption": f"{one['what']} ({value(one['crps'], 3)}), window {count(one['row'] + 1)}"
            + (f", {one['series']}" if one["series"] else ""),
            "svg": fan_chart(one, content, entry, f"{name}-fan-{one['what'].split()[0]}"),
        }
        for one in fans
    ]


def fan_chart(
    fan: Mapping[str, Any], content: Mapping[str, Any], entry: str, name: str, which: str = ""
) -> Markup:
    """Intervals as bands, the median as a line and the truth as dots; `which` is wide or narrow."""
    at, truth = fan["at"], fan["truth"]
    history = fan["history"][-max(12, 2 * content["ahead"]) :]
    outer_low, low, middle, high, outer_high = fan["quantiles"]
    before = list(zip(range(1 - len(history), 1), history, strict=True))
    width, height = {"wide": (860, 270), "narrow": (344, 230)}.get(which, (340, 230))
    plot = Plot(
        (before[0][0] if before else at[0], at[-1] if len(at) > 1 else at[0] + 1),
        padded([*history, *truth, *outer_low, *outer_high]),
        width,
        height,
        x_about=8 if which == "wide" else 4,
    )
    for kind, bottom, top in (("x-fan95", outer_low, outer_high), ("x-fan80", low, high)):
        edge = [*zip(at, top, strict=True), *reversed(list(zip(at, bottom, strict=True)))]
        plot.line(kind, edge)
    if before:
        plot.line("x-rule", [(0.5, plot.y[0]), (0.5, plot.y[1])])
        plot.line("x-before", before)
    plot.line("x-first", list(zip(at, middle, strict=True)))
    plot.line("x-truth", list(zip(at, truth, strict=True)))
    ahead = "one step ahead each" if content["ahead"] == 1 else f"{content['ahead']} steps ahead"
    return plot.render(
        name=f"{name}-{entry}{'-' + which if which else ''}",
        title=f"Fan chart of {entry}",
        desc=f"{some(len(at), 'forecast', 'forecasts')}, {ahead}: the median (line), the "
        f"{some_levels(content)} (shaded) and the truth (dotted).",
        x_label="steps from the forecast" if before else content["at"],
        y_label=content["unit"],
        kind=f"x-{which}" if which else "",
    )


def some_levels(content: Mapping[str, Any]) -> str:
    """The intervals between the drawn levels, in words."""
    levels = content["levels"]
    shares = [levels[-1 - place] - levels[place] for place in (1, 0)]
    return " and ".join(in_per_cent(share) for share in shares) + " intervals"
