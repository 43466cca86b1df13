"""Protocols of image sets."""

from __future__ import annotations

from benchmarks.protocols.splits import official_split

CIFAR_STD = official_split(
    "CIFAR-STD",
    title="official 50,000/10,000 images",
    source="krizhevsky2009",
    split="official 50,000/10,000",
    repeats=5,
)
"""CIFAR's official 50,000 training and 10,000 test images, no test-time augmentation.

Split: Krizhevsky, *Learning Multiple Layers of Features from Tiny Images* (2009). The rest is
the convention of the ResNet table (He et al., CVPR 2016, arXiv:1512.03385): all 50,000 images
train the final network, the last epoch is scored, each test image once, no extra data.
"""

MNIST_OFFICIAL, FASHION_OFFICIAL = (
    official_split(
        f"{name}-OFFICIAL",
        title="official 60,000/10,000 images",
        source=source,
        split="official 60,000/10,000",
        repeats=5,
    )
    for name, source in (("MNIST", "lecun1998gradient"), ("FASHION", "xiao2017fashion"))
)
"""The official 60,000 training and 10,000 test images of MNIST and of Fashion-MNIST.

Split: LeCun et al., Proceedings of the IEEE 86 (1998); Xiao, Rasul and Vollgraf,
arXiv:1708.07747 (2017), who kept it. All training images train, the last epoch is scored.
"""
