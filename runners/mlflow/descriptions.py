"""What MLflow shows in Markdown: an experiment's headlines, an entry with its verdicts."""

from __future__ import annotations

from collections.abc import Sequence

from runners import formatting
from runners.mlflow import views
from runners.results.access import (
    metric_of,
    published_by_id,
    strongest_of,
    test_rows,
    unit_of,
    verdict_on,
)
from runners.results.collection_types import CollectionResult
from runners.results.scoreboard import scoreboard_row, verdict_word
from runners.results.types import (
    BenchmarkResult,
    EntryResult,
    Metric,
    PublishedScore,
    Score,
    VerdictResult,
)
from runners.safe_text import clean

NOTE_LENGTH = 8000
"""The most characters MLflow keeps of a tag; the description is one."""


def experiment_tags(
    benchmarks: Sequence[BenchmarkResult], collections: Sequence[CollectionResult] = ()
) -> dict[str, str]:
    """The description of a family's experiment, and the views it opens with.

    A collection is a sentence.
    """
    lines = [
        "One run an entry: its score, its 95 % interval, the best published score obtained under "
        "the same protocol, the verdict and the level. The trials of a network are its child runs; "
        "a baseline keeps its repeats as steps of `<metric>/repeat`. Medians of learning curves "
        "are the metrics `curves/…`, whole curves the artifact `curves.json`. `skill` is the share "
        "of the way from the best trivial baseline to the best comparable published score. "
        "Headlines:",
        "",
        "| benchmark | headline | score | best comparable published | verdict | level |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for benchmark in benchmarks:
        row, best = scoreboard_row(benchmark), strongest_of(benchmark)
        if not row.n:
            continue
        by = f" ({row.published_by}, {best['cited_as']})" if best else ""
        cells = [row.benchmark, row.entry, f"{row.metric} {row.score}"]
        cells += [f"{row.published}{by}", row.verdict, row.level]
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    for one in collections:
        lines += ["", f"**{one['name']}**, across tasks: {_cell(one['statement'])}"]
    return {
        "mlflow.note.content": note("\n".join(lines), "The page has them all."),
        **views.tags(),
    }


def description(benchmark: BenchmarkResult, entry: EntryResult) -> str:
    """Markdown: the question, and for every metric the score and its verdicts."""
    metric, best = metric_of(benchmark), strongest_of(benchmark)
    lines = [f"**{_cell(benchmark['question'] or benchmark['name'])}**"]
    if entry["score"]:
        verdict = verdict_on(entry["verdicts"], best)
        lines += ["", _score(benchmark, metric, entry["score"], best, verdict)]
    for remark in (
        *entry.get("remarks", []),
        *([f"Its network is not kept: {entry['unsaved']}."] if entry.get("unsaved") else []),
    ):
        lines += ["", _cell(remark)]
    lines += ["", *_verdicts(benchmark, metric, entry["verdicts"])]
    for other in benchmark["also"]:
        measured = entry["metrics"].get(other["name"])
        if measured:
            best = published_by_id(benchmark).get(measured["strongest"] or "")
            verdict = verdict_on(measured["verdicts"], best)
            lines += ["", _score(benchmark, other, measured, best, verdict), ""]
            lines += _verdicts(benchmark, other, measured["verdicts"])
    return "\n".join(lines)


def _score(
    benchmark: BenchmarkResult,
    metric: Metric,
    score: Score,
    best: PublishedScore | None,
    verdict: VerdictResult | None,
) -> str:
    """A score in a line, with the verdict against the strongest comparable one in bold."""
    rows = test_rows(benchmark)
    text = f"{formatting.metric_label(metric)} {formatting.score_text(score, metric, rows)}"
    text += f", {formatting.spread_kind(score['n'], unit_of(benchmark))}"
    text += formatting.seeds_text(score)
    if score["ci95"]:
        text += f", 95 % interval {formatting.interval_text(score, metric, rows)}"
    if best and verdict:
        theirs = f"{best['model']}, {formatting.published_text(best, metric)}"
        joint = "as" if verdict["outcome"] == "at-least-as-good" else "against"
        text += f": **{verdict_word(verdict)}** {joint} {theirs}"
    return _cell(text)


def _verdicts(
    benchmark: BenchmarkResult, metric: Metric, verdicts: Sequence[VerdictResult]
) -> list[str]:
    """A table with a row for every published score and trivial baseline."""
    lines = ["| against | score | verdict | why |", "| --- | --- | --- | --- |"]
    models = published_by_id(benchmark)
    own = {entry["name"]: entry for entry in benchmark["entries"]}
    # What was compared first: the note on MLflow's run page has room for some rows only.
    for verdict in sorted(verdicts, key=lambda one: one["outcome"] == "not-comparable"):
        name = verdict["baseline"]
        if name in models:
            label, theirs = models[name]["model"], formatting.published_text(models[name], metric)
        else:
            label = f"{name} (own trivial baseline)"
            score = _score_in(own.get(name), metric, benchmark)
            theirs = formatting.mean_text(score, metric, test_rows(benchmark))
        cells = (label, theirs, verdict_word(verdict), verdict["why"])
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return lines


def _score_in(entry: EntryResult | None, metric: Metric, of: BenchmarkResult) -> Score | None:
    """An entry's score in one of the benchmark's metrics."""
    if entry is None:
        return None
    return entry["score"] if metric == of["metric"] else entry["metrics"].get(metric["name"])


def note(description: str, rest: str = "The whole table is in the artifact scores.md.") -> str:
    """The description as MLflow can hold it: whole lines, and where the rest is."""
    description = clean(description)
    if len(description) <= NOTE_LENGTH:
        return description
    end = f"\n\n{rest}"
    return description[: description.rindex("\n", 0, NOTE_LENGTH - len(end))] + end


def _cell(text: str) -> str:
    """Text from outside that cannot leave its table cell or quotes."""
    return " ".join(text.replace("|", "/").replace('"', "'").replace("\\", "/").split())
