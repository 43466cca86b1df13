"""The real ucimlrepo client against a loopback server that answers like UCI, and misbehaves."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from data_folder import MIRROR
from uci_loopback import impatient, mirrored, serve

from benchmarks.data import DataError, Source, Unavailable, load, load_all, uci
from benchmarks.uci import breast_cancer, digits
from benchmarks.uci import wine as wine_data

__all__ = ["serve"]  # a fixture

ROOT = Path(__file__).resolve().parents[3]
pytestmark = mirrored

WINE_SHA256 = "6be6b1203f3d51df0b553a70e57b8a723cd405683958204f96d23d7cd6aea659"
WINE_DIGEST = "sha256:56bb2e6fadbd20a1e7eac5848ff988c1843f2cadbdaaf295967c75e7b12dfe70"


def wine(**more: Any) -> Source:
    return uci(
        109,
        wine_data.read_api,
        title="Wine",
        url="https://archive.ics.uci.edu/dataset/109/wine",
        licence="CC BY 4.0",
        citation="wine",
        rows=178,
        features=13,
        **more,
    )


def cells(**more: Any) -> Source:
    return uci(
        17,
        breast_cancer.read_api,
        title="Breast cancer",
        url="https://archive.ics.uci.edu/dataset/17",
        licence="CC BY 4.0",
        citation="cells",
        rows=569,
        features=30,
        **more,
    )


def test_fills_the_folder_once_and_then_needs_no_network(
    serve: Callable[[str], Any], tmp_path: Path
) -> None:
    handler = serve("")
    loaded = load(wine(digest=WINE_DIGEST), impatient(tmp_path))
    assert loaded.copy == "UCI's data set 109, through ucimlrepo"
    assert loaded.official
    assert loaded.dataset.digest == WINE_DIGEST
    assert len(handler.log) == 2
    again = load(wine(), impatient(tmp_path, offline=True))
    assert again.dataset.digest == loaded.dataset.digest
    assert again.files == loaded.files
    assert len(handler.log) == 2


@pytest.mark.parametrize(
    "fault",
    [
        *("502*2", "503*1", "429:0*1", "hang:1*1"),
        *("csv-502*2", "csv-hang:1*1", "short*1", "cut*1", "empty*2", "reset*1"),
    ],
)
def test_passing_trouble_is_overcome(
    fault: str, serve: Callable[[str], Any], tmp_path: Path
) -> None:
    serve(f"109={fault}")
    told: list[str] = []
    loaded = load(wine(), impatient(tmp_path, report=told.append))
    assert loaded.dataset.digest == WINE_DIGEST
    assert any("trying again" in line for line in told)


@pytest.mark.parametrize(
    ("fault", "reason", "requests"),
    [
        ("502", "answered HTTP 502 (3 tries)", 3),
        ("429:120", "answered HTTP 429 (1 try)", 1),  # two minutes are too long to wait
        ("hang:2", "did not answer within 0.7 s (3 tries)", 3),
        ("html", "in a form that ucimlrepo does not understand (JSONDecodeError", 1),
        ("wrong-schema", "in a form that ucimlrepo does not understand (KeyError: 'status')", 1),
        ("notfound", "answered HTTP 404", 1),
        ("csv-404", "answered HTTP 404", 2),
        ("csv-502", "answered HTTP 502 (3 tries)", 6),
        ("csv-html", "in a form that ucimlrepo does not understand (KeyError", 2),
        ("short", "broke off in the middle of data set 109", 6),
        ("cut", "expected 178 rows of data set 109, received", 6),
        ("empty", "broke off in the middle of data set 109", 6),
        ("reset", "closed the connection", 6),
    ],
)
def test_lasting_trouble_is_said_and_leaves_nothing(
    fault: str, reason: str, requests: int, serve: Callable[[str], Any], tmp_path: Path
) -> None:
    handler = serve(f"109={fault}")
    with pytest.raises(Unavailable) as caught:
        load(wine(), impatient(tmp_path))
    assert reason in caught.value.reason
    assert "make data FROM=DIR" in caught.value.remedy
    assert len(handler.log) == requests
    assert not list(tmp_path.glob("uci/**/*"))
    assert not list(tmp_path.glob(".work*"))


def test_retry_after_is_honoured(serve: Callable[[str], Any], tmp_path: Path) -> None:
    serve("109=429:1*1")
    start = time.monotonic()
    load(wine(), impatient(tmp_path))
    assert time.monotonic() - start >= 1


def test_a_set_that_cannot_be_imported_says_so(serve: Callable[[str], Any], tmp_path: Path) -> None:
    serve("")
    seeds = uci(
        236,
        wine_data.read_api,
        title="Seeds",
        url="",
        licence="",
        citation="",
        rows=210,
        features=7,
    )
    with pytest.raises(Unavailable, match="has no data set 236 to import"):
        load(seeds, impatient(tmp_path))


def test_a_silent_host_is_not_asked_for_other_data(
    serve: Callable[[str], Any], tmp_path: Path
) -> None:
    handler = serve("all=hang:3")
    results = load_all({"uci/wine": wine(), "uci/cells": cells()}, impatient(tmp_path))
    reasons = [r.reason for r in results.values() if isinstance(r, DataError)]
    assert len(reasons) == 2
    assert all("did not answer within 0.7 s" in reason for reason in reasons)
    assert not any("id=17" in request for request in handler.log)


def test_a_damaged_file_is_noticed_and_fetched_again(
    serve: Callable[[str], Any], tmp_path: Path
) -> None:
    handler = serve("")
    load(wine(), impatient(tmp_path))
    csv = tmp_path / "uci" / "109" / "data.csv"
    csv.write_bytes(csv.read_bytes().replace(b"14.23", b"14.24", 1))
    told: list[str] = []
    assert load(wine(), impatient(tmp_path, report=told.append)).dataset.digest == WINE_DIGEST
    assert len(handler.log) == 4
    assert any("damaged" in line and "data.csv.damaged" in line for line in told)


def test_a_damaged_file_without_a_network_is_the_reason(
    serve: Callable[[str], Any], tmp_path: Path
) -> None:
    serve("")
    load(wine(), impatient(tmp_path))
    (tmp_path / "uci" / "109" / "data.csv").write_bytes(b"")
    with pytest.raises(Unavailable, match=r"data\.csv is damaged.*working offline"):
        load(wine(), impatient(tmp_path, offline=True))


def test_other_values_are_not_official(serve: Callable[[str], Any], tmp_path: Path) -> None:
    serve("")
    assert not load(wine(digest="sha256:0"), impatient(tmp_path)).official


def test_rows_must_be_those_declared(serve: Callable[[str], Any], tmp_path: Path) -> None:
    serve("")
    few = uci(
        109, wine_data.read_api, title="", url="", licence="", citation="", rows=170, features=13
    )
    with pytest.raises(DataError, match="expected 170 rows"):
        load(few, impatient(tmp_path))


def test_libraries_carry_the_same_values_as_uci(
    serve: Callable[[str], Any], tmp_path: Path
) -> None:
    serve("")
    online, offline = impatient(tmp_path / "online"), impatient(tmp_path / "no", offline=True)
    for source, copy in (
        (wine(bundled=("scikit-learn's copy", wine_data.read_bundled)), WINE_DIGEST),
        (cells(bundled=("scikit-learn's copy", breast_cancer.read_bundled)), None),
    ):
        asked, carried = load(source, online), load(source, offline)
        assert asked.copy.endswith("through ucimlrepo")
        assert carried.copy == "scikit-learn's copy"
        assert asked.dataset.digest == carried.dataset.digest
        assert asked.dataset.class_names == carried.dataset.class_names
        assert copy in (None, asked.dataset.digest)


def test_original_files_have_the_same_values() -> None:
    folder = MIRROR / "uci"
    for mine, original in (
        (
            wine_data.read_bundled(),
            wine_data.read_file(folder / "109-wine" / "wine.data"),
        ),
        (
            breast_cancer.read_bundled(),
            breast_cancer.read_file(folder / "17-breast-cancer-wisconsin-diagnostic" / "wdbc.data"),
        ),
        (
            digits.read_bundled(),
            digits.read_file(
                folder / "80-optical-recognition-of-handwritten-digits" / "optdigits.tes"
            ),
        ),
    ):
        assert mine.digest == original.digest


def test_two_processes_ask_once(serve: Callable[[str], Any], tmp_path: Path) -> None:
    handler = serve("109=hang:2*1")
    script = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path; from test_uci import wine; from benchmarks.data import *\n"
        "print(load(wine(), Store(Path(sys.argv[1]))).dataset.digest)"
    )
    found = (ROOT, ROOT / "tests/support", Path(__file__).parent)
    command = [sys.executable, "-c", script, str(tmp_path), *map(str, found)]
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) for _ in range(2)
    ]
    outputs = [child.communicate(timeout=60)[0].strip() for child in children]
    assert outputs == [WINE_DIGEST, WINE_DIGEST]
    assert len(handler.log) == 2
