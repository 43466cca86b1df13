"""CIFAR-100, MNIST and Fashion-MNIST: the files that keras.datasets fetches.

They come from the addresses in Keras' own source, or from where Keras left them on this machine,
and are held against the hashes that Keras (CIFAR-100's archive, MNIST) or the publisher states.
Nothing is unpacked or read before.
"""

from __future__ import annotations

import gzip
import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.data.cifar import unpickled
from benchmarks.data.core.archives import unpack
from benchmarks.data.core.download import download
from benchmarks.data.core.loading import admit, obtain, remedy_for
from benchmarks.data.core.network import host_of
from benchmarks.data.core.source import Copy, Corrupt, File, Source, Store
from benchmarks.data.core.store import DOWNLOADED, identify, workspace
from benchmarks.dataset import Dataset

GOOGLE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"
CIFAR100_ARCHIVE = (
    "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
)
"""Address and sha256, as `keras/src/datasets/cifar100.py` has them."""
CIFAR100 = {
    "cifar-100-python/train": "16019d7e3df5f24257cddd939b257f8d",
    "cifar-100-python/test": "f0ef6b0ae62326f3e7ffdfab6717acfc",
    "cifar-100-python/meta": "7973b15100ade9c7d40fb424638fde48",
}
"""MD5 of what is in it, as `torchvision/datasets/cifar.py` has them."""
MNIST = {"mnist.npz": "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"}
"""Sha256, as `keras/src/datasets/mnist.py` has it."""
FASHION = {
    "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
}
"""MD5, as the README of github.com/zalandoresearch/fashion-mnist has them."""
CLOTHES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


def cifar100() -> Source:
    """CIFAR-100: x uint8 (60000, 32, 32, 3), the 50,000 official training images first.

    Source: Krizhevsky (2009), "Learning multiple layers of features from tiny images".
    """
    return _source(
        "CIFAR-100",
        _files(CIFAR100, "cifar-100-python-target", "md5"),
        read_cifar100,
        {"cifar-100-python.tar.gz": CIFAR100_ARCHIVE},
        (60_000, 32, 32, 3),
        url="https://www.cs.toronto.edu/~kriz/cifar.html",
        licence="none stated; free for research with citation",
        citation="krizhevsky2009",
        megabytes=161,
    )


def mnist() -> Source:
    """MNIST: x uint8 (70000, 28, 28, 1), the 60,000 official training images first."""
    return _source(
        "MNIST",
        _files(MNIST, "", "sha256"),
        read_mnist,
        {name: (f"{GOOGLE}/{name}", sha256) for name, sha256 in MNIST.items()},
        (70_000, 28, 28, 1),
        url="https://keras.io/api/datasets/mnist/",
        licence="CC BY-SA 3.0",
        citation="lecun1998gradient",
    )


def fashion_mnist() -> Source:
    """Fashion-MNIST: x uint8 (70000, 28, 28, 1), the 60,000 official training images first."""
    return _source(
        "Fashion-MNIST",
        _files(FASHION, "fashion-mnist", "md5"),
        read_fashion,
        {name: (f"{GOOGLE}/{name}", "") for name in FASHION},
        (70_000, 28, 28, 1),
        url="https://github.com/zalandoresearch/fashion-mnist",
        licence="MIT",
        citation="xiao2017fashion",
        megabytes=30,
    )


def _files(
    hashes: Mapping[str, str], folder: str, kind: Literal["sha256", "md5"]
) -> tuple[File, ...]:
    """Files below the data folder as Keras lays them out below its own."""
    place = "/".join(filter(None, ["keras/datasets", folder]))
    return tuple(
        File(name, f"{place}/{name}", *((value,) if kind == "sha256" else ("", value)))
        for name, value in hashes.items()
    )


def _source(
    title: str,
    files: tuple[File, ...],
    read: Callable[[Mapping[str, Path]], Dataset],
    downloads: Mapping[str, tuple[str, str]],
    shape: tuple[int, ...],
    *,
    url: str,
    licence: str,
    citation: str,
    megabytes: int = 0,
) -> Source:
    """`downloads` has the address of every file, or of an archive with all, and its sha256."""
    copy = Copy(title, files, read)

    def fetch(store: Store) -> None:
        home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser()
        kept = {file.name: home / file.keep.removeprefix("keras/") for file in files}
        if all(path.is_file() for path in kept.values()):
            try:
                admit(copy, kept, shape, store, origin="from Keras's own cache")
                return
            except Corrupt as error:
                store.report(f"passed over {kept[files[0].name].parent}: {error.reason}")
        with workspace(store) as folder:
            paths = {
                name: download(address, folder, store, sha256)
                for name, (address, sha256) in downloads.items()
            }
            for name, path in paths.items():
                if name.endswith(".tar.gz"):
                    identify(File(name, "", sha256=downloads[name][1]), path)
                    paths = unpack(path, {file.name for file in files}.__contains__, folder)
                    if missing := [file.name for file in files if file.name not in paths]:
                        raise Corrupt(f"expected {missing[0]} in {name}, found no such member")
            admit(copy, paths, shape, store, origin=DOWNLOADED)

    return Source(
        title=title,
        url=url,
        licence=licence,
        citation=citation,
        rows=shape[0],
        features=shape[1:],
        obtain=obtain((copy,), fetch, remedy_for(" and ".join(downloads))),
        hosts=tuple(sorted({host_of(address) for address, _ in downloads.values()})),
        values={"files": {file.name: file.sha256 or file.md5 for file in files}},
        copies=(copy,),
        megabytes=megabytes,
    )


def read_cifar100(paths: Mapping[str, Path]) -> Dataset:
    """All images with their fine labels.

    Unpickling runs whatever a file says, so every file must have its hash. Raises Corrupt.
    """
    train, test, meta = (
        unpickled(File(name, "", md5=value), paths[name]) for name, value in CIFAR100.items()
    )
    parts = [train, test]
    images = np.concatenate([part[b"data"] for part in parts])
    labels = [np.asarray(part[b"fine_labels"], dtype=np.int64) for part in parts]
    return Dataset(
        x=np.ascontiguousarray(images.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)),
        y=np.concatenate(labels),
        class_names=tuple(name.decode().replace("_", " ") for name in meta[b"fine_label_names"]),
        train_rows=len(labels[0]),
    )


def read_mnist(paths: Mapping[str, Path]) -> Dataset:
    """All digits. Raises Corrupt for a file without the four arrays."""
    with np.load(paths["mnist.npz"], allow_pickle=False) as arrays:
        names = ("x_train", "y_train", "x_test", "y_test")
        if missing := [name for name in names if name not in arrays]:
            raise Corrupt(f"expected {missing[0]} in mnist.npz, received {', '.join(arrays)}")
        return _grey([arrays[name] for name in names], tuple(map(str, range(10))))


def read_fashion(paths: Mapping[str, Path]) -> Dataset:
    """All pictures of clothes. Raises Corrupt for a file that is no IDX file of bytes."""
    return _grey([read_idx(paths[name]) for name in FASHION], CLOTHES)


def read_idx(path: Path) -> np.ndarray:
    """The array of bytes in a compressed IDX file (yann.lecun.com/exdb/mnist). Raises Corrupt."""
    with gzip.open(path, "rb") as file:
        content = file.read()
    axes = content[3] if content[:3] == b"\0\0\x08" else 0  # two zeros, the type byte, the axes
    start = 4 + 4 * axes
    shape = [int(size) for size in np.frombuffer(content[4:start], ">i4")]
    if not axes or len(content) - start != math.prod(shape):
        raise Corrupt(
            f"expected an IDX file of bytes, received {path.name} of {len(content)} bytes that "
            f"begins with {content[:4].hex(' ')}"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _grey(arrays: Sequence[np.ndarray], class_names: tuple[str, ...]) -> Dataset:
    """From images and labels that train, images and labels that test."""
    train_x, train_y, test_x, test_y = arrays
    return Dataset(
        x=np.concatenate([train_x, test_x])[..., None],
        y=np.concatenate([train_y, test_y]).astype(np.int64),
        class_names=class_names,
        train_rows=len(train_y),
    )
