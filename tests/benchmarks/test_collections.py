"""Collections: their members, their own tasks, and how they are selected."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Place, workshop

from benchmarks import registry
from benchmarks.collections import Collection, first_problem
from benchmarks.published.baselines import references

KNOWN = registry.load()
OWN = """\"\"\"Two tasks of their own.\"\"\"
from dataclasses import replace
from benchmarks import Collection, collection
from benchmarks.uci import wine

made = wine.wine()
made = replace(made, anchor="", margin=0.01, margin_why="one wine in a hundred",
               entries=[one for one in made.entries if not one.reruns])

@collection("uci/pair")
def pair():
    return Collection(
        title="Pair", question="How well?", protocol="as wine", why="two of them",
        members=["uci/pair-a", "uci/pair-b"],
        define=lambda name: replace(made, suite="full", {change}),
    )
"""


@pytest.mark.parametrize("collection", [*KNOWN.collections.values()], ids=lambda one: one.name)
def test_a_collection_is_whole(collection: Collection) -> None:
    assert first_problem(collection, KNOWN.benchmarks) is None
    assert collection.question.endswith("?")
    assert not collection.citation or collection.citation in references()
    text = KNOWN.files[collection.name].read_text("utf-8")
    assert f'collection("{collection.name}")' in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": " "}, "title: expected a sentence"),
        ({"members": ["uci/yacht"]}, "members: expected two or more, received 1"),
        ({"members": ["uci/yacht"] * 2}, "received uci/yacht twice"),
        ({"members": ["uci/yacht", "uci/nowhere"]}, "received uci/nowhere"),
        ({"excluded": {"uci/wine": "why"}}, "excluded: expected members, received uci/wine"),
        ({"metrics": ["accuracy"]}, "metrics: expected 'accuracy' of every member"),
        ({"headline": "resnet"}, "headline: expected an entry 'resnet'"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], said: str) -> None:
    wrong = replace(KNOWN.collections["uci/reg20"], **change)
    assert said in str(first_problem(wrong, KNOWN.benchmarks))


def test_a_collection_stands_for_its_members() -> None:
    chosen = registry.select(KNOWN, "timeseries/ucr", "quick")
    assert {b.name for b in chosen} == {*KNOWN.collections["timeseries/ucr"].members}
    with_pattern = {b.name for b in registry.select(KNOWN, "uci/reg*", "quick")}
    members = {*KNOWN.collections["uci/reg20"].members}
    assert members - with_pattern == {"uci/boston"}  # deprecated: by its own name alone


def test_own_tasks_are_defined_selected_and_not_listed(tmp_path: Path) -> None:
    code = workshop(tmp_path, "uci/wine")
    (code / "benchmarks/uci/pair.py").write_text(OWN.format(change="lessons=''"))
    place = Place(tmp_path, code)
    done = place.command("list")
    assert done.returncode == 0, done.stdout
    (line,) = [line for line in done.stdout.splitlines() if "uci/pair" in line]
    assert "2 tasks" in line
    rows = {row["name"]: row for row in json.loads(place.command("list", "--json").stdout)}
    assert {*rows} == {"uci/wine", "uci/pair-a", "uci/pair-b"}
    assert rows["uci/pair-a"]["collection"] == "uci/pair"
    for pattern, names in {
        "uci/pair": {"uci/pair-a", "uci/pair-b"},
        "uci/*": {"uci/wine", "uci/pair-a", "uci/pair-b"},
        "uci/pair-a": {"uci/pair-a"},
        "uci/*-b": {"uci/pair-b"},
    }.items():
        program = (
            "from benchmarks import registry; known = registry.load(); "
            f"print(*(b.name for b in registry.select(known, {pattern!r}, 'quick')))"
        )
        assert set(place.python("-c", program).stdout.split()) == names


def test_plan_says_a_line_for_all_own_tasks(tmp_path: Path) -> None:
    code = workshop(tmp_path, "uci/wine")
    (code / "benchmarks/uci/pair.py").write_text(OWN.format(change="lessons=''"))
    done = Place(tmp_path, code).command("plan", "--only", "uci/pair", "--suite", "full")
    assert done.returncode == 0, done.stdout
    (line,) = [line for line in done.stdout.splitlines() if "uci/pair" in line]
    assert line.startswith("uci/pair: 0 of 2 tasks done; ")


def test_a_wrong_own_task_is_named(tmp_path: Path) -> None:
    code = workshop(tmp_path, "uci/wine")
    (code / "benchmarks/uci/pair.py").write_text(OWN.format(change="task='clustering'"))
    done = Place(tmp_path, code).command("list")
    assert done.returncode == 2
    assert "benchmarks/uci/pair.py: uci/pair-a: task: expected" in done.stdout
