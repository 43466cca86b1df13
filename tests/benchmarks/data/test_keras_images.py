"""CIFAR-100, MNIST and Fashion-MNIST on files of their formats with a handful of images.

The images are noise, made here; nothing is scored on them.
"""

from __future__ import annotations

import gzip
import hashlib
import pickle
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here

from benchmarks import registry
from benchmarks.data import (
    Corrupt,
    Store,
    Unavailable,
    cifar100,
    fashion_mnist,
    import_folder,
    keras_images,
    load,
    mnist,
)
from benchmarks.data.keras_images import read_cifar100, read_fashion, read_idx, read_mnist

__all__ = ["keras_here"]  # a fixture

RANDOM = np.random.default_rng(0)
SOURCES = {"cifar100": cifar100, "mnist": mnist, "fashion": fashion_mnist}
DEFINED = ("cifar/cifar100", "mnist/mnist", "mnist/fashion-mnist")


def pixels(*shape: int) -> np.ndarray:
    return RANDOM.integers(0, 256, shape, dtype=np.uint8)


def idx(array: np.ndarray) -> bytes:
    return b"\0\0\x08" + bytes([array.ndim]) + np.array(array.shape, ">i4").tobytes() + bytes(array)


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of Keras with all three sets, of 5 training and 3 test images; hashes are theirs."""
    datasets = tmp_path / "home" / "datasets"
    monkeypatch.setenv("KERAS_HOME", str(datasets.parent))
    cifar = datasets / "cifar-100-python-target" / "cifar-100-python"
    fashion = datasets / "fashion-mnist"
    for folder in (cifar, fashion):
        folder.mkdir(parents=True)
    for name, count in (("train", 5), ("test", 3)):
        content = {b"data": pixels(count, 3072), b"fine_labels": list(range(count))}
        (cifar / name).write_bytes(pickle.dumps(content, protocol=2))
    meta = {b"fine_label_names": [b"apple", b"aquarium_fish", b"baby", b"bear", b"beaver"]}
    (cifar / "meta").write_bytes(pickle.dumps(meta, protocol=2))
    np.savez(
        datasets / "mnist.npz",
        x_train=pixels(5, 28, 28),
        y_train=np.arange(5, dtype=np.uint8),
        x_test=pixels(3, 28, 28),
        y_test=np.arange(3, dtype=np.uint8),
    )
    for part, count in (("train", 5), ("t10k", 3)):
        images = gzip.compress(idx(pixels(count, 28, 28)))
        (fashion / f"{part}-images-idx3-ubyte.gz").write_bytes(images)
        labels = gzip.compress(idx(np.arange(count, dtype=np.uint8)))
        (fashion / f"{part}-labels-idx1-ubyte.gz").write_bytes(labels)
    for name in keras_images.CIFAR100:
        monkeypatch.setitem(keras_images.CIFAR100, name, md5(cifar.parent / name))
    for name in keras_images.FASHION:
        monkeypatch.setitem(keras_images.FASHION, name, md5(fashion / name))
    sha256 = hashlib.sha256((datasets / "mnist.npz").read_bytes()).hexdigest()
    monkeypatch.setitem(keras_images.MNIST, "mnist.npz", sha256)
    return datasets


def test_each_format_is_read_into_images_and_classes(made: Path) -> None:
    cifar = made / "cifar-100-python-target"
    colour = read_cifar100({name: cifar / name for name in keras_images.CIFAR100})
    digits = read_mnist({"mnist.npz": made / "mnist.npz"})
    clothes = read_fashion({name: made / "fashion-mnist" / name for name in keras_images.FASHION})
    assert colour.x.shape == (8, 32, 32, 3)
    assert digits.x.shape == clothes.x.shape == (8, 28, 28, 1)
    for dataset in (colour, digits, clothes):
        assert (dataset.x.dtype, dataset.y.dtype) == (np.uint8, np.int64)
        assert dataset.y.tolist() == [0, 1, 2, 3, 4, 0, 1, 2]
        assert dataset.train_rows == 5
    assert colour.class_names[1] == "aquarium fish"
    assert (len(digits.class_names), len(clothes.class_names)) == (10, 10)
    batch = pickle.loads((cifar / "cifar-100-python" / "train").read_bytes(), encoding="bytes")
    assert (colour.x[0, :, :, 2].ravel() == batch[b"data"][0, 2048:]).all(), (
        "blue is the last third"
    )
    assert (digits.x[5, :, :, 0] == np.load(made / "mnist.npz")["x_test"][0]).all()


@pytest.mark.parametrize("name", SOURCES)
def test_a_handful_of_images_is_kept_but_never_taken_for_the_data_set(
    name: str, made: Path, tmp_path: Path
) -> None:
    store = Store(tmp_path / "data", offline=True)
    source = SOURCES[name]()
    with pytest.raises(Corrupt, match=r"expected x of shape \([67]0000, .* received \(8, "):
        load(source, store)
    kept = [store.folder / file.keep for file in source.copies[0].files]
    assert all(path.is_file() for path in kept), "taken from where Keras left them"


@pytest.mark.parametrize("name", SOURCES)
def test_files_that_are_not_the_published_ones_are_passed_over(
    name: str, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.undo()
    monkeypatch.setenv("KERAS_HOME", str(made.parent))
    store = Store(tmp_path / "data", offline=True, report=lines.append)
    with pytest.raises(Unavailable):
        load(SOURCES[name](), store)
    assert any("passed over" in line and "with sha256" in line for line in lines)


def test_a_pickle_without_the_right_hash_is_never_opened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
            return Path.touch, (tmp_path / "run",)

    paths = {}
    for name in keras_images.CIFAR100:
        paths[name] = tmp_path / Path(name).name
        paths[name].write_bytes(pickle.dumps(Trap()))
    with pytest.raises(Corrupt, match="expected cifar-100-python/train with md5 16019d7e"):
        read_cifar100(paths)
    assert not (tmp_path / "run").exists()


@pytest.fixture
def archive(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small CIFAR-100 as an archive that a download brings; Keras has left nothing."""
    path = tmp_path / "cifar-100-python.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(made / "cifar-100-python-target" / "cifar-100-python", "cifar-100-python")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "empty"))

    def download(url: str, folder: Path, store: Store, sha256: str) -> Path:
        return Path(shutil.copy(path, folder))

    monkeypatch.setattr(keras_images, "download", download)
    return path


def test_an_archive_with_another_hash_is_not_unpacked(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras_images, "unpack", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(Corrupt, match=r"expected cifar-100-python\.tar\.gz with sha256 85cd44d0"):
        cifar100().obtain(Store(tmp_path / "data"))


def test_an_archive_with_the_hash_stated_is_read_and_imported(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    monkeypatch.setattr(keras_images, "CIFAR100_ARCHIVE", ("https://localhost/x.tar.gz", sha256))
    assert cifar100().obtain(Store(tmp_path / "data")).dataset.x.shape == (8, 32, 32, 3)
    (tmp_path / "brought").mkdir()
    shutil.copy(archive, tmp_path / "brought")
    other = Store(tmp_path / "other", offline=True)
    (line,) = import_folder(tmp_path / "brought", other, {"cifar": cifar100()})
    assert line.status == "imported"


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\x08\x01\0\0\0\x05abc", b"\0\0\x0d\x01\0\0\0\x01abcd", b"<html></html>"]
)
def test_what_is_no_idx_file_of_bytes_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(Corrupt, match=f"expected an IDX file of bytes, received {path.name}"):
        read_idx(path)


def test_an_archive_of_arrays_without_the_images_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "mnist.npz", y_train=np.zeros(3))
    with pytest.raises(Corrupt, match=r"expected x_train in mnist.npz, received y_train"):
        read_mnist({"mnist.npz": tmp_path / "mnist.npz"})


@pytest.mark.parametrize("name", DEFINED)
def test_without_the_files_a_definition_is_skipped_in_one_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "none"))
    benchmark = registry.load().benchmarks[name]
    assert benchmark.suite == "full", "no other suite waits for what may not be there"
    with pytest.raises(Unavailable) as caught:
        load(benchmark.data, Store(tmp_path / "data", offline=True))
    text = str(caught.value)
    assert "make data FROM=DIR" in text
    assert "\n" not in text
    assert len(text) < 400


@pytest.mark.usefixtures("keras_here")
def test_the_network_for_mnist_is_that_of_keras_example() -> None:
    from benchmarks.mnist.mnist import build

    model = build((28, 28, 1), 10)
    assert model.count_params() == 34_826, "as the example prints"
    assert model.output_shape == (None, 10)
