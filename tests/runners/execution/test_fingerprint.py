"""A fingerprint changes with all that can change a score, and with nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from runners.execution.fingerprint import code, fingerprint

ROOT = Path(__file__).resolve().parents[3]

DEFINITION = '''
"""A benchmark made for a test."""

from functools import cache, partial

import numpy as np

import benchmarks.toys._helping
from benchmarks import Benchmark, benchmark
from benchmarks.data import bundled_source
from benchmarks.definition import Entry, Fitted
from benchmarks.entries import majority, mlp, network
from benchmarks.metrics import accuracy
from benchmarks.protocols import MLM_CV
from benchmarks.toys._helping import Scaler, scaled
from benchmarks.training.recipe import Recipe

WIDTH = 8
NUMBERS = np.array([1.0, 2.0])
TABLE = {"a": 1, "b": {2, 3}}
SCALER = Scaler(3)
halved = lambda x: x / 2
shifted = lambda x: x + 1
shapes = [
    lambda x: x * 7,  # a comment beside a lambda
]


@cache
def remembered(k):
    return k * 11


def build(shape, outputs):
    """Build it."""
    import keras

    from benchmarks.toys import _building

    return _building.model(shape, width=WIDTH)


def rule(trainings, strength=0.5):
    """A fit of its own."""
    # a comment
    scale = NUMBERS.sum() * len(TABLE) * strength * SCALER.apply(remembered(2))
    return [Fitted(lambda x: shifted(halved(scaled(x))) * scale) for _ in trainings]


def through_module(trainings):
    return [Fitted(benchmarks.toys._helping.doubled) for _ in trainings]


def listed(trainings):
    return [Fitted(shapes[0]) for _ in trainings]


def made(power):
    unused = "held by nobody"

    def fit(trainings):
        return [Fitted(lambda x: x**power) for _ in trainings]

    return fit


def again(depth):
    def fit(trainings):
        return fit(trainings) if depth else []

    return fit


def two(first, second):
    return lambda trainings: first(second(trainings))


@benchmark("toys/mine", suite="quick")
def mine():
    """Say what it is."""
    return Benchmark(
        question="What is it?",
        task="classification",
        data=bundled_source("", lambda: None, title="", url="", licence="", citation="", rows=1,
                            features=1),
        protocol=MLM_CV,
        metric=accuracy(),
        entries=[
            majority(),
            mlp("mlp", [8], Recipe(epochs=5, batch_size=16), headline=True),
            network("built", build, Recipe(epochs=5, batch_size=16), "Built here."),
            Entry("rule", "reference", rule, "A rule.", values={"alpha": 1, "beta": 2}),
            Entry("module", "reference", through_module, "Through a module."),
            Entry("listed", "reference", listed, "From a list."),
            Entry("made", "reference", made(2), "Closes over a number."),
            Entry("partial", "reference", partial(rule, strength=2), "Partly applied."),
            Entry("again", "reference", again(1), "Calls itself."),
            Entry("two", "reference", two(made(3), made(4)), "Two of one kind."),
        ],
        margin=0.01,
        margin_why="one point of a hundred",
        lessons="None.",
    )
'''

HELPING = '''
"""Helpers."""

from dataclasses import dataclass

FACTOR = 5


@dataclass(frozen=True)
class Scaler:
    """Scales."""

    by: int

    def apply(self, x):
        return x * self.by


def scaled(x):
    """Scale."""
    return deeper(x) * FACTOR


def deeper(x):
    if x is None:
        raise TypeError(f"expected a number, received {x}")
    return x - 4


def doubled(x):
    return x * 2


def nobody_calls_me(x):
    return x
'''

BUILDING = '''
"""Builds; imported inside a function only."""

from ._wiring import activation


def model(shape, *, width):
    import keras

    return keras.Sequential([keras.layers.Dense(width, activation())])
'''

WIRING = '''
"""Imported by what is imported inside a function."""


print(end="")


def activation():
    return "relu"


def beside():
    return 5.0
'''

PROGRAM = """
import json, sys
import numpy as np
from benchmarks import registry
from benchmarks.data import Dataset, Loaded
from runners.execution.fingerprint import fingerprint
from runners.execution.plan import inputs_of

known = registry.load()
assert not known.problems, known.problems
rows = Dataset(np.arange(60.0).reshape(20, 3), np.arange(20) % 2, class_names=("a", "b"))
loaded = Loaded(rows, "", {}, official=True)
mine = known.benchmarks["toys/mine"]
print(json.dumps({e.name: fingerprint(inputs_of(mine, e, loaded)) for e in mine.entries}))
heavy = {"tensorflow", "keras", "mlflow", "sklearn"} & set(sys.modules)
assert not heavy, heavy
"""

MINE = "benchmarks/toys/mine.py"
HELP = "benchmarks/toys/_helping.py"
OWN_RULE = {"rule", "partial"}
NETWORKS = {"mlp", "built"}

CHANGES = {
    "a value": (MINE, '"alpha": 1', '"alpha": 3', {"rule"}),
    "the order of values": (MINE, '"alpha": 1, "beta": 2', '"beta": 2, "alpha": 1', set()),
    "the recipe": (MINE, '"mlp", [8], Recipe(epochs=5', '"mlp", [8], Recipe(epochs=6', {"mlp"}),
    "a width": (MINE, 'mlp("mlp", [8]', 'mlp("mlp", [9]', {"mlp"}),
    "a constant": (MINE, "WIDTH = 8", "WIDTH = 9", {"built"}),
    "an array": (MINE, "array([1.0, 2.0])", "array([1.0, 2.5])", OWN_RULE),
    "a table": (MINE, '"b": {2, 3}', '"b": {2, 4}', OWN_RULE),
    "the order of a table": (MINE, '{"a": 1, "b": {2, 3}}', '{"b": {3, 2}, "a": 1}', set()),
    "a default": (MINE, "strength=0.5", "strength=0.6", OWN_RULE),
    "a bound argument": (MINE, "strength=2)", "strength=3)", {"partial"}),
    "a captured variable": (MINE, "made(2)", "made(5)", {"made"}),
    "the second of two captured functions": (MINE, "made(4)", "made(5)", {"two"}),
    "captured functions changing places": (MINE, "made(3), made(4)", "made(4), made(3)", {"two"}),
    "code in a nested function": (MINE, "x**power", "x**-power", {"made", "two"}),
    "one lambda of two": (MINE, "x: x + 1", "x: x + 2", OWN_RULE),
    "the other lambda": (MINE, "x: x / 2", "x: x / 3", OWN_RULE),
    "a lambda in a list": (MINE, "x: x * 7", "x: x * 8", {"listed"}),
    "a comment beside a lambda": (MINE, "a comment beside", "words beside", set()),
    "a cached function": (MINE, "k * 11", "k * 12", OWN_RULE),
    "what an object holds": (MINE, "Scaler(3)", "Scaler(4)", OWN_RULE),
    "a method": (HELP, "x * self.by", "x + self.by", OWN_RULE),
    "a helper": (HELP, "deeper(x) * FACTOR", "deeper(x) / FACTOR", OWN_RULE),
    "a helper's helper": (HELP, "x - 4", "x - 3", OWN_RULE),
    "a helper's constant": (HELP, "FACTOR = 5", "FACTOR = 6", OWN_RULE),
    "a helper named through its module": (HELP, "x * 2", "x * 3", {"module"}),
    "code nobody calls": (HELP, "return x\n", "return -x\n", set()),
    "a module imported inside": (
        "benchmarks/toys/_building.py",
        "Dense(width",
        "Dense(2 * width",
        {"built"},
    ),
    "a module it imports": ("benchmarks/toys/_wiring.py", "relu", "tanh", {"built"}),
    "code beside what is imported": ("benchmarks/toys/_wiring.py", "5.0", "6.0", set()),
    "a statement run by importing": (
        "benchmarks/toys/_wiring.py",
        'end=""',
        "end=str()",
        {"built"},
    ),
    "a module's text": (HELP, '"""Helpers."""', '"""Help."""', set()),
    "an annotation": (HELP, "def scaled(x)", "def scaled(x: float) -> float", set()),
    "what an error says": (HELP, "expected a number", "no number", set()),
    "which error is raised": (HELP, "raise TypeError", "raise ValueError", OWN_RULE),
    "the trainer": ("benchmarks/training/compiled.py", "EPOCHS_PER_CALL = 10", "A = 9", NETWORKS),
    "the optimizer": ("benchmarks/training/updates.py", "1.0 - 0.9)", "1.0 - 0.8)", NETWORKS),
    "what stacks": ("benchmarks/training/stacked_layers.py", "layers.ELU, ", "", NETWORKS),
    "a ready-made reference": (
        "benchmarks/entries/classical/references.py",
        "np.bincount(train.y",
        "1 + np.bincount(train.y",
        {"majority"},
    ),
    "the preparation of inputs": ("benchmarks/entries/inputs.py", "1e-7", "1e-6", NETWORKS),
    "the metric": ("benchmarks/metrics.py", "prediction.argmax", "(-prediction).argmax", "all"),
    "the split rule": ("benchmarks/protocols/splits.py", "n_splits=10", "n_splits=9", "all"),
    "comments": (MINE, "# a comment\n", "# other words\n    # and more\n", set()),
    "a docstring": (MINE, "A fit of its own.", "A fit.", set()),
    "formatting": (MINE, "len(TABLE) *", "len(\n        TABLE\n    ) *", set()),
    "the place in the file": (MINE, "WIDTH = 8\n", "\n\n\nWIDTH = 8\n", set()),
    "the file's docstring": (MINE, "made for a test", "of a test", set()),
    "a docstring of the trainer": (
        "benchmarks/training/compiled.py",
        '"""Train all repeats',
        '"""Train the repeats',
        set(),
    ),
    "the question": (MINE, "What is it?", "What can it be?", set()),
    "the lessons": (MINE, "None.", "Many.", set()),
    "what is said about an entry": (MINE, '"A rule."', '"The rule."', set()),
    "the margin": (MINE, "margin=0.01", "margin=0.02", set()),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code with a family of throw-away definitions added."""
    folder = tmp_path_factory.mktemp("project")
    skipped = shutil.ignore_patterns("__pycache__")
    for package in ("benchmarks", "runners", "portfolio"):
        shutil.copytree(ROOT / package, folder / package, ignore=skipped)
    toys = folder / "benchmarks" / "toys"
    toys.mkdir()
    (toys / "mine.py").write_text(DEFINITION.lstrip("\n"))
    for name, text in (("helping", HELPING), ("building", BUILDING), ("wiring", WIRING)):
        (toys / f"_{name}.py").write_text(text.lstrip("\n"))
    return folder


@pytest.fixture(scope="module")
def before(project: Path) -> dict[str, str]:
    return fingerprints(project)


def fingerprints(project: Path, **environment: str) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM],
        capture_output=True,
        text=True,
        cwd=project,
        env={**os.environ, "PYTHONPATH": "", **environment},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_entries_differ_from_one_another(before: dict[str, str]) -> None:
    assert len(set(before.values())) == len(before) == 10


@pytest.mark.parametrize("seed", ["1", "2"])
def test_every_process_finds_the_same(project: Path, before: dict[str, str], seed: str) -> None:
    assert fingerprints(project, PYTHONHASHSEED=seed) == before


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_seen_where_it_matters(
    project: Path, before: dict[str, str], what: str
) -> None:
    place, old, new, expected = CHANGES[what]
    path = project / place
    text = path.read_text("utf-8")
    assert old in text, f"{place} no longer has {old!r}: change this test with it"
    try:
        path.write_text(text.replace(old, new), "utf-8")
        after = fingerprints(project)
    finally:
        path.write_text(text, "utf-8")
    changed = {name for name in before if after[name] != before[name]}
    assert changed == (set(before) if expected == "all" else expected)


MOVES = {
    "a helper's module": ("benchmarks/toys/_helping.py", "benchmarks/aids/_aiding.py"),
    "a module imported inside": ("benchmarks/toys/_building.py", "benchmarks/aids/_architect.py"),
    "a module it imports": ("benchmarks/toys/_wiring.py", "benchmarks/aids/_all.py"),
    "the trainer": ("benchmarks/training/compiled.py", "benchmarks/aids/program.py"),
    "the references": (
        "benchmarks/entries/classical/references.py",
        "benchmarks/aids/classical.py",
    ),
    "the metrics": ("benchmarks/metrics.py", "benchmarks/aids/measures.py"),
}


@pytest.mark.parametrize("what", MOVES)
def test_moving_and_renaming_a_module_changes_nothing(
    project: Path, before: dict[str, str], what: str, tmp_path: Path
) -> None:
    copy = tmp_path / "project"
    shutil.copytree(project, copy)
    move(copy, *MOVES[what])
    assert fingerprints(copy) == before


def test_renaming_a_function_changes_nothing(
    project: Path, before: dict[str, str], tmp_path: Path
) -> None:
    copy = tmp_path / "project"
    shutil.copytree(project, copy)
    for path in (copy / "benchmarks" / "toys").glob("*.py"):
        text = path.read_text("utf-8")
        for old, new in (("deeper", "lower"), ("scaled", "stretched"), ("activation", "shape")):
            text = re.sub(rf"\b{old}\b", new, text)
        path.write_text(text, "utf-8")
    assert fingerprints(copy) == before


def move(project: Path, old: str, new: str) -> None:
    """Move a module as a person would: the file, and every import of it."""
    (project / new).parent.mkdir(parents=True, exist_ok=True)
    for folder in (project / new).parents:
        if folder == project:
            break
        (folder / "__init__.py").touch()
    (project / old).rename(project / new)
    (was_in, was), (is_in, name) = (
        path.removesuffix(".py").replace("/", ".").rsplit(".", 1) for path in (old, new)
    )
    for path in project.rglob("*.py"):
        text = path.read_text("utf-8")
        if path == project / new:
            text = text.replace("from ._wiring", "from benchmarks.toys._wiring")
        elif path.parent == (project / old).parent:
            text = re.sub(rf"from \.{was}\b", f"from {is_in}.{name}", text)
        text = re.sub(rf"\b{was_in}\.{was}\b", f"{is_in}.{name}", text)
        single = re.compile(rf"from {was_in} import {was}$", re.MULTILINE)
        if single.search(text):
            text = single.sub(f"from {is_in} import {name}", text)
            text = re.sub(rf"(?<![\w.\"]){was}\.", f"{name}.", text)
        path.write_text(text, "utf-8")


def test_values_are_told_apart() -> None:
    values = [1, 1.5, "1", True, None, b"1", [1], {1: 1}, np.int64(2), np.float32(2.5)]
    values += [np.array([1]), np.array([1.0]), np.array([[1]]), range(3), range(4), 1j]
    assert len({code(value) for value in values}) == len(values)
    assert code({"a": 1, "b": 2}) == code({"b": 2, "a": 1})
    assert code({"x", "y", "z"}) == code({"z", "y", "x"})
    assert code(np.int64(2)) == code(2)


def test_a_number_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        fingerprint({"rate": float("nan")})
