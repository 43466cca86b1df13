"""Ten thousand trials of 200 benchmarks: planning, MLflow, page and memory within their limits.

The records are synthetic (`scale_records`); everything measured is the real command line on them.
Each figure is printed as a line of JSON with its goal. Goals are of a machine with nothing else to
do. The limits are of processor seconds, which other work on the machine stretches by half and not
tenfold; a command that waits (for a lock, a disk, a server) is seen in `wall`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import scale_records
from conftest import Place, workshop

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).resolve().parent / "scale_records.py"
PLAN = """
import json, sys, time
from pathlib import Path
import sklearn.model_selection  # what splits are drawn with; most data is read with it before

from benchmarks import registry
from benchmarks.data import Store, load_all
from runners.execution.plan import make
from runners.records.store import Runs

chosen = registry.select(registry.load(), None, "quick")
found = load_all({b.name: b.data for b in chosen}, Store(Path(sys.argv[2]), offline=True))
wall, used = time.perf_counter(), time.process_time()
runs = Runs(Path(sys.argv[1]))
plans = [make(b, found[b.name], "quick", runs, False) for b in chosen]
print(json.dumps({
    "wall": time.perf_counter() - wall,
    "cpu": time.process_time() - used,
    "benchmarks": len(plans),
    "done": sum(plan.done for plan in plans),
    "left": sum(len(group.repeats) for plan in plans for group in plan.groups),
}))
"""
"""What `bench` does between the data and the first group, timed; the data sets are read before."""


@dataclass
class Used:
    """What a command took."""

    code: int
    output: str
    wall: float
    cpu: float
    megabytes: float
    """Peak resident memory of the process itself."""


def watched(place: Place, *arguments: str) -> Used:
    """Run Python in a place to its end, with what the system says it took."""
    begun = time.perf_counter()
    with (place.root / "output.txt").open("w+") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=place.code,
            env=place.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - begun
        output.seek(0)
        text = output.read()
    cpu = used.ru_utime + used.ru_stime
    unit = 1e6 if sys.platform == "darwin" else 1e3  # kibibytes elsewhere
    return Used(process.returncode, text, wall, cpu, used.ru_maxrss / unit)


SLACK = 1.6
"""Processor seconds of a machine that is shared, for one of a quiet one."""
MEGABYTES, WITH_MLFLOW = 350, 500
"""MLflow alone takes 170 once imported."""


def check(
    what: str, goal: float, wall: float, cpu: float, megabytes: float, limit: float = MEGABYTES
) -> None:
    """Print a figure, and hold it against its goal in seconds."""
    figure = {
        "figure": what,
        "goal": goal,
        "wall": round(wall, 2),
        "cpu": round(cpu, 2),
        "megabytes": round(megabytes),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(figure))
    assert cpu < SLACK * goal
    assert megabytes < limit


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Two hundred benchmarks with all their trials recorded."""
    root = tmp_path_factory.mktemp("large")
    place = Place(root, workshop(root))
    scale_records.define(place.code)
    made = place.python(str(SCRIPT), "record", str(place.runs), timeout=1200)
    assert made.returncode == 0, made.stdout + made.stderr
    assert int(made.stdout) == scale_records.TRIALS
    return place


def test_every_synthetic_record_says_so(large: Place) -> None:
    paths = sorted((large.runs / "records").glob("*/*/*/[0-9]*.json"))
    assert len(paths) == scale_records.TRIALS
    assert len({path.parent.parent for path in paths}) == scale_records.BENCHMARKS
    for path in paths[:: len(paths) // 50]:
        record = json.loads(path.read_bytes())
        assert "/records/synthetic-" in path.as_posix()
        assert record["benchmark"]["question"].startswith("SYNTHETIC")
        assert record["environment"]["cpu"].startswith("SYNTHETIC")
        assert record["entry"]["values"]["synthetic"] is True


def test_planning_a_resume(large: Place) -> None:
    lost = sorted((large.runs / "records").glob("*/*/majority/00-*.json"))[:3]
    kept = {path: path.read_bytes() for path in lost}
    for path in lost:
        path.unlink()
    try:
        used = watched(large, "-c", PLAN, str(large.runs), str(large.data))
    finally:
        for path, content in kept.items():
            path.write_bytes(content)
    told = json.loads(used.output)
    assert told["benchmarks"] == scale_records.BENCHMARKS
    assert (told["done"], told["left"]) == (scale_records.TRIALS - 3, 3)
    check("plan", 1.5, told["wall"], told["cpu"], used.megabytes)


def test_mlflow_is_told_once(large: Place) -> None:
    first = watched(large, "-m", "runners", "sync", "--runs", str(large.runs))
    assert first.code == 0, first.output
    assert " 0 runs written" not in first.output
    again = watched(large, "-m", "runners", "sync", "--runs", str(large.runs))
    assert again.code == 0, again.output
    assert " 0 runs written" in again.output
    check("first sync", 120, first.wall, first.cpu, first.megabytes, WITH_MLFLOW)
    check("second sync", 2, again.wall, again.cpu, again.megabytes)


def test_the_page(large: Place) -> None:
    page = ("-m", "portfolio", "--runs", str(large.runs), "--site", str(large.site))
    first = watched(large, *page)
    assert first.code == 0, first.output
    assert len(json.loads((large.site / "results.json").read_bytes())["benchmarks"]) == 200
    assert (large.site / "index.html").stat().st_size < 1e6
    check("first page", 6, first.wall, first.cpu, first.megabytes)
    before = {path: path.stat().st_mtime_ns for path in large.site.rglob("*.*")}
    again = watched(large, *page)
    assert again.code == 0, again.output
    check("second page", 1.5, again.wall, again.cpu, again.megabytes)
    (results,) = [path for path, at in before.items() if path.stat().st_mtime_ns != at]
    assert results.name == "results.json"  # the moment of the build is in it
    lost = next((large.runs / "records/synthetic-0").glob("*/mlp-50/00-*.json"))
    content = lost.read_bytes()
    lost.unlink()
    try:
        less = watched(large, *page)
    finally:
        lost.write_bytes(content)
    assert less.code == 0, less.output
    check("page after a change", 1.5, less.wall, less.cpu, less.megabytes)


def test_listing(large: Place) -> None:
    used = watched(large, "-m", "runners", "list")
    used = watched(large, "-m", "runners", "list")  # compiled by then, and read into memory
    assert used.code == 0, used.output
    check("list", 0.4, used.wall, used.cpu, used.megabytes)
