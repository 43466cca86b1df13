"""FCN, ResNet, Inception and LSTM-FCN for series, layer by layer as their authors' code has them.

All map (steps, channels) to probabilities of classes, through the average over time. Averages of
batch normalisation move by a tenth a step, which trainings of some hundred steps fill;
`slow_averages` gives a network Keras' hundredth back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

MOMENTUM = 0.9
"""Of the averages of batch normalisation."""


def fcn(
    shape: tuple[int, ...], classes: int, *, initial: str = "glorot_uniform", lstm_units: int = 0
) -> keras.Model:
    """Three convolutions of 8, 5 and 3 steps; with `lstm_units` LSTM-FCN, with an LSTM beside them.

    Wang et al., IJCNN 2017, arXiv:1611.06455, section II-B; Karim et al., IEEE Access 6, 2018,
    arXiv:1709.05206, section II, where the LSTM sees the whole series of a channel as one step.
    """
    import keras
    from keras import layers

    series = keras.Input(shape)
    x: Any = series
    for filters, steps in ((128, 8), (256, 5), (128, 3)):
        x = layers.Conv1D(filters, steps, padding="same", kernel_initializer=initial)(x)
        x = layers.ReLU()(_normalised(x))
    x = layers.GlobalAveragePooling1D()(x)
    if lstm_units:
        whole = layers.LSTM(lstm_units)(layers.Permute((2, 1))(series))
        x = layers.Concatenate()([layers.Dropout(0.8)(whole), x])
    return keras.Model(series, layers.Dense(classes, activation="softmax")(x))


def resnet(shape: tuple[int, ...], classes: int) -> keras.Model:
    """Three blocks of three convolutions, each with a shortcut that is normalised too.

    Wang et al., IJCNN 2017, arXiv:1611.06455, section II-C.
    """
    import keras
    from keras import layers

    series = keras.Input(shape)
    x: Any = series
    for filters in (64, 128, 128):
        shortcut = x if x.shape[-1] == filters else layers.Conv1D(filters, 1)(x)
        for steps in (8, 5, 3):
            x = _normalised(layers.Conv1D(filters, steps, padding="same")(x))
            x = layers.ReLU()(x) if steps > 3 else x
        x = layers.ReLU()(layers.Add()([_normalised(shortcut), x]))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(series, layers.Dense(classes, activation="softmax")(x))


def inception(
    shape: tuple[int, ...], classes: int, *, filters: int = 32, depth: int = 6, longest: int = 40
) -> keras.Model:
    """One network of InceptionTime: `depth` modules, a shortcut around every three.

    A module looks with `filters` at `longest` steps, half and a quarter of them, and at the largest
    of three; the first three see 32 channels that a convolution of one step has made. Ismail Fawaz
    et al., Data Mining and Knowledge Discovery 34 (2020), arXiv:1909.04939, section 3.
    """
    import keras
    from keras import layers

    series = keras.Input(shape)
    x: Any = series
    shortcut: Any = series
    for module in range(depth):
        narrow = layers.Conv1D(32, 1, use_bias=False)(x) if x.shape[-1] > 1 else x
        seen = [
            layers.Conv1D(filters, longest // 2**half, padding="same", use_bias=False)(narrow)
            for half in range(3)
        ]
        largest = layers.MaxPooling1D(3, 1, padding="same")(x)
        seen.append(layers.Conv1D(filters, 1, use_bias=False)(largest))
        x = layers.ReLU()(_normalised(layers.Concatenate()(seen)))
        if module % 3 == 2:
            around = layers.Conv1D(4 * filters, 1, use_bias=False)(shortcut)
            x = shortcut = layers.ReLU()(layers.Add()([_normalised(around), x]))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(series, layers.Dense(classes, activation="softmax")(x))


def slow_averages(
    shape: tuple[int, ...],
    classes: int,
    *,
    build: Callable[[tuple[int, ...], int], keras.Model],
    momentum: float = 0.99,
) -> keras.Model:
    """The network that `build` makes, its batch normalisation with Keras' momentum, as published.

    For trainings of thousands of steps on batches of a few series, whose own averages are noisy.
    """
    import keras

    network = build(shape, classes)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = momentum
    return network


def _normalised(x: Any) -> Any:
    from keras import layers

    return layers.BatchNormalization(momentum=MOMENTUM)(x)
