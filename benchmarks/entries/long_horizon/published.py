"""Networks of the long-horizon table with the recipes their authors published for a data set.

Every recipe: Adam, mean squared error, the weights of the best epoch on the validation windows, and
training in whole batches. `halve` is the authors' schedule "type1". What departs from the
published code: seeds, PyTorch's generators, Adam's epsilon (1e-7 for 1e-8), and that the validation
loss is over all validation windows, of which the code drops those that fill no batch.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks.definition import Entry
from benchmarks.entries.long_horizon.forecasters import compiled_forecaster
from benchmarks.entries.long_horizon.networks import dlinear, itransformer, nlinear, patchtst
from benchmarks.training.recipe import Recipe

ILI_PATCHTST: dict[str, Any] = {
    "patch": 24,
    "stride": 2,
    "width": 16,
    "num_heads": 4,
    "hidden": 128,
    "blocks": 3,
    "dropout": 0.3,
}
"""Of `scripts/EXP-LongForecasting/PatchTST/illness.sh` at github.com/yuqinie98/PatchTST."""
ITRANSFORMER: dict[str, Any] = {
    "width": 128,
    "num_heads": 8,
    "hidden": 128,
    "blocks": 2,
    "dropout": 0.1,
}
"""Of `scripts/multivariate_forecasting/Exchange/iTransformer.sh` at github.com/thuml/iTransformer
and the defaults of its `run.py`."""


def linear_of_zeng(
    name: str, validation_rows: int, *, learning_rate: float, **options: Any
) -> Entry:
    """`nlinear` or `dlinear` as Zeng et al. trained them: at most ten epochs of batches of 32.

    Code and scripts at github.com/cure-lab/LTSF-Linear, where the rate is the data set's.
    """
    build, about = {
        "nlinear": (
            nlinear,
            "NLinear: one linear map from the window to the forecast, both less the window's last "
            "value.",
        ),
        "dlinear": (
            dlinear,
            "DLinear: the sum of two linear maps, of the moving average over 25 steps and of what "
            "it leaves.",
        ),
    }[name]
    recipe = Recipe(epochs=10, batch_size=32, learning_rate=learning_rate, jit_compile=False)
    return compiled_forecaster(
        name,
        build,
        recipe,
        about,
        validation_rows=validation_rows,
        halve=True,
        patience=3,
        **options,
    )


def patchtst_of_nie(validation_rows: int, **options: Any) -> Entry:
    """`patchtst` as Nie et al. trained it on influenza-like illness: at most 100 epochs, one rate.

    Training stops after 20 epochs without a lower validation loss, where the code trains on: the
    weights kept are the same unless a later epoch is better.
    """
    return compiled_forecaster(
        "patchtst-published",
        partial(patchtst, **ILI_PATCHTST),
        Recipe(epochs=100, batch_size=16, learning_rate=0.0025, jit_compile=False),
        "PatchTST with 42 patches of 24 weeks, three blocks of 16 units, with the settings "
        "published in 2023.",
        values=ILI_PATCHTST,
        validation_rows=validation_rows,
        patience=20,
        **options,
    )


def itransformer_of_liu(validation_rows: int, *, epochs: int = 10, **options: Any) -> Entry:
    """`itransformer` as Liu et al. trained it on exchange rates, without tokens for dates."""
    return compiled_forecaster(
        "itransformer",
        partial(itransformer, **ITRANSFORMER),
        Recipe(epochs=epochs, batch_size=32, learning_rate=1e-4, jit_compile=False),
        "iTransformer: attention between the series, each read as one token; two blocks of 128 "
        "units, trained as published in 2024.",
        values=ITRANSFORMER,
        validation_rows=validation_rows,
        halve=True,
        patience=3,
        **options,
    )
