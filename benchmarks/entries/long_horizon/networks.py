"""DLinear, NLinear, PatchTST and iTransformer: a window (steps, series) to (steps ahead, series).

All but iTransformer look at each series by itself, with weights that all series share. Layers begin
as in the published code, where a dense layer's weights and biases are uniform within 1/√inputs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.entries.recurrent import numbers

if TYPE_CHECKING:
    import keras

EPSILON = 1e-5
"""Added to a window's variance, and to those of normalisation layers."""


def nlinear(window: tuple[int, ...], target: tuple[int, ...]) -> keras.Model:
    """One linear map from the window to the forecast, both less the window's last value.

    Zeng et al., AAAI 2023, arXiv:2205.13504, section 3.2.
    """
    import keras
    from keras import ops

    past = keras.Input(window)
    last = past[:, -1:]
    change = _dense(target[0], window[0])(ops.transpose(past - last, (0, 2, 1)))
    return keras.Model(past, ops.transpose(change, (0, 2, 1)) + last)


def dlinear(
    window: tuple[int, ...], target: tuple[int, ...], *, moving_average: int = 25
) -> keras.Model:
    """The sum of two linear maps: of the moving average, and of what it leaves of the window.

    Zeng et al., AAAI 2023, arXiv:2205.13504, section 3.2. The window's ends are repeated for the
    average, and both maps begin as means over the window.
    """
    import keras
    from keras import layers, ops

    past, half = keras.Input(window), (moving_average - 1) // 2
    ends = [ops.repeat(past[:, :1], half, axis=1), ops.repeat(past[:, -1:], half, axis=1)]
    wide = ops.concatenate([ends[0], past, ends[1]], axis=1)
    trend = layers.AveragePooling1D(moving_average, strides=1)(wide)
    maps = [
        _dense(target[0], window[0], kernel=keras.initializers.Constant(1 / window[0]))(
            ops.transpose(part, (0, 2, 1))
        )
        for part in (past - trend, trend)
    ]
    return keras.Model(past, ops.transpose(maps[0] + maps[1], (0, 2, 1)))


def patchtst(
    window: tuple[int, ...],
    target: tuple[int, ...],
    *,
    patch: int = 16,
    stride: int = 8,
    width: int = 16,
    num_heads: int = 4,
    hidden: int = 128,
    blocks: int = 3,
    dropout: float = 0.3,
) -> keras.Model:
    """A Transformer encoder over overlapping patches of each series, and one linear map from it.

    Nie et al., ICLR 2023, arXiv:2211.14730, section 3. As in its code, the window's last value is
    repeated `stride` times at its end, attention scores are added up over the blocks, and batch
    normalisation follows attention and dense layers.
    """
    import keras
    from keras import layers, ops

    past, (steps, series) = keras.Input(window), window
    scaled, mean, deviation = _standardised(past)
    own = ops.transpose(scaled, (0, 2, 1))
    own = ops.concatenate([own, ops.repeat(own[..., -1:], stride, axis=-1)], axis=-1)
    count = (steps - patch) // stride + 2
    places = np.arange(count)[:, None] * stride + np.arange(patch)
    patches = ops.reshape(ops.take(own, places, axis=-1), (-1, count, patch))
    initial = keras.initializers.RandomUniform(-0.02, 0.02)
    x: Any = _dense(width, patch)(patches)
    x = layers.Dropout(dropout)(x + layers.Embedding(count, width, initial)(numbers(past, count)))
    scores: Any = None
    for _ in range(blocks):
        heads = [
            ops.transpose(
                ops.reshape(_dense(width, width)(x), (-1, count, num_heads, width // num_heads)),
                (0, 2, 1, 3),
            )
            for _ in range(3)
        ]
        new = ops.matmul(heads[0], ops.transpose(heads[1], (0, 1, 3, 2)))
        new = new * (width // num_heads) ** -0.5
        scores = new if scores is None else new + scores
        seen = ops.transpose(ops.matmul(ops.softmax(scores), heads[2]), (0, 2, 1, 3))
        seen = _dense(width, width)(ops.reshape(seen, (-1, count, width)))
        x = _batch_norm()(x + layers.Dropout(dropout)(layers.Dropout(dropout)(seen)))
        wide = layers.Dropout(dropout)(_dense(hidden, width, activation="gelu")(x))
        x = _batch_norm()(x + layers.Dropout(dropout)(_dense(width, hidden)(wide)))
    flat = ops.reshape(x, (-1, series, count * width))
    ahead = ops.transpose(_dense(target[0], count * width)(flat), (0, 2, 1))
    return keras.Model(past, ahead * deviation + mean)


def itransformer(
    window: tuple[int, ...],
    target: tuple[int, ...],
    *,
    width: int = 128,
    num_heads: int = 8,
    hidden: int = 128,
    blocks: int = 2,
    dropout: float = 0.1,
) -> keras.Model:
    """A Transformer encoder whose tokens are whole series, and one linear map from each token.

    Liu et al., ICLR 2024, arXiv:2310.06625, section 3. Its code adds tokens for hour, weekday and
    the like of a date where a data set has them; here a window is the series alone.
    """
    import keras
    from keras import layers, ops

    past = keras.Input(window)
    scaled, mean, deviation = _standardised(past)
    x: Any = _dense(width, window[0])(ops.transpose(scaled, (0, 2, 1)))
    x = layers.Dropout(dropout)(x)
    for _ in range(blocks):
        attention = layers.MultiHeadAttention(num_heads, width // num_heads, dropout=dropout)
        x = _layer_norm()(x + layers.Dropout(dropout)(attention(x, x)))
        wide = layers.Dropout(dropout)(_dense(hidden, width, activation="gelu")(x))
        x = _layer_norm()(x + layers.Dropout(dropout)(_dense(width, hidden)(wide)))
    ahead = ops.transpose(_dense(target[0], width)(_layer_norm()(x)), (0, 2, 1))
    return keras.Model(past, ahead * deviation + mean)


def _standardised(past: Any) -> tuple[Any, Any, Any]:
    """Windows less their mean, over their deviation, with both: reversible instance normalisation.

    Kim et al., ICLR 2022, without the learnt scale and shift, which both papers leave out.
    """
    from keras import ops

    mean = ops.mean(past, axis=1, keepdims=True)
    deviation = ops.sqrt(ops.var(past, axis=1, keepdims=True) + EPSILON)
    return (past - mean) / deviation, mean, deviation


def _dense(units: int, inputs: int, *, kernel: Any = None, activation: str | None = None) -> Any:
    import keras

    bound = inputs**-0.5
    uniform = [keras.initializers.RandomUniform(-bound, bound) for _ in range(2)]
    return keras.layers.Dense(
        units,
        activation=activation,
        kernel_initializer=kernel or uniform[0],
        bias_initializer=uniform[1],
    )


def _batch_norm() -> Any:
    import keras

    return keras.layers.BatchNormalization(momentum=0.9, epsilon=EPSILON)


def _layer_norm() -> Any:
    import keras

    return keras.layers.LayerNormalization(epsilon=EPSILON)
