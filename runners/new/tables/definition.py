"""The file `make new` leaves for a table: what a person would have written, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.data import Columns
from benchmarks.data.own.frames import shortened
from benchmarks.definition import Protocol
from benchmarks.splitters import splitter
from runners.new.choices import MANY_CLASSES, NEIGHBOURS, Folds, Measure, Training
from runners.new.layout import (
    WIDTH,
    Group,
    Node,
    Text,
    call,
    commented,
    flat,
    items,
    mapping,
    texts,
    width,
    written,
)
from runners.new.names import function_name
from runners.new.tables.targets import Target


@dataclass(frozen=True)
class Decided:
    """Everything the file says."""

    name: str
    what: str
    target: Target
    columns: Columns
    source: Group
    folds: Folds
    measure: Measure
    training: Training
    lessons: str

    @property
    def protocol(self) -> Protocol:
        """The protocol as the file will have it."""
        return splitter(self.folds.name, **self.folds.options)

    @property
    def references(self) -> list[str]:
        """Names of the floor and the yardsticks."""
        found = ["majority", "logistic"] if self.target.classes else ["mean", "linear"]
        found += ["nearest"] if self.target.rows <= NEIGHBOURS else []
        found += ["boosting"] if len(self.target.classes) <= MANY_CLASSES else []
        return found


def definition(decided: Decided) -> str:
    """The whole file."""
    target, training = decided.target, decided.training
    rows = f"{target.rows:,} rows"
    references = [reference(name, training.stack) for name in decided.references]
    headline: dict[str, Node] = {"units": "64", "layers": "2", "epochs": str(training.epochs)}
    headline |= {"dropout": f"{training.dropout:g}"} if training.dropout else {}
    headline |= {"batch_size": str(training.batch), "weight_decay": f"{training.weight_decay:g}"}
    headline |= {"stack": "1"} if training.stack == 1 else {}
    fields: dict[str, Node] = {
        "question": Text(question(decided)),
        "task": Text(target.task),
        "data": decided.source,
        "protocol": decided.folds.node,
        "metric": decided.measure.node,
    }
    fields |= {"also": items(decided.measure.also)} if decided.measure.also else {}
    fields |= {
        "entries": items(
            [
                call("*prepared", "COLUMNS", items(references)),
                call("network", Text("mlp-64-64"), **headline, headline="True"),
            ]
        ),
        "margin": repr(decided.measure.margin),
        "margin_why": Text(decided.measure.margin_why),
        "lessons": Text(decided.lessons),
        "search": call("Search", "network", search(decided)),
        "seconds": f"{training.seconds:g}",
    }
    said = {"protocol": decided.folds.why, "metric": decided.measure.why}
    body = commented(call("Benchmark", **fields), {k: sentence(v) for k, v in said.items()})
    columns = decided.columns
    chosen: dict[str, Node] = {"numbers": texts(columns.numbers)} if columns.numbers else {}
    if columns.categories:
        counts = {name: str(count) for name, count in columns.categories.items()}
        chosen |= {"categories": mapping(counts)}
    chosen |= {"dates": texts(columns.dates)} if columns.dates else {}
    lines = [
        f'"""{decided.what}: a {target.task} on {rows}, as `make new` found them.',
        "",
        "Every line is yours to change: begin with the question, the margin and the lessons.",
        '"""',
        "",
        "from typing import Any",
        "",
        *imports(decided),
        "",
        *written(call("Columns", **chosen), before="COLUMNS = "),
        "",
        "",
        "def network(name: str, **settings: Any) -> Entry:",
        '    """A multilayer perceptron behind the preparation that all entries share."""',
        "    (entry,) = prepared(COLUMNS, [tunable_mlp(name, **settings)])",
        "    return entry",
        "",
        "",
        *(line for name in decided.references if name in MODELS for line in model(name)),
        f'@benchmark("{decided.name}", suite="quick")',
        f"def {function_name(decided.name)}() -> Benchmark:",
        f'    """{rows} of {len(decided.columns.names)} inputs each."""',
        *written(body, "    ", "return "),
    ]
    # The name of a column is a key that cannot be cut in two.
    long = "  # noqa: E501"
    return "\n".join(line if width(line) <= WIDTH else line + long for line in lines) + "\n"


MODELS = {
    "logistic": ("logistic regression", "LogisticRegression(max_iter=1000)"),
}
"""Estimators that a file defines itself: what they are called, and how scikit-learn makes them."""


def model(name: str) -> list[str]:
    """The function that makes an estimator, imported when it is called."""
    title, made = MODELS[name]
    return [
        f"def {name}() -> Any:",
        f'    """Scikit-learn\'s {title}, an estimator like any other."""',
        f"    from sklearn.linear_model import {made.split('(')[0]}",
        "",
        f"    return {made}",
        "",
        "",
    ]


def reference(name: str, stack: int) -> Node:
    """The call that makes a floor or a yardstick."""
    if name in MODELS:
        alone: dict[str, Node] = {"stack": "1"} if stack == 1 else {}
        title = MODELS[name][0]
        about = Text(f"{title[0].upper()}{title[1:]}.")
        return call("estimator", Text(name.replace("_", "-")), name, about, **alone)
    return call(name, *(["5"] if name == "nearest" else []))


def imports(decided: Decided) -> list[str]:
    """Import lines, sorted, of what the file uses."""
    measured = " ".join(flat(node) for node in [decided.measure.node, *decided.measure.also])
    maker = decided.source.opening.rstrip("(")
    made = {"estimator" if name in MODELS else name for name in decided.references}
    entries = sorted({*made, "prepared"})
    metrics = [name for name in ("accuracy", "mae", "rmse") if f"{name}(" in measured]
    lines = [
        "from benchmarks import Benchmark, Entry, Search, benchmark",
        f"from benchmarks.data import Columns, {maker}",
        f"from benchmarks.entries import {', '.join(entries)}",
        "from benchmarks.entries.tuned import tunable_mlp",
    ]
    lines += [f"from benchmarks.metrics import {', '.join(metrics)}"] if metrics else []
    lines += ["from benchmarks.scorers import scorer"] if "scorer(" in measured else []
    return [*lines, "from benchmarks.splitters import splitter"]


def question(decided: Decided) -> str:
    """The question the benchmark asks, until its owner puts it better."""
    target, n = decided.target, len(decided.columns.names)
    judging = f"judging by {n} other {'value' if n == 1 else 'values'}?"
    name = shortened(target.name).strip("'\"")
    if 2 <= len(target.classes) <= 3:
        *first, last = [shortened(one, 24).strip("'\"") for one in target.classes]
        return f"{name}: {', '.join(first)} or {last}, {judging}"
    if target.classes:
        return f"Which of {len(target.classes)} values does {name} have, {judging}"
    return f"How large is {name}, {judging}"


def search(decided: Decided) -> Group:
    """Settings worth trying around the first recipe."""
    epochs = decided.training.epochs
    return mapping(
        {
            "units": items(["32", "64", "128", "256"]),
            "layers": "(1, 3)",
            "dropout": "(0.0, 0.5)",
            "epochs": f"({max(2, epochs // 3)}, {2 * epochs})",
            "learning_rate": '(1e-4, 1e-2, "log")',
            "weight_decay": '(1e-4, 1e-1, "log")',
        }
    )


def sentence(text: str) -> str:
    """A reason as a comment: begun with a capital, ended with a full stop."""
    return text[:1].upper() + text[1:] + "."
