"""The site: its pages, the numbers behind them, badges and cards; from records alone."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pydantic_core import to_json

from portfolio.owner import profile
from portfolio.page import addresses, board, cards, changes, schema, spreadsheet
from portfolio.page.render import GENERATOR, neighbours, render
from portfolio.page.takeaway import downloads, figure_files
from portfolio.page.views import row_view
from runners.records.store import Runs, write_atomically
from runners.results.summary import (
    NO_COLLECTIONS,
    NONE,
    Collections,
    Definitions,
    collect,
    joined,
    parts_of,
)
from runners.results.types import Results


def build(
    runs_folder: Path,
    site: Path,
    definitions: Definitions = NONE,
    *,
    collections: Collections = NO_COLLECTIONS,
    home: Path | None = None,
    strict: bool = False,
) -> Results:
    """Write the site into `site`; return the summary it shows.

    Records take their texts from `definitions`, where these still have them; own tasks of
    `collections` are lines of its page.
    `home` is the folder of `portfolio.toml` and `portfolio/notes/`, by default the one that
    `runs_folder` lies in. What is wrong with them raises OwnerError before anything is written
    under `strict`; else the site is built without and a note says so.
    Each file is whole or untouched. The same records give the same bytes but for `generated_at`,
    whether all is made anew or only what has changed since the last build (`changes`).
    Pages of benchmarks that are no longer there are removed. Raises OSError where `site` cannot
    be written.
    """
    runs, found = Runs(runs_folder), changes.files(runs_folder)
    now = changes.states(runs_folder, found.of, definitions)
    owner, notes, problems = _owner(home or runs_folder.parent, {*now, *definitions, *collections})
    if problems and strict:
        raise profile.OwnerError("\n".join(problems))
    common = changes.common(found.shared, site, owner, sorted(collections))
    before = changes.unchanged(changes.read(runs_folder, site, common), now, collections)

    generations = collect(runs, definitions, found.of.keys() - before.units.keys())
    parts, unread = parts_of(runs, generations, definitions, collections, before.parts)
    summary = joined(parts, unread, collections, generations, before.collections)
    summary["notes"] += problems
    shown = {one["name"]: one for one in summary["benchmarks"]}
    groups = board.groups(list(map(row_view, shown.values())), owner.feature)
    beside = {
        name: [*(one.benchmark["name"] if one else "" for one in around), notes.get(name, "")]
        for name, around in neighbours(groups).items()
    }
    anew = {
        name
        for name in shown
        if name not in before.units or before.units[name].beside != beside[name]
    }
    generations |= collect(runs, definitions, anew & before.units.keys())

    given = {
        name: downloads.downloads(
            shown[name], generations, runs, definitions.get(name), owner.samples
        )
        for name in sorted(anew)
    }
    trials = {name: part.trials for name, part in parts.items()}
    own, shared = render(
        summary, groups, anew, generations, trials, runs_folder, definitions, owner, notes, given
    )
    content = to_json(summary, indent=1) + b"\n"
    write_atomically(site / "results.json", content, lasting=False)
    cards.write_changed(site / schema.FILE.name, schema.FILE.read_bytes())
    cards.write_changed(site / "results.csv", spreadsheet.text(summary).encode("utf-8-sig"))
    for name, pages in own.items():
        contents = {address: text.encode() for address, text in pages.items()}
        contents |= {one.address: one.content for one in given[name]}
        for address, content in contents.items():
            cards.write_changed(site / address, content)
    for address, text in shared.items():
        cards.write_changed(site / address, text.encode())
    cards.write(summary, site, owner.name, anew)

    units = {}
    for name, part in parts.items():
        title = part.result["name"]  # fit to be shown, as names from outside need not be
        if title in shown and title not in anew:
            units[name] = before.units[name]
            continue
        unit = units[name] = changes.Unit(part)
        if title in shown:
            files = [*own[title], *(one.address for one in given[title])]
            files += [addresses.badge(title), addresses.card(title)]
            unit.beside = beside[title]
            unit.files = {address: changes.stamp(site / address) for address in files}
    kept = {address for unit in units.values() for address in unit.files}
    _remove_former(site, {*shared, *kept})
    joint = {one["name"]: one for one in summary["collections"]}
    changes.write(changes.Built(common, now, units, joint), runs_folder)
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
