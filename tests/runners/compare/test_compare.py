"""Comparing two sets of runs: the test, the words, the exit code, and where scores come from."""

from __future__ import annotations

import io
import json
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import portfolio_synthetic as synthetic
import pytest
from conftest import Finished, Place, workshop
from scipy import stats

from benchmarks import registry
from benchmarks.data import Loaded, Store, load_all
from benchmarks.registry import UnknownNameError
from runners.__main__ import main
from runners.compare.scores import Row, compare, differences, read
from runners.execution.plan import entries_of
from runners.records.store import Runs

CONCRETE = synthetic.benchmark("uci/concrete")
"""20 splits, RMSE in MPa, margin 0.25; 103 test and 927 training rows."""
DIGITS = synthetic.benchmark(
    "uci/digits", metric=synthetic.ACCURACY, protocol=synthetic.protocol("MLM-CV"), margin=0.005
)
SUNSPOTS = synthetic.benchmark(
    "timeseries/sunspots-yearly", protocol=synthetic.protocol("SUNSPOT-1921"), margin=1.0
)
NOISE = np.random.default_rng(5).standard_normal(20)

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write scores by entry into a runs folder and return its name."""

    def into(
        folder: str,
        scores: Mapping[str, Sequence[float]],
        facts: dict[str, Any] = CONCRETE,
        rows: Sequence[int] | None = None,
        change: Callable[[dict[str, Any]], object] = lambda record: None,
        **other: Any,
    ) -> str:
        runs = Runs(tmp_path / folder)
        for entry, values in scores.items():
            for repeat, value in enumerate(values):
                record = synthetic.record(facts, entry, repeat, float(value), **other)
                change(record)
                runs.write(record, b"" if rows is None else packed(rows))
        return str(runs.root)

    return into


def packed(rows: Sequence[int]) -> bytes:
    """Predictions as a worker packs them."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, rows=np.array(rows), prediction=np.zeros(len(rows), np.float32))
    return buffer.getvalue()


def compared(a: str, b: str) -> dict[str, Row]:
    none = Path(a)
    return {row.entry: row for row in compare(read(a, none), read(b, none))}


def exit_code(a: str, b: str) -> int:
    return main(["compare", a, b, "--runs", a])


def test_equal_scores_are_the_same_to_the_bit(write: Write) -> None:
    a, b = (write(side, {"mlp": 5 + NOISE}) for side in "ab")
    row = compared(a, b)["mlp"]
    assert (row.outcome, row.why, row.difference, row.p) == ("same", "to the bit", 0.0, 1.0)
    assert exit_code(a, b) == 0


@pytest.mark.parametrize(
    ("facts", "moved", "outcome", "code"),
    [
        (CONCRETE, 1.0, "worse", 1),
        (CONCRETE, -1.0, "better", 0),
        (DIGITS, 0.1, "better", 0),
        (DIGITS, -0.1, "worse", 1),
    ],
)
def test_a_loss_is_in_the_direction_of_the_metric(
    write: Write, facts: dict[str, Any], moved: float, outcome: str, code: int
) -> None:
    before = 0.5 + 0.01 * NOISE
    a = write("a", {"mlp": before}, facts)
    b = write("b", {"mlp": before + moved + 0.01 * NOISE[::-1]}, facts)
    assert compared(a, b)["mlp"].outcome == outcome
    assert exit_code(a, b) == code


def test_p_values_are_nadeau_and_bengios_over_splits_corrected_by_holm(write: Write) -> None:
    before = {"one": 5 + NOISE, "two": 6 + NOISE, "three": 7 + NOISE}
    shift = {"one": 0.3, "two": 0.2, "three": 0.0}
    after = {
        name: values + shift[name] + 0.2 * np.roll(NOISE, 3 * place + 1)
        for place, (name, values) in enumerate(before.items())
    }
    found = compared(write("a", before), write("b", after))
    raw = {}
    for name in before:
        moved = after[name] - before[name]
        error = np.sqrt(moved.var(ddof=1) * (1 / 20 + 103 / 927))
        raw[name] = 2 * stats.t.sf(abs(moved.mean()) / error, 19)
        assert found[name].difference == pytest.approx(moved.mean())
    smallest, middle, largest = sorted(raw, key=lambda name: raw[name])
    assert found[smallest].p == pytest.approx(3 * raw[smallest])
    assert found[middle].p == pytest.approx(max(2 * raw[middle], 3 * raw[smallest]))
    assert found[largest].p == pytest.approx(max(raw[largest], found[middle].p or 0))


def test_over_seeds_on_fixed_rows_it_is_students_paired_test(write: Write) -> None:
    before, after = 14 + NOISE[:5], 15 + NOISE[10:15]
    a, b = write("a", {"gru": before}, SUNSPOTS), write("b", {"gru": after}, SUNSPOTS)
    assert compared(a, b)["gru"].p == pytest.approx(stats.ttest_rel(after, before).pvalue)


def test_holm_keeps_what_alone_would_be_a_loss_from_failing_the_build(write: Write) -> None:
    """One of ten entries with p = 0.02 is what chance gives."""
    before, moved = 14 + NOISE[:5], np.array([0.1, 0.5, 0.2, 0.7, 0.3])
    assert 0.01 < stats.ttest_1samp(moved, 0).pvalue < 0.05
    others = {f"other-{i}": 14 + NOISE[i : i + 5] for i in range(9)}
    a = write("a", {"gru": before, **others}, SUNSPOTS)
    b = write("b", {"gru": before + moved, **others}, SUNSPOTS)
    alone = write("alone", {"gru": before + moved}, SUNSPOTS)
    assert exit_code(a, b) == 0
    assert exit_code(a, alone) == 1


def test_equivalence_within_the_margin_is_the_same_and_noise_is_unclear(write: Write) -> None:
    before = {"narrow": 5 + NOISE, "wide": 5 + NOISE}
    after = {"narrow": 5 + NOISE + 0.02 * NOISE[::-1], "wide": 5 + NOISE + 2 * NOISE[::-1]}
    a, b = write("a", before), write("b", after)
    found = compared(a, b)
    assert (found["narrow"].outcome, found["narrow"].why) == ("same", "within 0.25 MPa")
    assert found["wide"].outcome == "unclear"
    assert exit_code(a, b) == 0


def test_a_significant_loss_within_the_margin_is_a_loss_that_says_so(write: Write) -> None:
    a = write("a", {"mlp": 5 + NOISE})
    b = write("b", {"mlp": 5 + NOISE + 0.1 + 0.01 * NOISE[::-1]})
    row = compared(a, b)["mlp"]
    assert (row.outcome, row.why) == ("worse", "within 0.25 MPa")
    assert exit_code(a, b) == 1


def test_rounding_of_a_rule_without_chance_is_no_loss_and_a_real_change_of_it_is(
    write: Write,
) -> None:
    """Its scores are the same under every seed, so any difference at all would be certain."""
    a = write("a", {"linear": [14.0] * 5}, SUNSPOTS)
    rounded = write("rounded", {"linear": [14.0 + 4e-15] * 5}, SUNSPOTS)
    changed = write("changed", {"linear": [14.5] * 5}, SUNSPOTS)
    assert compared(a, rounded)["linear"].why == "but for rounding"
    assert exit_code(a, rounded) == 0
    assert compared(a, changed)["linear"].outcome == "worse"
    assert exit_code(a, changed) == 1


def test_a_coarse_metric_that_moves_alike_by_accident_proves_nothing(write: Write) -> None:
    a = write("a", {"mlp": [0.90, 0.95]}, DIGITS)
    b = write("b", {"mlp": [0.85, 0.90]}, DIGITS)
    b_values = compared(a, b)["mlp"]
    assert b_values.outcome == "unclear"
    assert exit_code(a, b) == 0


def test_benchmarks_that_one_side_lacks_are_one_line(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    a = write("a", {"mlp": [0.90, 0.95]}, DIGITS)
    write("a", {"linear": [14.0] * 5, "mean": [20.0] * 5}, SUNSPOTS)
    b = write("b", {"mlp": [0.90, 0.95], "svm": [0.9, 0.9]}, DIGITS)
    assert exit_code(a, b) == 0
    shown = capsys.readouterr().out
    assert "only in A, not listed: 2 entries of timeseries/sunspots-yearly\n" in shown
    assert shown.count("only in B") == 1
    assert "svm" in shown
    assert "linear" not in shown.split("not listed")[0]


def test_what_one_side_lacks_is_named_and_common_repeats_are_paired(write: Write) -> None:
    a = write("a", {"mlp": 5 + NOISE, "old": [1.0], "single": [2.0]})
    b = write("b", {"mlp": 5 + NOISE[:12], "new": [3.0], "single": [2.5]})
    found = compared(a, b)
    assert (found["old"].outcome, found["old"].a, found["old"].b) == ("only in A", 1.0, None)
    assert (found["new"].outcome, found["new"].a, found["new"].b) == ("only in B", None, 3.0)
    assert (found["mlp"].n, found["mlp"].outcome) == (12, "same")
    assert "8 repeats that one side lacks" in found["mlp"].why
    assert (found["single"].outcome, found["single"].p) == ("unclear", None)


def other_data(record: dict[str, Any]) -> None:
    record["data"]["digest"] = "sha256:" + "00" * 32


def other_protocol(record: dict[str, Any]) -> None:
    record["entry"]["protocol"] = {"augmented_test": "flips averaged"}


def other_metric(record: dict[str, Any]) -> None:
    record["benchmark"] = {**CONCRETE, "metric": {**synthetic.RMSE, "unit": "kPa"}}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (other_data, "other data: sha256:abababababab in A"),
        (other_protocol, "protocol: augmented_test: no in A, flips averaged in B"),
        (other_metric, "rmse (MPa) in A, rmse (kPa) in B"),
    ],
)
def test_scores_of_something_else_are_not_compared(
    write: Write, capsys: pytest.CaptureFixture[str], change: Callable[..., object], why: str
) -> None:
    a, b = write("a", {"mlp": 5 + NOISE}), write("b", {"mlp": 9 + NOISE}, change=change)
    row = compared(a, b)["mlp"]
    assert row.outcome == "not comparable"
    assert why in row.why
    assert exit_code(a, b) == 2
    assert "Nothing could be compared" in capsys.readouterr().out


def test_repeats_tested_on_other_rows_are_not_paired(write: Write) -> None:
    """A library that shuffles anew leaves the data's digest as it is."""
    a = write("a", {"mlp": 5 + NOISE}, rows=range(103))
    same = write("same", {"mlp": 5 + NOISE}, rows=range(103))
    other = write("other", {"mlp": 5 + NOISE}, rows=range(1, 104))
    assert compared(a, same)["mlp"].outcome == "same"
    assert compared(a, other)["mlp"].why == "other test rows in 20 of 20 repeats"


def test_the_newest_generation_speaks(write: Write) -> None:
    a = write("a", {"mlp": 9 + NOISE})
    write("a", {"mlp": 5 + NOISE}, recipe="recipe-2", finished="2026-11-22T08:00:00+00:00")
    b = write("b", {"mlp": 5 + NOISE})
    assert compared(a, b)["mlp"].outcome == "same"


def test_versions_settings_and_values_that_differ_are_named(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    def upgraded(record: dict[str, Any]) -> None:
        record["environment"]["versions"] |= {"keras": "4.0.0", "mlflow": "9.9.9"}
        record["environment"]["precision"] = "mixed_bfloat16"

    a = write("a", {"mlp": [5.0]}, values={"epochs": 10, "batch": 32})
    b = write("b", {"mlp": [5.0]}, change=upgraded, values={"epochs": 20, "batch": 32})
    sides = read(a, Path(a)), read(b, Path(b))
    assert {what: (before, after) for what, before, after, _ in differences(*sides)} == {
        "keras": ("3.15.1", "4.0.0"),
        "precision": ("float32", "mixed_bfloat16"),
        "value epochs": ("10", "20"),
    }
    assert exit_code(a, b) == 0
    assert "3.15.1 -> 4.0.0" in capsys.readouterr().out


def test_json_has_every_number(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = write("a", {"mlp": 5 + NOISE}), write("b", {"mlp": 6 + NOISE + 0.01 * NOISE[::-1]})
    assert main(["compare", a, b, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    (entry,) = found["entries"]
    assert (found["a"]["kind"], found["b"]["name"], found["differences"]) == ("folder", b, [])
    assert entry["metric"] == {"name": "rmse", "unit": "MPa", "direction": "min"}
    assert entry["difference"] == pytest.approx(entry["b"] - entry["a"])
    assert (entry["benchmark"], entry["n"], entry["outcome"]) == ("uci/concrete", 20, "worse")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty git repository, which the test runs in."""
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)
    git("init", "-q", "-b", "main")
    return folder


def git(*arguments: str) -> None:
    author = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *author, *arguments], check=True, capture_output=True)


def commit(folder: Path) -> None:
    git("add", "-A")
    git("commit", "-q", "-m", "records", "--allow-empty")


def test_records_of_a_git_ref_are_those_of_its_tree(
    repository: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("repository/example/runs", {"mlp": 5 + NOISE})
    commit(repository)
    git("tag", "v1")
    write("repository/example/runs", {"mlp": 7 + NOISE + 0.01 * NOISE[::-1]})
    commit(repository)
    (repository / "below").mkdir()
    monkeypatch.chdir(repository / "below")  # a subfolder is the same repository
    assert compared("v1", "main")["mlp"].outcome == "worse"
    assert compared("v1:example", "v1")["mlp"].outcome == "same"
    assert main(["compare", "v1", "main"]) == 1
    assert not (repository / "quarantine").exists()


def test_a_ref_without_records_or_with_several_folders_says_so(
    repository: Path, write: Write
) -> None:
    commit(repository)
    git("tag", "bare")
    write("repository/one", {"mlp": 5 + NOISE})
    write("repository/two", {"mlp": 6 + NOISE})
    commit(repository)
    with pytest.raises(UnknownNameError, match="ref bare holds no records"):
        read("bare", repository)
    with pytest.raises(UnknownNameError, match="choose one of main:one, main:two"):
        read("main", repository)
    assert read("main:two", repository).kind == "git"
    with pytest.raises(UnknownNameError, match="main:three holds no records"):
        read("main:three", repository)


@pytest.mark.parametrize(
    "name", ["no-such-thing", "--help-me", "HEAD~999", ":", "", "kerasfolio/x"]
)
def test_what_is_neither_folder_ref_nor_experiment_is_a_wrong_request(
    tmp_path: Path,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    a = write("a", {"mlp": [5.0]})
    assert main(["compare", "--runs", a, "--", a, name]) == 2
    assert "expected a runs folder, a git ref or an MLflow experiment" in capsys.readouterr().err
    assert not (Path(a) / "mlflow.db").exists()


def test_a_folder_without_records_is_a_wrong_request(
    tmp_path: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert exit_code(write("a", {"mlp": [5.0]}), str(tmp_path / "empty")) == 2
    assert "holds no records" in capsys.readouterr().err


def test_the_sentinel_is_what_quick_has_data_for_without_a_network(tmp_path: Path) -> None:
    known = registry.load()
    chosen = registry.select(known, None, "sentinel")
    quick = registry.select(known, None, "quick")
    nowhere = Store(tmp_path, offline=True)
    found = load_all({b.name: b.data for b in quick}, nowhere)
    carried = [b.name for b in quick if isinstance(found[b.name], Loaded)]
    assert [b.name for b in chosen] == carried
    assert {"uci/wine", "uci/digits", "timeseries/sunspots-yearly"} <= set(carried) < set(found)
    for benchmark in chosen:
        assert entries_of(benchmark, "sentinel") == entries_of(benchmark, "quick")
    with pytest.raises(UnknownNameError, match="quick, standard, full, sentinel"):
        registry.select(known, None, "sentinels")


def test_a_real_run_in_mlflow_is_its_records(finished: Finished, place: Place) -> None:
    runs = str(finished.place.runs)
    mirrored = place.command("compare", "kerasfolio/timeseries", runs, "--runs", runs, "--json")
    assert mirrored.returncode == 0, mirrored.stdout + mirrored.stderr
    found = json.loads(mirrored.stdout)
    assert (found["a"]["kind"], found["differences"]) == ("mlflow", [])
    outcomes = {row["entry"]: row["why"] for row in found["entries"] if row["outcome"] == "same"}
    assert outcomes == dict.fromkeys(["gru", "linear", "mean", "persistence"], "to the bit")


@pytest.mark.slow
def test_a_real_run_of_less_training_is_a_loss(
    finished: Finished, place: Place, tmp_path: Path
) -> None:
    """The same network for 2 epochs."""
    runs = str(finished.place.runs)
    place.code = workshop(tmp_path, "timeseries/sunspots-yearly")
    definition = place.code / "benchmarks/timeseries/sunspots_yearly.py"
    text = definition.read_text()
    shortened, changed = re.subn(r"epochs=\d+", "epochs=2", text)
    assert changed == 1
    definition.write_text(shortened)
    trained = place.bench("--suite", "quick")
    assert trained.returncode == 0, trained.stdout + trained.stderr
    worse = place.command("compare", runs, str(place.runs))
    assert worse.returncode == 1, worse.stdout + worse.stderr
    assert "value epochs" in worse.stdout
    assert [line for line in worse.stdout.splitlines() if " gru " in line and "worse" in line]
