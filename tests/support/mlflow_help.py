"""What tests of MLflow share: its own client, and what it holds beside what the records hold."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from conftest import Place, until

from runners.mlflow.store import QUIET
from runners.mlflow.ui import free_port


def client(where: Path | str) -> Any:
    """MLflow's own client of a runs folder's store, or of a server."""
    from mlflow import MlflowClient

    address = where if isinstance(where, str) else f"sqlite:///{where / 'mlflow.db'}"
    return MlflowClient(tracking_uri=address)


def all_runs(store: Any) -> list[Any]:
    """Every run of every experiment, deleted ones too."""
    from mlflow.entities import ViewType

    experiments = [e.experiment_id for e in store.search_experiments(view_type=ViewType.ALL)]
    found = store.search_runs(experiments, run_view_type=ViewType.ALL, max_results=5000)
    assert found.token in (None, "")
    return list(found)


def tagged(store: Any, tag: str) -> dict[str, Any]:
    """Runs by the value of a tag, which must be unique."""
    runs = [run for run in all_runs(store) if tag in run.data.tags]
    counts = Counter(run.data.tags[tag] for run in runs)
    assert not [name for name, count in counts.items() if count > 1]
    return {run.data.tags[tag]: run for run in runs}


def picture(store: Any) -> dict[str, Any]:
    """All that MLflow shows of our runs, without what it hands out itself."""
    entries = tagged(store, "kerasfolio.entry")
    names = {run.info.run_id: name for name, run in entries.items()}
    shown = {}
    for name, run in {**entries, **tagged(store, "kerasfolio.trial")}.items():
        tags = dict(run.data.tags)
        # Of a shared store which folder wrote it, and the hash of all that is compared here.
        for own in ("kerasfolio.folder", "kerasfolio.state"):
            tags.pop(own, None)
        tags["mlflow.parentRunId"] = names.get(tags.get("mlflow.parentRunId", ""), "")
        experiment = store.get_experiment(run.info.experiment_id).name
        inputs = [(i.dataset.name, i.dataset.digest) for i in run.inputs.dataset_inputs]
        shown[name] = (
            experiment,
            run.info.status,
            tags,
            dict(run.data.metrics),
            dict(run.data.params),
            inputs,
        )
    return shown


def records(place: Place) -> dict[str, dict[str, Any]]:
    """Records by what their MLflow tag must be."""
    found = {}
    for name, content in place.records().items():
        found[name.removesuffix(".json")] = json.loads(content)
    return found


def of_networks(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Those records that have a run of their own."""
    return {name: one for name, one in found.items() if one["entry"]["kind"] == "keras"}


def answers(address: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{address}/health", timeout=2) as reply:
            return bool(reply.status == 200)
    except (OSError, http.client.HTTPException):
        # While nobody listens, a connection to a port of that range may reach itself.
        return False


class Server:
    """A real MLflow server that can be killed and started again."""

    def __init__(self, place: Place) -> None:
        self.place, self.folder = place, place.root / "server"
        self.folder.mkdir()
        self.port = free_port(5700)
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"]
        command += ["--workers", "1", "--port", str(self.port)]
        command += ["--backend-store-uri", f"sqlite:///{self.folder / 'server.db'}"]
        command += ["--artifacts-destination", str(self.folder / "artifacts")]
        with (self.folder / "log").open("ab") as log:  # nobody reads a pipe here
            self.process = subprocess.Popen(
                command,
                env=self.place.environment(**QUIET),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.place.started.append(self.process)
        until(lambda: answers(self.address), "the server's start", self.process)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def runs(self) -> int:
        """How many runs its database holds."""
        address = f"file:{self.folder / 'server.db'}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as database:
            return int(database.execute("SELECT COUNT(*) FROM runs").fetchone()[0])
