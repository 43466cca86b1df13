"""Step 3: every entry against every published score, as texts and as one strip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from portfolio.page.figures import Item, Role, spark, strip
from portfolio.page.views.recipes import value_text
from runners import formatting
from runners.results.published import kind, short_citation
from runners.results.scoreboard import strongest, test_rows


def role_of(entry: Mapping[str, Any]) -> Role:
    """What an entry is drawn as."""
    if entry["headline"]:
        return "headline"
    if entry["floor"]:
        return "own-floor"
    return "entry" if entry["kind"] == "keras" else "yardstick"


def entry_view(entry: Mapping[str, Any], benchmark: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with its texts: score, interval, recipe, verdict against the best comparable."""
    metric, rows, best = benchmark["metric"] or {}, test_rows(benchmark), strongest(benchmark)
    score = entry["score"] or {}
    repeat = (benchmark["protocol"] or {}).get("unit")
    role = role_of(entry)
    tags = {"headline": "headline", "own-floor": "floor", "yardstick": "yardstick", "entry": ""}
    verdict = next(
        (v for v in entry["verdicts"] if best is not None and v["baseline"] == best["id"]),
        None,
    )
    values = {k: v for k, v in (entry["values"] or {}).items() if k != "candidates"}
    return {
        **entry,
        "role": role,
        "tag": tags[role],
        "departs": "; ".join(f"{k}: {v}" for k, v in (entry["protocol"] or {}).items()),
        "score_text": formatting.score_text(entry["score"], metric, rows),
        "mean_text": formatting.mean_text(entry["score"], metric, rows),
        "spread_kind": formatting.spread_kind(score.get("n"), repeat),
        "interval": formatting.interval_text(entry["score"], metric, rows),
        "sampling": _sampling(entry, metric, rows),
        "n": score.get("n") or formatting.MISSING,
        "verdict": verdict,
        "gap": formatting.gap(verdict, metric) if verdict else "",
        "recipe_text": ", ".join(f"{k} {value_text(v)}" for k, v in values.items()),
        "repeats_text": _ranges(entry["repeats"]),
        "values_text": ", ".join(f"{v:.5g}" for v in score.get("values") or []),
    }


def also_view(metric: Mapping[str, Any], benchmark: Mapping[str, Any]) -> dict[str, Any]:
    """Scores of a metric measured beside the headline metric, each with its best comparable."""
    published = {b["id"]: b for b in benchmark["baselines"] if b["metric"] == metric["name"]}
    lines = []
    for entry in benchmark["entries"]:
        score = entry["metrics"].get(metric["name"])
        if not score:
            continue
        best = published.get(score["strongest"])
        verdict = next((v for v in score["verdicts"] if best and v["baseline"] == best["id"]), None)
        lines.append(
            {
                "name": entry["name"],
                "role": role_of(entry),
                "headline": entry["headline"],
                "text": formatting.score_text(score, metric, test_rows(benchmark)),
                "n": score["n"],
                "best": best,
                "published": formatting.published_text(best, metric) if best else "",
                "published_kind": kind(best) if best else "",
                "published_short": short_citation(best) if best else "",
                "verdict": verdict,
                "gap": formatting.gap(verdict, metric) if verdict else "",
            }
        )
    label = formatting.metric_label(metric)
    title = label[:1].upper() + label[1:]
    return {"label": label, "title": title, "metric": metric, "lines": lines}


def drawings(items: Sequence[Item], benchmark: Mapping[str, Any], name: str) -> dict[str, Markup]:
    """The strip for a wide and for a narrow screen, and the spark of the scoreboard."""
    metric = benchmark["metric"] or {}
    caption = ", ".join(filter(None, [formatting.metric_label(metric), formatting.unit(metric)]))
    title = f"{benchmark['name']}: our scores and published ones"
    made = {
        form: strip(
            items,
            caption=caption,
            better=metric.get("direction", "min"),
            name=f"strip-{name}",
            title=title,
            narrow=form == "narrow",
        )
        for form in ("wide", "narrow")
    }
    return made | {"spark": spark(items, title=title)}


def items_of(
    benchmark: Mapping[str, Any],
    entries: Sequence[Mapping[str, Any]],
    comparable: Sequence[Mapping[str, Any]],
) -> list[Item]:
    """What the strip draws: own entries with a score and the published scores chosen for it."""
    metric = benchmark["metric"] or {}
    items = []
    for e in entries:
        if e["score"]:
            low, high = e["score"]["ci95"] or (None, None)
            mean, text = e["score"]["mean"], e["mean_text"]
            items.append(_item(e["name"], mean, text, e["role"], low, high, metric))
    if not items:
        return []
    for p in comparable:
        if p["shown"]:
            low, high = p.get("ci95") or (None, None)
            text = formatting.published_mean(p, metric)
            items.append(_item(p["model"], p["score"], text, p["level"], low, high, metric))
    return items


def _item(
    label: str,
    value: float,
    text: str,
    role: Role,
    low: float | None,
    high: float | None,
    metric: Mapping[str, Any],
) -> Item:
    ends = [None if end is None else formatting.shown(end, metric) for end in (low, high)]
    return Item(label, formatting.shown(value, metric), text, role, *ends)


def _sampling(entry: Mapping[str, Any], metric: Mapping[str, Any], rows: int | None) -> str:
    """Exact interval of the test items, with the digits of the interval over seeds."""
    sampling = entry["test_sampling"]
    if not sampling:
        return ""
    return formatting.interval_text({**entry["score"], "ci95": sampling["ci95"]}, metric, rows)


def _ranges(numbers: Sequence[int]) -> str:
    """Repeat numbers in short: `0-19` or `0-3, 5`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}{formatting.DASH}{b}" if a != b else str(a) for a, b in spans)
