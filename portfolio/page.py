"""The page: `index.html` and `results.json`, complete in themselves, from records alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from portfolio import environment, figures, wording
from portfolio.scoreboard import VERDICTS, scoreboard_rows
from portfolio.summary import NONE, Definitions, Generations, collect, summarise
from portfolio.views import view
from runners.records import Runs, write_atomically

STATUSES = {
    "done": "Done",
    "partial": "Partly done",
    "failed": "Failed",
    "skipped": "Skipped",
}
LEVELS = {
    "none": "none yet",
    "result": "a result",
    "good": "good",
    "world-class": "world-class",
}


def build(
    runs_folder: Path,
    site: Path,
    definitions: Definitions = NONE,
    collected: Generations | None = None,
) -> dict[str, Any]:
    """Write `index.html` and `results.json` into `site`; return the summary they show.

    `definitions` lend their current words to what they recorded earlier; records alone will do.
    `collected`, what `collect` has just returned for them, saves reading the records again.
    Each file is whole or untouched. The same records give the same bytes but for `generated_at`.
    Raises OSError where `site` cannot be written.
    """
    runs = Runs(runs_folder)
    generations = collect(runs, definitions) if collected is None else collected
    summary = summarise(runs, generations, definitions)
    page = render(summary, generations)
    results = json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(site / "results.json", results.encode() + b"\n")
    write_atomically(site / "index.html", page.encode())
    return summary


def render(summary: Mapping[str, Any], generations: Generations) -> str:
    """HTML of the page; `generations` are the records the learning curves come from."""
    rows = scoreboard_rows(summary)
    views = [
        view(benchmark, row, generations.get(benchmark["name"], {}))
        for benchmark, row in zip(summary["benchmarks"], rows, strict=True)
    ]
    template = figures.templates().get_template("index.html.j2")
    return template.render(
        summary=summary,
        views=views,
        claim=claim(rows),
        rest=rest(rows),
        facts=_facts(summary),
        trials=sum(len(records) for e in generations.values() for records in e.values()),
        roles=figures.ROLES,
        verdicts=VERDICTS,
        levels=LEVELS,
        statuses=STATUSES,
        **{
            function.__name__: function
            for function in (
                wording.count,
                wording.day,
                wording.duration,
                wording.metric_label,
                wording.some,
                wording.unit,
            )
        },
    )


def claim(rows: Sequence[Mapping[str, Any]]) -> str:
    """The one sentence on top, computed from the scoreboard; it never rounds up.

    Benchmarks without a comparable published score count among all, so that they cannot make
    the share look better; skipped and failed ones too.
    """
    scored = [row for row in rows if row["n"]]
    if not rows:
        return "Nothing has been run yet."
    if not scored:
        return "No benchmark has a score yet."
    reached = sum(row["outcome"] in ("better", "reproduced") for row in scored)
    total = wording.some(len(rows), "benchmark", "benchmarks")
    if not any(row["published_by"] for row in scored):
        have = "has" if len(scored) == 1 else "have"
        return f"{len(scored)} of {total} {have} a score; none has a comparable published one yet."
    if not reached:
        among = f"None of {total}" if len(rows) > 1 else "No benchmark"
        return f"{among} has reached the strongest comparable published score yet."
    share = f"All {total}" if reached == len(rows) > 1 else f"{reached} of {total}"
    return f"{share} reproduced or beat the strongest comparable published score."


def rest(rows: Sequence[Mapping[str, Any]]) -> str:
    """What the claim leaves out: the benchmarks that did not reach it, and why."""
    counted = (
        ("worse", "stayed behind it"),
        ("inconclusive", "cannot be told apart from it yet"),
        ("not-comparable", "met only scores obtained in another way"),
        ("none", "met no published score"),
    )
    scored = [row for row in rows if row["n"]]
    parts = [(sum(row["outcome"] == key for row in scored), words) for key, words in counted]
    for status in ("failed", "skipped"):
        words = "failed" if status == "failed" else "was skipped"
        parts.append((sum(row["status"] == status for row in rows), words))
    parts.append((sum(row["status"] == "partial" for row in rows), "is only partly done"))
    told = [
        f"{n} {words.replace('was ', 'were ').replace('is ', 'are ') if n > 1 else words}"
        for n, words in parts
        if n
    ]
    return f"{wording.listed(told)}." if told else ""


def _facts(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What ran where and when, for the head of the page."""
    where = summary["environment"]
    levels = [b["level"] for b in summary["benchmarks"] if b["entries"]]
    reached = [
        f"{levels.count(level)} {LEVELS[level]}" for level in reversed(LEVELS) if level in levels
    ]
    seconds = sum(e["seconds"] or 0 for b in summary["benchmarks"] for e in b["entries"])
    last = max((b["finished_at"] or "" for b in summary["benchmarks"]), default="")
    trained = f"{wording.duration(seconds)} in all, last on {wording.day(last)}" if last else ""
    facts = [
        ("Levels reached", ", ".join(reached)),
        ("Trained", trained),
        ("Machine", environment.hardware(where)),
        ("Software", environment.versions(where)),
    ]
    return [(term, text) for term, text in facts if text]
