"""Shampoo sales: two years train, forecast each month of the third from the twelve before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import Benchmark, benchmark
from benchmarks.data import official_file
from benchmarks.data.readers.series import univariate
from benchmarks.entries import (
    Rule,
    ets,
    last_value,
    linear,
    network,
    repeat_last,
    sarima,
    seasonal_naive,
    theta,
)
from benchmarks.metrics import mae, mase, rmse
from benchmarks.protocols import SHAMPOO_LAST12
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras


def gru(shape: tuple[int, ...], outputs: int) -> keras.Model:
    """One GRU layer over the changes from month to month, as logarithms in 20 %."""
    import keras
    from keras import layers, ops

    window = keras.Input(shape)
    logs = ops.log(window)
    changes = (logs[:, 1:] - logs[:, :-1]) / 0.2
    return keras.Model(window, layers.Dense(outputs)(layers.GRU(8)(changes)))


@benchmark("timeseries/shampoo-sales", suite="standard")
def shampoo_sales() -> Benchmark:
    """36 months of growing sales."""
    return Benchmark(
        question="How much shampoo will be sold next month?",
        task="regression",
        data=official_file(
            "shampoo.csv",
            "https://raw.githubusercontent.com/jbrownlee/Datasets/"
            "d20fcb6402ae34e653d4513b00f39257bb37ed7f/shampoo.csv",
            "f709eaa344b2d07039a49e2193cbff5e56206354f3a8203c0e02471beb39a451",
            univariate("Sales", "sales", step="M", history=12, train_until=24),
            title="Shampoo sales, three years (Makridakis et al.)",
            page="https://github.com/jbrownlee/Datasets",
            licence="none stated; public data",
            citation="makridakis1998forecasting",
            rows=24,
            features=(12, 1),
            publisher="the jbrownlee/Datasets repository",
        ),
        protocol=SHAMPOO_LAST12,
        metric=rmse("sales"),
        also=[mae("sales"), mase(74.07391304347824)],
        entries=[
            repeat_last(),
            seasonal_naive(12, "the same month last year"),
            linear(),
            ets(1, seasonal=None),
            theta(1),
            sarima((2, 1, 0), log=True),
            network(
                "gru",
                gru,
                Recipe(
                    epochs=100,
                    batch_size=4,
                    learning_rate=0.01,
                    schedule="cosine",
                    weight_decay=0.3,
                ),
                "Average of four GRU layers of 8 units, which forecast the growth from last month.",
                inputs="raw",
                rule=Rule(last_value, ratio=True),
                members=4,
                tuned="5 networks by 6-fold cross-validation of the 12 training months",
                headline=True,
                from_logits=True,
            ),
        ],
        anchor="shampoo-stateful-lstm-4-3000-epochs-single-run",
        anchor_why=(
            "the only published network, tuned without test rows, that beats repeating the last "
            "month; a single run of a recipe for which its source reports 138 over thirty"
        ),
        lessons=(
            "Twelve targets to learn from and twelve to be judged on: a run of luck looks like "
            "skill, as the published spread over thirty repeats shows. A month that rose is "
            "followed by one that falls; a network that forecasts growth finds that, one that "
            "forecasts sales loses to last month."
        ),
        seconds=45,
    )
