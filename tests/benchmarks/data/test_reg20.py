"""Published regression files: rows and targets of the published splits, and files gone bad."""

from __future__ import annotations

import hashlib
import importlib
import io
import tarfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from data_folder import BENCHMARKS, MIRROR, keras_here, loaded_or_skip, slow, store
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.data import Corrupt, Source, Store, import_folder, load, official_file
from benchmarks.data.readers import number_tables
from benchmarks.definition import Entry, Training
from benchmarks.entries import boosting, linear, mean, mlp, nearest
from benchmarks.training.recipe import Recipe
from benchmarks.uci import abalone, boston, energy, kin8nm, naval, power, protein, wine_red, yacht

__all__ = ["keras_here", "store"]  # fixtures

GAL_SPLITS = MIRROR / "uci" / "gal-splits" / "UCI_Datasets.tar.xz"
NAMED = {benchmark.name: benchmark for benchmark in BENCHMARKS}
# Folder of the published copy, and by how much its inputs and its target differ from ours.
PUBLISHED = {
    "uci/boston": ("bostonHousing", 0.0, 0.0),
    "uci/concrete": ("concrete", 0.05, 0.005),
    "uci/energy": ("energy", 0.0, 0.004),
    "uci/kin8nm": ("kin8nm", 0.0, 0.0),
    "uci/naval": ("naval-propulsion-plant", 0.0, 0.0),
    "uci/power": ("power-plant", 0.0, 0.0),
    "uci/protein": ("protein-tertiary-structure", 0.0, 0.0),
    "uci/wine-red": ("wine-quality-red", 0.0, 0.0),
    "uci/yacht": ("yacht", 0.0, 0.0),
}

# Rows and targets are the published ones


@cache
def published(folder: str) -> dict[str, np.ndarray]:
    """Every table of one data set as Gal and Ghahramani published it, by its name."""
    tables = {}
    with tarfile.open(GAL_SPLITS) as archive:
        for member in archive:
            path = Path(member.name)
            if path.parent.name == folder and path.stem.startswith(("data", "index")):
                file = archive.extractfile(member)
                assert file is not None
                tables[path.stem] = np.loadtxt(io.StringIO(file.read().decode()))
    return tables


@slow
@pytest.mark.skipif(not GAL_SPLITS.is_file(), reason=f"no published index files at {GAL_SPLITS}")
@pytest.mark.parametrize("name", PUBLISHED)
def test_rows_targets_and_splits_are_those_published(name: str, store: Store) -> None:
    folder, input_bound, target_bound = PUBLISHED[name]
    loaded, tables = loaded_or_skip(NAMED[name], store), published(folder)
    assert loaded.official
    x = tables["data"][:, tables["index_features"].astype(int)]
    y = tables["data"][:, int(tables["index_target"])]
    assert np.abs(x - loaded.dataset.x).max() <= input_bound + 1e-9
    assert np.abs(y - loaded.dataset.y).max() <= target_bound + 1e-9
    if name == "uci/energy":
        assert np.flatnonzero(y != loaded.dataset.y).tolist() == [30]
    splits = NAMED[name].protocol.splits(loaded.dataset)
    assert len(splits) == (5 if name == "uci/protein" else 20)
    for repeat, split in enumerate(splits):
        assert np.array_equal(split.train, tables[f"index_train_{repeat}"])
        assert np.array_equal(split.test, tables[f"index_test_{repeat}"])


def test_ucis_reply_and_the_original_abalone_are_one() -> None:
    original = MIRROR / "uci" / "1-abalone" / "abalone.data"
    served = MIRROR / "uci-api" / "static" / "public" / "1" / "data.csv"
    if not original.is_file() or not served.is_file():
        pytest.skip(f"no abalone below {MIRROR}")
    table = pd.read_csv(served)
    ours = abalone.read_file(original)
    assert abalone.read_api(table.drop(columns="Rings"), table[["Rings"]]).digest == ours.digest
    assert ours.digest == NAMED["uci/abalone"].data.digest
    assert ours.x[:3, :4].tolist() == [[1, 0, 0, 0.455], [1, 0, 0, 0.35], [0, 1, 0, 0.53]]
    assert ours.y[:3].tolist() == [15, 7, 9]


@pytest.mark.parametrize("name", sorted({*PUBLISHED, "uci/abalone"} - {"uci/concrete"}))
def test_every_input_has_a_name_and_the_values_a_digest(name: str) -> None:
    source = NAMED[name].data
    assert source.digest.startswith("sha256:")
    names = importlib.import_module(
        f"benchmarks.{name.replace('/', '.').replace('-', '_')}"
    ).FEATURES
    assert len(set(names)) == len(names) == source.features


# Which column is the target, and which are left out


def test_the_target_is_the_documented_column(tmp_path: Path) -> None:
    rows = np.arange(1.0, 37.0).reshape(2, 18)

    def file(name: str, columns: int, delimiter: str = " ", header: str = "") -> Path:
        path = tmp_path / name
        np.savetxt(path, rows[:, :columns], "%g", delimiter, header=header, comments="")
        return path

    for dataset, target in (
        (boston.read_file(file("housing.data", 14)), 13),
        (naval.read_file(file("data.txt", 18)), 16),
        (yacht.read_file(file("yacht_hydrodynamics.data", 7)), 6),
        (kin8nm.read_file(file("k.csv", 9, ",", quoted(*kin8nm.FEATURES, "y"))), 8),
        (
            wine_red.read_file(
                file("w.csv", 12, ";", ";".join(quoted(*wine_red.FEATURES, "quality").split(",")))
            ),
            11,
        ),
    ):
        assert np.array_equal(dataset.x, rows[:, :target])
        assert np.array_equal(dataset.y, rows[:, target])
    proteins = protein.read_file(
        file("CASP.csv", 10, ",", quoted("RMSD", *(f"F{n}" for n in range(1, 10))))
    )
    assert np.array_equal(proteins.x, rows[:, 1:10])
    assert np.array_equal(proteins.y, rows[:, 0])


def quoted(*names: str) -> str:
    return ",".join(f'"{name}"' for name in names)


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[object]]]) -> Path:
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        for name, rows in sheets.items():
            frame = pd.DataFrame([list(row) for row in rows])
            frame.to_excel(writer, sheet_name=name, header=False, index=False)
    return path


ENERGY_HEADER = (*(f"X{number}" for number in range(1, 9)), "Y1", "Y2")
POWER_HEADER = ("AT", "V", "AP", "RH", "PE")


def test_energy_is_the_heating_load_without_the_empty_rows_below(tmp_path: Path) -> None:
    rows = [ENERGY_HEADER, range(10), range(10, 20), [None] * 10]
    dataset = energy.read_file(workbook(tmp_path / "ENB2012_data.xlsx", {"data": rows}))
    assert dataset.x.tolist() == [list(range(8)), list(range(10, 18))]
    assert dataset.y.tolist() == [8, 18]


def test_power_is_the_fifth_sheet(tmp_path: Path) -> None:
    sheets = {f"Sheet{n}": [POWER_HEADER, [n] * 5, [10 * n] * 5] for n in range(1, 6)}
    dataset = power.read_file(workbook(tmp_path / "Folds5x2_pp.xlsx", sheets))
    assert dataset.y.tolist() == [5, 50]


# Files gone bad


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "received an empty file"),
        ("\n \n", "received an empty file"),
        ("1 2 3 4 5 6 7\n1 2 3 4 5 6\n", "expected 7 numbers on every line.*changed from 7 to 6"),
        ("1 2 3 4 5 6\n", "expected rows of 7 numbers in table, received"),
        ("1 2 3 4 5 6 7 8\n", "expected rows of 7 numbers in table, received"),
        ("1 2 3 ? 5 6 7\n", "expected 7 numbers on every line of table, received.*'\\?'.*column 4"),
        ("a b c d e f g\n1 2 3 4 5 6 7\n", "received.*'a'"),
        ("1 2 3 4 5 6 7\n1 2 nan 4 5 6 7\n", "received 1 that are missing .* row 2, column 3"),
        ("1 2 3 4 5 6 inf\n", "expected a finite number in every cell .* row 1, column 7"),
        ("1 2 3 4 5 6 1e999\n", "expected a finite number"),
        ("1 2 3 4 5 6 7é\n", "received other text"),
        ("1,2,3,4,5,6,7\n", "received other text"),
    ],
)
def test_a_damaged_text_file_is_refused(content: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(Corrupt, match=reason):
        yacht.read_file(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a;b;c\n1;2;3\n", "expected the columns .*'quality'.* received \\['a', 'b', 'c'\\]"),
        (";".join((*wine_red.FEATURES, "quality")) + "\n", "received no number"),
        (";".join(("pH", *wine_red.FEATURES[1:], "quality")) + "\n1;2\n", "expected the columns"),
        (
            ";".join((*wine_red.FEATURES, "quality")) + "\n1;2;3;4;5;;7;8;9;10;11;12\n",
            "''.* column 6",
        ),
        (";".join("123456789012") + "\n", "expected the columns"),
    ],
)
def test_a_damaged_table_with_a_header_is_refused(
    content: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "winequality-red.csv"
    path.write_text(content, encoding="ascii")
    with pytest.raises(Corrupt, match=reason):
        wine_red.read_file(path)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([POWER_HEADER, [1, 2, None, 4, 5]], "received 1 that are missing .* row 1, column 3"),
        ([POWER_HEADER, [1, 2, "?", 4, 5]], "expected only numbers .* received"),
        ([POWER_HEADER, [1, 2, pd.Timestamp(0), 4, 5]], "expected only numbers .* received"),
        ([("AT", "AT", "AP", "RH", "PE"), range(5)], "expected the columns .* received"),
        ([POWER_HEADER[:4], range(4)], "expected the columns"),
        ([(*POWER_HEADER, "PE2"), range(6)], "expected the columns"),
        ([range(5), range(5)], "expected the columns"),
        ([POWER_HEADER], "expected"),
    ],
)
def test_a_damaged_workbook_is_refused(
    rows: Sequence[Sequence[object]], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(Corrupt, match=reason):
        power.read_file(workbook(tmp_path / "Folds5x2_pp.xlsx", {"Sheet5": rows}))


def test_another_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Corrupt, match="expected a sheet 'Sheet5'"):
        power.read_file(
            workbook(tmp_path / "Folds5x2_pp.xlsx", {"Sheet1": [POWER_HEADER, range(5)]})
        )
    (tmp_path / "Folds5x2_pp.xlsx").write_bytes(b"no zip")
    with pytest.raises(Corrupt, match="expected a sheet 'Sheet5'"):
        power.read_file(tmp_path / "Folds5x2_pp.xlsx")


SNAILS = pd.DataFrame(
    [["M", 1, 2, 3, 4, 5, 6, 7, 15], ["I", 1, 2, 3, 4, 5, 6, 7, 4.0]],
    columns=["Sex", *abalone.COLUMNS, "Rings"],
)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (SNAILS.drop(columns="Height"), "expected the columns .* received"),
        (SNAILS.rename(columns={"Height": "Length"}), "expected the columns .* received"),
        (SNAILS.assign(Height=["?", 1]), "expected only numbers .* received"),
        (SNAILS.assign(Height=[None, 1]), "received 1 that are missing .* row 1, column 3"),
        (SNAILS.assign(Rings=[np.inf, 1]), "expected a finite number .* column 8"),
        (SNAILS.assign(Sex=["M", "X"]), r"expected the classes \['M', 'F', 'I'\], found 'X'"),
        (SNAILS.assign(Sex=["M", None]), "expected the classes"),
        (SNAILS[:0], "expected rows of 8 numbers"),
    ],
)
def test_a_damaged_reply_is_refused(table: pd.DataFrame, reason: str) -> None:
    with pytest.raises(Corrupt, match=reason):
        abalone.read_api(table.drop(columns="Rings"), table[["Rings"]])


def test_what_to_do_about_a_damaged_file_is_said(tmp_path: Path) -> None:
    few = yacht_of(b"1 2 3 4 5 6 7\n", rows=2)
    with pytest.raises(
        Corrupt, match=r"expected x of shape \(2, 6\), received \(1, 6\).*make data"
    ):
        load(few, filled_with(few, b"1 2 3 4 5 6 7\n", tmp_path / "few"))
    bad = yacht_of(b"1 2 3 4 5 6 ?\n", rows=1)
    with pytest.raises(Corrupt, match=r"expected 7 numbers .* received .* `make data FROM=DIR`"):
        load(bad, filled_with(bad, b"1 2 3 4 5 6 ?\n", tmp_path / "bad"))


def yacht_of(content: bytes, rows: int) -> Source:
    """The yachts' source, for a file with other content that claims to be the published one."""
    sha256 = hashlib.sha256(content).hexdigest()
    return official_file(
        "yacht.data",
        "https://localhost/yacht.data",
        sha256,
        yacht.read_file,
        title="",
        page="",
        licence="",
        citation="",
        rows=rows,
        features=6,
    )


def filled_with(source: Source, content: bytes, folder: Path) -> Store:
    folder.mkdir()
    (folder / "yacht.data").write_bytes(content)
    store = Store(folder / "data", offline=True)
    (line,) = import_folder(folder, store, {"yacht": source})
    assert line.status == "imported"
    return store


FINITE = st.floats(allow_nan=False, allow_infinity=False)
BLANKS = st.text(" \t", min_size=1, max_size=3)


@given(st.lists(st.lists(FINITE, min_size=3, max_size=3), min_size=1, max_size=4), BLANKS)
def test_numbers_come_back_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[float]], blanks: str
) -> None:
    spaced = [blanks + blanks.join(map(repr, row)) + blanks for row in rows]
    joined = ["a,b,c", *(",".join(map(repr, row)) for row in rows)]
    path = tmp_path_factory.getbasetemp() / "numbers"
    path.write_text("\n\n".join(spaced), encoding="ascii")
    assert np.array_equal(number_tables.text(path, 3), rows)
    path.write_text("\r\n".join(joined), encoding="ascii")
    assert np.array_equal(number_tables.text(path, 3, ",", ("a", "b", "c")), rows)


@given(st.one_of(st.text(), st.text("0123456789.eE+-, \n\r\"'?naif#MFI\x00\x85", max_size=60)))
def test_any_text_is_a_table_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "anything"
    path.write_text(content, encoding="utf-8", errors="surrogatepass")
    readings: list[Callable[[Path], np.ndarray]] = [
        lambda path: number_tables.text(path, 2),
        lambda path: number_tables.text(path, 2, ","),
        lambda path: number_tables.text(path, 2, ",", ("", "1")),
        lambda path: abalone.read_file(path).x,
    ]
    for read in readings:
        with suppress(Corrupt):
            table = read(path)
            assert len(table)
            assert table.shape[1] in (2, 10)
            assert np.isfinite(table).all()


# Columns that never vary


@pytest.mark.parametrize("entry", [mean(), linear(), nearest(5), boosting()], ids=lambda e: e.name)
def test_references_bear_constant_columns_and_targets(entry: Entry) -> None:
    assert_finite(entry)


@slow
def test_a_network_bears_constant_columns_and_targets(keras_here: None) -> None:
    assert_finite(mlp("mlp", [8], Recipe(epochs=5, batch_size=16)))


def assert_finite(entry: Entry) -> None:
    random = np.random.default_rng(0)
    x = np.c_[random.normal(size=(60, 2)), np.full(60, 288.0), np.full(60, 0.998)]
    for y in (x[:, 0] + random.normal(size=60), np.full(60, 7.5)):
        (fitted,) = entry.fit([Training(x[:40], y[:40], "regression", 0, seed=0)])
        prediction = fitted.predict(x[40:])
        assert np.isfinite(prediction).all()
        if np.ptp(y) == 0:
            np.testing.assert_allclose(prediction, y[40:], rtol=0.5)
        elif entry.name != "mean":
            assert np.ptp(prediction) > 0
