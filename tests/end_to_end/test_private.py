"""Secrets planted wherever a text can come from, and looked for in everything that is written."""

from __future__ import annotations

import json
import lzma
import sqlite3
import stat
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import portfolio_synthetic as synthetic
import pytest
from conftest import CHECKOUT, Place, workshop
from redaction_help import forget_secrets

from portfolio.page.build import build
from portfolio.share.pack import packed_into
from runners.mlflow.store import QUIET
from runners.mlflow.sync import sync
from runners.records.store import Runs
from runners.workflows.publishing import mirror

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")

HOME = "/home/ada-of-77"
SECRETS = {
    "a password": "hun@ter2-7",
    "the same in an address": "hun%40ter2-7",
    "a token": "tok3n.of-ada-77",
    "a key of AWS": "AKIAIOSFODNN7EXAMPLE",
    "a secret key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "the home folder": HOME,
    "a user's name": "ada-of-77",
    "another folder": "/mnt/ward-7/patients",
    "a tracking server": "mlflow.ward-7.example",
    "a login of git": "x-oauth-77",
}
PLANTED = (
    f"{{}} at https://ada-of-77:hun%40ter2-7@mlflow.ward-7.example:8443/team, or with hun@ter2-7, "
    f"token=tok3n.of-ada-77 and tok3n.of-ada-77, AKIAIOSFODNN7EXAMPLE with "
    f"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY; '{HOME}/my work/x.csv', {HOME}/x, "
    "/mnt/ward-7/patients/churn.csv, sqlite:////mnt/ward-7/patients/mlflow.db, "
    f"https://x-oauth-77:hun@ter2-7@git.example.org/o/r.git, file://{HOME}/runs"
)
ENVIRONMENT = {
    "HOME": HOME,
    "MLFLOW_TRACKING_PASSWORD": "hun@ter2-7",
    "MLFLOW_TRACKING_TOKEN": "tok3n.of-ada-77",
    "MLFLOW_REGISTRY_URI": "",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "MLFLOW_S3_ENDPOINT_URL": "https://mlflow.ward-7.example:8443",
}
PLACES = {
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
}
"""Columns of MLflow's own database that have to say where its files lie."""


def planted(word: str) -> str:
    return PLANTED.format(word)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name, value in {**QUIET, **ENVIRONMENT}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MLFLOW_REGISTRY_URI")
    forget_secrets()
    yield
    monkeypatch.undo()
    forget_secrets()


def record(entry: str, repeat: int, **other: Any) -> dict[str, Any]:
    """A record with secrets in every text that a definition, a library or a machine gives."""
    facts = synthetic.benchmark(
        "mine/ward",
        **{name: planted(name) for name in ("question", "margin_why", "lessons", "deprecated")},
    )
    texts = ("title", "split", "source", "tuning", "selection", "fitted_on")
    facts["protocol"] |= {name: planted(name) for name in texts}
    one = synthetic.record(
        facts,
        entry,
        repeat,
        4.0 + repeat,
        data={
            **{name: planted(name) for name in ("title", "licence", "citation", "copy")},
            "url": "https://ada-of-77:hun%40ter2-7@git.example.org/data",
            "class_names": [planted("class")],
            "deviations": [{"what": planted("deviation"), "bound": 0.1}],
            "files": {f"{HOME}/churn.csv": "ab" * 32},
            "facts": {planted("fact"): [planted("label")]},
        },
        about=planted("about"),
        values={"path": planted("value"), planted("key"): 1},
        history={planted("curve"): [3.0, 2.0, 1.0], "loss": [3.0, 2.0, 1.0]},
        **other,
    )
    one["environment"] |= {name: planted(name) for name in ("cpu", "platform", "device")}
    one["environment"]["switches"] = {"XLA_FLAGS": f"--xla_dump_to={HOME}/dump"}
    one["environment"]["versions"] |= {"keras": planted("version")}
    one["notes"] = {planted("note"): planted("note")}
    one["inputs"] = {"protocol": {"split": planted("split")}}
    return one


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    """Records, a failed entry, a skipped benchmark and an old exhibit, all with secrets."""
    found = Runs(tmp_path / "runs")
    for repeat in range(2):
        synthetic.write(found, record("mlp", repeat, kind="keras", headline=True, params=501))
        synthetic.write(found, record("mean", repeat, floor=True))
    found.write_failure(
        "mine/ward",
        "cnn",
        {
            "benchmark": "mine/ward",
            "entry": "cnn",
            "repeats": [0],
            "reason": planted("reason"),
            "detail": f'File "{HOME}/folio/x.py", line 1\n{planted("detail")}',
            "at": "2026-11-21T09:00:00+00:00",
            "benchmark_facts": record("cnn", 0)["benchmark"],
            "entry_facts": synthetic.entry_facts("cnn", about=planted("about")),
        },
    )
    # As an earlier version may have left them: nothing was taken out when they were written.
    skipped = {"mine/gone": {"reason": planted("reason"), "remedy": planted("remedy")}}
    (found.root / "skipped.json").write_text(json.dumps(skipped))
    exhibit = {"schema": 1, "digest": "x", "total": 2, "shown": [0], "labels": [planted("label")]}
    place = found.root / "exhibits/mine/ward/data.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(exhibit))
    broken = found.root / "records/mine/ward/mlp/07-0123456789abcdef.json"
    broken.write_text(planted("no record"))
    return found


def found_in(text: str) -> list[str]:
    """Which secrets a text holds, in any case of letters."""
    return [what for what, secret in SECRETS.items() if secret.lower() in text.lower()]


def assert_clean(files: dict[str, str]) -> None:
    held = {name: found for name, text in files.items() if (found := found_in(text))}
    assert not held, held


def texts_below(folder: Path) -> dict[str, str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): path.read_bytes().decode("utf-8", "replace") for path in paths}


def test_no_secret_is_on_the_page_in_a_record_or_in_a_pack(runs: Runs, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(runs.root, site)
    assert len(list(site.rglob("*.html"))) >= 3
    assert list(site.rglob("badges/**/*.svg"))
    assert_clean(texts_below(site))
    assert json.loads((site / "results.json").read_bytes())["mlflow"] is None

    assert_clean(texts_below(runs.root / "records"))

    target = tmp_path / "runs.tar.xz"
    packed_into(runs.root, target)
    with tarfile.open(target) as archive:
        packed = {m.name: archive.extractfile(m) for m in archive.getmembers()}
        contents = {name: file.read().decode() for name, file in packed.items() if file}
    assert {"skipped.json", "exhibits/mine/ward/data.json"} <= contents.keys()
    assert any(name.endswith("failed.json") for name in contents)
    assert_clean(contents | {"names": " ".join(contents)})
    assert_clean({"bytes": lzma.decompress(target.read_bytes()).decode("utf-8", "replace")})


def test_no_secret_is_in_mlflow(runs: Runs) -> None:
    assert mirror(runs) > 0
    with closing(sqlite3.connect(runs.root / "mlflow.db")) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        cells: dict[str, str] = {}
        for (table,) in tables:
            columns = [c[1] for c in database.execute(f"PRAGMA table_info({table})").fetchall()]
            for row in database.execute(f"SELECT * FROM {table}").fetchall():
                for column, value in zip(columns, row, strict=True):
                    if (table, column) not in PLACES:
                        cells[f"{table}.{column}"] = f"{cells.get(f'{table}.{column}')} {value}"
    assert "mine/ward" in cells["tags.value"]
    assert "question" in cells["tags.value"]
    assert_clean(cells)
    artifacts = texts_below(runs.root / "artifacts")
    assert {Path(name).name for name in artifacts} >= {"scores.md", "figures.html"}
    assert_clean({Path(name).name: text for name, text in artifacts.items()})


def test_what_the_last_sync_left_is_its_owners_alone(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = runs.root / "mlflow.json"
    memory.write_text('{"tracking_uri": "https://ada:hun@ter2-7@example.org"}')
    memory.chmod(0o644)
    shared = f"sqlite:///{tmp_path / 'shared.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", shared)
    sync(runs)
    for path in (memory, runs.root / "mlflow-folder.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "hun@ter2" not in memory.read_text()
    page = tmp_path / "site"
    build(runs.root, page)
    assert "shared.db" not in "".join(texts_below(page).values())


def test_a_kept_network_says_nothing_of_the_folder_it_was_kept_in(tmp_path: Path) -> None:
    from runners.mlflow import saving

    model = tmp_path / "of ada" / "model-0123456789abcdef.keras"
    model.parent.mkdir()
    model.write_bytes(b"a network")
    schema = {"features": [{"kind": "number", "name": "age"}]}
    model.with_suffix(".json").write_text(json.dumps(schema))
    saving.save(tmp_path / "served", "mine/ward", model, schema)
    text = (tmp_path / "served" / "MLmodel").read_text()
    assert "artifacts/model-0123456789abcdef.keras" in text
    assert str(tmp_path) not in text
    assert "of ada" not in text
    assert str(CHECKOUT) not in text


DEFINITION = '''
"""A benchmark that fails with secrets in its words."""

import os

from benchmarks import Benchmark, benchmark


@benchmark("mine/ward")
def ward() -> Benchmark:
    raise RuntimeError(
        "https://ada:" + os.environ["MLFLOW_TRACKING_PASSWORD"] + "@git.example.org in "
        + os.environ["HOME"] + "/ward.csv"
    )
'''


def test_no_secret_is_on_the_terminal(place: Place) -> None:
    """Of errors, warnings and tracebacks; where the own home folder lies, nobody has to read."""
    home = place.root / "home"
    code = workshop(home / "folio")
    folder = code / "benchmarks" / "mine"
    folder.mkdir()
    (folder / "ward.py").write_text(DEFINITION)
    here = Place(place.root, code)
    more = {
        "MLFLOW_TRACKING_PASSWORD": "hun@ter2-7",
        "MLFLOW_TRACKING_URI": "http://ada-of-77:hun%40ter2-7@127.0.0.1:9",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    }
    shown = ""
    for command in (
        ("-m", "runners", "list"),
        ("-m", "runners", "bench", "--only", "mine/ward"),
        ("-m", "runners", "ui", "--runs", str(home / "runs")),
        ("-m", "portfolio", "--runs", str(home / "runs"), "--site", str(home / "site")),
        ("-m", "portfolio", "--runs", str(home / "runs"), "--site", "/proc/nothing"),
        ("-c", f"from runners import redaction as r; r.guard_tracebacks(); open('{home}/no')"),
    ):
        done = here.python(*command, **more)
        shown += done.stdout + done.stderr
    assert "ward.py: RuntimeError" in shown
    assert "git.example.org in ~/ward.csv" in shown
    assert "Traceback" in shown
    assert "'~/no'" in shown
    for secret in ("hun@ter2", "hun%40ter2", "ada-of-77", str(home)):
        assert secret not in shown


def test_the_remote_of_a_repository_is_named_without_its_login(place: Place) -> None:
    subprocess.run(["git", "init", "-q", str(place.root / "work")], check=True)
    remote = "https://ada-of-77:hun@ter2-7@127.0.0.1:9/o/r.git"
    subprocess.run(
        ["git", "-C", str(place.root / "work"), "remote", "add", "origin", remote], check=True
    )
    build(synthetic.showcase(place.root / "work/runs").root, place.root / "work/portfolio/site")
    here = Place(place.root, place.root / "work")
    shown = ""
    for command in (("publish", "--yes"), ("badges",)):
        done = here.python("-m", "portfolio", *command, PYTHONPATH=str(CHECKOUT))
        shown += done.stdout + done.stderr
    assert "https://127.0.0.1:9/o/r.git does not answer" in shown
    assert "uci/concrete.svg" in shown
    assert "hun@ter2" not in shown
    assert "ada-of-77" not in shown
