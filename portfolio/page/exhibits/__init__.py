"""Exhibits of a benchmark's page: what its data look like, and where the entries err.

They show what `runners.exhibits` left in `<runs>/exhibits/<benchmark>/`. What is missing, made
from other data or records, or damaged is left out: nothing is shown in its place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from portfolio.page.exhibits import answers, sample
from portfolio.page.exhibits import demo as demo_view
from portfolio.page.exhibits import distributions as distributions_view
from portfolio.page.exhibits import learning as learning_view
from portfolio.page.exhibits import network as network_view
from runners.records.own_data import is_own, without_rows
from runners.records.record import Record
from runners.results.access import headline_of
from runners.results.types import BenchmarkResult

__all__ = ["data", "demo", "demo_scripts", "distributions", "learning", "network", "results"]

SCHEMA = 1


def data(benchmark: BenchmarkResult, runs_root: Path, *, samples: bool = False) -> Markup:
    """Exhibits of a benchmark's data, for step 2 of its page; empty where there are none.

    `benchmark` is one of `summary["benchmarks"]`; `runs_root` is the folder of the runs. Of data
    of the owner's single rows are shown with `samples` alone.
    """
    content = _read(runs_root, benchmark, "data.json", samples)
    return _made(sample.exhibit, benchmark, content)


def results(
    benchmark: BenchmarkResult,
    records: Mapping[str, Sequence[Record]],
    runs_root: Path,
    *,
    samples: bool = False,
) -> Markup:
    """Exhibits of a benchmark's results, for step 5 of its page; empty where there are none.

    `records` are its newest records by entry, which the exhibits must have been made from;
    `samples` is as for `data`.
    """
    content = _read(runs_root, benchmark, "results.json", samples)
    return _made(answers.exhibit, benchmark, content if _current(content, records) else {})


def distributions(
    benchmark: BenchmarkResult,
    records: Mapping[str, Sequence[Record]],
    runs_root: Path,
    *,
    samples: bool = False,
) -> Markup:
    """Forecasts with a distribution, for step 5 of its page; empty where no entry predicts one.

    The numbers are those of the results, so that only fan charts may be missing. `records` and
    `samples` are as for `results`.
    """
    content = _read(runs_root, benchmark, "distributions.json", samples)
    try:
        return distributions_view.exhibit(benchmark, content if _current(content, records) else {})
    except Exception:  # as in `_made`
        return Markup("")


def _current(content: Mapping[str, Any], records: Mapping[str, Sequence[Record]]) -> bool:
    """Whether a file was made from the newest records of its entries."""
    made_from = content.get("fingerprints")
    return (
        isinstance(made_from, dict)
        and bool(made_from)
        and all(
            prints == sorted(record["fingerprint"][:16] for record in records.get(entry, ()))
            for entry, prints in made_from.items()
        )
    )


def demo(benchmark: BenchmarkResult, runs_root: Path, *, samples: bool = False) -> Markup:
    """The section in which a reader tries the network; empty where the page cannot compute it.

    `samples` is as for `data`: without, there is none for data of the owner's.
    """
    content = _read(runs_root, benchmark, "demo.json", samples)
    return _made(demo_view.exhibit, benchmark, content)


def demo_scripts(section: Markup) -> tuple[str, ...]:
    """The files of `templates/` that make the section of `demo` work."""
    if not section:
        return ()
    return ("demo.js", "demo_drawing.js" if "<canvas" in section else "demo_form.js")


def network(benchmark: BenchmarkResult, runs_root: Path, *, samples: bool = False) -> Markup:
    """Exhibits of the headline's kept network, for step 5 of its page; empty where there are none.

    Nothing is shown of the network of another headline or recipe. `samples` is as for `data`.
    """
    content = _read(runs_root, benchmark, "network.json", samples)
    return _of_headline(network_view.exhibit, benchmark, content)


def learning(benchmark: BenchmarkResult, runs_root: Path) -> Markup:
    """How the headline learns, for step 5 of its page; empty where that was not looked at.

    Nothing is shown of another headline or recipe.
    """
    content = _read(runs_root, benchmark, "curves.json", samples=True)  # holds no rows
    return _of_headline(learning_view.exhibit, benchmark, content)


def _of_headline(
    show: Callable[[BenchmarkResult, Mapping[str, Any]], Markup],
    benchmark: BenchmarkResult,
    content: Mapping[str, Any],
) -> Markup:
    """The markup of a file made from the headline's recipe; empty for one of another."""
    headline = headline_of(benchmark)
    made_from = (content.get("entry"), content.get("recipe"))
    if headline is None or made_from != (headline["name"], headline["recipe"][:16]):
        return Markup("")
    return _made(show, benchmark, content)


def _read(runs_root: Path, benchmark: BenchmarkResult, file: str, samples: bool) -> dict[str, Any]:
    """The content of one file, empty unless it is of the data this benchmark was trained on."""
    data = benchmark["data"]
    try:
        content = json.loads((runs_root / "exhibits" / benchmark["name"] / file).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        return {}
    if not data or content.get("digest") != data["digest"]:
        return {}
    if samples or not is_own(benchmark["name"], data["url"]):
        return content
    try:
        return without_rows(content)
    except (KeyError, TypeError, ValueError, AttributeError):  # changed by hand
        return {}


def _made(
    show: Callable[[BenchmarkResult, Mapping[str, Any]], Markup],
    benchmark: BenchmarkResult,
    content: Mapping[str, Any],
) -> Markup:
    """The markup of a file; empty for one that was changed by hand into something else."""
    if not content:
        return Markup("")
    try:
        return show(benchmark, content)
    except Exception:  # files may be edited by hand; the page is built all the same
        return Markup("")
