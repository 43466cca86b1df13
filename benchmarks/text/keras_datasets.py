"""The texts of `keras.datasets`: IMDB's reviews and Reuters' newswires, on their own splits."""

from __future__ import annotations

from benchmarks import Benchmark, benchmark
from benchmarks.data.keras_texts import keras_imdb, keras_reuters
from benchmarks.definition import Entry
from benchmarks.entries import majority
from benchmarks.entries.text.classical import text_classifiers
from benchmarks.entries.text.encoding import Tokens
from benchmarks.entries.text.networks import text_network
from benchmarks.metrics import accuracy
from benchmarks.protocols import IMDB_OFFICIAL, REUTERS_KERAS
from benchmarks.training.recipe import Recipe


def entries(*, length: int) -> list[Entry]:
    """Baselines, and one network over words and pairs of words."""
    return [
        majority(),
        *text_classifiers(),
        text_network(
            "embeddings",
            "mean_embedding",
            (Tokens(ngrams=(1, 2), vocabulary=20_000, length=length),),
            Recipe(epochs=6, batch_size=128, learning_rate=5e-3, schedule="cosine"),
            "Mean of embeddings of words and pairs of words.",
            headline=True,
            settings={"width": 32, "dropout": 0.3},
        ),
    ]


@benchmark("text/imdb", suite="full")
def imdb() -> Benchmark:
    """50,000 film reviews in lower case and without punctuation, as Keras keeps them."""
    return Benchmark(
        question="Does a review praise the film?",
        task="classification",
        data=keras_imdb(),
        protocol=IMDB_OFFICIAL,
        metric=accuracy(),
        entries=entries(length=800),
        margin=0.005,
        margin_why="half a point of accuracy: 125 of the 25,000 test reviews",
        seconds=900,
    )


@benchmark("text/reuters", suite="full")
def reuters() -> Benchmark:
    """11,228 newswires of 1987 in 46 topics, two of which are six tenths of all."""
    return Benchmark(
        question="Which of 46 topics is a newswire about?",
        task="classification",
        data=keras_reuters(),
        protocol=REUTERS_KERAS,
        metric=accuracy(),
        entries=entries(length=400),
        margin=0.005,
        margin_why="half a point of accuracy: eleven of the 2,246 test newswires",
        seconds=300,
    )
