"""Finding definitions: every file is one; a bad one is named with its field, the rest stands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Place, workshop
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import registry
from benchmarks.definition import Benchmark
from benchmarks.registry import Registry, UnknownNameError, select
from benchmarks.validation import DefinitionError, validate

DECLARED = """from dataclasses import replace
from benchmarks import benchmark
from benchmarks.timeseries import sunspots_yearly as other

@benchmark("toy/{stem}")
def toy():
    return replace(other.sunspots_yearly(), {change})
"""
TWO = (
    DECLARED.format(stem="two-a", change="margin=2")
    + """
@benchmark("toy/two-b")
def second():
    return toy()
"""
)
MALFORMED = {
    "syntax": ("def broken(:\n", ["SyntaxError"]),
    "import_of_nothing": ("import no_such_module\n", ["ModuleNotFoundError", "no_such_module"]),
    "empty": ("", ["functions decorated with @benchmark", "found none"]),
    "other_name": (
        DECLARED.format(stem="else", change="margin=1"),
        ["name", "'toy/other-name'", "'toy/else'"],
    ),
    "no_field": (DECLARED.format(stem="no-field", change="colour=1"), ["TypeError", "colour"]),
    "old": (
        "from benchmarks.training.recipe import Recipe\nRecipe(3, batch=8)\n",
        ["unexpected keyword argument 'batch'", "it is batch_size (docs/upgrading.md)"],
    ),
    "no_margin": (DECLARED.format(stem="no-margin", change="margin=0"), ["margin", "above 0"]),
    "no_entries": (DECLARED.format(stem="no-entries", change="entries=[]"), ["entries: expected"]),
    "no_score": (
        DECLARED.format(
            stem="no-score",
            change="entries=[replace(one, reruns='nobodys') for one in "
            "other.sunspots_yearly().entries]",
        ),
        ["entries", "reruns: expected the id of a published", "toy/no-score", "'nobodys'"],
    ),
    "loud": (DECLARED.replace("toy/{stem}", "Toy/Loud"), ["name", "'Toy/Loud'"]),
    "huge": (
        DECLARED.replace('"toy/{stem}"', '"toy/huge", suite="huge"'),
        ["suite", "quick, standard, full", "'huge'"],
    ),
    "twins": (
        DECLARED.format(stem="one", change="margin=1")
        + DECLARED.format(stem="one", change="").replace("toy()", "again()"),
        ["name", "expected different ones", "toy/one, toy/one"],
    ),
    "hidden": (
        DECLARED.format(stem="one", change="margin=1") + DECLARED.format(stem="two", change=""),
        ["function: expected another name than that of 'toy/one'", "'toy'"],
    ),
    "strangers": (
        DECLARED.format(stem="one", change="margin=1")
        + DECLARED.format(stem="two", change="").replace("toy()", "two()").replace("toy/", "uci/"),
        ["name", "'toy/…'", "'uci/two'"],
    ),
}


@pytest.fixture(scope="module")
def real() -> Registry:
    return registry.load()


@pytest.fixture(scope="module")
def wine(real: Registry) -> Benchmark:
    return real.benchmarks["uci/wine"]


def test_bad_files_are_named_with_their_field_and_the_rest_is_listed(tmp_path: Path) -> None:
    code = workshop(tmp_path, "uci/wine", "timeseries/sunspots-yearly")
    (code / "benchmarks/toy").mkdir()
    for stem, (text, _) in MALFORMED.items():
        (code / f"benchmarks/toy/{stem}.py").write_text(text)
    (code / "benchmarks/toy/good.py").write_text(DECLARED.format(stem="good", change="margin=2"))
    (code / "benchmarks/toy/two.py").write_text(TWO)
    (code / "benchmarks/toy/two_again.py").write_text(TWO.replace("toy/two-b", "toy/two-again"))
    (code / "benchmarks/toy/_helper.py").write_text("no definition, and not looked at")
    done = Place(tmp_path, code).command("list")
    assert done.returncode == 2
    for stem, (_, said) in MALFORMED.items():
        (line,) = [li for li in done.stdout.splitlines() if f"benchmarks/toy/{stem}.py" in li]
        assert all(word in line for word in said), line
    (line,) = [li for li in done.stdout.splitlines() if "benchmarks/toy/two_again.py" in li]
    assert "'toy/two-a' is defined in benchmarks/toy/two.py already" in line
    assert "_helper" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    listed = Place(tmp_path, code).command("list", "--json")
    names = [row["name"] for row in json.loads(listed.stdout)]
    twos = ["toy/two-a", "toy/two-again", "toy/two-b"]
    assert sorted(names) == ["timeseries/sunspots-yearly", "toy/good", *twos, "uci/wine"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"task": "clustering"}, ["task", "'regression' or 'classification'", "'clustering'"]),
        ({"margin": -1.0}, ["margin", "-1.0"]),
        ({"muted": {"gap": "known"}}, ["muted", "train-test-gap", "'gap'"]),
        ({"muted": {"leak": ""}}, ["muted", "leak", "none"]),
    ],
)
def test_a_wrong_field_is_named(wine: Benchmark, change: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(DefinitionError) as error:
        validate(replace(wine, **change))
    assert all(word in str(error.value) for word in said)


@pytest.mark.parametrize(
    ("place", "change", "said"),
    [
        (-1, {"headline": False}, "one in each of several suites; received none"),
        (0, {"headline": True}, "received majority (quick), mlp-64 (quick)"),
        (-1, {"suite": "full"}, "in the suite of the benchmark, quick; received one in full only"),
        (0, {"floor": False}, "at least one with floor=True"),
        (0, {"name": "mlp-64"}, "names must differ"),
        (1, {"name": "../up"}, "'../up'"),
        (1, {"name": ""}, "received ''"),
        (1, {"suite": "huge"}, "5-nn: suite: expected one of quick, standard, full"),
    ],
)
def test_a_wrong_entry_is_named(
    wine: Benchmark, place: int, change: dict[str, Any], said: str
) -> None:
    entries = list(wine.entries)
    entries[place] = replace(entries[place], **change)
    with pytest.raises(DefinitionError, match="entries") as error:
        validate(replace(wine, entries=entries))
    assert said in str(error.value)


def test_suites_are_nested_and_run_cheapest_first(real: Registry) -> None:
    quick, standard, full = (select(real, None, suite) for suite in registry.SUITES)
    names = [{b.name for b in chosen} for chosen in (quick, standard, full)]
    current = {name for name, found in real.benchmarks.items() if not found.deprecated}
    assert names[0] <= names[1] <= names[2] == current
    assert "cifar/cifar10" not in names[0]
    assert [b.seconds for b in standard] == sorted(b.seconds for b in standard)


def test_only_chooses_from_all_whatever_the_suite(real: Registry) -> None:
    assert [b.name for b in select(real, "cifar/cifar10", "quick")] == ["cifar/cifar10"]
    assert {b.family for b in select(real, "uci/*", "quick")} == {"uci"}
    twice = select(real, " uci/wine, uci/?ine,uci/wine ", "quick")
    assert [b.name for b in twice] == ["uci/wine"]


def test_a_deprecated_benchmark_runs_when_asked_for_by_its_full_name_alone(real: Registry) -> None:
    wine = replace(real.benchmarks["uci/wine"], deprecated="for a test")
    some = Registry({**real.benchmarks, "uci/wine": wine})
    for only, suite in ((None, "full"), ("uci/*", "full"), (None, "sentinel")):
        assert "uci/wine" not in {b.name for b in select(some, only, suite)}
    assert [b.name for b in select(some, "uci/wine", "quick")] == ["uci/wine"]


@pytest.mark.parametrize(
    ("only", "said"),
    [
        ("uci/wien", "perhaps uci/wine"),
        ("wine", "uci/wine"),
        ("uci/wine,cifar/cifar11", "cifar/cifar10"),
        ("*sunspot", "timeseries/sunspots-yearly"),
        ("zzzzzz", "`make list` shows all names"),
        ("", "--only is empty"),
        (" , ", "--only is empty"),
    ],
)
def test_what_matches_nothing_says_what_would(real: Registry, only: str, said: str) -> None:
    with pytest.raises(UnknownNameError) as error:
        select(real, only, "quick")
    assert said in str(error.value)


def test_each_definition_of_a_file_with_several_has_that_file(real: Registry) -> None:
    several = [n for n, file in real.files.items() if file == registry.HERE / "timeseries/ett.py"]
    assert len(several) == 18
    assert set(real.files) == {*real.benchmarks, *real.collections}


def test_a_definition_of_a_bad_file_with_several_says_what_is_wrong(real: Registry) -> None:
    broken = Registry(real.benchmarks, {"toy/bad": "benchmarks/toy/bad.py: SyntaxError: …"})
    with pytest.raises(DefinitionError, match=r"toy/bad\.py: SyntaxError"):
        select(broken, "toy/bad-720", "quick")


def test_a_bad_file_named_says_what_is_wrong_with_it(real: Registry) -> None:
    broken = Registry(real.benchmarks, {"toy/bad": "benchmarks/toy/bad.py: margin: expected …"})
    with pytest.raises(DefinitionError, match=r"toy/bad\.py: margin"):
        select(broken, "uci/wine,toy/bad", "quick")


@given(st.text(max_size=30))
def test_any_text_selects_known_benchmarks_or_is_refused(only: str) -> None:
    known = registry.load()
    try:
        chosen = select(known, only, "quick")
    except UnknownNameError:
        return
    assert chosen
    assert {b.name for b in chosen} <= set(known.benchmarks)
