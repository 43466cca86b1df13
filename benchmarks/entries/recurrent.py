"""Networks for time series: recurrent ones, and convolutions and attention to hold against them.

Classifiers and one-step forecasters map (steps, channels) to linear outputs, forecasters of
several steps map a window (steps, series) to (steps ahead, series).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def recurrent(
    shape: tuple[int, ...],
    outputs: int,
    *,
    kind: str = "GRU",
    units: int = 32,
    segment: int = 1,
    masking: bool = False,
) -> keras.Model:
    """One layer, `GRU` or `LSTM`, over `segment` readings at a time, read at its last step.

    With `masking`, steps that are 0 in every channel are padding and are passed over.
    """
    import keras
    from keras import layers

    steps, channels = shape
    net: list[Any] = [keras.Input(shape)]
    net += [layers.Masking()] if masking else []
    net += [layers.Reshape((steps // segment, segment * channels))] if segment > 1 else []
    return keras.Sequential([*net, getattr(layers, kind)(units), layers.Dense(outputs)])


def fcn(
    shape: tuple[int, ...],
    outputs: int,
    *,
    filters: tuple[int, ...] = (128, 256, 128),
    units: int = 0,
    pool_size: int = 1,
) -> keras.Model:
    """Fully convolutional network; with `units` LSTM-FCN, which has a recurrent layer beside it.

    Three convolutions of 8, 5 and 3 steps with batch normalisation, averaged over time (Wang et
    al., IJCNN 2017, arXiv:1611.06455, section II). The LSTM sees all steps of a channel as one
    step, and four fifths of its outputs are dropped in training (Karim et al., IEEE Access 6,
    2018, arXiv:1709.05206, section II). `pool_size` readings are averaged first. Averages of
    batch normalisation move faster than Keras' default, which some hundred steps do not fill.
    """
    import keras
    from keras import layers

    series = keras.Input(shape)
    x: Any = layers.AveragePooling1D(pool_size)(series) if pool_size > 1 else series
    pooled = x
    for width, kernel in zip(filters, (8, 5, 3), strict=True):
        x = layers.Conv1D(width, kernel, padding="same", kernel_initializer="he_uniform")(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    x = layers.GlobalAveragePooling1D()(x)
    if units:
        by_channel = layers.LSTM(units)(layers.Permute((2, 1))(pooled))
        x = layers.Concatenate()([layers.Dropout(0.8)(by_channel), x])
    return keras.Model(series, layers.Dense(outputs)(x))


def transformer(
    shape: tuple[int, ...],
    outputs: int,
    *,
    width: int = 32,
    num_heads: int = 4,
    blocks: int = 2,
    segment: int = 1,
) -> keras.Model:
    """Small Transformer encoder over `segment` readings at a time, averaged over time.

    Vaswani et al., NIPS 2017, arXiv:1706.03762, section 3.1, with normalisation before attention
    and learnt positions.
    """
    import keras
    from keras import layers

    series = keras.Input(shape)
    x: Any = layers.Reshape((shape[0] // segment, segment * shape[1]))(series)
    places = layers.Embedding(x.shape[1], width)(numbers(series, x.shape[1]))
    x = layers.Dense(width)(x) + places
    for _ in range(blocks):
        normal = layers.LayerNormalization()(x)
        x = x + layers.MultiHeadAttention(num_heads, width // num_heads)(normal, normal)
        hidden = layers.Dense(2 * width, activation="gelu")(layers.LayerNormalization()(x))
        x = x + layers.Dense(width)(hidden)
    x = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))
    return keras.Model(series, layers.Dense(outputs)(x))


def segment_gru(
    window: tuple[int, ...],
    target: tuple[int, ...],
    *,
    segment: int = 24,
    units: int = 128,
    dropout: float = 0.5,
) -> keras.Model:
    """SegRNN: one GRU over segments of each series by itself, decoded in parallel.

    Lin et al. 2023, arXiv:2308.11200, section 4: the window's last value is subtracted, the GRU
    reads a segment a step, and one further step, from its last state and an embedding of a
    segment's place and of the series, forecasts each segment ahead. The GRU is written out, as
    `layers.GRU` computes it: what all windows or all segments ahead share is multiplied once.
    """
    import keras
    from keras import layers, ops

    (steps, series), ahead = window, target[0] // segment
    past = keras.Input(window)
    last = past[:, -1:]
    own = ops.transpose(past - last, (0, 2, 1))
    segments = ops.reshape(own, (-1, series, steps // segment, segment))
    reads = layers.Dense(3 * units)
    recalls = layers.Dense(3 * units, kernel_initializer="orthogonal")

    def step(read: Any, state: Any) -> Any:
        (keep, reset, new), recalled = (
            ops.split(part, 3, axis=-1) for part in (read, recalls(state))
        )
        keep, reset = ops.sigmoid(keep + recalled[0]), ops.sigmoid(reset + recalled[1])
        new = ops.tanh(new + reset * recalled[2])
        return new + keep * (state - new)

    read = reads(layers.Dense(units, activation="relu")(segments))
    state = ops.zeros_like(read[:1, :1, 0, :units])
    for one in ops.split(read, steps // segment, axis=2):
        state = step(ops.squeeze(one, 2), state)
    # One query for every series and segment ahead: which series it is, and how far ahead.
    which, far = (
        layers.Embedding(count, units // 2, "random_normal")(numbers(past, count))
        for count in (series, ahead)
    )
    query = ops.concatenate([ops.repeat(which, ahead, axis=0), ops.tile(far, (series, 1))], axis=-1)
    query = reads(ops.reshape(query, (1, series, ahead, units)))
    decoded = step(query, ops.expand_dims(state, 2))
    change = layers.Dense(segment)(layers.Dropout(dropout)(decoded))
    change = ops.transpose(ops.reshape(change, (-1, series, target[0])), (0, 2, 1))
    return keras.Model(past, change + last)


def encoder_decoder(
    window: tuple[int, ...],
    target: tuple[int, ...],
    *,
    kind: str = "LSTM",
    units: int = 64,
    segment: int = 24,
) -> keras.Model:
    """Two layers, `LSTM` or `GRU`: one reads the window, one writes the forecast from its state.

    Both take `segment` steps of all series at a time, and forecast the change from the window's
    last value (Sutskever et al., NIPS 2014, arXiv:1409.3215, section 2, without feeding forecasts
    back).
    """
    import keras
    from keras import layers

    (steps, series), layer = window, getattr(layers, kind)
    past = keras.Input(window)
    last = past[:, -1:]
    segments = layers.Reshape((steps // segment, segment * series))(past - last)
    state = layer(units)(segments)
    written = layer(units, return_sequences=True)(layers.RepeatVector(target[0] // segment)(state))
    change = layers.Reshape(target)(layers.Dense(segment * series)(written))
    return keras.Model(past, change + last)


def numbers(series: keras.KerasTensor, count: int) -> keras.KerasTensor:
    """0 … count - 1, as a tensor of the network: what is looked up by constants is not trained."""
    from keras import ops

    return ops.zeros_like(series[:1, 0, 0], dtype="int32") + ops.arange(count)
