"""What a benchmark's page gives away: its record, the network and a notebook, as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.definition import Benchmark
from portfolio.page import addresses
from runners.notebooks import as_bytes
from runners.records.generations import Generations
from runners.records.own_data import is_own
from runners.records.store import Runs
from runners.results.access import headline_of
from runners.results.types import BenchmarkResult
from runners.safe_text import clean

FOLDER = "downloads"
"""Below the site."""
LARGEST = 1_000_000
"""Bytes of a network that the page carries."""


@dataclass(frozen=True)
class Download:
    """A file beside a page."""

    address: str
    """Below the site."""
    what: str
    content: bytes


def downloads(
    benchmark: BenchmarkResult,
    generations: Generations,
    runs: Runs,
    definition: Benchmark | None,
    allowed: Sequence[str] = (),
) -> list[Download]:
    """Files of a benchmark, as far as they are at hand; none of the owner's data unless `allowed`.

    The record and the network are those of the headline's first repeat.
    """
    name, headline, data = benchmark["name"], headline_of(benchmark), benchmark["data"]
    records = generations.get(name, {}).get(headline["name"], []) if headline else []
    if not records or data is None or (is_own(name, data["url"]) and name not in allowed):
        return []
    first = records[0]
    entry = first["entry"]["name"]
    stem = f"{FOLDER}/{addresses.slug(name)}/{addresses.id_of(name)}"
    files = [
        ("-record.json", "record", runs.path(name, entry, first["repeat"], first["fingerprint"])),
        (".keras", "network", runs.model(name, entry, first["recipe"])),
    ]
    found = [
        Download(f"{stem}{ending}", what, _fit_to_show(path))
        for ending, what, path in files
        if path.is_file() and path.stat().st_size <= LARGEST
    ]
    if definition is not None:
        found.append(Download(f"{stem}.ipynb", "notebook", as_bytes(definition)))
    return found


def _fit_to_show(path: Path) -> bytes:
    """A file's content; of JSON without characters that steer a terminal, as on the page."""
    content = path.read_bytes()
    return clean(content.decode("utf-8", "replace")).encode() if path.suffix == ".json" else content
