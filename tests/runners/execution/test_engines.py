"""Engines: the same scores wherever a group trains, and a reason where it cannot."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from conftest import CARRIED, CHECKOUT, Finished, Place, contents, ended, until, workshop

from benchmarks import registry
from benchmarks.data import Store, load
from runners.execution import engine, engines
from runners.execution.engines.local import LocalExecutor
from runners.execution.engines.remote import Identity, differing
from runners.execution.plan import make
from runners.records.store import Runs

slow = pytest.mark.slow

NOBODY = "tcp://127.0.0.1:9"
BLOCKED = """
import sys
sys.modules["distributed"] = None
from runners.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("name", "address", "jobs", "said"),
    [
        ("ray", None, 0, "expected an engine of local, serial, dask, received 'ray'"),
        ("dask", None, 0, "--address tcp://HOST:8786"),
        ("dask", NOBODY, 2, "--jobs is for the engine local"),
        ("serial", None, 2, "--jobs is for the engine local"),
        ("local", NOBODY, 0, "--address is for the engine dask"),
        ("dask", "somewhere", 0, "no Dask scheduler answers at somewhere"),
    ],
)
def test_a_wrong_request_is_refused(name: str, address: str | None, jobs: int, said: str) -> None:
    with (
        pytest.raises(engine.EngineError, match=re.escape(said)),
        engines.opened(name, address, jobs),
    ):
        pass


def test_a_scheduler_that_does_not_answer_is_a_wrong_request_in_seconds(place: Place) -> None:
    begun = time.monotonic()
    done = place.bench("--engine", "dask", "--address", NOBODY)
    assert time.monotonic() - begun < 15
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith(f"error: no Dask scheduler answers at {NOBODY}")
    assert "Traceback" not in done.stderr
    assert not place.runs.exists()


def test_without_dask_the_command_that_installs_it_is_named(place: Place) -> None:
    arguments = ("bench", "--engine", "dask", "--address", NOBODY, *place.folders)
    done = place.python("-c", BLOCKED, *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "-m pip install --require-hashes -r requirements-dev.lock" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_group_may_take_many_times_what_is_expected(tmp_path: Path) -> None:
    wine = registry.load().benchmarks["uci/wine"]
    loaded = load(wine.data, Store(tmp_path, offline=True))

    def limits(seconds: float) -> set[float]:
        longer = replace(wine, seconds=seconds)
        plan = make(longer, loaded, "quick", Runs(tmp_path), fresh=False)
        return {group.timeout for group in plan.groups if group.entry == wine.headline.name}

    assert limits(1) == {600}
    networks = sum(entry.kind == "keras" for entry in wine.entries)
    assert [*limits(1000)] == [pytest.approx(20 * 0.9 * 1000 / networks)]


def test_what_a_worker_must_agree_on_is_named() -> None:
    own = Identity("a", "a", {"keras": "3.15"}, {}, commit="abc1234", place="here:/x")
    assert (
        differing(own, Identity("a", "a", {"keras": "3.15"}, {}, commit="other", place="there:/x"))
        == ""
    )
    for other, said in (
        (
            Identity("b", "b", {"keras": "3.15"}, {}, commit="def", place="there:/x"),
            "other code.*def.*there:/x",
        ),
        (Identity("a", "b", {"keras": "3.15"}, {}), "changed after it started"),
        (Identity("a", "a", {"keras": "3.15"}, {}, "jax"), "Keras on jax where .* on tensorflow"),
        (Identity("a", "a", {"keras": "3.16"}, {}), "version of keras .3.16 there, 3.15 here"),
        (Identity("a", "a", {"keras": "3.15"}, {"X": "1"}), "value of X .1 there, none here"),
    ):
        assert re.search(said, differing(own, other))


@dataclass
class Cluster:
    """A real scheduler and workers on loopback."""

    place: Place
    address: str = ""
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str, code: Path | None = None, **environment: str) -> Any:
        """`python -m dask …` in its own process group."""
        self.place.root.joinpath("dask").mkdir(exist_ok=True)
        log = self.place.root / "dask" / f"{len(self.started)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                cwd=code or self.place.code,
                env=self.place.environment(**environment),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def scheduler(self, **environment: str) -> None:
        file = self.place.root / "scheduler.json"
        arguments = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        process = self.start("scheduler", *arguments, "--scheduler-file", str(file), **environment)
        until(lambda: file.exists() and file.stat().st_size, "the scheduler", process)
        self.address = json.loads(file.read_bytes())["address"]

    def worker(self, *more: str, code: Path | None = None, **environment: str) -> Any:
        """One worker process under its nanny, with a data folder of its own."""
        number = len(self.started)
        data = str(self.place.root / f"data-{number}")
        return self.start(
            *("worker", self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard"),
            *("--local-directory", str(self.place.root / f"dask-{number}"), *more),
            code=code,
            **{"KERASFOLIO_DATA": data, "TEST_WORKER": str(number), **environment},
        )

    def workers(self, count: int) -> None:
        """Wait until so many are there."""
        from distributed import Client

        with Client(self.address, set_as_default=False, timeout=10) as client:
            client.wait_for_workers(count, timeout=60)

    @property
    def engine(self) -> tuple[str, ...]:
        return ("--engine", "dask", "--address", self.address)


@pytest.fixture
def cluster(place: Place) -> Iterator[Cluster]:
    """A scheduler; tests add workers. Everything ends with the test."""
    here = Cluster(place)
    try:
        yield here
    finally:
        for process in here.started:
            family = psutil.Process(process.pid).children(recursive=True)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for one in family:
                if one.is_running():
                    one.kill()


def naps(group: Any, folder: Path) -> None:
    (folder / "begun").touch()
    time.sleep(600)


def test_whoever_waits_for_a_group_of_a_stopped_pool_is_told(tmp_path: Path) -> None:
    executor = LocalExecutor(threads=1, workers=1)
    group: Any = SimpleNamespace(memory=0.0, timeout=0.0)
    futures = [executor.submit(naps, group, tmp_path) for _ in range(3)]
    end = time.monotonic() + 90
    while not (tmp_path / "begun").exists():
        assert time.monotonic() < end
        time.sleep(0.1)
    executor.shutdown(cancel_futures=True)
    assert all(future.cancelled() or future.exception(timeout=5) for future in futures)


def test_a_scheduler_without_workers_is_a_wrong_request(cluster: Cluster) -> None:
    cluster.scheduler()
    done = cluster.place.bench(*cluster.engine)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"the scheduler at {cluster.address} has no workers" in done.stderr
    assert f"python -m dask worker {cluster.address}" in done.stderr


def environments(place: Place) -> list[dict[str, Any]]:
    """What records say of where they were made, but for the commit, which may have moved on."""
    found = [json.loads(content)["environment"] for content in place.records().values()]
    return [{name: fact for name, fact in one.items() if name != "git"} for one in found]


@slow
def test_a_cluster_gives_the_bits_that_local_workers_give(
    finished: Finished, cluster: Cluster
) -> None:
    cluster.scheduler()
    cluster.worker()
    cluster.worker()
    cluster.workers(2)
    place = cluster.place
    done = place.bench("--suite", "quick", "--only", CARRIED, *cluster.engine)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "on 2 threads of 2 Dask workers" in done.stdout
    assert "140 trials done, 0 failed" in done.stdout
    assert not done.stderr, done.stderr
    assert contents(place) == contents(finished.place)
    assert environments(place) == environments(finished.place)
    again = place.bench("--suite", "quick", "--only", CARRIED)
    assert "Nothing to run: all 140 trials are done" in again.stdout


@slow
def test_one_process_gives_the_bits_that_local_workers_give(
    finished: Finished, place: Place
) -> None:
    done = place.bench("--suite", "quick", "--only", CARRIED, "--engine", "serial")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "on this process" in done.stdout
    assert contents(place) == contents(finished.place)


TOY = '''
"""Wine, with entries for one test each."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import Entry, Fitted, benchmark
from benchmarks.data import Dataset, official_file
from benchmarks.entries import majority
from benchmarks.uci import wine


def guess(training):
    worker = float(os.environ.get("TEST_WORKER", -1))
    return Fitted(lambda x: np.full((len(x), 3), 1 / 3), {"worker": [worker]})


def sleeps(trainings):
    time.sleep(0.4)
    return [guess(training) for training in trainings]


def hangs(trainings):
    time.sleep(600)


def grows(trainings):
    held = []
    while True:
        held.append(np.ones(5_000_000))  # 0.04 GB
        time.sleep(0.01)


def stops(trainings):
    breakpoint()
    return [guess(training) for training in trainings]


def raises(trainings):
    raise RuntimeError("never works")


def kills(trainings):
    import psutil
    os.kill(psutil.Process().parents()[1].pid, signal.SIGKILL)  # process, fork server, worker
    time.sleep(600)


def wine_with(*entries):
    return replace(wine.wine(), entries=[majority(), *entries])


def entry(fit, **more):
    return Entry(fit.__name__, "reference", fit, "For a test.", **{"headline": True, **more})


@benchmark("toy/slow")
def slow():
    """Slow enough to be stopped in the middle."""
    return wine_with(entry(sleeps))


@benchmark("toy/limits")
def limits():
    """Takes more than it may."""
    return wine_with(entry(hangs, stack=0), entry(grows, stack=0, headline=False))


@benchmark("toy/debugged")
def debugged():
    """Stops at a breakpoint, and fails."""
    return wine_with(entry(stops, stack=0), entry(raises, stack=0, headline=False))


@benchmark("toy/murderous")
def murderous():
    """Kills the Dask worker."""
    return wine_with(entry(kills, stack=0))


@benchmark("toy/picky")
def picky():
    """Wants a graphics card, and something nobody has."""
    return wine_with(
        entry(sleeps, values={"resources": {"GPU": 1}}),
        entry(raises, stack=0, headline=False, values={"resources": {"QPU": 2}}),
    )


@benchmark("toy/filed")
def filed():
    """Its data is a file in the data folder."""
    data = official_file(
        "table.csv",
        "https://example.invalid/table.csv",
        "SHA256",
        lambda path: Dataset(*rows(path), class_names=("a", "b", "c")),
        title="a table", page="https://example.invalid", licence="none", citation="aeberhard1992",
        rows=178, features=2,
    )
    return replace(wine.wine(), data=data, entries=[majority(), entry(sleeps, stack=0)])


def rows(path):
    table = np.loadtxt(path, delimiter=",")
    return table[:, :2], table[:, 2].astype(np.int64)
'''


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A checkout with the definitions above, and the file one of them reads."""
    rows = "".join(f"{n / 7:.6f},{n % 5}.5,{n % 3}\n" for n in range(178)).encode()
    code = workshop(tmp_path_factory.mktemp("toys"), "uci/wine")
    (code / "benchmarks/toy").mkdir()
    text = TOY.replace("SHA256", hashlib.sha256(rows).hexdigest())
    for name in ("slow", "limits", "debugged", "murderous", "picky", "filed"):
        one = re.sub(rf'@benchmark\("toy/(?!{name}")[a-z]+"\)\n', "", text)
        (code / f"benchmarks/toy/{name}.py").write_text(one)
    return code, rows


@pytest.fixture
def toy(cluster: Cluster, toys: tuple[Path, bytes]) -> Cluster:
    cluster.place.code = toys[0]
    return cluster


def only(name: str) -> tuple[str, ...]:
    return ("--suite", "quick", "--only", f"toy/{name}")


@slow
def test_a_group_that_hangs_or_grows_is_ended_and_says_so(toy: Cluster) -> None:
    done = toy.place.bench(*only("limits"), "--timeout", "15", "--memory", "2.5")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "failed: was stopped after 15 s, the most it may take" in done.stdout
    assert "failed: needed more than 2.5 GB of memory" in done.stdout
    assert len(toy.place.records()) == 30


@slow
def test_serial_obeys_a_debugger_and_shows_a_traceback(toy: Cluster) -> None:
    place, arguments = toy.place, [*only("debugged"), "--engine", "serial"]
    done = subprocess.run(
        [sys.executable, "-m", "runners", "bench", *arguments, *place.folders],
        cwd=place.code,
        env=place.environment(),
        input="p 'split', len(trainings)\ncontinue\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "('split', 30)" in done.stdout
    assert 'raise RuntimeError("never works")' in done.stderr
    assert "RuntimeError: never works" in done.stdout
    assert len(place.records("toy/debugged/stops")) == 30
    failed = Runs(place.runs).folder("toy/debugged", "raises") / "failed.json"
    assert "never works" in json.loads(failed.read_bytes())["detail"]


def more_than(place: Place, count: int) -> Callable[[], bool]:
    return lambda: len(place.records()) > count


@slow
def test_a_dask_worker_killed_in_the_middle_loses_nothing(toy: Cluster) -> None:
    place = toy.place
    toy.scheduler()
    toy.worker()
    killed = toy.worker()
    toy.workers(2)
    process = place.start("bench", *only("slow"), *toy.engine, *place.folders)
    until(more_than(place, 36), "some slow trials", process)
    (victim,) = [p for p in psutil.Process(killed.pid).children() if is_worker(p)]
    victim.kill()
    out, err = ended(process, 120)
    assert process.returncode == 0, out + err
    assert "60 trials done, 0 failed" in out
    assert len(place.records()) == 60
    assert not place.halves()


def is_worker(process: psutil.Process) -> bool:
    """Of a nanny's children, not Python's own resource tracker."""
    return "resource_tracker" not in " ".join(process.cmdline())


@slow
def test_a_group_that_kills_its_worker_fails_with_that_reason(toy: Cluster) -> None:
    toy.scheduler(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="1")
    toy.worker()
    toy.worker()
    toy.workers(2)
    done = toy.place.bench(*only("murderous"), *toy.engine)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "failed: its worker died, 2 times on end" in done.stdout
    assert len(toy.place.records("toy/murderous/majority")) == len(toy.place.records()) == 30


@slow
def test_interrupted_the_cluster_is_free_again_and_the_run_goes_on(toy: Cluster) -> None:
    place = toy.place
    toy.scheduler()
    worker = toy.worker()
    toy.workers(1)
    process = place.start("bench", *only("slow"), *toy.engine, *place.folders)
    until(more_than(place, 33), "some slow trials", process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = ended(process)
    assert process.returncode in (130, -signal.SIGINT), out + err
    assert "interrupted; finished trials are kept" in out
    assert "Traceback" not in out + err
    end = time.monotonic() + 20
    while training := [p for p in psutil.Process(worker.pid).children(True) if trains(p)]:
        assert time.monotonic() < end, f"still training: {training}"
        time.sleep(0.2)
    done = place.bench(*only("slow"), *toy.engine)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(place.records()) == 60


def trains(process: psutil.Process) -> bool:
    """Whether it is a child of a fork server."""
    try:
        return "forkserver" in " ".join(process.parent().cmdline())
    except (psutil.NoSuchProcess, AttributeError):
        return False


@slow
def test_data_a_worker_has_not_got_is_sent_and_resources_are_obeyed(
    toy: Cluster, toys: tuple[Path, bytes]
) -> None:
    place, rows = toy.place, toys[1]
    folder = place.data / "files" / hashlib.sha256(rows).hexdigest()[:8]
    folder.mkdir(parents=True)
    (folder / "table.csv").write_bytes(rows)
    toy.scheduler()
    toy.worker()
    with_card = len(toy.started)
    toy.worker("--resources", "GPU=1")
    toy.workers(2)
    done = place.bench("--suite", "quick", "--only", "toy/filed,toy/picky", *toy.engine)
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(place.records("toy/filed/*")) == 60, done.stdout
    assert len(place.records("toy/picky/sleeps")) == 30, done.stdout
    assert "no Dask worker offers QPU=2; start one with --resources 'QPU=2'" in done.stdout
    picky = [json.loads(r) for r in place.records("toy/picky/sleeps").values()]
    assert {record["history"]["worker"][0] for record in picky} == {with_card}
    for number in (with_card - 1, with_card):
        assert not (place.root / f"data-{number}" / "files").exists(), "fetched, not received"


@slow
def test_workers_with_other_code_are_refused(toy: Cluster, tmp_path: Path) -> None:
    other = workshop(tmp_path / "other", "uci/wine")
    with (other / "benchmarks/metrics.py").open("a") as file:
        file.write("# other\n")
    toy.scheduler()
    toy.worker(code=other)
    toy.worker(code=tmp_path)
    toy.workers(2)
    done = toy.place.bench(*only("slow"), *toy.engine)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "other code than this checkout" in done.stderr
    assert f"make {os.uname().nodename}:{other} the same and restart it" in done.stderr
    assert "cannot import this project" in done.stderr
    assert not toy.place.runs.exists()


def test_the_makefile_passes_the_engine_on() -> None:
    ready = ["-o", ".venv/ready", "-o", ".venv/ready-dev"]
    made = ["make", "-s", *ready, "PYTHON=echo", "bench", "ENGINE=dask", "ADDRESS=tcp://host:8786"]
    done = subprocess.run(made, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert "runners bench" in done.stdout
    assert "--engine=dask --address=tcp://host:8786" in done.stdout


@slow
def test_a_scheduler_that_dies_in_the_middle_costs_nothing_that_was_finished(toy: Cluster) -> None:
    place = toy.place
    toy.scheduler()
    toy.worker()
    toy.workers(1)
    process = place.start("bench", *only("slow"), *toy.engine, *place.folders)
    until(more_than(place, 33), "some slow trials", process)
    os.killpg(toy.started[0].pid, signal.SIGKILL)
    out, err = ended(process, 120)
    assert process.returncode == 1, out + err
    assert "failed: the connection to the Dask scheduler was lost" in out
    assert "Traceback" not in out + err
    finished = place.records()
    assert 33 < len(finished) < 60
    done = place.bench(*only("slow"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"({len(finished)} done before)" in done.stdout
    assert finished.items() < place.records().items()


AHEAD = """
import os, sys, time
from multiprocessing import forkserver
import psutil
from runners.execution import engines
from runners.execution.engines import local

with engines.opened("local", None, 1) as engine:
    engine.prepare()
    pid = forkserver._forkserver._forkserver_pid
    print(psutil.pid_exists(pid), local._unused.is_set())
try:
    ended = psutil.Process(pid).wait(10)
except psutil.NoSuchProcess:
    ended = None
print(ended is None or ended == -9)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no fork server there")
def test_a_fork_server_started_ahead_for_nothing_ends_with_the_engine() -> None:
    done = subprocess.run(
        [sys.executable, "-c", AHEAD], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["True", "True", "True"], done.stderr
