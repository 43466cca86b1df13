"""Step 5: the learning curves of every network, and what a single neuron has found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from portfolio.page.curves import TableLine, curves, median_of, pair
from portfolio.page.exhibits.learning import overfitting
from runners import formatting
from runners.records.record import Record
from runners.results.access import headline_of, metric_of, unit_of
from runners.results.types import BenchmarkResult

Records = Mapping[str, Sequence[Record]]


@dataclass(frozen=True)
class Panel:
    """Learning curves of a network."""

    entry: str
    what: str
    """What is drawn, in words."""
    svg: Markup
    keys: list[str]
    """Names of the curves."""
    lines: list[TableLine]
    """The numbers at a few epochs."""
    apart: str
    """How far two networks drawn together are from each other; "" for one."""
    first: bool
    """Whether it is shown at once: the headline's, and what stands beside another network."""


def panels(benchmark: BenchmarkResult, records: Records, name: str) -> list[Panel]:
    """Learning curves of every network that kept a history, the headline's first.

    A network that names another it stands `beside` is drawn together with it.
    """
    result: list[Panel] = []
    for entry in benchmark["entries"]:
        own = records.get(entry["name"], [])
        histories = [record["history"] for record in own]
        beside = str(entry["values"].get("beside") or "")
        keys = sorted({key.removeprefix("val_") for history in histories for key in history})
        for key in keys:
            slug = f"curves-{name}-{len(result)}"
            both = records.get(beside, [])
            together = pair(
                [record["history"] for record in both],
                histories,
                names=(beside, entry["name"]),
                curve=key,
                name=slug,
            )
            figure = together or curves(histories, curve=key, entry=entry["name"], name=slug)
            if figure is None:
                continue
            parts = [
                f"and {beside}: {key.replace('_', ' ')}" if together else key.replace("_", " "),
                f"{figure.repeats} repeats: median and range"
                if figure.repeats > 1
                else "one repeat",
                f"{entry['name']} dashed" if together else "",
                "validation dashed" if len(figure.keys) > 1 and not together else "",
                "log scale" if figure.log else "",
            ]
            result.append(
                Panel(
                    entry=entry["name"],
                    what=", ".join(filter(None, parts)),
                    svg=figure.svg,
                    keys=figure.keys,
                    lines=figure.lines,
                    apart=_apart(both, own, key) if together else "",
                    first=entry["headline"] or bool(together),
                )
            )
    return result


@dataclass(frozen=True)
class Learned:
    """What the losses that the headline's records hold say of overfitting."""

    text: str
    validated: bool
    """Whether there is a validation loss among them."""


def learned(benchmark: BenchmarkResult, records: Records) -> Learned | None:
    """What the headline's records say of overfitting; None for no network.

    Without a validation loss that there is none, and what the kept network scores.
    """
    headline = headline_of(benchmark)
    if headline is None or headline["kind"] != "keras":
        return None
    entry, histories = headline["name"], [r["history"] for r in records.get(headline["name"], ())]
    losses = [
        median_of([one[key] for one in histories if len(one.get(key, ())) > 1])
        for key in ("loss", "val_loss")
        if any(len(one.get(key, ())) > 1 for one in histories)
    ]
    if len(losses) == 2:
        pairs = [(a, b) for a, b in zip(*losses, strict=False) if a is not None and b is not None]
        train, validation = ([pair[i] for pair in pairs] for i in (0, 1))
        found = overfitting(entry, range(1, len(pairs) + 1), train, validation)
        kept = headline["protocol"].get("selection") == "best validation epoch"
        end = "; every repeat keeps the weights of its own best epoch" if kept else ""
        return Learned(f"{found.text}{end}.", validated=True)
    text = f"{entry} holds no training rows back, so that its records have no validation loss"
    score, train_score = headline["score"], headline["train_score"]
    if score is not None and train_score is not None:
        metric = metric_of(benchmark)
        ends = [
            formatting.mean_text({**score, "mean": one}, metric)
            for one in (train_score, score["mean"])
        ]
        text += (
            f"; scored after training, {formatting.metric_label(metric)} of the kept network is "
            f"{ends[0]} on its training rows, that of all repeats {ends[1]} on test rows"
        )
    return Learned(f"{text}.", validated=False)


def _apart(one: Sequence[Record], other: Sequence[Record], curve: str) -> str:
    """How far two entries' curves of the same repeats are from each other at most, in words."""
    theirs = {record["repeat"]: record["history"].get(curve, []) for record in one}
    gaps = [
        (abs(a - b), a, epoch, record["repeat"])
        for record in other
        for epoch, (a, b) in enumerate(
            zip(theirs.get(record["repeat"], []), record["history"].get(curve, []), strict=False),
            start=1,
        )
    ]
    if not gaps:
        return ""
    gap, value, epoch, _ = max(gaps)
    common = len({repeat for *_, repeat in gaps})
    among = f"of {formatting.some(common, 'repeat', 'repeats')}"
    if gap == 0:
        return f"The two are the same in every epoch {among}."
    return (
        f"Largest difference between the two in any epoch {among}: {gap:.1g}, at a {curve} of "
        f"{value:.4g} (epoch {epoch})."
    )


def lines(benchmark: BenchmarkResult, records: Records) -> list[str]:
    """What networks that are a line have found: slope and intercept, over all repeats."""
    unit = formatting.plural(unit_of(benchmark))
    sentences = []
    for entry in benchmark["entries"]:
        notes = [record.get("notes", {}) for record in records.get(entry["name"], [])]
        values = {
            word: [
                value for note in notes if (value := formatting.number(note.get(word))) is not None
            ]
            for word in ("slope", "intercept")
        }
        if all(values.values()):
            words = [f"the {word} {_spanned(known)}" for word, known in values.items()]
            over = f" over {len(values['slope'])} {unit}" if len(values["slope"]) > 1 else ""
            sentences.append(f"{entry['name']} found {' and '.join(words)}{over}.")
    return sentences


def _spanned(values: Sequence[float]) -> str:
    """Smallest and largest value with six digits, once where they are the same."""
    low, high = (_digits(value) for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def _digits(value: float) -> str:
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    return f"{value:.{max(0, 5 - magnitude)}f}"
