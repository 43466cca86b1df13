"""The texts of `keras.datasets`, IMDB's reviews and Reuters' newswires, as words again.

Keras keeps them as the ranks of their words, in lower case and without punctuation, beside a list
of the words. Both files are fetched from where Keras fetches them, with the hashes it states.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.data.core.download import download
from benchmarks.data.core.loading import admit, obtain, remedy_for
from benchmarks.data.core.network import host_of
from benchmarks.data.core.source import Copy, Corrupt, File, Source, Store
from benchmarks.data.core.store import DOWNLOADED, identify, workspace
from benchmarks.dataset import Dataset
from benchmarks.texts import text_array

FOLDER = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
SHUFFLE = 113
"""Seed with which `keras.datasets.reuters` shuffles its rows before it splits them."""
TOPICS = [
    "cocoa",
    "grain",
    "veg-oil",
    "earn",
    "acq",
    "wheat",
    "copper",
    "housing",
    "money-supply",
    "coffee",
    "sugar",
    "trade",
    "reserves",
    "ship",
    "cotton",
    "carcass",
    "crude",
    "nat-gas",
    "cpi",
    "money-fx",
    "interest",
    "gnp",
    "meal-feed",
    "alum",
    "oilseed",
    "gold",
    "tin",
    "strategic-metal",
    "livestock",
    "retail",
    "ipi",
    "iron-steel",
    "rubber",
    "heat",
    "jobs",
    "lei",
    "bop",
    "zinc",
    "orange",
    "pet-chem",
    "dlr",
    "gas",
    "silver",
    "wpi",
    "hog",
    "lead",
]
IMDB = (
    File(
        "imdb.npz",
        "keras/texts/imdb.npz",
        sha256="69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
    ),
    File(
        "imdb_word_index.json",
        "keras/texts/imdb_word_index.json",
        md5="bfafd718b763782e994055a2d397834f",
    ),
)
REUTERS = (
    File(
        "reuters.npz",
        "keras/texts/reuters.npz",
        sha256="d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
    ),
    File(
        "reuters_word_index.json",
        "keras/texts/reuters_word_index.json",
        md5="4d44cc38712099c9e383dc6e5f11a921",
    ),
)


def keras_imdb() -> Source:
    """50,000 film reviews, the 25,000 official training reviews first."""
    return _source(
        "IMDB reviews (keras.datasets)",
        IMDB,
        50_000,
        "https://ai.stanford.edu/~amaas/data/sentiment/",
        "maas2011imdb",
        partial(_both_parts, files=IMDB),
        megabytes=18,
    )


def keras_reuters() -> Source:
    """11,228 newswires in 46 topics, shuffled and split as `keras.datasets.reuters` does."""
    return _source(
        "Reuters newswires (keras.datasets)",
        REUTERS,
        11_228,
        "https://keras.io/api/datasets/reuters/",
        "chollet2015keras",
        partial(_shuffled, files=REUTERS),
    )


def _source(
    title: str,
    files: tuple[File, ...],
    rows: int,
    url: str,
    citation: str,
    read: partial[Dataset],
    megabytes: int = 0,
) -> Source:
    copy = Copy(f"Keras' {files[0].name}", files, read)

    def fetch(store: Store) -> None:
        with workspace(store) as folder:
            paths = {one.name: download(FOLDER + one.name, folder, store) for one in files}
            admit(copy, paths, (rows,), store, origin=DOWNLOADED)

    return Source(
        title=title,
        url=url,
        licence="none stated; research use with citation",
        citation=citation,
        rows=rows,
        features=(),
        obtain=obtain((copy,), fetch, remedy_for(" and ".join(one.name for one in files))),
        hosts=(host_of(FOLDER),),
        values={"keras": files[0].name, "hashes": [one.sha256 or one.md5 for one in files]},
        copies=(copy,),
        megabytes=megabytes,
    )


def _both_parts(paths: Mapping[str, Path], *, files: tuple[File, ...]) -> Dataset:
    arrays, words = _contents(paths, files)
    ranks = [*arrays["x_train"], *arrays["x_test"]]
    return Dataset(
        x=text_array(in_words(ranks, words)),
        y=np.concatenate([arrays["y_train"], arrays["y_test"]]).astype(np.int64),
        feature_names=("review",),
        class_names=("negative", "positive"),
        train_rows=len(arrays["x_train"]),
    )


def _shuffled(paths: Mapping[str, Path], *, files: tuple[File, ...]) -> Dataset:
    arrays, words = _contents(paths, files)
    order = np.arange(len(arrays["x"]))
    np.random.RandomState(SHUFFLE).shuffle(order)
    return Dataset(
        x=text_array(in_words(arrays["x"][order], words)),
        y=arrays["y"][order].astype(np.int64),
        feature_names=("newswire",),
        class_names=tuple(TOPICS),
        train_rows=int(len(order) * 0.8),
    )


def in_words(ranks: Iterable[Iterable[int]], words: Mapping[str, int]) -> list[str]:
    """Texts from the ranks of their words. Raises Corrupt for a rank that no word has."""
    by_rank = {rank: word for word, rank in words.items()}
    try:
        return [" ".join(by_rank[int(rank)] for rank in text) for text in ranks]
    except KeyError as error:
        raise Corrupt(f"expected a word for every rank, found none for {error}") from error


def _contents(
    paths: Mapping[str, Path], files: tuple[File, ...]
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Arrays and words of the two files, whose hashes are checked before anything is unpickled."""
    for one in files:
        identify(one, paths[one.name])
    with np.load(paths[files[0].name], allow_pickle=True) as arrays:
        content = {name: arrays[name] for name in arrays.files}
    words: dict[str, int] = json.loads(paths[files[1].name].read_text(encoding="utf-8"))
    return content, words
