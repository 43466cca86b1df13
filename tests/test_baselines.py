"""The published scores: valid, cited, and what the validator refuses."""

import csv
import math
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import registry
from benchmarks.baselines import (
    Baseline,
    citation,
    load,
    parse_bib,
    problems,
    references,
)
from benchmarks.protocols import PROTOCOLS

COLLECTION = Path(__file__).resolve().parents[2] / "shared" / "baselines" / "published.csv"
BENCHMARKS = {
    "uci/concrete": ("concrete",),
    "uci/wine": ("wine",),
    "uci/breast-cancer": ("breast-cancer-wisc-diag", "breast-cancer-wisconsin (original)"),
    "uci/digits": ("optical", "optical (optdigits)"),
    "timeseries/italy-power-demand": ("ItalyPowerDemand",),
    "cifar/cifar10": ("CIFAR-10",),
}


def row(id: str) -> Baseline:
    return next(row for row in load() if row.id == id)


def test_published_scores_have_no_problems():
    assert problems() == []


def test_every_benchmark_with_published_scores_is_known():
    assert {row.benchmark for row in load()} == set(BENCHMARKS)
    assert len(load("uci/concrete")) == 14
    assert load("uci/unheard-of") == []


def test_every_protocol_has_a_citation():
    for protocol in PROTOCOLS.values():
        assert citation(protocol.source)


@pytest.mark.skipif(not COLLECTION.is_file(), reason=f"no collection of scores at {COLLECTION}")
def test_scores_are_those_of_the_collection():
    """No digit lost on the way, no recalled row let in."""
    with COLLECTION.open(newline="", encoding="utf-8") as file:
        collected = list(csv.DictReader(file))
    for mine in load():
        twins = [
            theirs
            for theirs in collected
            if theirs["dataset"] in BENCHMARKS[mine.benchmark]
            and math.isclose(float(theirs["score"]), mine.score)
            and theirs["read_or_recalled"] == mine.provenance
            and (mine.spread in (None, 0) or float(theirs["spread"] or "nan") == mine.spread)
        ]
        assert twins, mine.id


def test_standard_errors_and_deviations_are_not_mixed():
    grid, ensembles = row("concrete-mc-dropout-2018"), row("concrete-deep-ensembles")
    assert (grid.spread_kind, ensembles.spread_kind) == ("standard error", "standard deviation")
    assert grid.deviation == pytest.approx(0.160534 * math.sqrt(20) * math.sqrt(20 / 19))
    assert ensembles.deviation == pytest.approx(0.58 * math.sqrt(20 / 19))
    assert row("cifar10-resnet-20").deviation is None
    assert row("cifar10-chance").exact
    assert not row("cifar10-resnet-110").exact


def test_scores_by_split_are_known_for_concrete():
    assert [row.id for row in load() if row.per_split] == ["concrete-mc-dropout-2018"]


def test_rounding_is_read_off_the_printed_digits():
    assert row("cifar10-keras-cnn-25").rounding == pytest.approx(0.005)
    assert row("cifar10-wrn-28-10").rounding == pytest.approx(0.00005)


def test_citations_are_sentences():
    assert citation("gal2017concrete") == (
        "Gal, Hron and Kendall (2017). Concrete Dropout, NIPS, arXiv:1705.07832."
    )
    assert citation("he2016resnet").startswith("He et al. (2016). Deep Residual Learning")
    with pytest.raises(KeyError, match="nobody1999"):
        citation("nobody1999")


def test_every_reference_says_who_what_when_and_is_used():
    used = {row.citation for row in load()} | {p.source for p in PROTOCOLS.values()}
    used |= {b.data.citation for b in registry.load().benchmarks.values()}
    assert set(references()) == used
    for key, entry in references().items():
        assert {"author", "title", "year"} <= set(entry), key
        assert {"url", "eprint", "journal", "booktitle", "doi"} & set(entry), key


def test_a_key_that_comes_twice_is_refused():
    entry = "@misc{a,\n  author = {A, B},\n  title = {The {Big} 5\\%},\n  year = {2020},\n}\n"
    assert parse_bib(entry) == {"a": {"author": "A, B", "title": "The Big 5%", "year": "2020"}}
    with pytest.raises(ValueError, match="a comes twice"):
        parse_bib(entry + entry)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"citation": "nobody1999"}, "not in references.bib"),
        ({"citation": ""}, "not in references.bib"),
        ({"protocol": "REG21"}, "is none of REG20"),
        ({"differs": {"colour": "red"}}, "no field of a protocol"),
        ({"differs": {"selection": "best"}}, "is none of last epoch"),
        ({"differs": {"tuning": "a little"}}, "is none of none"),
        ({"score": 94.0}, "accuracies are fractions"),
        ({"score": -0.1}, "impossible"),
        ({"metric": "rmse", "score": -1.0}, "impossible for rmse"),
        ({"metric": "rmse", "score": math.inf}, "impossible for rmse"),
        ({"score": math.nan}, "impossible"),
        ({"metric": "f1"}, "is none of accuracy"),
        ({"spread_kind": ""}, "come together"),
        ({"spread": None}, "come together"),
        ({"spread_kind": "±"}, "is none of standard error"),
        ({"spread": -0.1}, "impossible"),
        ({"spread": math.nan}, "impossible"),
        ({"spread": 1.6}, "spread 1.6 is impossible for accuracy"),
        ({"n": None}, "number of runs"),
        ({"n": 0}, "impossible"),
        ({"level": "superb"}, "is none of floor"),
        ({"provenance": "recalled"}, "is none of read"),
        ({"url": ""}, "https"),
        ({"id": "Not A Slug"}, "slug"),
        ({"per_split": "unheard-of"}, "is none of mc-dropout-2018-concrete"),
        ({"per_split": "mc-dropout-2018-concrete"}, "has 20 scores"),
        ({"per_split": "mc-dropout-2018-concrete"}, "no split for scores to be paired by"),
    ],
)
def test_the_validator_refuses(change, complaint):
    good = row("cifar10-resnet-110")
    assert problems([good]) == []
    assert any(complaint in problem for problem in problems([replace(good, **change)]))


def test_the_validator_refuses_a_citation_that_does_not_say_who_or_when(monkeypatch):
    good = replace(row("cifar10-resnet-110"), citation="half")
    monkeypatch.setitem(references(), "half", {"title": "A Title"})
    assert problems([good]) == ["cifar10-resnet-110: citation half lacks author, year"]


def test_the_validator_refuses_rows_that_contradict_each_other():
    good = row("cifar10-resnet-110")
    assert "comes 2 times" in problems([good, good])[0]
    twin = replace(good, id="twin", score=0.9)
    assert "different scores" in problems([good, twin])[0]
    assert problems([good, replace(good, id="twin")]) == []
    for change in ({"spread": 0.002}, {"n": 4}, {"level": "world-class"}):
        contradiction = problems([good, replace(good, id="twin", **change)])
        assert any("different scores" in problem for problem in contradiction), change
    other = replace(twin, differs={"augmented_test": "yes"})
    assert problems([good, other]) == []


def test_the_validator_refuses_levels_that_the_scores_contradict():
    card, grid = row("concrete-card"), row("concrete-mc-dropout-2018")
    assert problems([card, grid]) == []
    assert "beats" in problems([replace(card, level="world-class"), grid])[0]
    # an incomparable row cannot contradict; a gap within seed noise does not
    leaky = replace(grid, differs={"tuning": "on test rows"})
    assert problems([replace(card, level="world-class"), leaky]) == []
    close = replace(card, level="world-class", score=4.85)
    assert problems([close, grid]) == []
    floor = replace(row("cifar10-resnet-110"), id="floor", model="floor", level="floor", score=0.95)
    assert "floor (floor, 0.95) beats" in problems([floor, row("cifar10-resnet-110")])[0]
