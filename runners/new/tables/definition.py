"""The definition that `make new` writes for a table."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.data import Columns
from benchmarks.definition import Protocol
from benchmarks.splitters import splitter
from runners.new import costs
from runners.new.choices import MANY_CLASSES, NEIGHBOURS, Folds, Measure, Training
from runners.new.rendering import rendered
from runners.new.targets import Target
from runners.source_code import Call, Name

TEXT_WORK = 20_000
"""Texts that are trained on, epochs times rows."""
LONGEST_TITLE = 30
"""Characters of a file's name that fit into the first line."""


@dataclass(frozen=True)
class Decisions:
    """Everything the file says."""

    name: str
    title: str
    """Name of the file, or number of the data set."""
    target: Target
    columns: Columns
    source: Call
    """The call that makes the data source."""
    folds: Folds
    measure: Measure
    training: Training
    width: int
    """Features that reach an entry."""
    lessons: str

    @property
    def protocol(self) -> Protocol:
        """The protocol as the file will have it."""
        return splitter(self.folds.name, **self.folds.options)

    @property
    def references(self) -> dict[str, Call]:
        """The calls that make the trivial and the classical baselines, by name."""
        calls = (
            {"majority": Call("majority"), "logistic": self.logistic}
            if self.target.classes
            else {"mean": Call("mean"), "linear": Call("linear")}
        )
        if self.target.rows <= NEIGHBOURS:
            calls["nearest"] = Call("nearest", (5,))
        if len(self.target.classes) <= MANY_CLASSES:
            calls["boosting"] = Call("boosting")
        return calls

    @property
    def trivial(self) -> Call:
        """The call that makes the trivial baseline."""
        return Call("majority" if self.target.classes else "mean")

    @property
    def alone(self) -> list[Call]:
        """Baselines on the other columns of a table with texts; none where there are no others."""
        if len(self.columns.names) == len(self.columns.texts):
            return []
        calls = [Call("linear")]
        return [*calls, Call("boosting")] if len(self.target.classes) <= MANY_CLASSES else calls

    @property
    def text_headline(self) -> Call:
        """The call that makes the network of a table with texts."""
        epochs = max(4, min(30, round(TEXT_WORK / self.target.rows)))
        return Call("network", ("network",), {"epochs": epochs, "headline": True})

    @property
    def seconds(self) -> int:
        """What all entries take on one core."""
        rows, repeats, classes = self.target.rows, self.folds.repeats, len(self.target.classes)
        others = costs.of_references(self.references, rows, self.width, classes, repeats)
        loading = (1 + len(self.references)) * costs.of_loading(rows, len(self.columns.names))
        return max(5, round(self.training.seconds + others + loading))

    @property
    def logistic(self) -> Call:
        """Logistic regression, an estimator that the file defines itself."""
        alone = {"stack": 1} if self.training.stack == 1 else {}
        return Call("estimator", ("logistic", Name("logistic"), "Logistic regression."), alone)

    @property
    def headline(self) -> Call:
        """The call that makes the network."""
        training = self.training
        return Call(
            "network",
            (f"mlp-{training.units}-{training.units}",),
            {
                "units": training.units,
                "layers": 2,
                "epochs": training.epochs,
                **({"dropout": training.dropout} if training.dropout else {}),
                "batch_size": training.batch,
                "weight_decay": training.weight_decay,
                **({"members": training.members} if training.members > 1 else {}),
                **({"stack": 1} if training.stack == 1 else {}),
                "headline": True,
            },
        )


def definition(decisions: Decisions) -> str:
    """The whole file."""
    epochs = decisions.training.epochs
    texts = bool(decisions.columns.texts)
    alone, references = decisions.alone, list(decisions.references.values())
    mixed = {"linear_with_texts", "small_with_texts", *(["without_texts"] if alone else [])}
    return rendered(
        "text_table.py.j2" if texts else "table.py.j2",
        decisions.name,
        decisions.measure,
        title=decisions.title if len(decisions.title) <= LONGEST_TITLE else "A table",
        question=question(decisions),
        target=decisions.target,
        rows=f"{decisions.target.rows:,}",
        columns=decisions.columns,
        data=decisions.source,
        folds=decisions.folds,
        references=decisions.references,
        made_by={
            *([] if texts else ["prepared"]),
            *(one.function for one in ([decisions.trivial, *alone] if texts else references)),
        },
        trivial=decisions.trivial,
        alone=alone,
        mixed=mixed,
        headline=decisions.text_headline if texts else decisions.headline,
        lessons=decisions.lessons,
        epochs=(4, 40) if texts else (max(2, epochs // 4), 4 * epochs),
        members=[1, decisions.training.members] if decisions.training.members > 1 else [],
        seconds=decisions.seconds,
    )


def question(decisions: Decisions) -> str:
    """The question the benchmark asks, until its owner puts it better."""
    target, columns = decisions.target, decisions.columns
    n = sum(map(len, (columns.named_numbers, columns.dates, columns.tags)))
    n += len(columns.categories) + len(columns.texts)
    judging = f"judging by {n} other {'value' if n == 1 else 'values'}?"
    name = _in_words(target.name, 40)
    if 2 <= len(target.classes) <= 3:
        *first, last = [_in_words(one, 24) for one in target.classes]
        return f"{name}: {', '.join(first)} or {last}, {judging}"
    if target.classes:
        return f"Which of {len(target.classes)} values does {name} have, {judging}"
    return f"How large is {name}, {judging}"


def _in_words(text: str, most: int) -> str:
    """A name without quotes around it, cut where it is long, unprintable characters escaped."""
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in cut)
