"""Synthetic trial records for the portfolio's tests: invented numbers, never shown as results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.protocols import PROTOCOLS
from runners.records.record import SCHEMA
from runners.records.store import Runs

RMSE = {"name": "rmse", "unit": "MPa", "direction": "min"}
LOG_LIKELIHOOD = {"name": "log_likelihood", "unit": "nats", "direction": "max"}
ACCURACY = {"name": "accuracy", "unit": "fraction", "direction": "max"}


def protocol(id: str, **other: Any) -> dict[str, Any]:
    """A protocol as records carry it."""
    names = [
        "id",
        "title",
        "source",
        "split",
        "repeats",
        "unit",
        "spread",
        "fitted_on",
        "selection",
        "tuning",
    ]
    names += ["augmented_test", "extra_data"]
    return {name: getattr(PROTOCOLS[id], name) for name in names} | other


def benchmark(name: str, **other: Any) -> dict[str, Any]:
    """The `benchmark` part of a record; concrete's unless told otherwise."""
    return {
        "name": name,
        "family": name.split("/")[0],
        "task": "regression",
        "question": "How strong is a concrete mix after a given number of days?",
        "suite": "quick",
        "metric": RMSE,
        "also": [],
        "protocol": protocol("REG20"),
        "margin": 0.25,
        "margin_why": "a twentieth of the published error",
        "lessons": "Synthetic lesson.",
        "deprecated": "",
    } | other


def entry_facts(name: str, **other: Any) -> dict[str, Any]:
    """The `entry` part of a record."""
    return {
        "name": name,
        "kind": "reference",
        "headline": False,
        "floor": False,
        "about": "Synthetic entry.",
        "values": {},
        "suite": "quick",
        "stack": 1,
        "repeats": 0,
        "threads": 1,
        "protocol": {},
        "seconds": 0.0,
    } | other


def record(
    facts: dict[str, Any],
    entry: str,
    repeat: int,
    value: float,
    *,
    data: dict[str, Any] | None = None,
    group: list[int] | None = None,
    recipe: str = "recipe-1",
    finished: str = "2026-11-21T08:00:00+00:00",
    seconds: float = 2.5,
    history: dict[str, list[float]] | None = None,
    params: int | None = None,
    also: dict[str, float] | None = None,
    **about: Any,
) -> dict[str, Any]:
    """One trial record; `also` are further scores, `about` fills its `entry` part."""
    seed = [*entry.encode(), *recipe.encode(), repeat, *(group or [])]
    return {
        "schema": SCHEMA,
        "benchmark": facts,
        "entry": entry_facts(entry, stack=len(group or [repeat])) | about,
        "repeat": repeat,
        "seed": repeat,
        "group": group or [repeat],
        "recipe": recipe,
        "fingerprint": bytes(np.random.default_rng(seed).integers(0, 256, 32).tolist()).hex(),
        "inputs": {},
        "scores": {facts["metric"]["name"]: value} | (also or {}),
        "history": history or {},
        "params": params,
        "seconds": {"group": seconds, "trial": seconds / len(group or [1]), "predict": 0.01},
        "started_at": "2026-11-21T07:59:00+00:00",
        "finished_at": finished,
        "environment": {
            "versions": {"python": "3.12.1", "keras": "3.15.1", "tensorflow": "2.21.0"},
            "cpu": "Synthetic CPU 3000",
            "cores": 2,
            "memory_gb": 16.0,
            "device": "cpu",
            "threads": 1,
            "precision": "float32",
            "platform": "Linux-synthetic",
            "switches": {},
            "git": {"commit": "0123456789abcdef0123", "dirty": False},
        },
        "data": {
            "title": "Concrete Compressive Strength (UCI 165)",
            "url": "https://archive.ics.uci.edu/dataset/165",
            "licence": "CC BY 4.0",
            "citation": "yeh1998concrete",
            "rows": 1030,
            "features": 8,
            "digest": "sha256:" + "ab" * 32,
            "copy": "UCI's Concrete_Data.xls",
            "official": True,
            "files": {"Concrete_Data.xls": "cd" * 32},
            "deviations": [],
            "train": 927,
            "test": 103,
            "class_names": [],
            "classes": 0,
            "facts": {},
        }
        | (data or {}),
    }


def write(runs: Runs, *records: dict[str, Any]) -> None:
    """Store records the way the runner does."""
    for one in records:
        runs.write(one, b"synthetic predictions")


def falling(epochs: int, start: float, end: float, noise: float, seed: int) -> list[float]:
    """A loss curve that falls as losses do."""
    random = np.random.default_rng(seed)
    steps = np.arange(epochs)
    curve = end + (start - end) * np.exp(-steps / max(1.0, epochs / 12))
    return [float(v) for v in curve * np.exp(random.normal(0, noise, epochs))]


def entries(
    runs: Runs,
    facts: dict[str, Any],
    drawn: dict[str, tuple[float, float, dict[str, Any]]],
    repeats: int,
    **data: Any,
) -> None:
    """Write entries drawn around (mean, spread) with the keywords of `record`.

    And with the keywords `epochs` (of a loss curve) and `nats`: (mean, spread) of a log-likelihood.
    """
    for number, (name, (mean, spread, other)) in enumerate(drawn.items()):
        random = np.random.default_rng(number + 7)
        epochs, nats = other.pop("epochs", 0), other.pop("nats", None)
        for repeat in range(other.pop("repeats", repeats)):
            value = mean + spread * float(random.standard_normal())
            if facts["metric"] == ACCURACY:
                value = min(1.0, max(0.0, value))
            if nats:
                likelihood = nats[0] + nats[1] * float(random.standard_normal())
                other["also"] = {"log_likelihood": likelihood}
            history = {}
            if epochs:
                high, low = (1100.0, 9.0) if facts["metric"] == RMSE else (1.9, 0.4)
                history["loss"] = falling(epochs, high, low, 0.03, repeat)
            write(
                runs,
                record(facts, name, repeat, value, history=history, data=data or None, **other),
            )


HEADLINE: dict[str, Any] = {"kind": "keras", "headline": True}
FLOOR: dict[str, Any] = {"floor": True, "seconds": 0.01}


def showcase(root: Path) -> Runs:
    """A folder of runs with every state a page can show."""
    runs = Runs(root)
    stack = list(range(20))
    mlp = HEADLINE | {"params": 501, "epochs": 400, "group": stack, "seconds": 9.4}
    values = {"hidden": [50], "epochs": 400, "batch": 32, "learning_rate": 1e-3, "schedule": "none"}
    entries(
        runs,
        benchmark("uci/concrete", also=[LOG_LIKELIHOOD]),
        {
            "mean": (16.4, 0.8, dict(FLOOR, about="Predicts the mean of the training targets.")),
            "linear": (10.3, 0.6, {"about": "Ridge regression on standardised inputs."}),
            "boosting": (4.55, 0.55, {"seconds": 0.8, "about": "Boosted trees, defaults."}),
            "mlp-50": (4.78, 0.6, mlp | {"values": values, "about": "One hidden layer."}),
            "deep-ensemble": (
                4.7,
                0.6,
                {"kind": "keras", "params": 2505, "nats": (-2.9, 0.07), "about": "Five networks."},
            ),
        },
        20,
    )
    folds = protocol("MLM-CV")
    wine = benchmark(
        "uci/wine",
        task="classification",
        metric=ACCURACY,
        protocol=folds,
        margin=0.01,
        question="Which of three cultivars is a wine made from, judging by its chemistry?",
    )
    wine_data: dict[str, Any] = {
        "title": "Wine (UCI 109)",
        "rows": 178,
        "features": 13,
        "train": 160,
        "test": 18,
        "copy": "scikit-learn's copy",
        "official": False,
        "class_names": ["class 1", "class 2", "class 3"],
        "classes": 3,
    }
    entries(
        runs,
        wine,
        {
            "majority": (0.399, 0.017, dict(FLOOR)),
            "nearest-1": (0.95, 0.05, {}),
            "mlp-32": (0.985, 0.03, HEADLINE | {"params": 547, "epochs": 100}),
        },
        30,
        **wine_data,
    )
    cifar = benchmark(
        "cifar/cifar10",
        task="classification",
        metric=ACCURACY,
        protocol=protocol("CIFAR-STD"),
        margin=0.01,
        question="What is in the picture: one of ten kinds of animal or vehicle?",
    )
    entries(
        runs,
        cifar,
        {
            "majority": (0.1, 0.0, dict(FLOOR)),
            "linear": (0.39, 0.002, {"seconds": 41.0}),
            "vgg3-4-epochs": (
                0.7312,
                0.006,
                HEADLINE | {"params": 550570, "epochs": 4, "repeats": 2},
            ),
        },
        3,
        title="CIFAR-10",
        rows=60000,
        features=[32, 32, 3],
        train=50000,
        test=10000,
        official=False,
        deviations=[
            {"what": "20 test images are near copies of the official ones", "bound": 0.002}
        ],
        class_names=["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse"],
        classes=10,
    )
    runs.write_failure(
        "cifar/cifar10",
        "vgg3-4-epochs",
        {
            "benchmark": "cifar/cifar10",
            "entry": "vgg3-4-epochs",
            "repeats": [2],
            "reason": "the worker was killed: out of memory",
            "at": "2026-11-21T09:00:00+00:00",
            "benchmark_facts": cifar,
            "entry_facts": entry_facts("vgg3-4-epochs", kind="keras", headline=True),
        },
    )
    italy = benchmark(
        "timeseries/italy-power-demand",
        task="classification",
        metric=ACCURACY,
        protocol=protocol("UCR2018"),
        margin=0.01,
        question="Was this day's electricity used in summer or in winter?",
    )
    entries(
        runs,
        italy,
        {
            "majority": (0.499, 0.0, dict(FLOOR)),
            "nearest-1": (0.9553, 0.0, {}),
            "lstm": (0.9655, 0.002, HEADLINE | {"params": 4418, "epochs": 300}),
        },
        5,
        title="ItalyPowerDemand (UCR archive 2018)",
        rows=1096,
        features=[24, 1],
        train=67,
        test=1029,
        class_names=["October to March", "April to September"],
        classes=2,
    )
    sunspots = benchmark(
        "timeseries/sunspots-yearly",
        metric={**RMSE, "unit": "sunspots"},
        protocol=protocol("SUNSPOT-1921"),
        margin=1.0,
        question="How many sunspots will there be next year?",
        deprecated="Synthetic reason why nobody should use this series any more.",
    )
    entries(
        runs,
        sunspots,
        {
            "persistence": (20.5, 0.0, dict(FLOOR)),
            "linear": (15.2, 0.0, {}),
            "gru": (14.1, 0.4, HEADLINE | {"params": 929, "epochs": 200}),
        },
        5,
        title="Yearly mean sunspot numbers",
        rows=244,
        features=[12, 1],
        train=209,
        test=35,
    )
    digits = benchmark("uci/digits", task="classification", metric=ACCURACY, protocol=folds)
    runs.write_failure(
        "uci/digits",
        "cnn",
        {
            "benchmark": "uci/digits",
            "entry": "cnn",
            "repeats": [0],
            "reason": "loss became NaN in epoch 3",
            "at": "2026-11-21T09:00:00+00:00",
            "benchmark_facts": digits | {"question": "Which digit was written by hand?"},
            "entry_facts": entry_facts("cnn", kind="keras", headline=True),
        },
    )
    (root / "skipped.json").write_text(
        '{"uci/abalone": {"reason": "archive.ics.uci.edu did not answer", '
        '"remedy": "make data FROM=DIR imports official files from a folder", '
        '"at": "2026-11-21T09:00:00+00:00"}}'
    )
    return runs
