"""Convolutional networks for small images, as published; each ends in logits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras


def vgg(
    shape: tuple[int, ...],
    outputs: int,
    *,
    blocks: int = 3,
    dropouts: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0),
    batch_normalization: bool = False,
    l2: float = 0.0,
) -> keras.Model:
    """The ladder's networks: blocks of two 3×3 convolutions and a pooling, then 128 dense units.

    `dropouts` follow the blocks and the dense layer; `batch_normalization` puts one behind
    every activation; `l2` is the penalty, as Keras counts it, of all kernels but the last.
    Brownlee 2019, "How to Develop a CNN From Scratch for CIFAR-10".
    """
    import keras
    from keras import layers

    def plus(made: Any) -> list[Any]:
        return [made, layers.BatchNormalization()] if batch_normalization else [made]

    he: Any = {
        "activation": "relu",
        "kernel_initializer": "he_uniform",
        "kernel_regularizer": keras.regularizers.L2(l2) if l2 else None,
    }
    net: list[Any] = [keras.Input(shape), layers.Rescaling(1 / 255)]
    for filters, rate in zip((32, 64, 128)[:blocks], dropouts, strict=False):
        for _ in range(2):
            net += plus(layers.Conv2D(filters, 3, padding="same", **he))
        net += [layers.MaxPooling2D()] + ([layers.Dropout(rate)] if rate else [])
    net += [layers.Flatten(), *plus(layers.Dense(128, **he))]
    net += [layers.Dropout(dropouts[-1])] if dropouts[-1] else []
    return keras.Sequential([*net, layers.Dense(outputs, dtype="float32")])


def keras_simple(shape: tuple[int, ...], outputs: int) -> keras.Model:
    """The example `cifar10_cnn.py` that came with Keras: four convolutions, 512 dense units."""
    import keras
    from keras import layers

    net: list[Any] = [keras.Input(shape), layers.Rescaling(1 / 255)]
    for filters in (32, 64):
        net += [
            layers.Conv2D(filters, 3, padding="same", activation="relu"),
            layers.Conv2D(filters, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
        ]
    net += [layers.Flatten(), layers.Dense(512, activation="relu"), layers.Dropout(0.5)]
    return keras.Sequential([*net, layers.Dense(outputs, dtype="float32")])


def resnet(
    shape: tuple[int, ...], outputs: int, *, depth: int = 20, weight_decay: float = 1e-4
) -> keras.Model:
    """Residual network of 6n + 2 layers with parameter-free shortcuts (their option A).

    He et al. 2016, arXiv:1512.03385, section 4.2; `weight_decay` is on the kernels.
    """
    import keras
    from keras import layers, ops

    half = keras.regularizers.L2(weight_decay / 2)  # Keras' L2 has no factor one half

    def convolved(x: Any, filters: int, strides: int = 1) -> Any:
        x = layers.Conv2D(
            filters,
            3,
            strides,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            kernel_regularizer=half,
        )(x)
        return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)

    inputs = keras.Input(shape)
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.ReLU()(convolved(x, 16))
    for filters in (16, 32, 64):
        for _ in range((depth - 2) // 6):
            strides = 1 if x.shape[-1] == filters else 2
            y = layers.ReLU()(convolved(x, filters, strides))
            y = convolved(y, filters)
            if strides == 2:
                more = filters - x.shape[-1]
                x = ops.pad(x[:, ::2, ::2], ((0, 0), (0, 0), (0, 0), (0, more)))
            x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(
        outputs, kernel_initializer="he_normal", kernel_regularizer=half, dtype="float32"
    )(x)
    return keras.Model(inputs, x)


def speedrun(
    shape: tuple[int, ...],
    outputs: int,
    *,
    widths: tuple[int, ...] = (64, 256, 256),
    activation: str = "gelu",
) -> keras.Model:
    """A wide, shallow network that learns in few epochs: whitening first, then three blocks.

    After Jordan 2024, arXiv:2404.00498, section 3, and Page 2018, "How to Train Your ResNet": a
    frozen whitening convolution (`whiten` sets it), blocks of two convolutions with pooling
    before the normalisation, normalisation without a scale, identity at the start of every
    kernel, and logits scaled down.
    """
    import keras
    from keras import layers

    patches = 2 * 2 * 2 * shape[-1]
    net: list[Any] = [
        keras.Input(shape),
        layers.Rescaling(1 / 64, offset=-2.0),  # about unit variance, about no mean
        layers.Conv2D(patches, 2, use_bias=False, trainable=False, name="whitening"),
        layers.Activation(activation),
    ]
    for width in widths:
        for pooled in (True, False):
            net.append(layers.Conv2D(width, 3, padding="same", use_bias=False))
            net += [layers.MaxPooling2D()] if pooled else []
            net += [
                layers.BatchNormalization(scale=False, momentum=0.6, epsilon=1e-5),
                layers.Activation(activation),
            ]
    net += [
        layers.MaxPooling2D(3),
        layers.Flatten(),
        layers.Dense(outputs, use_bias=False, dtype="float32"),
        layers.Rescaling(1 / 72, dtype="float32"),  # few steps: begin with even odds
    ]
    return keras.Sequential(net)


def whiten(network: keras.Model, x: np.ndarray, seed: int) -> None:
    """Set the start of a `speedrun` from its training images x (rows, height, width, channels).

    The whitening convolution maps 2×2 patches on their principal directions, each scaled to unit
    variance and taken with both signs (arXiv:2404.00498, section 3.2); of the other kernels the
    first filters pass a channel on unchanged (section 3.3), the rest start uniform in ±1/√inputs,
    the last layer in a quarter of that.
    """
    import keras

    rng = np.random.default_rng(seed)
    for layer in network.layers:
        if layer.name == "whitening":
            layer.kernel.assign(
                whitening_kernel(np.asarray(network.layers[0](x[:5000]), np.float32))
            )
        elif isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            fan_in = int(np.prod(layer.kernel.shape[:-1]))
            kernel = rng.uniform(-1, 1, layer.kernel.shape).astype(np.float32) / np.sqrt(fan_in)
            if kernel.ndim == 2:
                kernel *= 0.28
            else:
                same = np.arange(min(kernel.shape[2:]))
                kernel[:, :, :, same] = 0
                kernel[1, 1, same, same] = 1
            layer.kernel.assign(kernel)


def speedrun_decayed(
    shape: tuple[int, ...], outputs: int, *, decay: float, **options: Any
) -> keras.Model:
    """A `speedrun` whose offsets and last layer are pulled to zero, as airbench94_muon's are.

    `decay` times half their square is added to the loss. The script adds w / rate times a weight
    to the gradient of a summed loss, which is the same for decay = w / (rate × batch): 2e-6 / 0.053
    there (Jordan 2024, airbench94_muon.py).
    """
    import keras

    network = speedrun(shape, outputs, **options)
    half = keras.regularizers.L2(decay / 2)  # Keras' L2 has no factor one half
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.beta_regularizer = half
        elif isinstance(layer, keras.layers.Dense):
            layer.kernel_regularizer = half
    return keras.models.clone_model(network)


def whiten_wide(network: keras.Model, x: np.ndarray, seed: int) -> None:
    """As `whiten`, and the last layer starts wide: its products with an input deviate by 1/inputs.

    As airbench94_muon.py has it, where they divide logits by the number of inputs.
    """
    whiten(network, x, seed)
    scale, kernel = network.layers[-1].scale, network.layers[-2].kernel
    values = np.asarray(kernel, np.float32)
    kernel.assign(values / (values.std() * len(values) * scale))


def whitening_kernel(images: np.ndarray) -> np.ndarray:
    """(2, 2, channels, 8 channels) kernel from the covariance of the images' 2×2 patches."""
    patches = np.lib.stride_tricks.sliding_window_view(images, (2, 2), axis=(1, 2))
    channels = images.shape[-1]
    flat = patches.reshape(-1, channels * 4)  # channel, row, column
    variances, directions = np.linalg.eigh(flat.T @ flat / len(flat))
    filters = (directions / np.sqrt(variances + 5e-4)).T[::-1].reshape(-1, channels, 2, 2)
    return np.concatenate([filters, -filters]).transpose(2, 3, 1, 0)
