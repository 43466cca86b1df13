"""CIFAR-10 through keras.datasets, fetched by a child process and read without Keras."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data.core.download import amount
from benchmarks.data.core.loading import admit, obtain, remedy_for
from benchmarks.data.core.network import Transient, with_retries
from benchmarks.data.core.source import Copy, Corrupt, File, Source, Store, Unavailable
from benchmarks.data.core.store import identify, keep
from benchmarks.dataset import Dataset, Deviation

HOST = "www.cs.toronto.edu"
FOLDER = "datasets/cifar-10-batches-py-target/cifar-10-batches-py"
"""Where Keras unpacks the archive, below its home."""
ARCHIVE_BYTES = 170_498_071
CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)

NEAR_COPIES = Deviation("20 of the 10,000 test images are near copies", bound=0.002)
"""They are lossy copies of the right images; 20 images are 0.2 points of accuracy."""

MD5 = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
"""Of the official batches, in row order."""

REPACKED: dict[str, tuple[str, Deviation | None]] = {
    "data_batch_1": (
        "940577f4e1e14c43b3d4fce0c5f337a3c7a476ee715bf0b9e5b4e438621bb5e4",
        None,
    ),
    "data_batch_2": (
        "db9753572caf268e0c8f311b38f4a3e9176d3f6809443597cf80a8a821e555f6",
        None,
    ),
    "data_batch_3": (
        "0a569e556a61665286014ba65721ccf3606d1b3b919a03bbb35635c8f4daedba",
        None,
    ),
    "data_batch_4": (
        "9c0cfc87d7dd3c13339ac622b62aad3dfcd2f541cf516a8bd225e851a07ad382",
        None,
    ),
    "data_batch_5": (
        "e0da3c8ca5bfa919ab522cbc594734020d8528157c2873b89fc1a11eea9c1a87",
        None,
    ),
    "test_batch": (
        "0dde53560c1615322153d3b55131673ec4cdc0b77c96f2663fbfaf6fc7514c20",
        NEAR_COPIES,
    ),
}
"""A re-packing whose pickles lack the file names, by sha256; pixels and labels are the official
ones but for what is stated."""

CURABLE = (
    "URL fetch failure",
    "ContentTooShortError",
    "Incomplete or corrupted",
    "ConnectionReset",
)
"""What the client says when another try may help."""

LOAD = "import keras; keras.datasets.cifar10.load_data()"


def cifar10(
    *,
    title: str = "CIFAR-10",
    url: str = "https://www.cs.toronto.edu/~kriz/cifar.html",
    licence: str = "none stated; free for research with citation",
    citation: str = "krizhevsky2009",
) -> Source:
    """CIFAR-10: x uint8 (60000, 32, 32, 3), the 50,000 official training images first.

    Source: Krizhevsky (2009), "Learning multiple layers of features from tiny images".
    """
    copy = Copy(
        "CIFAR-10",
        tuple(
            File(
                name,
                keep=f"keras/{FOLDER}/{name}",
                md5=md5,
                variants=dict([REPACKED[name]]),
            )
            for name, md5 in MD5.items()
        ),
        read_batches,
    )

    def fetch(store: Store) -> None:
        for paths in in_keras_homes():
            try:
                admit(copy, paths, (60_000, 32, 32, 3), store, origin="from Keras's own cache")
            except Corrupt as error:
                store.report(f"passed over {paths['test_batch'].parent}: {error.reason}")
            else:
                return
        with_retries(lambda: run_client(store, [sys.executable, "-c", LOAD]), HOST, store)
        kept = {file.name: store.folder / file.keep for file in copy.files}
        for name, path in kept.items():
            if not path.is_file():
                raise Corrupt(f"keras.datasets left no {name} in {path.parent}")
        keep(copy, kept, store, origin="through keras.datasets", official=True)

    return Source(
        title=title,
        url=url,
        licence=licence,
        citation=citation,
        rows=60_000,
        features=(32, 32, 3),
        obtain=obtain((copy,), fetch, remedy_for("cifar-10-python.tar.gz")),
        hosts=(HOST,),
        values={"keras": "cifar10", "md5": MD5},
        copies=(copy,),
        megabytes=163,
    )


def read_batches(paths: Mapping[str, Path]) -> Dataset:
    """All images and labels of the six batches.

    Unpickling runs whatever a file says, so every file must have a known hash. Raises Corrupt.
    """
    images, labels = [], []
    for name, md5 in MD5.items():
        file = File(name, "", md5=md5, variants=dict([REPACKED[name]]))
        batch = unpickled(file, paths[name])
        images.append(batch[b"data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
        labels.append(np.asarray(batch[b"labels"], dtype=np.int64))
    return Dataset(
        x=np.ascontiguousarray(np.concatenate(images)),
        y=np.concatenate(labels),
        class_names=CLASSES,
        train_rows=50_000,
    )


def unpickled(file: File, path: Path) -> dict[bytes, Any]:
    """The content of a pickled file that is the one of the hashes stated. Raises Corrupt."""
    identify(file, path)
    with path.open("rb") as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy remarks on the age of the pickled dtype
        content: dict[bytes, Any] = pickle.load(opened, encoding="bytes")  # noqa: S301 - hash known
    return content


def in_keras_homes() -> Iterator[dict[str, Path]]:
    """The batches Keras, or its older versions, left on this machine."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser()
    for folder in (home / FOLDER, home / "datasets" / "cifar-10-batches-py"):
        paths = {name: folder / name for name in MD5}
        if all(path.is_file() for path in paths.values()):
            yield paths


def run_client(store: Store, command: list[str]) -> None:
    """Let the real client fill the data folder, in a process of its own.

    It has no timeout and its host may take half an hour; so there is no limit on the whole, but
    it is ended when the files have not grown for `store.stall_timeout` seconds.
    Raises Transient when it stalled or failed.
    """
    home = store.folder / "keras"
    home.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "KERAS_HOME": str(home), "TF_CPP_MIN_LOG_LEVEL": "3"}
    log = home / "client.log"
    with log.open("wb") as output:
        child = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            watch(child, home / "datasets", store)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
    if child.returncode:
        text = log.read_text(encoding="utf-8", errors="replace")
        last = text.strip().splitlines()[-1:]
        reason = last[0][:300] if last else f"exit status {child.returncode}"
        kind = Transient if any(word in text for word in CURABLE) else Unavailable
        raise kind(f"keras.datasets could not fetch CIFAR-10 ({reason})")
    log.unlink()


def watch(child: subprocess.Popen[bytes], folder: Path, store: Store) -> None:
    """Wait for a child, telling how its files grow. Raises Transient when they stop growing."""
    size, changed, told = 0, time.monotonic(), time.monotonic()
    while child.poll() is None:
        time.sleep(0.2)
        now, grown = time.monotonic(), size_of(folder, "*")
        if grown != size:
            size, changed = grown, now
        if now - changed > store.stall_timeout:
            raise Transient(
                f"{HOST} sent nothing for {store.stall_timeout:g} s while fetching CIFAR-10"
            )
        if now - told > 5:
            told = now
            store.report(amount("CIFAR-10", size_of(folder, "*_archive"), ARCHIVE_BYTES))


def size_of(folder: Path, pattern: str) -> int:
    """Bytes in all files that match; a file may vanish while it is looked at."""
    total = 0
    for path in folder.rglob(pattern):
        with suppress(FileNotFoundError):
            total += path.stat().st_size if path.is_file() else 0
    return total
