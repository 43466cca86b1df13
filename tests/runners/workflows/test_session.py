"""What follows training, exhibits, MLflow and the page, is a view: its failure costs no trial."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks.data import Store
from runners import exhibits
from runners.execution import engines
from runners.records.store import Runs
from runners.report import Reporter
from runners.workflows import session as sessions
from runners.workflows.session import Options, Session, finish, publish


@pytest.fixture
def session(tmp_path: Path) -> Session:
    options = Options(runs=tmp_path / "runs", site=tmp_path / "site")
    report = Reporter(Console(file=io.StringIO(), width=200))
    engine = engines.on_this_machine(1)
    return Session(options, Runs(options.runs), Store(tmp_path / "data"), engine, report)


def output(session: Session) -> str:
    assert isinstance(session.report.out.file, io.StringIO)
    return session.report.out.file.getvalue()


def failing(error: Exception) -> Any:
    def fail(*arguments: Any, **more: Any) -> None:
        raise error

    return fail


@pytest.mark.parametrize("last", [False, True])
def test_a_page_that_cannot_be_built_is_said(
    session: Session, monkeypatch: pytest.MonkeyPatch, last: bool
) -> None:
    monkeypatch.setattr(sessions, "mirror", lambda *arguments, **more: 0)
    monkeypatch.setattr(sessions.build, "build", failing(KeyError("score")))
    assert publish(session, last)["benchmarks"] is not None
    finish(session)
    assert "! the page was not built (KeyError: 'score'); the records are whole" in output(session)
    assert "index.html" not in output(session)
    monkeypatch.undo()
    monkeypatch.setattr(sessions, "mirror", lambda *arguments, **more: 0)
    publish(session)
    assert session.unbuilt == ""


def test_a_full_disk_stops_the_last_page_alone(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "mirror", lambda *arguments, **more: 0)
    monkeypatch.setattr(sessions.build, "build", failing(OSError(28, "No space left on device")))
    publish(session, last=False)
    with pytest.raises(OSError, match="No space"):
        publish(session)


def test_neither_exhibits_nor_mlflow_stop_the_page(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "mirror", failing(RuntimeError("down")))
    monkeypatch.setattr(exhibits, "_update", failing(ValueError("odd")))
    publish(session)
    assert "MLflow was not updated: down" in output(session)
    assert (session.options.site / "index.html").is_file()
