"""Tables as people have them: each read right, or what is unclear said."""

from __future__ import annotations

import bz2
import io
import json
import lzma
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from new_help import asked, data_of, defined, draft, write

from benchmarks.data import Corrupt
from benchmarks.data.own.dates import as_dates
from benchmarks.data.own.frames import Frame, as_numbers, read_frame
from runners.new.columns import Column, describe_columns
from runners.new.overrules import Overrules
from runners.new.request import Draft, Unclear
from runners.new.tables.cells import recognised

RANDOM = np.random.default_rng(5)
N = 80


def frame_of(path: Path, tmp_path: Path, **overrules: str) -> Frame:
    """A file as `make new` reads it."""
    request = asked(path, tmp_path, overrules=Overrules(**overrules))
    return recognised(read_frame(path, **request.overrules.choices()), request)[0]


def columns_of(frame: Frame, **types: str) -> dict[str, Column]:
    return {one.name: one for one in describe_columns(frame, types)}


def kinds(frame: Frame) -> dict[str, str]:
    return {name: one.kind for name, one in columns_of(frame).items()}


def one_column(cells: list[str], tmp_path: Path, separator: str = ";", **overrules: str) -> Frame:
    """A file with a column x of these cells, and one of classes."""
    rows = [f'"{cell}"{separator}{"ab"[n % 2]}' for n, cell in enumerate(cells)]
    path = write(tmp_path / "x.csv", "\n".join([f"x{separator}y", *rows]) + "\n")
    return frame_of(path, tmp_path, **overrules)


def column_rows(found: Draft) -> dict[str, tuple[str, str]]:
    return {row.column: (row.read_as, row.why) for row in found.table}


# Header


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("a.data", "5.1,3.5,setosa\n4.9,3.0,setosa\n6.0,2.2,virginica\n" * 9, ["c1", "c2", "c3"]),
        ("a.csv", "p,x,w\np,b,w\ne,x,y\n" * 9, ["c1", "c2", "c3"]),
        ("a.csv", "1,0.5,?\n2,0.7,3\n3,0.1,4\n" * 9, ["c1", "c2", "c3"]),
        ("a.csv", "M;0,455;15\nF;0,365;7\nI;0,33;9\n" * 9, ["c1", "c2", "c3"]),
        (
            "a.csv",
            "country,1990,1991,1992\nA,1,2,3\nB,4,5,6\n",
            ["country", "1990", "1991", "1992"],
        ),
        ("a.csv", "label,0,1,2,3\n" + "5,0,0,1,2\n" * 9, ["label", "0", "1", "2", "3"]),
        ("a.csv", "X1,X2,Y1\n0.1,0.2,1.5\n0.3,0.4,2.5\n", ["X1", "X2", "Y1"]),
        ("a.csv", "name,kind\nann,a\nbob,b\n", ["name", "kind"]),
        ("a.csv", "y,n\ny,1\nn,2\ny,3\n", ["y", "n"]),
    ],
)
def test_the_first_line_is_a_header_or_a_row_by_the_evidence(
    name: str, text: str, names: list[str], tmp_path: Path
) -> None:
    frame = read_frame(write(tmp_path / name, text))
    assert list(frame.table.columns) == names
    assert len(frame.table) == text.count("\n") - (names[0] != "c1")
    assert any("looks like a row" in line for line in frame.remarks) == (names[0] == "c1")


def test_the_header_can_be_overruled(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a,b\n" * 2 + "c,b\n" * 30)
    assert list(frame_of(path, tmp_path, header="yes").table.columns) == ["a", "b"]
    assert list(frame_of(path, tmp_path, header="no").table.columns) == ["c1", "c2"]
    path = write(tmp_path / "b.csv", "x,y\nunit,unit\na,b\n" + "1,2\n" * 30)
    assert list(frame_of(path, tmp_path, header="3").table.columns) == ["a", "b"]


# Separators, preambles, comments, line ends


@pytest.mark.parametrize(
    "text",
    [
        "a,b,y\n8,7,1,\n2,4,0,\n",
        "a,b,y,\n8,7,1,\n2,4,0,\n",
        "a;b;y;;\n8;7;1;;\n2;4;0;;\n",
        " a  b   y\n 8  7   1\n 2  4   0\n",
        "a\tb y\n8 7\t1\n2  4 0 \n",
        "\ufeffa,b,y\r\n8,7,1\r2,4,0\n",
        "# made by hand\n# in two lines\na,b,y\n8,7,1\n2,4,0\n",
        "% a note, with commas\na,b,y\n8,7,1\n% another\n2,4,0\n",
        "#a,b,y\n8,7,1\n2,4,0\n",
        "A report\n\nof two lines\na,b,y\n8,7,1\n2,4,0\n",
        "A report;;\n;;\na;b;y\n8;7;1\n2;4;0\n",
        "sep=;\na;b;y\n8;7;1\n2;4;0\n",
        "a|b|y\n8|7|1\n\n2|4|0\n\n",
        "a^b^y\n8^7^1\n2^4^0\n",
        '"a","b","y"\n"8","7","1"\n"2","4","0"\n',
    ],
)
def test_whatever_stands_around_the_cells_the_table_is_the_same(text: str, tmp_path: Path) -> None:
    frame = read_frame(write(tmp_path / "a.csv", text))
    assert [name.lstrip("#") for name in frame.table.columns] == ["a", "b", "y"]
    assert frame.table.to_numpy().tolist() == [["8", "7", "1"], ["2", "4", "0"]]


def test_a_row_names_column_without_a_heading_is_kept_apart(tmp_path: Path) -> None:
    frame = read_frame(write(tmp_path / "r.csv", "a,y\n1,5,p\n2,6,q\n3,7,p\n"))
    assert list(frame.table.columns) == ["column 1", "a", "y"]


def test_a_name_that_stands_twice_gets_a_number(tmp_path: Path) -> None:
    frame = read_frame(write(tmp_path / "a.csv", "a,a,a (2),b\n1,2,3,x\n4,5,6,y\n"))
    assert list(frame.table.columns) == ["a", "a (3)", "a (2)", "b"]
    assert any("name of several columns" in line for line in frame.remarks)


def test_lines_are_named_as_in_the_file(tmp_path: Path) -> None:
    text = "A title\n\n# note\na,b\n1,2\n# more\n3,4\n5\n" + "6,7\n" * 9
    with pytest.raises(Corrupt, match="received 1 in line 8"):
        read_frame(write(tmp_path / "a.csv", text))


# Numbers


@pytest.mark.parametrize(
    ("cells", "separator", "values"),
    [
        (["$1,013.00", "$830.50", "-$12.00"], ",", [1013, 830.5, -12]),
        (["$1,013", "$830", "$12"], ",", [1013, 830, 12]),
        (["1,013", "830", "12"], ",", [1013, 830, 12]),
        (["12.3%", "7%", "100%"], ",", [12.3, 7, 100]),
        (["1.234,56", "12,5", "7"], ";", [1234.56, 12.5, 7]),
        (["1.234,56 €", "12,50 €", "0,99 €"], ";", [1234.56, 12.5, 0.99]),
        (["0,118", "0,5", "1,25"], ",", [0.118, 0.5, 1.25]),
        (["1'234.50", "12.75", "999"], ",", [1234.5, 12.75, 999]),
        (["1\u202f234,5", "12,25", "1\u00a0000"], ";", [1234.5, 12.25, 1000]),
        (["12,34,567.5", "1,00,000", "999.25"], ",", [1234567.5, 100000, 999.25]),
        (["1,234,567", "12,000", "999"], ",", [1234567, 12000, 999]),
        (["1.234.567", "12.000", "999"], ";", [1234567, 12000, 999]),
        (["(1,200.50)", "300.00", "(5.25)"], ",", [-1200.5, 300, -5.25]),
        (["\u22123.5", "+4.25", "1e-3"], ",", [-3.5, 4.25, 0.001]),
        (["5 kg", "12.5 kg", "7"], ",", [5, 12.5, 7]),
        (["5 m2", "12.5 m2", "7.25 m2"], ",", [5, 12.5, 7.25]),
        (["5.5-", "12.25", "3.0-"], ",", [-5.5, 12.25, -3]),
        (["($5.50)", "$12.25", "$3.00"], ",", [-5.5, 12.25, 3]),
        (["3px", "4.5px", "6px"], ",", [3, 4.5, 6]),
        (["-5 °C", "12 °C", "7.5 °C"], ",", [-5, 12, 7.5]),
        (["USD 1,200", "USD 15.5", "USD 7"], ",", [1200, 15.5, 7]),
        (["R$ 1.200,50", "R$ 15,5", "R$ 7"], ";", [1200.5, 15.5, 7]),
        (["18:30", "06:15", "23:45:00"], ",", [18.5, 6.25, 23.75]),
        (["18.00.00", "06.15.00", "23.45.00"], ";", [18, 6.25, 23.75]),
        (["0.5", ".", "1.5"], ",", [0.5, np.nan, 1.5]),
        (["1.2", "n.a.", "#DIV/0!"], ",", [1.2, np.nan, np.nan]),
    ],
)
def test_numbers_are_read_however_they_are_written(
    cells: list[str], separator: str, values: list[float], tmp_path: Path
) -> None:
    frame = one_column(cells * 10, tmp_path, separator)
    assert columns_of(frame)["x"].numeric
    np.testing.assert_allclose(as_numbers(frame, "x")[: len(values)], values)


@pytest.mark.parametrize(
    "cells",
    [
        ["12%", "0.12", "5%"],
        ["$5", "€5", "$7"],
        ["5 kg", "500 g", "1 kg"],
        ["1.2.3", "1.2.4", "2.0.1"],
        ["A12", "B7", "C3"],
        ["10-20", "20-30", "30-40"],
        ["007", "012", "113"],
        ["1.5", "2,25.7", "x"],
    ],
)
def test_what_is_no_number_for_certain_is_none(cells: list[str], tmp_path: Path) -> None:
    frame = one_column(cells * 10, tmp_path, ",")
    assert columns_of(frame)["x"].kind == "category"


@pytest.mark.parametrize(
    ("cells", "separator"),
    [(["1.082", "597", "684"], ";"), (["1,082", "2,597"], ","), (["1.082", "2.597"], ";")],
)
def test_a_sign_that_could_be_either_is_asked_for(
    cells: list[str], separator: str, tmp_path: Path
) -> None:
    with pytest.raises(Unclear, match=r"Which is the decimal sign.*DECIMAL="):
        one_column(cells * 10, tmp_path, separator)
    whole = one_column(cells * 10, tmp_path, separator, decimal="," if "." in cells[0] else ".")
    assert as_numbers(whole, "x")[0] == 1082
    part = one_column(cells * 10, tmp_path, separator, decimal=cells[0][1])
    assert as_numbers(part, "x")[0] == 1.082


def test_points_in_one_column_and_commas_in_another_are_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a;b;y\n" + "0.5;1,25;p\n1.25;0,5;q\n" * 20)
    with pytest.raises(Unclear, match="decimal points and column 'b' decimal commas"):
        frame_of(path, tmp_path)


def test_other_columns_tell_the_decimal_sign(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a;b;y\n" + "1.370;0,5;p\n684;1,25;q\n" * 20)
    assert as_numbers(frame_of(path, tmp_path), "a")[0] == 1370
    path = write(tmp_path / "b.csv", "a;b;y\n" + "1.370;1684;p\n2.125;9999;q\n" * 20)
    assert as_numbers(frame_of(path, tmp_path, decimal="."), "a")[0] == 1.37


# Missing values


@pytest.mark.parametrize(
    ("column", "cell", "missing"),
    [
        (RANDOM.normal(20, 5, N).round(1), "-200", True),
        (RANDOM.integers(0, 30, N), "999", True),
        (RANDOM.uniform(0, 1, N).round(3), "-9999", True),
        (RANDOM.uniform(0, 9, N).round(1), "99.9", True),
        (RANDOM.integers(1, 5, N), "-9", True),
        (RANDOM.integers(0, 90, N), "8888", True),
        (RANDOM.uniform(0, 9, N).round(1), "1e+30", True),
        (RANDOM.integers(18, 98, N), "99", False),
        (RANDOM.integers(0, 30, N), "42", False),
        (RANDOM.normal(0, 300, N).round(), "-200", False),
    ],
)
def test_numbers_that_stand_for_no_value_are_told(
    column: Any, cell: str, missing: bool, tmp_path: Path
) -> None:
    cells = [cell if n % 10 == 3 else str(one) for n, one in enumerate(column)]
    frame = one_column(cells, tmp_path)
    assert bool(np.isnan(as_numbers(frame, "x")).any()) == missing
    assert ("x" in frame.reading.missing) == missing


def test_minus_one_is_told_and_kept(tmp_path: Path) -> None:
    rows = [[-1 if n % 5 == 0 else n % 9, "ab"[n % 2]] for n in range(N)]
    found = draft(write(tmp_path / "m.csv", [["days", "y"], *rows]), tmp_path)
    assert "MISSING=days:-1" in column_rows(found)["days"][1]
    assert data_of(found, tmp_path / "d").x.min() == -1


@pytest.mark.parametrize(
    ("least", "most", "cell", "told"),
    [
        (20, 91, "99", True),
        (20, 99, "0", True),
        (1, 40, "0", False),
        (20, 91, "91", False),
    ],
)
def test_numbers_that_stand_apart_are_told_and_kept(
    least: int, most: int, cell: str, told: bool, tmp_path: Path
) -> None:
    cells = [cell if n % 8 == 0 else str(n * 7 % (most - least) + least) for n in range(3 * N)]
    rows = [[one, "ab"[n * n % 5 % 2]] for n, one in enumerate(cells)]
    found = draft(write(tmp_path / "m.csv", [["age", "y"], *rows]), tmp_path)
    assert (f"MISSING=age:{cell}" in column_rows(found)["age"][1]) == told
    assert "missing=" not in found.text


def test_words_for_missing_values_can_be_named(tmp_path: Path) -> None:
    cells = ["unknown" if n % 7 == 2 else str(n * 3 % 40) for n in range(N)]
    frame = one_column(cells, tmp_path, missing="unknown")
    assert columns_of(frame)["x"].missing == sum(cell == "unknown" for cell in cells)
    frame = one_column(
        ["999" if n % 9 == 0 else str(n % 7) for n in range(N)], tmp_path, missing="x:5"
    )
    assert np.nanmax(as_numbers(frame, "x")) == 999
    assert np.isnan(as_numbers(frame, "x")[5])


# Kinds of columns


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([f"0{n % 40 + 1000}" for n in range(N)], "category"),
        ([f"{n % 12:02}" for n in range(N)], "category"),
        ([f"{n % 28 + 1:02}.{n % 12 + 1:02}.{60 + n % 40}" for n in range(N)], "date"),
        ([f"{n % 28 + 1}/{n % 12 + 1}/{n % 20:02}" for n in range(N)], "date"),
        ([f"2024{n % 12 + 1:02}{n % 28 + 1:02}" for n in range(N)], "date"),
        ([f"{n % 12 + 1}/{n % 28 + 1}/2024 {n % 12 + 1}:05 PM" for n in range(N)], "date"),
        ([f"2024-{n % 9 + 1}-{n % 28 + 1}" for n in range(N)], "date"),
        ([["a|b", "b|c|a", "c", "a|c", "b"][n % 5] for n in range(N)], "tags"),
        (
            [["['x', 'y']", "['y', 'z', 'x']", "['z']", "['x','z']"][n % 4] for n in range(N)],
            "tags",
        ),
        ([["x+y", "y+z+x", "z", "x+z", "y"][n % 5] for n in range(N)], "tags"),
        ([["x y", "y z x", "z", "x z", "y"][n % 5] for n in range(N)], "tags"),
        ([["New York", "San Jose", "New Delhi"][n % 3] for n in range(N)], "category"),
        ([f"{12345678901234567 + n % 9}" for n in range(N)], "category"),
        ([f"{n / 10 + 1}{'KM'[n % 2]}" for n in range(N)], "text"),
        ([f"{n / 10 + 1}{'K' * (n % 2)}" for n in range(N)], "text"),
        ([["Paris, FR", "Lyon, FR", "Bonn, DE"][n % 3] for n in range(N)], "category"),
        ([["2020/21", "2021/22", "2022/23"][n % 3] for n in range(N)], "category"),
        ([str(one) for one in RANDOM.permutation(N) + 5], "identifier"),
        ([str(one) for one in RANDOM.permutation(10**6)[:N]], "number"),
        (["".join(RANDOM.choice(list("abc"), 6)) for n in range(N)], "text"),
    ],
)
def test_kinds_of_columns(cells: list[str], kind: str, tmp_path: Path) -> None:
    assert kinds(one_column(cells, tmp_path))["x"] == kind


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["01.10", "10.71", "62.01"], "01.10 is read as 1.1: of codes say TYPES=x:category"),
        (["2E1", "3E5", "17"], "2E1 is read as 20"),
        (["1.5kg", "2lb", "7kg"], "several units"),
        ([f"{n / 7:.2f}{'*' * (n % 3 == 0)}" for n in range(N)], "cells such as '0.00*'"),
    ],
)
def test_numbers_that_may_be_none_are_told(cells: list[str], said: str, tmp_path: Path) -> None:
    many = (cells * 9 if len(cells) < 9 else cells) + (
        [f"{n}.5kg" for n in range(40)] if "kg" in cells[0] else []
    )
    assert said in columns_of(one_column(many, tmp_path))["x"].remark


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([f"{1_600_000_000_000 + n * 999}" for n in range(N)], "milliseconds since 1970"),
        ([f"{20 + n % 4}{n % 12 + 1:02}{n % 28 + 1:02}" for n in range(N)], "%y%m%d"),
        ([f"{n * 37 % 900_000 + 100_000}" for n in range(N)], ""),
    ],
)
def test_numbers_called_like_a_time_are_told(cells: list[str], said: str, tmp_path: Path) -> None:
    frame = one_column(cells, tmp_path)
    frame = Frame(frame.table.rename(columns={"x": "date"}), "x.csv")
    remark = columns_of(frame)["date"].remark
    assert said in remark if said else not remark


def test_two_digit_years_have_their_century_said(tmp_path: Path) -> None:
    frame = one_column(["23.09.66", "26.04.04", "30.11.52", "29.02.00"] * 20, tmp_path)
    assert [str(one)[:10] for one in as_dates(frame, "x")[:4]] == [
        "1966-09-23", "2004-04-26", "1952-11-30", "2000-02-29",
    ]  # fmt: skip
    assert "1930 to 2029" in columns_of(frame)["x"].remark


def test_a_category_of_many_values_is_one_by_its_counts(tmp_path: Path) -> None:
    towns = ["".join(RANDOM.choice(list("abcdefgh"), 3)) for _ in range(120)]
    frame = one_column([towns[n % 120] for n in range(600)], tmp_path)
    assert kinds(frame)["x"] == "category"


def test_types_overrule(tmp_path: Path) -> None:
    cells = [f"0{n % 4}" for n in range(N)]
    assert columns_of(one_column(cells, tmp_path), x="number")["x"].numeric
    days = [f"0{n % 9 + 1}/0{n % 7 + 1}/2024" for n in range(N)]
    frame = one_column(days, tmp_path, types="x:%d/%m/%Y")
    assert columns_of(frame, x="%d/%m/%Y")["x"].kind == "date"
    assert str(as_dates(frame, "x")[1])[:10] == "2024-02-02"
    with pytest.raises(Unclear, match="TYPES=x:number"):
        columns_of(one_column(["a"] * N, tmp_path), x="number")
    with pytest.raises(Unclear, match="TYPES: expected COLUMN:TYPE"):
        one_column(days, tmp_path, types="x:colour")
    with pytest.raises(Unclear, match="there is no column 'z'"):
        one_column(days, tmp_path, types="z:number")


# Other files


ROWS = [(n % 9 + 20, n * 7 % 11 / 4, "ab"[n * n % 5 % 2]) for n in range(N)]
TABLE = pd.DataFrame(ROWS, columns=["age", "size", "kind"])


def packed(name: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, content)
        archive.writestr("__MACOSX/._x.csv", b"x")
        archive.writestr("README.txt", b"about")
    return made.getvalue()


def workbook() -> bytes:
    made = io.BytesIO()
    with pd.ExcelWriter(made) as book:
        pd.DataFrame().to_excel(book, sheet_name="empty")
        pd.DataFrame({"Notes": ["one", "two"]}).to_excel(book, sheet_name="notes", index=False)
        TABLE.to_excel(book, sheet_name="data", index=False, startrow=3, startcol=1)
        book.sheets["data"].cell(1, 2, "made by")
        book.sheets["data"].cell(1, 3, "me")
    return made.getvalue()


CSV = TABLE.to_csv(index=False).encode()
ARFF = (
    "% a note\n@RELATION x\n@attribute age NUMERIC\n@attribute 'size' real\n"
    "@ATTRIBUTE kind {a, b}\n@DATA\n"
    + "".join(f"'{a}',{s},{chr(34)}{k}{chr(34)}\n" for a, s, k in TABLE.itertuples(index=False))
)
SPARSE = ARFF.split("@DATA")[0] + "@DATA\n" + "".join(
    f"{{0 {a}, 1 {s}{', 2 b' * (k == 'b')}}}\n" for a, s, k in TABLE.itertuples(index=False)
)  # fmt: skip
FILES = {
    "t.csv.zip": packed("t.csv", CSV),
    "t.csv.bz2": bz2.compress(CSV),
    "t.csv.xz": lzma.compress(CSV),
    "t.xlsx": workbook(),
    "t.json": TABLE.to_json(orient="records").encode(),
    "split.json": TABLE.to_json(orient="split").encode(),
    "columns.json": TABLE.to_json(orient="columns").encode(),
    "lists.json": json.dumps(TABLE.to_dict(orient="list")).encode(),
    "nested.json": json.dumps({"meta": 1, "data": TABLE.to_dict(orient="records")}).encode(),
    "rows.json": json.dumps([list(TABLE.columns), *TABLE.values.tolist()]).encode(),
    "index.parquet": TABLE.set_index("age").to_parquet(),
    "t.jsonl": TABLE.to_json(orient="records", lines=True).encode(),
    "t.arff": ARFF.encode(),
    "sparse.arff": SPARSE.encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_other_files_hold_the_same_table(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    frame = frame_of(tmp_path / name, tmp_path)
    assert list(frame.table.columns) == ["age", "size", "kind"]
    np.testing.assert_allclose(as_numbers(frame, "age"), TABLE["age"])
    np.testing.assert_allclose(as_numbers(frame, "size"), TABLE["size"])
    assert frame.table["kind"].tolist() == TABLE["kind"].tolist()


def test_lists_of_json_without_names_keep_their_first_row(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps([[n / 7, n % 5, "ab"[n % 2]] for n in range(N)]))
    frame = frame_of(tmp_path / "t.json", tmp_path)
    assert len(frame.table) == N
    assert any("HEADER=yes" in one for one in frame.remarks)


def test_what_is_not_read_is_named_with_what_converts_it(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("content.xml", "<x/>")
    two = io.BytesIO()
    with zipfile.ZipFile(two, "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("b.csv", CSV)
    for name, content, said in [
        ("t.ods", made.getvalue(), "libreoffice --convert-to csv"),
        ("t.zip", two.getvalue(), "found 2 in a zip archive: 'a.csv', 'b.csv'"),
        ("t.sav", b"$FL2@(#) SPSS" + bytes(80), "pandas.read_spss"),
        ("t.h5", b"\x89HDF\r\n\x1a\n" + bytes(80), "pandas.read_hdf"),
        ("t.pkl", b"\x80\x04\x95" + bytes(80), "can run code"),
        ("t.npy", b"\x93NUMPY" + bytes(80), "numpy.load"),
        ("t.txt", b"1 1:0.5 3:1.5\n-1 2:0.25\n", "LIBSVM"),
        ("t.json", b'{"a": 1}', "list of objects"),
        ("t.json", b'[{"a": 1}', "cannot be read as JSON"),
    ]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Corrupt, match=said.replace("(", r"\(")):
            read_frame(tmp_path / name)


# Whole drafts: dependence, siblings, overrules


def rows_of_persons(named: str) -> list[list[Any]]:
    """Forty persons of eight rows, a label each, values without meaning."""
    labels = RANDOM.integers(0, 2, 40)
    rows = [
        [1000 + p, *RANDOM.normal(size=2).round(3), labels[p]] for p in range(40) for _ in range(8)
    ]
    return [[named, "a", "b", "sick"], *[rows[n] for n in RANDOM.permutation(320)]]


def test_values_that_fix_the_target_make_groups(tmp_path: Path) -> None:
    found = draft(write(tmp_path / "p.csv", rows_of_persons("ward")), tmp_path)
    assert defined(found).protocol.id == "StratifiedGroupKFold-5"
    assert column_rows(found)["ward"][0] == "groups"
    free = draft(tmp_path / "p.csv", tmp_path, overrules=Overrules(groups="no"))
    assert defined(free).protocol.id == "RepeatedStratifiedKFold-5x3"
    other = draft(tmp_path / "p.csv", tmp_path, overrules=Overrules(groups="ward"))
    assert 'groups="ward"' in other.text


def test_columns_that_fix_the_target_together_are_told(tmp_path: Path) -> None:
    persons = RANDOM.integers([1, 30, 20, 0], [5, 61, 31, 2], (50, 4)).tolist()
    rows = [
        [clinic, age, bmi, round(float(RANDOM.normal()), 3), "ab"[sick]]
        for clinic, age, bmi, sick in persons
        for _ in range(6)
    ]
    head = ["clinic", "age", "bmi", "m", "y"]
    found = draft(write(tmp_path / "p.csv", [head, *rows]), tmp_path)
    assert any(one.startswith("! rows alike in ") for one in found.remarks)
    grid = [[a, b, round(float(RANDOM.normal()), 3), "ab"[(a * 7 + b * 3) % 2]] for a in range(12)
            for b in range(6) for _ in range(4)]  # fmt: skip
    found = draft(write(tmp_path / "g.csv", [["a", "b", "m", "y"], *grid]), tmp_path)
    assert not any("rows alike in" in one for one in found.remarks)


def test_a_number_that_predicts_by_its_size_makes_no_groups(tmp_path: Path) -> None:
    level = RANDOM.integers(0, 60, 400)
    rows = [[one, round(float(RANDOM.normal()), 3), int(one > 30)] for one in level]
    found = draft(write(tmp_path / "l.csv", [["level", "a", "sick"], *rows]), tmp_path)
    assert defined(found).protocol.id == "RepeatedStratifiedKFold-5x3"


def hours() -> pd.DataFrame:
    """A target that drifts over 400 hours, the time in four columns."""
    stamps = pd.date_range("2020-01-01", periods=400, freq="h")
    return pd.DataFrame({
        "year": stamps.year, "month": stamps.month, "day": stamps.day, "hour": stamps.hour,
        "a": RANDOM.normal(size=400).round(3), "pm": (np.sin(np.arange(400) / 30) * 50).round(2),
    })  # fmt: skip


def test_a_time_in_several_columns_orders_the_rows(tmp_path: Path) -> None:
    table = hours()
    table.to_csv(tmp_path / "h.csv", index=False)
    found = draft(tmp_path / "h.csv", tmp_path)
    assert defined(found).protocol.id == "TimeSeriesSplit-5"
    assert "order=" not in found.text
    table.iloc[::-1].to_csv(tmp_path / "h.csv", index=False)
    turned = draft(tmp_path / "h.csv", tmp_path)
    assert 'order=["year", "month", "day", "hour"]' in turned.text.replace("\n", "")
    np.testing.assert_allclose(data_of(turned, tmp_path / "d").y, table["pm"])
    table.sample(frac=1, random_state=1).to_csv(tmp_path / "h.csv", index=False)
    mixed = draft(tmp_path / "h.csv", tmp_path)
    np.testing.assert_allclose(data_of(mixed, tmp_path / "e").y, table["pm"])
    assert defined(mixed).protocol.id == "TimeSeriesSplit-5"


def test_yes_no_columns_that_are_one_choice_with_the_target_are_left_out(tmp_path: Path) -> None:
    kind = RANDOM.integers(0, 3, 120)
    table = pd.DataFrame({"a": RANDOM.normal(size=120).round(3), "old": RANDOM.integers(0, 2, 120)})
    table = table.assign(cat=kind == 0, dog=kind == 1, cow=kind == 2).astype(float)
    table.to_csv(tmp_path / "t.csv", index=False)
    for target in ("cat", "dog", "cow"):
        rows = column_rows(draft(tmp_path / "t.csv", tmp_path, target=target))
        out = {name for name, (read_as, _) in rows.items() if read_as.startswith("left out")}
        assert out == {"cat", "dog", "cow"} - {target}


def test_columns_of_fixed_width_are_named(tmp_path: Path) -> None:
    rows = [f"{['New York', 'Rome'][n % 2]:<10}{n:>6} {'ab'[n % 2]:>6}" for n in range(N)]
    path = write(tmp_path / "t.txt", "\n".join(["name        size   kind", *rows]) + "\n")
    with pytest.raises(Unclear, match=r"pandas\.read_fwf"):
        draft(path, tmp_path)


def test_classes_that_are_words_for_no_value_are_told(tmp_path: Path) -> None:
    rows = [[n * 7 % 30, ["none", "mild", "severe"][n * n % 7 % 3]] for n in range(N)]
    found = draft(write(tmp_path / "t.csv", [["a", "pain"], *rows]), tmp_path)
    assert any(one.startswith("! ") and "'none'" in one for one in found.remarks)
    only = [[n * 7 % 30, n * 5 % 17, "yes"] for n in range(N)]
    with pytest.raises(Unclear, match=r"cannot well be 'y' \(it has one value"):
        draft(write(tmp_path / "t.csv", [["a", "b", "y"], *only]), tmp_path)


def test_other_targets_and_sums_are_named(tmp_path: Path) -> None:
    a, b = RANDOM.normal(size=(2, 200)).round(3)
    load = 3 * a + b
    frame = pd.DataFrame({"X1": a, "X2": b, "X3": RANDOM.normal(size=200), "Y1": load + 1,
                          "Y2": load.round(3)})  # fmt: skip
    frame.to_csv(tmp_path / "e.csv", index=False)
    found = draft(tmp_path / "e.csv", tmp_path)
    assert column_rows(found)["Y1"][0].startswith("left out")
    frame.columns = ["a", "b", "c", "heating load", "cooling load"]
    frame.to_csv(tmp_path / "e.csv", index=False)
    assert column_rows(draft(tmp_path / "e.csv", tmp_path))["heating load"][0].startswith(
        "left out"
    )
    casual, registered = RANDOM.integers(0, 90, (2, 200))
    pd.DataFrame(
        {"casual": casual, "registered": registered, "t": a, "cnt": casual + registered}
    ).to_csv(tmp_path / "s.csv", index=False)
    said = draft(tmp_path / "s.csv", tmp_path, task="regression").remarks
    assert any("'casual', 'registered' make the target together" in line for line in said)


def test_overrules_are_written_into_the_definition(tmp_path: Path) -> None:
    rows = ["Ort;Größe;Wert;Rest;y"]
    rows += [
        f"0{n % 6}1;{n % 40},5;{999 if n % 9 == 0 else n % 12};{n % 7};{'ab'[n * n % 7 % 2]}"
        for n in range(120)
    ]
    path = write(tmp_path / "o.csv", "\n".join(rows) + "\n")
    found = draft(
        path,
        tmp_path,
        overrules=Overrules(drop="Rest", types="Ort:number", missing="Wert:999", groups="no"),
    )
    assert 'missing={"Wert": ["999"]}' in found.text
    assert 'decimal=","' in found.text
    assert 'separator=";"' in found.text
    dataset = data_of(found, tmp_path / "d")
    assert dataset.feature_names == ("Ort", "Größe", "Wert")
    assert np.isnan(dataset.x[0, 2])
    assert dataset.x[1].tolist() == [11.0, 1.5, 1.0]
    kept = draft(
        path, tmp_path, overrules=Overrules(index="Wert"), target="Gro\u0308ße", task="regression"
    )
    assert column_rows(kept)["Wert"][1].startswith("an index, as asked")
    assert column_rows(kept)["Größe"][0] == "TARGET, regression"


def test_overrules_of_tables_are_refused_of_other_data(tmp_path: Path) -> None:
    with pytest.raises(Unclear, match="GROUPS: of 45, a data set of the repository"):
        draft("45", tmp_path, overrules=Overrules(groups="a", drop="b"))


def test_an_index_is_left_out_unless_it_is_asked_for(tmp_path: Path) -> None:
    rows = [
        ["", "a", "y"],
        *[[n, round(float(RANDOM.normal()), 3), "pq"[n % 2]] for n in RANDOM.permutation(N)],
    ]
    path = write(tmp_path / "i.csv", rows)
    assert column_rows(draft(path, tmp_path))["column 1"][0].startswith("left out")
    assert (
        column_rows(draft(path, tmp_path, overrules=Overrules(index="no")))["column 1"][0]
        != "left out"
    )


def test_words_a_cell_become_features(tmp_path: Path) -> None:
    words = ["red|blue", "blue|green|red", "green", "red", "green|blue"]
    rows = [
        ["tags", "size", "y"],
        *[[words[n % 5], n % 9, "pq"[n * n % 7 % 2]] for n in range(100)],
    ]
    dataset = data_of(draft(write(tmp_path / "t.csv", rows), tmp_path), tmp_path / "d")
    assert dataset.feature_names == ("size", "tags: blue", "tags: green", "tags: red")
    assert dataset.x[1].tolist() == [1.0, 1.0, 1.0, 1.0]
    with pytest.raises(Unclear, match="several labels a row"):
        draft(tmp_path / "t.csv", tmp_path, target="tags")


def test_a_column_of_texts_alone_is_read_word_by_word(tmp_path: Path) -> None:
    words = ["some", "words", "of", "a", "longer", "message", "to", "you", "from", "him", "now"]
    rows = ["label,message"]
    rows += [f"{'ab'[n % 2]},{' '.join(RANDOM.permutation(words))}" for n in range(60)]
    path = write(tmp_path / "m.csv", "\n".join(rows) + "\n")
    found = draft(path, tmp_path)
    assert "small_with_texts" in found.text
    assert "texts: 'message', read word by word" in "\n".join(found.remarks)


def test_a_wide_table_has_a_short_definition(tmp_path: Path) -> None:
    wide = pd.DataFrame(RANDOM.normal(size=(60, 300)).round(2)).add_prefix("gene ")
    wide["same"], wide["y"] = 1, list("ab") * 30
    wide.to_csv(tmp_path / "w.csv", index=False)
    found = draft(tmp_path / "w.csv", tmp_path)
    assert len(found.text.splitlines()) < 110
    assert "numbers=300" in found.text
    dataset = data_of(found, tmp_path / "d")
    assert dataset.x.shape == (60, 300)
    assert dataset.feature_names[299] == "gene 299"


def test_rare_classes_choose_average_precision(tmp_path: Path) -> None:
    rows = [
        ["a", "y"],
        *[[round(float(RANDOM.normal()), 3), "no" if n % 20 else "yes"] for n in range(400)],
    ]
    benchmark = defined(draft(write(tmp_path / "r.csv", rows), tmp_path))
    assert benchmark.metric.name == "average_precision"
    assert [one.name for one in benchmark.also] == ["roc_auc", "accuracy"]
