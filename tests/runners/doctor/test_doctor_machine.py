"""What doctor says of backends and cards, on machines that have others."""

from __future__ import annotations

import pytest

from runners.doctor import machine
from runners.execution import devices
from runners.execution.devices import Probe


def test_backends_are_named_with_their_trainers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    found = machine.keras_backends()
    assert found.state == "ok"
    assert "TensorFlow 2" in found.detail
    assert "(compiled trainer)" in found.detail
    monkeypatch.setenv("KERAS_BACKEND", "jaxx")
    wrong = machine.keras_backends()
    assert (wrong.state, wrong.remedy) == ("broken", "unset KERAS_BACKEND")
    assert "received 'jaxx'" in wrong.detail


def test_a_backend_that_is_missing_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        if name == "torch":
            raise machine.PackageNotFoundError(name)
        return "1.2.3"

    monkeypatch.setattr(machine, "version", missing)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    found = machine.keras_backends()
    assert found.state == "broken"
    assert "pip install '.[torch]'" in found.remedy


def test_a_card_is_named_with_who_can_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "cards", list)
    assert "training is on the processor" in machine.graphics().detail
    monkeypatch.setattr(devices, "cards", lambda: ["NVIDIA X1"])
    monkeypatch.setattr(devices, "probe", lambda name: Probe(problem="it sees none"))
    found = machine.graphics()
    assert found.state == "warning"
    assert found.detail.startswith("NVIDIA X1; TensorFlow cannot (it sees none)")
    assert "DEVICE=gpu" in found.remedy
    monkeypatch.setattr(devices, "probe", lambda name: Probe(("NVIDIA X1",)))
    found = machine.graphics()
    assert found.state == "ok"
    assert "TensorFlow can use it" in found.detail
    assert "TF32" in found.detail
