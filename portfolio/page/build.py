"""The site: an index, a page a benchmark, a page on method, and the numbers; from records alone."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from portfolio.owner import accent, markdown, profile
from portfolio.page import addresses, badges, board, cards, exhibits, figures, history, spreadsheet
from portfolio.page.views import view
from runners import formatting
from runners.records.generations import Generations
from runners.records.store import Runs, write_atomically
from runners.results import audit
from runners.results.claim import LEVELS, claim, facts, levels, rest
from runners.results.scoreboard import VERDICTS, scoreboard_rows
from runners.results.summary import NONE, Definitions, collect, summarise

__all__ = ["build", "claim", "rest"]

STATUSES = {
    "done": "Done",
    "partial": "Partly done",
    "failed": "Failed",
    "skipped": "Skipped",
}
GENERATOR = '<meta name="generator" content="Kerasfolio">'


def build(
    runs_folder: Path,
    site: Path,
    definitions: Definitions = NONE,
    collected: Generations | None = None,
    *,
    home: Path | None = None,
    strict: bool = False,
) -> dict[str, Any]:
    """Write the site into `site`; return the summary it shows.

    `definitions` lend their current words to what they recorded earlier; records alone will do.
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
    summary = summarise(runs, generations, definitions)
    known = {b["name"] for b in summary["benchmarks"]} | set(definitions)
    owner, words, problems = _owner(home or runs_folder.parent, known)
    if problems and strict:
        raise profile.OwnerError("\n".join(problems))
    summary["notes"] += problems
    pages = render(summary, generations, runs_folder, definitions, owner, words)
    results = json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(site / "results.json", results.encode() + b"\n")
    write_atomically(site / "results.csv", spreadsheet.text(summary).encode("utf-8-sig"))
    for address, text in pages.items():
        write_atomically(site / address, text.encode())
    _forget(site, pages)
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


def render(
    summary: Mapping[str, Any],
    generations: Generations,
    runs_folder: Path,
    definitions: Definitions = NONE,
    owner: profile.Owner = profile.NOBODY,
    notes: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """HTML of every page by its address; the index comes last.

    `generations` are the records the learning curves come from, `notes` the owner's Markdown by
    benchmark.
    """
    rows = scoreboard_rows(summary)
    views = [
        view(
            benchmark,
            row,
            generations.get(benchmark["name"], {}),
            summary["mlflow"],
            definitions.get(benchmark["name"]),
        )
        for benchmark, row in zip(summary["benchmarks"], rows, strict=True)
    ]
    groups = board.groups(views, owner.feature)
    views = [view for group in groups for view in group["views"]]
    common = _common(summary, generations, owner)
    pages = {
        one["address"]: _render(
            "benchmark.html.j2",
            one["address"],
            {
                **common,
                "view": one,
                "before": views[i - 1] if i else None,
                "after": views[i + 1] if i + 1 < len(views) else None,
                "own_words": markdown.html((notes or {}).get(one["benchmark"]["name"], "")),
                "exhibits": _exhibits(one["benchmark"], generations, runs_folder),
                "past": history.section(one["benchmark"]),
                "badge": badges.snippet(one["benchmark"], owner.url),
                "card": addresses.card(one["benchmark"]["name"]),
            },
        )
        for i, one in enumerate(views)
    }
    audits = [v for v in views if v["tricks"]]
    pages["method.html"] = _render(
        "method.html.j2",
        "method.html",
        {
            **common,
            "protocols": _protocols(views),
            "audits": audits,
            "shortcuts": audit.across([v["tricks"] for v in audits]),
        },
    )
    pages["index.html"] = _render(
        "index.html.j2",
        "index.html",
        {
            **common,
            "views": views,
            "groups": groups,
            "claim": claim(rows),
            "rest": rest(rows),
            "reached": levels(summary),
            "facts": facts(summary),
            "outcomes": board.outcomes(views),
        },
    )
    return pages


def _render(template: str, address: str, values: Mapping[str, Any]) -> str:
    """A page; `up` leads from it to the site's folder, `card` is the picture of a shared link."""
    script = _source("board.js") if values.get("groups") else Markup("")
    shown = {"card": addresses.card(), **values, "script": script, "script_hash": _hash(script)}
    url = values["owner"].url
    return (
        figures.templates()
        .get_template(template)
        .render(shown, address=address, up=addresses.up(address), base=url or addresses.up(address))
    )


def _source(name: str) -> Markup:
    """A file of `templates/` as it is."""
    loader = figures.templates().loader
    assert loader is not None
    return Markup(loader.get_source(figures.templates(), name)[0])  # noqa: S704


def _hash(script: str) -> str:
    """What a content security policy knows an inline script by."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _common(
    summary: Mapping[str, Any], generations: Generations, owner: profile.Owner
) -> dict[str, Any]:
    """What every page may use: the words of the project and the way numbers are printed."""
    words = (
        formatting.count,
        formatting.day,
        formatting.duration,
        formatting.metric_label,
        formatting.plural,
        formatting.some,
        formatting.unit,
    )
    return {
        "summary": summary,
        "owner": owner,
        "accent": accent.style(owner.accent),
        "trials": sum(len(records) for e in generations.values() for records in e.values()),
        "roles": figures.ROLES,
        "verdicts": VERDICTS,
        "levels": LEVELS,
        "statuses": STATUSES,
        **{function.__name__: function for function in words},
    }


def _exhibits(
    benchmark: Mapping[str, Any], generations: Generations, runs_folder: Path
) -> dict[str, Markup]:
    """What the data look like and where the models err, where the runs folder has it."""
    records = generations.get(benchmark["name"], {})
    return {
        "data": exhibits.data(benchmark, runs_folder),
        "results": exhibits.results(benchmark, records, runs_folder),
    }


def _protocols(views: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Protocols in use, each with the benchmarks under it."""
    found: dict[str, dict[str, Any]] = {}
    for one in views:
        protocol = one["benchmark"]["protocol"]
        if protocol:
            key = str(protocol.get("id"))
            found.setdefault(key, {"protocol": protocol, "views": []})["views"].append(one)
    return [found[key] for key in sorted(found)]


def _forget(site: Path, pages: Mapping[str, str]) -> None:
    """Remove pages written earlier for benchmarks that are gone; nothing else is touched."""
    for path in site.glob("*/*.html"):
        if path.relative_to(site).as_posix() in pages:
            continue
        with path.open("rb") as file:
            ours = GENERATOR.encode() in file.read(4000)
        if ours:
            path.unlink()
