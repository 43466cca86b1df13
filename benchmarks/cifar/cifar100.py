"""CIFAR-100: the images of CIFAR-10's kind in a hundred classes, 500 training images each.

Defined to run where the archive can be reached; no score of the project's own is shipped for it.
"""

from __future__ import annotations

from benchmarks import Benchmark, benchmark
from benchmarks.cifar.cifar10 import RESNET
from benchmarks.data import cifar100 as official_cifar100
from benchmarks.entries import linear, majority, network
from benchmarks.entries.convolutional import resnet
from benchmarks.metrics import accuracy
from benchmarks.protocols import CIFAR_STD


@benchmark("cifar/cifar100", suite="full")
def cifar100() -> Benchmark:
    """Ten times the classes with a tenth of the images each."""
    return Benchmark(
        question="What is in the picture: one of a hundred kinds of thing or living being?",
        task="classification",
        data=official_cifar100(),
        protocol=CIFAR_STD,
        metric=accuracy(),
        entries=[
            majority(),
            linear(),
            network(
                "resnet20",
                resnet,
                RESNET,
                "ResNet-20 of He et al. by their recipe for CIFAR-10.",
                inputs="raw",
                precision="fastest",
                stack=1,
                repeats=3,
                threads=0,
                headline=True,
                seconds=60000,
            ),
        ],
        anchor="cifar100-densenet-bc-100-12",
        anchor_why=(
            "less than a million parameters, a recipe of one paragraph, weights of the last epoch"
        ),
        lessons=(
            "Five hundred images a class do not show a network what varies within it: augmentation "
            "and regularisation are worth more here than on CIFAR-10."
        ),
        seconds=60,
    )
