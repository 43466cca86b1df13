"""What the cards of a benchmark and of the portfolio look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import ImageDraw

from benchmarks.judging.verdict import PASSED
from portfolio.page import badges
from runners import formatting, safe_text
from runners.results.scoreboard import Standing

Draw = ImageDraw.ImageDraw

SIZE = (1200, 630)
MARGIN = 72
PAPER, INK, SOFT, RULE = "#fdfcf9", "#1d1c1a", "#5f5b54", "#dedad0"
OURS, BAND, THEIRS, WORSE = "#0b57a4", "#e5ebf0", "#45423d", "#a23b06"
"""The page's colours in light, the band as it looks on paper."""
SERIF, SANS, BOLD = "STIXGeneral.ttf", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"


@dataclass(frozen=True)
class BenchmarkFacts:
    """Everything the card of a benchmark shows, on the printed scale."""

    name: str
    over: str
    """Task and protocol."""
    question: str
    score: str
    n: str
    spread: str
    outcome: Standing
    words: str
    published: str
    ours: list[float]
    """Mean, and the ends of its 95 % interval where it has one; empty without a score."""
    theirs: list[float]
    """Comparable published scores."""
    best: float | None
    """The strongest of them."""
    better: str


@dataclass(frozen=True)
class BoardLine:
    """A benchmark on the card of the portfolio."""

    name: str
    score: str
    outcome: Standing
    words: str


@dataclass(frozen=True)
class BoardFacts:
    """Everything the card of the portfolio shows."""

    owner: str
    claim: str
    rows: list[BoardLine]
    rest: str
    of: int
    """Benchmarks in all."""


def draw_benchmark(draw: Draw, facts: BenchmarkFacts) -> None:
    """The card of a benchmark: question, score, verdict, and our mean among published ones."""
    right = SIZE[0] - MARGIN
    _text(draw, (MARGIN, 76), facts.name, BOLD, 24, INK)
    taken = MARGIN + badges.font(BOLD, 24).getlength(_plain(facts.name)) + 20
    _text(draw, (taken, 76), facts.over, SANS, 24, SOFT, right - taken)
    draw.line((MARGIN, 100, right, 100), fill=INK, width=2)
    lines, size = _wrapped(facts.question, SERIF, (62, 54, 46), right - MARGIN, 3)
    y = 176
    for line in lines:
        _text(draw, (MARGIN - 2, y), line, SERIF, size, INK)
        y += round(size * 1.16)
    if not facts.score:
        _text(draw, (MARGIN, 470), facts.n.capitalize(), SERIF, 58, SOFT)
        _foot(draw, "Kerasfolio")
        return
    score = facts.score[:1].upper() + facts.score[1:]
    _text(draw, (MARGIN - 2, 422), score, SERIF, 58, OURS)
    taken = MARGIN + badges.font(SERIF, 58).getlength(_plain(score)) + 24
    _text(draw, (taken, 422), facts.n, SANS, 22, SOFT)
    colour = COLOURS.get(facts.outcome, SOFT)
    _outcome(draw, (MARGIN + 9, 463), facts.outcome, colour)
    published = f" ({facts.published})" if facts.published else ""
    words = facts.words
    room = right - MARGIN - 32
    if badges.font(BOLD, 24).getlength(_plain(words + published)) > room:
        published = ""
    _text(draw, (MARGIN + 32, 471), words + published, BOLD, 24, colour, room)
    _axis(draw, facts, 530)
    spread = facts.spread.replace("std", "± is the std")
    circles = "; circles: comparable published scores" if facts.theirs else ""
    _foot(draw, f"{spread}; bar: 95 % interval{circles}; {facts.better}")


def _axis(draw: Draw, facts: BenchmarkFacts, y: int) -> None:
    """Our mean with its interval among the comparable published scores."""
    ours, best = facts.ours, facts.best
    near = [*ours, *([best] if best is not None else [])]
    low, high = min(near), max(near)
    room = (high - low) or abs(high) * 0.05 or 1.0
    inside = [v for v in facts.theirs if low - 1.5 * room <= v <= high + 1.5 * room]
    low, high = min([low, *inside]) - room * 0.15, max([high, *inside]) + room * 0.15
    left, right = MARGIN, SIZE[0] - MARGIN

    def x(value: float) -> float:
        return left + (value - low) / (high - low) * (right - left)

    draw.line((left, y, right, y), fill=RULE, width=2)
    if len(ours) == 3:
        draw.rectangle((x(ours[1]), y - 14, x(ours[2]), y + 14), fill=BAND)
        draw.line((x(ours[1]), y, x(ours[2]), y), fill=OURS, width=5)
    for value in inside:
        _ring(draw, x(value), y, 9 if value == best else 7, INK if value == best else THEIRS)
    place = x(ours[0])
    draw.ellipse((place - 11, y - 11, place + 11, y + 11), fill=OURS, outline=PAPER, width=2)


def _ring(draw: Draw, x: float, y: float, r: int, colour: str) -> None:
    draw.ellipse((x - r, y - r, x + r, y + r), fill=PAPER, outline=colour, width=3)


def draw_portfolio(draw: Draw, facts: BoardFacts) -> None:
    """The card of the portfolio: the claim, and the benchmarks with the best verdicts."""
    right = SIZE[0] - MARGIN
    _text(draw, (MARGIN, 76), facts.owner, BOLD, 24, INK, right - MARGIN - 300)
    count = formatting.some(facts.of, "benchmark", "benchmarks") if facts.of else ""
    wide = badges.font(SANS, 24).getlength(count)
    _text(draw, (right - wide, 76), count, SANS, 24, SOFT)
    draw.line((MARGIN, 100, right, 100), fill=INK, width=2)
    lines, size = _wrapped(facts.claim, SERIF, (46, 40, 34), right - MARGIN, 4)
    y = 166
    for line in lines:
        _text(draw, (MARGIN - 2, y), line, SERIF, size, INK)
        y += round(size * 1.16)
    height = 44
    y = 586 - height * len(facts.rows)
    for row in facts.rows:
        draw.line((MARGIN, y - 30, right, y - 30), fill=RULE, width=1)
        colour = COLOURS.get(row.outcome, SOFT)
        _text(draw, (MARGIN, y), row.name, BOLD, 20, INK, 345)
        _text(draw, (MARGIN + 365, y), row.score, SANS, 20, INK, 250)
        _outcome(draw, (MARGIN + 634, y - 7), row.outcome, colour)
        _text(draw, (MARGIN + 656, y), row.words, SANS, 20, colour, right - MARGIN - 656)
        y += height
    # The best come first, so what the claim leaves out has to be on the picture too.
    _foot(draw, facts.rest)


COLOURS: dict[str, str] = {**dict.fromkeys(PASSED, OURS), "worse": WORSE}
"""Of a verdict in words; others are soft."""


def _outcome(draw: Draw, at: tuple[float, float], outcome: str, colour: str) -> None:
    """The mark of a verdict, as on the page: the word beside it says the same."""
    x, y = at
    if outcome == "better":
        draw.polygon(((x, y - 8), (x + 9, y + 8), (x - 9, y + 8)), fill=colour)
    elif outcome == "worse":
        draw.polygon(((x, y + 8), (x + 9, y - 8), (x - 9, y - 8)), fill=colour)
    elif outcome == "at-least-as-good":
        draw.line((x - 9, y + 7, x + 9, y + 7), fill=colour, width=3)
        draw.line((x - 8, y - 7, x + 7, y - 1, x - 8, y + 4), fill=colour, width=3)
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
