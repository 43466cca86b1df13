"""Pen-based digits (UCI 81) on the official training and test files."""

from benchmarks import Benchmark, benchmark
from benchmarks.data import uci
from benchmarks.data.readers.split_files import split_files
from benchmarks.data.readers.tables import Table, from_api, from_files, numbers
from benchmarks.entries import boosting, ensemble, linear, majority, mlp, nearest
from benchmarks.metrics import accuracy
from benchmarks.protocols import PENDIGITS_OFFICIAL
from benchmarks.training.recipe import Recipe

PENDIGITS = Table(
    numbers(*(f"Attribute{number}" for number in range(1, 17))),
    classes={str(digit): str(digit) for digit in range(10)},
    train_rows=7_494,
)
"""Where the pen was at eight points of the stroke, evenly spaced: x and y, each 0 to 100."""


@benchmark("uci/pendigits", suite="standard")
def pendigits() -> Benchmark:
    """10,992 digits written on a tablet by 44 people."""
    return Benchmark(
        question="Which digit does a pen draw, judging by eight points of its path?",
        task="classification",
        data=split_files(
            uci(
                81,
                from_api(PENDIGITS),
                title="Pen-Based Recognition of Handwritten Digits (UCI 81)",
                url="https://archive.ics.uci.edu/dataset/81/"
                "pen+based+recognition+of+handwritten+digits",
                licence="CC BY 4.0",
                citation="alpaydin1996pendigits",
                rows=10_992,
                features=16,
                digest="sha256:3716a7db4a607b3e20e0826e3efcc8ca8ae94ac715637af7357c1447416bb298",
            ),
            "https://archive.ics.uci.edu/static/public/81/"
            "pen+based+recognition+of+handwritten+digits.zip",
            {
                "pendigits.tra": "e2b9eb9f0d0467e2b64a4816a3420edf2b8043447576f4b84337aba44a9f97d3",
                "pendigits.tes": "8bd03229c5c5291fefe43e45465dd948d2645bf23328b9d993e0b777666b2015",
            },
            from_files(PENDIGITS),
        ),
        protocol=PENDIGITS_OFFICIAL,
        metric=accuracy(),
        entries=[
            majority(),
            nearest(5),
            linear(),
            boosting(),
            mlp(
                "mlp-128",
                [128],
                Recipe(epochs=50, batch_size=64, schedule="cosine"),
                headline=True,
            ),
            ensemble(epochs=60, batch_size=64),
        ],
        anchor="pendigits-snn121-selu",
        anchor_why=(
            "the best on average of seven kinds of perceptron tuned alike on 121 data sets by one "
            "paper; code is public"
        ),
        lessons=(
            "Five neighbours on the sixteen raw numbers read the digits of writers never seen "
            "before as well as the published networks do."
        ),
        seconds=10,
    )
