"""Which column is to be predicted, and whether that is a class or a number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.data.own import numerals
from benchmarks.data.own.frames import Frame, as_numbers, shortened
from benchmarks.definition import Task
from runners.new.columns import Column, answers, known_cells
from runners.new.overrules import matching_column, same_name
from runners.new.request import Request, Unclear

if TYPE_CHECKING:
    import pandas as pd

NAMED = (
    "target", "label", "labels", "class", "y", "outcome", "output", "response", "survived", "churn"
)  # fmt: skip
"""What columns to be predicted are called, in lower case, without anything but letters."""
CLASSES, DOUBTFUL, MOST_CLASSES = 10, 30, 100
"""Whole numbers with up to `CLASSES` values are classes, up to `DOUBTFUL` it is asked; a class
each beyond `MOST_CLASSES` is refused."""
FOLDS = 5
"""Rows every class needs, one to test in each fold."""
LEAST_ROWS = 20


@dataclass(frozen=True)
class Target:
    """What is to be predicted."""

    name: str
    task: Task
    why: str
    """How it came to be this column and this task."""
    classes: tuple[str, ...] = ()
    """As they stand in the file, class 0 first."""
    counts: tuple[int, ...] = ()
    """Rows of each class."""
    values: np.ndarray | None = None
    """Of a regression, where they are known."""

    @property
    def rows(self) -> int:
        """Rows whose target is known."""
        return sum(self.counts) if self.values is None else len(self.values)

    def shares(self, most: int) -> str:
        """The largest classes with their rows, in words, and how many more there are."""
        order = sorted(zip(self.counts, self.classes, strict=True), reverse=True)
        largest = [f"{shortened(name)} {n:,} ({n / self.rows:.1%})" for n, name in order[:most]]
        more = f" and {len(order) - most} more classes" if len(order) > most else ""
        return f"{', '.join(largest)}{more}"


def target_rows(frame: Frame, target: Target) -> np.ndarray:
    """Whether the target of a row is known."""
    return ~frame.missing(target.name)


def find(frame: Frame, columns: Sequence[Column], request: Request) -> Target:
    """The target that was asked for or is guessed, and its task.

    Raises Unclear where several would do and there is no terminal to ask at, and for a target that
    cannot be one: no such column, no or one value, classes with too few rows.
    """
    column, why = choose_column(columns, request)
    if column.kind == "empty":
        raise Unclear(f"column {shortened(column.name)}, the target, has no value in any row")
    if column.values == 1:
        (only,) = known_cells(frame, column.name).unique()[:1]
        raise Unclear(
            f"column {shortened(column.name)}, the target, has one value in every row that has "
            f"one, {shortened(only)}: there is nothing to tell apart; choose another TARGET"
        )
    known = len(frame.table) - column.missing
    if known < LEAST_ROWS:
        raise Unclear(
            f"expected at least {LEAST_ROWS} rows with a target, received {known} with a value in "
            f"{shortened(column.name)}; a score on fewer says nothing"
        )
    task, how = choose_task(column, known, request)
    why = f"{why}; {how}"
    cells = known_cells(frame, column.name)
    if task == "regression":
        values = as_numbers(frame, column.name)
        return Target(column.name, task, why, values=values[~np.isnan(values)])
    classes = in_order(frame, cells, column)
    counts = tuple(int((cells == name).sum()) for name in classes)
    check_classes(column.name, classes, counts)
    return Target(column.name, task, why, classes, counts)


def choose_column(columns: Sequence[Column], request: Request) -> tuple[Column, str]:
    """The column to be predicted and why it is that one."""
    by_name = {column.name: column for column in columns}
    if request.target:
        return by_name[matching_column(request.target, list(by_name))], "as asked"
    if len(columns) < 2:
        advice = (
            "of columns of fixed width make a CSV file (pandas.read_fwf('FILE')"
            ".to_csv('table.csv', index=False))"
            if re.search(r"\S\s+\S", columns[0].name)
            else "is another sign than comma, semicolon, tab or bar between the cells?"
        )
        raise Unclear(
            "expected at least two columns, one to predict and one to predict it from, received "
            f"{shortened(columns[0].name)} alone; {advice}"
        )
    wanted = normalised(request.name.split("/")[-1])
    fitting = [one for one in columns if fits(one)]
    called = [one for one in fitting if normalised(one.name) == wanted]
    if len(called) == 1:
        return called[0], "called like the benchmark"
    usual = [one for one in fitting if normalised(one.name) in NAMED]
    if len(usual) == 1 or (usual and usual[-1] is columns[-1]):
        return usual[-1], "called as targets are"
    if not usual and columns[-1] in fitting:
        return columns[-1], "the last column"
    if not fitting:
        raise Unclear(
            "no column can be a target: each is empty, constant, free text, a date, an "
            "identifier or several words a cell; say TARGET=… if one of them is it after all"
        )
    choices = [one.name for one in usual or fitting]
    question = "Which column is to be predicted?"
    last = next((one for one in columns if one not in fitting and (
        one is columns[-1] or normalised(one.name) in NAMED)), None)  # fmt: skip
    if last is not None and not usual:
        why = "it has one value" if last.values == 1 else last.remark or last.kind
        question += f" It cannot well be {shortened(last.name)} ({why})."
    picked = request.choice(question, choices, "TARGET")
    return by_name[picked], "as chosen"


def fits(column: Column) -> bool:
    """Whether a column could be what is to be predicted."""
    if column.kind not in ("number", "yes/no", "category") or column.values < 2:
        return False
    return not column.id_like


def normalised(name: str) -> str:
    """A name by its letters and digits, in lower case."""
    return re.sub(r"[\W_]", "", name.lower())


def choose_task(column: Column, known: int, request: Request) -> tuple[Task, str]:
    """Classes or numbers, and why."""
    name = shortened(column.name)
    if request.task == "regression":
        if not column.numeric:
            raise Unclear(f"a regression predicts numbers; column {name} holds words")
        return "regression", "a regression, as asked"
    if request.task == "classification":
        if column.values > MOST_CLASSES:
            raise Unclear(
                f"column {name} has {column.values:,} different values, too many for classes (at "
                f"most {MOST_CLASSES}); say TASK=regression, or choose another TARGET"
            )
        return "classification", "a classification, as asked"
    if column.kind == "tags":
        raise Unclear(
            f"column {name} holds several words in a cell ({', '.join(column.words[1:5])}, …): a "
            "target of several labels a row is not supported; make a yes/no column of one of them, "
            "or say TASK=classification to take each combination as a class"
        )
    if not column.numeric:
        if column.values > MOST_CLASSES or column.kind not in ("category", "yes/no"):
            what = f"{column.values:,} different values in {known:,} rows"
            raise Unclear(f"column {name} cannot be a target: it holds words, {what}")
        return "classification", "a classification, since it holds words"
    if not column.whole or column.values > DOUBTFUL:
        return "regression", "a regression, since it holds numbers"
    if column.values <= CLASSES and known >= FOLDS * column.values:
        return "classification", f"a classification, since it has {column.values} values"
    question = (
        f"Column {name} holds {column.values} different whole numbers: are they classes, or "
        "amounts?"
    )
    task = request.choice(question, ["classification", "regression"], "TASK")
    return ("regression" if task == "regression" else "classification"), f"a {task}, as chosen"


def in_order(frame: Frame, cells: pd.Series, column: Column) -> tuple[str, ...]:
    """The classes, by size of number or by alphabet; of two, what scores such as F1 count last."""
    names = sorted(cells.unique())
    if len(names) == 2:
        pair = answers({name.lower() for name in names})
        if pair:
            return tuple(sorted(names, key=lambda name: pair.index(name.lower())))
        if not column.numeric:
            counts = cells.value_counts()
            return tuple(sorted(names, key=lambda name: (-int(counts[name]), name)))
    if column.numeric:
        size = dict(zip(frame.table[column.name], as_numbers(frame, column.name), strict=True))
        return tuple(sorted(names, key=size.__getitem__))
    return tuple(names)


def spellings(classes: Sequence[str]) -> list[str]:
    """Warnings for classes that differ in case, Unicode form or decimals alone, a line each."""
    alike: dict[str, list[str]] = {}
    for name in classes:
        number = numerals.number(name, ".")
        same = same_name(name).rstrip(" .") if number is None else f"{number:g}"
        alike.setdefault(same, []).append(name)
    return [
        f"! {' and '.join(map(shortened, names))} look like one class in several spellings; if so, "
        "write them alike"
        for names in alike.values()
        if len(names) > 1
    ]


def check_classes(name: str, classes: Sequence[str], counts: Sequence[int]) -> None:
    """Raise Unclear for classes with fewer rows than there are folds to test them in."""
    rare = [(n, one) for one, n in zip(classes, counts, strict=True) if n < FOLDS]
    if rare:
        few = ", ".join(f"{shortened(one)} ({n})" for n, one in sorted(rare)[:6])
        more = f" and {len(rare) - 6} more" if len(rare) > 6 else ""
        raise Unclear(
            f"expected at least {FOLDS} rows of every class of {shortened(name)}, one a fold; "
            f"received fewer of {few}{more}; join them to another class, or leave the cells of "
            "the target empty in these rows (of amounts, say TASK=regression)"
        )
