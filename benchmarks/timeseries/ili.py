"""Influenza-like illness in the United States: seven weekly series, forecast together.

Four questions on all test windows, two on whole batches of them alone, as most papers scored them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks import Benchmark, benchmark
from benchmarks.data.long_horizon import long_horizon, validation_windows
from benchmarks.definition import Entry
from benchmarks.entries import repeat_last, seasonal_naive, shared_linear
from benchmarks.entries.long_horizon.forecasters import compiled_forecaster
from benchmarks.entries.long_horizon.networks import patchtst
from benchmarks.entries.long_horizon.published import linear_of_zeng, patchtst_of_nie
from benchmarks.metrics import mse, window_mae
from benchmarks.protocols import ILI, ILI_WHOLE_BATCHES
from benchmarks.training.recipe import Recipe

NAME, HISTORY = "national_illness", 104
DIGESTS: dict[tuple[int, bool], str] = {
    (24, False): "sha256:4c03589cc4092bae403d97d86ad349961be5718c5f217025c6654d911c127321",
    (36, False): "sha256:8f464e2f678cea7b1278a314d6a89e55650000617bcdb8092071c2c63005da1c",
    (48, False): "sha256:24f79d07baa881982ffddd2942c87fda02cd0a28a9ddb8e2450bd15c4f094b56",
    (60, False): "sha256:7330a81b3f9576b33c6d59058a170ddfa488ae04c6916150bf2f97a57ce6f299",
    (24, True): "sha256:fb37f8a057568a2253721b7ccd3953b52ae01a9d462a8e33bac85898ce3b4ffe",
    (60, True): "sha256:64f9bf0e2422a4d87f406e99912e2fec8ca03b017a80918cb574986aa51ce6b7",
}
"""By horizon in weeks, and whether whole batches of test windows alone are kept."""
REPEATED_YEAR = {24: 2.564, 36: 2.266, 48: 2.142, 60: 1.917}
"""Mean squared error of repeating the last 52 weeks, on all test windows."""
BEHIND = {24: "one of 12", 36: "two of 12", 48: "five of 12", 60: "eight of 12"}
"""Published runs on all test windows than which that rule has the smaller error."""
NLINEAR, AUTOFORMER = {24: 1.683, 60: 1.819}, {24: 3.483, 60: 2.770}
"""Published errors on whole batches."""
DROPPED = {
    24: "repeating the last value has 6.587 instead of 6.213 there",
    36: "repeating the last value has 7.130 instead of 7.714 there",
    48: "repeating the last value has 6.575 instead of 7.851 there",
    60: "repeating the last value has 5.893 instead of 6.885 there",
}
"""What leaving out the windows that fill no batch of 32 does to an error."""


@benchmark("timeseries/ili-24", suite="standard")
def ili_24() -> Benchmark:
    """Half a year from the two years before."""
    return forecast(24)


@benchmark("timeseries/ili-36", suite="full")
def ili_36() -> Benchmark:
    """Eight months from the two years before."""
    return forecast(36)


@benchmark("timeseries/ili-48", suite="full")
def ili_48() -> Benchmark:
    """Eleven months from the two years before."""
    return forecast(48)


@benchmark("timeseries/ili-60", suite="full")
def ili_60() -> Benchmark:
    """Fourteen months from the two years before."""
    return forecast(60)


@benchmark("timeseries/ili-24-whole-batches", suite="full")
def ili_24_whole_batches() -> Benchmark:
    """Half a year from the two years before, ten of 170 test windows left out."""
    return forecast(24, whole_batches=True)


@benchmark("timeseries/ili-60-whole-batches", suite="full")
def ili_60_whole_batches() -> Benchmark:
    """Fourteen months from the two years before, six of 134 test windows left out."""
    return forecast(60, whole_batches=True)


def forecast(horizon: int, *, whole_batches: bool = False) -> Benchmark:
    """All seven series `horizon` weeks ahead, in units of their deviation in the training weeks.

    With `whole_batches` the test windows that fill no batch of 32 are left out.
    """
    validation = validation_windows(NAME, horizon)
    row = f"ili-{horizon}" + ("-whole-batches" if whole_batches else "")
    anchor, anchor_why = _anchor(horizon, row, whole_batches)
    return Benchmark(
        question=f"How does influenza-like illness go on for {horizon} weeks?",
        task="regression",
        data=long_horizon(
            NAME,
            horizon=horizon,
            history=HISTORY,
            whole_batches=32 if whole_batches else 0,
            digest=DIGESTS[horizon, whole_batches],
        ),
        protocol=ILI_WHOLE_BATCHES if whole_batches else ILI,
        metric=mse("σ²"),
        also=[window_mae("σ")],
        entries=[
            repeat_last(),
            seasonal_naive(52, "the year before"),
            shared_linear(validation, (1.0, 10.0, 100.0)),
            linear_of_zeng(
                "nlinear",
                validation,
                learning_rate=0.01,
                reruns=f"{row}-zeng-nlinear" if whole_batches else "",
                seconds=4,
            ),
            linear_of_zeng(
                "dlinear",
                validation,
                learning_rate=0.05,
                reruns=f"{row}-zeng-dlinear" if whole_batches else "",
                seconds=4,
            ),
            short_patchtst(validation),
            *(
                [patchtst_of_nie(validation, reruns=f"{row}-nie-patchtst-42", suite="full")]
                if whole_batches and horizon == 24
                else []
            ),
        ],
        anchor=anchor,
        anchor_why=anchor_why,
        lessons=_lessons(horizon, whole_batches),
        seconds=2,
    )


def short_patchtst(validation_rows: int) -> Entry:
    """The headline: PatchTST with a quarter of the patches, stopped early."""
    settings: dict[str, Any] = {"patch": 24, "stride": 8}
    return compiled_forecaster(
        "patchtst",
        partial(patchtst, **settings),
        Recipe(epochs=40, batch_size=16, learning_rate=0.0025, jit_compile=False),
        "PatchTST with 12 patches of 24 weeks, three blocks of 16 units over each series alone.",
        values=settings,
        validation_rows=validation_rows,
        patience=10,
        tuned="the stride of patches and the network, by the validation weeks of the 24-week "
        "forecasts: 7 settings of 4 networks",
        headline=True,
        seconds=60,
    )


def _anchor(horizon: int, row: str, whole_batches: bool) -> tuple[str, str]:
    if whole_batches:
        return f"{row}-nie-patchtst-42", (
            "a plain Transformer over patches with public code and settings, on the same windows"
        )
    if horizon in (24, 36):
        return f"{row}-msdcn-timesnet", (
            "the only good published score on all windows that states how it was chosen"
        )
    return f"{row}-duet-patchtst", (
        "a plain Transformer over patches; no good score on all windows states how its look-back "
        "was chosen"
    )


def _lessons(horizon: int, whole_batches: bool) -> str:
    if whole_batches:
        return (
            "Most evaluations before 2023 scored whole batches of test windows alone; "
            f"{DROPPED[horizon]}, so scores on the one and the other are not comparable. One "
            f"linear map, NLinear ({NLINEAR[horizon]} published), is far ahead of Autoformer "
            f"({AUTOFORMER[horizon]}) and Informer."
        )
    return (
        "Repeating the last 52 weeks, which needs a look-back of a year, has an error of "
        f"{REPEATED_YEAR[horizon]} σ², smaller than that of {BEHIND[horizon]} published runs on "
        "all test windows. Many networks were scored without the last windows, and "
        f"{DROPPED[horizon]}: those scores are not comparable with these."
    )
