"""Forward kinematics of an eight-link robot arm (kin8nm of DELVE), 20 random 90/10 splits.

The published copy has the rows, order and values of OpenML's data set 189. The distance is shown
without a unit: OpenML's description names none.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks import Benchmark, benchmark
from benchmarks.data import official_file
from benchmarks.data.readers.number_tables import last_column, text
from benchmarks.dataset import Dataset
from benchmarks.entries import regressors
from benchmarks.metrics import log_likelihood, rmse
from benchmarks.protocols import REG20

FEATURES = tuple(f"theta{joint}" for joint in range(1, 9))


@benchmark("uci/kin8nm", suite="standard")
def kin8nm() -> Benchmark:
    """8,192 simulated positions; highly non-linear, with moderate noise."""
    return Benchmark(
        question="How far is a robot's hand from its target, given the angles of eight joints?",
        task="regression",
        data=official_file(
            "dataset_2175_kin8nm.csv",
            "https://www.openml.org/data/get_csv/3626/dataset_2175_kin8nm.arff",
            "7b9bf0301ac936d88122557a151e1ba8f1ebc278fcf46d9f3c6d462debdbc8ad",
            read_file,
            title="kin8nm (DELVE, OpenML 189)",
            page="https://www.openml.org/d/189",
            licence="Public",
            citation="ghahramani1996kin",
            rows=8192,
            features=8,
            publisher="OpenML",
            digest="sha256:4c7f53530454f34de44a83b002e37613d40b0caf0f918ce81fae133aa0d83b6f",
        ),
        protocol=REG20,
        metric=rmse(""),
        also=[log_likelihood()],
        entries=[
            *regressors(epochs=150, batch_size=128, ensemble_epochs=120),
        ],
        anchor="kin8nm-mc-dropout-2018",
        anchor_why=(
            "one hidden layer, its settings searched inside each split; code and the score of "
            "every split are published"
        ),
        scatter=0.0016,
        scatter_why="mlp-50, three seeds on each of 20 splits",
        lessons=(
            "The target is a smooth function with a little noise: even a small network beats "
            "boosted trees, whose steps follow it badly."
        ),
        seconds=7,
    )


def read_file(path: Path) -> Dataset:
    """OpenML 189 (DELVE's kin-8nm): eight joint angles in radians, then the distance."""
    return last_column(text(path, 9, ",", (*FEATURES, "y")), FEATURES)
