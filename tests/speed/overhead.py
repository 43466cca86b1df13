"""What a trial costs outside its training: hand-over to a worker, record, MLflow.

    python tests/speed/overhead.py [italy har cifar uci/wine/mlp-64 …] [--trials 5] [--share 1.0]

Every workload is an entry: `italy`, `har` and `cifar` the networks that the standard suite trains
of timeseries/italy-power-demand, timeseries/har and cifar/cifar10, or `family/benchmark/entry`. It
trains through the run's own planner, worker processes, recorder and MLflow store, in folders of its
own:

single     one repeat a group, as networks that do not stack train: `overhead` counts these
stacked    all repeats as one group, where the entry stacks
reference  the benchmark's first reference that is not a floor, beside them

The bare training is the time of `fit` and `predict` alone, as the worker takes it around these
calls: the same work in the same moments, so that other load on the machine meets both alike.
Everything else from the first hand-over to the end of MLflow's sync is outside: a group's way to
its worker and back with the reading of its data and scoring, its record, its MLflow runs. One
group runs at a time. Starting Python, TensorFlow and MLflow is paid once a run and shown apart.

`--share` cuts an official training part to its first rows, for data as large as CIFAR's; less
training only makes the share of the cost larger. The last line is JSON; exit code 2 means the data
is not at hand.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks import registry
from benchmarks.data import DataError, Loaded, Store, default_folder, load
from benchmarks.definition import Benchmark, Entry, breadth
from runners.execution import worker
from runners.execution.engine import Failure
from runners.execution.group import Group
from runners.execution.plan import make
from runners.execution.pool import execute
from runners.execution.recording import record_group
from runners.mlflow import sync
from runners.records.store import Runs

NAMED = {
    "italy": "timeseries/italy-power-demand",
    "har": "timeseries/har",
    "cifar": "cifar/cifar10",
}
GOAL = {"network": 35.0, "reference": 12.0}
"""Milliseconds a trial."""
PHASES = {"hand_over": 8.0, "record": 4.0, "mlflow": 23.0}
"""Milliseconds a trial that each may take."""
SHARE = 0.03
"""Of the bare training that all of them may take on `italy`."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("workloads", nargs="*", default=["italy"], metavar="WORKLOAD")
    parser.add_argument("--trials", type=int, default=5, metavar="N", help="of each (default 5)")
    parser.add_argument("--share", type=float, default=1.0, help="of an official training part")
    told = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for workload in told.workloads:
        benchmark, entry = chosen(workload)
        try:
            loaded = load(benchmark.data, Store(default_folder(), offline=True))
        except DataError as error:
            print(f"error: no data for {benchmark.name}: {error}", file=sys.stderr)
            print(f"get it with: python -m runners data --only {benchmark.name}", file=sys.stderr)
            raise SystemExit(2) from None
        rows += measured(benchmark, entry, loaded, told.trials, told.share)
    report(rows, told.share)


def chosen(workload: str) -> tuple[Benchmark, Entry]:
    """The benchmark and entry a workload names. Exits with 2 where there is none."""
    known = registry.load().benchmarks
    name, _, entry = workload.rpartition("/") if workload.count("/") == 2 else (workload, "", "")
    name = NAMED.get(name, name)
    if name not in known or entry not in {"", *(e.name for e in known[name].entries)}:
        print(
            f"error: expected italy, har, cifar or family/benchmark/entry, received {workload!r}",
            file=sys.stderr,
        )
        raise SystemExit(2)
    benchmark = known[name]
    if entry:
        return benchmark, benchmark.entry(entry)
    return benchmark, benchmark.headline


def measured(
    benchmark: Benchmark, entry: Entry, loaded: Loaded, trials: int, share: float
) -> list[dict[str, Any]]:
    """A row for the entry trained singly, one for its stack, and one for a reference."""
    rows = [timed(benchmark, entry, loaded, trials, share, "single")]
    if entry.stack != 1 and trials > 1:
        rows.append(timed(benchmark, entry, loaded, trials, share, "stacked"))
    if entry.kind == "keras":
        others = [e for e in benchmark.entries if e.kind == "reference" and not e.floor]
        for other in others[:1]:
            rows.append(timed(benchmark, other, loaded, trials, share, "reference"))
    return rows


def timed(
    benchmark: Benchmark, entry: Entry, loaded: Loaded, trials: int, share: float, way: str
) -> dict[str, Any]:
    """Train an entry through the run's own parts and say where the time went."""
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder))
        one = dataclasses.replace(benchmark, entries=[entry])
        plan = make(one, loaded, max(entry.suite, benchmark.suite, key=breadth), runs, fresh=True)
        groups = [part for group in plan.groups for part in parts(group, way == "stacked")]
        groups = cut(groups, trials)
        start = time.perf_counter()
        os.environ.pop("MLFLOW_TRACKING_URI", None)
        sync.prepare_in_background(runs.root)
        assert sync._preparing is not None
        sync._preparing.join()
        sync._preparing = None
        work = partial(training, share=share)
        # A group that only starts the worker comes first; its threads are those of the others.
        outcomes = execute([groups[0], *groups], default_folder(), groups[0].threads, work)
        next(outcomes)
        begun, used, started = time.perf_counter(), time.process_time(), time.perf_counter() - start
        bare, spent = 0.0, dict.fromkeys(PHASES, 0.0)
        at = begun
        for group, outcome in outcomes:
            if isinstance(outcome, Failure):
                raise SystemExit(f"{group.label}: {outcome.reason}\n{outcome.detail}")
            came = time.perf_counter()
            training_seconds = outcome.train_seconds + outcome.predict_seconds
            bare += training_seconds
            spent["hand_over"] += came - at - training_seconds
            record_group(runs, plan, entry, group, outcome)
            at = time.perf_counter()
            spent["record"] += at - came
        at = time.perf_counter()
        sync.sync(runs)
        spent["mlflow"] = time.perf_counter() - at
        count = sum(len(group.repeats) for group in groups)
        outside = sum(spent.values())
        return {
            "workload": f"{benchmark.name}/{entry.name}",
            "way": way,
            "trials": count,
            "training": round(bare, 3),
            "outside": round(outside, 3),
            **{name: round(seconds, 3) for name, seconds in spent.items()},
            "ms_a_trial": round(1000 * outside / count, 1),
            "parent_cpu_ms_a_trial": round(1000 * (time.process_time() - used) / count, 1),
            "goal_ms": GOAL["network" if entry.kind == "keras" else "reference"],
            "overhead": round(outside / bare, 4),
            "start": round(started, 2),
        }


def parts(group: Group, whole: bool) -> list[Group]:
    """A group as it is, or one for each of its repeats."""
    if whole:
        return [group]
    return [
        dataclasses.replace(group, repeats=(repeat,), seeds=(seed,))
        for repeat, seed in zip(group.repeats, group.seeds, strict=True)
    ]


def cut(groups: Sequence[Group], trials: int) -> list[Group]:
    """The first groups, with so many trials at most."""
    first = groups[0]
    if len(first.repeats) > 1:
        few = {"repeats": first.repeats[:trials], "seeds": first.seeds[:trials]}
        return [dataclasses.replace(first, **few)]
    return list(groups[:trials])


def training(group: Group, folder: Path, *, share: float) -> worker.Outcome:
    """What a worker does with a group in a run; with less than all rows where told so."""
    if share >= 1:
        return worker.run(group, folder)
    source = registry.load().benchmarks[group.benchmark].data
    loaded = load(source, Store(folder, offline=True))
    whole = loaded.dataset.train_rows
    if whole is None:
        return worker.train_group(group, loaded)
    kept = [*range(round(share * whole)), *range(whole, len(loaded.dataset.y))]
    x, y = loaded.dataset.x[kept], loaded.dataset.y[kept]
    part = dataclasses.replace(loaded.dataset, x=x, y=y, train_rows=round(share * whole))
    return worker.train_group(group, dataclasses.replace(loaded, dataset=part))


def report(rows: Sequence[dict[str, Any]], share: float) -> None:
    print(f"{'':48}{'trials':>7}{'training s':>12}{'ms a trial':>12}{'goal':>6}{'of training':>13}")
    for row in rows:
        label = f"{row['workload']} ({row['way']})"
        print(
            f"{label:48}{row['trials']:7}{row['training']:12.2f}{row['ms_a_trial']:12.1f}"
            f"{row['goal_ms']:6.0f}{100 * row['overhead']:11.1f} %"
        )
        shares = (f"{p.replace('_', '-')} {1000 * row[p] / row['trials']:.1f}" for p in PHASES)
        print(f"  ms a trial: {', '.join(shares)}; once: start {row['start']:.1f} s")
    single = [row for row in rows if row["way"] == "single"]
    bare, outside = (sum(row[key] for row in single) for key in ("training", "outside"))
    names = ", ".join(row["workload"] for row in single)
    compared = (
        f"hand-over, record and MLflow against fit and predict of {names}, one repeat a group, "
        f"one group at a time{'' if share >= 1 else f', {share:g} of the training rows'}"
    )
    print(
        json.dumps(
            {
                "overhead": round(outside / bare, 4),
                "goal": SHARE,
                "goals_ms": PHASES,
                "compared": compared,
                "seconds": {"training": round(bare, 2), "outside": round(outside, 2)},
                "share": share,
                "rows": list(rows),
                "load": round(os.getloadavg()[0], 1),
            }
        )
    )


if __name__ == "__main__":
    main()
