"""Badges, and the pictures a shared link shows: PNG in Open Graph's 1200 x 630, without a browser.

A picture carries a digest of what it shows, so that only what has changed is drawn again. The
fonts are those Matplotlib carries: the same records give the same bytes wherever it is installed.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from PIL import Image, ImageDraw, PngImagePlugin

from benchmarks.judging.verdict import PASSED
from portfolio.page import addresses, badges
from portfolio.page.card_drawing import (
    PAPER,
    SIZE,
    BenchmarkFacts,
    BoardFacts,
    BoardLine,
    Draw,
    draw_benchmark,
    draw_portfolio,
)
from runners import formatting
from runners.records.store import write_atomically
from runners.results.access import headline_of, metric_of, strongest_of, test_rows, unit_of
from runners.results.claim import claim, rest, toy
from runners.results.scoreboard import scoreboard_rows
from runners.results.types import BenchmarkResult, Results

ROWS = 6
"""Benchmarks on the card of the portfolio; the others are counted."""
MARK = "kerasfolio"
"""Name of the text in a PNG that says what it was drawn from."""
DRAWING = "2"
"""Changes when the cards are to look otherwise."""


Facts = TypeVar("Facts", BenchmarkFacts, BoardFacts)


def write(
    summary: Results, site: Path, owner: str = "", names: Collection[str] | None = None
) -> None:
    """Write the badge and the card of every benchmark below `site`, and the portfolio's card.

    A collection has a badge alone. Those of the benchmarks `names` alone are looked at, by default
    of all; the others are left as they are.

    Paths are those of `portfolio.page.addresses`; those of benchmarks no longer there are removed.
    `owner` is the name on the portfolio's card, the project's by default. Raises OSError where
    nothing can be written.
    """
    paths = {site / addresses.card()}
    with ThreadPoolExecutor() as pool:  # encoding and waiting for the disk need no interpreter
        pending = []
        for benchmark in summary["benchmarks"]:
            badge, card = (site / of(benchmark["name"]) for of in (addresses.badge, addresses.card))
            paths |= {badge, card}
            if names is None or benchmark["name"] in names:
                write_changed(badge, badges.svg(benchmark).encode())
                pending.append(pool.submit(_card, card, draw_benchmark, _facts(benchmark)))
        for joined in summary["collections"]:
            badge = site / addresses.badge(joined["name"])
            write_changed(badge, badges.collection_svg(joined).encode())
            paths.add(badge)
        board = _board(summary, owner or "Kerasfolio")
        pending.append(pool.submit(_card, site / addresses.card(), draw_portfolio, board))
        for one in pending:
            one.result()
    for path in (*site.glob("badges/**/*.svg"), *site.glob("cards/**/*.png")):
        if path not in paths:
            path.unlink()


def write_changed(path: Path, content: bytes) -> None:
    """Write a file of the site unless it holds this already."""
    try:
        if path.read_bytes() == content:
            return
    except OSError:  # not there yet
        pass
    write_atomically(path, content, lasting=False)


def _card(path: Path, draw: Callable[[Draw, Facts], None], facts: Facts) -> None:
    content = json.dumps([DRAWING, asdict(facts)], sort_keys=True).encode()
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
    write_atomically(path, buffer.getvalue(), lasting=False)


def _facts(benchmark: BenchmarkResult) -> BenchmarkFacts:
    metric, protocol, best = metric_of(benchmark), benchmark["protocol"], strongest_of(benchmark)
    entry, rows = headline_of(benchmark), test_rows(benchmark)
    score = entry["score"] if entry else None
    outcome, words = badges.against(benchmark)
    comparable = {
        verdict["baseline"]
        for verdict in (entry["verdicts"] if entry else ())
        if verdict["outcome"] != "not-comparable"
    }
    title = protocol and (protocol["title"] or protocol["id"])
    label = formatting.metric_label(metric)
    ours = [score["mean"], *(score["ci95"] or ())] if score else []
    return BenchmarkFacts(
        name=benchmark["name"],
        over=" · ".join(filter(None, (benchmark["task"], title))),
        question=benchmark["question"] or benchmark["name"],
        score=f"{label} {formatting.score_text(score, metric, rows)}" if score else "",
        n=badges.repeats(benchmark) if score else badges.text(benchmark),
        spread=formatting.spread_kind(score["n"], unit_of(benchmark)) if score else "",
        outcome=outcome,
        words=words,
        published=formatting.published_text(best, metric) if best else "",
        ours=[formatting.shown(value, metric) for value in ours],
        theirs=sorted(
            formatting.shown(row["score"], metric)
            for row in benchmark["baselines"]
            if row["id"] in comparable
        ),
        best=formatting.shown(best["score"], metric) if best else None,
        better="lower is better" if metric["direction"] == "min" else "higher is better",
    )


def _board(summary: Results, owner: str) -> BoardFacts:
    rows = scoreboard_rows(summary)
    scored = [
        BoardLine(row.benchmark, row.score, *badges.against(benchmark))
        for row, benchmark in zip(rows, summary["benchmarks"], strict=True)
        if row.n and not toy(row)
    ]
    order = (*PASSED, "inconclusive", "worse", "not-comparable", "none")
    scored.sort(key=lambda row: order.index(row.outcome))
    return BoardFacts(owner, claim(summary), scored[:ROWS], rest(summary), len(rows))
