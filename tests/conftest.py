"""What end-to-end tests share: the real command line in folders of its own, off the network."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import settings

# The same examples every time, so that a red run is a change of the code; `make test-all`
# searches for new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("searching", deadline=None, max_examples=500)
settings.load_profile("steady")

CHECKOUT = Path(__file__).resolve().parents[1]
CARRIED = "uci/wine,timeseries/sunspots-yearly"
"""A classification and a regression that libraries carry inside their packages."""

LONGEST = "test_conformance.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, so that no process is left alone with one of them in the end.

    That is conformance, then whatever runs the command line. One process begins with the first,
    while the other makes the finished run that most of the rest wait for.
    """

    def runs_commands(item: pytest.Item) -> bool:
        return not {"place", "finished"}.isdisjoint(getattr(item, "fixturenames", ()))

    commands = {item.path for item in items if runs_commands(item)}
    items.sort(key=lambda item: (item.path.name != LONGEST, item.path not in commands))


FOREIGN = ("KERASFOLIO_", "MLFLOW_", "XDG_", "KERAS_", "TF_", "PYTHON")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
NOBODY_LISTENS = "http://127.0.0.1:9"


@dataclass
class Place:
    """Folders nothing else uses, and the command line as a user starts it in a terminal."""

    root: Path
    code: Path = CHECKOUT
    """The checkout commands run in."""
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def site(self) -> Path:
        return self.root / "site"

    @property
    def data(self) -> Path:
        return self.root / "data"

    def environment(self, **more: str) -> dict[str, str]:
        """An empty home, an empty data folder and a proxy nobody answers at: no network."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(FOREIGN) and name.lower() not in PROXIES
        }
        home = self.root / "home"
        home.mkdir(parents=True, exist_ok=True)
        proxies = dict.fromkeys(PROXIES, NOBODY_LISTENS) | {"no_proxy": "127.0.0.1,localhost"}
        own = {"HOME": str(home), "KERASFOLIO_DATA": str(self.data), "PYTHONUNBUFFERED": "1"}
        return kept | own | proxies | {k.upper(): v for k, v in proxies.items()} | more

    def python(
        self, *arguments: str, timeout: float = 300, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run Python to its end; a process it leaves behind holds the pipes and times out."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.code,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def command(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """`python -m runners …`."""
        return self.python("-m", "runners", *arguments, **more)

    def bench(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """`python -m runners bench …` with this place's folders."""
        return self.command("bench", *arguments, *self.folders, **more)

    @property
    def folders(self) -> tuple[str, ...]:
        return ("--runs", str(self.runs), "--site", str(self.site))

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """`python -m runners …` as the leader of a process group, as a shell starts it."""
        process = subprocess.Popen(
            [sys.executable, "-m", "runners", *arguments],
            cwd=self.code,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def records(self, pattern: str = "*/*/*") -> dict[str, bytes]:
        """Content of every record file by its path below `runs/records`."""
        folder = self.runs / "records"
        paths = sorted(folder.glob(f"{pattern}/[0-9]*.json"))
        return {str(path.relative_to(folder)): path.read_bytes() for path in paths}

    def halves(self) -> list[Path]:
        """Files somebody began to write and neither finished nor removed."""
        return [path for path in self.root.rglob("*.part") if path.is_file()]


def until(
    condition: Callable[[], object],
    what: str,
    process: subprocess.Popen[str],
    seconds: float = 90,
) -> None:
    """Wait for something a process does; fails saying what did not happen."""
    end = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None or time.monotonic() > end:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            pytest.fail(f"{what} did not happen; exit code {process.returncode}:\n{out}\n{err}")
        time.sleep(0.05)


def ended(process: subprocess.Popen[str], seconds: float = 30) -> tuple[str, str]:
    """Output of a process that is about to end, with everything it started.

    Children inherit the pipes, so this only returns when the last of them has gone.
    """
    try:
        return process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        pytest.fail(f"processes were still running after {seconds:g} s:\n{out}\n{err}")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Fresh folders; what a test started in them and left running is ended."""
    here = Place(tmp_path)
    yield here
    for process in here.started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@dataclass
class Finished:
    """A run that has really happened. Read it; to go on from it, use `continued`."""

    place: Place
    made_in: Path
    """The root it ran in: with several test processes `place` is a copy of that."""
    output: str


@pytest.fixture(scope="session")
def finished(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """`bench` of the carried benchmarks with an empty home and without a network, run once.

    Of several test processes the first to ask runs it, and each reads a copy of its own: SQLite's
    files beside a database come and go even when it is only read.
    """
    if not hasattr(pytestconfig, "workerinput"):  # set by pytest-xdist in each of its processes
        return run_once(Place(tmp_path_factory.mktemp("finished")))
    shared = tmp_path_factory.getbasetemp().parent
    with FileLock(shared / "finished.lock"):
        note = shared / "finished.json"
        if not note.exists():
            made = run_once(Place(tmp_path_factory.mktemp("original")))
            note.write_text(json.dumps([str(made.made_in), made.output]))
        root, output = json.loads(note.read_text())
        place = Place(tmp_path_factory.mktemp("finished"))
        for folder in Path(root).iterdir():
            if folder.name not in ("runs", "site"):
                shutil.copytree(folder, place.root / folder.name)
        copied(Finished(Place(Path(root)), Path(root), output), place)
    return Finished(place, Path(root), output)


def run_once(here: Place) -> Finished:
    done = here.bench("--suite", "quick", "--only", CARRIED)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr, done.stderr
    return Finished(here, here.root, done.stdout)


@pytest.fixture
def continued(finished: Finished, place: Place) -> Place:
    """A place of its own where the finished run has just happened."""
    return copied(finished, place)


def copied(finished: Finished, place: Place) -> Place:
    """Copy the folders of a finished run, and tell MLflow's store where it is now."""
    for name in ("runs", "site"):
        shutil.copytree(getattr(finished.place, name), getattr(place, name))
    there, here = finished.place.runs.resolve(), place.runs.resolve()
    with contextlib.closing(sqlite3.connect(place.runs / "mlflow.db")) as store, store:
        for table, column in (
            ("experiments", "artifact_location"),
            ("runs", "artifact_uri"),
            ("logged_models", "artifact_location"),
            ("model_versions", "source"),
            ("model_versions", "storage_location"),
        ):
            change = f"UPDATE {table} SET {column} = replace({column}, ?, ?)"
            store.execute(change, (str(there), str(here)))
    memory = place.runs / "mlflow.json"
    memory.write_text(memory.read_text().replace(str(there), str(here)))
    return place


def contents(place: Place) -> dict[str, Any]:
    """Everything of the records that is the same when the bits are."""
    found: dict[str, Any] = {}
    for name, content in place.records().items():
        record = json.loads(content)
        with np.load((place.runs / "records" / name).with_suffix(".npz")) as arrays:
            bits = {key: arrays[key].tobytes() for key in arrays.files}
        found[name] = (record["scores"], record["history"], record["params"], bits)
    return found


def workshop(folder: Path, *keep: str) -> Path:
    """A copy of the checkout's packages with only the definitions named, to add others to."""
    code = folder / "checkout"
    skipped = shutil.ignore_patterns("__pycache__", "site")
    for package in ("benchmarks", "runners", "portfolio"):
        shutil.copytree(CHECKOUT / package, code / package, ignore=skipped)
    for path in code.glob("benchmarks/*/*.py"):
        family = path.parent
        name = f"{family.name}/{path.stem.replace('_', '-')}"
        if not (family / "__init__.py").exists() and name not in keep:
            path.unlink()
            if not list(family.glob("*.py")):
                family.rmdir()  # `__pycache__` was not copied
    return code
