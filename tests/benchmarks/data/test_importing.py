"""Official files a user brings, and the two families whose files are peculiar: UCR and CIFAR."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.data import (
    Corrupt,
    Source,
    Store,
    Unavailable,
    cifar10,
    import_folder,
    load,
    official_file,
    uci,
    ucr,
)
from benchmarks.data.cifar import LOAD, MD5, NEAR_COPIES, run_client
from benchmarks.data.core.network import Transient
from benchmarks.data.ucr import parse_table, parse_ts
from benchmarks.timeseries import sunspots_yearly
from benchmarks.uci import concrete as concrete_data
from benchmarks.uci import wine as wine_data

MIRROR = Path(
    os.environ.get("KERASFOLIO_TEST_MIRROR")
    or Path(__file__).resolve().parents[4] / "shared" / "data"
)
needs_mirror = pytest.mark.skipif(
    not (MIRROR / "MANIFEST.csv").is_file(),
    reason=f"needs the data mirror beside the checkout: no {MIRROR}",
)
STATED: dict[str, Any] = {"title": "", "licence": "", "citation": ""}
ITALY = "sha256:d437ab935bf21c7b59e9afdbd19de6ba52b41304fa3efc26c0ad61ce4539dffd"
XLS = "uci/165-concrete-compressive-strength/Concrete_Data.xls"


def concrete() -> Source:
    return official_file(
        "Concrete_Data.xls",
        "https://archive.ics.uci.edu/static/public/165/concrete+compressive+strength.zip",
        "710076c66b9ca3f8050e7942f3dcbdbe04013534daeb0077ffd3079a52d8e0c4",
        concrete_data.read_workbook,
        page="https://archive.ics.uci.edu/dataset/165",
        rows=1030,
        features=8,
        **STATED,
    )


def italy(digest: str = "") -> Source:
    return ucr(
        "ItalyPowerDemand",
        train=67,
        test=1029,
        length=24,
        classes=("October to March", "April to September"),
        digest=digest,
        **STATED,
    )


def wine() -> Source:
    sha = "6be6b1203f3d51df0b553a70e57b8a723cd405683958204f96d23d7cd6aea659"
    originals = {"wine.data": (sha, wine_data.read_file)}
    return uci(
        109, wine_data.read_api, url="", rows=178, features=13, originals=originals, **STATED
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data", offline=True)


@needs_mirror
def test_official_files_are_found_anywhere_below(store: Store) -> None:
    sources = {"concrete": concrete(), "wine": wine(), "italy": italy(ITALY)}
    lines = import_folder(MIRROR, store, sources)
    assert {(line.source, line.status) for line in lines} == {
        ("concrete", "imported"),
        ("wine", "imported"),
        ("italy", "imported"),
    }
    for name, source in sources.items():
        loaded = load(source, store)
        assert loaded.copy.endswith("local copy")
        assert loaded.official == (name != "wine")  # no digest was declared for its replies
    assert load(sources["italy"], store).dataset.train_rows == 67
    again = import_folder(MIRROR, store, {"concrete": concrete()})
    assert [line.status for line in again] == ["already there"]


@needs_mirror
def test_the_original_file_serves_where_the_api_replies_are_not(store: Store) -> None:
    import_folder(MIRROR / "uci" / "109-wine", store, {"wine": wine()})
    loaded = load(wine(), store)
    assert loaded.copy == "UCI's wine.data, local copy"
    assert loaded.official
    assert loaded.dataset.digest == wine_data.read_bundled().digest


@needs_mirror
def test_a_zip_as_uci_serves_it_is_opened(store: Store, tmp_path: Path) -> None:
    (tmp_path / "brought").mkdir()
    with zipfile.ZipFile(tmp_path / "brought" / "concrete+compressive+strength.zip", "w") as file:
        file.write(MIRROR / XLS, "Concrete_Data.xls")
        file.writestr("Concrete_Readme.txt", "")
    lines = import_folder(tmp_path / "brought", store, {"concrete": concrete()})
    assert [line.status for line in lines] == ["imported"]
    assert load(concrete(), store).official


@needs_mirror
def test_a_bad_file_is_refused_and_a_good_one_beside_it_used(store: Store, tmp_path: Path) -> None:
    for folder in ("a", "b", "c"):
        (tmp_path / "brought" / folder).mkdir(parents=True)
    (tmp_path / "brought" / "a" / "Concrete_Data.xls").write_bytes(b"not this")
    (tmp_path / "brought" / "b" / "broken.zip").write_bytes(b"PK")
    only_bad = import_folder(tmp_path / "brought", store, {"concrete": concrete()})
    assert {line.status for line in only_bad} == {"refused"}
    assert any("expected Concrete_Data.xls with sha256 7100" in line.what for line in only_bad)
    shutil.copy(MIRROR / XLS, tmp_path / "brought" / "c")
    lines = import_folder(tmp_path / "brought", store, {"concrete": concrete()})
    assert "imported" in {line.status for line in lines}


@needs_mirror
def test_links_are_not_followed(store: Store, tmp_path: Path) -> None:
    (tmp_path / "brought").mkdir()
    (tmp_path / "brought" / "Concrete_Data.xls").symlink_to(MIRROR / XLS)
    (tmp_path / "brought" / "folder").symlink_to((MIRROR / XLS).parent)
    assert import_folder(tmp_path / "brought", store, {"concrete": concrete()}) == []


@needs_mirror
def test_halves_and_wrong_sizes_of_a_pair_are_refused(store: Store, tmp_path: Path) -> None:
    brought = tmp_path / "brought"
    brought.mkdir()
    shutil.copy(MIRROR / "ucr/ItalyPowerDemand/ItalyPowerDemand_TRAIN.ts", brought)
    (line,) = import_folder(brought, store, {"italy": italy()})
    assert line.status == "refused"
    assert "came without ItalyPowerDemand_TEST.ts" in line.what
    shutil.copy(brought / "ItalyPowerDemand_TRAIN.ts", brought / "ItalyPowerDemand_TEST.ts")
    (line,) = import_folder(brought, store, {"italy": italy()})
    assert "expected 1029 series of length 24 in ItalyPowerDemand_TEST.ts, received 67" in line.what
    with pytest.raises(Unavailable):
        load(italy(), store)


@needs_mirror
def test_the_archives_own_table_form_has_the_same_values(store: Store, tmp_path: Path) -> None:
    brought = tmp_path / "brought"
    brought.mkdir()
    for part in ("TRAIN", "TEST"):
        text = (MIRROR / f"ucr/ItalyPowerDemand/ItalyPowerDemand_{part}.ts").read_text()
        rows = [line.split(":") for line in text.partition("@data")[2].split()]
        table = "\n".join("\t".join((label, *values.split(","))) for values, label in rows)
        (brought / f"ItalyPowerDemand_{part}.tsv").write_text(table)
    (line,) = import_folder(brought, store, {"italy": italy(ITALY)})
    assert line.status == "imported"
    loaded = load(italy(ITALY), store)
    assert loaded.official
    assert loaded.dataset.digest == ITALY


numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)
tables = st.integers(1, 6).flatmap(
    lambda length: st.lists(
        st.tuples(st.lists(numbers, min_size=length, max_size=length), st.integers(-1, 9)),
        min_size=1,
    )
)


@given(tables)
def test_both_forms_are_read_alike(rows: list[tuple[list[float], int]]) -> None:
    ts = "# about\n@problemName x\n@data\n" + "\n".join(
        ",".join(map(repr, values)) + f":{label}" for values, label in rows
    )
    table = "\n".join("\t".join([f"{label:.7e}", *map(repr, values)]) for values, label in rows)
    expected = [values for values, _ in rows], [float(label) for _, label in rows]
    assert parse_ts(ts) == parse_table(table) == expected


@pytest.mark.parametrize("text", ["", "1,2:1", "@data\n1,2", "@data\n1,2:3,4:1", "@data\n?,2:1"])
def test_other_ts_files_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|convert"):
        parse_ts(text)


def test_sunspots_follow_the_classic_split() -> None:
    dataset = sunspots_yearly.read_bundled()
    assert dataset.x.shape == (244, 12, 1)
    assert dataset.train_rows == 1920 - 1712 + 1
    assert dataset.y[0] == 0.0  # 1712 had no spots
    assert dataset.y[-1] == 38.0  # 1955
    assert dataset.x[-1, -1, 0] == 4.4  # 1954
    assert np.array_equal(dataset.x[1:, -1, 0], dataset.y[:-1])


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.mkdir, ("unpickled",)


def test_an_unknown_batch_is_never_unpickled(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    brought, kept = tmp_path / "brought", store.folder / "keras/datasets"
    kept = kept / "cifar-10-batches-py-target" / "cifar-10-batches-py"
    for folder in (brought, kept, tmp_path / "home" / "datasets" / "cifar-10-batches-py"):
        folder.mkdir(parents=True)
        for name in MD5:
            (folder / name).write_bytes(pickle.dumps(Evil()))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    (line,) = import_folder(brought, store, {"cifar": cifar10()})
    assert line.status == "refused"
    assert "expected data_batch_1 with md5 c99c" in line.what
    with pytest.raises(Unavailable, match="is damaged"):
        load(cifar10(), store)
    with pytest.raises(Corrupt):
        cifar10().copies[0].read({name: brought / name for name in MD5})
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.slow
@needs_mirror
def test_a_known_other_copy_of_cifar_is_used_and_its_difference_stated(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path(os.environ.get("KERASFOLIO_TEST_CIFAR") or tmp_path / "home")
    if not home.is_dir():  # ten seconds; the variable names a folder where it is done already
        unpack = [sys.executable, str(MIRROR / "unpack.py"), "cifar10", "--quiet", "--dest"]
        subprocess.run([*unpack, str(home)], check=True)
    (line,) = import_folder(home / "datasets", store, {"cifar": cifar10()})
    assert line.status == "imported"
    assert "20 of the 10,000 test images are near copies" in line.what
    loaded = load(cifar10(), store)
    assert loaded.copy == "CIFAR-10, local copy"
    assert not loaded.official
    assert loaded.deviations == (NEAR_COPIES,)
    dataset = loaded.dataset
    assert dataset.x.shape == (60_000, 32, 32, 3)
    assert dataset.x.dtype == np.uint8
    assert dataset.train_rows == 50_000
    assert np.bincount(dataset.y[50_000:]).tolist() == [1000] * 10
    assert dataset.y[:5].tolist() == [6, 9, 9, 4, 1]  # frog truck truck deer automobile
    monkeypatch.setenv("KERAS_HOME", str(home))
    found = load(cifar10(), Store(tmp_path / "other", offline=True))
    assert found.copy == "CIFAR-10, from Keras's own cache"
    assert found.deviations == (NEAR_COPIES,)


def test_a_client_that_stands_still_is_ended(tmp_path: Path) -> None:
    stalled = "import time, sys; sys.stdout.flush(); time.sleep(60)"
    with pytest.raises(Transient, match=r"sent nothing for 0\.5 s"):
        run_client(Store(tmp_path, stall_timeout=0.5), [sys.executable, "-c", stalled])


def test_a_client_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    slow = (
        "import os, time, pathlib\n"
        "p = pathlib.Path(os.environ['KERAS_HOME'], 'datasets'); p.mkdir()\n"
        "for n in range(8): time.sleep(0.2); (p / 'x_archive').open('ab').write(b'.')"
    )
    run_client(Store(tmp_path, stall_timeout=1), [sys.executable, "-c", slow])


def test_the_real_client_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(Transient, match=r"URL fetch failure on https://www\.cs\.toronto\.edu"):
        run_client(Store(tmp_path), [sys.executable, "-c", LOAD])
