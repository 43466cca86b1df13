"""Texts on a page: samples, telling tokens, errors by length, what copies are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portfolio.page.exhibits.plots import per_cent, value
from runners.formatting import count, fixed, is_fraction
from runners.safe_text import clean

SIDES = ("truth", "taken")


def sample(text: Mapping[str, Any], labels: Sequence[Any], name: str) -> dict[str, Any]:
    """What a file says of texts, for step 2."""
    words, characters = text["lengths"]["words"], text["lengths"]["characters"]
    return {
        "name": name,
        "texts": [
            (clean(one), value(label)) for one, label in zip(text["texts"], labels, strict=False)
        ],
        "lengths": (
            f"{value(words[0])} to {value(words[4])} words, {value(words[2])} in the median; "
            f"{value(characters[0])} to {value(characters[4])} characters"
        ),
        "empty": count(text["empty"]) if text["empty"] else "",
        "copies": count(text["copies"]) if text["copies"] else "",
        "telling": [
            {
                "name": clean(one["name"]),
                "words": [clean(word) for word, _ in one["words"]],
                "characters": [clean(run).replace(" ", "␣") for run, _ in one["characters"]],
            }
            for one in text["telling"]
        ],
    }


def pieces(text: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """A text in pieces, each with the class it speaks for: "truth", "taken" or neither."""
    return [(clean(piece), side if side in SIDES else "") for piece, side in text]


def lengths(bins: Sequence[Mapping[str, Any]], entry: str) -> dict[str, Any] | None:
    """Errors by the number of words; None where there are no texts, or one length alone."""
    if len(bins) < 2:
        return None
    most = max(one["wrong"] for one in bins) or 1.0
    lines = [
        {
            "words": f"{one['least']}"
            + (f" to {one['most']}" if one["most"] > one["least"] else ""),
            "rows": count(one["rows"]),
            "wrong": per_cent(one["wrong"]),
            "bar": round(99 * one["wrong"] / most, 1),
        }
        for one in bins
    ]
    return {"name": entry, "lines": lines}


def copies(content: Mapping[str, Any] | None, metric: Mapping[str, Any]) -> str:
    """How many test texts nearly repeat a training text, and the scores without them."""
    if not content:
        return ""
    scores = ", ".join(
        f"{one['name']} {_score(one['others'], metric)} (with them {_score(one['all'], metric)})"
        for one in content["entries"]
    )
    return (
        f"{per_cent(content['copied'] / content['tested'])} of the texts tested stand among the "
        f"training texts of the same repeat, but for case, digits and signs. "
        f"Score without them: {scores}."
    )


def _score(score: float, metric: Mapping[str, Any]) -> str:
    return f"{100 * score:.2f} %" if is_fraction(metric) else fixed(score, 4)
