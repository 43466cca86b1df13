"""Networks over token numbers (length,) that end in logits; the number 0 is padding."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def mean_embedding(
    shape: tuple[int, ...],
    outputs: int,
    *,
    vocabulary: int,
    width: int = 16,
    hidden: int = 0,
    dropout: float = 0.0,
) -> keras.Model:
    """The mean of the tokens' embeddings, and a linear layer: fastText.

    Joulin et al., EACL 2017, arXiv:1607.01759, section 2. With `hidden` there is a layer of so
    many units between.
    """
    from keras import layers

    numbers, x = _embedded(shape, vocabulary, width, mask=True)
    x = layers.GlobalAveragePooling1D()(x)
    if hidden:
        x = layers.Dense(hidden, activation="relu")(_dropped(x, dropout))
    return _chain(_logits(numbers, x, outputs, dropout))


def convolutions(
    shape: tuple[int, ...],
    outputs: int,
    *,
    vocabulary: int,
    width: int = 16,
    filters: int = 32,
    kernels: tuple[int, ...] = (2, 3, 4),
    dropout: float = 0.5,
) -> keras.Model:
    """Convolutions over so many tokens each, the largest output of every filter, a linear layer.

    Kim, EMNLP 2014, arXiv:1408.5882, section 2.
    """
    from keras import layers

    numbers, x = _embedded(shape, vocabulary, width, mask=False)
    x = _dropped(x, dropout / 2)
    pooled = [
        _stackable(layers.GlobalMaxPooling1D())(
            _stackable(layers.Conv1D(filters, kernel, activation="relu"))(x)
        )
        for kernel in kernels
    ]
    x = pooled[0] if len(pooled) == 1 else layers.Concatenate()(pooled)
    return _logits(numbers, x, outputs, dropout)


def gru(
    shape: tuple[int, ...],
    outputs: int,
    *,
    vocabulary: int,
    width: int = 16,
    units: int = 32,
    dropout: float = 0.5,
) -> keras.Model:
    """One GRU layer, read at the last token (Cho et al., EMNLP 2014, arXiv:1406.1078)."""
    from keras import layers

    numbers, x = _embedded(shape, vocabulary, width, mask=True)
    x = layers.GRU(units)(_dropped(x, dropout))
    return _chain(_logits(numbers, x, outputs, dropout))


def texts_and_numbers(
    shape: tuple[int, ...],
    outputs: int,
    *,
    lengths: tuple[int, ...],
    vocabulary: int,
    width: int = 16,
    units: int = 32,
    dropout: float = 0.3,
) -> keras.Model:
    """Rows of token numbers of several texts, `lengths` each, then of numbers: one network.

    The mean of each text's embeddings, and a layer of `units` over the numbers, are joined.
    """
    import keras
    from keras import layers

    rows = keras.Input(shape)
    texts = [
        (layers.Embedding(vocabulary, width, mask_zero=True), layers.GlobalAveragePooling1D())
        for _ in lengths
    ]
    numbers = layers.Dense(units, activation="relu") if shape[0] > sum(lengths) else None
    last = (layers.Dropout(dropout), layers.Dense(outputs))
    model = keras.Model(rows, joined(rows, lengths, texts, numbers, layers.Concatenate(), last))
    model.stacked = _stacked_joined(lengths, texts, numbers, last)
    return model


def joined(
    rows: Any, lengths: Sequence[int], texts: Any, numbers: Any, together: Any, last: Any
) -> Any:
    """The graph of `texts_and_numbers` of its layers; rows are the last axis."""
    start, parts = 0, []
    for length, (embedding, average) in zip(lengths, texts, strict=True):
        parts.append(average(embedding(rows[..., start : start + length])))
        start += length
    parts += [numbers(rows[..., start:])] if numbers is not None else []
    x = parts[0] if len(parts) == 1 else together(parts)
    for layer in last:
        x = layer(x)
    return x


def _stacked_joined(lengths: Sequence[int], texts: Any, numbers: Any, last: Any) -> Any:
    from benchmarks.entries.text.stacked import stacked_joined

    parts = {"lengths": lengths, "texts": texts, "numbers": numbers, "last": last}
    return partial(stacked_joined, graph=joined, **parts)


def transformer(
    shape: tuple[int, ...],
    outputs: int,
    *,
    vocabulary: int,
    width: int = 32,
    num_heads: int = 4,
    blocks: int = 1,
    dropout: float = 0.3,
) -> keras.Model:
    """Small Transformer encoder with normalisation before attention, averaged over the tokens.

    Vaswani et al., NIPS 2017, arXiv:1706.03762, section 3.1; Xiong et al., ICML 2020,
    arXiv:2002.04745, section 3.2, for the place of the normalisation. Positions are learned.
    """
    from keras import layers, ops

    numbers, x = _embedded(shape, vocabulary, width, mask=False)
    present = ops.not_equal(numbers, 0)
    places = ops.zeros_like(numbers[:1, :], dtype="int32") + ops.arange(shape[0])
    x = layers.Dropout(dropout)(x + layers.Embedding(shape[0], width)(places))
    for _ in range(blocks):
        normal = layers.LayerNormalization()(x)
        attend = layers.MultiHeadAttention(num_heads, width // num_heads, dropout=dropout)
        x = x + attend(normal, normal, attention_mask=present[:, None, :])
        inner = layers.Dense(2 * width, activation="gelu")(layers.LayerNormalization()(x))
        x = x + layers.Dropout(dropout)(layers.Dense(width)(inner))
    share = ops.cast(present, x.dtype)[:, :, None]
    x = ops.sum(layers.LayerNormalization()(x) * share, axis=1)
    x = x / ops.maximum(ops.sum(share, axis=1), 1.0)
    return _logits(numbers, x, outputs, dropout)


def _embedded(shape: tuple[int, ...], vocabulary: int, width: int, *, mask: bool) -> Any:
    import keras

    numbers = keras.Input(shape)
    embedding = keras.layers.Embedding(vocabulary, width, mask_zero=mask)
    return numbers, _stackable(embedding)(numbers)


def _dropped(x: Any, dropout: float) -> Any:
    from keras import layers

    return layers.Dropout(dropout)(x) if dropout else x


def _logits(numbers: Any, x: Any, outputs: int, dropout: float) -> keras.Model:
    import keras

    return keras.Model(numbers, keras.layers.Dense(outputs)(_dropped(x, dropout)))


def _chain(model: keras.Model) -> keras.Model:
    from benchmarks.entries.text.stacked import stackable_chain

    return stackable_chain(model)


def _stackable(layer: Any) -> Any:
    from benchmarks.entries.text.stacked import stackable

    return stackable(layer)
