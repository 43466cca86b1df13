"""The published scores: valid, cited, and what the validator refuses."""

import csv
import math
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import registry
from benchmarks.data import uci121
from benchmarks.judging.sentences import differences
from benchmarks.protocols import OTHER_REPEATS, PROTOCOLS, REG20
from benchmarks.published.baselines import (
    FOLDER,
    TEST_ROWS,
    Baseline,
    citation,
    load,
    parse_bib,
    problems,
    references,
)
from benchmarks.published.comparability import beneficiary, comparable, departures
from benchmarks.splitters import splitter

COLLECTION = Path(__file__).resolve().parents[4] / "shared" / "baselines"
REG20_SETS = (
    "boston",
    "concrete",
    "energy",
    "kin8nm",
    "naval",
    "power",
    "protein",
    "wine-red",
    "yacht",
)
BENCHMARKS = {
    **{f"uci/{name}": (name,) for name in REG20_SETS},
    "uci/abalone": ("abalone",),
    "uci/adult": ("adult",),
    "uci/banknote": ("banknote",),
    "uci/breast-cancer": ("breast-cancer-wisc-diag", "breast-cancer-wisconsin (original)"),
    "uci/car": ("car",),
    "uci/digits": ("optical", "optical (optdigits)"),
    "uci/ionosphere": ("ionosphere",),
    "uci/iris": ("iris",),
    "uci/letter": ("letter",),
    "uci/magic": ("magic",),
    "uci/mushroom": ("mushroom",),
    "uci/optdigits": ("optical", "optical (optdigits)"),
    "uci/pendigits": ("pendigits",),
    "uci/pima": ("pima", "pima-indians-diabetes"),
    "uci/seeds": ("seeds", "wheat-seeds"),
    "uci/sonar": ("sonar", "conn-bench-sonar-mines-rocks"),
    "uci/spambase": ("spambase",),
    "uci/wine": ("wine",),
    "timeseries/airline-passengers": ("airline passengers",),
    "timeseries/acsf1": ("ACSF1",),
    "timeseries/arrowhead": ("ArrowHead",),
    "timeseries/beef": ("Beef",),
    "timeseries/beijing-pm25": ("Beijing PM2.5",),
    "timeseries/cbf": ("CBF",),
    "timeseries/coffee": ("Coffee",),
    "timeseries/ecg200": ("ECG200",),
    "timeseries/gunpoint": ("GunPoint",),
    "timeseries/har": ("UCI HAR smartphones",),
    "timeseries/italy-power-demand": ("ItalyPowerDemand",),
    "timeseries/japanese-vowels": ("JapaneseVowels",),
    "timeseries/minimum-temperatures": ("daily min temperatures (Melbourne)",),
    "timeseries/osuleaf": ("OSULeaf",),
    "timeseries/shampoo-sales": ("shampoo sales",),
    **{
        f"timeseries/{name.lower()}-{horizon}": (name,)
        for name in ("ETTh1", "ETTh2", "ETTm1", "ETTm2", "Weather")
        for horizon in (96, 192, 336, 720)
    },
    **{f"timeseries/exchange-{days}": ("Exchange",) for days in (96, 192, 336, 720)},
    **{f"timeseries/ili-{weeks}": ("ILI",) for weeks in (24, 36, 48, 60)},
    **{f"timeseries/ili-{weeks}-whole-batches": ("ILI",) for weeks in (24, 60)},
    "timeseries/etth1-96-history-720": ("ETTh1",),
    "timeseries/etth2-96-history-720": ("ETTh2",),
    "text/sms-spam": ("SMS Spam Collection",),
    **{
        f"text/sentences-{name}": tuple(
            f"Sentiment labelled sentences ({which})" for which in (name, "all three pooled")
        )
        for name in ("amazon", "imdb", "yelp")
    },
    "cifar/cifar10": ("CIFAR-10",),
    "cifar/cifar100": ("CIFAR-100",),
    **{f"uci/archive-121-{task.slug}": (task.name,) for task in uci121.tasks()},
}
"""Benchmark to what the collection calls its data."""
NOT_COLLECTED = {"uci/dry-bean", "toy/celsius", "mnist/mnist", "mnist/fashion-mnist"}
"""Published scores that the collection does not have."""
METRICS = {
    "rmse": "RMSE",
    "mae": "MAE",
    "mse": "MSE",
    "accuracy": ("accuracy", "test accuracy"),
    "log_likelihood": "test log-likelihood",
    "mcc": "MCC",
    "f1": "F1 of spam",
    "spam_caught": "spam caught",
    "ham_blocked": "blocked ham",
}


def row(id: str) -> Baseline:
    return next(row for row in load() if row.id == id)


def test_published_scores_have_no_problems():
    assert problems() == []


def test_every_benchmark_with_published_scores_is_known():
    assert {row.benchmark for row in load()} == {*BENCHMARKS, *NOT_COLLECTED}
    assert len(load("uci/concrete")) == 23
    assert load("uci/unheard-of") == []


def test_published_scores_name_the_protocol_and_metrics_of_their_benchmark():
    for name, benchmark in registry.load().benchmarks.items():
        measured = {benchmark.metric.name, *(metric.name for metric in benchmark.also)}
        assert {row.protocol for row in load(name)} <= {benchmark.protocol.id}, name
        assert {row.metric for row in load(name)} <= measured, name


def test_every_protocol_has_a_citation():
    for protocol in PROTOCOLS.values():
        assert citation(protocol.source)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def collected_scores() -> list[dict[str, str]]:
    """Both parts of the collection; the first with what was found out later about its sources."""
    collected = read_csv(COLLECTION / "published.csv")
    for one in read_csv(COLLECTION / "CORRECTIONS_turn2.csv"):
        if one["column"] == "read_or_recalled":
            for line in collected:
                same = (one["dataset"], one["model"]) == (line["dataset"], line["model"])
                if same and line["protocol"].startswith(one["protocol-start"]):
                    line["read_or_recalled"] = one["should be"]
    networks = [
        {"dataset": line["dataset"], "metric": "accuracy", "score": score, "spread": ""}
        | {"read_or_recalled": "read"}
        for line in read_csv(COLLECTION.parent / "data" / "uci-121" / "snn_table_a11.csv")
        for column, score in line.items()
        if column not in ("dataset", "rows", "columns") and score
    ]
    return collected + read_csv(COLLECTION / "published_turn2.csv") + networks


@pytest.mark.skipif(not COLLECTION.is_dir(), reason=f"no collection of scores at {COLLECTION}")
def test_scores_are_those_of_the_collection():
    """No digit lost on the way, no recalled row let in."""
    collected = defaultdict(list)
    for one in collected_scores():
        collected[one["dataset"]].append(one)
    for mine in load():
        if mine.benchmark in NOT_COLLECTED:
            continue
        twins = [
            theirs
            for name in BENCHMARKS[mine.benchmark]
            for theirs in collected[name]
            if theirs["metric"].startswith(METRICS[mine.metric])
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


@pytest.mark.parametrize(
    ("citation", "kind"),
    [
        ("gal2016dropout", "standard error"),
        ("mukhoti2018strong", "standard error"),
        ("hernandezlobato2015pbp", "standard error"),
        ("gal2017concrete", "standard error"),
        ("lakshminarayanan2017ensembles", "standard deviation"),
        ("han2022card", "standard deviation"),
        ("duan2020ngboost", "standard deviation"),
        ("matsubara2024wgboost", "standard deviation"),
        ("amini2020evidential", None),
    ],
)
def test_a_paper_means_the_same_by_its_spread_on_every_regression_set(citation, kind):
    rows = [row for row in load() if row.citation == citation]
    assert len({row.benchmark for row in rows}) >= 8
    assert {row.spread_kind for row in rows if row.spread is not None} == {kind} - {None}


def test_scores_that_had_an_advantage_or_other_rows_say_so():
    for row in load():
        if row.citation == "gal2016dropout" and row.provenance == "read":
            assert row.differs == {"tuning": "on test rows"}, row.id
        if row.citation in ("duan2020ngboost", "matsubara2024wgboost", "amini2020evidential"):
            assert row.differs["split"].endswith("of its own"), row.id
        if "snn121" in row.id and row.benchmark not in (
            "uci/adult",
            "uci/optdigits",
            "uci/pendigits",
        ):
            assert "split" in row.differs, row.id
        if row.benchmark == "uci/naval" and row.metric == "rmse":
            assert row.rounding <= 0.00005, row.id


def test_scores_by_split_are_known_for_every_regression_set():
    """RMSE and log-likelihood of one paper; protein has 5 splits, the others 20."""
    expected = {f"{name}-mc-dropout-2018" for name in REG20_SETS}
    expected |= {f"{id}-log-likelihood" for id in expected}
    assert {row.id for row in load() if row.per_split} == expected
    for row in (row for row in load() if row.per_split):
        assert row.n == (5 if row.benchmark == "uci/protein" else 20)


@pytest.mark.parametrize(
    ("benchmark", "score", "model", "comparable"),
    [
        ("uci/boston", 2.62, "CARD", True),
        ("uci/concrete", 4.46, "Concrete Dropout", True),
        ("uci/energy", 0.46, "Concrete Dropout", True),
        ("uci/kin8nm", 0.064, "CARD", True),
        ("uci/naval", 0.0002, "CARD", True),
        ("uci/power", 3.63, "MC dropout, 2 hidden layers", False),
        ("uci/protein", 3.62, "MC dropout, 2 hidden layers", False),
        ("uci/wine-red", 0.60, "MC dropout, 2 hidden layers", False),
        ("uci/yacht", 0.56, "CARD", True),
    ],
)
def test_the_best_published_error_on_the_published_splits(benchmark, score, model, comparable):
    rows = [row for row in load(benchmark) if row.metric == "rmse" and "split" not in row.differs]
    best = min(rows, key=lambda row: row.score)
    assert (best.score, best.level) == (score, "world-class")
    assert best.model.startswith(model)
    protocol = PROTOCOLS[best.protocol]
    assert (not differences(protocol, {}, best, "rmse")) == comparable
    if not comparable:
        assert beneficiary(departures(protocol, {}, best, "rmse")) == "paper"


def test_scores_of_another_metric_are_never_comparable():
    row_, protocol = row("concrete-mc-dropout-2018-log-likelihood"), PROTOCOLS["REG20"]
    assert differences(protocol, {}, row_, "log_likelihood") == []
    assert differences(protocol, {}, row_, "rmse")
    assert beneficiary(departures(protocol, {}, row_, "rmse")) is None
    assert comparable(load("uci/concrete"), protocol, {}, "rmse")
    assert not [r for r in comparable(load("uci/concrete"), protocol, {}, "rmse") if r == row_]


def test_rounding_is_half_of_the_last_step_that_was_printed():
    assert row("cifar10-keras-cnn-25").rounding == pytest.approx(0.005)
    assert row("cifar10-wrn-28-10").rounding == pytest.approx(0.00005)
    assert row("gunpoint-2015-wang-fcn").rounding == pytest.approx(0.0005)  # printed as 1.000
    assert row("ettm1-96-segrnn-l96-segrnn").rounding == pytest.approx(0.0005)  # as 0.330
    exact = {row.id for row in load() if row.rounding == 0}
    chance = {"cifar10-chance", "cifar100-chance", "fashion-mnist-chance"}
    chance |= {f"sentences-{name}-either-class-always" for name in ("amazon", "imdb", "yelp")}
    assert exact == {*chance, "celsius-definition"}
    with (FOLDER / "baselines.csv").open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            digits = len(line["score"].partition(".")[2])
            if line["rounding"]:
                assert float(line["rounding"]) == pytest.approx(0.5 * 10**-digits), line["id"]


def test_a_score_too_coarse_for_the_margin_decides_nothing():
    margins = {name: b.margin for name, b in registry.load().benchmarks.items()}
    coarse = row("kin8nm-concrete-dropout")
    assert (coarse.score, coarse.rounding) == (0.07, 0.005)
    assert not coarse.decides(margins["uci/kin8nm"])
    assert coarse.decides(0.006)
    assert not coarse.decides(0.005)
    assert row("kin8nm-mc-dropout-2018").decides(margins["uci/kin8nm"])
    for id in ("kin8nm-mean", "kin8nm-least-squares", "airline-stateful-lstm"):
        assert not row(id).decides(1.0), id


def test_floors_are_trivial_baselines_alone():
    floors = {row.model for row in load() if row.level == "floor"}
    assert floors == {
        "mean of the training targets",
        "median of the training targets",
        "majority class",
        "majority class (ZeroR)",
        "ZeroR",
        "majority class (class prior of the cleaned file)",
        "one class for every image",
        "t-LeNet (collapses to a constant class)",
        "persistence",
        "naive (seasonal)",
        "Repeat last value (persistence)",
        "trivial rejection (all ham)",
        "either class always",
    }
    assert row("concrete-least-squares").level == "classical"
    assert row("etth1-96-zeng-informer").level == "below-floor"


def test_cyclenet_is_comparable_at_equal_history_with_a_deviation_over_five_seeds():
    rows = [row for row in load() if row.citation == "lin2024cyclenet" and row.metric == "mse"]
    assert len(rows) == 92
    for row_ in rows:
        same = differences(PROTOCOLS[row_.protocol], {}, row_, "mse") == []
        assert same == ("-l96-" in row_.id or "-h720-" in row_.id), row_.id
        assert row_.n == 5
        assert row_.deviation == pytest.approx(row_.spread * math.sqrt(5 / 4))


def test_an_accuracy_on_a_fixed_test_set_is_a_count_of_its_rows():
    """175 test rows: a run scores k/175, and the mean of ten of them k/1750."""
    rocket = row("arrowhead-rocket")
    assert (rocket.n, problems([rocket])) == (10, [])
    single = replace(rocket, n=1)
    assert "is no whole count of 1 × 175 test rows" in problems([single])[0]
    assert problems([replace(single, rounding=0.005, score=0.81)]) == []
    assert problems([replace(single, differs={"split": "other rows"})]) == []
    assert problems([replace(single, n=None, spread=None, spread_kind="")]) == []
    assert problems([replace(single, score=143 / 175, rounding=0.0)]) == []
    median = {"metric": "median of 5 runs"}
    assert problems([replace(rocket, n=5, score=143 / 175, rounding=0.0, differs=median)]) == []
    wrong = replace(rocket, n=5, score=143.2 / 175, rounding=0.0, differs=median)
    assert "no whole count" in problems([wrong])[0]


def test_the_numbers_of_test_rows_are_those_of_the_benchmarks():
    for name, benchmark in registry.load().benchmarks.items():
        fixed = benchmark.protocol.unit == "seed"
        fixed &= any(row.metric == "accuracy" for row in load(name))
        fixed |= benchmark.data.values.get("uci121") is not None  # its folds are of one size
        if fixed and load(name):
            assert TEST_ROWS[name] < benchmark.data.rows, name
        else:
            assert name not in TEST_ROWS, name


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
    used |= {splitter("KFold").source, "hyndman2021forecasting"}  # of benchmarks of one's own
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
        ({"metric": "log_likelihood", "score": -math.inf}, "impossible for log_likelihood"),
        ({"score": math.nan}, "impossible"),
        ({"score": 0.93391}, "more digits than a rounding of 5e-05 leaves"),
        ({"rounding": 0.005}, "more digits than a rounding of 0.005 leaves"),
        ({"rounding": -0.1}, "rounding -0.1 of score 0.9339 is impossible"),
        ({"differs": {"augmented_test": "flips"}}, "is none of no, mirror, mirror and shift"),
        ({"metric": "precision"}, "is none of accuracy"),
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
        ({"per_split": "unheard-of"}, "is none of mc-dropout-2018-boston, "),
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
    other = replace(twin, differs={"augmented_test": "mirror"})
    assert problems([good, other]) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "helped"),
    [
        (OTHER_REPEATS, "none", "you"),
        (OTHER_REPEATS, "on training rows", "you"),
        ("on training rows", OTHER_REPEATS, "paper"),
        (OTHER_REPEATS, "on test rows", "paper"),
        ("on test rows", OTHER_REPEATS, "you"),
        (OTHER_REPEATS, "not stated", None),
    ],
)
def test_tuning_on_rows_that_other_repeats_test_helps_less_than_on_test_rows(ours, theirs, helped):
    unlike = replace(row("concrete-mc-dropout-2018"), differs={"tuning": theirs})
    differing = departures(REG20, {"tuning": ours}, unlike)
    assert [one.field for one in differing] == ["tuning"]
    assert beneficiary(differing) == helped


def test_one_recipe_for_all_repeats_is_comparable_with_another_such_recipe():
    same = replace(row("concrete-mc-dropout-2018"), differs={"tuning": OTHER_REPEATS})
    assert departures(REG20, {"tuning": OTHER_REPEATS}, same) == []


def test_the_validator_refuses_levels_that_the_scores_contradict():
    card, grid = row("concrete-card"), row("concrete-mc-dropout-2018")
    assert problems([card, grid]) == []
    assert "beats" in problems([replace(card, level="world-class"), grid])[0]
    # an incomparable row cannot contradict; a gap within seed noise does not
    leaky = replace(grid, differs={"tuning": "on test rows"})
    assert problems([replace(card, level="world-class"), leaky]) == []
    close = replace(card, level="world-class", score=4.85)
    assert problems([close, grid]) == []
    # likelihoods pass zero, so what is noise is no share of them
    ensembles, best = (
        replace(row("kin8nm-deep-ensembles-log-likelihood"), score=score, level=level, rounding=0.0)
        for score, level in ((0.02, "good"), (0.0, "world-class"))
    )
    assert "beats" in problems([replace(ensembles, model="other"), best])[1]
    assert len(problems([replace(ensembles, id="other", model="other", score=0.009), best])) == 0
    floor = replace(row("cifar10-resnet-110"), id="floor", model="floor", level="floor", score=0.95)
    assert "floor (floor, 0.95) beats" in problems([floor, row("cifar10-resnet-110")])[0]
