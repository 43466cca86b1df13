"""The forecasting harness against published numbers, and its memory against its promise."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from data_folder import BENCHMARKS, MIRROR, loaded_or_skip, slow, store

from benchmarks.data import Store
from benchmarks.data.ett import validation_windows
from benchmarks.data.long_horizon import validation_windows as long_validation_windows
from benchmarks.definition import Benchmark
from benchmarks.judging.sentences import differences
from benchmarks.published import baselines
from benchmarks.windows import spanned, taken
from runners.execution import worker

__all__ = ["store"]

BY_NAME = {benchmark.name: benchmark for benchmark in BENCHMARKS}
HORIZONS = (96, 192, 336, 720)
BATCH = 32
"""Of the published evaluation, whose last incomplete batch is dropped."""


def errors(benchmark: Benchmark, entry: str, store: Store, drop_last: bool) -> dict[str, float]:
    """Scores of a rule on the benchmark's own path, on whole batches alone where asked."""
    dataset = loaded_or_skip(benchmark, store).dataset
    split = benchmark.protocol.splits(dataset)[0]
    training = worker.training_rows(benchmark, dataset, split)
    (fitted,) = benchmark.entry(entry).fit([training])
    rows = split.test[: len(split.test) // BATCH * BATCH] if drop_last else split.test
    prediction = worker.in_storage_precision(fitted.predict(taken(dataset.x, rows)))
    return worker.score(benchmark, taken(dataset.y, rows), prediction)


@pytest.mark.parametrize("horizon", HORIZONS)
@pytest.mark.parametrize("name", ["etth1", "etth2"])
def test_repeating_the_last_value_gives_the_published_table(
    name: str, horizon: int, store: Store
) -> None:
    """Zeng et al. (AAAI 2023), table 2, column "Repeat": to the third decimal, under its rule."""
    benchmark = BY_NAME[f"timeseries/{name}-{horizon}"]
    (row,) = (r for r in baselines.load(benchmark.name) if r.model.startswith("Repeat last"))
    dropped = errors(benchmark, "repeat-last", store, drop_last=True)["mse"]
    assert round(dropped, 3) == pytest.approx(row.score, abs=1e-9)
    (said,) = differences(benchmark.protocol, {}, row)
    assert "the last incomplete batch of 32 dropped" in said
    assert "every test window, none dropped" in said


def test_dropping_windows_is_what_makes_the_difference(store: Store) -> None:
    benchmark = BY_NAME["timeseries/etth2-336"]
    kept = errors(benchmark, "repeat-last", store, drop_last=False)["mse"]
    dropped = errors(benchmark, "repeat-last", store, drop_last=True)["mse"]
    assert round(kept, 3) == 0.597
    assert round(dropped, 3) == 0.591


@pytest.mark.parametrize(
    ("name", "kept", "dropped"),
    [
        ("exchange-96", 0.081126, 0.081),
        ("exchange-192", 0.167119, 0.167),
        ("exchange-336", 0.305700, 0.305),
        ("exchange-720", 0.810064, 0.823),
        ("ili-24", 6.213324, 6.587),
        ("ili-36", 7.713822, 7.130),
        ("ili-48", 7.851275, 6.575),
        ("ili-60", 6.884904, 5.893),
    ],
)
def test_repeating_the_last_value_is_the_published_column_on_whole_batches_alone(
    name: str, kept: float, dropped: float, store: Store
) -> None:
    """Zeng et al. (AAAI 2023), table 2, column "Repeat", and what all windows make of it."""
    benchmark = BY_NAME[f"timeseries/{name}"]
    assert errors(benchmark, "repeat-last", store, drop_last=False)["mse"] == pytest.approx(
        kept, abs=1e-6
    )
    assert round(errors(benchmark, "repeat-last", store, drop_last=True)["mse"], 3) == dropped


@pytest.mark.parametrize("weeks", [24, 60])
def test_whole_batches_are_the_first_test_windows(weeks: int, store: Store) -> None:
    whole, every = (BY_NAME[f"timeseries/ili-{weeks}{suffix}"] for suffix in ("-whole-batches", ""))
    few, many = (loaded_or_skip(one, store).dataset for one in (whole, every))
    assert few.train_rows == many.train_rows
    (tested,) = {len(split.test) for split in whole.protocol.splits(few)}
    assert tested % BATCH == 0 < len(many.y) - len(few.y) < BATCH
    np.testing.assert_array_equal(spanned(few.y[:300]), spanned(many.y[:300]))
    found = errors(whole, "repeat-last", store, drop_last=False)
    assert found == errors(every, "repeat-last", store, drop_last=True)


def test_long_horizon_windows_are_those_of_the_published_parts(store: Store) -> None:
    dataset = loaded_or_skip(BY_NAME["timeseries/ili-24"], store).dataset
    split = BY_NAME["timeseries/ili-24"].protocol.splits(dataset)[0]
    held = long_validation_windows("national_illness", 24)
    assert (len(split.train) - held - 23, held, len(split.test)) == (549, 74, 170)
    series = np.concatenate([spanned(dataset.x)[:104], spanned(dataset.y)])
    assert series.shape == (966, 7)
    np.testing.assert_allclose(series[:676].mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(series[:676].std(axis=0), 1, atol=1e-9)
    np.testing.assert_array_equal(taken(dataset.y, split.test)[0], series[773:797])


def test_yesterday_is_a_better_floor(store: Store) -> None:
    found = errors(BY_NAME["timeseries/etth1-96"], "seasonal-naive-24", store, drop_last=False)
    assert round(found["mse"], 3) == 0.512
    assert round(found["mae"], 3) == 0.433


@pytest.mark.parametrize("horizon", HORIZONS)
def test_windows_are_those_of_the_published_months(horizon: int, store: Store) -> None:
    dataset = loaded_or_skip(BY_NAME[f"timeseries/etth1-{horizon}"], store).dataset
    split = BY_NAME[f"timeseries/etth1-{horizon}"].protocol.splits(dataset)[0]
    assert len(split.test) == 2880 - horizon + 1
    fitted = len(split.train) - validation_windows(horizon) - (horizon - 1)
    assert fitted == 8640 - 96 - horizon + 1
    series = np.concatenate([spanned(dataset.x)[:96], spanned(dataset.y)])
    assert series.shape == (14_400, 7)
    np.testing.assert_allclose(series[:8640].mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(series[:8640].std(axis=0), 1, atol=1e-9)
    np.testing.assert_array_equal(taken(dataset.y, split.test)[0], series[11_520:][:horizon])


@pytest.mark.parametrize(
    ("name", "season"),
    [
        ("airline-passengers", 12),
        ("shampoo-sales", 1),
        ("minimum-temperatures", 1),
        ("sunspots-monthly", 1),
    ],
)
def test_scaled_errors_are_scaled_by_training_values(name: str, season: int, store: Store) -> None:
    benchmark = BY_NAME[f"timeseries/{name}"]
    dataset = loaded_or_skip(benchmark, store).dataset
    train = np.arange(dataset.train_rows)
    series = np.append(dataset.x[0, :, 0], taken(dataset.y, train))
    (mase,) = (metric for metric in benchmark.also if metric.name == "mase")
    scale = np.abs(series[season:] - series[:-season]).mean()
    assert mase.score(np.zeros(1), np.full(1, scale)) == pytest.approx(1.0, rel=1e-9)


MEMORY = """
import json, resource, sys
from pathlib import Path
from benchmarks import registry
from benchmarks.data import Store, import_folder, load
from runners.execution import worker
benchmark = registry.load().benchmarks["timeseries/ettm1-720"]
store = Store(Path(sys.argv[2]), offline=True)
import_folder(Path(sys.argv[1]), store, {benchmark.name: benchmark.data})
loaded = load(benchmark.data, store)
loaded.dataset.digest
entry = benchmark.entry("shared-linear")
outcome = worker.train(benchmark, entry, loaded, [0])
print(json.dumps({
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    "kept": len(outcome.predictions[0]) / 1e6,
    "scores": outcome.scores[0],
}))
"""


@slow
def test_a_forecast_of_720_quarters_of_an_hour_stays_below_two_gigabytes(tmp_path) -> None:  # type: ignore[no-untyped-def]
    if not (MIRROR / "timeseries" / "ett").is_dir():
        pytest.skip("no ETT files in the data mirror beside the checkout")
    command = [sys.executable, "-c", MEMORY, str(MIRROR / "timeseries" / "ett"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["peak"] < 2.0, "GB of resident memory at most"
    assert found["kept"] < 9.0, "MB of predictions kept"
    assert found["scores"]["mse"] < 0.6
