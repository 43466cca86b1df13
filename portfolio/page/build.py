"""The site: its pages, the numbers behind them, badges and cards; from records alone."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from portfolio.owner import profile
from portfolio.page import cards, schema, spreadsheet
from portfolio.page.render import GENERATOR, render
from portfolio.page.takeaway import downloads, figure_files
from runners.records.generations import Generations
from runners.records.store import Runs, write_atomically
from runners.results.summary import (
    NO_COLLECTIONS,
    NONE,
    Collections,
    Definitions,
    collect,
    summarise,
)
from runners.results.types import Results


def build(
    runs_folder: Path,
    site: Path,
    definitions: Definitions = NONE,
    collected: Generations | None = None,
    *,
    collections: Collections = NO_COLLECTIONS,
    home: Path | None = None,
    strict: bool = False,
) -> Results:
    """Write the site into `site`; return the summary it shows.

    Records take their texts from `definitions`, where these still have them; own tasks of
    `collections` are lines of its page.
    `collected`, what `collect` has just returned for them, saves reading the records again.
    `home` is the folder of `portfolio.toml` and `portfolio/notes/`, by default the one that
    `runs_folder` lies in. What is wrong with them raises OwnerError before anything is written
    under `strict`; else the site is built without and a note says so.
    Each file is whole or untouched. The same records give the same bytes but for `generated_at`.
    Pages of benchmarks that are no longer there are removed. Raises OSError where `site` cannot
    be written.
    """
    runs = Runs(runs_folder)
    generations = collect(runs, definitions) if collected is None else collected
    summary = summarise(runs, generations, definitions, collections)
    names = {b["name"] for b in summary["benchmarks"]} | set(definitions) | set(collections)
    owner, notes, problems = _owner(home or runs_folder.parent, names)
    if problems and strict:
        raise profile.OwnerError("\n".join(problems))
    summary["notes"] += problems
    files = {
        one["name"]: downloads.downloads(
            one, generations, runs, definitions.get(one["name"]), owner.samples
        )
        for one in summary["benchmarks"]
    }
    pages = render(summary, generations, runs_folder, definitions, owner, notes, files)
    results = json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(site / "results.json", results.encode() + b"\n")
    write_atomically(site / schema.FILE.name, schema.FILE.read_bytes())
    write_atomically(site / "results.csv", spreadsheet.text(summary).encode("utf-8-sig"))
    for address, text in pages.items():
        cards.write_changed(site / address, text.encode())
    given = {one.address: one.content for of in files.values() for one in of}
    for address, content in given.items():
        cards.write_changed(site / address, content)
    _remove_former(site, {*pages, *given})
    cards.write(summary, site, owner.name)
    return summary


def _owner(home: Path, known: set[str]) -> tuple[profile.Owner, dict[str, str], list[str]]:
    """The owner, their notes, and what is wrong with either, which is then left out."""
    owner, notes, problems = profile.NOBODY, {}, []
    try:
        owner = profile.read(home, known)
    except profile.OwnerError as error:
        problems += str(error).splitlines()
    try:
        notes = profile.notes(home, known)
    except profile.OwnerError as error:
        problems += str(error).splitlines()
    return owner, notes, problems


def _remove_former(site: Path, current: Collection[str]) -> None:
    """Remove pages and their files written earlier that are gone; nothing else is touched."""
    for folder in (figure_files.FOLDER, downloads.FOLDER):
        for path in (site / folder).rglob("*.*"):
            if path.is_file() and path.relative_to(site).as_posix() not in current:
                path.unlink()
    for path in site.glob("*/*.html"):
        if path.relative_to(site).as_posix() in current:
            continue
        with path.open("rb") as file:
            ours = GENERATOR.encode() in file.read(4000)
        if ours:
            path.unlink()
