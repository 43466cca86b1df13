"""MLflow as it is found: servers behind a path and a login, slow ones, poor file systems."""

from __future__ import annotations

import base64
import http.client
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import Finished, Place
from mlflow_help import Server, client, of_networks, records, tagged

from runners.mlflow import health, journal, saving, server
from runners.mlflow.client import client_of, remedy_for
from runners.mlflow.store import StoreError

LOGIN = "ada:hunter2"


class Front(BaseHTTPRequestHandler):
    """Answers everything with one status, or hands it on to a server after looking at it."""

    status, wait, body = 200, 0.0, b"<html>a page</html>"
    behind: int = 0
    """Port of a real server; 0 for none."""
    prefix = ""

    def answer(self) -> None:
        time.sleep(self.wait)
        size = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(size)
        if not self.behind:
            self.reply(self.status, {}, self.body)
            return
        wanted = f"Basic {base64.b64encode(LOGIN.encode()).decode()}"
        if self.headers.get("Authorization") != wanted:
            self.reply(401, {}, b"You are not authenticated")
            return
        if not self.path.startswith(self.prefix):
            self.reply(404, {}, b"nothing here")
            return
        behind = http.client.HTTPConnection("127.0.0.1", self.behind, timeout=60)
        with closing(behind):
            headers = {k: v for k, v in self.headers.items() if k not in ("Host", "Authorization")}
            path = self.path.removeprefix(self.prefix)
            behind.request(self.command, path, content, headers)
            reply = behind.getresponse()
            kind = {"Content-Type": reply.getheader("Content-Type") or ""}
            self.reply(reply.status, kind, reply.read())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        if status == 302:
            self.send_header("Location", "/login")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *about: Any) -> None:
        """Whoever asked has gone."""


@pytest.fixture
def front() -> Iterator[Callable[..., str]]:
    """Starts a server that answers as asked; returns its address."""
    servers = []

    def start(**about: Any) -> str:
        handler = type("Handler", (Front,), about)
        servers.append(Quiet(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for one in servers:
        one.shutdown()
        one.server_close()


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"status": 401}, ["refuses the user or password", "MLFLOW_TRACKING_USERNAME"]),
        ({"status": 403}, ["refuses the user or password", "`make sync`"]),
        ({"status": 404}, ["has no MLflow there (404)", "such as /mlflow"]),
        ({"status": 302}, ["sends on to another address"]),
        ({"status": 503}, ["does not answer (HTTP Error 503"]),
        ({"status": 200}, ["a page that is not MLflow's"]),
        ({"wait": 3.5}, ["did not answer within 2 s", "MLFLOW_HTTP_REQUEST_TIMEOUT=120"]),
    ],
)
def test_an_error_names_its_cause(
    front: Callable[..., str],
    about: dict[str, Any],
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = front(**about)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"{address.replace('//', f'//{LOGIN}@')}/team")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
    with pytest.raises(Exception) as caught:  # noqa: PT011 (MLflow's own kinds)
        client_of(tmp_path)
    line = remedy_for(caught.value, tmp_path)
    assert all(words in line for words in [*said, f"{address}/team"]), line
    assert "free some space" not in line
    assert "hunter2" not in line
    assert "\n" not in line


def test_a_slow_server_is_no_broken_one(
    front: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ANSWER", 0.3)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", front(wait=1.0))
    (found,) = health.mlflow(tmp_path)
    assert (found.state, "has not answered within 0.3 s" in found.detail) == ("warning", True)


@pytest.mark.slow
def test_a_real_server_behind_a_path_a_login_and_a_slow_line(
    front: Callable[..., str], finished: Finished, place: Place
) -> None:
    name = "records/timeseries/sunspots-yearly"
    shutil.copytree(finished.place.runs / name, place.runs / name)
    real = Server(place)
    real.start()
    address = front(behind=real.port, prefix="/team/mlflow", wait=0.2)
    where = {"MLFLOW_TRACKING_URI": f"{address.replace('//', f'//{LOGIN}@')}/team/mlflow"}
    done = place.command("sync", "--runs", str(place.runs), **where)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    store = client(real.address)
    assert tagged(store, "kerasfolio.trial").keys() == of_networks(records(place)).keys()
    wrong = {"MLFLOW_TRACKING_URI": f"{address.replace('//', f'//{LOGIN}@')}/elsewhere"}
    refused = place.command("sync", "--runs", str(place.runs), **wrong)
    assert refused.returncode == 1
    assert "has no MLflow there (404); its path may be wrong" in refused.stderr
    real.kill()


# File systems


@pytest.fixture
def wal_refused(tmp_path: Path) -> Path:
    """A database beside which no shared memory can be had, as on file systems of a network."""
    file = tmp_path / "runs" / "mlflow.db"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE kept (value)")
        database.execute("INSERT INTO kept VALUES (1)")
    (file.parent / "mlflow.db-shm").mkdir()
    return file


def mode(file: Path) -> str:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("INSERT INTO kept VALUES (2)")
        assert database.execute("SELECT min(value) FROM kept").fetchall() == [(1,)]
        (found,) = database.execute("PRAGMA journal_mode").fetchone()
        return str(found)


def test_without_shared_memory_the_database_is_rolled_back(wal_refused: Path) -> None:
    journal.notes()
    journal.prepare(wal_refused)
    (note,) = journal.notes()
    assert f"the file system of {wal_refused.parent} lacks the locks or the shared memory" in note
    assert mode(wal_refused) == "delete"
    journal.prepare(wal_refused)


def test_a_database_that_was_written_ahead_elsewhere_is_brought_back(wal_refused: Path) -> None:
    shared = wal_refused.parent / "mlflow.db-shm"
    shared.rmdir()
    journal.prepare(wal_refused)
    assert mode(wal_refused) == "wal"
    shared.mkdir()
    journal.prepare(wal_refused)
    assert mode(wal_refused) == "delete"


def test_a_usual_file_system_is_written_ahead_on_without_a_word(tmp_path: Path) -> None:
    journal.notes()
    with closing(sqlite3.connect(tmp_path / "x.db")) as database, database:
        database.execute("CREATE TABLE kept (value)")
        database.execute("INSERT INTO kept VALUES (1)")
    journal.prepare(tmp_path / "x.db")
    assert mode(tmp_path / "x.db") == "wal"
    assert journal.notes() == []


def test_a_file_system_without_locks_is_told_with_its_remedy(tmp_path: Path) -> None:
    """SQLite names the error; a file system that makes it cannot be had here."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_LOCK"
    found = health._unusable(error, tmp_path / "mlflow.db", False)
    assert "cannot hold a database" in found.detail
    assert "MLFLOW_TRACKING_URI=sqlite:///" in found.remedy


@pytest.mark.parametrize("name", ["it's #100%25 what?", 'a "Größe"'])
def test_the_database_is_made_below_any_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    monkeypatch.chdir(folder)
    try:
        client_of(Path("runs"))
    except StoreError as error:
        pytest.fail(str(error))
    assert (folder / "runs" / "mlflow.db").is_file()
    assert sorted(one.name for one in tmp_path.iterdir()) == [name]


def test_a_model_is_saved_in_any_folder(tmp_path: Path) -> None:
    """MLflow takes ? and # in a path for signs of an address."""
    folder = tmp_path / "it's #100%25 what?"
    folder.mkdir()
    (folder / "model.keras").write_bytes(b"a network")
    schema = {"features": [{"name": "a", "kind": "number"}]}
    saving.save(folder / "served", "uci/wine", folder / "model.keras", schema)
    assert (folder / "served/artifacts/model.keras").read_bytes() == b"a network"
    assert "what" not in (folder / "served/MLmodel").read_text()
