"""Wine cultivars (UCI 109) on 10 stratified folds, three times."""

from benchmarks import Benchmark, Search, benchmark
from benchmarks.data import uci
from benchmarks.data.readers import classification
from benchmarks.entries import linear, majority, mlp, nearest, tunable_mlp
from benchmarks.metrics import accuracy
from benchmarks.protocols import MLM_CV
from benchmarks.training.recipe import Recipe


@benchmark("uci/wine", suite="quick")
def wine() -> Benchmark:
    """178 wines from one region; scikit-learn carries the same values."""
    return Benchmark(
        question="Which of three cultivars is a wine made from, judging by its chemistry?",
        task="classification",
        data=uci(
            109,
            classification.wine,
            title="Wine (UCI 109)",
            url="https://archive.ics.uci.edu/dataset/109/wine",
            licence="CC BY 4.0",
            citation="aeberhard1992comparison",
            rows=178,
            features=13,
            originals={
                "wine.data": (
                    "6be6b1203f3d51df0b553a70e57b8a723cd405683958204f96d23d7cd6aea659",
                    classification.wine_file,
                )
            },
            digest="sha256:56bb2e6fadbd20a1e7eac5848ff988c1843f2cadbdaaf295967c75e7b12dfe70",
            carried=("scikit-learn's copy", classification.wine_carried),
        ),
        protocol=MLM_CV,
        metric=accuracy(),
        entries=[
            majority(),
            nearest(5),
            linear(),
            mlp(
                "mlp-64",
                [64],
                Recipe(epochs=200, batch_size=16, schedule="cosine"),
                tuned="18 recipes on an inner 80/20 split of each training part",
                headline=True,
            ),
        ],
        search=Search(
            tunable_mlp,
            {
                "units": [16, 32, 64, 128],
                "layers": [1, 2],
                "dropout": (0.0, 0.5),
                "epochs": [50, 100, 200],
                "learning_rate": (1e-4, 1e-2, "log"),
                "weight_decay": (1e-4, 0.3, "log"),
            },
        ),
        margin=0.01,
        margin_why="one point: two wines in 178",
        lessons="Chemistry separates the cultivars almost linearly; a network has little to add.",
        seconds=5,
    )
