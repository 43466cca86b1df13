"""A convolutional network with batch normalisation in NumPy. Lesson 2 of 4, after `scratch`.

Every block of the network is four layers, and each has a function for the way forward and one for
the way back:

    1  convolution          the same small window of weights at every place of the image
    2  batch normalisation  every channel to mean 0 and deviation 1 over the batch
    3  rectified linear unit
    4  max pooling          the largest of every 2×2 places
    5  network              the blocks in a row, then one dense layer

Loss, optimizer and loop are those of `scratch`. Shapes are written (rows, height, width,
channels), as in Keras.

What to notice: a convolution is a dense layer that is applied to every 3×3 patch, and so its
gradient is that of a dense layer over all patches; going back through it is a convolution again.
The gradient of pooling goes to one place in four, the others had no say. Normalisation is the one
layer in which the rows of a batch influence each other: its gradient takes away what all rows
share, and a single row at prediction time needs averages that were kept during training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.entries.lessons.scratch import Weights

EPSILON = 1e-3
"""Added to the variance, as Keras does, so that a channel that does not vary can be divided."""
MOMENTUM = 0.9
"""Share of the moving averages that a step keeps."""


# 1  Convolution


def patches(x: np.ndarray) -> np.ndarray:
    """What a 3×3 window sees at every place, as rows: (n, h, w, channels) to (n h w, 9 channels).

    Zeros lie around the image, so that there are as many places as pixels.
    """
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, 9 * x.shape[-1])


def convolve(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """3×3 convolution: (n, h, w, channels) to (n, h, w, filters).

    `kernel` is (3, 3, channels, filters). LeCun et al., *Backpropagation applied to handwritten
    zip code recognition* (Neural Computation 1, 1989). It is a dense layer on patches: every place
    has the same weights.
    """
    filters = kernel.shape[-1]
    return (patches(x) @ kernel.reshape(-1, filters)).reshape(*x.shape[:-1], filters)


def convolve_backward(
    x: np.ndarray, kernel: np.ndarray, delta: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Derivative of the loss by the image and by the kernel, from `delta`, that by the output.

    By the kernel as for a dense layer: what came in, transposed, times δ. By a pixel: it took part
    in nine places, in each through another weight, so δ is convolved with the kernel turned by 180
    degrees.
    """
    by_kernel = patches(x).T @ delta.reshape(-1, kernel.shape[-1])
    turned = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
    return convolve(delta, turned), by_kernel.reshape(kernel.shape)


# 2  Batch normalisation


def normalise(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, mean: np.ndarray, variance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """γ x̂ + β, where x̂ = (x - mean) / √(variance + ε), and x̂ itself; all but x are (channels,).

    Ioffe and Szegedy (ICML 2015), Algorithm 1. In training mean and variance are those of the
    batch, over rows, height and width; afterwards moving averages of them. γ and β are learnt, so
    that a channel can have any mean and deviation again.
    """
    normal = (x - mean) / np.sqrt(variance + EPSILON)
    return gamma * normal + beta, normal


def normalise_backward(
    normal: np.ndarray, gamma: np.ndarray, variance: np.ndarray, delta: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Derivative of the loss by x, γ and β, from `delta`, that by the output.

    Ioffe and Szegedy, section 3. Mean and variance depend on every row, so x has three ways into
    the output. Added up and simplified:

        ∂loss/∂x = γ / √(variance + ε) · (δ - mean(δ) - x̂ mean(δ x̂))

    What would only move all rows up, or stretch them, is normalised away, and so has no gradient.
    """
    over = (0, 1, 2)
    shared = delta.mean(axis=over) + normal * (delta * normal).mean(axis=over)
    by_x = gamma / np.sqrt(variance + EPSILON) * (delta - shared)
    return by_x, (delta * normal).sum(axis=over), delta.sum(axis=over)


# 4  Max pooling


def squares(x: np.ndarray) -> np.ndarray:
    """The four places of every 2×2 square side by side: (n, h/2, w/2, channels, 4)."""
    n, height, width, channels = x.shape
    split = x.reshape(n, height // 2, 2, width // 2, 2, channels)
    return split.transpose(0, 1, 3, 5, 2, 4).reshape(*split[:, :, 0, :, 0].shape, 4)


def max_pool(x: np.ndarray) -> np.ndarray:
    """The largest of every 2×2 places: (n, h, w, channels) to (n, h/2, w/2, channels)."""
    largest: np.ndarray = squares(x).max(axis=-1)
    return largest


def max_pool_backward(x: np.ndarray, delta: np.ndarray) -> np.ndarray:
    """Derivative of the loss by x: `delta` at the place that was largest, 0 at the other three.

    Of equal places the first takes it, row by row, as in TensorFlow.
    """
    n, height, width, channels = x.shape
    spread = np.eye(4, dtype=x.dtype)[squares(x).argmax(axis=-1)] * delta[..., None]
    split = spread.reshape(n, height // 2, width // 2, channels, 2, 2)
    return split.transpose(0, 1, 4, 2, 5, 3).reshape(x.shape)


# 5  Network


@dataclass(frozen=True)
class ConvNet:
    """Blocks of convolution, normalisation, rectified linear unit and pooling; a dense layer.

    `weights` are kernel, γ and β of every block, then matrix and bias of the dense layer. A
    convolution needs no bias: β does the same.
    """

    moving: list[np.ndarray]
    """Moving averages of mean and variance, block by block; training changes them in place."""

    def forward(self, weights: Weights, x: np.ndarray, step: int | None) -> tuple[np.ndarray, Any]:
        """Outputs (n, outputs) of images (n, h, w, channels), and what `backward` needs.

        In training, where there is a `step`, the moving averages move towards the batch's.
        """
        blocks = []
        for block in range(len(weights) // 3):
            kernel, gamma, beta = weights[3 * block : 3 * block + 3]
            made = convolve(x, kernel)
            mean, variance = self.moving[2 * block : 2 * block + 2]
            if step is not None:
                seen = made.mean(axis=(0, 1, 2)), made.var(axis=(0, 1, 2))
                for average, now in zip((mean, variance), seen, strict=True):
                    average += (1 - MOMENTUM) * (now - average)
                mean, variance = seen
            scaled, normal = normalise(made, gamma, beta, mean, variance)
            bent = np.maximum(scaled, 0)
            blocks.append((x, normal, variance, bent))
            x = max_pool(bent)
        flat = x.reshape(len(x), -1)
        return flat @ weights[-2] + weights[-1], (blocks, x.shape, flat)

    def backward(self, weights: Weights, memory: Any, slope: np.ndarray) -> Weights:
        """Derivative of the loss by all weights, from that by the outputs, `slope` (n, outputs)."""
        blocks, shape, flat = memory
        gradients = [flat.T @ slope, slope.sum(axis=0)]
        delta = (slope @ weights[-2].T).reshape(shape)
        for block in reversed(range(len(blocks))):
            x, normal, variance, bent = blocks[block]
            kernel, gamma, _ = weights[3 * block : 3 * block + 3]
            delta = max_pool_backward(bent, delta) * (bent > 0)
            delta, by_gamma, by_beta = normalise_backward(normal, gamma, variance, delta)
            delta, by_kernel = convolve_backward(x, kernel, delta)
            gradients = [by_kernel, by_gamma, by_beta, *gradients]
        return gradients
