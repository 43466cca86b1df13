"""The badge of a benchmark: its score and how it stands, as one small SVG for a README.

Widths are measured in DejaVu Sans and given as `textLength`, so that a viewer with another font
squeezes the text into its box instead of letting it run over.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from PIL import ImageFont

from portfolio.page import addresses, figures
from runners import formatting, safe_text
from runners.results.scoreboard import strongest, test_rows

SOMEWHERE = "https://OWNER.github.io/REPOSITORY/"
"""Stands in a snippet where the page's address is not known."""

LONGEST = 34
"""Characters of a model's name on a badge; the whole name is in its title."""
SIZE, PADDING, HEIGHT = 11, 7, 20

WORDS = {
    "better": "better than {}",
    "reproduced": "reproduces {}",
    "worse": "worse than {}",
    "inconclusive": "inconclusive against {}",
}
COLOURS = {"better": "#0b57a4", "reproduced": "#0b57a4", "worse": "#a23b06"}
"""By verdict; white text on any of them has a contrast above 6, and so it has on `OTHER`."""
OTHER, LABEL = "#5f5b54", "#33312d"


def against(benchmark: Mapping[str, Any]) -> tuple[str, str]:
    """How the headline stands: outcome, and `better than MC dropout` (the whole name)."""
    best = strongest(benchmark)
    headline = _headline(benchmark)
    if not headline.get("score"):
        return "none", ""
    verdict = next(
        (v for v in headline.get("verdicts") or [] if best and v["baseline"] == best["id"]), None
    )
    if best and verdict and verdict["outcome"] in WORDS:
        return verdict["outcome"], WORDS[verdict["outcome"]].format(best["model"])
    return "not-comparable", "no comparable published score"


def score(benchmark: Mapping[str, Any]) -> str:
    """The headline's mean with its metric, as `RMSE 4.55 MPa`, never rounded in our favour."""
    metric, found = benchmark["metric"] or {}, _headline(benchmark).get("score")
    mean = formatting.number(found.get("mean")) if found else None
    if found is None or mean is None:
        return ""
    decimals = formatting.score_decimals(found, metric, test_rows(benchmark))
    value, power = formatting.shown(mean, metric), 10.0**decimals
    ulp = 1e-9 * max(1.0, abs(value) * power)  # 0.57 * 100 is 56.99999999999999
    if metric.get("direction") == "min":
        value = math.ceil(value * power - ulp) / power
    else:
        value = math.floor(value * power + ulp) / power
    text = formatting.with_unit(formatting.fixed(value, decimals), metric)
    return f"{formatting.metric_label(metric)} {text.replace(formatting.NARROW, ' ')}"


def repeats(benchmark: Mapping[str, Any]) -> str:
    """How many repeats the score is over, as `n = 20`, or `n = 7 of 20` while some are missing."""
    entry = _headline(benchmark)
    n = (entry.get("score") or {}).get("n") or 0
    missing = entry.get("missing") or 0
    return f"n = {n} of {n + missing}" if missing else f"n = {n}"


def text(benchmark: Mapping[str, Any], longest: int = LONGEST) -> str:
    """What the badge says behind the benchmark's name."""
    said = score(benchmark)
    if not said:
        return {"failed": "failed", "skipped": "not run"}.get(benchmark["status"], "no score yet")
    _, words = against(benchmark)
    best = strongest(benchmark)
    if best and words.endswith(best["model"]):
        words = words[: len(words) - len(best["model"])] + shortened(best["model"], longest)
    return " · ".join((said, repeats(benchmark), words))


def shortened(name: str, longest: int) -> str:
    """A name cut at a word where it is longer than so many characters."""
    name = " ".join(safe_text.clean(name).split())
    if len(name) <= longest:
        return name
    head = name[: longest - 1]
    cut = head.rsplit(" ", 1)[0] if " " in head[longest // 2 :] else head
    return cut.rstrip(" ,;:(-") + "…"


def svg(benchmark: Mapping[str, Any]) -> str:
    """The badge as an SVG document, with its own ground so that it reads on light and dark."""
    name = benchmark["name"].split("/", 1)[-1]
    label, said = shortened(name, LONGEST), text(benchmark)
    outcome = against(benchmark)[0]
    wide = math.ceil(width(label)) + 2 * PADDING
    return str(
        figures.rendered(
            "badge.svg.j2",
            label=label,
            said=said,
            title=f"{benchmark['name']}: {text(benchmark, longest=200)}",
            left=wide,
            total=wide + math.ceil(width(said)) + 2 * PADDING,
            label_width=round(width(label), 1),
            said_width=round(width(said), 1),
            padding=PADDING,
            height=HEIGHT,
            size=SIZE,
            ground=LABEL,
            colour=COLOURS.get(outcome, OTHER),
        )
    )


def snippet(benchmark: Mapping[str, Any], address: str = "") -> str:
    """Markdown for a README: the badge, linking to the benchmark's page below `address`.

    Without an address its place is held by `SOMEWHERE`.
    """
    base = (address or SOMEWHERE).rstrip("/") + "/"
    said = f"{benchmark['name']}: {text(benchmark)}"
    for character in "\\[]*_`<>|!":
        said = said.replace(character, f"\\{character}")
    name = benchmark["name"]
    return f"[![{said}]({base}{addresses.badge(name)})]({base}{addresses.page(name)})"


def width(text: str) -> float:
    """Pixels a text takes on a badge."""
    return font("DejaVuSans.ttf", SIZE).getlength(text)


@cache
def font(file: str, size: int) -> ImageFont.FreeTypeFont:
    """A font that Matplotlib carries, at a size in pixels; the same on every machine."""
    found = importlib.util.find_spec("matplotlib")
    assert found is not None  # a dependency
    assert found.origin is not None
    path = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / file
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


def _headline(benchmark: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((entry for entry in benchmark["entries"] if entry["headline"]), {})
