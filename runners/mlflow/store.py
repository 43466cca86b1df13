"""Where MLflow keeps its runs, and the environment it is loaded in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypedDict
from urllib.parse import unquote

from runners.redaction import address
from runners.safe_text import visible

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_AGENT_HINT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "GIT_PYTHON_REFRESH": "quiet",
    # MLflow's own seven tries keep a run waiting for minutes on a server that is down.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",  # seconds for an answer; its own two minutes, thrice
}
"""Environment of everything that loads MLflow; variables that are already set stay."""


USER = "kerasfolio"
"""Whose runs they are where the owner of the page gives no name; never the account's."""
SQLITE = "sqlite:///"


class StoreError(Exception):
    """MLflow was not updated: what is wrong and what to do, in one line; no record is touched."""


def uri(runs: Path) -> str:
    """Where MLflow keeps its runs: `MLFLOW_TRACKING_URI`, else SQLite in the runs folder.

    It may hold a password; `shown` is for people.
    """
    return os.environ.get("MLFLOW_TRACKING_URI") or address_of((runs / "mlflow.db").resolve())


def shown(runs: Path) -> str:
    """The same for the terminal: without user, password and home folder."""
    return visible(address(uri(runs)))


def shared() -> bool:
    """Whether MLflow is one that other folders of runs may write to as well."""
    return bool(os.environ.get("MLFLOW_TRACKING_URI"))


def database(where: str) -> Path | None:
    """The file of an SQLite address; None for every other address."""
    if not where.startswith(SQLITE):
        return None
    return Path(unquote(where.removeprefix(SQLITE).partition("?")[0]))


def tidy(where: str) -> None:
    """Remove the empty folders that MLflow makes by an address as it is written, `%3F` and all."""
    file = database(where)
    written = Path(where.removeprefix(SQLITE))
    if file is None or file == written:
        return
    for folder in written.parents:
        try:
            folder.rmdir()
        except OSError:  # not empty, so not made for nothing
            return


def address_of(file: Path) -> str:
    """The address of an SQLite file, in which `?` would begin a query and `%` a code."""
    return SQLITE + str(file).replace("%", "%25").replace("?", "%3F")


class KnownRun(TypedDict):
    """A run that MLflow holds under one of our names."""

    id: str
    whole: bool
    """Whether it was finished."""
    state: str | None
    """Hash of what was written to it."""
