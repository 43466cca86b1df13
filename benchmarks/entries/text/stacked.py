"""Stacked forms of the layers that texts need: see `benchmarks.training.stacked_layers`.

Keras' own layers get an attribute `stacked`, which the trainer looks for; the kept network consists
of stock layers alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
from keras import layers, ops

from benchmarks.training.stacked_layers import Stacked, stacked_layer


def stackable(layer: Any) -> Any:
    """The layer, with its stacked form declared."""
    layer.stacked = partial(FORMS[type(layer)], layer=layer)
    return layer


def stackable_chain(model: keras.Model) -> keras.Model:
    """The network, whose layers follow one another, with its stacked form declared.

    For networks whose embedding masks the padding: masks are operations between their layers, which
    the trainer would refuse.
    """
    model.stacked = partial(_stacked_chain, model=model)
    return model


def _stacked_chain(repeats: int, model: keras.Model) -> keras.Model:
    numbers = keras.Input(batch_shape=(repeats, None, *model.inputs[0].shape[1:]))
    x = numbers
    for layer in model.layers[1:]:
        form = FORMS.get(type(layer))
        twin = form(repeats, layer) if form else stacked_layer(layer, repeats)
        twin.supports_masking = True
        x = twin(x)
    return keras.Model(numbers, x)


def stacked_joined(
    repeats: int,
    graph: Callable[..., Any],
    lengths: Sequence[int],
    texts: Any,
    numbers: Any,
    last: Any,
) -> keras.Model:
    """The stacked form of `builders.texts_and_numbers`: its graph, of stacked layers."""

    def form(layer: Any) -> Any:
        known = FORMS.get(type(layer))
        return known(repeats, layer) if known else stacked_layer(layer, repeats)

    inner = numbers.kernel.shape[0] if numbers is not None else 0
    rows = keras.Input(batch_shape=(repeats, None, sum(lengths) + inner))
    twins = [(form(embedding), form(average)) for embedding, average in texts]
    beside = form(numbers) if numbers is not None else None
    together = layers.Concatenate()
    ends = [form(layer) for layer in last]
    return keras.Model(rows, graph(rows, lengths, twins, beside, together, ends))


class StackedEmbedding(Stacked):
    """`Embedding`: (repeats, batch, length) numbers to vectors; 0 is masked where it is padding."""

    def __init__(self, repeats: int, layer: Any):
        super().__init__(repeats, layer)
        self.size, self.width = int(layer.input_dim), int(layer.output_dim)
        self.mask_zero = layer.mask_zero

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the vectors (repeats, rows, width)."""
        self.vectors = self.add_weight(shape=(self.repeats, self.size, self.width), name="vectors")

    def call(self, x: Any) -> Any:
        """Look the numbers up, all repeats in one table."""
        first = ops.reshape(self.size * ops.arange(self.repeats, dtype="int32"), (-1, 1, 1))
        table = ops.reshape(self.vectors, (self.repeats * self.size, self.width))
        return ops.take(table, ops.cast(x, "int32") + first, axis=0)

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        """Whether a number is no padding."""
        return ops.not_equal(x, 0) if self.mask_zero else None

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """One more axis: the width."""
        return (*shape, self.width)


class StackedAverage(Stacked):
    """`GlobalAveragePooling1D`, over the tokens that are no padding."""

    def __init__(self, repeats: int, layer: Any):
        super().__init__(repeats, layer)
        self.supports_masking = True

    def call(self, x: Any, mask: Any = None) -> Any:
        """(repeats, batch, length, width) to (repeats, batch, width)."""
        if mask is None:
            return ops.mean(x, axis=2)
        kept = ops.cast(mask, x.dtype)[..., None]
        # As Keras has it: a text without any token divides nothing by next to nothing.
        return ops.sum(x * kept, axis=2) / (ops.sum(kept, axis=2) + 1e-7)

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        """None is left."""
        return None

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Without the length."""
        return (*shape[:2], shape[3])


class StackedMaximum(StackedAverage):
    """`GlobalMaxPooling1D`."""

    def call(self, x: Any, mask: Any = None) -> Any:
        """(repeats, batch, length, width) to (repeats, batch, width)."""
        return ops.max(x, axis=2)


class StackedConvolution(Stacked):
    """`Conv1D` of stride 1 without padding, as one matrix product for all repeats."""

    def __init__(self, repeats: int, layer: Any):
        super().__init__(repeats, layer)
        self.filters, self.activation = layer.filters, layer.activation
        (self.steps,) = layer.kernel_size

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the kernel (repeats, steps, width, filters) and the bias (repeats, filters)."""
        kernel = (self.repeats, self.steps, shape[-1], self.filters)
        self.kernel = self.add_weight(shape=kernel, name="kernel")
        self.bias = self.add_weight(shape=(self.repeats, self.filters), name="bias")

    def call(self, x: Any) -> Any:
        """(repeats, batch, length, width) to (repeats, batch, length - steps + 1, filters)."""
        length = x.shape[2] - self.steps + 1
        output = self.bias[:, None, None, :]
        for step in range(self.steps):
            kernel = self.kernel[:, None, step]
            output = output + ops.matmul(x[:, :, step : step + length], kernel)
        return self.activation(output)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Shorter by the kernel, less one; the width becomes the filters."""
        return (*shape[:2], (shape[2] or 0) - self.steps + 1, self.filters)


class StackedGRU(Stacked):
    """`GRU` read at its last token, with biases of input and of state; padding is passed over."""

    def __init__(self, repeats: int, layer: Any):
        super().__init__(repeats, layer)
        self.units, self.draws = layer.units, len(layer.non_trainable_variables)
        self.supports_masking = True

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make kernel, recurrent kernel and biases, gates side by side as Keras has them."""
        gates = 3 * self.units
        self.kernel = self.add_weight(shape=(self.repeats, shape[-1], gates), name="kernel")
        recurrent = (self.repeats, self.units, gates)
        self.recurrent = self.add_weight(shape=recurrent, name="recurrent_kernel")
        self.bias = self.add_weight(shape=(self.repeats, 2, gates), name="bias")
        for _ in range(self.draws):  # Keras' layer keeps a generator for a dropout it does not have
            state = (self.repeats, 2)
            self.add_weight(state, dtype="int64", initializer="zeros", trainable=False)

    def call(self, x: Any, mask: Any = None) -> Any:
        """(repeats, batch, length, width) to (repeats, batch, units)."""
        read = ops.matmul(x, self.kernel[:, None]) + self.bias[:, None, None, 0]
        state = ops.zeros_like(read[:, :, 0, : self.units])
        for step in range(x.shape[2]):
            keep, reset, new = ops.split(read[:, :, step], 3, axis=-1)
            recalled = ops.matmul(state, self.recurrent) + self.bias[:, None, 1]
            recalled_keep, recalled_reset, recalled_new = ops.split(recalled, 3, axis=-1)
            keep = ops.sigmoid(keep + recalled_keep)
            new = ops.tanh(new + ops.sigmoid(reset + recalled_reset) * recalled_new)
            after = keep * state + (1.0 - keep) * new
            state = after if mask is None else ops.where(mask[:, :, step, None], after, state)
        return state

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        """None is left."""
        return None

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The state alone."""
        return (*shape[:2], self.units)


FORMS: dict[type, Callable[..., Stacked]] = {
    layers.Embedding: StackedEmbedding,
    layers.GlobalAveragePooling1D: StackedAverage,
    layers.GlobalMaxPooling1D: StackedMaximum,
    layers.Conv1D: StackedConvolution,
    layers.GRU: StackedGRU,
}
"""By the Keras layer they stand for."""
