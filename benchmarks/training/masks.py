"""Dropout masks from an integer hash: cheap wherever they are drawn, and every repeat's own.

TensorFlow's generators cost more than the network itself inside a compiled loop on a CPU. A mask
needs no more than one well mixed word for every number it covers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf


def mix(word: Any) -> Any:
    """A one-to-one scrambling of 32-bit words in which every input bit moves every output bit.

    The finaliser `fmix32` of MurmurHash3 (Appleby 2011, public domain, `MurmurHash3.cpp` of
    github.com/aappleby/smhasher).
    """
    word = tf.cast(word, tf.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        word = tf.bitwise.bitwise_xor(word, tf.bitwise.right_shift(word, _word(shift)))
        word = word * _word(factor)
    return tf.bitwise.bitwise_xor(word, tf.bitwise.right_shift(word, _word(16)))


def dropout_mask(seeds: Any, counts: Any, shape: Sequence[int], rate: float) -> Any:
    """(repeats, *shape) booleans, each true with probability 1 - `rate`.

    A repeat's mask depends on its own seed and count (of masks drawn before), both (repeats,)
    integers, and on nothing else. Counter-based, as Salmon et al. 2011, "Parallel random numbers:
    as easy as 1, 2, 3": the generator has no state but what it is given.
    """
    keys = mix(tf.bitwise.bitwise_xor(tf.cast(seeds, tf.uint32), mix(counts)))
    places = mix(tf.range(1, math.prod(shape) + 1))
    words = mix(places[None, :] + keys[:, None])
    # A hair under 2³² at most: a rate of next to nothing must not keep nothing.
    limit = min(round((1.0 - rate) * 2**32), 2**32 - 1)
    return tf.reshape(words < _word(limit), (-1, *shape))


def _word(value: int) -> Any:
    return tf.constant(value, tf.uint32)
