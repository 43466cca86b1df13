"""From texts to integer sequences and back into one network that takes strings.

Every vocabulary is learned on the training rows of its repeat alone, by Keras' `TextVectorization`,
and lies inside the kept network. Vocabularies and sequences have one size in all repeats, so that
repeats train as one stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import keras

ROWS = 1000
"""Texts encoded at a time."""
UNKNOWN = 1
"""Number of a token outside the vocabulary. A text without any token is read as one such token,
since the mean of none is no number."""


@dataclass(frozen=True)
class Tokens:
    """One `TextVectorization`, as plain values: what a token is, how many are known and read.

    Words are in lower case and without punctuation; characters keep both.
    """

    split: Literal["whitespace", "character"] = "whitespace"
    ngrams: tuple[int, ...] = (1,)
    """Lengths of the runs of words or characters that are tokens."""
    vocabulary: int = 4000
    """Most frequent tokens that have a number, the two of padding and of unknown ones included."""
    length: int = 40
    """Tokens read of a text; longer ones are cut, shorter ones filled up with zeros."""


def layer(tokens: Tokens, texts: np.ndarray) -> keras.layers.TextVectorization:
    """The Keras layer of these tokens, its vocabulary learned on `texts` (n,)."""
    import keras

    words = tokens.split == "whitespace"
    made = keras.layers.TextVectorization(
        max_tokens=tokens.vocabulary,
        standardize="lower_and_strip_punctuation" if words else None,
        split=tokens.split,
        ngrams=tokens.ngrams,
        output_sequence_length=tokens.length,
    )
    if len(texts):
        made.adapt(strings(texts), batch_size=ROWS)
    return made


@dataclass(frozen=True)
class Encoder:
    """The layers of one repeat, their numbers kept apart, and what they make of texts."""

    tokens: Sequence[Tokens]
    layers: Sequence[Any]

    def numbers(self, texts: np.ndarray) -> np.ndarray:
        """(n,) texts to (n, length) token numbers as float32, 0 where there is no token."""
        starts = range(0, max(len(texts), 1), ROWS)
        return np.concatenate([self._numbers(texts[start : start + ROWS]) for start in starts])

    def _numbers(self, texts: np.ndarray) -> np.ndarray:
        tensor = strings(texts)
        parts = [np.asarray(one(tensor)) for one in self.layers]
        shifted = [
            np.where(part > 0, part + offset, 0)
            for part, offset in zip(parts, offsets(self.tokens), strict=True)
        ]
        numbers = np.concatenate(shifted, axis=1).astype(np.float32)
        numbers[:, 0] = np.maximum(numbers[:, 0], UNKNOWN)
        return numbers

    def network(self, inner: keras.Model) -> keras.Model:
        """The network that takes strings, of one that takes token numbers."""
        import keras

        texts = keras.Input((), dtype="string", name="text")
        return keras.Model(texts, inner(self.layers_of(texts)))

    def layers_of(self, texts: keras.KerasTensor) -> keras.KerasTensor:
        """`numbers` as Keras layers, of a tensor of strings (batch,)."""
        from keras import ops

        parts = [
            ops.where(part > 0, part + offset, 0)
            for part, offset in zip(
                [one(texts) for one in self.layers], offsets(self.tokens), strict=True
            )
        ]
        first = ops.maximum(parts[0][:, :1], UNKNOWN)
        numbers = ops.concatenate([first, parts[0][:, 1:], *parts[1:]], axis=1)
        return ops.cast(numbers, "float32")


def fitted(tokens: Sequence[Tokens], texts: np.ndarray) -> Encoder:
    """The encoder whose vocabularies are those of these texts."""
    return Encoder(tokens, [layer(one, texts) for one in tokens])


def offsets(tokens: Sequence[Tokens]) -> list[int]:
    """What is added to the numbers of each vocabulary, so that no two share one but 0."""
    sizes = [one.vocabulary for one in tokens]
    return [sum(sizes[:place]) for place in range(len(sizes))]


def size(tokens: Sequence[Tokens]) -> int:
    """How many different numbers there are, 0 included."""
    return sum(one.vocabulary for one in tokens)


def strings(texts: np.ndarray) -> Any:
    """A tensor of strings of the same shape; what UTF-8 cannot hold becomes a question mark."""
    import tensorflow as tf

    encoded = [str(text).encode("utf-8", "replace") for text in texts.ravel()]
    return tf.reshape(tf.constant(encoded, tf.string), texts.shape)
