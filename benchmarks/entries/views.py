"""Test-time augmentation: one training scored on each test image alone, and on views averaged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.definition import Fitted, Training
from benchmarks.entries.fitted_network import keras_file
from benchmarks.entries.fitting import augmented_copies

if TYPE_CHECKING:
    import keras
    import numpy as np

Views = Literal["flip", "flip-shift"]
"""What predictions of an image are averaged over: it and its mirror image; or these and both moved
by a pixel up and left, and down and right, which together count as much as those not moved
(Jordan 2024, arXiv:2404.00498, section 3.5)."""

WORDS: dict[Views, str] = {"flip": "mirror", "flip-shift": "mirror and shift"}
"""Word of `protocols.AUGMENTATIONS` for each."""


@dataclass
class FittedOnViews(Fitted):
    """A fitted network whose predictions average over views, with those of the image alone."""

    predict_single_view: Callable[[np.ndarray], np.ndarray] | None = None
    """As `predict`, each image seen once, as it is."""


def fit(
    trainings: Sequence[Training], *, fit: Callable[..., list[Fitted]], views: Views
) -> list[Fitted]:
    """Train as `fit` does, then average the logits of every test image's views.

    The average is of logits, as in the published scripts of arXiv:2404.00498, and the kept network
    holds it. `fit` returns networks that end in a softmax, as classifiers of `fitting.fit` do; its
    predictors are partial functions of the network.
    """
    fitted: list[Fitted] = []
    for one in fit(trainings):
        predict: Any = one.predict
        whole = over_views(predict.args[0], views)
        fitted.append(
            FittedOnViews(
                partial(predict.func, whole),
                one.history,
                one.params,
                partial(keras_file, whole),
                one.notes,
                predict_single_view=predict,
            )
        )
    return fitted


def over_views(network: keras.Model, views: Views) -> keras.Model:
    """The classifier (images to probabilities) that averages the logits of an image's views.

    Raises ValueError for a network that does not end in a softmax.
    """
    import keras

    if not isinstance(network.layers[-1], keras.layers.Softmax):
        raise ValueError(
            "expected a classifier that ends in a softmax to average views of, received one that "
            f"ends in {type(network.layers[-1]).__name__}; take a single member"
        )
    logits = keras.Model(network.inputs, network.layers[-1].input)
    images = keras.Input(network.input_shape[1:])
    outputs = [logits(copy) for copy in augmented_copies(images, views)]
    if views == "flip-shift":
        outputs += outputs[:2]  # those not moved count twice
    # In half precision an average of logits would have two digits.
    average = keras.layers.Average(dtype="float32")(outputs)
    return keras.Model(images, keras.layers.Softmax(dtype="float32")(average))
