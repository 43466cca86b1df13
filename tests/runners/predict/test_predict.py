"""New rows through a kept network: the command, its words, and MLflow's own server."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here

from benchmarks.data import Columns
from runners.predict.flow import columns_of, features_of
from runners.predict.network import Refused
from runners.predict.submission import Template
from runners.records import signature

__all__ = ["keras_here"]  # a fixture

ROOT = Path(__file__).resolve().parents[3]
DEFINITION = '''"""Which of the rides are paid for."""

from __future__ import annotations

from benchmarks import Benchmark, benchmark
from benchmarks.data import Columns, own_table
from benchmarks.entries import linear, majority, mlp, prepared
from benchmarks.metrics import accuracy
from benchmarks.splitters import splitter
from benchmarks.training.recipe import Recipe

RECIPE = Recipe(epochs=150, batch_size=16, learning_rate=1e-2)
COLUMNS = Columns(numbers=["length"], categories={{"zone": 3}}, dates=["day"])


@benchmark("mine/rides")
def rides() -> Benchmark:
    """Rides of a year."""
    return Benchmark(
        question="Is the ride paid for?",
        task="classification",
        data=own_table(
            "train.csv",
            "{train}",
            COLUMNS,
            target="paid",
            rows=200,
            classes=("no", "yes"),
            beside={{"test.csv": "{test}", "sample_submission.csv": "{sample}"}},
        ),
        protocol=splitter("StratifiedKFold", n_splits=2, shuffle=True),
        metric=accuracy(),
        entries=prepared(
            COLUMNS,
            [majority(), linear(), mlp("mlp", [16], RECIPE, headline=True)],
        ),
        margin=0.01,
        margin_why="one ride in a hundred",
    )
'''


def rides(rows: int, first: int = 0) -> list[dict[str, str]]:
    """Rides of which the long ones in zone A are paid for."""
    random = np.random.default_rng(first)
    found = []
    for number in range(first, first + rows):
        length, zone = random.uniform(1, 9), random.choice(["A", "B", "C"])
        found.append(
            {
                "id": str(number),
                "length": "" if number % 19 == 7 else f"{length:.2f}",
                "zone": str(zone),
                "day": f"2024-{number % 12 + 1:02}-15",
                "paid": "yes" if length > 4 and zone == "A" else "no",
            }
        )
    return found


def as_csv(rows: list[dict[str, str]], *without: str) -> str:
    buffer = io.StringIO()
    names = [name for name in rows[0] if name not in without]
    writer = csv.DictWriter(buffer, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with a competition of its own, trained."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("benchmarks", "runners", "portfolio"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "benchmarks").unlink()
    (folder / "benchmarks").mkdir()
    for path in (ROOT / "benchmarks").iterdir():
        if path.name not in ("__pycache__", "mine"):
            (folder / "benchmarks" / path.name).symlink_to(path)
    files = {
        "train.csv": as_csv(rides(200)),
        "test.csv": as_csv(rides(20, 1000), "paid"),
        "sample_submission.csv": "id,paid\n" + "".join(f"{1000 + n},0.5\n" for n in range(20)),
    }
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    kept = folder / "data" / "own" / hashes["train.csv"][:8]
    kept.mkdir(parents=True)
    for name, text in files.items():
        (kept / name).write_text(text, encoding="utf-8")
    place = folder / "benchmarks" / "mine" / "rides.py"
    place.parent.mkdir()
    short = {name.split("_")[0].removesuffix(".csv"): sha for name, sha in hashes.items()}
    place.write_text(DEFINITION.format(**short), encoding="utf-8")
    where = ("--runs", "runs", "--site", "site")
    done = run(folder, "bench", "--only", "mine/rides", "--suite", "quick", *where)
    assert done.returncode == 0, done.stderr + done.stdout
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runners", *arguments],
        cwd=folder,
        env={**os.environ, "KERASFOLIO_DATA": str(folder / "data"), "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def new_rows(folder: Path, *without: str, **changed: str) -> Path:
    path = folder / "new.csv"
    rows = rides(50, 500)
    rows[0] |= changed
    path.write_text(as_csv(rows, *without), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def predicted(project: Path) -> subprocess.CompletedProcess[str]:
    """What the command says of new rows."""
    done = run(project, "predict", "mine/rides", str(new_rows(project)), "--keep", "id")
    assert done.returncode == 0, done.stderr
    return done


def test_predictions_are_csv_and_nothing_else(predicted: subprocess.CompletedProcess[str]) -> None:
    done = predicted
    said = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(said[0]) == ["id", "paid", "P(no)", "P(yes)"]
    truth = rides(50, 500)
    assert [row["id"] for row in said] == [row["id"] for row in truth]
    right = sum(one["paid"] == other["paid"] for one, other in zip(said, truth, strict=True))
    assert right >= 40
    for row in said:
        assert float(row["P(no)"]) + float(row["P(yes)"]) == pytest.approx(1, abs=1e-5)
    assert done.stderr == "not used: 'id'\n"


def test_what_is_new_in_the_rows_is_said(project: Path) -> None:
    path = new_rows(project, zone="Z\x1b[31m", length="1e6")
    done = run(project, "predict", "mine/rides", str(path))
    assert done.returncode == 0
    assert "column 'zone' has values never seen: 'Z\\x1b[31m'; they count as none" in done.stderr
    assert "column 'length': 1 of 50 values outside 1 to" in done.stderr
    assert len(done.stdout.splitlines()) == 51


@pytest.mark.parametrize(
    ("without", "changed", "message"),
    [
        (("zone", "day"), {}, "expected the columns 'day', 'zone' in new.csv; it has 'id'"),
        ((), {"length": "far"}, "a number in column 'length' of new.csv, received 'far' in line 2"),
        ((), {"day": "soon"}, "expected dates in column 'day' of new.csv"),
    ],
)
def test_rows_that_do_not_fit_are_refused(
    project: Path, without: tuple[str, ...], changed: dict[str, str], message: str
) -> None:
    done = run(project, "predict", "mine/rides", str(new_rows(project, *without, **changed)))
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_requests_that_are_wrong_say_what_to_do(project: Path, tmp_path: Path) -> None:
    for arguments, message in (
        (["mine/ridse", "x.csv"], "perhaps mine/rides"),
        (["mine/rides"], "expected a file with new rows"),
        (["mine/rides", "nowhere.csv"], "found none at nowhere.csv"),
        (["mine/rides", "x.csv", "--runs", str(tmp_path)], "make bench ONLY=mine/rides"),
        (["uci/wine", "--submission"], "no fitted network"),
    ):
        done = run(project, "predict", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr


def test_a_submission_has_the_form_of_the_sample(project: Path) -> None:
    done = run(project, "predict", "mine/rides", "--submission")
    assert done.returncode == 0, done.stderr
    said = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["id"] for row in said] == [str(1000 + n) for n in range(20)]
    shares = [float(row["paid"]) for row in said]
    assert all(0 <= share <= 1 for share in shares)
    truth = [row["paid"] == "yes" for row in rides(20, 1000)]
    assert np.mean((np.array(shares) > 0.5) == truth) >= 0.8


def test_a_sample_of_classes_gets_classes_and_one_of_columns_their_shares(tmp_path: Path) -> None:
    import pandas as pd

    from benchmarks.data.own.frames import read_frame

    rows = tmp_path / "test.csv"
    rows.write_text("id,v\n7,1\n8,2\n", encoding="utf-8")
    answers = pd.DataFrame({"k": ["a", "b"], "P(a)": [0.9, 0.2], "P(b)": [0.1, 0.8]})

    def fill(sample: str) -> list[list[Any]]:
        path = tmp_path / "sample.csv"
        path.write_text(sample, encoding="utf-8")
        return Template(read_frame(path)).fill(answers, read_frame(rows)).to_numpy().tolist()

    assert fill("id,k\n1,a\n2,a\n") == [["7", "a"], ["8", "b"]]
    assert fill("id,k\n1,0\n2,0\n") == [["7", 0.1], ["8", 0.8]]
    assert fill("id,b,a\n1,0,1\n2,0,1\n") == [["7", 0.1, 0.9], ["8", 0.8, 0.2]]
    with pytest.raises(Refused, match="'c', which is no class; it has 'a', 'b'"):
        fill("id,a,c\n1,0,1\n2,0,1\n")


def test_the_schema_says_what_the_network_takes(project: Path) -> None:
    (path,) = (project / "runs" / "records").rglob("model-*.json")
    said = signature.read(path.read_bytes())
    assert said is not None
    assert [feature["kind"] for feature in said["features"]] == ["number", "date", "category"]
    assert said["features"][2]["words"] == ["A", "B", "C"]
    assert (said["target"], said["classes"]) == ("paid", ["no", "yes"])
    assert columns_of(said["features"]) == Columns(["length"], {"zone": 3}, ["day"])
    assert signature.read(b"[]") is None
    assert signature.read(b"{") is None


def test_the_kept_network_loads_as_any_keras_model(
    project: Path, predicted: subprocess.CompletedProcess[str], keras_here: None
) -> None:
    import keras

    from benchmarks.data.own.frames import read_frame

    (model,) = (project / "runs" / "records").rglob("model-*.keras")
    said = signature.read(model.with_suffix(".json").read_bytes())
    assert said is not None
    x = features_of(read_frame(new_rows(project)), said, lambda line: None)
    shares = keras.models.load_model(model).predict(x.astype(np.float32), verbose=0)
    written = [float(row["P(yes)"]) for row in csv.DictReader(io.StringIO(predicted.stdout))]
    np.testing.assert_allclose(shares[:, 1], written, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_mlflow_serves_the_headline(project: Path) -> None:
    """The registered model behind MLflow's own server says what `predict` says."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    uri = f"sqlite:///{(project / 'runs' / 'mlflow.db').resolve()}"
    where = ["-m", "models:/kerasfolio.mine.rides@headline", "-h", "127.0.0.1", "-p", str(port)]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local", *where]
    environment = {**os.environ, "MLFLOW_TRACKING_URI": uri, "MLFLOW_DISABLE_TELEMETRY": "true"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        path = new_rows(project)
        rows = list(csv.DictReader(path.open(encoding="utf-8")))
        names = ["length", "zone", "day"]
        cells = [[float(row["length"] or "nan"), row["zone"], row["day"]] for row in rows]
        body = json.dumps({"dataframe_split": {"columns": names, "data": cells}})
        answer = asked(f"http://127.0.0.1:{port}/invocations", body.replace("NaN", "null"))
    finally:
        os.killpg(server.pid, 15)
        server.wait(30)
    done = run(project, "predict", "mine/rides", str(path))
    written = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["paid"] for row in answer] == [row["paid"] for row in written]
    shares = [float(row["P(yes)"]) for row in written]
    np.testing.assert_allclose([row["P(yes)"] for row in answer], shares, rtol=1e-4, atol=1e-6)


def asked(address: str, body: str, patience: float = 120.0) -> list[dict[str, Any]]:
    """The predictions a server gives, once it is up."""
    headers = {"Content-Type": "application/json"}
    until = time.monotonic() + patience
    while True:
        try:
            request = urllib.request.Request(address, body.encode(), headers)
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())["predictions"]
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def test_it_becomes_a_notebook_as_any_other(project: Path) -> None:
    done = run(project, "notebook", "mine/rides", "--out", "rides.ipynb")
    assert done.returncode == 0, done.stderr
    assert "train.csv. Licence: the owner's." in (project / "rides.ipynb").read_text("utf-8")
