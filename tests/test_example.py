"""The example to commit, packed records, and what `make bench` says against those shipped."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import portfolio_synthetic as synthetic
import pytest
from conftest import CARRIED, CHECKOUT, Place, workshop

from benchmarks.metrics import Unit
from portfolio.page.build import build
from runners.compare import example
from runners.compare.scores import Row
from runners.records import pack
from runners.records.store import Runs
from runners.results import history
from runners.results.summary import collect, summarise


def files(folder: Path) -> dict[str, str]:
    """Hash of every file by its path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def facts(summary: dict[str, Any]) -> dict[str, Any]:
    """What a summary says, without when it was made."""
    return {key: value for key, value in summary.items() if key != "generated_at"}


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    """Records in every state, with a result of the past and what else lies beside records."""
    made = synthetic.showcase(tmp_path / "runs")
    history.note(made, "uci/concrete")
    for benchmark in ("uci/concrete", "uci/wine"):
        folder = made.root / "exhibits" / benchmark
        folder.mkdir(parents=True)
        (folder / "data.json").write_text("{}")
    (made.root / "mlflow.json").write_text('{"tracking_uri": "http://secret.example"}')
    (made.root / "mlflow.db").write_bytes(b"database")
    return made


def packed(root: Path, target: Path) -> int:
    return pack.pack(Runs(root), collect(Runs(root)), target)


def test_what_is_packed_is_what_a_page_needs(runs: Runs, tmp_path: Path) -> None:
    """The page of the packed file says what the page of the folder says."""
    target, published = tmp_path / "packed.tar.xz", runs.root / "published"
    published.mkdir()
    (published / "not-ours-to-pass-on.json").write_text("[1.0]")
    count = packed(runs.root, target)
    shutil.rmtree(published)
    assert count == len(runs.paths())
    (runs.root / "mlflow.json").unlink()
    with pack.opened(target) as folder:
        kinds = {Path(name).suffix for name in files(folder)}
        assert kinds == {".json", ".jsonl"}
        names = {name.split("/")[0] for name in files(folder)}
        assert names == {"records", "exhibits", "history", "skipped.json"}
        there = summarise(Runs(folder))
    assert facts(there) == facts(summarise(runs))


def test_scores_are_kept_to_the_bit_and_curves_to_four_digits(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    one = synthetic.record(
        synthetic.benchmark("uci/concrete"), "mlp", 0, 1 / 3, history={"loss": [1 / 3, 12345.678]}
    )
    synthetic.write(runs, one)
    packed(runs.root, tmp_path / "p.tar.xz")
    with pack.opened(tmp_path / "p.tar.xz") as folder:
        (found,) = Runs(folder).read()
    assert found["scores"] == {"rmse": 1 / 3}
    assert found["history"] == {"loss": [0.3333, 12350.0]}
    assert {k: v for k, v in found.items() if k != "history"} == {
        k: v for k, v in one.items() if k != "history"
    }


def test_older_generations_stay_at_home(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    concrete = synthetic.benchmark("uci/concrete")
    for recipe, month in (("r1", 1), ("r2", 2)):
        at = f"2026-0{month}-01T00:00:00+00:00"
        synthetic.write(
            runs, synthetic.record(concrete, "mlp", 0, month, recipe=recipe, finished=at)
        )
    assert packed(runs.root, tmp_path / "p.tar.xz") == 1
    with pack.opened(tmp_path / "p.tar.xz") as folder:
        assert [record["recipe"] for record in Runs(folder).read()] == ["r2"]


def test_the_same_folder_gives_the_same_bytes(runs: Runs, tmp_path: Path) -> None:
    packed(runs.root, tmp_path / "one.tar.xz")
    other = tmp_path / "elsewhere"
    shutil.copytree(runs.root, other)
    for path in other.rglob("*"):
        os.utime(path, (0, 0))
    packed(other, tmp_path / "two.tar.xz")
    assert (tmp_path / "one.tar.xz").read_bytes() == (tmp_path / "two.tar.xz").read_bytes()


@pytest.mark.parametrize("content", [b"", b"no archive", lzma.compress(b"no tar"), b"\xfd7zXZ\0\0"])
def test_what_is_not_packed_is_refused(place: Place, content: bytes) -> None:
    path = place.root / "runs.tar.xz"
    path.write_bytes(content)
    for command in (["portfolio", "--runs"], ["runners", "compare", str(path)]):
        more = ["--site", str(place.site)] if command[0] == "portfolio" else []
        done = place.python("-m", *command, str(path), *more)
        assert done.returncode == 2
        assert "cannot be unpacked" in done.stderr
        assert "Traceback" not in done.stderr
    assert not place.site.exists()


def test_an_archive_cannot_write_elsewhere(tmp_path: Path) -> None:
    path, plain = tmp_path / "evil.tar.xz", io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        member = tarfile.TarInfo("../../evil.json")
        member.size = 2
        archive.addfile(member, io.BytesIO(b"{}"))
    path.write_bytes(lzma.compress(plain.getvalue()))
    with pytest.raises(pack.PackError, match="cannot be unpacked"), pack.opened(path):
        pass
    assert not list(tmp_path.parent.rglob("evil.json"))


def test_the_example_is_a_page_with_its_records(runs: Runs, place: Place) -> None:
    target = place.root / "docs/example"
    given = ("--runs", str(runs.root), "--to", str(target))
    done = place.python("-m", "portfolio", "example", *given)
    assert done.returncode == 0, done.stderr
    assert "runs.tar.xz" in done.stdout
    first = files(target)
    assert {"runs.tar.xz", "index.html", "results.json", "cards/portfolio.png"} <= first.keys()
    assert not [path for path in target.parent.iterdir() if path != target], "something is left"

    rebuilt = place.python(
        "-m", "portfolio", "--runs", str(target / "runs.tar.xz"), "--site", str(place.site)
    )
    assert rebuilt.returncode == 0, rebuilt.stderr
    here, there = (
        json.loads((folder / "results.json").read_bytes()) for folder in (place.site, target)
    )
    assert facts(here) == facts(there)

    (target / "stale.html").write_text("of an earlier example")
    again = place.python("-m", "portfolio", "example", *given)
    assert again.returncode == 0, again.stderr
    second = files(target)
    assert second.keys() == first.keys()
    same = [n for n in first if first[n] == second[n]]
    assert {"runs.tar.xz", "cards/portfolio.png", "badges/uci/concrete.svg"} <= {*same}


def test_an_example_is_refused(runs: Runs, place: Place) -> None:
    """Without records, of a dirty result, or where something else lies."""
    target = place.root / "example"
    given = ("--runs", str(place.root / "nothing"), "--to", str(target))
    none = place.python("-m", "portfolio", "example", *given)
    assert none.returncode == 2
    assert "no records" in none.stderr
    assert not target.exists()

    other = place.root / "precious"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    done = place.python("-m", "portfolio", "example", "--runs", str(runs.root), "--to", str(other))
    assert done.returncode == 2
    assert "holds something that is no example" in done.stderr
    assert files(other).keys() == {"thesis.txt"}

    one = synthetic.record(
        synthetic.benchmark("uci/yacht"), "mlp-50", 0, 1.0, kind="keras", headline=True
    )
    one["environment"]["git"]["dirty"] = True
    synthetic.write(runs, one)
    given = ("--runs", str(runs.root), "--to", str(target))
    dirty = place.python("-m", "portfolio", "example", *given)
    assert dirty.returncode == 2
    assert "made with uncommitted changes: uci/yacht" in dirty.stderr
    assert not target.exists()
    forced = place.python("-m", "portfolio", "example", *given, "--force")
    assert forced.returncode == 0, forced.stderr


def test_pack_and_compare_by_command(runs: Runs, place: Place) -> None:
    target = place.root / "mine.tar.xz"
    given = ("--runs", str(runs.root), "--to", str(target))
    done = place.python("-m", "portfolio", "pack", *given)
    assert done.returncode == 0, done.stderr
    compared = place.command("compare", str(target), str(runs.root), "--json")
    rows = json.loads(compared.stdout)["entries"]
    assert compared.returncode == 0, compared.stderr
    assert rows
    told = {row["outcome"]: row["entry"] for row in rows}
    assert told.keys() <= {"same", "only in B"}, "entries without a definition are not packed"
    assert "same" in told
    empty = place.root / "empty"
    empty.mkdir()
    none = place.python("-m", "portfolio", "pack", "--runs", str(empty), "--to", str(target))
    assert none.returncode == 2
    assert "no records" in none.stderr


def moved(runs: Runs, folder: Path, by: float) -> Runs:
    """The same runs with the scores of concrete's headline moved."""
    shutil.copytree(runs.root, folder)
    for path in (folder / "records/uci/concrete/mlp-50").glob("*.json"):
        record = json.loads(path.read_bytes())
        record["scores"]["rmse"] += by * (1 + record["repeat"] / 100)
        path.write_text(json.dumps(record))
    return Runs(folder)


def test_the_sentence_against_the_reference_scores(runs: Runs, tmp_path: Path) -> None:
    shipped = tmp_path / "shipped.tar.xz"
    packed(runs.root, shipped)
    names = ["uci/concrete", "uci/wine"]
    told = example.against(collect(runs), names, shipped)
    assert told == (
        "Against the reference scores shipped with Kerasfolio: 8 entries the same within chance."
    )
    worse = collect(moved(runs, tmp_path / "worse", 5.0))
    told = example.against(worse, names, shipped)
    assert told is not None
    assert "7 entries the same within chance, 1 differs (uci/concrete mlp-50 " in told
    assert ", worse, p < 0.001)." in told
    assert "better, p" in str(
        example.against(collect(moved(runs, tmp_path / "better", -3.0)), names, shipped)
    )
    assert example.against(worse, ["uci/wine"], shipped) == (
        "Against the reference scores shipped with Kerasfolio: 3 entries the same within chance."
    )


def test_no_sentence_without_anything_to_compare(runs: Runs, tmp_path: Path) -> None:
    collected = collect(runs)
    assert example.against(collected, ["uci/concrete"], tmp_path / "none.tar.xz") is None
    shipped = tmp_path / "shipped.tar.xz"
    packed(runs.root, shipped)
    assert example.against(collected, [], shipped) is None
    assert example.against(collected, ["own/benchmark"], shipped) is None
    shipped.write_bytes(b"spoilt")
    assert "could not be read" in str(example.against(collected, ["uci/wine"], shipped))


def test_every_outcome_has_its_words() -> None:
    unit = Unit(**synthetic.RMSE)
    rows = [
        Row("a/b", f"e{i}", unit, outcome, "other data", 5, 1.0, 2.0, 1.0, p)
        for i, (outcome, p) in enumerate(
            [("same", 1.0), ("unclear", 0.4), ("unclear", None), ("not comparable", None)]
            + [("worse", 0.001)] * 7
        )
    ]
    told = str(example.sentence(rows))
    assert "2 entries the same within chance, 7 differ (" in told
    assert "; and 2 more), 1 with too few repeats to tell, 1 not comparable (such as a/b e3" in told
    assert example.sentence([]) is None


@pytest.mark.slow
def test_bench_says_how_it_stands(place: Place) -> None:
    """A checkout that ships an example compares with it at the end of a run."""
    code = workshop(place.root, *CARRIED.split(","))
    here = Place(place.root, code=code)
    arguments = ("--suite", "quick", "--only", CARRIED)
    first = here.bench(*arguments)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "reference scores" not in first.stdout
    given = ("--runs", str(here.runs), "--to", str(code / "docs/example"), "--force")
    made = here.python("-m", "portfolio", "example", *given)
    assert made.returncode == 0, made.stderr
    again = here.bench(*arguments, "--fresh")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Against the reference scores shipped with Kerasfolio: " in again.stdout
    assert "the same within chance." in again.stdout
    assert "differ" not in again.stdout.split("Against the reference")[1].splitlines()[0]


SHIPPED = CHECKOUT / "docs" / "example"


@pytest.mark.skipif(not SHIPPED.is_dir(), reason="no example is committed yet (make example)")
def test_the_committed_example_is_whole(tmp_path: Path) -> None:
    assert (SHIPPED / "runs.tar.xz").stat().st_size <= pack.MOST
    with pack.opened(SHIPPED / "runs.tar.xz") as folder:
        summary = build(folder, tmp_path / "site")
    shown = json.loads((SHIPPED / "results.json").read_bytes())
    assert {b["name"] for b in shown["benchmarks"]} == {b["name"] for b in summary["benchmarks"]}
    assert {*files(tmp_path / "site")} == {*files(SHIPPED)} - {"runs.tar.xz"}
