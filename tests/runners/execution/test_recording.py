"""A trial is recorded whatever becomes of the file of its network."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runners.execution import recording
from runners.records.store import Runs


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (OSError(28, "No space left on device", "/home/ada/runs"), "No space left on device"),
        (ValueError("/home/ada"), "ValueError"),
    ],
)
def test_a_network_that_cannot_be_written_is_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    def fails(*arguments: Any) -> None:
        raise error

    monkeypatch.setattr(recording, "signature_of", lambda *arguments: {})
    monkeypatch.setattr(Runs, "write_model", fails)
    plan: Any = SimpleNamespace(
        benchmark=SimpleNamespace(name="toy/x"), loaded=SimpleNamespace(dataset=None)
    )
    entry: Any = SimpleNamespace(name="own")
    group: Any = SimpleNamespace(recipe="0" * 64)
    noted = recording._write_model(Runs(tmp_path), plan, entry, group, b"network")
    assert noted == {"unsaved": f"the trained network cannot be written ({why})"}
    assert recording._write_model(Runs(tmp_path), plan, entry, group, None) == {}
