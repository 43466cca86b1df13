"""Tables of one's own: reading what somebody else wrote, columns, transformers, names."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import string
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from data_folder import keras_here
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.data import Columns, Corrupt, Store, Unavailable, load, own_table
from benchmarks.data.own.dates import as_dates, date_formats
from benchmarks.data.own.encoding import UNKNOWN
from benchmarks.data.own.frames import Frame, as_numbers, read_frame
from benchmarks.data.own.tables import dataset, features
from benchmarks.definition import Training
from benchmarks.entries import boosting, estimator, linear, majority, mlp, prepared
from benchmarks.entries.classical.column_transformer import prepare
from benchmarks.scorers import scorer
from benchmarks.splitters import splitter
from benchmarks.training.recipe import Recipe

__all__ = ["keras_here"]  # a fixture

PEOPLE = Columns(numbers=["age"], categories={"city": 3}, dates=["since"])
TEXT = """id,age,city,since,left
1,30,Ulm,2020-02-29,no
2,,Bonn,2021-03-01,yes
3,41.5,NA,,no
4,55,"Köln, Nord",2019-12-31,
5,22,Ulm,2018-01-01,yes
"""


def written(folder: Path, content: str | bytes, name: str = "people.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# Reading


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("a,b\n", "a header and no rows"),
        ("a,b\n1,2\n3\n", "expected 2 cells in every line of t.csv, received 1 in line 3"),
        ("a,b\n1,2,3\n", "received 3 in line 2"),
        ('a,b\n1,"2\n3,4\n', "line 3 of t.csv cannot be read .unexpected end of data"),
        (b"a,b\n1,\x002\n", "a NUL byte in line 2"),
        ("<!DOCTYPE html><html></html>", "received a web page"),
        (b"PK\x03\x04xxxxxxxxxxxxxxxx", "a workbook"),
        (b"%PDF-1.7 xxxxxxxxxxxxxxxx", "a PDF"),
        (b"PAR1xxxxxxxxxxxxxxxxxxxx", "cannot be read as Parquet"),
        (b"\x1f\x8bxxxxxxxxxxxxxxxxxxxx", "cannot be unpacked"),
        (",".join(f"c{i}" for i in range(100_000)) + "\n", "received 100,000"),
    ],
)
def test_what_is_no_table_is_refused_by_line(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    with pytest.raises(Corrupt, match=message):
        read_frame(written(tmp_path, content, "t.csv"))


def test_a_file_larger_than_the_memory_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.touch()
    os.truncate(path, 10 * 2**40)
    with pytest.raises(Corrupt, match="GB of memory as a table"):
        read_frame(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encoding_and_separator_are_found(tmp_path: Path, encoding: str, separator: str) -> None:
    lines = ["Straße,Größe", "Königsallee,1", "Schloßstraße,2", "Äußerer Ring,3"]
    text = "\n".join(line.replace(",", separator) for line in lines)
    frame = read_frame(written(tmp_path, text.encode(encoding)))
    assert frame.separator == separator
    assert list(frame.table.columns) == ["Straße", "Größe"]
    assert frame.table["Straße"].tolist() == ["Königsallee", "Schloßstraße", "Äußerer Ring"]


def test_an_encoding_that_is_named_and_wrong_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\nü,1\n".encode("latin-1"))
    with pytest.raises(Corrupt, match=r"line 2 of people.csv is not written in ascii"):
        read_frame(path, encoding="ascii")
    with pytest.raises(Corrupt, match="the name of an encoding, received 'klingon'"):
        read_frame(path, encoding="klingon")


CELLS = st.text(string.printable + "äß€", max_size=8).map(str.strip)


@given(
    st.integers(2, 4).flatmap(
        lambda w: st.lists(st.lists(CELLS, min_size=w, max_size=w), min_size=1)
    )
)
def test_any_table_python_writes_is_read_back(rows: list[list[str]]) -> None:
    buffer = io.StringIO()
    width = len(rows[0])
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([[f"c{i}" for i in range(width)], *rows])
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), buffer.getvalue())
        frame = read_frame(path, separator=",")
    assert frame.table.to_numpy().tolist() == rows


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_are_read_as_they_were_written(values: list[float]) -> None:
    frame = Frame(pd.DataFrame({"v": [repr(value) for value in values]}, dtype=str), "t")
    np.testing.assert_allclose(as_numbers(frame, "v"), values, rtol=1e-15)


def test_parquet_and_gzip_say_the_same_as_text(tmp_path: Path) -> None:
    plain = read_frame(written(tmp_path, TEXT))
    packed = read_frame(written(tmp_path, gzip.compress(TEXT.encode()), "people.csv.gz"))
    assert packed.table.equals(plain.table)
    table = pd.DataFrame(
        {"a": [1.5, None], "d": pd.to_datetime(["2020-01-01", None]), "w": ["x", None]}
    )
    table.to_parquet(tmp_path / "t.parquet")
    frame = read_frame(tmp_path / "t.parquet")
    assert frame.table.to_numpy().tolist() == [["1.5", "2020-01-01", "x"], ["", "", ""]]
    assert frame.where(1) == "row 2"


@pytest.mark.parametrize(
    ("separator", "cells", "values"),
    [
        (";", ["1,5", "-2,25", "3"], [1.5, -2.25, 3.0]),
        (",", ["1,234", "12,345.5", ""], [1234.0, 12345.5, np.nan]),
        (",", ["?", "n/a", "1e3"], [np.nan, np.nan, 1000.0]),
    ],
)
def test_numbers_are_understood(separator: str, cells: list[str], values: list[float]) -> None:
    frame = Frame(pd.DataFrame({"v": cells}, dtype=str), "t", separator)
    np.testing.assert_equal(as_numbers(frame, "v"), values)


@pytest.mark.parametrize("cell", ["abc", "1_000", "inf", "12 EUR", "0x1f"])
def test_what_is_no_number_is_named_by_its_line(tmp_path: Path, cell: str) -> None:
    frame = read_frame(written(tmp_path, f"v,w\n1,a\n{cell},b\n"))
    with pytest.raises(Corrupt, match=f"received '{cell}' in line 3"):
        as_numbers(frame, "v")


def test_dates_are_read_in_the_one_way_that_fits(tmp_path: Path) -> None:
    frame = read_frame(
        written(tmp_path, "a,b,c,n\n03/04/2021,13/04/2021,2021-04-03,1\n05/06/2021,01/02/2021,,2\n")
    )
    assert date_formats(frame, "a") == ["%d/%m/%Y", "%m/%d/%Y"]
    assert as_dates(frame, "b").astype(str).tolist() == [
        "2021-04-13T00:00:00",
        "2021-02-01T00:00:00",
    ]
    assert np.isnat(as_dates(frame, "c")).tolist() == [False, True]
    with pytest.raises(Corrupt, match="can be read in 2 ways"):
        as_dates(frame, "a")
    with pytest.raises(Corrupt, match=r"expected dates in column 'n' .* received '1' in line 2"):
        as_dates(frame, "n")


# Columns


def own(folder: Path, content: str, **changed: Any) -> Any:
    sha = hashlib.sha256(content.encode()).hexdigest()
    place = folder / "own" / sha[:8]
    place.mkdir(parents=True)
    written(place, content)
    options = {"target": "left", "rows": 4, "classes": ("no", "yes"), **changed}
    return own_table("people.csv", sha, PEOPLE, **options)


def test_a_table_becomes_numbers_codes_and_parts_of_dates(tmp_path: Path) -> None:
    found = load(own(tmp_path, TEXT), Store(tmp_path, offline=True)).dataset
    assert found.feature_names == (
        "age",
        "since: year",
        "since: month",
        "since: day of the week",
        "since: day",
        "city",
    )
    day = (pd.Timestamp("2020-02-29") - pd.Timestamp("1970-01-01")).days
    assert found.x[0].tolist() == [30, 2020, 2, 5, day, found.words["city"].index("Ulm")]
    assert np.isnan(found.x[1, 0])
    assert np.isnan(found.x[2, 1:5]).all()
    assert found.x[2, 5] == UNKNOWN
    assert found.y.tolist() == [0, 1, 0, 1]  # the fourth has no target
    assert found.words == {"city": ("Bonn", "Köln, Nord", "Ulm")}
    assert found.gaps


def test_a_file_that_has_changed_is_refused(tmp_path: Path) -> None:
    source = own(tmp_path, TEXT)
    store = Store(tmp_path, offline=True)
    path = next(tmp_path.rglob("people.csv"))
    path.write_text(TEXT.replace("30", "31"), encoding="utf-8")
    with pytest.raises((Corrupt, Unavailable), match="make data FROM=DIR"):
        load(source, store)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("2,,", "2,old,", "expected a number in column 'age' .* received 'old' in line 3"),
        ("2021-03-01", "soon", "expected dates in column 'since' .* received 'soon' in line 3"),
        (",no\n2", ",maybe\n2", "expected one of 'no', 'yes' in column 'left' .* line 2"),
        ("age,city", "years,city", "expected the column 'age' in people.csv; it has 'id', 'years'"),
        (",no", ",", "rows|shape"),
    ],
)
def test_cells_of_another_kind_are_named(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    source = own(tmp_path, TEXT.replace(before, after))
    with pytest.raises(Corrupt, match=message):
        load(source, Store(tmp_path, offline=True))


def test_a_target_without_any_value_is_refused(tmp_path: Path) -> None:
    text = "".join(
        line.rpartition(",")[0] + (",left\n" if not n else ",\n")
        for n, line in enumerate(TEXT.splitlines())
    )
    with pytest.raises(Corrupt, match=r"column 'left' of people.csv, the target, has no value"):
        dataset(read_frame(written(tmp_path, text)), PEOPLE, "left", ("no", "yes"))


# Transformers and entries


def table(rows: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Two numbers with gaps and a category of four; the class depends on both."""
    random = np.random.default_rng(3)
    x = np.stack(
        [random.normal(5, 2, rows), random.normal(0, 1, rows), random.integers(0, 4, rows)], 1
    )
    y = (x[:, 0] + 2 * (x[:, 2] == 1) + random.normal(0, 1, rows) > 5).astype(np.int64)
    x[::11, 0], x[::13, 2] = np.nan, UNKNOWN
    return x, y


def training(x: np.ndarray, y: np.ndarray, seed: int = 0) -> Training:
    return Training(x, y, "classification", 2, seed)


def test_the_transformer_knows_training_rows_alone() -> None:
    x, y = table()
    step = prepare(training(x[:200], y[:200]), 2, (4,))
    out = step.apply(x[:200])
    assert out.shape[1] == 2 + 2 + 5
    np.testing.assert_allclose(out[:, :2].mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(out[:, :2].std(0), 1, atol=1e-12)
    assert (out[:, 3] == 0).all()  # the second number has no gaps
    new = np.array([[np.nan, np.inf, 17.0]])
    new[0, 1] = 0.0
    assert step.apply(new)[0, 4:].tolist() == [0.0] * 5  # a category never seen is none of them
    assert step.apply(new)[0, 2] == 1.0


def test_repeats_with_other_categories_have_one_width() -> None:
    x, y = table()
    few = x[x[:, 2] <= 1][:80]
    steps = [prepare(training(rows, y[: len(rows)]), 2, (4,)) for rows in (x[:200], few)]
    assert {step.apply(x).shape[1] for step in steps} == {9}


@pytest.mark.parametrize("numbers", [0, 1, 3])
def test_the_kept_network_takes_raw_rows(tmp_path: Path, numbers: int, keras_here: None) -> None:
    import keras

    x, y = table()
    x[:, :numbers][np.isnan(x[:, :numbers])] = np.nan
    x[:, numbers:] = np.nan_to_num(x[:, numbers:]).round()
    columns = Columns(
        numbers=[f"n{i}" for i in range(numbers)],
        categories={f"c{i}": 12 for i in range(3 - numbers)},
    )
    entry = mlp("mlp", [8], Recipe(epochs=3, batch_size=32), headline=True)
    (behind,) = prepared(columns, [entry])
    first, second = behind.fit([training(x[:200], y[:200]), training(x[50:250], y[50:250], 1)])
    for fitted in (first, second):
        assert fitted.archive is not None
        (tmp_path / "m.keras").write_bytes(fitted.archive())
        network = keras.saving.load_model(tmp_path / "m.keras")
        said = network.predict(x[200:].astype(np.float32), verbose=0)
        np.testing.assert_allclose(said, fitted.predict(x[200:]), rtol=1e-4, atol=1e-5)


def test_entries_learn_behind_the_transformer() -> None:
    x, y = table()
    metric = scorer("roc_auc")
    columns = Columns(numbers=["a", "b"], categories={"c": 4})
    scores = {}
    for entry in prepared(columns, [majority(), linear(), boosting()]):
        (fitted,) = entry.fit([training(x[:200], y[:200])])
        scores[entry.name] = metric.score(y[200:], fitted.predict(x[200:]))
    assert scores["majority"] == 0.5
    assert min(scores["linear"], scores["boosting"]) > 0.7


def wrapped() -> Any:
    import keras
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def build(X: np.ndarray, y: np.ndarray) -> Any:
        layers = [keras.Input(X.shape[1:]), keras.layers.Dense(2, activation="softmax")]
        network = keras.Sequential(layers)
        network.compile(keras.optimizers.Adam(0.05), "categorical_crossentropy")
        return network

    model = keras.wrappers.SKLearnClassifier(build, fit_kwargs={"epochs": 15, "verbose": 0})
    return make_pipeline(StandardScaler(), model)


def test_keras_models_are_estimators_of_scikit_learn(keras_here: None) -> None:
    x, y = table()
    entry = estimator("wrapped", wrapped, "A network at the end of a pipeline.", kind="keras")
    columns = Columns(numbers=["a", "b"], categories={"c": 4})
    (fitted,) = prepared(columns, [entry])[0].fit([training(x[:200], y[:200])])
    said = fitted.predict(x[200:])
    np.testing.assert_allclose(said.sum(1), 1, atol=1e-5)
    assert scorer("roc_auc").score(y[200:], said) > 0.7
    (again,) = prepared(columns, [entry])[0].fit([training(x[:200], y[:200])])
    np.testing.assert_array_equal(said, again.predict(x[200:]))


def searched() -> Any:
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVC

    return GridSearchCV(SVC(), {"C": [0.1, 1.0]}, cv=3)


def test_a_search_without_probabilities_names_its_class() -> None:
    x, y = table()
    columns = Columns(numbers=["a", "b"], categories={"c": 4})
    entry = estimator("grid", searched, "A support vector machine, C searched.")
    (fitted,) = prepared(columns, [entry])[0].fit([training(x[:200], y[:200])])
    assert set(np.unique(fitted.predict(x[200:]))) == {0.0, 1.0}


# Names of scikit-learn


@pytest.mark.parametrize(
    "name", ["accuracy", "balanced_accuracy", "f1", "roc_auc", "neg_log_loss", "average_precision"]
)
def test_a_scorer_by_name_says_what_scikit_learn_says(name: str) -> None:
    from sklearn import metrics

    random = np.random.default_rng(0)
    y, share = random.integers(0, 2, 50), random.random(50)
    said = scorer(name).score(y, np.stack([1 - share, share], axis=1))
    labels = (share > 0.5).astype(int)
    want = {
        "accuracy": metrics.accuracy_score(y, labels),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, labels),
        "f1": metrics.f1_score(y, labels),
        "roc_auc": metrics.roc_auc_score(y, share),
        "neg_log_loss": metrics.log_loss(y, share),
        "average_precision": metrics.average_precision_score(y, share),
    }[name]
    assert said == pytest.approx(want)
    assert scorer(name).direction == ("min" if name.startswith("neg_") else "max")


def test_a_scorer_of_values_keeps_its_sign() -> None:
    y = np.array([1.0, 2.0, 4.0])
    metric = scorer("neg_mean_absolute_error", "€")
    assert (metric.name, metric.unit, metric.direction) == ("mean_absolute_error", "€", "min")
    assert metric.score(y, y + 0.5) == pytest.approx(0.5)
    assert scorer("r2").score(y, y) == 1.0


def test_scorers_refuse_what_is_no_score() -> None:
    y = np.array([0, 1])
    with pytest.raises(ValueError, match="perhaps roc_auc"):
        scorer("rocauc").score(y, np.eye(2))
    with pytest.raises(ValueError, match="finite predictions"):
        scorer("roc_auc").score(y, np.full((2, 2), np.nan))
    with pytest.raises(ValueError, match="each of 2 rows, received 3"):
        scorer("roc_auc").score(y, np.eye(3))


def test_a_splitter_by_name_says_what_scikit_learn_says(tmp_path: Path) -> None:
    from sklearn.model_selection import RepeatedStratifiedKFold

    text = "age,city,since,left\n" + "".join(
        f"{i},Ulm,2020-01-01,{'ny'[i % 2]}\n" for i in range(40)
    )
    frame = read_frame(written(tmp_path, text))
    data = dataset(frame, Columns(numbers=["age"]), "left", ("n", "y"), groups="age")
    protocol = splitter("RepeatedStratifiedKFold", n_splits=5, n_repeats=2)
    assert (protocol.repeats, protocol.unit) == (10, "fold")
    assert (
        protocol.split
        == "scikit-learn's RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=1)"
    )
    pairs = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=1).split(data.x, data.y)
    for split, (train, test) in zip(protocol.splits(data), pairs, strict=True):
        assert split.train.tolist() == train.tolist()
        assert split.test.tolist() == test.tolist()
    for split in splitter("GroupKFold", n_splits=4).splits(data):
        assert not set(data.groups[split.train]) & set(data.groups[split.test])
    with pytest.raises(ValueError, match="perhaps StratifiedKFold"):
        splitter("StratifiedKfolds").splits(data)


def test_features_of_new_rows_are_those_of_the_data(tmp_path: Path) -> None:
    frame = read_frame(written(tmp_path, TEXT))
    data = dataset(frame, PEOPLE, "left", ("no", "yes"))
    again = features(frame, PEOPLE, data.words)
    np.testing.assert_array_equal(again[[0, 1, 2, 4]], data.x)
