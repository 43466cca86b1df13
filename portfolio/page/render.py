"""The pages of the site as HTML: an index, a page a benchmark, a page on method."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from portfolio.owner import accent, markdown, profile
from portfolio.page import (
    addresses,
    badges,
    board,
    case_studies,
    exhibits,
    figures,
    history,
    skills,
)
from portfolio.page.takeaway import citing, figure_files
from portfolio.page.takeaway.downloads import Download
from portfolio.page.views import RowView, collection, forecasts, view
from runners import formatting
from runners.records.generations import Generations
from runners.results import audit
from runners.results.access import metric_of
from runners.results.claim import LEVELS, claim, facts, levels, rest
from runners.results.scoreboard import VERDICTS, verdict_word
from runners.results.summary import NONE, Definitions
from runners.results.types import BenchmarkResult, ProtocolResult, Results, Status

STATUSES: dict[Status, str] = {
    "done": "Done",
    "partial": "Partly done",
    "failed": "Failed",
    "skipped": "Skipped",
}
GENERATOR = '<meta name="generator" content="Kerasfolio">'
"""In every page, to tell pages of this project from other files."""


def neighbours(
    groups: Sequence[board.BoardGroup],
) -> dict[str, tuple[RowView | None, RowView | None]]:
    """The benchmarks before and after each on the scoreboard, by name."""
    rows = [view for group in groups for view in group.views]
    around = zip(rows, [None, *rows], [*rows[1:], None], strict=False)
    return {one.benchmark["name"]: (before, after) for one, before, after in around}


def render(
    summary: Results,
    groups: Sequence[board.BoardGroup],
    names: Collection[str],
    generations: Generations,
    trials: Mapping[str, int],
    runs_folder: Path,
    definitions: Definitions = NONE,
    owner: profile.Owner = profile.NOBODY,
    notes: Mapping[str, str] | None = None,
    downloads: Mapping[str, Sequence[Download]] | None = None,
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Pages of the benchmarks `names` with the files of their figures, and those that all share.

    By benchmark and address. `groups` are the scoreboard's, `generations` the records the
    learning curves come from, `trials` how many each benchmark has, own tasks included, `notes`
    the owner's Markdown and `downloads` the files beside the page by benchmark.
    """
    common, accent_style = _common(summary, owner), accent.style(owner.accent)
    own: dict[str, dict[str, str]] = {}
    for name, (before, after) in neighbours(groups).items():
        if name not in names:
            continue
        benchmark = next(one for one in summary["benchmarks"] if one["name"] == name)
        records = generations.get(name, {})
        shown = _exhibits(benchmark, generations, runs_folder, owner.samples)
        one = view(benchmark, records, owner.mlflow, definitions.get(name))
        page = _render(
            "benchmark.html.j2",
            one.address,
            {
                **common,
                "view": one,
                "trials": trials.get(name, 0),
                "metric": metric_of(benchmark),
                "before": before,
                "after": after,
                "own_words": markdown.html((notes or {}).get(name, "")),
                "exhibits": shown,
                "forecasts": forecasts.made(benchmark, runs_folder, owner.samples),
                "downloads": (downloads or {}).get(name, ()),
                "taking": citing.citation(
                    benchmark,
                    one.entries,
                    one.comparable,
                    owner.name,
                    f"{owner.url}{one.address}" if owner.url else "",
                ),
                "past": history.section(benchmark),
                "badge": badges.snippet(benchmark, owner.url),
                "card": addresses.card(name),
            },
            script=exhibits.demo_scripts(shown["demo"]),
        )
        page, made = figure_files.extracted(page, one.address, accent_style)
        own[name] = {**made, one.address: page}
    return own, _shared(summary, groups, trials, common, owner)


def _shared(
    summary: Results,
    groups: Sequence[board.BoardGroup],
    trials: Mapping[str, int],
    common: dict[str, object],
    owner: profile.Owner,
) -> dict[str, str]:
    """The pages that are no benchmark's, by address; the index comes last."""
    common["trials"] = sum(trials.values())
    views = [view for group in groups for view in group.views]
    has_page = {one.benchmark["name"] for one in views}
    collections = [collection.view(one, has_page) for one in summary["collections"]]
    pages: dict[str, str] = {}
    for joined in collections:
        pages[joined.address] = _render(
            "collection.html.j2",
            joined.address,
            {
                **common,
                "view": joined,
                "trials": sum(trials.get(task["name"], 0) for task in joined.result["tasks"]),
                "badge": badges.collection_snippet(joined.result, owner.url),
            },
            script=("tasks.js",),
        )
    audits = [v for v in views if v.shortcuts]
    pages["method.html"] = _render(
        "method.html.j2",
        "method.html",
        {
            **common,
            "protocols": _protocols(views),
            "audits": audits,
            "shortcuts": audit.side_by_side([v.shortcuts for v in audits]),
        },
    )
    pages["index.html"] = _render(
        "index.html.j2",
        "index.html",
        {
            **common,
            "views": views,
            "collections": collections,
            "groups": groups,
            "drawn_once": True,
            "skills": skills.chart(views),
            "studies": case_studies.case_studies(views),
            "claim": claim(summary),
            "rest": rest(summary),
            "tagline": tagline(summary["benchmarks"]),
            "reached": levels(summary),
            "facts": facts(summary),
            "outcomes": board.outcomes(views, [one.result["outcome"] for one in collections]),
        },
        script=("board.js",) if groups or collections else (),
    )
    files: dict[str, str] = {}
    for address in pages:
        page, made = figure_files.extracted(pages[address], address, accent.style(owner.accent))
        pages[address] = page
        files |= made
    return files | pages


def tagline(benchmarks: Sequence[BenchmarkResult]) -> str:
    """What the page shows: own data has no published scores to be judged against."""
    own = [board.own(one) for one in benchmarks if one["data"]]
    if own and all(own):
        return "Keras models on data of one’s own, judged against classical baselines"
    more = ", and on data of one’s own" if any(own) else ""
    return f"Keras models on public data, judged against published scores{more}"


def _render(
    template: str, address: str, values: Mapping[str, object], script: Sequence[str] = ()
) -> str:
    """A page; `up` leads from it to the site's folder, `card` is the picture of a shared link.

    Under `drawn_once` the marks of verdicts and levels refer to `sprite.svg.j2`, which the page
    then includes.

    `script` are the files of `templates/` that it runs as one script.
    """
    code = Markup("\n").join(map(_source, script))
    context = {
        "card": addresses.card(),
        "drawn_once": False,
        **values,
        "script": code,
        "script_hash": _hash(code),
    }
    up = addresses.up(address)
    return figures.templates().get_template(template).render(context, address=address, up=up)


def _source(name: str) -> Markup:
    """A file of `templates/` as it is."""
    loader = figures.templates().loader
    assert loader is not None
    return Markup(loader.get_source(figures.templates(), name)[0])  # noqa: S704


def _hash(script: str) -> str:
    """The hash by which a content security policy allows an inline script."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _common(summary: Results, owner: profile.Owner) -> dict[str, object]:
    """What every page may use: the words of the project and the way numbers are printed."""
    functions = (
        formatting.count,
        formatting.day,
        formatting.duration,
        formatting.bytes_text,
        formatting.metric_label,
        formatting.plural,
        formatting.some,
        formatting.unit,
        verdict_word,
    )
    return {
        "summary": summary,
        "owner": owner,
        "accent": accent.style(owner.accent),
        "icon": (owner.accent or accent.OURS).lstrip("#"),
        "roles": figures.ROLES,
        "verdicts": VERDICTS,
        "levels": LEVELS,
        "statuses": STATUSES,
        **{function.__name__: function for function in functions},
    }


def _exhibits(
    benchmark: BenchmarkResult,
    generations: Generations,
    runs_folder: Path,
    allowed: Collection[str],
) -> dict[str, Markup]:
    """What the data look like and where the models err, where the runs folder has it.

    Single rows of own data are shown of the benchmarks `allowed`.
    """
    records = generations.get(benchmark["name"], {})
    samples = benchmark["name"] in allowed
    return {
        "data": exhibits.data(benchmark, runs_folder, samples=samples),
        "results": exhibits.results(benchmark, records, runs_folder, samples=samples),
        "distributions": exhibits.distributions(benchmark, records, runs_folder, samples=samples),
        "demo": exhibits.demo(benchmark, runs_folder, samples=samples),
        "network": exhibits.network(benchmark, runs_folder, samples=samples),
        "learning": exhibits.learning(benchmark, runs_folder),
    }


def _protocols(views: Sequence[RowView]) -> list[tuple[ProtocolResult, list[RowView]]]:
    """Protocols in use, each with the benchmarks under it."""
    users: dict[str, tuple[ProtocolResult, list[RowView]]] = {}
    for one in views:
        protocol = one.benchmark["protocol"]
        if protocol:
            users.setdefault(protocol["id"], (protocol, []))[1].append(one)
    return [users[key] for key in sorted(users)]
