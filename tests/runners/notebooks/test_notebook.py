"""Exported notebooks: valid, clean, and they run from top to bottom."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import CHECKOUT, Place
from data_folder import BENCHMARKS, loaded_or_skip, store

from benchmarks.definition import Benchmark
from runners.notebooks import as_bytes, export, notebook
from runners.notebooks.network import network_source
from runners.notebooks.snippets import kind_of

__all__ = ["store"]  # fixture

EACH = pytest.mark.parametrize(
    "benchmark_", [pytest.param(benchmark, id=benchmark.name) for benchmark in BENCHMARKS]
)
STEPS = (
    "## 1. Define the problem",
    "## 2. Prepare the data",
    "## 3. Evaluate algorithms",
    "## 4. Improve results",
    "## 5. Present results",
    "## Where to go next",
)


def named(name: str) -> Benchmark:
    return next(benchmark for benchmark in BENCHMARKS if benchmark.name == name)


@EACH
def test_every_benchmark_can_be_exported(benchmark_: Benchmark) -> None:
    made = notebook(benchmark_)
    nbformat.validate(made)
    code = [cell.source for cell in made.cells if cell.cell_type == "code"]
    for source in code:
        ast.parse(source)
    assert len(code) >= 10
    text = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    assert re.findall("^## .*", text, re.MULTILINE) == list(STEPS)
    assert benchmark_.question in text


@EACH
def test_nothing_of_this_machine_is_in_it(benchmark_: Benchmark) -> None:
    made = notebook(benchmark_)
    for cell in made.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    text = as_bytes(benchmark_).decode()
    assert str(CHECKOUT) not in text
    assert str(Path.home()) not in text
    assert not re.search(r"""["'\s](/(home|root|tmp|usr|work|Users)/|[A-Z]:\\)""", text)
    assert as_bytes(benchmark_) == as_bytes(benchmark_)


def test_what_is_shown_depends_on_the_data() -> None:
    assert {kind_of(benchmark) for benchmark in BENCHMARKS} == {
        "table",
        "images",
        "series",
        "forecast",
        "texts",
    }
    wine, sunspots = (
        "\n".join(cell.source for cell in notebook(named(name)).cells)
        for name in ("uci/wine", "timeseries/sunspots-yearly")
    )
    assert "ConfusionMatrixDisplay" in wine
    assert "LogisticRegression" in wine
    assert "residuals" in sunspots
    assert "ConfusionMatrixDisplay" not in sunspots


@EACH
def test_the_network_of_every_headline_is_shown(benchmark_: Benchmark) -> None:
    source = network_source(benchmark_.headline)
    if source is None:
        assert benchmark_.family not in ("toy", "uci", "cifar", "timeseries")
        pytest.skip(
            "this headline does not say how its network is built; it is trained all the same"
        )
    assert eval(source.path, {"headline": benchmark_.headline}) is source.keywords
    assert any("network.summary()" in cell.source for cell in notebook(benchmark_).cells)


def test_a_file_that_is_there_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wine.ipynb"
    assert export("uci/wine", path) == 0
    first = path.read_bytes()
    assert export("uci/wine", path) == 0, "nothing to lose: it is the same"
    path.write_text("my own work")
    assert export("uci/wine", path) == 2
    assert path.read_text() == "my own work"
    said = capsys.readouterr().err
    assert "is there already" in said
    assert "FORCE=1" in said
    assert export("uci/wine", path, force=True) == 0
    assert path.read_bytes() == first


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["uci/wein"], "perhaps uci/wine"),
        (["uci/*"], "expected the name of one benchmark"),
        (["uci/wine,uci/iris"], "expected the name of one benchmark"),
        (["uci/wine", "--out", "wine.txt"], "expected a file that ends in .ipynb"),
    ],
)
def test_a_wrong_request_is_explained(arguments: list[str], said: str, place: Place) -> None:
    done = place.command("notebook", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_exporting_loads_no_framework(tmp_path: Path) -> None:
    program = (
        "import sys; from runners.notebooks import export; from pathlib import Path;"
        "export('uci/wine', Path(sys.argv[1]));"
        "print([m for m in ('tensorflow', 'keras', 'mlflow', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "wine.ipynb")],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


# Run for real: a kernel takes TensorFlow's start, so none of these is quick


def run(made: Any, folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Execute a notebook as JupyterLab started in `folder` would; returns all it printed."""
    from nbclient import NotebookClient

    monkeypatch.setenv("KERASFOLIO_DATA", str(data))
    for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")
    folder.mkdir(exist_ok=True)
    client = NotebookClient(
        made,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        allow_errors=True,
    )
    client.execute()
    told = []
    for cell in made.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                told.append(f"{output.ename}: {output.evalue}")
            else:
                told.append(output.get("text") or output.data.get("text/plain", ""))
    return "\n".join(told)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "uci/wine",
        "uci/yacht",
        "uci/digits",
        "toy/celsius",
        "timeseries/sunspots-yearly",
        "timeseries/italy-power-demand",
        "timeseries/etth1-96",
    ],
)
def test_a_notebook_runs_from_top_to_bottom(
    name: str, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    benchmark = named(name)
    loaded_or_skip(benchmark, store)
    made = notebook(benchmark)
    told = run(made, CHECKOUT, store.folder, monkeypatch)
    code = [cell for cell in made.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1)), told
    assert "Error" not in told
    assert f"{benchmark.headline.name}: {benchmark.metric.name}" in told
    pictures = [o for c in code for o in c.outputs if "image/png" in o.get("data", {})]
    assert len(pictures) >= 2


@pytest.mark.slow
def test_it_says_where_to_start_and_when_data_is_missing(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebooks = CHECKOUT / "notebooks"
    there = notebooks.is_dir()
    try:
        beside = run(notebook(named("uci/yacht")), notebooks, place.data, monkeypatch)
    finally:
        if not there:
            notebooks.rmdir()
    assert "RuntimeError: the data is not at hand" in beside, "found the project, not the data"
    elsewhere = run(notebook(named("uci/wine")), tmp_path, place.data, monkeypatch)
    assert "expected to run in the project's folder or one inside it" in elsewhere
