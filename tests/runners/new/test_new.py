"""`make new`: a request becomes a benchmark that works, or an error that says why, and nothing."""

from __future__ import annotations

import gzip
import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Place, workshop
from new_help import asked, defined, diabetes, draft, wine, write

from benchmarks.data import Corrupt, DataError, Store
from runners.new import flow, names
from runners.new.request import Draft, Unclear

ROWS = [["size", "age", "grade"], *[[n * 7 % 23, n % 9 + 0.5, "ab"[n % 2]] for n in range(60)]]
"""Sixty rows, two numbers and two classes."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code with one benchmark, to put others beside it."""
    return workshop(tmp_path_factory.mktemp("shop"), "uci/wine")


def left(place: Place) -> list[Path]:
    """What a request left in the project and in the data folder."""
    family = place.code / "benchmarks" / "mine"
    return [*family.rglob("*"), *([family] if family.exists() else []), *place.data.rglob("*")]


def with_line(line: int, text: str) -> str:
    """The sixty rows with another line, counted from 1."""
    lines = [",".join(map(str, row)) for row in ROWS]
    lines[line - 1] = text
    return "\n".join(lines) + "\n"


# A request that can be met


def test_a_table_becomes_a_benchmark(shop: Path, tmp_path: Path) -> None:
    """Made, not made twice, made anew, and left as it was by a request that is refused."""
    place = Place(tmp_path, shop)
    wine().to_csv(tmp_path / "wine.csv", index=False)
    program = f"""
import sys
from pathlib import Path
from runners.__main__ import main
file, source = Path("benchmarks/mine/wine.py"), Path({str(tmp_path / "wine.csv")!r})
def new(*more):
    return main(["new", "mine/wine", "--from", {str(tmp_path / "wine.csv")!r}, *more])
codes = [new("--dry-run")]
assert not file.exists()
codes += [new(), new()]
first = file.read_bytes()
codes += [new("--force", "--target", "hue")]
assert b'target="hue"' in file.read_bytes()
codes += [new("--force", "--target", "nothing")]
assert b'target="hue"' in file.read_bytes()
codes += [new("--force")]
assert file.read_bytes() == first
file.write_text(first.decode().replace("lessons=", "# my own words\\n        lessons="))
rows = source.read_text()
source.write_text(rows + "".join(rows.splitlines(keepends=True)[1:31]))
codes += [new("--refresh")]
before = first.decode().replace("lessons=", "# my own words\\n        lessons=").splitlines()
changed = [(a, b) for a, b in zip(before, file.read_text().splitlines(), strict=True) if a != b]
assert len(changed) == 5, changed
heavy = [name for name in ("tensorflow", "keras", "mlflow", "optuna") if name in sys.modules]
print(codes, heavy, main(["list"]))
"""
    done = place.python("-c", program)
    assert done.stdout.splitlines()[-1] == "[0, 0, 2, 0, 2, 0, 0] [] 0", done.stdout + done.stderr
    assert done.stderr.count("error: ") == done.stderr.count("\n") == 2
    assert "FORCE=1" in done.stderr
    assert "make bench ONLY=mine/wine" in done.stdout
    assert "'cultivar', classification" in done.stdout
    assert "TARGET, classification" in done.stdout.split("wine.csv")[0]
    made = shop / "benchmarks/mine"
    files = sorted(path.name for path in made.glob("*") if path.is_file())
    assert files == ["wine.py", "wine.py.1.bak", "wine.py.2.bak"]
    assert 'target="hue"' in (made / "wine.py.2.bak").read_text()
    kept = sorted(path.name for path in place.data.rglob("*") if path.is_file())
    assert kept == ["wine.csv"] * 2 + ["wine.csv.receipt.json"] * 2
    shutil.rmtree(made)


# Names


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("churn", "received 'churn'"),
        ("Mine/Churn", "for example mine/churn"),
        ("mine/my_churn", "for example mine/my-churn"),
        ("mine/../churn", "received 'mine/../churn'"),
        ("../../etc/passwd", "received"),
        ("mine/churn/2", "received 'mine/churn/2'"),
        ("/mine/churn", "received"),
        ("", "received ''"),
        ("mine/churn\n", "received"),
        ("mine/a.b", "without dots"),
        ("my-own/churn", "letters and digits"),
        ("uci/churn", "such as mine/churn"),
        ("cifar/churn", "such as mine/churn"),
        ("timeseries/churn", "such as mine/churn"),
        ("toy/churn", "such as mine/churn"),
        ("data/churn", "benchmarks/data holds code"),
        ("entries/churn", "holds code"),
        ("training/churn", "holds code"),
        ("metrics/churn", "holds code"),
        ("mine/con", "'con' is a device on Windows"),
        ("nul/churn", "'nul' is a device on Windows"),
        ("mine/lpt1", "'lpt1' is a device on Windows"),
        ("mine/" + "x" * 300, "at most 60 characters before the slash and behind it"),
        ("y" * 300 + "/churn", "of 306 characters"),
    ],
)
def test_a_name_that_will_not_do(name: str, said: str) -> None:
    with pytest.raises(Unclear) as error:
        names.definition_file(name, names.Path(flow.registry.HERE))
    assert said in str(error.value)


def test_a_name_becomes_a_file_and_a_function(tmp_path: Path) -> None:
    assert names.definition_file("mine/my-churn", tmp_path) == tmp_path / "mine" / "my_churn.py"
    for name, function in {
        "mine/my-churn": "my_churn",
        "mine/class": "class_",
        "mine/2024-sales": "data_2024_sales",
        "mine/linear": "linear_",
    }.items():
        assert names.function_name(name) == function
        assert function.isidentifier()


# Bad input: what was expected, what was received, what to do


def workbook() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return packed.getvalue()


BAD: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    "empty": ("", ("is empty",)),
    "header only": ("size,age,grade\n", ("has a header and no rows",)),
    "one column": ("\n".join(map(str, ["grade", *range(60)])), ("at least two columns", "'grade'")),
    "another separator": ("\n".join(["a:b", *["1:2"] * 60]), ("at least two columns", "sign")),
    "one class": (
        "\n".join(["size,grade", *[f"{n},a" for n in range(60)]]),
        ("no column can be a target", "constant", "identifier", "TARGET=…"),
    ),
    "few rows": ("\n".join(["size,grade", *["1,a", "2,b"] * 6]), ("at least 20 rows", "12")),
    "rare class": (with_line(2, "3,4.5,c"), ("at least 5 rows", "'c' (1)", "join them")),
    "ragged": (with_line(17, "1,2"), ("3 cells", "received 2", "line 17", "quote cells")),
    "NUL byte": (with_line(9, "1,\0,a"), ("NUL byte in line 9", "UTF-8")),
    "web page": ("<!DOCTYPE html><html><body>sign in</body></html>", ("a web page", "download")),
    "workbook": (workbook(), ("workbook (.xlsx)", "save the sheet as CSV")),
    "old workbook": (b"\xd0\xcf\x11\xe0" + bytes(600), ("(.xls)", "save the sheet as CSV")),
    "PDF": (b"%PDF-1.7\n" + bytes(10), ("a PDF", "export")),
    "gzip cut short": (gzip.compress(b"a,b\n1,2\n" * 99)[:-9], ("cannot be unpacked",)),
    "100,000 columns": (
        ",".join(f"c{n}" for n in range(100_000)) + "\n" + ",".join(["1"] * 100_000) + "\n",
        ("at most 5,000 columns", "100,000", "leave out"),
    ),
    "all dates": (
        "\n".join(
            ["day,when", *[f"2024-01-{n % 28 + 1:02},2023-02-0{n % 9 + 1}" for n in range(60)]]
        ),
        ("no column can be a target", "TARGET"),
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_named_with_the_reason(what: str, tmp_path: Path) -> None:
    content, said = BAD[what]
    path = tmp_path / "bad.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises((Unclear, Corrupt)) as error:
        draft(path, tmp_path)
    for words in said:
        assert words in str(error.value)


def test_one_value_in_the_target_is_nothing_to_tell_apart(tmp_path: Path) -> None:
    path = write(tmp_path / "one.csv", [["size", "grade"], *[[n % 7, "a"] for n in range(60)]])
    with pytest.raises(Unclear, match="one value in every row that has one, 'a'"):
        draft(path, tmp_path, target="grade")


def test_a_target_without_any_value_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "none.csv", [["size", "grade"], *[[n % 7, "n/a"] for n in range(60)]])
    with pytest.raises(Unclear, match="the target, has no value in any row"):
        draft(path, tmp_path, target="grade")


def test_words_among_numbers_are_named_with_their_lines(tmp_path: Path) -> None:
    rows = [["size", "age", "grade"], *[[n, n / 7, "ab"[n % 2]] for n in range(100)]]
    rows[12][1], rows[40][1], rows[50][1] = "12 years", "n/a", "old"
    with pytest.raises(Unclear) as error:
        draft(write(tmp_path / "mixed.csv", rows), tmp_path)
    for words in ("column 'age'", "'12 years' in line 13", "'old' in line 51", "correct"):
        assert words in str(error.value)
    assert "n/a" not in str(error.value)


def test_dates_that_are_none_are_named_with_their_line(tmp_path: Path) -> None:
    days = [[f"2024-{n % 12 + 1:02}-{n % 28 + 1:02}", n % 7, "ab"[n % 2]] for n in range(60)]
    days[30][0] = "2024-13-45"
    with pytest.raises(Unclear) as error:
        draft(write(tmp_path / "days.csv", [["day", "size", "grade"], *days]), tmp_path)
    for words in ("'day'", "'2024-13-45'", "line 32"):
        assert words in str(error.value)


def test_a_ten_gigabyte_file_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.write(b"size,grade\n1,a\n")
        file.truncate(10 * 1000**3)
    with pytest.raises(Corrupt, match=r"GB of memory.*sample of its rows"):
        draft(path, tmp_path)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("target", "grad", "perhaps 'grade'?"),
        ("target", "nothing like it", "the first columns are 'size', 'age'"),
        ("task", "clustering", "expected one of classification, regression, forecast"),
        ("task", "regression", "column 'grade' holds words"),
        ("metric", "acuracy", "perhaps accuracy"),
        ("metric", "r2", "METRIC=r2 does not score a classification"),
        ("metric", "rmse", "expected a scorer of scikit-learn, received 'rmse'"),
    ],
)
def test_an_option_that_does_not_fit(option: str, value: str, said: str, tmp_path: Path) -> None:
    path = write(tmp_path / "some.csv", ROWS)
    with pytest.raises(Unclear) as error:
        draft(path, tmp_path, **{option: value})
    assert said in str(error.value)


def test_what_is_not_there_is_named_with_near_misses(tmp_path: Path) -> None:
    write(tmp_path / "churn.csv", ROWS)
    with pytest.raises(Unclear, match=r"does not exist; perhaps .*churn\.csv\?"):
        draft(tmp_path / "chrun.csv", tmp_path)
    with pytest.raises(Unclear, match="is there, and nothing below it"):
        draft(tmp_path / "folder" / "churn.csv", tmp_path)
    (tmp_path / "link.csv").symlink_to("nowhere.csv")
    with pytest.raises(Unclear, match=r"is a link to nowhere\.csv, and nothing is there"):
        draft(tmp_path / "link.csv", tmp_path)
    for nothing in ("", "a\0b"):
        with pytest.raises(Unclear, match="FROM: expected a CSV"):
            draft(nothing, tmp_path)


def test_a_link_to_a_table_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    write(tmp_path / "there" / "real.csv", ROWS)
    (tmp_path / "link.csv").symlink_to(tmp_path / "there" / "real.csv")
    assert draft(tmp_path / "link.csv", tmp_path).copy is not None


def test_a_file_one_may_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "secret.csv", ROWS)
    monkeypatch.setattr("os.access", lambda *_: False)  # a superuser may read everything
    with pytest.raises(Unclear, match="may not be read; allow it"):
        draft(path, tmp_path)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "it is empty"),
        ({"notes.md": "", "b.json": ""}, "it holds 'b.json', 'notes.md'"),
        ({"a.csv": "", "b.tsv": ""}, "found 2 other tables; give the file itself, FROM="),
        ({"a.png": "", "b.jpg": ""}, "holds 2 images and no folders"),
    ],
)
def test_a_folder_with_nothing_known_in_it(
    files: dict[str, str], said: str, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, text in files.items():
        write(folder / name, text)
    with pytest.raises(Unclear) as error:
        draft(folder, tmp_path)
    assert said in str(error.value)


def test_one_picture_is_no_benchmark(tmp_path: Path) -> None:
    with pytest.raises(Unclear, match="is one image"):
        draft(write(tmp_path / "cat.png", "x"), tmp_path)


# Nothing half-made


@pytest.mark.parametrize("what", ["empty", "ragged", "rare class"])
def test_a_refused_request_leaves_nothing(what: str, shop: Path, tmp_path: Path) -> None:
    place = Place(tmp_path, shop)
    content = BAD[what][0]
    assert isinstance(content, str)
    done = place.command("new", "mine/bad", "--from", str(write(tmp_path / "bad.csv", content)))
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert left(place) == []


def failing(step: str) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt(step)

    return fail


@pytest.mark.parametrize("step", ["load_definition", "load", "score_baseline"])
def test_an_interrupted_request_leaves_nothing(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted behind each step: the file, the registry, the data."""
    store = Store(tmp_path / "data", offline=True)
    place = tmp_path / "benchmarks" / "mine" / "x.py"
    place.parent.parent.mkdir()
    found = draft(write(tmp_path / "some.csv", ROWS), tmp_path)
    monkeypatch.setattr(flow, "load_definition", lambda name: defined(found))
    monkeypatch.setattr(flow, step, failing(step))
    with pytest.raises(KeyboardInterrupt):
        flow.write(place, "mine/x", found, store)
    assert not place.parent.exists()
    assert not store.folder.exists()


def test_a_definition_that_was_there_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "benchmarks" / "mine" / "x.py"
    place.parent.mkdir(parents=True)
    place.write_text("as it was")
    monkeypatch.setattr(flow, "load_definition", failing("load_definition"))
    found = draft(write(tmp_path / "some.csv", ROWS), tmp_path)
    with pytest.raises(KeyboardInterrupt):
        flow.write(place, "mine/x", found, Store(tmp_path / "data", offline=True))
    assert place.read_text() == "as it was"
    assert [path.name for path in place.parent.iterdir()] == ["x.py"]


def test_a_data_folder_that_cannot_be_written_to_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    place = tmp_path / "benchmarks" / "mine" / "x.py"
    place.parent.parent.mkdir()
    found = draft(write(tmp_path / "some.csv", ROWS), tmp_path)
    with pytest.raises((OSError, DataError)):
        flow.write(place, "mine/x", found, Store(tmp_path / "data", offline=True))
    assert not place.parent.exists()


# Asking


def test_several_columns_that_could_be_it_are_listed(tmp_path: Path) -> None:
    rows = [["label", "class", "note"], *[["ab"[n % 2], "cd"[n % 3 > 0], "x"] for n in range(60)]]
    path = write(tmp_path / "two.csv", rows)
    with pytest.raises(Unclear, match=r"Expected one of label, class; say TARGET=…"):
        draft(path, tmp_path)
    questions = []

    def choose(question: str, choices: object) -> str:
        questions.append((question, choices))
        return "label"

    assert 'target="label"' in draft(path, tmp_path, choose=choose).text
    assert questions == [("Which column is to be predicted?", ["label", "class"])]


def test_whole_numbers_that_could_be_classes_or_amounts_are_asked_about(tmp_path: Path) -> None:
    rows = [["size", "grade"], *[[n * n % 31, n % 15] for n in range(300)]]
    path = write(tmp_path / "whole.csv", rows)
    with pytest.raises(Unclear, match=r"15 different whole numbers.*say TASK=…"):
        draft(path, tmp_path)
    assert 'task="regression"' in draft(path, tmp_path, task="regression").text
    assert 'task="classification"' in draft(path, tmp_path, task="classification").text


@pytest.mark.parametrize(("typed", "chosen"), [("2\n", "class"), ("label\n", "label")])
def test_the_person_at_the_terminal_chooses(
    typed: str,
    chosen: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert flow.ask("Which \x1b[31mone?", ["label", "class"]) == chosen
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "2  class" in shown


@pytest.mark.parametrize("typed", ["", "3\n", "0\n", "neither\n", "²\n"])
def test_an_answer_that_is_none_of_the_choices(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    with pytest.raises(Unclear, match="a number from 1 to 2"):
        flow.ask("Which?", ["label", "class"])


def test_a_regression_is_found(tmp_path: Path) -> None:
    diabetes().to_csv(tmp_path / "diabetes.csv", index=False)
    found: Draft = draft(tmp_path / "diabetes.csv", tmp_path)
    assert "regression" in found.remarks[1]
    assert 'rmse("target")' in found.text
    assert asked("x", tmp_path).task == ""
