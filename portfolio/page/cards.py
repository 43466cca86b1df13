"""Badges, and the pictures a shared link shows: PNG in Open Graph's 1200 x 630, without a browser.

A picture carries a digest of what it shows, so that only what has changed is drawn again. The
fonts are those Matplotlib carries: the same records give the same bytes wherever it is installed.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, PngImagePlugin

from portfolio.page import addresses, badges
from runners import formatting, safe_text
from runners.records.store import write_atomically
from runners.results import scoreboard
from runners.results.claim import claim, rest

SIZE = (1200, 630)
MARGIN = 72
PAPER, INK, SOFT, RULE = "#fdfcf9", "#1d1c1a", "#5f5b54", "#dedad0"
OURS, BAND, THEIRS, WORSE = "#0b57a4", "#e5ebf0", "#45423d", "#a23b06"
"""The page's colours in light, the band as it looks on paper."""
SERIF, SANS, BOLD = "STIXGeneral.ttf", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"

ROWS = 6
"""Benchmarks on the card of the portfolio; the others are counted."""
MARK = "kerasfolio"
"""Name of the text in a PNG that says what it was drawn from."""
DRAWING = "1"
"""Changes when the cards are to look otherwise."""


def write(summary: Mapping[str, Any], site: Path, owner: str = "") -> None:
    """Write the badge and the card of every benchmark below `site`, and the portfolio's card.

    Paths are those of `portfolio.page.addresses`; those of benchmarks no longer there are removed.
    `owner` is the name on the portfolio's card, the project's by default. Raises OSError where
    nothing can be written.
    """
    written = {site / addresses.card()}
    with ThreadPoolExecutor() as pool:  # encoding and waiting for the disk need no interpreter
        drawn = []
        for benchmark in summary["benchmarks"]:
            badge, card = (site / of(benchmark["name"]) for of in (addresses.badge, addresses.card))
            _write(badge, badges.svg(benchmark).encode())
            drawn.append(pool.submit(_card, card, _benchmark, _facts(benchmark)))
            written |= {badge, card}
        board = _board(summary, owner or "Kerasfolio")
        drawn.append(pool.submit(_card, site / addresses.card(), _portfolio, board))
        for one in drawn:
            one.result()
    for path in (*site.glob("badges/**/*.svg"), *site.glob("cards/**/*.png")):
        if path not in written:
            path.unlink()


def _write(path: Path, content: bytes) -> None:
    try:
        if path.read_bytes() == content:
            return
    except OSError:  # not there yet
        pass
    write_atomically(path, content)


def _card(path: Path, draw: Any, facts: dict[str, Any]) -> None:
    content = json.dumps([DRAWING, facts], sort_keys=True).encode()
    digest = hashlib.sha256(content).hexdigest()
    try:
        with path.open("rb") as file:
            if f"{MARK}\0{digest}".encode() in file.read(400):
                return
    except OSError:  # not there yet
        pass
    picture = Image.new("RGB", SIZE, PAPER)
    draw(ImageDraw.Draw(picture), facts)
    text, buffer = PngImagePlugin.PngInfo(), io.BytesIO()
    text.add_text(MARK, digest)
    # Text on paper is a few dozen shades: a palette makes the file a third and reads the same.
    picture.quantize(64, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        buffer, "PNG", pnginfo=text, compress_level=6
    )
    write_atomically(path, buffer.getvalue())


def _facts(benchmark: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the card of a benchmark shows, on the printed scale."""
    metric, protocol = benchmark["metric"] or {}, benchmark["protocol"] or {}
    entry: Mapping[str, Any] = next((e for e in benchmark["entries"] if e["headline"]), {})
    score = entry.get("score")
    outcome, words = badges.against(benchmark)
    comparable = {
        v["baseline"]
        for v in entry.get("verdicts") or []
        if v["outcome"] not in ("not-comparable", "none")
    }
    theirs = [
        formatting.shown(b["score"], metric)
        for b in benchmark["baselines"]
        if b["id"] in comparable and formatting.number(b.get("score")) is not None
    ]
    best = scoreboard.strongest(benchmark)
    return {
        "name": benchmark["name"],
        "over": " · ".join(
            str(part)
            for part in (benchmark["task"], protocol.get("title") or protocol.get("id"))
            if part
        ),
        "question": benchmark["question"] or benchmark["name"],
        "score": f"{formatting.metric_label(metric)} {_score(benchmark, score)}" if score else "",
        "n": badges.repeats(benchmark) if score else badges.text(benchmark),
        "spread": formatting.spread_kind(score["n"], protocol.get("unit")) if score else "",
        "outcome": outcome,
        "words": words,
        "published": formatting.published_text(best, metric) if best else "",
        "ours": [formatting.shown(v, metric) for v in (score["mean"], *(score["ci95"] or ()))]
        if score
        else [],
        "theirs": sorted(theirs),
        "best": formatting.shown(best["score"], metric) if best else None,
        "better": "lower is better" if metric.get("direction") == "min" else "higher is better",
    }


def _board(summary: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """Everything the card of the portfolio shows."""
    rows = scoreboard.scoreboard_rows(summary)
    scored = [
        {
            "name": row["benchmark"],
            "score": row["score"],
            "outcome": badges.against(benchmark)[0],
            "words": badges.against(benchmark)[1],
        }
        for row, benchmark in zip(rows, summary["benchmarks"], strict=True)
        if row["n"]
    ]
    order = ("better", "reproduced", "inconclusive", "worse", "not-comparable", "none")
    scored.sort(key=lambda row: order.index(row["outcome"]))
    return {
        "owner": owner,
        "claim": claim(rows),
        "rows": scored[:ROWS],
        "rest": rest(rows),
        "of": len(rows),
    }


def _score(benchmark: Mapping[str, Any], score: Mapping[str, Any]) -> str:
    return formatting.score_text(score, benchmark["metric"], scoreboard.test_rows(benchmark))


Draw = ImageDraw.ImageDraw


def _benchmark(draw: Draw, facts: Mapping[str, Any]) -> None:
    right = SIZE[0] - MARGIN
    _text(draw, (MARGIN, 76), facts["name"], BOLD, 24, INK)
    taken = MARGIN + badges.font(BOLD, 24).getlength(_plain(facts["name"])) + 20
    _text(draw, (taken, 76), facts["over"], SANS, 24, SOFT, right - taken)
    draw.line((MARGIN, 100, right, 100), fill=INK, width=2)
    lines, size = _wrapped(facts["question"], SERIF, (62, 54, 46), right - MARGIN, 3)
    y = 176
    for line in lines:
        _text(draw, (MARGIN - 2, y), line, SERIF, size, INK)
        y += round(size * 1.16)
    if not facts["score"]:
        _text(draw, (MARGIN, 470), facts["n"].capitalize(), SERIF, 58, SOFT)
        _foot(draw, "Kerasfolio")
        return
    score = facts["score"][:1].upper() + facts["score"][1:]
    _text(draw, (MARGIN - 2, 422), score, SERIF, 58, OURS)
    taken = MARGIN + badges.font(SERIF, 58).getlength(_plain(score)) + 24
    _text(draw, (taken, 422), facts["n"], SANS, 22, SOFT)
    colour = {"better": OURS, "reproduced": OURS, "worse": WORSE}.get(facts["outcome"], SOFT)
    _outcome(draw, (MARGIN + 9, 463), facts["outcome"], colour)
    published = f" ({facts['published']})" if facts["published"] else ""
    words = facts["words"]
    room = right - MARGIN - 32
    if badges.font(BOLD, 24).getlength(_plain(words + published)) > room:
        published = ""
    _text(draw, (MARGIN + 32, 471), words + published, BOLD, 24, colour, room)
    _axis(draw, facts, 530)
    spread = facts["spread"].replace("std", "± is the std")
    circles = "; circles: comparable published scores" if facts["theirs"] else ""
    _foot(draw, f"{spread}; bar: 95 % interval{circles}; {facts['better']}")


def _axis(draw: Draw, facts: Mapping[str, Any], y: int) -> None:
    """Our mean with its interval among the comparable published scores."""
    ours, best = facts["ours"], facts["best"]
    near = [*ours, *([best] if best is not None else [])]
    low, high = min(near), max(near)
    room = (high - low) or abs(high) * 0.05 or 1.0
    shown = [v for v in facts["theirs"] if low - 1.5 * room <= v <= high + 1.5 * room]
    low, high = min([low, *shown]) - room * 0.15, max([high, *shown]) + room * 0.15
    left, right = MARGIN, SIZE[0] - MARGIN

    def x(value: float) -> float:
        return left + (value - low) / (high - low) * (right - left)

    draw.line((left, y, right, y), fill=RULE, width=2)
    if len(ours) == 3:
        draw.rectangle((x(ours[1]), y - 14, x(ours[2]), y + 14), fill=BAND)
        draw.line((x(ours[1]), y, x(ours[2]), y), fill=OURS, width=5)
    for value in shown:
        _ring(draw, x(value), y, 9 if value == best else 7, INK if value == best else THEIRS)
    place = x(ours[0])
    draw.ellipse((place - 11, y - 11, place + 11, y + 11), fill=OURS, outline=PAPER, width=2)


def _ring(draw: Draw, x: float, y: float, r: int, colour: str) -> None:
    draw.ellipse((x - r, y - r, x + r, y + r), fill=PAPER, outline=colour, width=3)


def _portfolio(draw: Draw, facts: Mapping[str, Any]) -> None:
    right = SIZE[0] - MARGIN
    _text(draw, (MARGIN, 76), facts["owner"], BOLD, 24, INK, right - MARGIN - 300)
    told = formatting.some(facts["of"], "benchmark", "benchmarks") if facts["of"] else ""
    wide = badges.font(SANS, 24).getlength(told)
    _text(draw, (right - wide, 76), told, SANS, 24, SOFT)
    draw.line((MARGIN, 100, right, 100), fill=INK, width=2)
    lines, size = _wrapped(facts["claim"], SERIF, (54, 46), right - MARGIN, 3)
    y = 166
    for line in lines:
        _text(draw, (MARGIN - 2, y), line, SERIF, size, INK)
        y += round(size * 1.16)
    height = 44
    y = 586 - height * len(facts["rows"])
    for row in facts["rows"]:
        draw.line((MARGIN, y - 30, right, y - 30), fill=RULE, width=1)
        colour = {"better": OURS, "reproduced": OURS, "worse": WORSE}.get(row["outcome"], SOFT)
        _text(draw, (MARGIN, y), row["name"], BOLD, 20, INK, 345)
        _text(draw, (MARGIN + 365, y), row["score"], SANS, 20, INK, 250)
        _outcome(draw, (MARGIN + 634, y - 7), row["outcome"], colour)
        _text(draw, (MARGIN + 656, y), row["words"], SANS, 20, colour, right - MARGIN - 656)
        y += height
    # The best come first, so what the claim leaves out has to be on the picture too.
    _foot(draw, facts["rest"])


def _outcome(draw: Draw, at: tuple[float, float], outcome: str, colour: str) -> None:
    """The mark of a verdict, as on the page: the word beside it says the same."""
    x, y = at
    if outcome == "better":
        draw.polygon(((x, y - 8), (x + 9, y + 8), (x - 9, y + 8)), fill=colour)
    elif outcome == "worse":
        draw.polygon(((x, y + 8), (x + 9, y - 8), (x - 9, y - 8)), fill=colour)
    elif outcome == "inconclusive":
        draw.ellipse((x - 8, y - 8, x + 8, y + 8), outline=colour, width=3)
    else:
        for level in (-4, 4):
            draw.line((x - 9, y + level, x + 9, y + level), fill=colour, width=3)
        if outcome != "reproduced":
            draw.line((x + 5, y - 10, x - 5, y + 10), fill=colour, width=3)


def _foot(draw: Draw, text: str) -> None:
    room = SIZE[0] - 2 * MARGIN
    fits = (s for s in (20, 18, 16) if badges.font(SANS, s).getlength(_plain(text)) <= room)
    _text(draw, (MARGIN, 592), text, SANS, next(fits, 16), SOFT, room)


def _text(
    draw: Draw,
    at: tuple[float, float],
    text: str,
    file: str,
    size: int,
    colour: str,
    room: float | None = None,
) -> None:
    """One line with its baseline at a point, cut with … where it is wider than its room."""
    font, text = badges.font(file, size), _plain(text)
    room = SIZE[0] - MARGIN - at[0] if room is None else room
    while text and font.getlength(text) > room:
        text = text[:-2].rstrip() + "…" if text != "…" else ""
    draw.text(at, text, fill=colour, font=font, anchor="ls")


def _wrapped(
    text: str, file: str, sizes: Sequence[int], room: float, most: int
) -> tuple[list[str], int]:
    """A text in lines, in the first size that needs no more than `most`; else cut in the last."""
    lines: list[str] = []
    for size in sizes:
        font, lines = badges.font(file, size), [""]
        for word in _plain(text).split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and font.getlength(longer) > room:
                lines.append(word)
            else:
                lines[-1] = longer
        if len(lines) <= most:
            return lines, size
    return [*lines[: most - 1], f"{lines[most - 1]} …"], sizes[-1]


def _plain(text: str) -> str:
    """The beginning of a text, without what the fonts have no sign for and with common spaces."""
    # More than fits on a card; measuring much more than that would take minutes.
    return " ".join(safe_text.clean(text[:400]).replace("\ufffd", " ").split())
