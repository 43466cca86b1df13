"""Boston housing (StatLib), 20 random 90/10 splits; only to compare with older papers.

The published splits number the rows of UCI's former housing.data; every value of the published
copy equals it.

One input, B, encodes the share of Black residents by a formula that takes segregation to raise
prices; UCI and scikit-learn have withdrawn the data. No suite runs it.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks import Benchmark, benchmark
from benchmarks.data import official_file
from benchmarks.data.readers.number_tables import last_column, text
from benchmarks.dataset import Dataset
from benchmarks.entries import regressors
from benchmarks.entries.reruns.mc_dropout import mc_dropout
from benchmarks.metrics import log_likelihood, rmse
from benchmarks.protocols import REG20

FEATURES = (
    "crimes per head",
    "land zoned for large lots, %",
    "land of large businesses, %",
    "bounds the Charles River",
    "nitric oxides, parts per 10 million",
    "rooms per dwelling",
    "built before 1940, %",
    "distance to employment centres",
    "access to radial highways",
    "property tax, $ per 10,000 $",
    "pupils per teacher",
    "B",
    "lower status, %",
)


@benchmark("uci/boston", suite="full")
def boston() -> Benchmark:
    """506 districts of Boston in 1970."""
    return Benchmark(
        question="What is the median value of a home in a district of Boston?",
        task="regression",
        data=official_file(
            "housing.data",
            "https://archive.ics.uci.edu/ml/machine-learning-databases/housing/housing.data",
            "baadf72995725d76efe787b664e1f083388c79ba21ef9a7990d87f774184735a",
            read_file,
            title="Boston Housing (StatLib)",
            page="https://www.cs.toronto.edu/~delve/data/boston/bostonDetail.html",
            licence="none stated",
            citation="harrison1978hedonic",
            rows=506,
            features=13,
            digest="sha256:206e8c91591b0485473db45a1343c5a6040f6c618aa8c910fdac19a3acad3259",
        ),
        protocol=REG20,
        metric=rmse("1000 $"),
        also=[log_likelihood()],
        entries=[
            *regressors(epochs=600, batch_size=32, ensemble_epochs=300),
            mc_dropout("boston-mc-dropout-2018", precisions=(0.1, 0.15, 0.2), seconds=70),
        ],
        anchor="boston-mc-dropout-2018",
        anchor_why=(
            "one hidden layer, its settings searched inside each split; code and the score of "
            "every split are published"
        ),
        deprecated=(
            "one input is built on the idea that racial segregation raises house prices; UCI and "
            "scikit-learn withdrew the data"
        ),
        lessons=(
            "A test part has 51 rows, and the score of one model differs by a quarter from "
            "split to split: only differences on the same splits say anything."
        ),
        seconds=7,
    )


def read_file(path: Path) -> Dataset:
    """StatLib's Boston housing from UCI's housing.data: 13 inputs, then the value in 1000 $."""
    return last_column(text(path, 14), FEATURES)
