"""The archive of 121 tasks: both its forms, what is missing and what is broken, by name."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks.data import Corrupt, DataError, Source, Store, import_folder, load, load_all, uci121
from benchmarks.data.uci121 import Task, tasks
from benchmarks.data.uci121 import uci121 as source_of
from benchmarks.uci.archive_121 import OUT, TASKS

MIRROR = Path(
    os.environ.get("KERASFOLIO_TEST_MIRROR")
    or Path(__file__).resolve().parents[4] / "shared" / "data"
)
ARCHIVE = MIRROR / "uci-121" / "partitions_and_values.tar.xz"
needs_archive = pytest.mark.skipif(not ARCHIVE.is_file(), reason=f"needs {ARCHIVE}")
HEAD = "@relation r\n@attribute 'f1' real\n@attribute 'clase' {0,1}\n@data\n"
ROWS = "".join(f"{value},{value % 2}\n" for value in range(8))
FOLDS = "0 1 2 3 4 5 \n6 7 \n2 3 4 5 6 7 \n0 1 \n" * 2
TINY = Task("tiny_A", 8, 1, 2, 0, 2, "")


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        place = folder / "data" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def sources() -> dict[str, Source]:
    return {name: source_of(task) for name, task in TASKS.items()}


def test_a_table_and_its_folds_are_read_in_row_order(tmp_path: Path) -> None:
    store = Store(tmp_path / "kept", offline=True)
    files = {"tiny_A/tiny_A.arff": HEAD + ROWS, "tiny_A/conxuntos_kfold.dat": FOLDS}
    lines = import_folder(written(tmp_path, files), store, {"tiny": source_of(TINY)})
    assert [line.status for line in lines] == ["imported"]
    dataset = load(source_of(TINY), store).dataset
    assert dataset.x[:, 0].tolist() == list(range(8))
    assert dataset.y.tolist() == [0, 1] * 4
    assert [fold[1].tolist() for fold in dataset.folds] == [[6, 7], [0, 1]] * 2


def test_the_networks_form_has_a_column_a_fold(tmp_path: Path) -> None:
    store = Store(tmp_path / "kept", offline=True)
    column = "".join(
        "0,1,0,0\n" if row < 2 else "1,0,0,0\n" if row > 5 else "0,0,1,1\n" for row in range(8)
    )
    files = {
        "tiny_A/tiny_A_py.dat": "".join(f"{row}\n" for row in range(8)),
        "tiny_A/labels_py.dat": "0\n1\n" * 4,
        "tiny_A/folds_py.dat": column,
    }
    import_folder(written(tmp_path, files), store, {"tiny": source_of(TINY)})
    dataset = load(source_of(TINY), store).dataset
    assert dataset.folds[0][1].tolist() == [6, 7]
    assert dataset.folds[1][1].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("table", "folds", "said"),
    [
        (ROWS, FOLDS, "expected a line @data in tiny_A.arff of tiny_A"),
        (HEAD + ROWS + "x,1\n", FOLDS, "expected rows of numbers in tiny_A's table"),
        (HEAD + ROWS[: len(ROWS) // 2], FOLDS, "expected x of shape (8, 1), received (4, 1)"),
        (HEAD + ROWS, FOLDS[:20], "expected 8 lines in the folds of tiny_A, received"),
        (
            HEAD + ROWS,
            FOLDS.replace("6 7", "6 9"),
            "different rows from 0 to 7, received 0 doubled",
        ),
        (HEAD + ROWS.replace(",1", ",0"), FOLDS, "expected 2 classes in tiny_A, received [0.0]"),
    ],
)
def test_what_is_broken_is_told_by_the_name_of_the_task(
    tmp_path: Path, table: str, folds: str, said: str
) -> None:
    store = Store(tmp_path / "kept", offline=True)
    files = {"tiny_A/tiny_A.arff": table, "tiny_A/conxuntos_kfold.dat": folds}
    (line,) = import_folder(written(tmp_path, files), store, {"tiny": source_of(TINY)})
    assert line.status == "refused"
    assert said in line.what


def test_a_table_without_its_folds_is_refused_and_the_others_are_kept(tmp_path: Path) -> None:
    other = Task("other", 8, 1, 2, 0, 2, "")
    files = {
        "tiny_A/tiny_A.arff": HEAD + ROWS,
        "other/other.arff": HEAD + ROWS,
        "other/conxuntos_kfold.dat": FOLDS,
    }
    both = {"tiny": source_of(TINY), "other": source_of(other)}
    store = Store(tmp_path / "kept", offline=True)
    lines = import_folder(written(tmp_path, files), store, both)
    said = {line.source: (line.status, line.what) for line in lines}
    assert said["other"][0] == "imported"
    assert "came without tiny_A/conxuntos_kfold.dat" in said["tiny"][1]
    missing = load_all(both, store)["tiny"]
    assert isinstance(missing, DataError)
    assert "the folder tiny_A" in str(missing)


def packed(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


def test_one_download_serves_every_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Task("other", 8, 1, 2, 0, 2, "")
    content = packed(
        {
            f"data/{name}/{file}": text
            for name in ("tiny_A", "other")
            for file, text in ((f"{name}.arff", HEAD + ROWS), ("conxuntos_kfold.dat", FOLDS))
        }
    )
    asked = []

    def download(url: str, folder: Path, store: Store) -> Path:
        asked.append(url)
        (folder / "received").write_bytes(content)
        return folder / "received"

    monkeypatch.setattr(uci121, "download", download)
    monkeypatch.setattr(uci121, "tasks", lambda: (TINY, other))
    monkeypatch.setattr("benchmarks.data.core.loading.probe_all", lambda hosts, store: None)
    store = Store(tmp_path)
    for task in (TINY, other):
        assert load(source_of(task), store).dataset.x.shape == (8, 1)
    assert asked == [uci121.AUTHORS]


def test_a_truncated_archive_is_fetched_anew_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def download(url: str, folder: Path, store: Store) -> Path:
        asked.append(url)
        (folder / "received").write_bytes(packed({"data/tiny_A/tiny_A.arff": HEAD + ROWS})[:60])
        return folder / "received"

    monkeypatch.setattr(uci121, "download", download)
    monkeypatch.setattr(uci121, "tasks", lambda: (TINY,))
    for _ in range(2):  # a second task of this process does not ask again
        with pytest.raises(Corrupt, match=r"data\.tar\.gz is not a whole archive"):
            load(source_of(TINY), Store(tmp_path))
    assert asked == [uci121.AUTHORS, uci121.NETWORKS]
    assert not list(tmp_path.rglob("*.tar.gz"))


def test_a_member_that_the_archive_lacks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(url: str, folder: Path, store: Store) -> Path:
        (folder / "received").write_bytes(packed({"data/tiny_A/tiny_A.arff": HEAD + ROWS}))
        return folder / "received"

    monkeypatch.setattr(uci121, "download", download)
    monkeypatch.setattr(uci121, "tasks", lambda: (TINY,))
    with pytest.raises(Corrupt, match=r"expected tiny_A/conxuntos_kfold.dat in data\.tar\.gz"):
        load(source_of(TINY), Store(tmp_path))


@needs_archive
def test_the_archive_holds_every_task_as_declared_and_the_rule_leaves_eleven_out(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path, offline=True)
    lines = import_folder(ARCHIVE.parent, store, sources())
    assert {line.status for line in lines} == {"imported"}
    assert len(lines) == len(tasks()) == 117
    unlike = set()
    for name, task in TASKS.items():
        if not task.train_rows:
            continue
        loaded = load(source_of(task), store)
        assert loaded.official, name
        parts = np.split(loaded.dataset.x, [task.train_rows])
        if max(float(np.abs(part.mean(axis=0)).max()) for part in parts) > 0.9:
            unlike.add(task.slug)
    assert unlike == set(OUT) - {"trains"}
    folds = load(source_of(TASKS["uci/archive-121-zoo"]), store).dataset.folds
    assert [len(test) for _, test in folds] == [25] * 4
