"""Learning curves trained apart: which rows, which recipe, and no test row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import registry
from benchmarks.definition import Training
from benchmarks.repeats import split_at
from benchmarks.windows import windows
from runners.execution import environment
from runners.execution.group import Group
from runners.execution.plan import inputs_of
from runners.exhibits import learning
from runners.exhibits.curves import most_chosen
from tests.support.data_folder import on_one_thread

NAME = "timeseries/sunspots-yearly"


def test_rows_that_slide_validate_at_their_end() -> None:
    series = np.arange(40.0) % 7
    assert learning.slides(windows(series, 5))
    assert learning.slides(windows(series, 5).copy())
    assert not learning.slides(np.random.default_rng(0).normal(size=(36, 5)))
    assert not learning.slides(np.zeros((36, 1)))
    training = Training(np.zeros((10, 2)), np.zeros(10), "regression", 0, seed=1)
    assert np.flatnonzero(learning._held(training, in_time=True)).tolist() == [8, 9]
    drawn = learning._held(training, in_time=False)
    assert drawn.sum() == 2
    assert np.array_equal(drawn, learning._held(training, in_time=False)), "by the repeat's seed"


def test_losses_are_those_a_network_is_trained_by() -> None:
    known = registry.load().benchmarks
    rows = Training(np.zeros((2, 1)), np.array([1.0, 3.0]), "regression", 0, seed=0)
    of_values = learning._loss(known["uci/concrete"], rows, np.array([1.0, 5.0]), scale=2.0)
    assert of_values == pytest.approx(0.5)
    classes = replace(rows, y=np.array([0, 1]), task="classification", classes=2)
    predicted = np.array([[0.5, 0.5], [1.0, 0.0]])
    of_classes = learning._loss(known["uci/iris"], classes, predicted, scale=1.0)
    assert of_classes == pytest.approx((np.log(2) - np.log(learning.SMALLEST)) / 2)


def test_networks_that_choose_or_average_can_be_watched_and_others_not() -> None:
    known = registry.load().benchmarks
    chosen = known["uci/wine"].entry("mlp-64")
    names = list(chosen.values["candidates"])
    fits = [learning.watchable(chosen, place) for place in range(len(names))]
    decays = [fit.keywords["recipe"].weight_decay for fit in fits if fit]  # type: ignore[attr-defined]
    assert len(set(decays)) == len(names)
    assert learning._name(chosen, 1) == names[1]
    assert learning.watchable(known["cifar/cifar10"].entry("speedrun")) is not None
    assert learning.watchable(known["uci/wine"].entry("linear")) is None
    assert learning._name(known["uci/wine"].entry("linear"), 0) == ""


def test_the_recipe_most_repeats_chose_is_trained() -> None:
    def records(*picks: Any) -> list[Any]:
        return [{"notes": {"candidate": pick} if pick is not None else {}} for pick in picks]

    assert most_chosen(records(2, 0, 2)) == 2
    assert most_chosen(records(1, 0)) == 0, "the first of two chosen as often"
    assert most_chosen(records(None, None)) == 0


@pytest.mark.slow
def test_no_test_row_is_trained_on_or_predicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_one_thread()
    benchmark = registry.load().benchmarks[NAME]
    loaded = benchmark.data.obtain(None)
    splits = benchmark.protocol.splits(loaded.dataset)
    tested = {row.tobytes() for row in loaded.dataset.x[split_at(splits, 0).test]}
    monkeypatch.setattr(learning, "load", lambda *_: loaded)
    seen: list[np.ndarray] = []
    fit = learning.watchable(benchmark.headline)
    assert fit is not None

    def watched(trainings: Any, *, watch: Any, **options: Any) -> None:
        seen.extend(row for training in trainings for row in training.x)

        def look(epoch: int, predictors: Any) -> None:
            def predict(x: np.ndarray) -> np.ndarray:
                seen.extend(x)
                return np.asarray(predictors[0](x))

            watch(epoch, [predict])

        fit(trainings, watch=look, **options)

    watched.keywords = fit.keywords  # type: ignore[attr-defined]
    monkeypatch.setattr(learning, "watchable", lambda *_: watched)
    entry = benchmark.headline
    group = Group(
        benchmark=NAME,
        entry=entry.name,
        repeats=(0,),
        seeds=(),
        recipe="",
        inputs=inputs_of(benchmark, entry, loaded),
        digest=loaded.dataset.digest,
        threads=1,
        precision=environment.precision(entry),
    )
    exhibit = learning.curves(group, tmp_path, candidates={})
    assert exhibit is not None
    assert not tested & {row.tobytes() for row in seen}
    assert exhibit["in_time"]
    assert sum(exhibit["rows"]) == len(split_at(splits, 0).train)
    for curve in (exhibit["loss"], exhibit["score"]):
        for part in (curve["train"], curve["validation"]):
            assert [len(run) for run in part] == [len(exhibit["epochs"])]
    assert exhibit["loss"]["train"][0][-1] < exhibit["loss"]["train"][0][0]
