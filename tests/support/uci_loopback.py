"""UCI's interface on loopback, as the data mirror serves it, with faults when asked for."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from data_folder import MIRROR

from benchmarks.data import Store

SERVER = MIRROR / "uci-api" / "serve.py"
mirrored = pytest.mark.skipif(
    not SERVER.is_file(), reason=f"needs the data mirror beside the checkout: no {SERVER}"
)


def impatient(folder: Path, **more: Any) -> Store:
    return Store(folder, connect_timeout=2, read_timeout=0.7, backoff=0.01, **more)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Start the server with faults; gives the handler class, whose `log` lists all requests."""
    spec = importlib.util.spec_from_file_location("uci_server", SERVER)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    servers = []

    def start(faults: str = "") -> Any:
        server, address = module.start(0, faults)
        servers.append(server)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("KERASFOLIO_UCI_API", f"{address}/api/dataset")
        module.Handler.log.clear()
        return module.Handler

    yield start
    for server in servers:  # not waited for: half a second each
        threading.Thread(target=stop, args=(server,)).start()


def stop(server: Any) -> None:
    server.shutdown()
    server.server_close()
