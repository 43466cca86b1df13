"""Damaged predictions: named, moved aside with their record, and trained again."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import portfolio_synthetic as synthetic
import pytest

from runners.doctor.records import records
from runners.records.provenance import damage, predictions
from runners.records.store import Runs


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    """Three trials with readable predictions."""
    found = Runs(tmp_path / "runs")
    facts = synthetic.benchmark("uci/yacht")
    for repeat in range(3):
        buffer = io.BytesIO()
        values = np.random.default_rng(repeat).normal(size=200).astype(np.float32)
        np.savez_compressed(buffer, rows=np.arange(200), prediction=values)
        found.write(synthetic.record(facts, "mlp", repeat, 1.0, headline=True), buffer.getvalue())
    return found


def test_every_flipped_byte_is_survived(runs: Runs) -> None:
    """zlib, zipfile and NumPy raise errors of a dozen kinds."""
    path = runs.paths()[0].with_suffix(".npz")
    whole = path.read_bytes()
    told = 0
    for place in range(0, len(whole), 7):
        broken = bytearray(whole)
        broken[place] ^= 0xFF
        path.write_bytes(broken)
        values = predictions(path)
        told += bool(damage(path))
        assert values is None or values.values.shape == (200,), place
    assert told > 0.5 * len(whole) / 7
    path.write_bytes(whole)
    assert damage(path) == ""


def test_damaged_predictions_are_moved_aside_with_their_record(runs: Runs) -> None:
    first, second, third = runs.paths()
    broken = bytearray(first.with_suffix(".npz").read_bytes())
    broken[len(broken) // 2] ^= 0xFF
    first.with_suffix(".npz").write_bytes(broken)
    second.with_suffix(".npz").unlink()  # was never kept: the record counts
    assert [runs.intact(record) for record in list(runs.read())] == [False, True, True]
    assert runs.paths() == [second, third]
    assert len(runs.quarantined) == 2
    assert str(first.with_suffix(".npz").relative_to(runs.root)) in runs.quarantined[0]
    assert "moved to" in runs.quarantined[0]
    kept = runs.root / "quarantine" / first.parent.relative_to(runs.root / "records")
    assert {path.name for path in kept.iterdir()} == {first.name, first.with_suffix(".npz").name}


def test_what_is_moved_aside_twice_is_kept_twice(runs: Runs) -> None:
    path = runs.paths()[0]
    for text in ("one", "two"):
        path.write_text(text)
        assert runs.load(path) is None
    kept = sorted((runs.root / "quarantine").rglob("*.json*"))
    assert [one.read_text() for one in kept] == ["one", "two"]


def test_the_doctor_names_what_cannot_be_read_and_moves_nothing(runs: Runs) -> None:
    first, second, third = runs.paths()
    (whole,) = records(runs.root)
    assert (whole.state, whole.detail) == ("ok", "3 records, each whole with its predictions")
    first.unlink()
    first.mkdir()
    second.unlink()
    second.symlink_to(second.name)
    third.with_suffix(".npz").write_bytes(b"half")
    (found,) = records(runs.root)
    assert found.state == "broken"
    assert found.detail.startswith("3 of 3 records cannot be used: ")
    for path in (first, second, third.with_suffix(".npz")):
        assert str(path.relative_to(runs.root)) in found.detail
    assert "`make bench`" in found.remedy
    assert len(runs.paths()) == 3
    assert next(iter(runs.read()))["repeat"] == 2
    aside = [check for check in records(runs.root) if check.check == "quarantine"]
    assert "1 file was moved" in aside[0].detail
