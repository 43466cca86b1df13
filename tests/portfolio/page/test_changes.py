"""A site of which only what has changed is made anew is the one that is made from scratch."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import collection_synthetic
import portfolio_synthetic as synthetic
import pytest

from portfolio.page import cards, changes
from portfolio.page.build import build
from runners.records.store import Runs

COLLECTION = replace(
    collection_synthetic.collection(),
    members=["uci/archive-121-abalone", "uci/archive-121-bank"],
    excluded={},
)
Change = Callable[[Path], object]


def made(root: Path, site: str = "site") -> dict[str, bytes]:
    """The files of a site built from `root`/runs, without the moment it was built in."""
    build(root / "runs", root / site, collections={COLLECTION.name: COLLECTION})
    found = {
        path.relative_to(root / site).as_posix(): path.read_bytes()
        for path in sorted((root / site).rglob("*"))
        if path.is_file()
    }
    results = json.loads(found["results.json"])
    del results["generated_at"]
    return {**found, "results.json": json.dumps(results).encode()}


def from_scratch(root: Path) -> dict[str, bytes]:
    """The same of a folder that nothing was built in, with nothing kept of another build."""
    shutil.rmtree(root / "fresh", ignore_errors=True)
    kept = root / "runs" / changes.FILE
    content = kept.read_bytes()
    kept.unlink()
    try:
        return made(root, "fresh")
    finally:
        kept.write_bytes(content)


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three benchmarks and a collection of two tasks, built once."""
    root = tmp_path_factory.mktemp("changes")
    runs = Runs(root / "runs")
    for name in ("toy/celsius", "uci/concrete", "uci/yacht"):
        drawn = {
            "mean": (16.0, 0.5, dict(synthetic.FLOOR)),
            "mlp-50": (5.0, 0.5, {**synthetic.HEADLINE, "epochs": 5}),
        }
        synthetic.entries(runs, synthetic.benchmark(name), drawn, 3)
    for task in COLLECTION.members:
        facts = synthetic.benchmark(task, task="classification", metric=synthetic.ACCURACY)
        drawn = {
            "svm": (0.7, 0.01, {}),
            "bagged": (0.8, 0.01, dict(synthetic.HEADLINE)),
        }
        synthetic.entries(runs, facts, drawn, 2)
    made(root)
    return root


@pytest.fixture
def place(built: Path, tmp_path: Path) -> Path:
    """A copy of them; copies of files are other files, so that one build is needed again."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    made(tmp_path)
    return tmp_path


def touched(place: Path, change: Change) -> set[str]:
    """What a build after a change wrote, and that it came to what a build from scratch does."""
    before = {path: changes.stamp(path) for path in (place / "site").rglob("*") if path.is_file()}
    change(place)
    after = made(place)
    assert differing(after, from_scratch(place)) == []
    return {
        path.relative_to(place / "site").as_posix()
        for path in (place / "site").rglob("*")
        if path.is_file() and changes.stamp(path) != before.get(path)
    }


ALWAYS = {"results.json"}


def test_without_a_change_no_page_is_written(place: Path) -> None:
    assert touched(place, lambda root: None) == ALWAYS


def test_no_record_of_an_unchanged_benchmark_is_read(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Runs, "load", lambda self, path: pytest.fail(f"{path} was read"))
    made(place)


def another_trial(root: Path) -> None:
    facts = synthetic.benchmark("uci/concrete")
    again = synthetic.record(facts, "mlp-50", 3, 4.0, **synthetic.HEADLINE)
    synthetic.write(Runs(root / "runs"), again)


def test_a_trial_changes_the_pages_of_its_benchmark(place: Path) -> None:
    found = touched(place, another_trial)
    assert "uci/concrete.html" in found
    others = {name for name in found if name.endswith(".html") and "/" in name}
    assert others == {"uci/concrete.html"}


def gone(root: Path) -> None:
    shutil.rmtree(root / "runs/records/uci/concrete")


def less(root: Path) -> None:
    next((root / "runs/records/uci/concrete").glob("*/0*.json")).unlink()


def failed(root: Path) -> None:
    folder = next((root / "runs/records/uci/concrete").iterdir())
    failure = {"benchmark": "uci/concrete", "entry": folder.name, "repeats": [3], "reason": "why"}
    (folder / "failed.json").write_text(json.dumps(failure))


def skipped(root: Path) -> None:
    why = {"reason": "no file", "remedy": "get it", "at": "2026-11-21T08:00:00+00:00"}
    path = root / "runs/skipped.json"
    before = json.loads(path.read_bytes()) if path.is_file() else {}
    path.write_text(json.dumps({**before, "uci/new": why}))


def mirrored(root: Path) -> None:
    entry = next((root / "runs/records/uci/concrete").iterdir()).name
    content = {"entries": {f"uci/concrete/{entry}": "0" * 32}, "experiments": {"uci": "7"}}
    (root / "runs/mlflow.json").write_text(json.dumps(content))


def words(root: Path) -> None:
    (root / "portfolio/notes/uci").mkdir(parents=True)
    (root / "portfolio/notes/uci/concrete.md").write_text("What was learned.")


def owned(root: Path) -> None:
    (root / "portfolio.toml").write_text('name = "Ada"\nfeature = ["uci/concrete"]\n')


def of_a_task(root: Path) -> None:
    shutil.rmtree(root / "runs/records" / COLLECTION.members[0])


def defaced(root: Path) -> None:
    (root / "site/uci/concrete.html").write_text("mine")


def lost(root: Path) -> None:
    (root / "site/badges/uci/concrete.svg").unlink()


def forgotten(root: Path) -> None:
    (root / "runs" / changes.FILE).write_bytes(b"0" * 64 + b"\n{}")


@pytest.mark.parametrize(
    "change",
    [
        gone,
        less,
        failed,
        skipped,
        mirrored,
        words,
        owned,
        of_a_task,
        defaced,
        lost,
        forgotten,
    ],
)
def test_a_site_after_a_change_is_the_one_made_from_scratch(place: Path, change: Change) -> None:
    before = made(place)
    found = touched(place, change)
    assert found > ALWAYS or change is forgotten
    if change not in (defaced, lost, forgotten):
        assert differing(before, made(place))


def test_a_build_that_was_stopped_is_made_good(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another_trial(place)
    less(place)
    for stop_at in (0, 3, 8):
        with monkeypatch.context() as patch:
            written = iter(range(stop_at))

            def stopping(path: Path, content: bytes, at: object = written) -> None:
                if next(at, None) is None:  # type: ignore[call-overload]
                    raise KeyboardInterrupt
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

            patch.setattr(cards, "write_changed", stopping)
            with pytest.raises(KeyboardInterrupt):
                made(place)
    assert differing(made(place), from_scratch(place)) == []


def test_a_damaged_record_is_told_once(place: Path) -> None:
    next((place / "runs/records/uci/concrete").glob("*/0*.json")).write_text("{")
    assert b"moved to" in made(place)["index.html"]
    assert differing(made(place), from_scratch(place)) == []


def test_code_and_libraries_count(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "_code", lambda: "another")
    read: list[Path] = []
    load = Runs.load
    monkeypatch.setattr(Runs, "load", lambda self, path: (read.append(path), load(self, path))[1])
    made(place)
    assert read
