"""Exchange rates of eight currencies, forecast together for 96 to 720 days.

Four questions under one task function. Hardly any published network beats repeating the last value.
"""

from __future__ import annotations

from benchmarks import Benchmark, benchmark
from benchmarks.data.long_horizon import long_horizon, validation_windows
from benchmarks.entries import repeat_last, shared_linear
from benchmarks.entries.long_horizon.published import itransformer_of_liu, linear_of_zeng
from benchmarks.metrics import mse, window_mae
from benchmarks.protocols import EXCHANGE

DIGESTS = {
    96: "sha256:ff03cb2899c496b91751f3b4b7e05b5e33829a01fae256f2f310ce63e3661437",
    192: "sha256:1b8684000764a37700153f8c0ca85824f918a6dcdaac1ec95e162624c2025165",
    336: "sha256:060b15d49f0e89157e2da82e75962cd696e1563846c75ec5db1ada2d7b5bd017",
    720: "sha256:05ff60110af1bc898d249cbd1a09dc910e96c1b834b631133faabad653a486ed",
}
"""By horizon, in days."""
REPEAT_LAST = {96: 0.0811, 192: 0.1671, 336: 0.3057, 720: 0.8101}
"""Mean squared error of repeating the last value, on all test windows."""
ABOVE_IT = "of the three published networks that are comparable in every respect none reaches it"
PUBLISHED = {
    96: f"{ABOVE_IT} (0.086, three times)",
    192: f"{ABOVE_IT} (iTransformer is nearest, 0.177)",
    336: f"{ABOVE_IT} (DUET is nearest, 0.310)",
    720: "of the three published networks that are comparable in every respect DUET alone does "
    "better (0.693)",
}
"""What the published table says of that error."""
CHOSEN = "the network, of two with their published recipes, by the validation days"


@benchmark("timeseries/exchange-96", suite="standard")
def exchange_96() -> Benchmark:
    """Three months from the three before."""
    return forecast(96, "96 days", seconds=90)


@benchmark("timeseries/exchange-192", suite="full")
def exchange_192() -> Benchmark:
    """Six months from the three before."""
    return forecast(192, "192 days", seconds=90)


@benchmark("timeseries/exchange-336", suite="full")
def exchange_336() -> Benchmark:
    """Eleven months from the three before."""
    return forecast(336, "336 days", "nlinear", seconds=20)


@benchmark("timeseries/exchange-720", suite="full")
def exchange_720() -> Benchmark:
    """Two years from three months."""
    return forecast(720, "two years", seconds=120)


def forecast(horizon: int, ahead: str, best: str = "itransformer", *, seconds: float) -> Benchmark:
    """All eight rates `horizon` days ahead, in units of their deviation in the training days.

    `ahead` is the horizon in words, `best` the network with the lower error on validation days.
    """
    name, row = "exchange_rate", f"exchange-{horizon}"
    validation = validation_windows(name, horizon)
    return Benchmark(
        question=f"How do the exchange rates of eight currencies go on for {ahead}?",
        task="regression",
        data=long_horizon(name, horizon=horizon, history=96, digest=DIGESTS[horizon]),
        protocol=EXCHANGE,
        metric=mse("σ²"),
        also=[window_mae("σ")],
        entries=[
            repeat_last(),
            shared_linear(validation),
            linear_of_zeng(
                "nlinear",
                validation,
                learning_rate=5e-4,
                headline=best == "nlinear",
                tuned=CHOSEN if best == "nlinear" else "",
                seconds=8,
            ),
            itransformer_of_liu(
                validation,
                epochs=1 if horizon == 336 else 10,
                reruns=f"{row}-s-mamba-itransformer",
                headline=best == "itransformer",
                tuned=CHOSEN if best == "itransformer" else "",
                seconds=seconds,
            ),
        ],
        margin=0.05 * REPEAT_LAST[horizon],
        margin_why=f"5 % of the error of repeating the last value, {REPEAT_LAST[horizon]:.4f}: no "
        "published score of level good is comparable.",
        lessons=(
            f"Repeating the last value has an error of {REPEAT_LAST[horizon]:.4f} σ², and "
            f"{PUBLISHED[horizon]}: a daily exchange rate is close to a random walk, and a table "
            "without this row hides it."
        ),
        seconds=2,
    )
