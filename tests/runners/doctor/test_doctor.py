"""`make doctor` on machines that are really broken, and on one that is not."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from conftest import CHECKOUT, Place, until, workshop
from data_folder import filled, loaded_or_skip
from filelock import FileLock

from benchmarks import registry
from benchmarks.data.core.store import is_complete
from runners.doctor import machine
from runners.mlflow import health

STATES = {"ok", "warning", "broken"}


LOADED = """
import sys
from runners.__main__ import main
code = main(["doctor", "--runs", sys.argv[1]])
print(*sorted({name.split(".")[0] for name in sys.modules}))
sys.exit(code)
"""
KNOWN: list[Path] = []


@pytest.fixture(scope="module", autouse=True)
def measured(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What the precisions are here, measured once: a doctor on a new machine takes its time.

    Returns the packages that process had imported in the end.
    """
    first = Place(tmp_path_factory.mktemp("measured"))
    done = first.python("-c", LOADED, str(first.runs))
    assert done.returncode == 0, done.stdout + done.stderr
    KNOWN.append(first.root / "home" / ".cache" / "kerasfolio" / "precision")
    assert list(KNOWN[0].glob("*.json"))
    return set(done.stdout.splitlines()[-1].split())


def seen_before(place: Place) -> Place:
    """The place, on a machine whose precisions are known."""
    place.environment()
    home = place.root / "home" / ".cache" / "kerasfolio" / "precision"
    shutil.copytree(KNOWN[0], home, dirs_exist_ok=True)
    return place


def doctor(place: Place, **more: str) -> tuple[int, dict[str, dict[str, str]]]:
    """Exit code and checks by name of `doctor --json`."""
    done = seen_before(place).command("doctor", "--json", "--runs", str(place.runs), **more)
    assert done.stdout.startswith("["), done.stdout + done.stderr
    rows = json.loads(done.stdout)
    for row in rows:
        assert list(row) == ["check", "state", "detail", "remedy"]
        assert row["state"] in STATES
        assert row["detail"]
        assert bool(row["remedy"]) == (row["state"] != "ok"), row
    return done.returncode, {row["check"]: row for row in rows}


def test_a_machine_without_a_network_is_not_broken(continued: Place) -> None:
    begun = time.monotonic()
    code, found = doctor(continued)
    assert time.monotonic() - begun < 15
    broken = [row for row in found.values() if row["state"] == "broken"]
    assert not broken
    assert code == 0
    assert found["python"]["detail"].startswith(sys.version.split()[0])
    assert found["packages"]["state"] == "ok"
    assert version("tensorflow") in found["packages"]["detail"]
    assert "at a time" in found["threads"]["detail"]
    assert found["precision"]["state"] == "ok"
    assert re.search(r"\d+ GFLOP/s a core in float32, \d+ in", found["precision"]["detail"])
    assert found["data of uci/wine"]["detail"] == "a library carries it: scikit-learn's copy"
    concrete = found["data of uci/concrete"]
    assert concrete["state"] == "warning"
    assert "cannot be reached" in concrete["detail"]
    assert "make data FROM=DIR" in concrete["remedy"]
    assert found["mlflow store"]["state"] == found["mlflow runs"]["state"] == "ok"
    assert not continued.data.exists(), "looking made a folder"


def test_for_people_every_remedy_is_a_line(place: Place) -> None:
    place.runs.write_text("in the way")
    done = seen_before(place).command("doctor", "--runs", str(place.runs))
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("broken   runs folder"))
    assert f"{place.runs} is a file" in lines[at]
    assert lines[at + 1].strip().startswith("→ choose another folder (--runs)")
    assert {line.split()[0] for line in lines} <= STATES | {"→"}
    away = [line for line in lines if "archive.ics.uci.edu cannot be reached" in line]
    assert len(away) == 1, "data that one host keeps away is one line"
    assert re.match(r"warning  data of \d+ benchmarks ", away[0])
    assert " more" in away[0]


def test_no_framework_is_imported(measured: set[str]) -> None:
    assert "runners" in measured
    assert not {"tensorflow", "keras", "mlflow", "torch", "jax"} & measured


def test_a_kept_file_is_verified_and_a_rotten_one_named(
    place: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = filled(tmp_path_factory.getbasetemp() / "data")
    benchmark = registry.load().benchmarks["uci/concrete"]
    loaded_or_skip(benchmark, store)
    copy = next(copy for copy in benchmark.data.copies if is_complete(copy, store))
    kept = place.data / copy.files[0].keep
    shutil.copytree((store.folder / copy.files[0].keep).parent, kept.parent)
    code, found = doctor(place)
    assert code == 0
    assert found["data of uci/concrete"]["detail"].startswith("cached and verified: ")
    content = kept.read_bytes()
    kept.write_bytes(content[:-1] + b"!")
    code, found = doctor(place)
    assert code == 1
    row = found["data of uci/concrete"]
    assert row["state"] == "broken"
    assert f"the kept file {kept} is damaged" in row["detail"]
    assert "make data ONLY=uci/concrete" in row["remedy"]
    assert kept.read_bytes() == content[:-1] + b"!", "looking moved it"


def test_a_data_folder_that_is_a_file(place: Place) -> None:
    place.data.write_text("in the way")
    code, found = doctor(place)
    assert code == 1
    assert found["data folder"]["state"] == "broken"
    assert "KERASFOLIO_DATA" in found["data folder"]["remedy"]


def test_a_definition_that_is_none(place: Place) -> None:
    place.code = workshop(place.root, "uci/wine")
    (place.code / "benchmarks/uci/broken.py").write_text("import nothing_of_that_name\n")
    code, found = doctor(place)
    assert code == 1
    assert found["definitions"]["state"] == "broken"
    assert "benchmarks/uci/broken.py" in found["definitions"]["detail"]


def test_other_versions_than_locked_and_missing_packages(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "keras==0.1 \\\n    --hash=sha256:00\n"
        f"numpy=={version('numpy')}\npywin32==1 ; sys_platform == 'none'\n"
    )
    found = machine.packages(lock)
    assert found.state == "warning"
    assert f"keras {version('keras')} instead of ==0.1" in found.detail
    assert "numpy" not in found.detail
    lock.write_text("no-such-package==1\n")
    found = machine.packages(lock)
    assert (found.state, found.detail) == ("broken", "not installed: no-such-package")
    assert "pip install --require-hashes" in found.remedy


def checks(place: Place) -> dict[str, Any]:
    return {check.check: check for check in health.mlflow(place.runs)}


@pytest.fixture
def here(continued: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A finished run, looked at from this process."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return continued


@contextlib.contextmanager
def changed(place: Place, *statements: str) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(place.runs / "mlflow.db")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
        yield database


def test_a_locked_database_names_who_holds_it(here: Place) -> None:
    hold = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN EXCLUSIVE'); "
    hold += "print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(here.runs / "mlflow.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        found = checks(here)["mlflow store"]
        assert found.state == "broken"
        assert "is locked by another process" in found.detail
        assert str(holder.pid) in found.remedy
        with FileLock(here.runs / ".lock"):
            during = subprocess.run(
                [sys.executable, "-m", "runners", "doctor", "--json", "--runs", str(here.runs)],
                cwd=CHECKOUT,
                env=seen_before(here).environment(),
                capture_output=True,
                text=True,
                check=False,
            )
        rows = {row["check"]: row for row in json.loads(during.stdout)}
        assert rows["mlflow store"]["state"] == "warning", "a run may write"
        assert rows["other runs"]["state"] == "warning"
        assert str(here.runs) in rows["other runs"]["detail"]
    finally:
        holder.communicate()
    assert {check.state for check in checks(here).values()} == {"ok"}


def test_a_database_of_another_schema(here: Place) -> None:
    with changed(here, "UPDATE alembic_version SET version_num = '451aebb31d03'"):
        found = checks(here)["mlflow store"]
    assert found.state == "broken"
    assert "schema 451aebb31d03 of an older MLflow" in found.detail
    assert "db upgrade" in found.remedy
    with changed(here, "UPDATE alembic_version SET version_num = 'ffffffffffff'"):
        found = checks(here)["mlflow store"]
    assert "of another MLflow" in found.detail
    assert "db upgrade" not in found.remedy
    assert "make sync" in found.remedy


@pytest.mark.slow
def test_the_remedies_for_a_wrong_schema_and_stale_runs_work(here: Place) -> None:
    """What the doctor says is done, and then he finds nothing."""
    (here.runs / "mlflow.db").write_bytes(b"no database at all, but long enough to be read" * 99)
    found = checks(here)["mlflow store"]
    assert found.state == "broken"
    assert "cannot be used" in found.detail
    assert "move" in found.remedy
    (here.runs / "mlflow.db").unlink()
    for leftover in here.runs.glob("mlflow.db-*"):
        leftover.unlink()
    assert here.command("sync", "--runs", str(here.runs)).returncode == 0
    with changed(here, "UPDATE runs SET status = 'RUNNING' WHERE rowid IN (3, 4)"):
        found = checks(here)["mlflow runs"]
    assert found.state == "warning"
    assert found.detail.startswith("2 runs were left RUNNING")
    assert here.command("sync", "--runs", str(here.runs)).returncode == 0
    assert {check.state for check in checks(here).values()} == {"ok"}


class Answers(BaseHTTPRequestHandler):
    login = ""
    """The header that is asked for; empty for none."""

    def do_GET(self) -> None:
        known = not self.login or self.headers.get("Authorization") == self.login
        self.send_response(200 if known else 401)
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        pass


def test_a_server_that_answers_and_one_that_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://somebody:secret@127.0.0.1:{server.server_port}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address.replace("somebody:secret@", ""))
    (up,) = health.mlflow(tmp_path)
    assert up.state == "ok"
    server.shutdown()
    server.server_close()
    (down,) = health.mlflow(tmp_path)
    assert down.state == "broken"
    assert "unset MLFLOW_TRACKING_URI" in down.remedy
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    (down,) = health.mlflow(tmp_path)
    assert "secret" not in down.detail + down.remedy


@pytest.mark.parametrize(
    ("login", "address", "more"),
    [
        ("Basic YWRhOmh1bkB0ZXIy", "http://ada:hun%40ter2@", {}),
        ("Basic YWRhOmh1bkB0ZXIy", "http://ada:hun@ter2@", {}),
        (
            "Basic YWRhOmh1bkB0ZXIy",
            "http://",
            {"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "hun@ter2"},
        ),
        ("Bearer of-ada-77", "http://", {"MLFLOW_TRACKING_TOKEN": "of-ada-77"}),
    ],
)
def test_a_server_that_asks_who_it_is_gets_the_login(
    login: str, address: str, more: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = type("Asks", (Answers,), {"login": login})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in more.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"{address}127.0.0.1:{server.server_port}/")
    (up,) = health.mlflow(tmp_path)
    answers = f"the server http://127.0.0.1:{server.server_port} answers"
    assert (up.state, up.detail) == ("ok", answers)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://eve:x@127.0.0.1:{server.server_port}")
    (refused,) = health.mlflow(tmp_path)
    server.shutdown()
    server.server_close()
    assert refused.state == "broken"
    assert "refuses the user or password" in refused.detail
    assert "MLFLOW_TRACKING_USERNAME" in refused.remedy


def test_a_taken_port_names_the_next() -> None:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", machine.FIRST_PORT))
        except OSError:
            pytest.skip(f"port {machine.FIRST_PORT} is taken already")
        listener.listen()
        found = machine.ports()
    assert found.state == "warning"
    assert f"{machine.FIRST_PORT} is taken; `make ui` will listen on" in found.detail


@pytest.mark.slow
def test_a_run_that_is_working_is_seen(place: Place) -> None:
    process = place.start("bench", "--suite", "quick", "--only", "uci/wine", *place.folders)
    until((place.runs / ".lock").exists, "the start", process)
    _, found = doctor(place)
    assert found["other runs"]["state"] == "warning"
    elsewhere = Place(place.root / "elsewhere", started=place.started)
    _, found = doctor(elsewhere)
    assert str(process.pid) in found["other runs"]["detail"]
    process.communicate(timeout=120)
