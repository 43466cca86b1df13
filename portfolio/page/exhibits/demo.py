"""A form, or a box to draw in, whose prediction the page computes with the network itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from portfolio.page.exhibits.plots import value
from portfolio.page.figures import rendered
from runners.formatting import count
from runners.results.access import headline_of, unit_of
from runners.results.types import BenchmarkResult

FIRST = 14
"""Fields shown at once; further ones are folded away."""


def exhibit(benchmark: BenchmarkResult, content: Mapping[str, Any]) -> Markup:
    """The section of step 5; empty for a network that is not an entry's newest."""
    entry = next((e for e in benchmark["entries"] if e["name"] == content.get("entry")), None)
    headline, data = headline_of(benchmark), benchmark["data"]
    if entry is None or entry["recipe"] != content["recipe"] or "weights" not in content:
        return Markup("")
    fields = [_field(place, field, content) for place, field in enumerate(content["fields"])]
    whole = len(fields) <= FIRST + 3
    needed = ("steps", "weights", "inputs", "fields", "examples", "classes", "unit")
    return rendered(
        "exhibits/demo.html.j2",
        entry=entry["name"],
        headline=headline["name"] if headline and headline["name"] != entry["name"] else "",
        repeat=unit_of(benchmark),
        several=len(entry["repeats"]) > 1,
        train=count(data["train"]) if data and data["train"] else "",
        first=fields if whole else fields[: FIRST - 2],
        rest=[] if whole else fields[FIRST - 2 :],
        examples=[_example(one, content) for one in content["examples"]],
        classes=content["classes"],
        data={key: content[key] for key in needed},
    )


def _field(place: int, field: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    """One feature as a control of the form, filled with the first example's value."""
    given = content["examples"][0]["values"][place]
    extent = ""
    if field["range"]:
        low, high = field["range"]
        extent = f"always {value(low)}" if low == high else f"{value(low)} to {value(high)}"
    return {
        "name": field["name"].replace("_", " "),
        "unit": field["unit"],
        "words": field["words"],
        "value": int(given) if float(given).is_integer() else given,
        "extent": extent,
    }


def _example(one: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """A row to begin from, counted from 1 as elsewhere on the page, with what is true of it."""
    classes, unit = content["classes"], content["unit"]
    truth = classes[int(one["truth"])] if classes else value(one["truth"])
    return f"row {one['row'] + 1} ({truth}{f' {unit}' if unit else ''})"
