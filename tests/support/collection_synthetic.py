"""A collection with synthetic records beside published scores: invented, never shown as results."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import portfolio_synthetic as synthetic

from benchmarks.collections import Collection
from benchmarks.published import baselines
from runners.records.store import Runs

NAME = "uci/archive-121"
TASKS = (
    *("abalone", "arrhythmia", "bank", "blood", "breast-tissue", "chess-krvk", "contrac"),
    *("cylinder-bands", "ecoli", "flags", "glass", "iris", "led-display", "libras", "zoo"),
)
NETWORKS = ("SNN (SELU)", "Highway", "LayerNorm")


def collection(own: bool = True) -> Collection:
    """Some tasks, one of them left out of comparisons; their own, or some other file's."""
    return Collection(
        name=NAME,
        title="Some tables",
        question="How good are small networks on some tables at once?",
        protocol="four folds of every table",
        why="some of an archive",
        members=[f"{NAME}-{task}" for task in TASKS],
        define=(lambda name: NotImplemented) if own else None,
        excluded={f"{NAME}-zoo": "its two files are scaled unlike each other"},
        absent={"adult": "its rows are not at hand"},
        panels={"Three networks of 2017": NETWORKS},
        large_from=1000,
        despite={"split": "which rows a fold tests averages out over tasks"},
        citation="klambauer2017snn",
    )


def records(root: Path, *, lead: float = 0.0, without: str = "") -> Runs:
    """Records of every task but `without`; ours is the published SNN's score plus `lead`."""
    runs, random = Runs(root), np.random.default_rng(3)
    for place, task in enumerate(TASKS):
        if task == without:
            continue
        name = f"{NAME}-{task}"
        rows = {row.model: row for row in baselines.load(name)}
        base = rows["SNN (SELU)"].score if "SNN (SELU)" in rows else 0.8
        mean = float(np.clip(base + lead + random.normal(0, 0.003), 0, 1))
        protocol = next(row.protocol for row in rows.values())
        facts = synthetic.benchmark(
            name,
            task="classification",
            metric=synthetic.ACCURACY,
            protocol=synthetic.protocol(protocol, tuning="on training rows"),
            margin=0.01,
        )
        size = 100 if place % 2 else 2000
        synthetic.entries(
            runs,
            facts,
            {
                "majority": (0.4 * base, 0.0, dict(synthetic.FLOOR)),
                "svm": (max(0.0, mean - 0.02), 0.002, {}),
                "selu": (max(0.0, mean - 0.01), 0.002, {"kind": "keras"}),
                "bagged": (mean, 0.002, dict(synthetic.HEADLINE)),
            },
            2,
            title=f"Table {task}",
            rows=size,
            train=size * 3 // 4,
            test=size // 4,
            classes=3,
        )
    return runs
