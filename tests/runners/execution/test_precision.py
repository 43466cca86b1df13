"""The faster precision is measured once on this machine, kept, and the same for everyone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Place

from benchmarks.definition import Entry
from runners.execution import environment, machine, precision
from runners.execution.group import Group

FASTEST = Entry("n", "keras", lambda trainings: [], "", {"precision": "fastest"}, threads=1)
ASK = """
import json, sys
from runners.execution import environment, precision
found = precision.speeds(1)
print(json.dumps([found.float32, found.bfloat16, found.policy, "tensorflow" in sys.modules]))
"""


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this machine's speeds for one thread would be kept; nothing is measured here."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(precision, "_measure_in_process", lambda threads: None)
    precision.speeds.cache_clear()
    path = precision._place(1)
    path.parent.mkdir(parents=True)
    yield path
    precision.speeds.cache_clear()


@pytest.mark.parametrize(
    ("float32", "bfloat16", "policy"),
    [(100, 200, "mixed_bfloat16"), (100, 110, "float32"), (100, 40, "float32")],
)
def test_what_was_kept_decides(kept: Path, float32: float, bfloat16: float, policy: str) -> None:
    kept.write_text(json.dumps({"gflops": {"float32": float32, "bfloat16": bfloat16}}))
    assert environment.precision(FASTEST) == policy
    assert environment.describe(FASTEST)["precision"] == policy


@pytest.mark.parametrize("content", ["", "[]", '{"gflops": {"float32": 0, "bfloat16": 1}}'])
def test_without_a_measurement_it_is_float32(kept: Path, content: str) -> None:
    kept.write_text(content)
    assert environment.precision(FASTEST) == "float32"


def test_what_was_planned_elsewhere_stands(kept: Path) -> None:
    """A Dask worker trains in the precision its parent planned, and its record says so."""
    planned = Group("toy/celsius", "neuron", (0,), (0,), "", {}, "", 7, "mixed_bfloat16")
    told = environment.describe(FASTEST, planned)
    assert (told["threads"], told["precision"]) == (7, "mixed_bfloat16")


@pytest.mark.slow
def test_it_is_measured_once_and_the_parent_loads_no_tensorflow(place: Place) -> None:
    first = place.python("-c", ASK)
    assert first.returncode == 0, first.stderr
    float32, bfloat16, _, loaded = json.loads(first.stdout)
    assert not loaded
    assert min(float32, bfloat16) > 0
    (file,) = (place.root / "home").rglob("precision/*.json")
    content = json.loads(file.read_bytes())
    assert content["gflops"] == {"float32": float32, "bfloat16": bfloat16}
    assert content["cpu"] == machine.cpu_name()
    assert place.python("-c", ASK).stdout == first.stdout
    content["gflops"] = {"float32": 1.0, "bfloat16": 9.0}
    file.write_text(json.dumps(content))
    assert json.loads(place.python("-c", ASK).stdout) == [1.0, 9.0, "mixed_bfloat16", False]
