"""results.json against numpy and scipy, generations, states; on synthetic records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import portfolio_synthetic as synthetic
import pytest
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from benchmarks.published import baselines
from portfolio.page.build import build
from portfolio.page.schema import schema
from runners import formatting
from runners.records.store import Runs
from runners.results.scoreboard import NO_SPREAD, scoreboard_rows
from runners.results.summary import collect, summarise
from runners.results.types import (
    BenchmarkResult,
    DataResult,
    EntryResult,
    ProtocolResult,
    PublishedScore,
    Results,
    VerdictResult,
)

VIEWS = "mirror and shift"
BENCHMARK_KEYS = [
    "name",
    "family",
    "task",
    "question",
    "metric",
    "protocol",
    "data",
    "status",
    "reason",
    "level",
    "entries",
    "baselines",
    "also",
    "deprecated",
    "deep_learning",
    "anchor",
    "summit",
    "rank",
    "skill",
]
ENTRY_KEYS = [
    "name",
    "kind",
    "headline",
    "floor",
    "score",
    "metrics",
    "seconds",
    "params",
    "run_id",
    "verdicts",
]
BASELINE_KEYS = [
    "id",
    "model",
    "metric",
    "score",
    "spread",
    "spread_kind",
    "n",
    "level",
    "citation",
    "url",
    "provenance",
]


def concrete(tmp_path: Path, scores: list[float], **other: Any) -> Runs:
    """Runs with one headline entry of these scores on twenty-split concrete."""
    runs = Runs(tmp_path / "runs")
    facts = synthetic.benchmark("uci/concrete")
    for repeat, score in enumerate(scores):
        synthetic.write(
            runs,
            synthetic.record(facts, "mlp", repeat, score, kind="keras", headline=True, **other),
        )
    return runs


def only(runs: Runs) -> dict[str, Any]:
    """The single benchmark of a summary."""
    (found,) = summarise(runs)["benchmarks"]
    return found


@pytest.fixture(scope="module")
def showcase(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return summarise(synthetic.showcase(tmp_path_factory.mktemp("showcase")))


def by_name(summary: dict[str, Any], name: str) -> dict[str, Any]:
    return next(b for b in summary["benchmarks"] if b["name"] == name)


def test_score_is_what_numpy_and_scipy_say(tmp_path: Path) -> None:
    values = [4.1, 5.2, 4.7, 4.4, 6.0]
    score = only(concrete(tmp_path, values))["entries"][0]["score"]
    assert score["mean"] == pytest.approx(np.mean(values))
    assert score["std"] == pytest.approx(np.std(values, ddof=1))
    expected = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    assert score["ci95"] == pytest.approx(expected)
    assert (score["n"], score["values"]) == (5, values)


def test_one_repeat_has_no_spread_and_no_interval(tmp_path: Path) -> None:
    score = only(concrete(tmp_path, [4.1]))["entries"][0]["score"]
    assert (score["mean"], score["std"], score["ci95"], score["n"]) == (4.1, None, None, 1)


def test_schema_keys_and_strict_json(showcase: dict[str, Any]) -> None:
    text = json.dumps(showcase, allow_nan=False)
    assert json.loads(text) == showcase
    assert showcase["schema"] == 2
    for benchmark in showcase["benchmarks"]:
        assert set(BENCHMARK_KEYS) <= benchmark.keys()
        for entry in benchmark["entries"]:
            assert set(ENTRY_KEYS) <= entry.keys()
            for verdict in entry["verdicts"]:
                assert {"baseline", "outcome", "why", "p", "difference"} <= verdict.keys()
                chances = [verdict[key] for key in ("p_worse", "p_same", "p_better")]
                assert chances == [None] * 3 or sum(chances) == pytest.approx(1)
        for baseline in benchmark["baselines"]:
            assert set(BASELINE_KEYS) <= baseline.keys()


def ranked(tmp_path: Path, ours: float, **facts: Any) -> dict[str, Any]:
    """Concrete with a headline of this mean and a trivial baseline of 16."""
    runs, benchmark = Runs(tmp_path / "runs"), synthetic.benchmark("uci/concrete", **facts)
    for repeat in range(20):
        noise = 0.01 * (repeat % 2)
        for name, score in (("mlp", ours), ("mean", 16.0)):
            headline = name == "mlp"
            entry = {"kind": "keras"} if headline else {"kind": "reference", "floor": True}
            written = synthetic.record(
                benchmark, name, repeat, score + noise, headline=headline, **entry
            )
            synthetic.write(runs, written)
    return only(runs)


def test_rank_and_skill_are_among_comparable_scores(tmp_path: Path) -> None:
    found = ranked(tmp_path, 5.0)
    headline = found["entries"][0]
    judged = {v["baseline"]: v for v in headline["verdicts"]}
    comparable = [
        row
        for row in found["baselines"]
        if row["metric"] == "rmse"
        and judged[row["id"]]["outcome"] != "not-comparable"
        and judged[row["id"]]["helped"] is None
    ]
    mean = headline["score"]["mean"]
    ahead = sum(row["score"] < mean for row in comparable)
    assert 0 < ahead < len(comparable)
    assert found["rank"] == {"place": ahead + 1, "of": len(comparable) + 1}
    best = min(comparable, key=lambda row: row["score"])
    assert found["strongest"] == best["id"]
    trivial = 16.005  # better than the published mean of the training targets
    expected = (trivial - mean) / (trivial - best["score"])
    low, high = headline["score"]["ci95"]
    assert found["skill"] == {
        "value": pytest.approx(expected),
        "ci95": pytest.approx([(trivial - end) / (trivial - best["score"]) for end in (high, low)]),
        "trivial": "mean",
        "best": best["id"],
    }
    row = scoreboard_rows({"benchmarks": [found]})[0]
    assert row.rank == f"{formatting.ordinal(ahead + 1)} of {len(comparable) + 1}"


def test_a_worse_score_has_less_skill_and_a_later_rank(tmp_path: Path) -> None:
    near, far = (ranked(tmp_path / str(score), score) for score in (4.0, 9.0))
    assert near["rank"]["place"] == 1
    assert near["skill"]["value"] > 1
    assert 0 < far["skill"]["value"] < near["skill"]["value"]
    assert far["rank"]["place"] > 1
    assert far["rank"]["of"] == near["rank"]["of"]


def test_anchor_and_summit_are_published_rows_or_nothing(tmp_path: Path) -> None:
    id = "concrete-mc-dropout-2018"
    found = ranked(tmp_path / "with", 5.0, anchor=id)
    assert found["anchor"] == id
    decides = {v["decides"]: v["baseline"] for v in found["entries"][0]["verdicts"]}
    assert found["summit"] == decides["world-class"]
    assert ranked(tmp_path / "unknown", 5.0, anchor="no-such-row")["anchor"] is None
    assert ranked(tmp_path / "without", 5.0)["anchor"] is None


def test_without_a_comparable_published_score_there_is_no_rank_and_no_skill(tmp_path: Path) -> None:
    found = ranked(tmp_path, 5.0, protocol=synthetic.protocol("MLM-CV"))
    assert (found["rank"], found["skill"], found["summit"]) == (None, None, None)
    assert scoreboard_rows({"benchmarks": [found]})[0].rank == ""


def test_a_coarse_score_is_the_strongest_only_where_something_is_shown(tmp_path: Path) -> None:
    """Concrete Dropout's 4.46 is rounded by 0.005, here the margin."""
    coarse = {"margin": 0.005}
    assert ranked(tmp_path / "fine", 4.46)["strongest"] == "concrete-concrete-dropout"
    assert ranked(tmp_path / "near", 4.46, **coarse)["strongest"] == "concrete-mc-dropout-2018"
    assert ranked(tmp_path / "behind", 9.0, **coarse)["strongest"] == "concrete-concrete-dropout"


def test_zero_scatter_is_not_called_inconclusive(tmp_path: Path) -> None:
    (row,) = scoreboard_rows(summarise(concrete(tmp_path, [5.0])))
    assert (row.outcome, row.verdict) == ("inconclusive", NO_SPREAD)
    assert "no spread to test" in row.why
    (row,) = scoreboard_rows(summarise(concrete(tmp_path / "two", [4.2, 4.9])))
    assert (row.outcome, row.verdict) == ("inconclusive", "inconclusive")


def test_results_are_of_their_types(tmp_path: Path) -> None:
    runs = synthetic.showcase(tmp_path / "runs")
    build(runs.root, tmp_path / "site")
    results = (tmp_path / "site/results.json").read_bytes()
    TypeAdapter(Results).validate_json(results, strict=True)
    broken = json.loads(results)
    broken["benchmarks"][0]["entries"][0]["verdicts"][0]["outcome"] = "superb"
    with pytest.raises(ValidationError, match="outcome"):
        TypeAdapter(Results).validate_python(broken)


def test_every_key_has_its_type(showcase: dict[str, Any]) -> None:
    """A key without a type would pass pydantic, which takes what it does not know."""

    def unknown(value: dict[str, Any], of: Any, keys: set[str]) -> set[str]:
        return {f"{of.__name__}.{key}" for key in value.keys() - of.__annotations__} | keys

    keys = unknown(showcase, Results, set())
    for benchmark in showcase["benchmarks"]:
        keys = unknown(benchmark, BenchmarkResult, keys)
        for entry in benchmark["entries"]:
            keys = unknown(entry, EntryResult, keys)
            for verdict in entry["verdicts"]:
                keys = unknown(verdict, VerdictResult, keys)
        for published in benchmark["baselines"]:
            keys = unknown(published, PublishedScore, keys)
        if benchmark["data"]:
            keys = unknown(benchmark["data"], DataResult, keys)
        if benchmark["protocol"]:
            keys = unknown(benchmark["protocol"], ProtocolResult, keys)
    assert keys == set()


def test_the_schema_is_that_of_the_types(tmp_path: Path) -> None:
    build(tmp_path / "runs", tmp_path / "site")
    published = (tmp_path / "site/results.schema.json").read_text(encoding="utf-8")
    assert published == schema(), "run `python -m portfolio.page.schema`"
    parts = json.loads(published)
    assert parts["$ref"] == "#/$defs/Results"
    described = [
        field.get("description")
        for name, part in parts["$defs"].items()
        for field in part.get("properties", {}).values()
    ]
    assert len(described) > 150
    assert all(described), "every field has a docstring"


def test_newest_generation_wins_and_older_stays_on_disk(tmp_path: Path) -> None:
    runs = concrete(tmp_path, [9.0, 9.1, 9.2], recipe="old", finished="2026-11-20T23:59:59+00:00")
    concrete(tmp_path, [4.0, 4.1], recipe="new", finished="2026-11-21T01:30:00+02:00")
    assert only(runs)["entries"][0]["score"]["values"] == [9.0, 9.1, 9.2]  # 23:30 UTC is earlier
    concrete(tmp_path, [4.0, 4.1], recipe="newer", finished="2026-11-21T01:30:00+00:00")
    entry = only(runs)["entries"][0]
    assert (entry["score"]["values"], entry["recipe"]) == ([4.0, 4.1], "newer")
    assert len(list(runs.read())) == 7


def test_a_repeat_trained_in_two_stacks_counts_once(tmp_path: Path) -> None:
    runs = concrete(tmp_path, [4.0, 5.0], group=[0, 1])
    facts = synthetic.benchmark("uci/concrete")
    late = "2026-11-21T12:00:00+00:00"
    again = synthetic.record(facts, "mlp", 1, 4.5, finished=late, kind="keras", headline=True)
    synthetic.write(runs, again)
    assert only(runs)["entries"][0]["score"]["values"] == [4.0, 4.5]


def test_trials_trained_together_share_one_clock(tmp_path: Path) -> None:
    stacked = concrete(tmp_path / "stack", [4.0, 4.1, 4.2], group=[0, 1, 2], seconds=6.0)
    single = concrete(tmp_path / "single", [4.0, 4.1, 4.2], seconds=6.0)
    assert only(stacked)["entries"][0]["seconds"] == 6.0
    assert only(single)["entries"][0]["seconds"] == 18.0


def test_verdict_against_a_published_score_is_welch_with_overlap(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    values = [float(v) for v in random.normal(2.5, 0.3, 20)]
    benchmark = only(concrete(tmp_path, values))
    row = next(r for r in baselines.load("uci/concrete") if r.id == "concrete-mc-dropout-2018")
    verdict = next(v for v in benchmark["entries"][0]["verdicts"] if v["baseline"] == row.id)
    assert verdict["outcome"] == "better"
    assert verdict["difference"] == pytest.approx(np.mean(values) - row.score)
    assert benchmark["strongest"] == next(
        b["id"] for b in benchmark["baselines"] if b["level"] != "floor" and not b["differs"]
    )


def test_level_needs_the_floor(showcase: dict[str, Any], tmp_path: Path) -> None:
    concrete_ = by_name(showcase, "uci/concrete")
    floors = {v["baseline"] for v in concrete_["entries"][0]["verdicts"]}
    assert "mean" in floors
    assert concrete_["level"] in ("result", "good", "world-class")
    italy = only_sunspots(tmp_path)
    assert (italy["level"], italy["strongest"]) == ("none", None)


def only_sunspots(tmp_path: Path) -> dict[str, Any]:
    """A network worse than persistence: no level, and nothing published to compare with."""
    runs = Runs(tmp_path / "runs")
    facts = synthetic.benchmark(
        "timeseries/sunspots-yearly", protocol=synthetic.protocol("SUNSPOT-1921")
    )
    worse = {"kind": "keras", "headline": True}
    synthetic.entries(
        runs, facts, {"persistence": (20.0, 0.0, {"floor": True}), "gru": (25.0, 0.5, worse)}, 5
    )
    return only(runs)


def test_states_are_told_apart_with_their_reasons(showcase: dict[str, Any]) -> None:
    states = {b["name"]: b["status"] for b in showcase["benchmarks"]}
    assert states == {
        "cifar/cifar10": "partial",
        "timeseries/italy-power-demand": "done",
        "timeseries/sunspots-yearly": "done",
        "uci/abalone": "skipped",
        "uci/concrete": "done",
        "uci/digits": "failed",
        "uci/wine": "done",
    }
    assert "out of memory" in by_name(showcase, "cifar/cifar10")["reason"]
    assert "2 of 5 repeats" in by_name(showcase, "cifar/cifar10")["reason"]
    assert "NaN" in by_name(showcase, "uci/digits")["reason"]
    assert "import" in by_name(showcase, "uci/abalone")["remedy"]
    assert by_name(showcase, "uci/concrete")["reason"] is None


def test_a_skipped_benchmark_with_records_keeps_its_scores(tmp_path: Path) -> None:
    runs = concrete(tmp_path, [4.5] * 20)
    (runs.root / "skipped.json").write_text('{"uci/concrete": {"reason": "host down"}}')
    found = only(runs)
    assert (found["status"], found["entries"][0]["score"]["n"]) == ("done", 20)


def test_run_ids_come_from_mlflow_json(tmp_path: Path) -> None:
    runs = concrete(tmp_path, [4.5, 4.6])
    content = {"tracking_uri": "http://127.0.0.1:5001", "entries": {"uci/concrete/mlp": "abc123"}}
    (runs.root / "mlflow.json").write_text(json.dumps(content))
    assert only(runs)["entries"][0]["run_id"] == "abc123"


@pytest.mark.parametrize("content", ["{", "[1]", '"x"', "\xff"])
def test_an_unreadable_side_file_is_noted_not_fatal(tmp_path: Path, content: str) -> None:
    runs = concrete(tmp_path, [4.5])
    for name in ("mlflow.json", "skipped.json"):
        (runs.root / name).write_bytes(content.encode("latin-1"))
    summary = summarise(runs)
    assert len(summary["benchmarks"]) == 1
    assert sum("left out" in note for note in summary["notes"]) == 2


def test_scores_on_other_data_are_marked_and_never_a_floor(tmp_path: Path) -> None:
    runs = concrete(tmp_path, [4.5, 4.6, 4.4])
    facts = synthetic.benchmark("uci/concrete")
    for repeat in range(3):
        other = {"digest": "sha256:other"}
        synthetic.write(runs, synthetic.record(facts, "mean", repeat, 16.0, data=other, floor=True))
    headline, floor = only(runs)["entries"]
    assert "other data" in floor["note"]
    assert headline["note"] is None
    assert "mean" not in {v["baseline"] for v in headline["verdicts"]}


def test_scoreboard_rows_say_what_the_page_says(showcase: dict[str, Any]) -> None:
    rows = {row.benchmark: row for row in scoreboard_rows(showcase)}
    concrete_ = rows["uci/concrete"]
    assert concrete_.spread_kind == "std over 20 splits"
    assert concrete_.score.endswith("MPa")
    assert concrete_.published == "4.46\u00a0±\u00a00.16\u202fMPa"
    assert "2017" in str(concrete_.citation)
    assert rows["timeseries/sunspots-yearly"].verdict == "none published"
    assert rows["uci/abalone"].n == 0
    assert rows["uci/abalone"].score == "—"


def test_the_interval_of_the_test_items_is_a_second_fact(showcase: dict[str, Any]) -> None:
    italy = by_name(showcase, "timeseries/italy-power-demand")
    for entry in italy["entries"]:
        found, mean = entry["test_sampling"], entry["score"]["mean"]
        assert (found["items"], found["right"]) == (1029, pytest.approx(1029 * mean))
        low, high = found["ci95"]
        right = int(1029 * mean + 1e-6)
        assert low == pytest.approx(stats.beta.ppf(0.025, right, 1030 - right))
        assert low < mean < high
    floor = next(e for e in italy["entries"] if e["floor"])
    assert floor["score"]["ci95"] == [pytest.approx(0.499)] * 2  # no seed moves it
    for other in ("uci/concrete", "uci/wine", "timeseries/sunspots-yearly"):
        assert {e["test_sampling"] for e in by_name(showcase, other)["entries"]} == {None}


def test_several_published_scores_are_beaten_only_after_holm(showcase: dict[str, Any]) -> None:
    for benchmark in showcase["benchmarks"]:
        headline = next((e for e in benchmark["entries"] if e["headline"]), {"verdicts": []})
        verdicts = {v["baseline"]: v for v in headline["verdicts"]}
        metric = (benchmark["metric"] or {}).get("name")
        rows = {b["id"]: b for b in benchmark["baselines"] if b["metric"] == metric}
        for level, family in benchmark["better_than_any"].items():
            comparable = [
                id
                for id, row in rows.items()
                if row["level"] == level and not verdicts[id]["helped"]
                if verdicts[id]["outcome"] != "not-comparable"
            ]
            assert family["of"] == len(comparable)
            for one in family["better"]:
                assert verdicts[one["baseline"]]["outcome"] == "better"
                assert verdicts[one["baseline"]]["p"] <= one["p"] < 0.05
                assert rows[one["baseline"]]["model"] in family["statement"]
    families = by_name(showcase, "uci/concrete")["better_than_any"]
    assert families["floor"]["statement"].startswith("Better than the only comparable score")
    assert families["classical"]["of"] == 1
    assert "Holm's correction for 5 comparisons" in families["good"]["statement"]
    assert "only comparable score of level world-class" in families["world-class"]["statement"]


def test_a_verdict_says_which_level_it_decides(showcase: dict[str, Any]) -> None:
    headline = by_name(showcase, "uci/concrete")["entries"][0]
    decided = {v["baseline"]: v["decides"] for v in headline["verdicts"] if v["decides"]}
    assert decided == {
        "concrete-concrete-dropout": "world-class",
        "concrete-mc-dropout-2018": "good",
        "concrete-mean": "result",
        "mean": "result",
    }


def test_a_score_obtained_with_help_is_beaten_but_decides_nothing(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    found = only(concrete(tmp_path, [float(v) for v in random.normal(2.5, 0.3, 20)]))
    verdicts = {v["baseline"]: v for v in found["entries"][0]["verdicts"]}
    helped = verdicts["concrete-mc-dropout-2016-2-layers"]
    assert (helped["outcome"], helped["helped"], helped["decides"]) == ("better", "paper", None)
    assert "tuned on test rows, which can only have helped it" in helped["why"]
    assert found["strongest"] == "concrete-concrete-dropout"
    lost = only(concrete(tmp_path / "lost", [float(v) for v in random.normal(9.5, 0.3, 20)]))
    verdicts = {v["baseline"]: v for v in lost["entries"][0]["verdicts"]}
    assert verdicts["concrete-mc-dropout-2016-2-layers"]["outcome"] == "not-comparable"


def test_a_score_without_views_is_met_with_the_single_view(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    facts = synthetic.benchmark(
        "cifar/cifar10",
        anchor="cifar10-resnet-20",
        task="classification",
        metric={"name": "accuracy", "unit": "fraction", "direction": "max"},
        protocol=synthetic.protocol("CIFAR-STD"),
        margin=0.003,
    )
    averages = {"kind": "keras", "headline": True, "protocol": {"augmented_test": VIEWS}}
    scores = [(0.9300, 0.9402), (0.9310, 0.9410), (0.9306, 0.9406)]
    for repeat, (single, six) in enumerate(scores):
        also = {"accuracy_single_view": single}
        record = synthetic.record(facts, "speedrun", repeat, six, also=also, **averages)
        synthetic.write(runs, record)
    found = only(runs)
    verdicts = {v["baseline"]: v for v in found["entries"][0]["verdicts"]}
    alone, averaged = verdicts["cifar10-resnet-20"], verdicts["cifar10-airbench94-muon"]
    assert (alone["by_single_view"], averaged["by_single_view"]) == (True, False)
    assert alone["difference"] == pytest.approx(np.mean([s for s, _ in scores]) - 0.9125)
    assert averaged["difference"] == pytest.approx(np.mean([s for _, s in scores]) - 0.9401)
    assert alone["why"].startswith("Compared by single views of the test images, as theirs is. ")
    assert (alone["helped"], averaged["helped"]) == (None, None)
    build(runs.root, tmp_path / "site")
    assert "single view: 93.1" in (tmp_path / "site/cifar/cifar10.html").read_text()


def test_a_definition_lends_its_words_and_drops_what_it_no_longer_has(tmp_path):
    from benchmarks import registry

    definition = registry.load().benchmarks["uci/wine"]
    runs = Runs(tmp_path / "runs")
    for entry in (definition.headline.name, "gone"):
        facts = synthetic.benchmark("uci/wine", question="an older wording")
        synthetic.write(runs, synthetic.record(facts, entry, 0, 0.9))
    runs.write_failure("uci/wine", "gone too", {"benchmark": "uci/wine", "entry": "gone too"})
    definitions = {"uci/wine": definition}
    assert list(collect(runs, definitions)["uci/wine"]) == [definition.headline.name]
    (found,) = summarise(runs, definitions=definitions)["benchmarks"]
    assert found["question"] == definition.question
    assert found["failures"] == []


def measured(tmp_path: Path, nats: float | None, **facts: Any) -> dict[str, Any]:
    """Concrete by one network, also scored by log-likelihood around `nats`."""
    runs = Runs(tmp_path / "runs")
    random = np.random.default_rng(5)
    about = synthetic.benchmark("uci/concrete", **{"also": [synthetic.LOG_LIKELIHOOD]} | facts)
    for repeat, noise in enumerate(random.normal(0, 0.1, 20)):
        also = {} if nats is None else {"log_likelihood": nats + float(noise)}
        score = 4.5 + float(noise)
        synthetic.write(
            runs,
            synthetic.record(about, "mlp", repeat, score, also=also, kind="keras", headline=True),
            synthetic.record(about, "mean", repeat, 16 + float(noise), floor=True),
        )
    return only(runs)


def test_another_metric_is_judged_against_its_own_published_scores_alone(tmp_path: Path) -> None:
    found = measured(tmp_path, -2.5)
    rows = {b["id"]: b for b in found["baselines"]}
    headline, floor = found["entries"]
    assert {rows[v["baseline"]]["metric"] for v in headline["verdicts"][:-1]} == {"rmse"}
    assert headline["verdicts"][-1]["baseline"] == "mean"
    score = headline["metrics"]["log_likelihood"]
    assert {rows[v["baseline"]]["metric"] for v in score["verdicts"]} == {"log_likelihood"}
    assert {v["decides"] for v in score["verdicts"]} == {None}
    assert score["mean"] == pytest.approx(np.mean(score["values"]))
    assert score["std"] == pytest.approx(np.std(score["values"], ddof=1))
    expected = stats.t.interval(0.95, 19, score["mean"], score["std"] / np.sqrt(20))
    assert score["ci95"] == pytest.approx(expected)
    assert floor["metrics"] == {}
    metrics = [b["metric"] for b in found["baselines"]]
    assert metrics == sorted(metrics, reverse=True)  # rmse first
    assert len(set(metrics)) == 2


def test_a_verdict_on_log_likelihood_is_welchs_and_larger_is_better(tmp_path: Path) -> None:
    found = measured(tmp_path, -2.5)["entries"][0]["metrics"]["log_likelihood"]
    id = "concrete-mc-dropout-2018-log-likelihood"
    verdict = next(v for v in found["verdicts"] if v["baseline"] == id)
    row = next(r for r in baselines.load("uci/concrete") if r.id == id)
    assert verdict["outcome"] == verdict["in_general"]["outcome"] == "better"
    assert verdict["difference"] == pytest.approx(found["mean"] - row.score)
    df = (found["std"] ** 2 + row.deviation**2) ** 2 / (found["std"] ** 4 + row.deviation**4) * 19
    for share, p in ((1 / 20, verdict["p"]), (1 / 20 + 103 / 927, verdict["in_general"]["p"])):
        error = np.sqrt((found["std"] ** 2 + row.deviation**2) * share)
        assert p == pytest.approx(2 * stats.t.sf(verdict["difference"] / error, df))
    assert found["strongest"] == id  # the best among those obtained under the same protocol
    worse = measured(tmp_path / "worse", -3.9)["entries"][0]["metrics"]["log_likelihood"]
    assert {v["outcome"] for v in worse["verdicts"] if v["baseline"] == id} == {"worse"}


def test_log_likelihood_decides_neither_level_nor_what_is_strongest(tmp_path: Path) -> None:
    without = measured(tmp_path / "without", None, also=[])
    for name, nats in (("good", -1.0), ("bad", -9.0)):
        found = measured(tmp_path / name, nats)
        for key in ("level", "level_why", "strongest", "better_than_any", "deep_learning"):
            assert found[key] == without[key], key
        assert found["entries"][0]["verdicts"] == without["entries"][0]["verdicts"]
    assert {b["metric"] for b in without["baselines"]} == {"rmse"}


def test_old_records_without_other_metrics_are_as_good(tmp_path: Path) -> None:
    found = only(concrete(tmp_path, [4.5, 4.6]))
    assert (found["also"], found["deprecated"], found["entries"][0]["metrics"]) == ([], None, {})


def test_on_another_copy_of_the_data_other_metrics_are_not_comparable(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    facts = synthetic.benchmark("uci/concrete", also=[synthetic.LOG_LIKELIHOOD])
    data = {"deviations": [{"what": "rounded", "bound": 0.01}]}
    for repeat in range(3):
        also = {"log_likelihood": -2.0 + 0.1 * repeat}
        one = synthetic.record(facts, "mlp", repeat, 4.5, also=also, data=data, headline=True)
        synthetic.write(runs, one)
    score = only(runs)["entries"][0]["metrics"]["log_likelihood"]
    assert {v["outcome"] for v in score["verdicts"]} == {"not-comparable"}
    assert (score["strongest"], score["n"]) == (None, 3)


def learned(
    tmp_path: Path, scores: dict[str, tuple[np.ndarray, dict[str, Any]]], **facts: Any
) -> Any:
    """The gain over the best baseline, by scores and the keywords of `record`."""
    runs = Runs(tmp_path / "runs")
    about = synthetic.benchmark("uci/concrete", **facts)
    for name, (values, other) in scores.items():
        for repeat, value in enumerate(values):
            synthetic.write(runs, synthetic.record(about, name, repeat, float(value), **other))
    found = only(runs)["deep_learning"]
    keys = {"reference", "difference", "p", "outcome", "in_general", "why"}
    assert found is None or found.keys() == keys
    return found


MLP: dict[str, Any] = {"kind": "keras", "headline": True}
NOISE = np.random.default_rng(11).standard_normal(20)
SEEDS = {"protocol": synthetic.protocol("SUNSPOT-1921"), "margin": 1.0}


def test_the_gain_is_paired_with_the_best_baseline(tmp_path: Path) -> None:
    better, worse = 5 + 0.5 * NOISE[::-1], 9 + 0.1 * NOISE
    ours = better - 1 + 0.2 * NOISE
    found = learned(
        tmp_path,
        {"linear": (worse, {}), "boosting": (better, {}), "mlp": (ours, MLP)},
    )
    gaps = ours - better
    error = np.sqrt(gaps.var(ddof=1) * (1 / 20 + 103 / 927))
    assert (found["reference"], found["outcome"]) == ("boosting", "better")
    assert found["difference"] == pytest.approx(gaps.mean())
    assert found["p"] == pytest.approx(stats.ttest_rel(ours, better).pvalue)
    general = found["in_general"]
    assert general["outcome"] == "better"
    assert general["p"] == pytest.approx(2 * stats.t.sf(abs(gaps.mean()) / error, 19))
    assert "In general, on splits drawn anew: better" in found["why"]
    assert "the best of 2 baselines" in found["why"]


@pytest.mark.parametrize(
    ("moved", "noise", "outcome"),
    [(-1, 0.1, "better"), (1, 0.1, "worse"), (0, 0.1, "reproduced"), (0.1, 3, "inconclusive")],
)
def test_every_outcome_of_deep_learning(
    tmp_path: Path, moved: float, noise: float, outcome: str
) -> None:
    theirs = 5 + NOISE
    ours = theirs + moved + noise * NOISE[::-1]
    found = learned(tmp_path, {"boosting": (theirs, {}), "mlp": (ours, MLP)})
    assert found["outcome"] == outcome
    up = {"metric": synthetic.ACCURACY, "margin": 0.0025, "protocol": synthetic.protocol("MLM-CV")}
    found = learned(
        tmp_path / "up",
        {"boosting": (1 - theirs / 100, {}), "mlp": (1 - ours / 100, MLP)},
        **up,
    )
    assert found["outcome"] == outcome


def test_over_seeds_it_is_welchs_test(tmp_path: Path) -> None:
    ours, theirs = 14 + NOISE[:5], 17 + 2 * NOISE[5:10]
    found = learned(tmp_path, {"boosting": (theirs, {}), "gru": (ours, MLP)}, **SEEDS)
    expected = stats.ttest_ind(ours, theirs, equal_var=False)
    assert expected.pvalue > 0.05
    one_sided = stats.ttest_ind(ours - 1, theirs, equal_var=False, alternative="less").pvalue
    assert (found["outcome"], found["p"]) == ("at-least-as-good", pytest.approx(one_sided))
    clear = learned(tmp_path / "clear", {"boosting": (theirs, {}), "gru": (ours - 5, MLP)}, **SEEDS)
    expected = stats.ttest_ind(ours - 5, theirs, equal_var=False)
    assert (clear["outcome"], clear["p"]) == ("better", pytest.approx(expected.pvalue))
    swapped = learned(
        tmp_path / "swapped", {"boosting": (theirs[::-1], {}), "gru": (ours, MLP)}, **SEEDS
    )
    assert swapped["p"] == found["p"]  # seeds of two entries have nothing in common


def test_over_seeds_a_rule_without_chance_is_an_exact_number(tmp_path: Path) -> None:
    ours = 14 + NOISE[:5]
    found = learned(tmp_path, {"linear": (np.full(5, 16.5), {}), "gru": (ours, MLP)}, **SEEDS)
    assert found["p"] == pytest.approx(stats.ttest_1samp(ours, 16.5).pvalue)
    assert found["in_general"] is None
    one = learned(tmp_path / "one", {"linear": (np.array([16.5]), {}), "gru": (ours, MLP)}, **SEEDS)
    assert one["p"] > found["p"]  # a single score of a reference may be a draw


def test_one_repeat_or_an_accident_proves_nothing(tmp_path: Path) -> None:
    one = {"boosting": (np.array([5.0]), {}), "mlp": (np.array([3.0]), MLP)}
    found = learned(tmp_path, one)
    assert (found["outcome"], found["p"], found["difference"]) == ("inconclusive", None, -2.0)
    same = {"boosting": (np.array([5.0, 6.0]), {}), "mlp": (np.array([3.0, 4.0]), MLP)}
    found = learned(tmp_path / "same", same)
    assert (found["outcome"], found["p"]) == ("inconclusive", None)
    assert "nothing says how much is chance" in found["why"]


def test_only_repeats_both_have_count(tmp_path: Path) -> None:
    theirs = 5 + NOISE
    theirs[10:] = 0.1  # repeats the network lacks
    ours = 4 + NOISE[:10] + 0.1 * NOISE[10:]
    found = learned(tmp_path, {"boosting": (theirs, {}), "mlp": (ours, MLP)})
    assert found["difference"] == pytest.approx(np.mean(ours - theirs[:10]))
    assert "over 10 splits" in found["why"]


@pytest.mark.parametrize(
    "scores",
    [
        {"mlp": (NOISE, MLP)},
        {"boosting": (NOISE, {"headline": True}), "linear": (NOISE, {})},
        {"boosting": (NOISE, {}), "mlp": (NOISE, {"kind": "keras"})},
        {"boosting": (NOISE, {"data": {"digest": "sha256:other"}}), "mlp": (NOISE, MLP)},
    ],
    ids=["no reference", "no network", "no headline", "other data"],
)
def test_nothing_is_said_where_there_is_nothing_to_compare(tmp_path: Path, scores: Any) -> None:
    assert learned(tmp_path, scores) is None


def several_seeds(tmp_path: Path, missing: int = 0) -> tuple[Runs, np.ndarray]:
    """A network with three seeds on each of 20 splits, as (seeds, splits), beside two baselines."""
    runs, random = Runs(tmp_path / "runs"), np.random.default_rng(5)
    facts = synthetic.benchmark("uci/concrete", protocol=synthetic.protocol("REG20", seeds=3))
    scores = 4.8 + 0.5 * random.standard_normal(20) + 0.2 * random.standard_normal((3, 20))
    for repeat, score in enumerate(scores.ravel()[: 60 - missing]):
        synthetic.write(runs, synthetic.record(facts, "mlp", repeat, float(score), **MLP))
    for repeat in range(20):
        synthetic.write(runs, synthetic.record(facts, "mean", repeat, 16.0 + repeat, floor=True))
        synthetic.write(runs, synthetic.record(facts, "boosting", repeat, 3.0 + 0.1 * repeat))
    return runs, scores


def test_several_seeds_of_a_split_count_as_one_score(tmp_path: Path) -> None:
    runs, scores = several_seeds(tmp_path)
    benchmark = only(runs)
    entry = benchmark["entries"][0]
    score, by_split = entry["score"], scores.mean(axis=0)
    assert (score["n"], score["seeds"], score["seeded"]) == (20, 3, 20)
    assert score["values"] == pytest.approx(by_split)
    assert score["splits"] == list(range(20))
    assert score["mean"] == pytest.approx(scores.mean())
    assert score["std"] == pytest.approx(by_split.std(ddof=1))
    assert score["seed_std"] == pytest.approx(np.sqrt(scores.var(axis=0, ddof=1).mean()))
    assert (len(entry["repeats"]), entry["missing"], benchmark["status"]) == (60, 0, "done")
    assert all(e["missing"] == 0 for e in benchmark["entries"])
    assert benchmark["protocol"]["seeds"] == 3
    pbp = next(v for v in entry["verdicts"] if v["baseline"] == "concrete-pbp")
    assert (pbp["test"], pbp["outcome"], pbp["scope"]) == ("seeds", "better", "on these rows")
    assert benchmark["history"][0]["score"]["n"] == 20
    assert "3 seeds each" in pbp["why"]
    rows = np.array([3.0 + 0.1 * repeat for repeat in range(20)])
    paired = stats.ttest_rel(by_split, rows).pvalue
    assert benchmark["deep_learning"]["p"] == pytest.approx(paired)


def test_a_seed_that_is_missing_is_a_missing_training(tmp_path: Path) -> None:
    benchmark = only(several_seeds(tmp_path, missing=3)[0])
    entry = benchmark["entries"][0]
    assert (entry["score"]["n"], entry["missing"], benchmark["status"]) == (20, 3, "partial")
    assert benchmark["history"] == []


def test_every_comparable_verdict_has_our_rank_and_every_benchmark_a_claim(tmp_path: Path) -> None:
    results = summarise(several_seeds(tmp_path)[0])
    (benchmark,) = results["benchmarks"]
    entry = next(entry for entry in benchmark["entries"] if entry["headline"])
    scores = [row for row in benchmark["baselines"] if row["metric"] == "rmse"]
    equal = [v for v in entry["verdicts"] if v["outcome"] != "not-comparable" and not v["helped"]]
    ranked = [v for v in equal if v["baseline"] in {row["id"] for row in scores}]
    known = {v["baseline"] for v in ranked}
    ahead = [r for r in scores if r["id"] in known and r["score"] < entry["score"]["mean"]]
    assert {tuple(v["rank"].items()) for v in ranked if v["rank"]} == {
        (("place", len(ahead) + 1), ("of", len(known) + 1))
    }
    assert all(v["rank"] is None for v in entry["verdicts"] if v not in ranked)
    assert benchmark["rank"] == ranked[0]["rank"]
    assert "on these rows: RMSE 4.67" in benchmark["claim"]
    assert results["claim"].endswith("of the way from a trivial baseline to it.")
    assert results["achieved"]["median_skill"] == benchmark["skill"]["value"]


def test_a_benchmark_without_a_comparable_score_claims_none(tmp_path: Path) -> None:
    only_sunspots(tmp_path / "none")
    (benchmark,) = summarise(Runs(tmp_path / "none" / "runs"))["benchmarks"]
    assert "no published score can be compared with it" in benchmark["claim"]


def test_of_several_headlines_the_one_of_the_widest_suite_speaks(tmp_path: Path) -> None:
    runs, facts = Runs(tmp_path / "runs"), synthetic.benchmark("uci/concrete")
    for place, (name, suite) in enumerate(
        {"small": "quick", "large": "standard", "mean": "full"}.items()
    ):
        spoken = only(runs)["entries"] if place else []
        about = {"headline": name != "mean", "kind": "keras", "suite": suite}
        for repeat in range(2):
            score = 4.5 - place + 0.1 * repeat
            synthetic.write(runs, synthetic.record(facts, name, repeat, score, **about))
        names = [entry["name"] for entry in only(runs)["entries"] if entry["headline"]]
        assert names == [("small", "large", "large")[place]]
        assert only(runs)["entries"][0]["headline"]
        assert len(only(runs)["entries"]) == len(spoken) + 1
    (row,) = scoreboard_rows(summarise(runs))
    assert row.entry == "large"
