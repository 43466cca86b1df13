"""Age of abalone (UCI 1) on 10 folds, three times.

The rows are in the order of UCI's abalone.data; ucimlrepo serves the same rows, order and values.
The sex is coded as three indicators: male, female, infant.
"""

from benchmarks import Benchmark, benchmark
from benchmarks.data import uci
from benchmarks.data.readers import reg20
from benchmarks.entries import boosting, ensemble, linear, mean, mlp, nearest
from benchmarks.metrics import mae
from benchmarks.protocols import MLM_CV_REGRESSION
from benchmarks.training.recipe import Recipe


@benchmark("uci/abalone", suite="standard")
def abalone() -> Benchmark:
    """4,177 sea snails, their age counted in rings of the shell."""
    return Benchmark(
        question="How old is a sea snail, judging by its size and weight?",
        task="regression",
        data=uci(
            1,
            reg20.abalone,
            title="Abalone (UCI 1)",
            url="https://archive.ics.uci.edu/dataset/1/abalone",
            licence="CC BY 4.0",
            citation="nash1994abalone",
            rows=4177,
            features=10,
            originals={
                "abalone.data": (
                    "de37cdcdcaaa50c309d514f248f7c2302a5f1f88c168905eba23fe2fbc78449f",
                    reg20.abalone_file,
                )
            },
            digest="sha256:402dbe07b2d2bb081edbdade8aeafad78f76bb50ab50bb2eab24d0ec684a5985",
        ),
        protocol=MLM_CV_REGRESSION,
        metric=mae("rings"),
        entries=[
            mean(),
            linear(),
            nearest(5),
            boosting(),
            mlp(
                "mlp-50",
                [50],
                Recipe(epochs=100, batch_size=32, schedule="cosine"),
                headline=True,
            ),
            ensemble(epochs=60, batch_size=32),
        ],
        margin=0.02,
        margin_why="a fiftieth of a ring: a week of a snail's life",
        lessons=(
            "Size says only so much about age: the linear model, the trees and the network end "
            "about a tenth of a ring apart."
        ),
        seconds=8,
    )
