"""`python -m portfolio cv`: one A4 page of the portfolio, to print or to send with an application.

    portfolio/cv.html   the page
    portfolio/cv.pdf    the same, printed by an installed Chromium; without one, a browser prints it

Name, claim, three results, and a QR code that leads to the page where `portfolio.toml` has its
address (`url`). The numbers are those of `results.json`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import segno
from markupsafe import Markup

from benchmarks import registry
from benchmarks.judging.verdict import PASSED
from portfolio.owner import accent, profile
from portfolio.page import addresses, figures
from portfolio.page.figure_data import without_data
from portfolio.page.takeaway import figure_files
from portfolio.page.views import chosen_rows
from portfolio.page.views.algorithms import entry_view, items_of, strip_drawing
from portfolio.share.screenshot import browser
from runners.records.own_data import is_own
from runners.records.store import write_atomically
from runners.results.access import metric_of, score_of
from runners.results.claim import LEVELS, TOY, facts
from runners.results.scoreboard import VERDICTS, ScoreboardRow, scoreboard_row
from runners.results.types import BenchmarkResult, Results
from runners.safe_text import visible, visible_lines

RESULTS = 3
"""Benchmarks on the page."""
OF_A_ROLE = ("headline", "world-class", "good", "classical-baseline", "trivial-baseline")
"""What each drawing shows: the best of each."""
JOINTS = {
    "better": "than",
    "reproduced": "the score of",
    "at-least-as-good": "as",
    "worse": "than",
}
"""Words between a verdict and what it is about; "against" for others."""
PRINTING = 120
"""Seconds a browser may take."""


@dataclass(frozen=True)
class Result:
    """One benchmark on the page."""

    benchmark: BenchmarkResult
    row: ScoreboardRow
    figure: Markup
    url: str
    """Where its own page is; empty where that is not published."""


def main(arguments: list[str] | None = None) -> int:
    """Write the page; 0 when done, 1 where it cannot be written, 2 where there are no results."""
    parser = argparse.ArgumentParser(prog="python -m portfolio cv", description=__doc__)
    parser.add_argument("--site", type=Path, default=Path("portfolio/site"), help="the built page")
    parser.add_argument("--home", type=Path, default=Path(), help=f"folder of {profile.FILE}")
    parser.add_argument("--out", type=Path, default=Path("portfolio/cv.html"), help="the file")
    options = parser.parse_args(arguments)
    try:
        summary: Results = json.loads((options.site / "results.json").read_bytes())
        known = {one["name"] for one in summary["benchmarks"]} | set(registry.load().benchmarks)
        owner = profile.read(options.home, known)
        text = page(summary, owner)
    except FileNotFoundError:
        message = f"error: expected a page in {options.site}; `make portfolio` builds it"
        print(visible(message), file=sys.stderr)
        return 2
    except (KeyError, TypeError, ValueError) as error:  # OwnerError among them
        print(visible_lines(f"error: {error}"), file=sys.stderr)
        return 2
    printed = options.out.with_suffix(".pdf")
    try:
        write_atomically(options.out, text.encode())
        problem = pdf(options.out, printed)
    except OSError as error:
        print(visible(f"error: {error}; choose another --out"), file=sys.stderr)
        return 1
    if not owner.url:
        print(f"No QR code and no address: {profile.FILE} has no url.")
    if problem:
        printed.unlink(missing_ok=True)  # of another day
        print(visible(f"No PDF: {problem}. A browser prints {options.out} on one A4 page."))
    print(visible(f"Page: {(options.out if problem else printed).resolve()}"))
    return 0


def page(summary: Results, owner: profile.Owner = profile.NOBODY) -> str:
    """The HTML of the A4 page. Raises ValueError where no benchmark has a score."""
    chosen = featured(summary, owner)
    if not chosen:
        raise ValueError("expected a benchmark with a score, received none; `make bench` makes one")
    return figures.rendered(
        "cv.html.j2",
        owner=owner,
        summary=summary,
        results=[_result(benchmark, owner) for benchmark in chosen],
        facts=facts(summary),
        verdicts=VERDICTS,
        joints=JOINTS,
        drawn_once=False,
        levels=LEVELS,
        accent=accent.legible(owner.accent or accent.OURS, accent.LIGHT),
        code=code(owner.url) if owner.url else "",
    )


def featured(summary: Results, owner: profile.Owner) -> list[BenchmarkResult]:
    """The benchmarks of `feature` with a score, then those of the highest level and best verdict.

    Of the latter one a family first, where it is as good as a published score; toy ones, and the
    owner's data that may not be published, are not chosen.
    """
    scored = {b["name"]: b for b in summary["benchmarks"] if score_of(b)}
    named = [scored[name] for name in owner.feature if name in scored]
    levels, verdicts = list(LEVELS), [*PASSED, "inconclusive", "not-comparable", "none", "worse"]
    others = [
        b
        for name, b in scored.items()
        if b not in named and not name.startswith(TOY) and (name in owner.publish or _public(b))
    ]
    others.sort(
        key=lambda b: (-levels.index(b["level"]), verdicts.index(scoreboard_row(b).outcome))
    )
    passed = [b for b in others if scoreboard_row(b).outcome in PASSED]
    first = {b["family"]: b for b in reversed(passed)}
    leading = [b for b in passed if first[b["family"]] is b]
    return [*named, *leading, *(b for b in others if b not in leading)][:RESULTS]


def _public(benchmark: BenchmarkResult) -> bool:
    data = benchmark["data"]
    return data is not None and not is_own(benchmark["name"], data["url"])


def _result(benchmark: BenchmarkResult, owner: profile.Owner) -> Result:
    metric = metric_of(benchmark)
    published = [row for row in chosen_rows(benchmark) if row.comparable]
    entries = [entry_view(entry, benchmark) for entry in benchmark["entries"]]
    sign = 1 if metric["direction"] == "min" else -1
    items = sorted(items_of(benchmark, entries, published), key=lambda item: sign * item.value)
    best = {item.role: item for item in reversed(items)}
    row = scoreboard_row(benchmark)
    drawn = [best[role] for role in OF_A_ROLE if role in best]
    name = f"cv-{addresses.id_of(benchmark['name'])}"
    drawing = strip_drawing(drawn, benchmark, name, narrow=True) or ""
    svg = figure_files.standalone(without_data(drawing), accent.style(owner.accent))
    url = f"{owner.url}{addresses.page(benchmark['name'])}" if owner.url else ""
    return Result(benchmark, row, Markup(svg), url)  # noqa: S704 (a drawing of this project)


def code(url: str) -> Markup:
    """The QR code of an address, as SVG without a size."""
    made = segno.make(url, error="m", micro=False)
    svg = made.svg_inline(border=0, dark="#000", omitsize=True)
    return Markup(svg)  # noqa: S704 (paths alone)


def pdf(source: Path, target: Path) -> str:
    """Print a page to PDF with an installed Chromium; returns what was in the way, or nothing."""
    executable = browser()
    if executable is None:
        return "no Chromium or Chrome is on the PATH"
    with tempfile.TemporaryDirectory(prefix="kerasfolio-") as home:
        fresh = Path(home) / "page.pdf"
        command: Sequence[str] = (
            executable,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={home}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={fresh}",
            source.resolve().as_uri(),
        )
        try:
            done = subprocess.run(command, capture_output=True, timeout=PRINTING)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{executable} did not print it ({type(error).__name__})"
        if not fresh.is_file():
            return f"{executable} ended with {done.returncode} and printed nothing"
        write_atomically(target, fresh.read_bytes())
    return ""


if __name__ == "__main__":
    sys.exit(main())
