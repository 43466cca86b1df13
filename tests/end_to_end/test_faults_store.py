"""MLflow in trouble: locked, of another schema, gone in mid-run. The records are none the worse."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from conftest import Finished, Place, ended, until
from mlflow_help import Server, client, of_networks, picture, records, tagged
from test_interruption import stopped, whole

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")

WINE = ("--suite", "quick", "--only", "uci/wine")
HOLD = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def behind(continued: Place) -> Place:
    """A run that has just happened, but for ten trials MLflow is going to be told of."""
    for path in (continued.runs / "records/uci/wine/5-nn").glob("0*.json"):
        path.unlink()
    return continued


@pytest.fixture
def held(behind: Place) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Another program that writes to MLflow's database and does not come to an end."""
    holders = []

    def hold() -> subprocess.Popen[str]:
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(behind.runs / "mlflow.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        holders.append(holder)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        return holder

    yield hold
    for holder in holders:
        if holder.poll() is None:
            holder.communicate("end\n")


def warning(done: subprocess.CompletedProcess[str]) -> str:
    """The one line about MLflow of a run that is none the worse for it."""
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr, done.stderr
    assert "120 trials done, 0 failed" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("! MLflow")]
    assert line.startswith("! MLflow was not updated: ")
    return line


@pytest.mark.slow
def test_a_database_locked_all_the_time(
    behind: Place, held: Callable[[], subprocess.Popen[str]]
) -> None:
    before = (behind.site / "results.json").read_bytes()
    holder = held()
    line = warning(behind.bench(*WINE))
    assert f"{behind.runs / 'mlflow.db'} is locked by another process" in line
    assert f"end process {holder.pid}" in line
    assert "`make sync` writes what is missing" in line
    assert len(whole(behind)) == 140
    assert (behind.site / "results.json").read_bytes() != before
    tried = behind.command("sync", "--runs", str(behind.runs))
    assert tried.returncode == 1
    (said,) = tried.stderr.splitlines()
    assert said.startswith("error: MLflow at sqlite:///")
    assert f"end process {holder.pid}" in said
    holder.communicate("end\n")
    made_up = behind.command("sync", "--runs", str(behind.runs))
    assert made_up.returncode == 0, made_up.stderr
    store = client(behind.runs)
    assert tagged(store, "kerasfolio.trial").keys() == of_networks(records(behind)).keys()
    assert len(tagged(store, "kerasfolio.entry")) == 8


@pytest.mark.slow
def test_a_database_locked_for_a_while_is_waited_for(
    behind: Place, held: Callable[[], subprocess.Popen[str]]
) -> None:
    holder = held()
    process = behind.start("sync", "--runs", str(behind.runs))
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(5)
    holder.communicate("end\n")
    out, err = ended(process, 120)
    assert process.returncode == 0, out + err
    assert not err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("revision", "age", "remedy"),
    [("451aebb31d03", "an older", "mlflow db upgrade"), ("ffffffffffff", "another", "move ")],
)
def test_a_database_of_another_mlflow(behind: Place, revision: str, age: str, remedy: str) -> None:
    file = behind.runs / "mlflow.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    line = warning(behind.bench(*WINE))
    assert f"{file} has schema {revision} of {age} MLflow" in line
    assert remedy in line
    assert f"move {file} away; `make sync` makes it anew from the records" in line
    assert len(whole(behind)) == 140
    assert (behind.site / "index.html").stat().st_size
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == (revision,)
    told = behind.command("doctor", "--json", "--runs", str(behind.runs))
    (row,) = [r for r in json.loads(told.stdout) if r["check"] == "mlflow store"]
    assert told.returncode == 1
    assert (row["state"], revision in row["detail"]) == ("broken", True)
    for path in behind.runs.glob("mlflow.db*"):  # what it says to do
        path.rename(behind.root / path.name)
    assert behind.command("sync", "--runs", str(behind.runs)).returncode == 0
    store = client(behind.runs)
    assert tagged(store, "kerasfolio.trial").keys() == of_networks(records(behind)).keys()


@pytest.mark.slow
def test_killed_while_the_database_is_made(finished: Finished, few: Place) -> None:
    """Its dozens of steps are one: there is the whole database or none."""
    file = few.runs / "mlflow.db"
    for _ in range(2):
        process = few.start("sync", "--runs", str(few.runs))
        part = few.runs / ".mlflow.db.part"
        until(lambda part=part: part.exists() and part.stat().st_size > 50_000, "tables", process)
        os.kill(process.pid, signal.SIGKILL)
        ended(process)
        assert not file.exists()
    done = few.command("sync", "--runs", str(few.runs))
    assert done.returncode == 0, done.stderr
    assert ": 9 runs written" in done.stdout
    assert not few.halves()
    expected = {k: v for k, v in picture(client(finished.place.runs)).items() if "sunspots" in k}
    assert picture(client(few.runs)) == expected


@pytest.fixture
def few(finished: Finished, place: Place) -> Place:
    """Records of sunspots alone, without a store."""
    name = "records/timeseries/sunspots-yearly"
    shutil.copytree(finished.place.runs / name, place.runs / name)
    return place


@pytest.mark.slow
def test_a_server_that_dies_while_it_is_written_to_and_comes_back(
    finished: Finished, place: Place
) -> None:
    """Killed with some runs written and one half; back again, all is there once."""
    shutil.copytree(finished.place.runs / "records", place.runs / "records")
    for path in (place.runs / "records/uci/wine/5-nn").glob("0*.json"):
        path.unlink()
    server = Server(place)
    server.start()
    process = place.start("bench", *WINE, *place.folders, MLFLOW_TRACKING_URI=server.address)
    until(lambda: server.runs() > 8, "the ninth run", process)
    server.kill()
    out, err = ended(process, 200)
    assert process.returncode == 0, out + err
    assert "Traceback" not in out + err
    (line,) = [line for line in out.splitlines() if line.startswith("! MLflow")]
    assert f"the server {server.address} does not answer" in line
    assert "start it, or unset MLFLOW_TRACKING_URI" in line
    assert "`make sync` writes what it missed" in line
    kept = whole(place)
    assert len(kept) == 140
    assert 8 < server.runs() < 43
    server.start()
    there = {"MLFLOW_TRACKING_URI": server.address}
    again = place.bench(*WINE, **there)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Nothing to run" in again.stdout
    assert "! MLflow" not in again.stdout
    assert whole(place) == kept
    store = client(server.address)
    assert tagged(store, "kerasfolio.trial").keys() == of_networks(records(place)).keys()
    entries = tagged(store, "kerasfolio.entry")
    assert len(entries) == 8
    assert {run.info.status for run in entries.values()} == {"FINISHED"}
    assert server.runs() == len(entries) + len(of_networks(records(place)))
    made_up = place.command("sync", "--runs", str(place.runs), **there)
    assert ": 0 runs written" in made_up.stdout
    server.kill()


@pytest.mark.slow
def test_interrupted_while_mlflow_is_written_to(finished: Finished, place: Place) -> None:
    shutil.copytree(finished.place.runs / "records", place.runs / "records")
    process = place.start("bench", *WINE, *place.folders)
    database = place.runs / "mlflow.db"

    def some() -> bool:
        if not database.exists():
            return False
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as store:
            return bool(store.execute("SELECT COUNT(*) FROM runs").fetchone()[0] > 8)

    until(some, "the ninth run", process)
    os.killpg(process.pid, signal.SIGINT)
    stopped(process)
    done = place.command("sync", "--runs", str(place.runs))
    assert done.returncode == 0, done.stderr
    store = client(place.runs)
    assert tagged(store, "kerasfolio.trial").keys() == of_networks(records(place)).keys()
    assert len(tagged(store, "kerasfolio.entry")) == 8
