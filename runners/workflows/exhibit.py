"""`python -m runners exhibits`: what pages show beside records, made anew."""

from __future__ import annotations

from pathlib import Path

from benchmarks import registry
from benchmarks.data import DataError, Store, default_folder, load_all
from runners import exhibits
from runners.execution import engines, locking
from runners.execution.plan import Plan
from runners.exhibits import curves as learning_curves
from runners.exhibits import networks
from runners.records.store import Runs
from runners.report import Reporter, console
from runners.results.summary import collect
from runners.workflows.exit_codes import FAILED, OK


def exhibit(
    only: str | None, runs_folder: Path, data: Path | None = None, *, curves: bool = False
) -> int:
    """Make the exhibits that records allow and that are missing or out of date.

    Nothing is trained, but with `curves` every headline once more on a part of its training rows,
    for its learning curves. Returns 0, or 1 where data is missing or that training failed. Raises
    UnknownNameError for a name that is no benchmark.
    """
    report = Reporter(console())
    known = registry.load()
    runs = Runs(runs_folder)
    selected = {one.name: one for one in registry.select(known, only, "full")}
    store = Store(data or default_folder(), offline=True)
    with locking.in_folder(runs_folder, report.say), engines.opened(say=report.say) as engine:
        collected = collect(runs, known.benchmarks)
        recorded = {
            name: one for name, one in selected.items() if name in collected and not one.collection
        }
        plans, missing = [], 0
        for name, loaded in load_all({n: b.data for n, b in recorded.items()}, store).items():
            if isinstance(loaded, DataError):
                missing += 1
                report.warn(f"{name}: {loaded}")
            else:
                plans.append(Plan(recorded[name], loaded, [], [], 0, 0, 0.0))
        exhibits.update(runs, plans, collected, report.warn)
        networks.update(runs, plans, collected, report.warn, store.folder, engine)
        failed = []
        if curves:
            named = only is not None and "*" not in only
            failed = learning_curves.update(
                runs, plans, collected, report.say, store.folder, engine, named=named
            )
    report.say(f"Exhibits of {len(plans)} benchmarks in {runs_folder / 'exhibits'}")
    return FAILED if missing or failed else OK
