"""`make doctor`: what is there, missing or wrong on this machine, and what to do about it.

Downloads nothing, changes nothing, and imports neither TensorFlow nor MLflow. What it measures,
in a process of its own, is kept in the user's cache folder: the first time takes some seconds more.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import registry
from benchmarks.data import Store, default_folder
from runners.check import Check
from runners.doctor import data, machine
from runners.doctor.other_runs import other_runs
from runners.doctor.records import records
from runners.formatting import first_few
from runners.mlflow import health
from runners.report import Reporter, console
from runners.safe_text import visible

PATIENCE = 2.0
"""Seconds a host has to answer; all are asked at the same time."""


def show(runs: Path, *, as_json: bool) -> int:
    """Print every check; 1 when something is broken."""
    all_checks = list(checks(runs, default_folder()))
    if as_json:
        shown = [
            {name: visible(text) for name, text in dataclasses.asdict(check).items()}
            for check in all_checks
        ]
        print(json.dumps(shown, indent=1))
    else:
        report = Reporter(console())
        for check in _together(all_checks):
            report.say(f"{check.state:<8} {check.check:<34} {check.detail}")
            if check.remedy:
                report.say(f"{'':<8} → {check.remedy}")
    return int(any(check.state == "broken" for check in all_checks))


def _together(found: list[Check]) -> Iterator[Check]:
    """The checks for people: data that one host keeps away is one line, where the first is."""
    away: dict[str, list[Check]] = {}
    for check in found:
        if check.state == "warning" and check.check.startswith(data.PREFIX):
            away.setdefault(check.detail, []).append(check)
    for check in found:
        alike = away.get(check.detail, [check])
        if len(alike) == 1:
            yield check
        elif check is alike[0]:
            names = [one.check.removeprefix(data.PREFIX) for one in alike]
            yield Check(
                f"{data.PREFIX}{len(alike)} benchmarks",
                "warning",
                f"{check.detail}: {first_few(names, 4)}",
                "connect to the network, or `make data FROM=DIR` with their official files below "
                f"DIR; `make data ONLY={names[0]}` names those of one",
            )


def checks(runs: Path, folder: Path) -> Iterator[Check]:
    """Every check for a folder of runs and a data folder."""
    definitions = registry.load()
    store = Store(folder, connect_timeout=PATIENCE)
    with ThreadPoolExecutor(8) as threads:  # hash files and ask hosts meanwhile
        precision = threads.submit(machine.precision)
        graphics = threads.submit(machine.graphics)
        sets = threads.submit(data.sets, definitions.benchmarks, store, threads)
        yield machine.python()
        yield machine.packages()
        yield machine.git()
        yield from machine.processor()
        yield precision.result()
        yield machine.keras_backends()
        yield graphics.result()
        yield machine.memory()
        yield machine.folder("data folder", folder, "KERASFOLIO_DATA")
        yield machine.folder("runs folder", runs, "--runs")
        yield from data.definitions(definitions)
        yield from sets.result()
        yield from records(runs)
        yield other_runs(runs)
        yield from health.mlflow(runs)
        yield machine.ports()
