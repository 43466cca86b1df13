"""Batch normalisation of images in one fused operation, for training alone.

Keras' layer takes mean and variance apart, in float32 whatever the precision, and passes over the
feature map several times. The arithmetic is the same; the trained weights go back into Keras' own
layer, which is what is kept and scored.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


class Fused(keras.layers.BatchNormalization):
    """Keras' layer with `FusedBatchNormV3` in place of its parts; same weights, same order."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise (batch, height, width, channels) over all but the channels."""
        channels = inputs.shape[-1]
        scale = self.gamma if self.scale else tf.ones(channels)
        offset = self.beta if self.center else tf.zeros(channels)
        moving = [self.moving_mean.value, self.moving_variance.value]
        training = bool(training) and self.trainable
        output, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.cast(scale, tf.float32),
            offset=tf.cast(offset, tf.float32),
            mean=tf.zeros(0) if training else tf.cast(moving[0], tf.float32),
            variance=tf.zeros(0) if training else tf.cast(moving[1], tf.float32),
            epsilon=self.epsilon,
            is_training=training,
        )
        if training:
            # The fused operation reports the unbiased variance; Keras keeps the biased one.
            count = tf.cast(tf.size(inputs) // channels, tf.float32)
            new = mean, variance * (count - 1) / count
            for variable, old, value in zip(
                (self.moving_mean, self.moving_variance), moving, new, strict=True
            ):
                kept = tf.cast(old, tf.float32) * self.momentum + value * (1 - self.momentum)
                variable.assign(tf.cast(kept, old.dtype))
        return output


def fused(model: keras.Model) -> keras.Model:
    """The model with fused normalisation where its layers allow it; itself where none does.

    Its weights are new ones, in the same order and of the same shapes: only for stateless calls.
    """
    if not any(_fusible(layer) for layer in model.layers):
        return model

    def clone(layer: Any) -> Any:
        kind = Fused if _fusible(layer) else type(layer)
        return kind.from_config(layer.get_config())

    return keras.models.clone_model(model, clone_function=clone)


def _fusible(layer: Any) -> bool:
    return (
        type(layer) is keras.layers.BatchNormalization
        and len(layer.input.shape) == 4
        and layer.axis in (-1, 3)
    )
