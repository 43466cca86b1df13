"""Adult census incomes (UCI 2) on the official training and test files.

Every row is kept: an unknown value ("?") is a category of its own. Scores on the 30,162/15,060
rows without unknown values, of which there are many, answer another question. UCI's API serves
both files as one table, the labels of the test rows with a dot and their unknown values empty.
"""

from benchmarks import Benchmark, benchmark
from benchmarks.data import uci
from benchmarks.data.readers.split_files import split_files
from benchmarks.data.readers.tables import Table, codes, from_api, from_files, numbers
from benchmarks.entries import boosting, linear, majority, mlp, nearest
from benchmarks.metrics import accuracy
from benchmarks.protocols import ADULT_OFFICIAL
from benchmarks.training.recipe import Recipe

ADULT = Table(
    {
        **numbers("age"),
        "workclass": codes(
            "Private, Self-emp-not-inc, Self-emp-inc, Federal-gov, Local-gov, State-gov, "
            "Without-pay, Never-worked, unknown=?"
        ),
        **numbers("fnlwgt"),
        "education": codes(
            "Bachelors, Some-college, 11th, HS-grad, Prof-school, Assoc-acdm, Assoc-voc, 9th, "
            "7th-8th, 12th, Masters, 1st-4th, 10th, Doctorate, 5th-6th, Preschool"
        ),
        **numbers("education-num"),
        "marital-status": codes(
            "Married-civ-spouse, Divorced, Never-married, Separated, Widowed, "
            "Married-spouse-absent, Married-AF-spouse"
        ),
        "occupation": codes(
            "Tech-support, Craft-repair, Other-service, Sales, Exec-managerial, Prof-specialty, "
            "Handlers-cleaners, Machine-op-inspct, Adm-clerical, Farming-fishing, "
            "Transport-moving, Priv-house-serv, Protective-serv, Armed-Forces, unknown=?"
        ),
        "relationship": codes("Wife, Own-child, Husband, Not-in-family, Other-relative, Unmarried"),
        "race": codes("White, Asian-Pac-Islander, Amer-Indian-Eskimo, Other, Black"),
        "sex": codes("Female, Male"),
        **numbers("capital-gain", "capital-loss", "hours-per-week"),
        "native-country": codes(
            "United-States, Cambodia, England, Puerto-Rico, Canada, Germany, "
            "Outlying-US(Guam-USVI-etc), India, Japan, Greece, South, China, Cuba, Iran, "
            "Honduras, Philippines, Italy, Poland, Jamaica, Vietnam, Mexico, Portugal, Ireland, "
            "France, Dominican-Republic, Laos, Ecuador, Taiwan, Haiti, Columbia, Hungary, "
            "Guatemala, Nicaragua, Scotland, Thailand, Yugoslavia, El-Salvador, "
            "Trinadad&Tobago, Peru, Hong, Holand-Netherlands, unknown=?"
        ),
    },
    classes={"<=50K": "<=50K", ">50K": ">50K", "<=50K.": "<=50K", ">50K.": ">50K"},
    train_rows=32_561,
)
"""Names, order and spelling as in adult.names."""


@benchmark("uci/adult", suite="full")
def adult() -> Benchmark:
    """48,842 answers to the United States census of 1994."""
    return Benchmark(
        question="Does a person earn more than 50,000 dollars a year, judging by a census form?",
        task="classification",
        data=split_files(
            uci(
                2,
                from_api(ADULT),
                title="Adult (UCI 2)",
                url="https://archive.ics.uci.edu/dataset/2/adult",
                licence="CC BY 4.0",
                citation="becker1996adult",
                rows=48_842,
                features=108,
                digest="sha256:06937ab5a130ff9a9ea834e70e5563f73699f1b2f3fdc87afded24482ae212a5",
            ),
            "https://archive.ics.uci.edu/static/public/2/adult.zip",
            {
                "adult.data": "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
                "adult.test": "a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05",
            },
            from_files(ADULT),
        ),
        protocol=ADULT_OFFICIAL,
        metric=accuracy(),
        entries=[
            majority(),
            nearest(5),
            linear(),
            boosting(),
            mlp("mlp-128-64", [128, 64], Recipe(epochs=10, batch_size=256, schedule="cosine")),
            mlp(
                "ensemble",
                [64, 64],
                Recipe(
                    epochs=10,
                    batch_size=256,
                    learning_rate=2e-3,
                    schedule="cosine",
                    weight_decay=0.3,
                ),
                kernel_initializer="he_normal",
                inputs="piecewise",
                bins=128,
                members=4,
                stack=1,
                tuned="18 recipes on a validation fifth of the training rows",
                headline=True,
            ),
        ],
        anchor="adult-rtdl-mlp",
        anchor_why=(
            "a plain perceptron, its settings searched on training rows; fifteen seeds, the score "
            "of each and the code are published"
        ),
        lessons=(
            "Every published network is behind published gradient boosting, which the boosting "
            "entry reaches with its defaults. Neighbours do badly because distances between raw "
            "inputs are mostly distances between census weights."
        ),
        seconds=30,
    )
