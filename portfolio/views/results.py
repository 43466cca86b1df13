"""Step 5: the learning curves of every network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portfolio.curves import curves


def panels(
    benchmark: Mapping[str, Any], records: Mapping[str, Sequence[Any]], name: str
) -> list[dict[str, Any]]:
    """Learning curves of every network that kept a history, the headline's first."""
    made: list[dict[str, Any]] = []
    for entry in benchmark["entries"]:
        histories = [record["history"] for record in records.get(entry["name"], [])]
        keys = sorted({key.removeprefix("val_") for history in histories for key in history})
        for key in keys:
            slug = f"curves-{name}-{len(made)}"
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
            made.append({**drawn, "entry": entry["name"], "what": words})
    return made
