"""What a definition, a worker or the clock can do wrong: named, counted, retried only where apt."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from conftest import Finished, Place, copied, until, workshop
from test_interruption import BENCH, SLOW, stopped, whole

from runners.execution.recording import in_order
from runners.records.store import Runs
from runners.results.summary import collect

slow = pytest.mark.slow

FAULTY = '''
"""Wine, with an entry for every fault."""

import os
import signal
import sys
import time
import uuid
from dataclasses import replace
from functools import wraps
from pathlib import Path

import numpy as np

from benchmarks import Entry, Fitted, benchmark
from benchmarks.entries import majority
from benchmarks.entries.networks import network
from benchmarks.training.recipe import Recipe
from benchmarks.uci import wine

MARKS = Path(os.environ.get("TEST_MARKS", "."))
HERE = "toy/faulty"


class Odd(Exception):
    def __init__(self, one, other):
        super().__init__("arrives nowhere")

    def __str__(self):
        raise ValueError


def tried(name):
    """Leave a mark, and say how many there are."""
    (MARKS / f"{name}-{uuid.uuid4()}").touch()
    return len(list(MARKS.glob(f"{name}-*")))


def guess(training, history=None):
    return Fitted(lambda x: np.full((len(x), 3), 1 / 3), history or {})


def raises(trainings):
    tried("raises")
    raise RuntimeError("never works")


def leaves(trainings):
    tried("leaves")
    sys.exit("enough")


def interrupts(trainings):
    tried("interrupts")
    raise KeyboardInterrupt


def odd(trainings):
    tried("odd")
    raise Odd(1, 2)


def diverges(trainings):
    tried("diverges")
    return [guess(t, {"loss": [1.0, float("nan")]}) for t in trainings]


def hangs(trainings):
    tried("hangs")
    time.sleep(600)


def grows(trainings):
    tried("grows")
    held = []
    while True:
        held.append(np.ones(25_000_000))  # 0.2 GB


def dies(trainings):
    tried("dies")
    os.kill(os.getpid(), signal.SIGKILL)


def ended_once(trainings):
    if tried("ended-once") == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return [guess(t) for t in trainings]


def unbuildable(*inputs):
    tried("unbuildable")
    raise ValueError("no such layer")


FITS = (raises, leaves, interrupts, odd, diverges, hangs, grows, dies, ended_once)


@benchmark("toy/faulty")
def faulty():
    """Every fault there is."""
    entries = [
        Entry(fit.__name__.replace("_", "-"), "reference", fit, "Fails.", stack=0,
              values={"learning_rate": 0.5} if fit is diverges else {})
        for fit in FITS
    ]
    entries += [
        network("unbuildable", unbuildable, Recipe(1, batch_size=16), "Fails.", headline=True),
    ]
    return replace(wine.wine(), entries=[majority(), *entries])
'''

UNSPLIT = '''
"""Wine, split by a function that fails."""

from dataclasses import replace

from benchmarks import benchmark
from benchmarks.entries import majority
from benchmarks.uci import wine


def splits(dataset):
    raise IndexError("no such fold")


@benchmark("toy/unsplit")
def unsplit():
    """Not to be planned."""
    made = wine.wine()
    protocol = replace(made.protocol, splits=splits)
    return replace(made, protocol=protocol, entries=[majority(), made.headline])
'''

TRIES = {"dies": 2, "ended-once": 2}
"""How often what failed was tried in one run, where it was not once."""

REASONS = {
    "raises": "RuntimeError: never works",
    "leaves": "SystemExit: enough",
    "interrupts": "KeyboardInterrupt: ",
    "odd": "Odd: (its message cannot be read)",
    "diverges": "received nan in epoch 2 of repeat 0 (learning rate 0.5); try a lower",
    "hangs": "was stopped after 40 s, the most it may take",
    "grows": "needed more than 2.5 GB of memory",
    "dies": "the worker process died (exit code -9); out of memory? (tried twice)",
    "unbuildable": "ValueError: no such layer",
}


@dataclass
class Faults:
    place: Place
    marks: Path
    done: subprocess.CompletedProcess[str]

    def tries(self) -> dict[str, int]:
        found = [path.name[: -len("-") - 36] for path in self.marks.iterdir()]
        return {name: found.count(name) for name in found}

    def run(self) -> subprocess.CompletedProcess[str]:
        limits = ("--timeout", "40", "--memory", "2.5")
        only = ("--suite", "quick", "--only", "toy/faulty,toy/unsplit")
        return self.place.bench(*only, *limits, TEST_MARKS=str(self.marks))


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Faults:
    """One run of every fault, beside definitions that cannot even be read or planned."""
    root = tmp_path_factory.mktemp("faults")
    code = workshop(root, "uci/wine")
    toy = code / "benchmarks/toy"
    toy.mkdir()
    (toy / "faulty.py").write_text(FAULTY)
    (toy / "unsplit.py").write_text(UNSPLIT)
    (toy / "syntax.py").write_text("def no(:\n")
    (toy / "leaving.py").write_text("import sys\nsys.exit('not today')\n")
    marks = root / "marks"
    marks.mkdir()
    found = Faults(Place(root, code), marks, None)  # type: ignore[arg-type]
    found.done = found.run()
    return found


@slow
def test_every_fault_is_one_line_with_its_reason_and_the_rest_is_done(faults: Faults) -> None:
    done = faults.done
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for name, reason in REASONS.items():
        (line,) = re.findall(rf"^  toy/faulty {name} .*failed: .*", done.stdout, re.MULTILINE)
        assert reason in line, name
    assert len(whole(faults.place)) == 60
    assert {name.split("/")[2] for name in faults.place.records("toy/faulty/*")} == {
        "majority",
        "ended-once",
    }


@slow
def test_only_the_death_of_a_worker_is_tried_again(faults: Faults) -> None:
    """The rule as `runners/execution/pool.py` states it."""
    expected = dict.fromkeys([*REASONS, "ended-once"], 1) | TRIES
    assert faults.tries() == expected


@slow
def test_the_last_lines_count_and_give_reasons(faults: Faults) -> None:
    last = faults.done.stdout.split("trials done, ")[-1].splitlines()
    assert last[0].startswith(f"{30 * len(REASONS)} failed; 1 benchmarks run, 0 skipped")
    for name, reason in REASONS.items():
        (line,) = [one for one in last if one.startswith(f"! toy/faulty {name}: ")]
        assert "30 trials failed: " in line
        assert reason in line
        kept = faults.place.runs / f"records/toy/faulty/{name}/failed.json"
        assert str(kept) in line
        assert reason in json.loads(kept.read_bytes())["reason"]


@slow
def test_files_that_are_no_definitions_are_named(faults: Faults) -> None:
    said = faults.done.stdout
    assert "benchmarks/toy/syntax.py: SyntaxError: " in said
    assert "benchmarks/toy/leaving.py: SystemExit: not today" in said
    assert "! toy/unsplit cannot be planned: IndexError: no such fold" in said


@slow
def test_no_failed_trial_counts_as_done(faults: Faults) -> None:
    """Asked for again, all that failed is tried again; the death that came once costs nothing."""
    before = faults.tries()
    path = faults.place.code / "benchmarks/toy/faulty.py"
    text = path.read_text()
    path.write_text(text.replace("hangs, grows, dies, ", "").replace("odd, diverges, ", ""))
    kept = whole(faults.place)
    done = faults.run()
    assert done.returncode == 1
    assert "120 of 180 trials to run" in done.stdout
    now = faults.tries()
    again = {name: now[name] - before[name] for name in now}
    assert {name for name, count in again.items() if count} == {
        "raises",
        "leaves",
        "interrupts",
        "unbuildable",
    }
    assert whole(faults.place) == kept


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a benchmark that takes its time."""
    folder = workshop(tmp_path_factory.mktemp("slow"), "uci/wine")
    (folder / "benchmarks/toy").mkdir()
    (folder / "benchmarks/toy/slow.py").write_text(SLOW)
    return folder


@pytest.fixture
def sleepy(place: Place, code: Path) -> Place:
    place.code = code
    return place


@slow
def test_workers_killed_from_outside_cost_nothing(sleepy: Place) -> None:
    process = sleepy.start(*BENCH, *sleepy.folders)
    until(lambda: len(sleepy.records()) > 33, "some slow trials", process)
    servers = psutil.Process(process.pid).children()
    workers = [worker for server in servers for worker in server.children()]
    assert workers
    for worker in workers:
        worker.kill()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    assert "60 trials done, 0 failed" in out
    assert len(whole(sleepy)) == 60
    assert not list(sleepy.runs.glob("records/*/*/*/failed.json"))


@slow
@pytest.mark.parametrize("pause", [0.0, 0.3])
def test_ctrl_c_twice(sleepy: Place, pause: float) -> None:
    """Whoever presses it again, while all is being ended, gets the same end."""
    process = sleepy.start(*BENCH, *sleepy.folders)
    until(lambda: len(sleepy.records()) > 32, "some slow trials", process)
    for _ in range(3):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(pause)
        if process.poll() is not None:
            break
    said = stopped(process, 15)
    assert "Exception ignored" not in said
    assert 32 < len(whole(sleepy)) < 60


FUTURE = timedelta(days=400)


def shifted(place: Place, entry: str) -> datetime:
    """Date the records of an entry as if the clock had been ahead; when the last one finished."""
    last = datetime.min.replace(tzinfo=UTC)
    for path in sorted((place.runs / "records" / entry).glob("[0-9]*.json")):
        record = json.loads(path.read_bytes())
        for key in ("started_at", "finished_at"):
            moved = datetime.fromisoformat(record[key]) + FUTURE
            record[key] = moved.isoformat(timespec="seconds")
        path.write_text(json.dumps(record))
        last = max(last, moved)
    return last


@slow
def test_a_clock_that_was_set_back(finished: Finished, place: Place) -> None:
    """Nothing is trained again for it, and what is trained next is the newest generation."""
    place.code = workshop(place.root, "timeseries/sunspots-yearly")
    copied(finished, place)
    name, entry = "timeseries/sunspots-yearly", "linear"
    last = shifted(place, f"{name}/{entry}")
    bench = ("--suite", "quick", "--only", name)
    done = place.bench(*bench)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing to run" in done.stdout
    old = collect(Runs(place.runs))[name][entry]

    definition = place.code / "benchmarks/timeseries/sunspots_yearly.py"
    text = definition.read_text()
    changed = re.sub(r"linear\(([^)]*)\)", r"replace(linear(\1), values={'a': 1})", text, count=1)
    assert changed != text
    definition.write_text(
        changed.replace("\nfrom b", "\nfrom dataclasses import replace\nfrom b", 1)
    )
    done = place.bench(*bench)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 of 20 trials to run" in done.stdout
    assert "the clock is behind earlier records" in done.stdout
    new = collect(Runs(place.runs))[name][entry]
    assert {record["recipe"] for record in new}.isdisjoint(record["recipe"] for record in old)
    for record in new:
        assert datetime.fromisoformat(record["finished_at"]) == last + timedelta(seconds=1)
        true = datetime.fromisoformat(record["clock"]["finished_at"])
        assert abs(datetime.now(UTC) - true) < timedelta(minutes=10)
    assert "Nothing to run" in place.bench(*bench).stdout


def test_a_trial_is_dated_after_those_there_were() -> None:
    times = {"started_at": "2026-05-01T10:00:00+00:00", "finished_at": "2026-05-01T10:00:07+00:00"}
    before = datetime(2026, 4, 30, tzinfo=UTC)
    assert in_order(times, before) == times
    moved = in_order(times, datetime(2027, 1, 1, tzinfo=UTC))
    assert moved == {
        "started_at": "2026-12-31T23:59:54+00:00",
        "finished_at": "2027-01-01T00:00:01+00:00",
    }
    assert in_order(times, datetime.max.replace(tzinfo=UTC)) == times


def test_what_is_latest_does_not_change_during_a_run(finished: Finished) -> None:
    runs = Runs(finished.place.runs)
    first = runs.latest("uci/wine", "5-nn")
    assert first == max(
        datetime.fromisoformat(record["finished_at"]) for record in runs.read("uci/wine", "5-nn")
    )
    assert runs.latest("uci/wine", "nobody").year == 1
