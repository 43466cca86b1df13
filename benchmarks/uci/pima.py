"""Diabetes among Pima women (NIDDK) on 10 stratified folds, three times.

UCI has withdrawn this set; the file here has the values of the one it served. Zeros stand for
missing measurements (no living person has a blood pressure of 0). They are kept as they are, as
the published scores under this protocol keep them.
"""

from benchmarks import Benchmark, benchmark
from benchmarks.data import official_file
from benchmarks.data.readers.tables import Table, from_file, numbers
from benchmarks.entries import boosting, ensemble, linear, majority, mlp, nearest
from benchmarks.entries.reruns.classical import logistic_regression
from benchmarks.metrics import accuracy
from benchmarks.protocols import MLM_CV, with_seeds
from benchmarks.training.recipe import Recipe

PIMA = Table(
    numbers(
        "pregnancies",
        "plasma glucose, 2 h after the test",
        "diastolic blood pressure, mm Hg",
        "triceps skin fold, mm",
        "serum insulin, 2 h, µU/ml",
        "body mass index, kg/m²",
        "diabetes pedigree function",
        "age, years",
    ),
    classes={"0": "no diabetes", "1": "diabetes"},
)


@benchmark("uci/pima", suite="standard")
def pima() -> Benchmark:
    """768 women of Pima heritage, at least 21 years old."""
    return Benchmark(
        question="Will a woman develop diabetes within five years, judging by eight measurements?",
        task="classification",
        data=official_file(
            "pima-indians-diabetes.data",
            "https://raw.githubusercontent.com/mikeizbicki/datasets/master/csv/uci/"
            "pima-indians-diabetes.data",
            "06f5b7c2cd7bca686fda4f92eab5f61e7ff6426a9acefa2e3dda04fc54293cf5",
            from_file(PIMA),
            title="Pima Indians Diabetes (NIDDK, formerly UCI)",
            page="https://www.kaggle.com/datasets/uciml/pima-indians-diabetes-database",
            licence="CC0, as stated on Kaggle; withdrawn from UCI",
            citation="smith1988pima",
            rows=768,
            features=8,
            publisher="the mikeizbicki/datasets repository",
            digest="sha256:dd7dcebd6883ecabeaa2124383ed1cb5cbfe3aa33a630375dece0a5511b4d2f6",
        ),
        protocol=with_seeds(MLM_CV, 5),
        metric=accuracy(),
        entries=[
            majority(),
            nearest(5),
            linear(),
            boosting(),
            logistic_regression("pima-logistic"),
            mlp(
                "mlp-16",
                [16],
                Recipe(epochs=50, batch_size=32, schedule="cosine"),
                headline=True,
            ),
            ensemble(epochs=60, batch_size=32),
        ],
        anchor="pima-logistic",
        anchor_why=(
            "the strongest score published under these folds: a few lines of scikit-learn, which "
            "anyone can run again"
        ),
        scatter=0.02,
        scatter_why="mlp-16, five seeds on each of 30 folds",
        lessons=(
            "The best published model is logistic regression, and neither trees nor neighbours "
            "reach a linear model. Insulin was not measured in almost half of the women; that "
            "is written as 0, and no model here is told."
        ),
        seconds=9,
    )
