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
from portfolio.share import example as share
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


def test_the_example_is_packed_and_its_page_built_from_the_pack(runs: Runs, place: Place) -> None:
    shipped, page = place.root / "docs/example/runs.tar.xz", place.root / "portfolio/example"
    places = ("--records", str(shipped), "--to", str(page))
    renewed = place.python("-m", "portfolio", "example", "--from", str(runs.root), *places)
    assert renewed.returncode == 0, renewed.stderr
    assert "runs.tar.xz" in renewed.stdout
    assert files(shipped.parent).keys() == {"runs.tar.xz", "results.json"}
    first = files(page)
    assert {"index.html", "results.json", "cards/portfolio.png"} <= first.keys()
    assert "runs.tar.xz" not in first
    assert not [path for path in page.parent.iterdir() if path != page], "something is left"

    direct = place.python("-m", "portfolio", "--runs", str(shipped), "--site", str(place.site))
    assert direct.returncode == 0, direct.stderr
    here, there = (
        json.loads((folder / "results.json").read_bytes()) for folder in (place.site, page)
    )
    assert facts(here) == facts(there)

    kept = files(shipped.parent)
    (page / "stale.html").write_text("of an earlier example")
    again = place.python("-m", "portfolio", "example", *places)
    assert again.returncode == 0, again.stderr
    second = files(page)
    assert second.keys() == first.keys()
    same = [n for n in first if first[n] == second[n]]
    assert {"cards/portfolio.png", "badges/uci/concrete.svg"} <= {*same}
    assert files(shipped.parent) == kept

    repacked = place.python("-m", "portfolio", "example", "--from", str(shipped), *places)
    assert repacked.returncode == 0, repacked.stderr
    assert files(shipped.parent)["runs.tar.xz"] == kept["runs.tar.xz"]


def test_the_small_results_keep_every_score_and_the_strongest_verdict(
    runs: Runs, tmp_path: Path
) -> None:
    build(runs.root, tmp_path / "site")
    whole = json.loads((tmp_path / "site/results.json").read_bytes())
    less = share.small(whole)
    assert len(json.dumps(less)) < len(json.dumps(whole)) / 2
    assert {k: v for k, v in less.items() if k != "benchmarks"} == {
        k: v for k, v in whole.items() if k != "benchmarks"
    }
    compared = 0
    for small, full in zip(less["benchmarks"], whole["benchmarks"], strict=True):
        assert small.items() >= {(k, full[k]) for k in ("name", "level", "status", "strongest")}
        assert not {*share.BULK} & small.keys()
        for kept, entry in zip(small["entries"], full["entries"], strict=True):
            assert kept["name"] == entry["name"]
            assert kept["score"] == {k: entry["score"][k] for k in ("mean", "std", "n", "seeds")}
            wanted = [v for v in entry["verdicts"] if v["baseline"] == full["strongest"]]
            assert kept.get("verdicts", []) == (wanted if entry["headline"] else [])
            compared += len(kept.get("verdicts", []))
        named = {v["baseline"] for entry in small["entries"] for v in entry.get("verdicts", [])}
        assert named <= {baseline["id"] for baseline in small["baselines"]} <= {full["strongest"]}
    assert compared > 2


def test_an_example_is_refused(runs: Runs, place: Place) -> None:
    """Without records, of a dirty result, or where something else lies; nothing is written then."""
    shipped, page = place.root / "docs/runs.tar.xz", place.root / "example"
    places = ("--records", str(shipped), "--to", str(page))
    missing = place.python("-m", "portfolio", "example", *places)
    assert missing.returncode == 2
    assert f"expected packed records at {shipped}, found none" in missing.stderr
    nothing = ("--from", str(place.root / "nothing"))
    none = place.python("-m", "portfolio", "example", *nothing, *places)
    assert none.returncode == 2
    assert "no records" in none.stderr
    assert not page.exists()
    assert not shipped.parent.exists()

    given = ("--from", str(runs.root), "--records", str(shipped))
    other = place.root / "precious"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    (other / "index.html").write_text("<p>a page of somebody else")
    kept = files(other)
    done = place.python("-m", "portfolio", "example", *given, "--to", str(other))
    assert done.returncode == 2
    assert "holds something that is no page of this project" in done.stderr
    assert files(other) == kept
    assert not shipped.exists()

    one = synthetic.record(
        synthetic.benchmark("uci/yacht"), "mlp-50", 0, 1.0, kind="keras", headline=True
    )
    one["environment"]["git"]["dirty"] = True
    synthetic.write(runs, one)
    dirty = place.python("-m", "portfolio", "example", *given, "--to", str(page))
    assert dirty.returncode == 2
    assert "made with uncommitted changes: uci/yacht" in dirty.stderr
    assert not page.exists()
    assert not shipped.exists()
    forced = place.python("-m", "portfolio", "example", *given, "--to", str(page), "--force")
    assert forced.returncode == 0, forced.stderr
    assert shipped.exists()


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
    made = here.python("-m", "portfolio", "example", "--from", str(here.runs), "--force")
    assert made.returncode == 0, made.stderr
    again = here.bench(*arguments, "--fresh")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Against the reference scores shipped with Kerasfolio: " in again.stdout
    assert "the same within chance." in again.stdout
    assert "differ" not in again.stdout.split("Against the reference")[1].splitlines()[0]


SHIPPED = CHECKOUT / "docs" / "example"
PICTURES = {"index.png", "benchmark.png", "mlflow.png", "mlflow-models.png"}


def test_the_committed_example_is_whole_and_small(tmp_path: Path) -> None:
    """Its results are those of its records; `make example FROM=docs/example/runs.tar.xz` mends."""
    assert {*files(SHIPPED)} == {
        "README.md",
        "portfolio.toml",
        "results.json",
        "runs.tar.xz",
        *PICTURES,
    }
    assert (SHIPPED / "runs.tar.xz").stat().st_size <= pack.MOST
    for name in ("results.json", *PICTURES):
        assert (SHIPPED / name).stat().st_size <= 300_000, name
    for name in PICTURES:
        assert (SHIPPED / name).read_bytes().startswith(b"\x89PNG"), name
    share.page(SHIPPED / "runs.tar.xz", tmp_path / "site")
    built = json.loads((tmp_path / "site/results.json").read_bytes())
    shown = json.loads((SHIPPED / "results.json").read_bytes())
    assert facts(shown) == facts(share.small(built))
