"""Banknote authentication (UCI 267) on 10 stratified folds, three times.

The documentation does not say which of the two classes is the forged one.
"""

from benchmarks import Benchmark, benchmark
from benchmarks.data import uci
from benchmarks.data.readers.tables import Table, from_api, from_file, numbers
from benchmarks.entries import boosting, ensemble, linear, majority, mlp, nearest
from benchmarks.metrics import accuracy
from benchmarks.protocols import MLM_CV
from benchmarks.training.recipe import Recipe

BANKNOTE = Table(
    numbers("variance", "skewness", "curtosis", "entropy"),
    classes={"0": "class 0", "1": "class 1"},
)
"""Of the wavelet-transformed grey image; the entropy is the image's own."""


@benchmark("uci/banknote", suite="standard")
def banknote() -> Benchmark:
    """1,372 photographs of genuine and forged specimens."""
    return Benchmark(
        question="Is a banknote genuine, judging by the texture of a photograph?",
        task="classification",
        data=uci(
            267,
            from_api(BANKNOTE),
            title="Banknote Authentication (UCI 267)",
            url="https://archive.ics.uci.edu/dataset/267/banknote+authentication",
            licence="CC BY 4.0",
            citation="lohweg2013banknote",
            rows=1372,
            features=4,
            originals={
                "data_banknote_authentication.txt": (
                    "d0539aaed2139ba7a587b3e34fb345ce503ff7d5d33dbf9912d8e195ce425cb9",
                    from_file(BANKNOTE),
                )
            },
            digest="sha256:35bf51e63267a8a4bafcf8b960f722936938ba891ff05845cfc896d9aaa5f2a7",
        ),
        protocol=MLM_CV,
        metric=accuracy(),
        entries=[
            majority(),
            nearest(5),
            linear(),
            boosting(),
            mlp(
                "mlp-32",
                [32],
                Recipe(epochs=100, batch_size=32, schedule="cosine"),
                headline=True,
            ),
            ensemble(epochs=100, batch_size=32),
        ],
        margin=0.001,
        margin_why="a tenth of a point: one or two notes in 1,372",
        lessons=(
            "No published score under this protocol was found, so the cheap references are the "
            "only comparison. They leave no room: five neighbours are wrong about one note in "
            "several thousand."
        ),
        seconds=9,
    )
