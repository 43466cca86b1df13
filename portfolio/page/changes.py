"""What a site was built from, so that the next build makes anew only what has changed.

`page.json` in the runs folder holds, of every benchmark, a digest of the state of its files, what
it added to the summary, and the files that were written for it. Nothing is lost with it: without
one that fits, everything is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from pydantic_core import from_json, to_json

import benchmarks
from benchmarks.collections import Collection
from benchmarks.validation import NAME
from runners import redaction
from runners.records.snapshot import benchmark_facts, entry_facts
from runners.records.store import write_atomically
from runners.results.collection_types import CollectionResult
from runners.results.summary import Definitions, Part, Parts, read_shared

FILE = "page.json"
"""Below the folder of runs."""
ROOT = Path(benchmarks.__file__).resolve().parents[1]
CODE = ("benchmarks", "runners", "portfolio")
NOT_CODE = ("__pycache__", "site", "example")
"""Folders below the packages that hold no code."""
UNREAD = ("mlflow.db", "mlflow.json", "skipped.json", "artifacts", "quarantine", FILE)
"""What in a runs folder no page is made from as a whole; its parts are read apart."""

Stamp = list[int]
"""Of a file: size, time of change of content and of the file, number of the file."""


@dataclass
class Unit:
    """One benchmark as it was built."""

    part: Part
    beside: list[str] = field(default_factory=list)
    """What its page shows beside: the benchmarks before and after it, the owner's words."""
    files: dict[str, Stamp] = field(default_factory=dict)
    """What was written for it, by address."""


@dataclass
class Built:
    """A whole site as it was built."""

    common: str = ""
    states: dict[str, str] = field(default_factory=dict)
    """Of the files of benchmarks, run or not."""
    units: dict[str, Unit] = field(default_factory=dict)
    collections: dict[str, CollectionResult] = field(default_factory=dict)

    @property
    def parts(self) -> Parts:
        """What the benchmarks add to the summary."""
        return {name: unit.part for name, unit in self.units.items()}


@dataclass(frozen=True)
class Files:
    """The state of a runs folder: of the files of each benchmark, and of those of all."""

    of: Mapping[str, str]
    shared: str


def files(runs: Path) -> Files:
    """The state of every file that pages are made from, without reading any."""
    of: dict[str, list[str]] = {}
    shared: list[str] = []
    for place in sorted(runs.iterdir() if runs.is_dir() else ()):
        if place.name.startswith((".", *UNREAD[:1])) or place.name in UNREAD:
            continue
        for path, stamp in _stamps(str(place)):
            below = path[len(str(runs)) + 1 :]
            names = _benchmarks(below.split(os.sep))
            for lines in [of.setdefault(name, []) for name in names] or [shared]:
                lines.append(f"{below} {stamp}")
    return Files({name: _digest(lines) for name, lines in of.items()}, _digest(shared))


def _benchmarks(parts: Sequence[str]) -> list[str]:
    """The benchmarks a file may belong to, by its place below the runs; [] for all of them."""
    if len(parts) > 3:  # <kind>/<family>/<benchmark>/…
        names = ["/".join(parts[1:3])]
    else:  # <kind>/<family>/<benchmark>.<ending>, with dots in either
        words = parts[2].split(".") if len(parts) == 3 else []
        names = [f"{parts[1]}/{'.'.join(words[:end])}" for end in range(1, len(words))]
    return [name for name in names if parts[0] == "records" or NAME.fullmatch(name)]


def states(runs: Path, own: Mapping[str, str], definitions: Definitions) -> dict[str, str]:
    """What each benchmark is made from, as a digest: its files (`own`) and definition.

    MLflow's names of its runs, and why it was skipped, count too.
    """
    mlflow, skipped = read_shared(runs, [])
    ids: dict[str, list[Any]] = {}
    entries, experiments = (mlflow.get(key) for key in ("entries", "experiments"))
    for key, value in sorted(entries.items()) if isinstance(entries, dict) else ():
        ids.setdefault(key.rpartition("/")[0], []).append([key, value])
    named = experiments if isinstance(experiments, dict) else {}
    found = {}
    for name in {*own, *skipped}:
        definition = definitions.get(name)
        facts: list[object] = []
        if definition is not None:
            facts += [benchmark_facts(definition), *map(entry_facts, definition.entries)]
        found[name] = _digest(
            [
                own.get(name, ""),
                repr([facts, skipped.get(name), ids.get(name)]),
                str(named.get(name.split("/")[0])),
            ]
        )
    return found


def common(shared: str, site: Path, *values: object) -> str:
    """What all benchmarks are made from, as a digest: code, libraries, shared files, `values`."""
    return _digest([shared, str(site.resolve()), _code(), *map(repr, values)])


@cache
def _code() -> str:
    """The state of this project's code, of the installed packages, and what texts are hidden."""
    lines = [sys.version, repr(redaction.rules())]
    lines.append(str(Path(jinja2.__file__).parents[1].stat().st_mtime_ns))  # changes with any
    for package in CODE:
        lines += [f"{path} {stamp}" for path, stamp in _stamps(str(ROOT / package), NOT_CODE)]
    return _digest(lines)


def read(runs: Path, site: Path, now: str) -> Built:
    """What was built last, as far as `common` is still `now` and its files are as written."""
    try:
        digest, _, content = (runs / FILE).read_bytes().partition(b"\n")
        if hashlib.sha256(content).hexdigest() != digest.decode():
            return Built()
        stored = from_json(content)
    except (OSError, ValueError):
        return Built()
    if stored["common"] != now:
        return Built()
    built = Built(now, stored["states"], collections=stored["collections"])
    for name, unit in stored["units"].items():
        one = built.units[name] = Unit(Part(**unit["part"]), unit["beside"], unit["files"])
        if any(stamp(site / address) != as_written for address, as_written in one.files.items()):
            one.beside = ["written anew"]
    return built


def unchanged(built: Built, now: Mapping[str, str], collections: Mapping[str, Collection]) -> Built:
    """What was built of benchmarks whose states are still the same `now`.

    A collection is judged from the records of its tasks: where one of them has changed, all count
    as changed.
    """
    stale = {name for name in {*built.states, *now} if built.states.get(name) != now.get(name)}
    reached = stale
    while reached:
        reached = {
            name
            for one in collections.values()
            if not stale.isdisjoint(one.members)
            for name in one.members
        } - stale
        stale |= reached
    return Built(
        built.common,
        built.states,
        {name: unit for name, unit in built.units.items() if name not in stale},
        {
            name: one
            for name, one in built.collections.items()
            if name in collections and stale.isdisjoint(collections[name].members)
        },
    )


def write(built: Built, runs: Path) -> None:
    """Keep what was built.

    A folder that cannot be written to is left as it is: the next build then makes all anew.
    """
    with contextlib.suppress(OSError, ValueError):  # names from outside may be no text
        content = to_json(built)
        digest = hashlib.sha256(content).hexdigest().encode()
        write_atomically(runs / FILE, digest + b"\n" + content, lasting=False)


def _stamps(folder: str, without: Sequence[str] = ()) -> Iterator[tuple[str, Stamp]]:
    """Every file in a folder, in order, with what changes when it does."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except NotADirectoryError:
        yield folder, stamp(folder)
        return
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in without:
                yield from _stamps(entry.path, without)
        elif not entry.name.endswith(".part"):
            yield entry.path, stamp(entry)


def stamp(path: Path | str | os.DirEntry[str]) -> Stamp:
    """What changes when a file does; [] where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return []
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()
