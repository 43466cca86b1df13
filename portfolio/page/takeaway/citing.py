"""A benchmark's result in other documents: a BibTeX entry and a table in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.page.views.algorithms import EntryView
from runners import formatting
from runners.results import platform
from runners.results.access import metric_of
from runners.results.published import PublishedRow
from runners.results.types import BenchmarkResult

ESCAPES = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "\N{PLUS-MINUS SIGN}": r"$\pm$",
    "\N{MINUS SIGN}": "$-$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{RIGHTWARDS ARROW}": r"$\rightarrow$",
    "\N{SUPERSCRIPT TWO}": r"\textsuperscript{2}",
    "\N{SUPERSCRIPT THREE}": r"\textsuperscript{3}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
    "\N{THIN SPACE}": r"\,",
    "\N{EN DASH}": "--",
    "\N{EM DASH}": "---",
    "\N{HORIZONTAL ELLIPSIS}": r"\dots{}",
    "\N{LEFT DOUBLE QUOTATION MARK}": "``",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "''",
}
"""Signs that LaTeX reads as commands, or that its usual fonts lack."""
_ESCAPED = re.compile("|".join(map(re.escape, ESCAPES)))


@dataclass(frozen=True)
class Citation:
    """What may be pasted into other documents."""

    bibtex: str
    latex: str
    """A table for the package booktabs."""


def escaped(text: str) -> str:
    """Text as LaTeX prints it; letters of other scripts stay, for an engine that reads UTF-8."""
    return _ESCAPED.sub(lambda match: ESCAPES[match[0]], re.sub(r"[ \t\r\n]+", " ", text))


def citation(
    benchmark: BenchmarkResult,
    entries: Sequence[EntryView],
    comparable: Sequence[PublishedRow],
    author: str,
    url: str,
) -> Citation | None:
    """How to cite the headline's score, and the scores as a table; None without a score.

    `comparable` are the published scores under the same protocol; `url` is the address of the
    page, empty where it is not published.
    """
    headline = next((entry for entry in entries if entry["headline"] and entry["score"]), None)
    if headline is None:
        return None
    return Citation(
        _bibtex(benchmark, headline, author, url), _table(benchmark, entries, comparable)
    )


def _bibtex(benchmark: BenchmarkResult, headline: EntryView, author: str, url: str) -> str:
    label = formatting.metric_label(metric_of(benchmark))
    day = (benchmark["finished_at"] or "")[:10]
    environment = platform.environment_of(benchmark)
    git = environment.get("git", {})
    commit = git.get("commit", "")[:12] + ("+changes" if git.get("dirty") else "")
    key = re.sub(r"[^a-z0-9]+", "-", f"kerasfolio-{benchmark['name']}-{day[:4]}".lower()).strip("-")
    score = f"{label} {headline['score_text']} ({headline['spread_kind']}), {headline['name']}"
    note = f"Made with Kerasfolio{f', commit {commit}' if commit else ''}"
    fields = [
        ("author", f"{{{escaped(author)}}}" if author else ""),
        ("title", f"{{{escaped(benchmark['name'])}}}: {escaped(score)}"),
        ("year", day[:4]),
        ("date", day),
        ("version", escaped(platform.versions(environment))),
        ("note", escaped(note)),
        ("url", re.sub(r"[{}\\\s]", "", url)),
    ]
    lines = [f"  {name:<8}= {{{text}}},\n" for name, text in fields if text]
    return f"@misc{{{key},\n{''.join(lines)}}}"


def _table(
    benchmark: BenchmarkResult, entries: Sequence[EntryView], comparable: Sequence[PublishedRow]
) -> str:
    metric = metric_of(benchmark)
    protocol = benchmark["protocol"]
    better = 1 if metric["direction"] == "min" else -1
    rows = [
        (
            entry["score"]["mean"],
            r"\textbf{%s}" if entry["headline"] else "%s",
            (entry["name"], "ours", entry["score_text"], entry["spread_kind"]),
        )
        for entry in entries
        if entry["score"]
    ]
    for row in comparable:
        cells = (row.score["model"], row.score["cited_as"], row.text, row.kind)
        rows.append((row.score["score"], "%s", cells))
    rows.sort(key=lambda row: better * row[0])
    lines = [
        " & ".join((form % escaped(name), *map(escaped, cells))) + r" \\"
        for _, form, (name, *cells) in rows
    ]
    under = f", {protocol['title'] or protocol['id']}" if protocol else ""
    direction = "lower" if better == 1 else "higher"
    caption = escaped(
        f"{benchmark['name']}: {formatting.metric_label(metric)}, {direction} is better{under}. "
        "In bold: our headline."
    )
    return "\n".join(
        (
            r"\begin{table}  % \usepackage{booktabs}",
            f"\\caption{{{caption}}}",
            r"\begin{tabular}{llrl}",
            r"\toprule",
            rf"Model & By & {escaped(formatting.metric_label(metric))} & $\pm$ \\",
            r"\midrule",
            *lines,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        )
    )
