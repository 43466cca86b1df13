"""Networks of the registry as one writes them first, to hold the quicker ones against."""

from __future__ import annotations

import keras
from keras import layers, ops


def segment_gru(
    window: tuple[int, ...],
    target: tuple[int, ...],
    *,
    segment: int = 24,
    units: int = 128,
    dropout: float = 0.5,
) -> keras.Model:
    """SegRNN (Lin et al. 2023, arXiv:2308.11200) with `keras.layers.GRU`.

    Weights, in order: dense kernel and bias, kernel, recurrent kernel and biases of the GRU, series
    and place embeddings, output kernel and bias.
    """
    (steps, series), ahead = window, target[0] // segment
    past = keras.Input(window)
    last = past[:, -1:]
    own = ops.transpose(past - last, (0, 2, 1))
    segments = ops.reshape(own, (-1, steps // segment, segment))
    gru = layers.GRU(units)
    state = gru(layers.Dense(units, activation="relu")(segments))
    which, far = (
        layers.Embedding(count, units // 2, "random_normal")(
            ops.zeros_like(past[:1, 0, 0], dtype="int32") + ops.arange(count)
        )
        for count in (series, ahead)
    )
    query = ops.concatenate([ops.repeat(which, ahead, axis=0), ops.tile(far, (series, 1))], axis=-1)
    states = ops.repeat(ops.reshape(state, (-1, series, 1, units)), ahead, axis=2)
    queries = ops.reshape(query, (1, series, ahead, units)) + ops.zeros_like(states)
    decoded = gru(
        ops.reshape(queries, (-1, 1, units)), initial_state=ops.reshape(states, (-1, units))
    )
    change = layers.Dense(segment)(layers.Dropout(dropout)(decoded))
    change = ops.transpose(ops.reshape(change, (-1, series, target[0])), (0, 2, 1))
    return keras.Model(past, change + last)
