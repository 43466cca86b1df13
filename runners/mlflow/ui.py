"""`make ui`: the MLflow UI on this machine only, with one worker."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from runners.mlflow import views
from runners.mlflow.store import QUIET, shown, tidy, uri

# With a filter in the address MLflow would ignore the stored view, which has its own.
VIEW = "/#/experiments/{}/runs?workflowType=machine_learning&viewStateShareKey={}"
"""Straight to the training runs in a stored view; MLflow's front page opens another one."""


def serve(runs: Path, first_port: int) -> int:
    """Serve until interrupted; prints the address. Binds 127.0.0.1 and nothing else.

    One worker and no job runner: 0.4 GB instead of MLflow's default 1.9 GB.
    """
    where = uri(runs)
    if where.startswith(("http:", "https:")):
        print(f"MLFLOW_TRACKING_URI points to a server: open {shown(runs)}")
        return 0
    if not (runs / "mlflow.db").exists():
        print("nothing to show yet: run `make bench` first", file=sys.stderr)
        return 1
    port = free_port(first_port)
    print(f"MLflow UI: http://127.0.0.1:{port}  (stop with Ctrl-C)")
    for family, experiment in experiments(runs).items():
        headlines, trials = (
            f"http://127.0.0.1:{port}{VIEW.format(experiment, name)}"
            for name in (views.HEADLINES, views.TRIALS)
        )
        print(f"  {family + ':':<12} {headlines}\n  {'  trials:':<12} {trials}")
    sys.stdout.flush()
    command = [sys.executable, "-m", "mlflow", "server"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--default-artifact-root", (runs / "artifacts").resolve().as_uri()]
    # Ctrl-C reaches the server too, which would answer with a traceback; it is ended below.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    # Not an argument: everyone on this machine can list those, and it may hold a password.
    store = {"MLFLOW_BACKEND_STORE_URI": where}
    server = subprocess.Popen(command, env={**os.environ, **QUIET, **store})
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()
        server.wait()
        return 0
    finally:
        tidy(where)


def experiments(runs: Path) -> dict[str, str]:
    """Experiment id of every family, as the last sync left it."""
    try:
        ids = json.loads((runs / "mlflow.json").read_bytes()).get("experiments", {})
    except (OSError, ValueError, AttributeError):
        return {}
    return {str(family): quote(str(number)) for family, number in ids.items()}


def free_port(first: int) -> int:
    """The first port from `first` on that nobody listens on at 127.0.0.1."""
    for port in range(first, first + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {first} to {first + 99}")
