"""Sentiment Labelled Sentences (UCI 331): three sets of 1,000, on ten folds three times."""

from __future__ import annotations

from typing import Any, NamedTuple

from benchmarks import Benchmark, benchmark
from benchmarks.data import official_file
from benchmarks.data.readers.texts import labelled_lines
from benchmarks.detection import mcc
from benchmarks.entries import average, majority
from benchmarks.entries.text.classical import text_classifiers
from benchmarks.entries.text.encoding import Tokens
from benchmarks.entries.text.networks import text_network
from benchmarks.metrics import accuracy
from benchmarks.protocols import MLM_CV, OTHER_REPEATS
from benchmarks.training.recipe import Recipe


class Sentences(NamedTuple):
    """One of the three sets."""

    file: str
    sha256: str
    what: str


SETS = {
    "amazon": Sentences(
        "amazon_cells_labelled.txt",
        "47003fc0a0d4840b00e96e715b6189bad09e7443a3da41c4cbe12ffc79f86ae3",
        "about a telephone or what belongs to it",
    ),
    "imdb": Sentences(
        "imdb_labelled.txt",
        "aef2e49e3da25714d61175e3a6e68eeef74a20a2f914318dc3be9947ea86512d",
        "about a film",
    ),
    "yelp": Sentences(
        "yelp_labelled.txt",
        "c76468b7b5c6e56a0804d728345c5f84aa2142ddb214420f61cc9cfd4c00d2ea",
        "about a restaurant",
    ),
}
TUNED = "10 recipes by inner folds of the first fold's training rows, on two or three of the sets"


def sentences(name: str) -> Benchmark:
    """One set: as many positive sentences as negative ones."""
    chosen = SETS[name]
    words = (Tokens(vocabulary=2500, length=30),)
    ngrams = (
        Tokens(ngrams=(1, 2), vocabulary=4000, length=60),
        Tokens("character", ngrams=(3, 4), vocabulary=6000, length=240),
    )
    recipe = Recipe(epochs=20, batch_size=32, learning_rate=1e-2, schedule="cosine")
    shorter = Recipe(epochs=10, batch_size=32, learning_rate=3e-3, schedule="cosine")
    tuned: dict[str, Any] = {"tuned": TUNED, "tuned_on": OTHER_REPEATS}
    return Benchmark(
        question=f"Does a sentence {chosen.what} praise it?",
        task="classification",
        data=official_file(
            chosen.file,
            "https://archive.ics.uci.edu/static/public/331/sentiment+labelled+sentences.zip",
            chosen.sha256,
            labelled_lines({"0": "negative", "1": "positive"}, label="last"),
            title=f"Sentiment Labelled Sentences (UCI 331), {name}",
            page="https://archive.ics.uci.edu/dataset/331/sentiment+labelled+sentences",
            licence="CC BY 4.0",
            citation="kotzias2015",
            rows=1000,
            features=(),
        ),
        protocol=MLM_CV,
        metric=accuracy(),
        entries=[
            majority(),
            *text_classifiers(),
            text_network(
                "embeddings",
                "mean_embedding",
                ngrams,
                recipe,
                "Mean of embeddings of words, pairs of words and three or four characters.",
                headline=True,
                settings={"dropout": 0.5},
                **tuned,
            ),
            text_network(
                "cnn",
                "convolutions",
                words,
                shorter,
                "Convolutions over one, two and three words, 64 filters each.",
                settings={"width": 32, "filters": 64, "kernels": (1, 2, 3)},
                **tuned,
            ),
            text_network(
                "gru",
                "gru",
                words,
                shorter,
                "One GRU layer of 32 units over the words, read at the last.",
                suite="full",
                **tuned,
            ),
            text_network(
                "transformer",
                "transformer",
                words,
                shorter,
                "One block of attention over the words, normalised before it, averaged.",
                suite="full",
                stack=1,
                repeats=10,
                **tuned,
            ),
            average("networks-and-logistic", ["embeddings", "cnn", "logistic"]),
        ],
        margin=0.01,
        margin_why="one point of accuracy: ten of the 1,000 sentences",
        also=(mcc(),),
        lessons=(
            "With 900 sentences to learn from, every single network stays behind a linear model on "
            "n-grams; the average of two networks and logistic regression is as good as the best "
            "of them. Published scores are of single 25 % splits, not comparable with folds."
        ),
        seconds=60,
    )


@benchmark("text/sentences-amazon", suite="standard")
def sentences_amazon() -> Benchmark:
    """Reviews of telephones and accessories."""
    return sentences("amazon")


@benchmark("text/sentences-imdb", suite="standard")
def sentences_imdb() -> Benchmark:
    """Reviews of films."""
    return sentences("imdb")


@benchmark("text/sentences-yelp", suite="standard")
def sentences_yelp() -> Benchmark:
    """Reviews of restaurants."""
    return sentences("yelp")
