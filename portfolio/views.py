"""What the page's template needs of one benchmark, as ready texts and figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from portfolio import environment, gains, tricks, wording
from portfolio.curves import curves
from portfolio.figures import Item, Role, spark, strip
from portfolio.published import choose, kind, published_rows, short_citation
from portfolio.scoreboard import strongest, test_rows


def view(
    benchmark: Mapping[str, Any],
    row: Mapping[str, Any],
    records: Mapping[str, Sequence[Any]],
) -> dict[str, Any]:
    """What the template needs of one benchmark beside the summary's own values."""
    metric = benchmark["metric"] or {}
    best = strongest(benchmark)
    name = re.sub(r"[^a-z0-9]+", "-", benchmark["name"].lower()).strip("-") or "benchmark"
    entries = [_entry_view(entry, benchmark, best) for entry in benchmark["entries"]]
    published = published_rows(benchmark)
    comparable = [p for p in published if p["comparable"]]
    headline = next((e for e in benchmark["entries"] if e["headline"]), None)
    choose(comparable, headline, metric)
    items, learned = _items(benchmark, entries, comparable), benchmark["deep_learning"]
    data = benchmark["data"] or {}
    made: dict[str, Any] = {
        "benchmark": benchmark,
        "row": row,
        "id": name,
        "command": f"make bench ONLY={benchmark['name']}",
        "entries": entries,
        "comparable": comparable,
        "deciding": [p for p in published if p["decides"]],
        "further": [p for p in comparable if not p["decides"]],
        "one_sided": [p for p in published if p["one_sided"] and not p["decides"]],
        "incomparable": [p for p in published if not (p["comparable"] or p["one_sided"])],
        "families": [
            family["statement"]
            for level, family in benchmark["better_than_any"].items()
            if level != "floor" and family["of"] > 1  # of floors, every one has to be beaten
        ],
        "drawn": sum(p["shown"] for p in comparable),
        "left_out": sum(not p["shown"] for p in comparable),
        "published_kind": kind(best) if best else "",
        "published_short": short_citation(best) if best else "",
        "outcome": _outcome(row),
        "learned": gains.sentence(learned, metric) if learned else "",
        "also": [_also(measured, benchmark) for measured in benchmark["also"]],
        "margin": wording.amount(benchmark["margin"], metric),
        "bounds": [wording.amount(d.get("bound"), metric) for d in data.get("deviations") or []],
        "features": _features(data.get("features")),
        "classes": _classes(data.get("class_names") or []),
        "ladder": _ladder(benchmark, entries),
        "tricks": tricks.rows(benchmark["audit"], metric),
        "panels": _panels(benchmark, records, name),
        "ran": environment.ran(benchmark),
        "roles": {item.role for item in items},
        "wide": None,
        "narrow": None,
        "spark": "",
    }
    if items:
        caption = ", ".join(filter(None, [wording.metric_label(metric), wording.unit(metric)]))
        title = f"{benchmark['name']}: our scores and published ones"
        better = metric.get("direction", "min")
        for form in ("wide", "narrow"):
            made[form] = strip(
                items,
                caption=caption,
                better=better,
                name=f"strip-{name}",
                title=title,
                narrow=form == "narrow",
            )
        made["spark"] = spark(items, title=title)
    return made


def _role(entry: Mapping[str, Any]) -> Role:
    if entry["headline"]:
        return "headline"
    if entry["floor"]:
        return "own-floor"
    return "entry" if entry["kind"] == "keras" else "yardstick"


def _entry_view(
    entry: Mapping[str, Any],
    benchmark: Mapping[str, Any],
    best: Mapping[str, Any] | None,
) -> dict[str, Any]:
    metric, rows = benchmark["metric"] or {}, test_rows(benchmark)
    score = entry["score"] or {}
    repeat = (benchmark["protocol"] or {}).get("unit")
    role = _role(entry)
    tags = {
        "headline": "headline",
        "own-floor": "floor",
        "yardstick": "yardstick",
        "entry": "",
    }
    verdict = next(
        (v for v in entry["verdicts"] if best is not None and v["baseline"] == best["id"]),
        None,
    )
    return {
        **entry,
        "role": role,
        "tag": tags[role],
        "departs": "; ".join(f"{k}: {v}" for k, v in (entry["protocol"] or {}).items()),
        "score_text": wording.score_text(entry["score"], metric, rows),
        "mean_text": wording.mean_text(entry["score"], metric, rows),
        "spread_kind": wording.spread_kind(score.get("n"), repeat),
        "interval": wording.interval_text(entry["score"], metric, rows),
        "sampling": _sampling(entry, metric, rows),
        "n": score.get("n") or wording.MISSING,
        "verdict": verdict,
        "gap": wording.gap(verdict, metric) if verdict else "",
        "recipe_text": ", ".join(f"{k} {_value(v)}" for k, v in (entry["values"] or {}).items()),
        "repeats_text": _ranges(entry["repeats"]),
        "values_text": ", ".join(f"{v:.5g}" for v in score.get("values") or []),
    }


def _also(metric: Mapping[str, Any], benchmark: Mapping[str, Any]) -> dict[str, Any]:
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
                "role": _role(entry),
                "headline": entry["headline"],
                "text": wording.score_text(score, metric, test_rows(benchmark)),
                "n": score["n"],
                "best": best,
                "published": wording.published_text(best, metric) if best else "",
                "published_kind": kind(best) if best else "",
                "published_short": short_citation(best) if best else "",
                "verdict": verdict,
                "gap": wording.gap(verdict, metric) if verdict else "",
            }
        )
    label = wording.metric_label(metric)
    title = label[:1].upper() + label[1:]
    return {"label": label, "title": title, "metric": metric, "lines": lines}


def _sampling(entry: Mapping[str, Any], metric: Mapping[str, Any], rows: int | None) -> str:
    """Exact interval of the test items, with the digits of the interval over seeds."""
    sampling = entry["test_sampling"]
    if not sampling:
        return ""
    return wording.interval_text({**entry["score"], "ci95": sampling["ci95"]}, metric, rows)


def _items(
    benchmark: Mapping[str, Any],
    entries: Sequence[Mapping[str, Any]],
    comparable: Sequence[Mapping[str, Any]],
) -> list[Item]:
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
            text = wording.published_mean(p, metric)
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
    ends = [None if end is None else wording.shown(end, metric) for end in (low, high)]
    return Item(label, wording.shown(value, metric), text, role, *ends)


def _ladder(
    benchmark: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Own entries from worst to best, each with its gain over the one above."""
    metric = benchmark["metric"] or {}
    sign = 1 if metric.get("direction") == "max" else -1
    scored = sorted((e for e in entries if e["score"]), key=lambda e: sign * e["score"]["mean"])
    rungs: list[dict[str, Any]] = []
    for i, e in enumerate(scored):
        step = e["score"]["mean"] - scored[i - 1]["score"]["mean"] if i else None
        gain = wording.amount(step, metric, signed=True)
        rungs.append(
            {
                "name": e["name"],
                "text": e["mean_text"],
                "gain": gain,
                "headline": e["headline"],
            }
        )
    return rungs if len(rungs) > 1 else []


def _panels(
    benchmark: Mapping[str, Any], records: Mapping[str, Sequence[Any]], name: str
) -> list[dict[str, Any]]:
    """Learning curves of every network that kept a history, the headline's first."""
    panels: list[dict[str, Any]] = []
    for entry in benchmark["entries"]:
        histories = [record["history"] for record in records.get(entry["name"], [])]
        keys = sorted({key.removeprefix("val_") for history in histories for key in history})
        for key in keys:
            slug = f"curves-{name}-{len(panels)}"
            drawn = curves(histories, curve=key, entry=entry["name"], name=slug)
            if drawn is None:
                continue
            repeats = drawn["repeats"]
            what = [
                key.replace("_", " "),
                f"{repeats} repeats, median strong" if repeats > 1 else "one repeat",
                "validation dashed" if len(drawn["keys"]) > 1 else "",
                "log scale" if drawn["log"] else "",
            ]
            words = ", ".join(filter(None, what))
            panels.append({**drawn, "entry": entry["name"], "what": words})
    return panels


def _outcome(row: Mapping[str, Any]) -> str:
    """The benchmark in one sentence; the verdict word follows it."""
    if not row["n"]:
        return ""
    ours = f"{row['entry']}: {row['metric']} {row['score']} ({row['spread_kind']})"
    if not row["published_by"]:
        return f"{ours}."
    return f"{ours}; the best comparable published score is {row['published']}."


def _features(features: Any) -> str:
    if isinstance(features, int):
        return wording.some(features, "feature", "features")
    if isinstance(features, list | tuple):
        return f" {wording.TIMES} ".join(str(part) for part in features) + " values each"
    return f"{features} features" if features else ""


def _classes(names: Sequence[Any]) -> str:
    if len(names) > 12:
        return f"{len(names)}: {', '.join(map(str, names[:10]))}, …"
    return f"{len(names)}: {', '.join(map(str, names))}"


def _value(value: Any) -> str:
    """A recipe's value as a reader writes it."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return " ".join(_value(item) for item in value) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(item)}" for key, item in value.items())
    if value is None:
        return "none"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _ranges(numbers: Sequence[int]) -> str:
    """Repeat numbers in short: `0-19` or `0-3, 5`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}{wording.DASH}{b}" if a != b else str(a) for a, b in spans)
