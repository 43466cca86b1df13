"""The model card of the headline: what it is, takes and gives, what it cost, what it is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portfolio.page.views import recipes
from runners import formatting
from runners.results import platform


def model_card(benchmark: Mapping[str, Any]) -> dict[str, Any] | None:
    """Rows (term, text) of the headline entry and its recipe; None where it has no score.

    All of it is computed from the records: the recipe as it was trained, seconds over all
    repeats, the device. Uses follow from the data and the protocol.
    """
    entry = next((e for e in benchmark["entries"] if e["headline"] and e["score"]), None)
    if entry is None:
        return None
    data, metric = benchmark["data"] or {}, benchmark["metric"] or {}
    rows = [
        ("Model", f"{entry['name']}. {entry['about'] or ''}".strip()),
        ("Takes", _takes(data, entry["values"] or {})),
        ("Gives", _gives(benchmark["task"], data, metric)),
        ("Weights", formatting.count(entry["params"]) if entry["params"] is not None else ""),
        ("Training", _training(benchmark, entry)),
        ("Device", platform.hardware(benchmark["environment"] or {})),
        ("Made for", _made_for(benchmark, data)),
        ("Not for", _not_for(data)),
    ]
    return {
        "name": entry["name"],
        "rows": [(term, text) for term, text in rows if text],
        "recipe": recipes.table(entry["values"] or {}),
    }


def features(found: Any) -> str:
    """The inputs of one row in words: `8 features`, `32 × 32 × 3 values`."""
    if isinstance(found, bool):
        return ""
    if isinstance(found, int):
        return formatting.some(found, "feature", "features")
    if isinstance(found, list | tuple):
        return f" {formatting.TIMES} ".join(str(part) for part in found) + " values each"
    return f"{found} features" if found else ""


def _takes(data: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    text = features(data.get("features")).removesuffix(" each")
    inputs = values.get("inputs")
    if not text:
        return ""
    return f"{text} a row" + (f", {inputs}" if isinstance(inputs, str) and inputs else "")


def _gives(task: Any, data: Mapping[str, Any], metric: Mapping[str, Any]) -> str:
    names = data.get("class_names") or []
    if task == "classification" or names:
        return f"one of {len(names)} classes" if names else "a class"
    unit = formatting.unit(metric)
    return f"one number, its error measured in {unit}" if unit else "one number"


def _training(benchmark: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    seconds, n = formatting.number(entry["seconds"]), len(entry["repeats"])
    if seconds is None:
        return ""
    unit = (benchmark["protocol"] or {}).get("unit") or "repeat"
    each = f", {formatting.duration(seconds / n)} each" if n > 1 else ""
    many = formatting.some(n, unit, formatting.plural(unit))
    return f"{formatting.duration(seconds)} for {many}{each}"


def _made_for(benchmark: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    protocol = (benchmark["protocol"] or {}).get("title")
    under = f" under the protocol “{protocol}”" if protocol else ""
    return f"Comparing training recipes on {data.get('title') or benchmark['name']}{under}."


def _not_for(data: Mapping[str, Any]) -> str:
    rows = data.get("test")
    scored = f", and each score is taken over {formatting.count(rows)} of them" if rows else ""
    return f"Deciding about cases unlike these: no other rows were ever seen{scored}."
