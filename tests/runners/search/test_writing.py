"""The best setting as a line of its definition: added in house style, replaced, or refused."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import CHECKOUT

from benchmarks import registry, spaces
from runners.search import writing

CALL = (
    'tunable_mlp("mlp-tuned", units=227, layers=2, activation="silu", epochs=400, '
    'learning_rate=0.0148, tuned="20 settings on 5 inner folds of the training rows of the '
    'first split", headline=True, suite="standard")'
)
SHORT = 'tunable_mlp("mlp-tuned", units=7, suite="standard")'
ONE_LINE = '''@benchmark("mine/churn")
def churn():
    """Größe."""
    return Benchmark(
        question="Größe?",
        entries=[majority(), mlp("a")],  # why
    )
'''
MANY_LINES = '''@benchmark("mine/churn")
def churn():
    """Doc."""
    return Benchmark(
        entries=[
            majority(),
            mlp("a", [64], recipe, headline=True)  # no comma, yet
        ],
        search=Search(tunable_mlp, {}),
    )
'''


@pytest.mark.parametrize(
    "source",
    [
        ONE_LINE,
        MANY_LINES,
        MANY_LINES.replace("  # no comma, yet", ","),
        MANY_LINES.replace("  # no comma, yet", ",  # a, b"),
        MANY_LINES.replace("  # no comma, yet\n        ]", "]"),
        ONE_LINE.replace("\n", "\r\n"),
        MANY_LINES.replace("\n", "\r\n"),
    ],
)
@pytest.mark.parametrize("line", [CALL, SHORT])
def test_an_entry_is_added_in_the_house_style_and_replaced_the_next_time(
    source: str, line: str, tmp_path: Path
) -> None:
    before = source.encode()
    after = writing.with_entry(before, "mine/churn", line, "mlp-tuned")
    entries = elements(after)
    assert entries[:-1] == elements(before)
    assert entries[-1] == ast.dump(ast.parse(line, mode="eval").body)
    assert writing.with_entry(after, "mine/churn", line, "mlp-tuned") == after
    other = writing.with_entry(after, "mine/churn", SHORT, "mlp-tuned")
    assert elements(other)[:-1] == elements(before)
    for remark in re.findall(r"#.*", source):
        assert remark.strip() in after.decode()
    assert (b"\r\n" in after) == (b"\r\n" in before)
    assert after.count(b"\n") == after.count(b"\r\n") or b"\r\n" not in before
    assert formatted(after, tmp_path)


def elements(source: bytes) -> list[str]:
    (listed,) = [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.keyword) and node.arg == "entries"
    ]
    assert isinstance(listed, ast.List)
    return [ast.dump(one) for one in listed.elts]


def formatted(source: bytes, folder: Path) -> bool:
    """Whether ruff would leave a file as it is."""
    file = folder / "definition.py"
    file.write_bytes(source)
    command = ["ruff", "format", "--check", "--quiet", "--config", CHECKOUT / "pyproject.toml"]
    done = subprocess.run([sys.executable, "-m", *command, file], check=False)
    return done.returncode == 0


def test_every_definition_with_a_search_can_be_written_into(tmp_path: Path) -> None:
    for benchmark in registry.load().benchmarks.values():
        if benchmark.search is None:
            continue
        place = writing.source_of(benchmark)
        before = place.read_bytes()
        make = writing.maker_of(before, benchmark.name)
        space = spaces.settings(benchmark.search)
        first = {k: a.low if isinstance(a, spaces.Range) else a[0] for k, a in space.items()}
        line = writing.call(make, "found", {**first, "suite": "full"})
        after = writing.with_import(
            writing.with_entry(before, benchmark.name, line, "found"), "average"
        )
        made = writing.load_source(after, place, benchmark.name)
        assert [e.name for e in made.entries] == [*(e.name for e in benchmark.entries), "found"]
        assert formatted(after, tmp_path)


SEVERAL = '''"""Two questions of one set of data."""

from dataclasses import replace

from benchmarks import Benchmark, Search, benchmark
from benchmarks.entries import mean, tunable_mlp
from benchmarks.timeseries import sunspots_yearly as known


@benchmark("mine/churn-1")
def one() -> Benchmark:
    """One."""
    return replace(
        known.sunspots_yearly(),
        entries=[mean(), tunable_mlp("mlp", headline=True)],
        search=Search(tunable_mlp, {"units": (8, 64)}),
    )


@benchmark("mine/churn-2")
def two() -> Benchmark:
    """Two."""
    return replace(
        known.sunspots_yearly(),
        entries=[mean(), tunable_mlp("mlp", headline=True)],
        search=Search(tunable_mlp, {"units": (8, 64)}),
    )
'''


def test_of_several_definitions_in_a_file_the_right_one_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "mine" / "churn.py"
    place.parent.mkdir()
    place.write_text(SEVERAL)
    monkeypatch.setitem(registry.load().files, "mine/churn-2", place)
    before = {name: writing.load_source(place.read_bytes(), place, name) for name in CHURN}
    line = writing.call("tunable_mlp", "mlp-tuned", {"units": 9, "suite": "standard"})
    assert writing.write(before["mine/churn-2"], {"mlp-tuned": line}) == place
    after = {name: writing.load_source(place.read_bytes(), place, name) for name in CHURN}
    assert [entry.name for entry in after["mine/churn-1"].entries] == ["mean", "mlp"]
    assert [entry.name for entry in after["mine/churn-2"].entries] == ["mean", "mlp", "mlp-tuned"]
    assert place.read_text().startswith(SEVERAL[: SEVERAL.index('@benchmark("mine/churn-2"')])
    assert formatted(place.read_bytes(), tmp_path)


CHURN = ("mine/churn-1", "mine/churn-2")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (ONE_LINE.replace('[majority(), mlp("a")]', "ENTRIES"), "expected entries=[…]"),
        (ONE_LINE.replace('[majority(), mlp("a")]', "[]"), "expected entries=[…]"),
        (ONE_LINE.replace("mine/churn", "mine/other"), "expected a function under @benchmark"),
        (ONE_LINE.replace("return", "retrun"), "the file is no Python any more"),
    ],
)
def test_a_definition_without_a_place_for_it_is_refused(source: str, said: str) -> None:
    with pytest.raises(writing.NotWritten, match=re.escape(said)):
        writing.with_entry(source.encode(), "mine/churn", SHORT, "mlp-tuned")


def test_names_are_imported_once_and_in_order() -> None:
    source = b"from benchmarks.entries import Rule, boosting, mean\n\nx = 1\n"
    after = writing.with_import(source, "average")
    assert after == b"from benchmarks.entries import Rule, average, boosting, mean\n\nx = 1\n"
    assert writing.with_import(after, "average") == after
    with pytest.raises(writing.NotWritten, match="expected a line"):
        writing.with_import(b"x = 1\n", "average")
