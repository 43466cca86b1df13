"""Step 5: the learning curves of every network, and what a single neuron has found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from portfolio.page.curves import curves, pair
from runners import formatting

Records = Mapping[str, Sequence[Any]]


def panels(benchmark: Mapping[str, Any], records: Records, name: str) -> list[dict[str, Any]]:
    """Learning curves of every network that kept a history, the headline's first.

    A network that names another it stands `beside` is drawn together with it.
    """
    made: list[dict[str, Any]] = []
    for entry in benchmark["entries"]:
        own = records.get(entry["name"], [])
        histories = [record["history"] for record in own]
        twin = str((entry["values"] or {}).get("beside") or "")
        keys = sorted({key.removeprefix("val_") for history in histories for key in history})
        for key in keys:
            slug = f"curves-{name}-{len(made)}"
            both = records.get(twin, [])
            together = pair(
                [record["history"] for record in both],
                histories,
                names=(twin, entry["name"]),
                curve=key,
                name=slug,
            )
            drawn = together or curves(histories, curve=key, entry=entry["name"], name=slug)
            if drawn is None:
                continue
            repeats = drawn["repeats"]
            what = [
                f"and {twin}: {key.replace('_', ' ')}" if together else key.replace("_", " "),
                f"{repeats} repeats, median strong" if repeats > 1 else "one repeat",
                f"{entry['name']} dashed" if together else "",
                "validation dashed" if len(drawn["keys"]) > 1 and not together else "",
                "log scale" if drawn["log"] else "",
            ]
            words = ", ".join(filter(None, what))
            apart = _apart(both, own, key) if together else ""
            made.append({**drawn, "entry": entry["name"], "what": words, "apart": apart})
    return made


def _apart(one: Sequence[Any], other: Sequence[Any], curve: str) -> str:
    """How far two entries' curves of the same repeats are from each other at most, in words."""
    theirs = {record["repeat"]: record["history"].get(curve) or [] for record in one}
    gaps = [
        (abs(a - b), a, epoch, record["repeat"])
        for record in other
        for epoch, (a, b) in enumerate(
            zip(theirs.get(record["repeat"], []), record["history"].get(curve) or [], strict=False),
            start=1,
        )
    ]
    if not gaps:
        return ""
    gap, value, epoch, _ = max(gaps)
    common = len({repeat for *_, repeat in gaps})
    among = f"of {formatting.some(common, 'repeat', 'repeats')}"
    if gap == 0:
        return f"The two are the same in every epoch {among}."
    return (
        f"Largest difference between the two in any epoch {among}: {gap:.1g}, at a {curve} of "
        f"{value:.4g} (epoch {epoch})."
    )


def lines(benchmark: Mapping[str, Any], records: Records) -> list[str]:
    """What networks that are a line have found: slope and intercept, over all repeats."""
    unit = formatting.plural((benchmark["protocol"] or {}).get("unit") or "repeat")
    told = []
    for entry in benchmark["entries"]:
        notes = [record.get("notes") or {} for record in records.get(entry["name"], [])]
        found = {
            word: [
                value for note in notes if (value := formatting.number(note.get(word))) is not None
            ]
            for word in ("slope", "intercept")
        }
        if all(found.values()):
            words = [f"the {word} {_spanned(values)}" for word, values in found.items()]
            over = f" over {len(found['slope'])} {unit}" if len(found["slope"]) > 1 else ""
            told.append(f"{entry['name']} found {' and '.join(words)}{over}.")
    return told


def _spanned(values: Sequence[float]) -> str:
    """Smallest and largest value with six digits, once where they are the same."""
    low, high = (_digits(value) for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def _digits(value: float) -> str:
    whole = math.floor(math.log10(abs(value))) if value else 0
    return f"{value:.{max(0, 5 - whole)}f}"
