"""The badge of a benchmark: its score and how it stands, as one small SVG for a README.

Widths are measured in DejaVu Sans and given as `textLength`, so that a viewer with another font
squeezes the text into its box instead of letting it run over.
"""

from __future__ import annotations

import importlib.util
import math
from functools import cache
from pathlib import Path

from PIL import ImageFont

from benchmarks.judging.verdict import PASSED
from portfolio.page import addresses, figures
from runners import formatting, safe_text
from runners.results import collection_statement
from runners.results.access import (
    headline_of,
    metric_of,
    score_of,
    strongest_of,
    test_rows,
    verdict_on,
)
from runners.results.collection_types import CollectionResult
from runners.results.scoreboard import NO_SPREAD, Standing, verdict_word
from runners.results.types import BenchmarkResult

SOMEWHERE = "https://OWNER.github.io/REPOSITORY/"
"""Stands in a snippet where the page's address is not known."""

LONGEST = 34
"""Characters of a model's name on a badge; the whole name is in its title."""
SIZE, PADDING, HEIGHT = 11, 7, 20

WORDS = {
    "better": "better than {}",
    "reproduced": "reproduces {}",
    "at-least-as-good": "at least as good as {}",
    "worse": "worse than {}",
    "inconclusive": "inconclusive against {}",
}
COLOURS: dict[str, str] = {**dict.fromkeys(PASSED, "#0b57a4"), "worse": "#a23b06"}
"""By verdict; white text on any of them has a contrast above 6, and so it has on `OTHER`."""
OTHER, LABEL = "#5f5b54", "#33312d"


def against(benchmark: BenchmarkResult) -> tuple[Standing, str]:
    """How the headline stands: outcome, and `better than MC dropout` (the whole name)."""
    headline, best = headline_of(benchmark), strongest_of(benchmark)
    if headline is None or not headline["score"]:
        return "none", ""
    verdict = verdict_on(headline["verdicts"], best)
    if best and verdict and verdict["outcome"] in WORDS:
        words = WORDS[verdict["outcome"]]
        if verdict_word(verdict) == NO_SPREAD:
            words = f"{NO_SPREAD} against {{}}"
        return verdict["outcome"], words.format(best["model"])
    return "not-comparable", "no comparable published score"


def score(benchmark: BenchmarkResult) -> str:
    """The headline's mean with its metric, as `RMSE 4.55 MPa`, never rounded in our favour."""
    metric, scored = metric_of(benchmark), score_of(benchmark)
    if scored is None:
        return ""
    decimals = formatting.score_decimals(scored, metric, test_rows(benchmark))
    value, power = formatting.shown(scored["mean"], metric), 10.0**decimals
    ulp = 1e-9 * max(1.0, abs(value) * power)  # 0.57 * 100 is 56.99999999999999
    if metric["direction"] == "min":
        value = math.ceil(value * power - ulp) / power
    else:
        value = math.floor(value * power + ulp) / power
    text = formatting.with_unit(formatting.fixed(value, decimals), metric)
    return f"{formatting.metric_label(metric)} {text.replace(formatting.NARROW, ' ')}"


def repeats(benchmark: BenchmarkResult) -> str:
    """How many repeats the score is over, as `n = 20`, or `n = 7 of 20` while some are missing."""
    headline, scored = headline_of(benchmark), score_of(benchmark)
    n, missing = scored["n"] if scored else 0, headline["missing"] if headline else 0
    return f"n = {n} of {n + missing}" if missing else f"n = {n}"


def text(benchmark: BenchmarkResult, longest: int = LONGEST) -> str:
    """What the badge says behind the benchmark's name."""
    scored = score(benchmark)
    if not scored:
        return {"failed": "failed", "skipped": "not run"}.get(benchmark["status"], "no score yet")
    _, words = against(benchmark)
    best = strongest_of(benchmark)
    if best and words.endswith(best["model"]):
        words = words[: len(words) - len(best["model"])] + shortened(best["model"], longest)
    return " · ".join((scored, repeats(benchmark), words))


def shortened(name: str, longest: int) -> str:
    """A name cut at a word where it is longer than so many characters."""
    name = " ".join(safe_text.clean(name).split())
    if len(name) <= longest:
        return name
    head = name[: longest - 1]
    cut = head.rsplit(" ", 1)[0] if " " in head[longest // 2 :] else head
    return cut.rstrip(" ,;:(-") + "…"


def collection_text(result: CollectionResult, longest: int = LONGEST) -> str:
    """What the badge of a collection says behind its name."""
    first = result["metrics"][0] if result["metrics"] else None
    if first is None:
        return "no score yet"
    metric, place = first["metric"], collection_statement.place_of(first)
    mean = formatting.mean_text({"mean": first["mean"]}, metric).replace(formatting.NARROW, " ")
    parts = [f"mean {formatting.metric_label(metric)} {mean}"] if first["mean"] is not None else []
    parts += [f"mean rank {place.mean_rank}"] if place and not parts else []
    parts.append(formatting.some(len(first["tasks"]), "task", "tasks"))
    words = WORDS.get(result["outcome"] or "")
    if words and result["against"]:
        parts.append(words.format(shortened(result["against"], longest)))
    return " · ".join(parts)


def collection_svg(result: CollectionResult) -> str:
    """The badge of a collection."""
    whole = collection_text(result, longest=200)
    return _drawn(result["name"], collection_text(result), whole, result["outcome"] or "none")


def svg(benchmark: BenchmarkResult) -> str:
    """The badge as an SVG document, with its own ground so that it reads on light and dark."""
    outcome = against(benchmark)[0]
    return _drawn(benchmark["name"], text(benchmark), text(benchmark, longest=200), outcome)


def _drawn(name: str, message: str, whole: str, outcome: str) -> str:
    """A badge that says `message`; `whole` is the same with nothing shortened."""
    label = shortened(name.split("/", 1)[-1], LONGEST)
    wide = math.ceil(width(label)) + 2 * PADDING
    return str(
        figures.rendered(
            "badge.svg.j2",
            label=label,
            message=message,
            title=f"{name}: {whole}",
            left=wide,
            total=wide + math.ceil(width(message)) + 2 * PADDING,
            label_width=round(width(label), 1),
            message_width=round(width(message), 1),
            padding=PADDING,
            height=HEIGHT,
            size=SIZE,
            ground=LABEL,
            colour=COLOURS.get(outcome, OTHER),
        )
    )


def snippet(benchmark: BenchmarkResult, address: str = "") -> str:
    """Markdown for a README: the badge, linking to the benchmark's page below `address`.

    Without an address its place is held by `SOMEWHERE`.
    """
    return _snippet(benchmark["name"], text(benchmark), address)


def collection_snippet(result: CollectionResult, address: str = "") -> str:
    """The same for a collection."""
    return _snippet(result["name"], collection_text(result), address)


def _snippet(name: str, message: str, address: str) -> str:
    base = (address or SOMEWHERE).rstrip("/") + "/"
    label = f"{name}: {message}"
    for character in "\\[]*_`<>|!":
        label = label.replace(character, f"\\{character}")
    return f"[![{label}]({base}{addresses.badge(name)})]({base}{addresses.page(name)})"


def width(text: str) -> float:
    """Pixels a text takes on a badge."""
    return font("DejaVuSans.ttf", SIZE).getlength(text)


@cache
def font(file: str, size: int) -> ImageFont.FreeTypeFont:
    """A font that Matplotlib carries, at a size in pixels; the same on every machine."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None  # a dependency
    assert spec.origin is not None
    path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / file
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
