"""Italian power demand (UCR archive, 2018 default split): summer or winter, from one day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import Benchmark, benchmark
from benchmarks.data import ucr
from benchmarks.entries import linear, majority, nearest, network
from benchmarks.metrics import accuracy
from benchmarks.protocols import UCR2018
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras


def gru(shape: tuple[int, ...], outputs: int) -> keras.Model:
    """One GRU layer read at its last step."""
    import keras
    from keras import layers

    return keras.Sequential([keras.Input(shape), layers.GRU(16), layers.Dense(outputs)])


@benchmark("timeseries/italy-power-demand", suite="quick")
def italy_power_demand() -> Benchmark:
    """24 hourly values, 67 days to learn from, 1,029 to be judged on."""
    return Benchmark(
        question="Was this day's electricity used in summer or in winter?",
        task="classification",
        data=ucr(
            "ItalyPowerDemand",
            train=67,
            test=1029,
            length=24,
            classes=("October to March", "April to September"),
            title="ItalyPowerDemand (UCR archive 2018)",
            licence="none stated; research use with citation",
            citation="dau2019ucr",
            digest="sha256:d437ab935bf21c7b59e9afdbd19de6ba52b41304fa3efc26c0ad61ce4539dffd",
        ),
        protocol=UCR2018,
        metric=accuracy(),
        entries=[
            majority(),
            nearest(1),
            linear(),
            network(
                "gru",
                gru,
                Recipe(epochs=100, batch_size=16, learning_rate=3e-3, schedule="cosine"),
                "One GRU layer of 16 units, read at its last step.",
                tuned="16 recipes on 10 inner 80/20 splits of the training part",
                headline=True,
                from_logits=True,
            ),
        ],
        anchor="italy-fcn",
        anchor_why=(
            "the deep-learning review's plain convolutional network: five runs, public code, no "
            "setting chosen for this set"
        ),
        power_why=(
            "twelve seeds would do; five are as many as the review ran and as the quick suite "
            "has room for"
        ),
        lessons="With 67 training days, one nearest neighbour is a strong answer.",
        seconds=15,
    )
