"""The model card of the headline: what it is, takes and gives, what it cost, what it is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portfolio.page.views import recipes
from runners import formatting
from runners.results import platform
from runners.results.access import headline_of, metric_of, unit_of
from runners.results.types import BenchmarkResult, DataResult, EntryResult


@dataclass(frozen=True)
class ModelCard:
    """What the headline entry is, takes and gives, what it cost, what it is for."""

    name: str
    rows: list[tuple[str, str]]
    """Term and text."""
    recipe: recipes.RecipeTable


def model_card(benchmark: BenchmarkResult, horizon: int = 1) -> ModelCard | None:
    """The model card of the headline; None where it has no score. A forecast has `horizon` steps.

    All of it is computed from the records: the recipe as it was trained, seconds over all
    repeats, the device. Uses follow from the data and the protocol.
    """
    entry, data = headline_of(benchmark), benchmark["data"]
    if entry is None or not entry["score"] or data is None:
        return None
    rows = [
        ("Model", f"{entry['name']}. {entry['about'] or ''}".strip()),
        ("Input", _input(data, entry["values"])),
        ("Output", _output(benchmark, data, horizon)),
        ("Network file", _file(entry)),
        ("Remarks", "; ".join(entry.get("remarks", []))),
        ("Parameters", formatting.count(entry["params"]) if entry["params"] is not None else ""),
        ("Training time", _training(benchmark, entry)),
        ("Prediction", _prediction(entry)),
        ("Device", platform.hardware(platform.environment_of(benchmark))),
        ("Intended use", _intended_use(benchmark, data)),
        ("Out of scope", _out_of_scope(data)),
    ]
    return ModelCard(
        entry["name"],
        [(term, text) for term, text in rows if text],
        recipes.table(entry["values"]),
    )


def features(shape: int | list[int] | None) -> str:
    """The inputs of one row in words: `8 features`, `32 × 32 × 3 values`."""
    if isinstance(shape, int):
        return formatting.some(shape, "feature", "features")
    if shape:
        return f" {formatting.TIMES} ".join(str(part) for part in shape) + " values each"
    return ""


def _input(data: DataResult, values: Mapping[str, Any]) -> str:
    text = features(data["features"]).removesuffix(" each")
    inputs = values.get("inputs")
    if not text:
        return ""
    return f"{text} a row" + (f", {inputs}" if isinstance(inputs, str) and inputs else "")


def _output(benchmark: BenchmarkResult, data: DataResult, horizon: int) -> str:
    names = data["class_names"]
    if names:
        return f"one of {len(names)} classes"
    if benchmark["task"] == "classification":
        return "a class"
    unit = formatting.unit(metric_of(benchmark))
    number = f"a forecast of the next {horizon} steps" if horizon > 1 else "one number"
    return f"{number}, its error measured in {unit}" if unit else number


def _training(benchmark: BenchmarkResult, entry: EntryResult) -> str:
    seconds, n = entry["seconds"], len(entry["repeats"])
    if seconds is None:
        return ""
    each = f", {formatting.duration(seconds / n)} each" if n > 1 else ""
    unit = unit_of(benchmark)
    score = entry["score"]
    if score and score["seeds"] > 1:
        unit = "training"
    many = formatting.some(n, unit, formatting.plural(unit))
    return f"{formatting.duration(seconds)} for {many}{each}"


def _prediction(entry: EntryResult) -> str:
    first, warm = entry["predict_ms_a_row"], entry["network_ms_a_row"]
    parts = []
    if warm:
        parts.append(f"{formatting.milliseconds(warm)} a row, rows predicted together")
    if first:
        parts.append(f"{formatting.milliseconds(first)} a row with the start-up of the first call")
    return "; ".join(parts)


def _file(entry: EntryResult) -> str:
    if entry.get("unsaved"):
        return f"not kept: {entry['unsaved']}"
    size = entry["model_bytes"]
    return f"{formatting.bytes_text(size)}, preprocessing included" if size else ""


def _intended_use(benchmark: BenchmarkResult, data: DataResult) -> str:
    title = benchmark["protocol"]["title"] if benchmark["protocol"] else ""
    under = f" under the protocol “{title}”" if title else ""
    return f"Comparing training recipes on {data['title'] or benchmark['name']}{under}."


def _out_of_scope(data: DataResult) -> str:
    rows = data["test"]
    scored = f", and each score is taken over {formatting.count(rows)} of them" if rows else ""
    return f"Deciding about cases unlike these: no other rows were ever seen{scored}."
