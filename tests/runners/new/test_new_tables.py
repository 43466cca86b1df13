"""What `make new` sees in a table, decides by it and writes down."""

from __future__ import annotations

import ast
import csv
import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from new_help import data_of, defined, diabetes, draft, in_house_style, wine, write

from benchmarks.data import Corrupt
from benchmarks.data.own.frames import Frame, read_frame
from benchmarks.data.own.tables import Columns
from benchmarks.definition import Benchmark
from runners import source_code
from runners.new import choices, rendering, targets
from runners.new import columns as look
from runners.new.request import Draft, Request, Unclear
from runners.new.tables import leakage

RANDOM = np.random.default_rng(3)
N = 200


def table(**columns: Any) -> Frame:
    """A table of text made of columns of any values; None is an empty cell."""
    import pandas as pd

    cells = {
        name: ["" if v is None else str(v) for v in values] for name, values in columns.items()
    }
    frame = pd.DataFrame(cells, dtype=str)
    return Frame(frame, "made.csv", ",", "utf-8", np.arange(2, len(frame) + 2))


def kinds(frame: Frame) -> dict[str, str]:
    return {column.name: column.kind for column in look.describe_columns(frame)}


def columns_of(found: Draft) -> Columns:
    """The columns that the text of a draft names."""
    tree = ast.parse(found.text)
    (node,) = [n for n in tree.body if isinstance(n, ast.Assign)]
    return eval(ast.unparse(node.value), {"Columns": Columns})


def made(frame: Frame, tmp_path: Path, **asked: Any) -> Draft:
    frame.table.to_csv(tmp_path / "made.csv", index=False)
    return draft(tmp_path / "made.csv", tmp_path, **asked)


# Columns


def test_every_kind_of_column_is_told_from_the_others() -> None:
    words = ["".join(RANDOM.choice(list("abcdef"), 6)) for _ in range(N)]
    frame = table(
        number=RANDOM.normal(size=N),
        whole=RANDOM.integers(0, 50, N),
        flag=RANDOM.integers(0, 2, N),
        answer=RANDOM.choice(["yes", "No"], N),
        colour=RANDOM.choice(["red", "green", None], N),
        day=[f"{n % 28 + 1:02}.03.2024" for n in range(N)],
        code=[f"k{n:04}" for n in range(N)],
        counter=range(10, N + 10),
        customerId=RANDOM.permutation(10 * N)[:N],
        note=[
            f"{a} {b} and some more words than a category would ever have"
            for a, b in zip(words, reversed(words), strict=True)
        ],
        ticket=[*words[:150], *words[:50]],
        same=["x"] * N,
        nothing=["n/a", None] * (N // 2),
    )
    assert kinds(frame) == {
        "number": "number",
        "whole": "number",
        "flag": "yes/no",
        "answer": "yes/no",
        "colour": "category",
        "day": "date",
        "code": "identifier",
        "counter": "identifier",
        "customerId": "identifier",
        "note": "text",
        "ticket": "text",
        "same": "constant",
        "nothing": "empty",
    }


@pytest.mark.parametrize("name", ["id", "ID", "user_id", "userId", "PassengerID", "row id", "uuid"])
def test_a_name_may_say_that_a_column_identifies(name: str) -> None:
    frame = table(**{name: RANDOM.permutation(10 * N)[:N]})
    assert kinds(frame) == {name: "identifier"}


@pytest.mark.parametrize("name", ["paid", "humidity", "acid", "valid", "grid", "width"])
def test_a_word_that_ends_in_id_is_no_identifier(name: str) -> None:
    frame = table(**{name: RANDOM.integers(0, 10 * N, 2 * N)})
    assert kinds(frame) == {name: "number"}


def test_dates_that_can_be_read_in_two_ways_are_left_out_and_said() -> None:
    (column,) = look.describe_columns(
        table(day=[f"0{n % 9 + 1}/0{n % 7 + 1}/2024" for n in range(N)])
    )
    assert column.kind == "text"
    assert "2 ways" in column.remark
    assert "2024-12-31" in column.remark


def test_an_infinite_number_is_a_slip() -> None:
    with pytest.raises(Unclear, match="something else in 1: 'inf' in line 9"):
        look.describe_columns(table(size=[n / 3 if n != 7 else "inf" for n in range(N)]))


CELLS = st.one_of(
    st.text(max_size=12),
    st.integers(-999, 999).map(str),
    st.floats(-10, 10).map(str),
    st.sampled_from(["", "n/a", "?", "yes", "no", "2024-01-31", "31/01/2024", "1,5", "NaN"]),
)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=40))
@settings(max_examples=60)
def test_whatever_the_cells_a_column_has_one_kind_or_its_slips_are_named(
    rows: list[list[str]],
) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["a", "b", "c"], *rows])
    frame = table(**{name: [row[n].strip() for row in rows] for n, name in enumerate("abc")})
    try:
        found = look.describe_columns(frame)
    except Unclear as error:
        assert "column" in str(error)  # noqa: PT017
        return
    assert [column.name for column in found] == ["a", "b", "c"]
    for column in found:
        known = look.known_cells(frame, column.name)
        assert column.missing == len(rows) - len(known)
        assert column.values <= len(known)
        if column.kind in ("number", "date"):
            source = {"numbers" if column.numeric else "dates": [column.name]}
            from benchmarks.data.own.tables import features

            assert len(features(frame, Columns(**source), {})) == len(rows)


# Target and task


@pytest.mark.parametrize(
    ("names", "name", "target"),
    [
        (["size", "grade", "Target"], "mine/x", "Target"),
        (["class", "size", "grade"], "mine/x", "class"),
        (["label", "size", "y"], "mine/x", "y"),
        (["size", "churn rate", "grade"], "mine/churn-rate", "churn rate"),
        (["size", "age", "grade"], "mine/x", "grade"),
    ],
)
def test_the_target_is_guessed_by_name_or_place(names: list[str], name: str, target: str) -> None:
    frame = table(**{one: RANDOM.choice(["a", "b"], N) for one in names})
    found = targets.find(frame, look.describe_columns(frame), Request(name, "x", work=Path()))
    assert found.name == target


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        (["no", "yes"], "classification", ("no", "yes")),
        (["Yes", "No"], "classification", ("No", "Yes")),
        ([1, 0], "classification", ("0", "1")),
        (["10", "9", "2"], "classification", ("2", "9", "10")),
        (["b", "a", "c"], "classification", ("a", "b", "c")),
        ([0.5, 1.5, 2.5], "regression", ()),
        (list(range(50)), "regression", ()),
    ],
)
def test_the_task_is_guessed_by_the_values(
    values: list[Any], task: str, classes: tuple[str, ...]
) -> None:
    frame = table(size=RANDOM.normal(size=N), y=[values[n % len(values)] for n in range(N)])
    found = targets.find(frame, look.describe_columns(frame), Request("mine/x", "x", work=Path()))
    assert (found.task, found.classes) == (task, classes)


def test_of_two_classes_the_rare_one_is_what_is_looked_for() -> None:
    frame = table(size=RANDOM.normal(size=N), y=["a" if n % 5 == 0 else "b" for n in range(N)])
    found = targets.find(frame, look.describe_columns(frame), Request("mine/x", "x", work=Path()))
    assert (found.classes, found.counts) == (("b", "a"), (160, 40))


# What makes a score too good


def test_a_column_that_tells_the_target_is_a_suspect(tmp_path: Path) -> None:
    y = np.arange(N) % 3 % 2
    frame = table(
        size=RANDOM.normal(size=N),
        after=y * 10 + RANDOM.normal(size=N),
        outcome_code=RANDOM.integers(0, 9, N),
        y=y,
    )
    found = made(frame, tmp_path)
    (line,) = [line for line in found.remarks if "alone predicts" in line]
    assert line.startswith("! 'after' alone predicts the target (AUC 1.000)")
    assert "after" in columns_of(found).numbers
    assert "'after' alone predicts the target" in defined(found).lessons
    assert any("'outcome_code': made from the target" in line for line in found.remarks)


def test_a_number_that_is_the_amount_but_for_noise_is_a_suspect() -> None:
    amount = RANDOM.normal(size=N)
    frame = table(euro=amount * 1.17 + 1e-4 * RANDOM.normal(size=N), other=RANDOM.normal(size=N),
                  y=amount)  # fmt: skip
    columns = look.describe_columns(frame)
    target = targets.find(frame, columns, Request("mine/x", "x", work=Path()))
    assert [one.name for one in leakage.leaks(frame, columns[:-1], target)] == ["euro"]


def test_gaps_that_tell_the_target_are_a_suspect() -> None:
    y = np.arange(N) % 2
    frame = table(paid=[None if one else RANDOM.normal() for one in y], y=y)
    columns = look.describe_columns(frame)
    target = targets.find(frame, columns, Request("mine/x", "x", work=Path()))
    assert [one.name for one in leakage.leaks(frame, columns[:-1], target)] == ["paid"]


def test_the_target_in_other_words_is_left_out(tmp_path: Path) -> None:
    y = np.arange(N) % 3
    frame = table(size=RANDOM.normal(size=N), word=np.array(["x", "y", "z"])[y], y=y)
    found = made(frame, tmp_path)
    assert "left out: 'word' (the target in other words)" in found.remarks
    assert columns_of(found) == Columns(numbers=("size",))


def test_noise_is_no_suspect() -> None:
    frame = table(a=RANDOM.normal(size=N), b=RANDOM.choice(list("uvw"), N),
                  y=RANDOM.normal(size=N))  # fmt: skip
    columns = look.describe_columns(frame)
    target = targets.find(frame, columns, Request("mine/x", "x", work=Path()))
    assert leakage.leaks(frame, columns[:-1], target) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=10, max_size=40))
@settings(max_examples=50)
def test_copies_and_contradictions_are_counted(rows: list[tuple[int, int]]) -> None:
    import pandas as pd

    x, y = pd.DataFrame({"a": [r[0] for r in rows]}), np.array([r[1] for r in rows])
    halves = np.arange(len(rows)) % 2 == 0
    folds = [(np.flatnonzero(halves), np.flatnonzero(~halves))]
    folds.append((folds[0][1], folds[0][0]))
    found = leakage.duplicate_rows(x, y, folds)
    assert found.copies == len(rows) - len(set(rows))
    answers = {a: {other for b, other in rows if b == a} for a, _ in rows}
    assert found.conflicting == sum(len(answers[a]) > 1 for a, _ in rows)
    trains = [{rows[n][0] for n in train} for train, _ in folds]
    across = sum(
        rows[n][0] in seen
        for (_, test), seen in zip(folds, trains, strict=True)
        for n in test.tolist()
    )
    assert found.across == across


def test_twins_are_said(tmp_path: Path) -> None:
    rows = [[n % 50, (n * 7) % 13, "ab"[n * n % 7 % 2]] for n in range(100)]
    found = draft(write(tmp_path / "twice.csv", [["size", "age", "grade"], *rows * 2]), tmp_path)
    (line,) = [line for line in found.remarks if "copies of others" in line]
    assert line.startswith("! 100 of the 200 rows are copies of others; about ")


# Protocol and metric


def test_few_rows_are_drawn_three_times_and_many_once(tmp_path: Path) -> None:
    small = table(size=RANDOM.normal(size=N), y=RANDOM.integers(0, 2, N))
    large = table(size=RANDOM.normal(size=1200), y=RANDOM.normal(size=1200))
    assert defined(made(small, tmp_path)).protocol.id == "RepeatedStratifiedKFold-5x3"
    assert defined(made(large, tmp_path)).protocol.id == "KFold-5"


def test_rows_in_the_order_of_time_are_judged_in_it(tmp_path: Path) -> None:
    days = np.datetime64("2024-01-01") + np.arange(N)
    size, y = RANDOM.normal(size=N), RANDOM.integers(0, 2, N)
    found = made(table(day=days, size=size, y=y), tmp_path)
    benchmark = defined(found)
    assert benchmark.protocol.id == "TimeSeriesSplit-5"
    splits = benchmark.protocol.splits(data_of(found, tmp_path / "data"))
    assert all(split.train.max() < split.test.min() for split in splits)
    assert all(len(split.train) > len(split.test) for split in splits)
    mixed = made(table(day=RANDOM.permutation(days), size=size, y=y), tmp_path)
    assert defined(mixed).protocol.id == "RepeatedStratifiedKFold-5x3"
    assert any("sort the file by time" in line for line in mixed.remarks)


def test_rows_of_one_case_stay_together(tmp_path: Path) -> None:
    patient = [f"p{n % 40}" for n in range(N)]
    frame = table(patient_id=patient, size=RANDOM.normal(size=N), y=RANDOM.integers(0, 2, N))
    found = made(frame, tmp_path)
    benchmark = defined(found)
    assert benchmark.protocol.id == "StratifiedGroupKFold-5"
    assert columns_of(found) == Columns(numbers=("size",))
    dataset = data_of(found, tmp_path / "data")
    for split in benchmark.protocol.splits(dataset):
        assert not {patient[n] for n in split.train} & {patient[n] for n in split.test}


@pytest.mark.parametrize(
    ("shares", "metric", "also"),
    [
        ((100, 100), "accuracy", []),
        ((160, 40), "roc_auc", ["accuracy"]),
        ((80, 70, 50), "accuracy", []),
        ((100, 80, 20), "balanced_accuracy", ["accuracy"]),
    ],
)
def test_the_metric_follows_the_classes(
    shares: tuple[int, ...], metric: str, also: list[str], tmp_path: Path
) -> None:
    y = RANDOM.permutation([name for name, n in zip("abc", shares, strict=False) for _ in range(n)])
    found = defined(made(table(size=RANDOM.normal(size=N), y=y), tmp_path))
    assert found.metric.name == metric
    assert [one.name for one in found.also] == also


@pytest.mark.parametrize(
    ("asked", "name", "direction", "unit"),
    [
        ("", "rmse", "min", "progress"),
        ("mae", "mae", "min", "progress"),
        ("r2", "r2", "max", ""),
        ("neg_median_absolute_error", "median_absolute_error", "min", "progress"),
        ("neg_mean_squared_error", "mean_squared_error", "min", ""),
    ],
)
def test_a_metric_of_numbers_is_taken_by_name(
    asked: str, name: str, direction: str, unit: str, tmp_path: Path
) -> None:
    diabetes().rename(columns={"target": "progress"}).to_csv(tmp_path / "d.csv", index=False)
    found = defined(draft(tmp_path / "d.csv", tmp_path, metric=asked))
    assert (found.metric.name, found.metric.direction, found.metric.unit) == (name, direction, unit)
    assert found.margin > 0


def test_every_metric_of_classes_can_be_asked_for() -> None:
    target = targets.Target("y", "classification", "", ("a", "b"), (50, 50))
    for name in ("accuracy", "f1", "roc_auc", "neg_log_loss", "average_precision", "recall"):
        assert choices.measure(target, name).metric.name == name.removeprefix("neg_")
    for name in ("r2", "neg_mean_absolute_error", "no_such", "rmse"):
        with pytest.raises(Unclear, match=name):
            choices.measure(target, name)


# The file


def test_a_definition_says_what_was_found(tmp_path: Path) -> None:
    """Rows without a target, gaps, categories, a date and an identifier: all the way to arrays."""
    rows = 120
    frame = table(
        key=[f"k{n}" for n in range(rows)],
        size=[None if n % 7 == 0 else n / 3 for n in range(rows)],
        colour=[["red", "green", "?", ""][n % 4] for n in range(rows)],
        born=[f"{1950 + n % 50}-0{n % 9 + 1}-11" for n in range(rows)],
        grade=["" if n % 10 == 0 else "ab"[n % 3 > 0] for n in range(rows)],
    )
    found = made(frame, tmp_path)
    benchmark, dataset = defined(found), data_of(found, tmp_path / "data")
    assert columns_of(found) == Columns(("size",), {"colour": 2}, ("born",))
    assert len(dataset.y) == 108
    assert dataset.x.shape == benchmark.data.shape
    assert benchmark.headline.kind == "keras"
    assert benchmark.search is not None
    assert "12 rows without a target are left out" in "\n".join(found.remarks)
    assert "'key' (every value differs)" in benchmark.lessons
    assert len(found.remarks) <= 40


@pytest.mark.parametrize(
    ("separator", "decimal", "encoding"),
    [
        (",", ".", "utf-8"),
        (";", ",", "latin-1"),
        ("\t", ".", "utf-16"),
        ("|", ".", "utf-8-sig"),
        (";", ".", "cp1252"),
    ],
)
def test_any_separator_and_encoding_gives_the_same_benchmark(
    separator: str, decimal: str, encoding: str, tmp_path: Path
) -> None:
    frame = wine().rename(columns={"alcohol": "Größe in m²"}).replace({"one": "Öl", "two": "Käse"})
    plain, other = tmp_path / "plain.csv", tmp_path / "other.csv"
    frame.to_csv(plain, index=False)
    frame.to_csv(other, index=False, sep=separator, decimal=decimal, encoding=encoding)
    first, second = draft(plain, tmp_path), draft(other, tmp_path)
    one, two = data_of(first, tmp_path / "one"), data_of(second, tmp_path / "two")
    assert one.digest == two.digest
    assert one.class_names == two.class_names == ("Käse", "three", "Öl")


def test_a_parquet_file_gives_the_same_benchmark(tmp_path: Path) -> None:
    wine().to_csv(tmp_path / "wine.csv", index=False)
    wine().to_parquet(tmp_path / "wine.parquet")
    one = data_of(draft(tmp_path / "wine.csv", tmp_path), tmp_path / "one")
    two = data_of(draft(tmp_path / "wine.parquet", tmp_path), tmp_path / "two")
    assert one.digest == two.digest


HOSTILE = [
    'a"); import os  #',
    "b'''\"\"\"\\",
    "c\x1b[31m\u202egnp",
    "../../etc/passwd",
    "{x} %s ${HOME}",
    "名前" * 30,
    "d" * 300,
    "e \\N{BULLET} \\x41",
    "f'g\"h",
]
JINJA = [
    "{{ 7 * 7 }}",
    "{% if false %}",
    "{# a remark #}",
    "{{ ''.__class__.__mro__ }}",
    "{% raw %}",
    "}} %} #}",
    '{{ "',
]
"""What a template would run, had it been part of one."""


def test_names_from_the_file_stay_in_their_quotes(tmp_path: Path) -> None:
    """Column names, categories and classes, to the letter, in a file that ruff has nothing on."""
    import pandas as pd

    values = {name: RANDOM.normal(size=N) for name in HOSTILE[:6]}
    values |= {name: RANDOM.choice(HOSTILE[:3], N) for name in HOSTILE[6:8]}
    values[HOSTILE[8]] = RANDOM.choice(['"""', "it's"], N)
    path = tmp_path / "hostile.csv"
    pd.DataFrame(values).to_csv(path, index=False)
    found = draft(path, tmp_path)
    assert columns_of(found).numbers == tuple(HOSTILE[:6])
    assert list(columns_of(found).categories) == list(HOSTILE[6:8])
    assert set(data_of(found, tmp_path / "d").class_names) == {'"""', "it's"}
    in_house_style({"hostile.py": found.text}, tmp_path)


def test_templates_run_nothing_of_a_file(tmp_path: Path) -> None:
    """Names and classes in the syntax of templates arrive to the letter."""
    import pandas as pd

    values = {name: RANDOM.normal(size=N) for name in JINJA[:4]}
    values |= {name: RANDOM.choice(JINJA[:3], N) for name in JINJA[4:6]}
    values[JINJA[6]] = RANDOM.choice(["{{ yes }}", "{% no %}"], N)
    path = tmp_path / "{{ 7 * 7 }}.csv"
    pd.DataFrame(values).to_csv(path, index=False)
    found = draft(path, tmp_path)
    assert columns_of(found).numbers == tuple(JINJA[:4])
    assert list(columns_of(found).categories) == JINJA[4:6]
    assert set(data_of(found, tmp_path / "d").class_names) == {"{{ yes }}", "{% no %}"}
    assert "49" not in found.text
    in_house_style({"jinja.py": found.text}, tmp_path)


def test_a_file_of_an_odd_name_is_kept_under_a_plain_one(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = write(
        folder / "a'b\"\n.csv", [["size", "grade"], *[[n % 9, "ab"[n % 2]] for n in range(60)]]
    )
    found = draft(path, tmp_path)
    assert found.copy is not None
    assert [file.name for file in found.copy.files] == ["x.csv"]
    assert all("\n" not in line for line in found.remarks)
    assert len(data_of(found, tmp_path / "data").y) == 60


def test_every_kind_of_definition_is_in_house_style(tmp_path: Path) -> None:
    """Classes and numbers, groups, time, many columns, long names, every metric we have."""
    wide = table(**{f"a fairly long name of column {n}": RANDOM.normal(size=N) for n in range(60)},
                 y=RANDOM.integers(0, 2, N))  # fmt: skip
    days = np.datetime64("2024-01-01") + np.arange(N)
    frames = {
        "wide": (wide, {}),
        "time": (table(day=days, size=RANDOM.normal(size=N), y=RANDOM.normal(size=N)), {}),
        "group": (
            table(
                user_id=RANDOM.integers(0, 40, N), a=RANDOM.normal(size=N), y=RANDOM.normal(size=N)
            ),
            {"metric": "r2"},
        ),
        "rare": (table(a=RANDOM.normal(size=N), y=["a"] * 170 + ["b"] * 30), {}),
        "three": (table(a=RANDOM.normal(size=N), y=["a", "b"] * 90 + ["c"] * 20), {}),
        "many": (table(a=RANDOM.normal(size=N), y=[f"class {n % 35}" for n in range(N)]), {}),
        "words": (
            table(
                a=RANDOM.choice(list("uvw"), N), b=RANDOM.normal(size=N), y=RANDOM.normal(size=N)
            ),
            {},
        ),
        "f1": (table(a=RANDOM.normal(size=N), y=["a", "b"] * 100), {"metric": "f1"}),
    }
    texts = {f"{n}.py": made(f, tmp_path, **more).text for n, (f, more) in frames.items()}
    in_house_style(texts, tmp_path)


TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("'\"\\ \n{}#é漢")), max_size=120)
VALUES = st.recursive(
    st.one_of(
        TEXTS,
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=5).map(tuple),
        st.dictionaries(TEXTS, inner, max_size=4),
    ),
    max_leaves=12,
)


@given(VALUES)
def test_a_value_is_written_as_what_it_is(value: Any) -> None:
    lines = source_code.broken(f"    x={source_code.literal(value)},")
    call = ast.parse(f"f(\n{lines}\n)", mode="eval").body
    assert isinstance(call, ast.Call)
    assert repr(ast.literal_eval(call.keywords[0].value)) == repr(value)


@given(TEXTS)
def test_a_literal_is_its_text_and_stays_on_its_line(text: str) -> None:
    written = source_code.literal(text)
    assert ast.literal_eval(written) == text
    assert len(written.splitlines()) == 1
    assert written.isprintable()


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (math.inf, TypeError),
        (math.nan, TypeError),
        ({1, 2}, TypeError),
        (np.float32(0.5), TypeError),
        (object(), TypeError),
        (source_code.Name("x); import os"), ValueError),
        (source_code.Call("os.system('x') or f"), ValueError),
        (source_code.Call("f", keywords={"a=1, b": 2}), ValueError),
    ],
)
def test_what_is_no_literal_is_refused(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="expected"):
        source_code.literal(value)


@pytest.mark.parametrize("text", ['"', "\n", "{{ x }}", "a'''", "名", "x\u202e", "#", "\\"])
def test_only_plain_text_stands_outside_quotes(text: str) -> None:
    with pytest.raises(ValueError, match="expected letters"):
        rendering.plain(text)
    with pytest.raises(ValueError, match="expected an identifier"):
        rendering.names([text])
    assert all(line.strip().startswith("# ") for line in rendering.comment(text).splitlines())


def test_calls_are_laid_out_as_ruff_does(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    signs = ["a", "word ", "'", '"', "\\", "\n", "é", "漢", "\u202e", "{x}", "x" * 30, "e\u0301"]

    def text() -> str:
        return "".join(random.choice(signs, random.integers(0, 50)))

    def value() -> object:
        some = [text() for _ in range(random.integers(0, 6))]
        kinds = (text(), some, tuple(some), source_code.Call("f", tuple(some)))
        return kinds[random.integers(0, 4)]

    lines = []
    for number in range(60):
        options = {f"option_{n}": value() for n in range(random.integers(1, 5))}
        call = source_code.literal(source_code.Call("made", keywords=options))
        lines.append(source_code.broken(f"    x{number}={call},"))
    head = ['"""Expressions."""', "", "from here import f, made", "", "together = made("]
    in_house_style({"expressions.py": "\n".join([*head, *lines, ")"]) + "\n"}, tmp_path)


# A competition's folder


def competition(folder: Path, **files: str) -> Path:
    """A folder with train.csv of sixty rows, and other files."""
    folder.mkdir()
    train = [["Id", "size", "colour", "Price"]]
    train += [[n + 1, n * 7 % 23, "rgb"[n % 3], n * 13 % 47 + 0.5] for n in range(60)]
    test = [["Id", "size", "colour"], *[[n + 100, n, "rgz"[n % 3]] for n in range(20)]]
    sample = [["Id", "Price"], *[[n + 100, 0] for n in range(20)]]
    write(folder / "train.csv", train)
    write(folder / "test.csv", test)
    write(folder / "sample_submission.csv", sample)
    for name, text in files.items():
        write(folder / name.replace("_csv", ".csv"), text)
    return folder


def test_a_competition_says_itself_what_is_to_be_predicted(tmp_path: Path) -> None:
    folder = competition(tmp_path / "kaggle")
    found = draft(folder, tmp_path)
    benchmark = defined(found)
    assert benchmark.task == "regression"
    assert columns_of(found) == Columns(numbers=("size",), categories={"colour": 3})
    assert benchmark.data.values["target"] == "Price"
    assert set(benchmark.data.values["own"]) == {"train.csv", "test.csv", "sample_submission.csv"}
    assert len(data_of(found, tmp_path / "data").y) == 60
    kept = [path.name for path in (tmp_path / "data").rglob("*.csv")]
    assert sorted(kept) == ["sample_submission.csv", "test.csv", "train.csv"]
    said = "\n".join(found.remarks)
    assert "'Id' (it names the rows of the submission)" in said
    assert "! 'colour' has values in test.csv that train.csv lacks: 'z'" in said
    assert found.copy is not None
    assert found.copy.files == benchmark.data.copies[0].files
    in_house_style({"kaggle.py": found.text}, tmp_path)


def test_columns_the_test_rows_lack_are_left_out(tmp_path: Path) -> None:
    folder = competition(tmp_path / "kaggle")
    rows = (folder / "train.csv").read_text().splitlines()
    more = [f"{row},{'after' if n == 0 else n * 3 % 7}" for n, row in enumerate(rows)]
    write(folder / "train.csv", "\n".join(more) + "\n")
    found = draft(folder, tmp_path)
    assert "after" not in columns_of(found).names
    assert "left out: 'after' (test.csv does not have it)" in found.remarks
    (folder / "sample_submission.csv").unlink()
    with pytest.raises(Unclear, match=r"several columns .* lacks.*Price, after; say TARGET"):
        draft(folder, tmp_path)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = competition(tmp_path / "kaggle")
    (folder / "test.csv").rename(tmp_path / "elsewhere.csv")
    (folder / "test.csv").symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(Unclear, match="a link that leads outside the folder"):
        draft(folder, tmp_path)


def test_a_damaged_file_of_a_competition_is_named(tmp_path: Path) -> None:
    folder = competition(tmp_path / "kaggle", test_csv="Id,size\n1\n")
    with pytest.raises(Corrupt, match=r"test\.csv, received 1 in line 2"):
        draft(folder, tmp_path)


def test_a_competition_without_test_rows_is_a_table(tmp_path: Path) -> None:
    folder = competition(tmp_path / "kaggle")
    (folder / "test.csv").unlink()
    (folder / "sample_submission.csv").unlink()
    found = draft(folder, tmp_path)
    benchmark: Benchmark = defined(found)
    assert set(benchmark.data.values["own"]) == {"train.csv"}
    assert read_frame(folder / "train.csv").table.columns[-1] == benchmark.data.values["target"]


def test_names_with_quotes_stay_whole_in_the_question(tmp_path: Path) -> None:
    rows = [["width", "'kind'"], *([n % 7, ("no'", "yes {{ x }}")[n % 2]] for n in range(60))]
    question = defined(draft(write(tmp_path / "t.csv", rows), tmp_path)).question
    assert question == "'kind': no' or yes {{ x }}, judging by 1 other value?"


def test_the_question_counts_a_date_once(tmp_path: Path) -> None:
    rows = [["day", "width", "kind"]]
    rows += [[f"2024-{1 + n % 12:02}-{1 + n % 28:02}", n % 7, "ab"[n % 2]] for n in range(60)]
    question = defined(draft(write(tmp_path / "t.csv", rows), tmp_path)).question
    assert question == "kind: a or b, judging by 2 other values?"
