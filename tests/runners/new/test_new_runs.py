"""`make new` to the end: the benchmark it makes trains, has its page and passes conformance."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CHECKOUT, Place, workshop
from data_folder import MIRROR
from new_help import data_of, defined, draft, in_house_style, wine
from uci_loopback import mirrored, serve

from benchmarks.data import Unavailable

__all__ = ["serve"]  # a fixture


def adult(rows: int) -> Any:
    """The first answers to the census as UCI serves them: unknown values are `?`, or nothing."""
    import pandas as pd

    path = MIRROR / "uci-api" / "static" / "public" / "2" / "data.csv.gz"
    return pd.read_csv(io.BytesIO(path.read_bytes()), compression="gzip", nrows=rows)


def checked(place: Place, name: str, source: Path, *options: str) -> str:
    """Make a benchmark, run it and its conformance tests; returns its page."""
    mirror = place.root / "mirror"
    mirror.mkdir()
    shutil.copy(source, mirror)
    shutil.copytree(CHECKOUT / "tests", place.code / "tests", dirs_exist_ok=True)
    shutil.copy(CHECKOUT / "pyproject.toml", place.code)
    done = place.command("new", name, "--from", str(source), *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"make bench ONLY={name}" in done.stdout
    ran = place.bench("--only", name, "--suite", "quick")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " 0 failed" in ran.stdout
    tests = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/benchmarks/test_conformance.py")
    passed = place.python(*tests, "-k", name, timeout=1200, KERASFOLIO_TEST_MIRROR=str(mirror))
    assert passed.returncode == 0, passed.stdout[-4000:]
    assert "skipped" not in passed.stdout
    return (place.site / f"{name}.html").read_text("utf-8")


@pytest.mark.slow
@mirrored
def test_a_messy_table_runs_and_conforms(tmp_path: Path) -> None:
    """Census answers with gaps, categories, an identifier and rows without a target."""
    table = adult(2_000)
    table.insert(0, "row id", range(1, 2_001))
    table.loc[[3, 50, 999], "income"] = None
    table.to_csv(tmp_path / "census.csv", index=False, sep=";", encoding="utf-16")
    place = Place(tmp_path, workshop(tmp_path, "uci/wine"))
    page = checked(place, "mine/census", tmp_path / "census.csv")
    assert "mine/census" in page
    assert "1\N{NARROW NO-BREAK SPACE}997" in page
    assert "row id" in page


@pytest.mark.slow
def test_a_parquet_file_runs_and_conforms(tmp_path: Path) -> None:
    wine().to_parquet(tmp_path / "wine.parquet")
    place = Place(tmp_path, workshop(tmp_path, "uci/wine"))
    assert "mine/wine" in checked(place, "mine/wine", tmp_path / "wine.parquet")


# A data set of UCI, through the real client


@mirrored
def test_a_number_is_a_data_set_of_the_repository(
    serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERASFOLIO_DATA", str(tmp_path / "data"))
    requests = serve().log
    found = draft("109", tmp_path)
    asked = len(requests)
    assert asked > 0
    benchmark, dataset = defined(found), data_of(found, tmp_path / "data")
    assert benchmark.data.title == "Wine (UCI 109)"
    assert benchmark.data.url == "https://archive.ics.uci.edu/dataset/109"
    assert dataset.x.shape == (178, 13)
    assert np.bincount(dataset.y).tolist() == [59, 71, 48]
    in_house_style({"uci.py": found.text}, tmp_path)
    again = draft("109", tmp_path)
    assert again.text == found.text
    assert again.copy is None  # it is kept already
    assert len(requests) == asked


@mirrored
def test_a_number_the_repository_does_not_have(
    serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERASFOLIO_DATA", str(tmp_path / "data"))
    serve()
    with pytest.raises(Unavailable, match=r"404.*the number 99999 on https"):
        draft("99999", tmp_path)
    assert not list(tmp_path.rglob("*.csv"))
