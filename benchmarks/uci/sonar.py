"""Sonar, mines against rocks (UCI 151), on 10 stratified folds, three times."""

from benchmarks import Benchmark, benchmark
from benchmarks.data import uci
from benchmarks.data.readers.tables import Table, from_api, from_file, numbers
from benchmarks.entries import boosting, ensemble, linear, majority, mlp, nearest
from benchmarks.entries.reruns.classical import weighted_neighbours
from benchmarks.metrics import accuracy
from benchmarks.protocols import MLM_CV, with_seeds
from benchmarks.training.recipe import Recipe

SONAR = Table(
    numbers(*(f"Attribute{band}" for band in range(1, 61))),
    classes={"R": "rock", "M": "mine"},
)
"""Energy in 60 frequency bands of the echo, low to high, each between 0 and 1."""


@benchmark("uci/sonar", suite="standard")
def sonar() -> Benchmark:
    """208 echoes of a metal cylinder or of a rock of that shape."""
    return Benchmark(
        question="Does a sonar echo come from a metal cylinder or from a rock?",
        task="classification",
        data=uci(
            151,
            from_api(SONAR),
            title="Connectionist Bench, Sonar (UCI 151)",
            url="https://archive.ics.uci.edu/dataset/151/connectionist+bench+sonar+mines+vs+rocks",
            licence="CC BY 4.0",
            citation="gorman1988sonar",
            rows=208,
            features=60,
            originals={
                "sonar.all-data": (
                    "e90434cdbf00fcf93ffa911fe447ae25606979658e60f1d32e155c3b5240234d",
                    from_file(SONAR),
                )
            },
            digest="sha256:139a73d4631fb2b3d03148400c170145499928be9297ec120a1e83304a9d4231",
        ),
        protocol=with_seeds(MLM_CV, 5),
        metric=accuracy(),
        entries=[
            majority(),
            nearest(5),
            linear(),
            boosting(),
            weighted_neighbours("sonar-knn"),
            mlp(
                "mlp-64",
                [64],
                Recipe(epochs=200, batch_size=16, schedule="cosine"),
                headline=True,
            ),
            ensemble(epochs=200, batch_size=16),
        ],
        anchor="sonar-knn",
        anchor_why=(
            "the strongest score published under these folds: a few lines of scikit-learn, which "
            "anyone can run again"
        ),
        scatter=0.035,
        scatter_why="mlp-64, five seeds on each of 30 folds",
        power_why=(
            "hardly more than one of 208 echoes is the margin, and the published score is one "
            "run of 30 folds: no number of our seeds makes up for it"
        ),
        lessons=(
            "Under this protocol the best published model compares an echo with its nearest "
            "neighbours; a linear model is some fifteen points behind. A fold holds 21 echoes, "
            "so folds differ by seven points by chance alone."
        ),
        seconds=8,
    )
