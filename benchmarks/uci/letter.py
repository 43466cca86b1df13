"""Letter recognition (UCI 59): the first 16,000 rows train, the last 4,000 test."""

from dataclasses import replace

from benchmarks import Benchmark, benchmark
from benchmarks.data import uci
from benchmarks.data.readers.split_files import split_files
from benchmarks.data.readers.tables import Table, from_api, from_files, numbers
from benchmarks.entries import boosting, ensemble, linear, majority, mlp, nearest
from benchmarks.metrics import accuracy
from benchmarks.protocols import LETTER_16K4K
from benchmarks.training.recipe import Recipe

LETTER = Table(
    numbers(
        "x-box",
        "y-box",
        "width",
        "high",
        "onpix",
        "x-bar",
        "y-bar",
        "x2bar",
        "y2bar",
        "xybar",
        "x2ybr",
        "xy2br",
        "x-ege",
        "xegvy",
        "y-ege",
        "yegvx",
    ),
    classes={letter: letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    label="first",
    train_rows=16_000,
)
"""Place, size, moments and edge counts of the letter's pixels, scaled to integers 0 to 15."""


@benchmark("uci/letter", suite="standard")
def letter() -> Benchmark:
    """20,000 capital letters in 20 fonts, distorted at random."""
    return Benchmark(
        question="Which capital letter is it, judging by 16 numbers that describe its pixels?",
        task="classification",
        data=split_files(
            uci(
                59,
                from_api(LETTER),
                title="Letter Recognition (UCI 59)",
                url="https://archive.ics.uci.edu/dataset/59/letter+recognition",
                licence="CC BY 4.0",
                citation="frey1991letter",
                rows=20_000,
                features=16,
                digest="sha256:da44dfe7698d78f58ae7aa13bd03b8aefe892ec7ba881bbc74b8cce14121b120",
            ),
            "https://archive.ics.uci.edu/static/public/59/letter+recognition.zip",
            {
                "letter-recognition.data": "2b89f3602cf768d3c8355267d2f13f24"
                "17809e101fc2b5ceee10db19a60de6e2",
            },
            from_files(LETTER),
        ),
        protocol=LETTER_16K4K,
        metric=accuracy(),
        entries=[
            majority(),
            nearest(5),
            linear(),
            replace(boosting(), suite="full"),
            mlp(
                "mlp-256",
                [256],
                Recipe(epochs=60, batch_size=128, schedule="cosine"),
                headline=True,
            ),
            ensemble(epochs=60, batch_size=128),
        ],
        margin=0.003,
        margin_why="three tenths of a point: twelve of the 4,000 test letters",
        lessons=(
            "A linear model reads half of the letters, the donors' own rules of 1991 read four "
            "in five, five neighbours far more than nine in ten: the 16 numbers hold what is "
            "needed, in no simple way."
        ),
        seconds=18,
    )
