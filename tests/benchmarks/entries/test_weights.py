"""Class weights and sample weights of a recipe: the losses of Keras' own `fit` with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here  # noqa: F401
from training_help import ADAM, FEATURES, dense, keras_fit, rows

from benchmarks.definition import Training
from benchmarks.entries import forecaster, from_scratch, mlp, network
from benchmarks.training.recipe import Recipe
from runners.execution.fingerprint import code

RECIPE = replace(ADAM, epochs=3)


def heavier(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 0.5 + np.abs(x[:, 0])


def build(shape: Any, outputs: int) -> Any:
    return dense(3, outputs)


def plain_fit(x: Any, y: Any, classes: int, recipe: Recipe, **weights: Any) -> list[float]:
    """The loss of every epoch of Keras' `fit`, with its own arguments for weights."""
    loss = "crossentropy" if classes else "mse"
    return keras_fit(dense(3, max(1, classes)), x, y, 3, recipe, loss, jit_compile=False, **weights)


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize("classes", [0, 3])
def test_sample_weights_give_the_losses_of_fit(classes: int) -> None:
    (x,), (y,) = rows([45], classes)
    recipe = replace(RECIPE, sample_weight=heavier)
    entry = network("own", build, recipe, "Own.", inputs="raw")
    task: Any = "classification" if classes else "regression"
    (fitted,) = entry.fit([Training(x, y, task, classes, 3)])
    scaled = y if classes else (y - y.mean()) / y.std()
    expected = plain_fit(x, scaled, classes, recipe, sample_weight=heavier(x, y))
    np.testing.assert_allclose(fitted.history["loss"], expected, rtol=1e-3)
    assert fitted.notes["not_stacked"] == "recipe has a sample_weight"
    assert fitted.archive is not None
    assert fitted.archive()


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize("weights", [{0: 5.0, 2: 0.5}, "balanced"])
def test_class_weights_give_the_losses_of_fit(weights: Any) -> None:
    from sklearn.utils.class_weight import compute_class_weight

    (x,), (y,) = rows([45], 3)
    recipe = replace(RECIPE, class_weight=weights)
    (fitted,) = network("own", build, recipe, "Own.", inputs="raw").fit(
        [Training(x, y, "classification", 3, 3)]
    )
    own = {0: 5.0, 1: 1.0, 2: 0.5}
    if weights == "balanced":
        own = dict(enumerate(compute_class_weight("balanced", classes=np.arange(3), y=y)))
    expected = plain_fit(x, y, 3, recipe, class_weight=own)
    np.testing.assert_allclose(fitted.history["loss"], expected, rtol=1e-3)
    unweighted = plain_fit(x, y, 3, recipe)
    assert not np.allclose(fitted.history["loss"], unweighted, rtol=1e-2)


@pytest.mark.usefixtures("keras_here")
def test_rows_held_back_choose_the_epoch_and_stop_it() -> None:
    """The best weights are kept, and class weights have no say in the validation loss."""
    from benchmarks.training.early_stopping import hold_back

    (x,), (y,) = rows([60], 3)
    recipe = replace(
        RECIPE,
        epochs=30,
        learning_rate=0.5,
        class_weight={0: 9.0},
        validation_split=0.3,
        patience=2,
    )
    (fitted,) = mlp("own", [8], recipe, inputs="raw").fit([Training(x, y, "classification", 3, 3)])
    losses = fitted.history["val_loss"]
    assert len(losses) == int(np.argmin(losses)) + 1 + 2 < 30
    _, _, (held_x,), (held_y,) = hold_back([x], [y], [3], 0.3)
    shares = fitted.predict(held_x)[np.arange(len(held_y)), held_y]
    assert -np.log(shares).mean() == pytest.approx(min(losses), rel=1e-3)


def test_a_weight_is_shown_and_counts_and_none_does_not() -> None:
    """Records made before there were weights stay valid."""
    plain = mlp("mlp", [8], RECIPE)
    assert {"class_weight", "sample_weight"}.isdisjoint(plain.values)
    weighted = mlp("mlp", [8], replace(RECIPE, class_weight={1: 2, 0: 1}, sample_weight=heavier))
    assert weighted.values["class_weight"] == {"0": 1.0, "1": 2.0}
    assert weighted.values["sample_weight"] == "heavier"
    assert code(replace(RECIPE, class_weight=None)) == code(RECIPE)
    others = [{0: 1.0, 1: 2.0}, {0: 1.0, 1: 3.0}, "balanced", None]
    assert len({code(replace(RECIPE, class_weight=one)) for one in others}) == 4
    assert code(replace(RECIPE, sample_weight=heavier)) != code(RECIPE)


def lightly(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.full(len(y), -1.0)


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize(
    ("change", "classes", "words"),
    [
        ({"class_weight": {3: 1.0}}, 3, "for the classes 0 to 2, received 1.0 for 3"),
        ({"class_weight": {"a": 1.0}}, 3, "received 1.0 for 'a'"),
        ({"class_weight": {0: -1.0}}, 3, "received -1.0 for 0"),
        ({"class_weight": "balanced"}, 0, "no class_weight for a regression"),
        ({"sample_weight": lightly}, 3, "from -1 to -1"),
        ({"sample_weight": lambda x, y: x}, 3, "45 finite weights from 0"),
    ],
)
def test_weights_that_are_none_are_refused(change: Any, classes: int, words: str) -> None:
    (x,), (y,) = rows([45], classes)
    entry = mlp("mlp", [8], replace(RECIPE, **change))
    task: Any = "classification" if classes else "regression"
    with pytest.raises(ValueError, match=words):
        entry.fit([Training(x, y, task, classes, 3)])


@pytest.mark.parametrize("change", [{"optimizer": "muon"}, {"flip": "random"}, {"shift": 1.0}])
def test_what_does_not_go_with_weights_is_refused_at_once(change: dict[str, Any]) -> None:
    (field,) = change
    with pytest.raises(ValueError, match=f"recipe: {field}: expected .* beside class_weight"):
        mlp("mlp", [8], replace(RECIPE, class_weight="balanced", **change))


def test_entries_that_weight_nothing_refuse_weights() -> None:
    recipe = replace(RECIPE, sample_weight=heavier)
    with pytest.raises(ValueError, match="sample_weight"):
        from_scratch("numpy", [8], recipe, beside="mlp")
    with pytest.raises(ValueError, match="recipe: sample_weight: windows"):
        forecaster("gru", build, recipe, "Own.")
    with pytest.raises(ValueError, match="or 'balanced', received 'even'"):
        mlp("mlp", [FEATURES], replace(RECIPE, class_weight="even"))
