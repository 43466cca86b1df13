"""Single rows of the owner's data are on the page, and in packed runs, by name alone."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import portfolio_synthetic as synthetic
import pytest

from benchmarks.data import Dataset
from portfolio.page.build import build
from portfolio.page.exhibits.plots import value
from portfolio.share.pack import packed_into
from runners import exhibits
from runners.exhibits.overview import overview
from runners.records.own_data import is_own, without_rows
from runners.records.store import Runs


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    """A table of patients with what its page shows of single ones."""
    import numpy as np

    random = np.random.default_rng(7)
    dataset = Dataset(
        x=np.round(random.normal(50, 9, (80, 2)), 4),
        y=np.round(random.normal(120, 9, 80), 4),
        feature_names=("age", "weight"),
    )
    found = Runs(tmp_path / "runs")
    facts = synthetic.benchmark("mine/ward")
    data = {"url": "", "digest": dataset.digest}
    one = synthetic.record(facts, "mlp", 0, 1.0, data=data, kind="keras", headline=True)
    synthetic.write(found, one)
    about = {"schema": 1, "digest": dataset.digest}
    place = exhibits.folder(found.root, "mine/ward")
    exhibits._write(place / "data.json", {**about, **overview(dataset, "mmHg")})
    errors = {
        "tested": 80, "part": 1, "share": 0.1,
        "items": [{"row": 3, "value": 7654.25, "mean": 1.0, "off": 2.0, "of": 1}],
    }  # fmt: skip
    figures = {
        "name": "mlp", "repeats": 1, "predictions": 80, "rows": 80, "rmse": 1.0, "mae": 1.0,
        "bias": 0.0, "quantiles": [-2.0, -1.0, 0.0, 1.0, 2.0], "coverage": None,
        "residuals": {"edges": [-3.0, 3.0], "counts": [10, 60, 10]},
        "points": [(7654.25, 7650.0), (100.0, 101.0)],
    }  # fmt: skip
    results = {"task": "regression", "unit": "mmHg", "entries": [figures], "errors": errors}
    made_from = {"fingerprints": {"mlp": [one["fingerprint"][:16]]}}
    exhibits._write(place / "results.json", {**about, **made_from, **results})
    return found


def page(runs: Runs, site: Path) -> str:
    build(runs.root, site)
    return (site / "mine/ward.html").read_text()


def cells(runs: Runs) -> list[str]:
    """Values of the sampled rows, as kept."""
    content = json.loads((exhibits.folder(runs.root, "mine/ward") / "data.json").read_bytes())
    every = [cell for column in content["columns"] for cell in column["cells"]]
    return [f'<td class="num">{value(cell)}</td>' for cell in every]


def test_rows_are_left_out_unless_they_are_allowed_by_name(runs: Runs, tmp_path: Path) -> None:
    text = page(runs, tmp_path / "site")
    assert "single rows are not shown" in text
    assert "Residuals in numbers" in text, "what is counted over many rows stays"
    assert "age" in text
    assert not [cell for cell in cells(runs) if cell in text]
    assert "7,654" not in text.replace("\u202f", ",")
    assert "Predicted against true" not in text
    (tmp_path / "portfolio.toml").write_text('samples = ["mine/ward"]\n')
    text = page(runs, tmp_path / "site")
    assert "single rows are not shown" not in text
    assert [cell for cell in cells(runs) if cell in text]
    assert "Predicted against true" in text


def test_packed_runs_hold_no_rows_either(runs: Runs, tmp_path: Path) -> None:
    def packed() -> str:
        target = tmp_path / "runs.tar.xz"
        packed_into(runs.root, target)
        with tarfile.open(target) as archive:
            file = archive.extractfile("exhibits/mine/ward/data.json")
            assert file is not None
            return file.read().decode()

    assert json.loads(packed())["columns"][0]["cells"] == []
    (tmp_path / "portfolio.toml").write_text('samples = ["mine/ward"]\n')
    assert len(json.loads(packed())["columns"][0]["cells"]) == 10


@pytest.mark.parametrize(
    ("name", "url", "own"),
    [
        ("uci/concrete", "https://archive.ics.uci.edu/dataset/165", False),
        ("cifar/cifar10", "https://www.cs.toronto.edu/~kriz/cifar.html", False),
        ("mine/heart", "https://archive.ics.uci.edu/dataset/45", False),
        ("mine/churn", "", True),
        ("mine/churn", None, True),
        ("mine/churn", "https://intranet.example/churn", True),
        ("uci/churn", "", True),
    ],
)
def test_whose_data_it_is(name: str, url: str | None, own: bool) -> None:
    assert is_own(name, url) == own


def test_pictures_series_and_windows_are_rows() -> None:
    content = {
        "total": 3, "shown": [0], "pictures": ["x"], "labels": ["a"], "series": [[[1.0]]],
        "course": {"x": [1]}, "windows": [{"row": 1}], "balance": [{"name": "a", "rows": 3}],
        "entries": [{"name": "mlp", "forecast": {"truth": [1.0]}, "matrix": [[1]]}],
        "errors": {"tested": 3, "missed": 1, "items": [{"png": "x"}], "means": [[1.0]]},
    }  # fmt: skip
    assert without_rows(content) == {
        "total": 3,
        "shown": [],
        "windows": [],
        "balance": [{"name": "a", "rows": 3}],
        "entries": [{"name": "mlp", "matrix": [[1]]}],
        "errors": {"tested": 3, "missed": 1, "items": []},
    }
