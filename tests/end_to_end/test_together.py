"""Two at once: in one folder, on one data folder, with one MLflow. Nothing twice, nothing lost."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CHECKOUT, Finished, Place, copied, ended, until, workshop
from filelock import FileLock, Timeout
from mlflow_help import answers, client, tagged

from benchmarks.data.core.locks import hold, owner
from runners.mlflow.store import QUIET
from runners.mlflow.ui import free_port
from runners.records.store import Runs

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")

TOY = '''
"""A benchmark that notes every training in a file."""

import os
import time
from dataclasses import replace

import numpy as np

from benchmarks import Entry, Fitted, benchmark
from benchmarks.entries import majority
from benchmarks.uci import wine


def noted(trainings):
    with open(os.environ["TOY_LOG"], "a") as log:
        log.writelines(f"{training.seed}\\n" for training in trainings)
    time.sleep(float(os.environ.get("TOY_SECONDS", "0.05")))
    return [Fitted(lambda x: np.full((len(x), 3), 1 / 3)) for _ in trainings]


@benchmark("toy/noted")
def toy():
    """Thirty folds of wine."""
    entry = Entry("network", "keras", noted, "Notes.", stack=1, headline=True)
    return replace(wine.wine(), entries=[majority(), entry])
'''
SHARED = '''
"""A data set that has to be fetched first."""

import numpy as np

from benchmarks import Benchmark, Entry, Fitted, benchmark
from benchmarks.data import Dataset, official_file
from benchmarks.entries import majority
from benchmarks.metrics import accuracy
from benchmarks.protocols import MLM_CV


def read(path):
    table = np.loadtxt(path)
    return Dataset(table[:, :1], table[:, 1].astype(np.int64), class_names=("even", "odd"))


def guesses(trainings):
    return [Fitted(lambda x: np.full((len(x), 2), 0.5)) for _ in trainings]


@benchmark("toy/fetched")
def toy():
    """Even or odd."""
    return Benchmark(
        question="Is it odd?",
        task="classification",
        data=official_file(
            "numbers.txt", "URL", "SHA", read, title="Numbers", page="URL", licence="CC0",
            citation="none", rows=200, features=1,
        ),
        protocol=MLM_CV,
        metric=accuracy(),
        entries=[majority(), Entry("guess", "keras", guesses, "Guesses.", headline=True)],
        margin=0.01,
        margin_why="a toy",
        lessons="None.",
        seconds=1,
    )
'''
CONTENT = "".join(f"{n} {n % 2}\n" for n in range(200)).encode()
BENCH = ("bench", "--suite", "quick", "--only")


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a benchmark that notes its trainings."""
    folder = workshop(tmp_path_factory.mktemp("toy"), "uci/wine")
    (folder / "benchmarks/toy").mkdir()
    (folder / "benchmarks/toy/noted.py").write_text(TOY)
    return folder


@pytest.fixture
def toy(place: Place, code: Path) -> Place:
    place.code = code
    return place


def beside(place: Place) -> Place:
    """A second user: folders of runs and page of his own, the same checkout."""
    return Place(place.root / "second", place.code, place.started)


def trained(place: Place) -> Counter[str]:
    """How often each seed was trained."""
    log = place.root / "trained.log"
    return Counter(log.read_text().split()) if log.exists() else Counter()


def whole(place: Place) -> list[dict[str, Any]]:
    """All records, which must be whole, and nothing half-written beside them."""
    assert not place.halves()
    runs = Runs(place.runs)
    found = list(runs.read())
    assert not runs.quarantined
    return found


def whole_so_far(place: Place) -> list[dict[str, Any]]:
    """The networks' records of a run that goes on."""
    return [record for record in Runs(place.runs).read() if record["entry"]["kind"] == "keras"]


def both(first: subprocess.Popen[str], second: subprocess.Popen[str]) -> tuple[str, str]:
    """What two commands said; both must end well."""
    outputs = [ended(process, 180) for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], outputs
    assert not any("Traceback" in out + err for out, err in outputs), outputs
    return outputs[0][0], outputs[1][0]


@pytest.mark.slow
def test_two_runs_in_one_folder_train_every_trial_once(toy: Place) -> None:
    log = str(toy.root / "trained.log")
    command = (*BENCH, "toy/noted", *toy.folders)
    one, two = (toy.start(*command, TOY_LOG=log) for _ in range(2))
    first, second = sorted(both(one, two), key=lambda said: "another run is working" in said)
    assert "60 trials done, 0 failed" in first
    assert "another run is working" not in first
    waits = rf"another run is working in {re.escape(str(toy.runs.resolve()))} \(process (\d+) on "
    waits += rf"{re.escape(socket.gethostname())}, for \d+ s\); waiting for it to finish"
    said = re.search(waits, second)
    assert said, second
    assert int(said[1]) in (one.pid, two.pid)
    assert "Nothing to run: all 60 trials are done" in second
    assert "was killed" not in first + second
    assert len(whole(toy)) == 60
    assert sum(trained(toy).values()) == len(trained(toy)) == 30
    assert len(tagged(client(toy.runs), "kerasfolio.trial")) == 30
    assert len(tagged(client(toy.runs), "kerasfolio.entry")) == 2
    assert not (toy.runs / ".lock.owner").exists()


@pytest.mark.slow
def test_the_lock_of_a_killed_run_is_free_at_once(toy: Place) -> None:
    more = {"TOY_LOG": str(toy.root / "trained.log"), "TOY_SECONDS": "0.3"}
    command = (*BENCH, "toy/noted", *toy.folders)
    first = toy.start(*command, **more)
    until(lambda: len(toy.records()) > 32, "the third noted trial", first)
    second = toy.start(*command, **more)
    assert second.stdout is not None
    line = next(line for line in second.stdout if "another run is working" in line)
    assert f"process {first.pid} on {socket.gethostname()}" in line
    done = {str(record["seed"]) for record in whole_so_far(toy)}
    os.kill(first.pid, signal.SIGKILL)
    begun = time.monotonic()
    line = next(line for line in second.stdout if line.startswith("the last run in "))
    assert time.monotonic() - begun < 2
    assert re.search(rf"\(process {first.pid} on .*, for \d+ s\) was killed; going on from", line)
    ended(first)
    out, err = ended(second, 120)
    assert second.returncode == 0, out + err
    assert len(whole(toy)) == 60
    counts = trained(toy)
    assert len(counts) == 30
    assert done
    assert all(counts[seed] == 1 for seed in done), "what had a record was trained again"
    assert max(counts.values()) <= 2
    assert len(tagged(client(toy.runs), "kerasfolio.trial")) == 30


@pytest.fixture
def numbers() -> Iterator[tuple[str, list[str]]]:
    """A server that takes a second over its file, and what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[:100])
            self.wfile.flush()
            time.sleep(2)
            self.wfile.write(CONTENT[100:])

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/numbers.txt", asked
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_two_runs_that_need_the_same_file_fetch_it_once(
    place: Place, tmp_path: Path, numbers: tuple[str, list[str]]
) -> None:
    url, asked = numbers
    sha = hashlib.sha256(CONTENT).hexdigest()
    place.code = workshop(tmp_path, "uci/wine")
    (place.code / "benchmarks/toy").mkdir()
    definition = SHARED.replace("URL", url).replace("SHA", sha)
    (place.code / "benchmarks/toy/fetched.py").write_text(definition)
    other, more = beside(place), {"KERASFOLIO_DATA": str(place.data)}
    said = both(*(one.start(*BENCH, "toy/fetched", *one.folders, **more) for one in (place, other)))
    assert asked == ["/numbers.txt"]
    assert sum("waiting for it to finish" in out for out in said) == 1, said
    assert any("is being fetched by another" in out for out in said)
    (kept,) = place.data.glob("files/*/numbers.txt")
    assert kept.read_bytes() == CONTENT
    assert not list(place.data.glob(".work-*"))
    for one in (place, other):
        assert len(whole(one)) == 60
        page = json.loads((one.site / "results.json").read_bytes())
        assert [b["status"] for b in page["benchmarks"]] == ["done"]


@pytest.fixture
def server(place: Place) -> str:
    """A real MLflow server that two users share; `place` ends it."""
    folder = place.root / "server"
    folder.mkdir()
    port = free_port(5700)
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    command += ["--port", str(port), "--backend-store-uri", f"sqlite:///{folder / 'server.db'}"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    process = subprocess.Popen(
        command,
        env=place.environment(**QUIET),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    place.started.append(process)
    until(lambda: answers(f"http://127.0.0.1:{port}"), "the server's start", process)
    return f"http://127.0.0.1:{port}"


@pytest.mark.slow
def test_two_runs_share_an_mlflow_server(
    toy: Place, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same trials from two folders are the same runs; neither closes the other's."""
    other = beside(toy)
    more = {"TOY_LOG": str(toy.root / "trained.log"), "MLFLOW_TRACKING_URI": server}
    said = both(*(one.start(*BENCH, "toy/noted", *one.folders, **more) for one in (toy, other)))
    assert not any("MLflow was not updated" in out for out in said), said
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    there = client(server)
    trials = tagged(there, "kerasfolio.trial")
    assert len(trials) == 30
    assert {name.rsplit("/", 1)[0] for name in trials} == {"toy/noted/network"}
    parents = tagged(there, "kerasfolio.entry")
    assert parents.keys() == {"toy/noted/majority", "toy/noted/network"}
    assert {run.info.status for run in (*trials.values(), *parents.values())} == {"FINISHED"}
    names = [e.name for e in there.search_experiments()]
    assert sorted(names) == ["Default", "kerasfolio/toy"]
    assert len(whole(toy)) == len(whole(other)) == 60
    assert not (toy.runs / "mlflow.db").exists()


@pytest.mark.slow
def test_two_syncs_to_one_fresh_database(finished: Finished, place: Place) -> None:
    """Two folders, one SQLite file that is not there yet: it is made once and filled by both."""
    other = beside(place)
    names = ("timeseries/sunspots-yearly", "uci/wine")
    for one, name in zip((place, other), names, strict=True):
        shutil.copytree(finished.place.runs / "records" / name, one.runs / "records" / name)
    shared = f"sqlite:///{place.root / 'shared.db'}"
    said = both(
        *(
            one.start("sync", "--runs", str(one.runs), MLFLOW_TRACKING_URI=shared)
            for one in (place, other)
        )
    )
    assert sum("another run is writing to the same MLflow (process " in out for out in said) <= 1
    there = client(shared)
    assert {name.rsplit("/", 1)[0] for name in tagged(there, "kerasfolio.entry")} == set(names)
    assert len(tagged(there, "kerasfolio.trial")) == 35


def test_two_pages_built_at_once(finished: Finished, place: Place) -> None:
    copied(finished, place)

    def build() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "portfolio", *place.folders],
            cwd=CHECKOUT,
            env=place.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        place.started.append(process)
        return process

    both(build(), build())
    assert not place.halves()
    page = json.loads((place.site / "results.json").read_bytes())
    before = json.loads((finished.place.site / "results.json").read_bytes())
    assert page["benchmarks"] == before["benchmarks"]
    for path in place.site.rglob("*.html"):
        assert path.read_text().rstrip().endswith("</html>")


HOLD = """
import sys, time
from pathlib import Path
from benchmarks.data.core.locks import hold
with hold(Path(sys.argv[1]), print, "busy"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_an_owner_is_named_while_he_lives_and_forgotten_after(place: Place) -> None:
    lock = place.root / "some.lock"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)],
        cwd=CHECKOUT,
        env=place.environment(),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    place.started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    found = owner(lock)
    assert found is not None
    assert (found.host, found.pid) == (socket.gethostname(), process.pid)
    assert 0 <= time.time() - found.since < 30
    said: list[str] = []
    with pytest.raises(Timeout), hold(lock, said.append, "busy", wait=False):
        pytest.fail("two held one lock")
    process.kill()
    process.wait()
    assert owner(lock) == found, "the note of a killed process stays"
    with hold(lock, said.append, "busy", "the last one", wait=False):
        assert owner(lock) != found
        with pytest.raises(Timeout):
            FileLock(lock).acquire(timeout=0)
    assert said == [f"the last one ({found}) was killed; going on from what it left"]
    assert owner(lock) is None


@pytest.mark.parametrize(
    "note", [b"", b"{", b"[]", b'{"host": "a"}', b'{"host":1,"pid":"x","since":0}', b"\xff\x00"]
)
def test_a_note_that_says_nothing_is_in_nobodys_way(note: bytes, tmp_path: Path) -> None:
    lock = tmp_path / "some.lock"
    (tmp_path / "some.lock.owner").write_bytes(note)
    said: list[str] = []
    with hold(lock, said.append, "busy", "the last one"):
        assert owner(lock)
    assert said == []
    assert [path.name for path in tmp_path.iterdir()] == ["some.lock"]
