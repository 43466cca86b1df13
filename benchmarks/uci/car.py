"""Car evaluation (UCI 19) on 10 stratified folds, three times."""

from benchmarks import Benchmark, benchmark
from benchmarks.data import uci
from benchmarks.data.readers.tables import Table, codes, from_api, from_file
from benchmarks.entries import boosting, ensemble, linear, majority, mlp, nearest
from benchmarks.metrics import accuracy
from benchmarks.protocols import MLM_CV
from benchmarks.training.recipe import Recipe

CAR = Table(
    {
        "buying": codes("vhigh, high, med, low"),
        "maint": codes("vhigh, high, med, low"),
        "doors": codes("2, 3, 4, 5more"),
        "persons": codes("2, 4, more"),
        "lug_boot": codes("small, med, big"),
        "safety": codes("low, med, high"),
    },
    classes={
        "unacc": "unacceptable",
        "acc": "acceptable",
        "good": "good",
        "vgood": "very good",
    },
)
"""Prices of buying and maintenance, comfort and safety, as in car.names."""


@benchmark("uci/car", suite="standard")
def car() -> Benchmark:
    """1,728 cars: every combination of six attributes, judged by an expert system's rules."""
    return Benchmark(
        question="How acceptable is a car to a buyer, judging by its price, comfort and safety?",
        task="classification",
        data=uci(
            19,
            from_api(CAR),
            title="Car Evaluation (UCI 19)",
            url="https://archive.ics.uci.edu/dataset/19/car+evaluation",
            licence="CC BY 4.0",
            citation="bohanec1997car",
            rows=1728,
            features=21,
            originals={
                "car.data": (
                    "b703a9ac69f11e64ce8c223c0a40de4d2e9d769f7fb20be5f8f2e8a619893d83",
                    from_file(CAR),
                )
            },
            digest="sha256:1de1cee360eb6a56be8c83aea09834990f5da2c373451080931c73260cf10d11",
        ),
        protocol=MLM_CV,
        metric=accuracy(),
        entries=[
            majority(),
            nearest(5),
            linear(),
            boosting(),
            mlp(
                "mlp-64",
                [64],
                Recipe(epochs=100, batch_size=32, schedule="cosine"),
                headline=True,
            ),
            ensemble(epochs=100, batch_size=32),
        ],
        margin=0.002,
        margin_why="a fifth of a point: three or four cars in 1,728",
        lessons=(
            "No published score under this protocol was found, so the cheap references are the "
            "only comparison. An expert system's rules made the labels, without noise, so "
            "everything can be learnt; neighbours see how many attributes differ, not which, "
            "and learn the least."
        ),
        seconds=16,
    )
