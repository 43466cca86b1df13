"""Records are carried over where code changed and numbers did not, and nowhere else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import Finished, Place, copied, workshop

WINE = ("--only", "uci/wine")
OPTIMIZER = Path("benchmarks/training/updates.py")
REFERENCES = Path("benchmarks/entries/classical/references.py")
NEAREST = "KNeighborsClassifier(k).fit(x, 0 + train.y)"


@pytest.fixture
def changed(finished: Finished, place: Place) -> Place:
    """A finished run of wine beside a copy of the code that a test may change."""
    place.code = workshop(place.root, "uci/wine")
    copied(finished, place)
    shutil.rmtree(place.runs / "records/timeseries")
    return place


def edit(place: Place, file: Path, old: str, new: str) -> None:
    path = place.code / file
    text = path.read_text("utf-8")
    assert old in text, f"{file} no longer has {old!r}: change this test with it"
    path.write_text(text.replace(old, new), "utf-8")


def adopt(place: Place, *more: str) -> tuple[int, str]:
    done = place.command("adopt", *WINE, "--suite", "quick", "--runs", str(place.runs), *more)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def records(place: Place, entry: str) -> list[dict[str, Any]]:
    found = place.records(f"uci/wine/{entry}")
    return [json.loads(content) for _, content in sorted(found.items())]


def to_run(place: Place) -> str:
    done = place.command("plan", "uci/wine", "--suite", "quick", "--runs", str(place.runs))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_change_that_moves_no_number_trains_one_group_and_carries_the_rest(
    changed: Place,
) -> None:
    """Without kept predictions the scores alone are compared, and the record says so."""
    edit(changed, OPTIMIZER, "1.0 - 0.9)", "1.0 - 0.9 + 0.0)")
    edit(changed, REFERENCES, "np.bincount(train.y", "np.bincount(0 + train.y")
    edit(changed, REFERENCES, "KNeighborsClassifier(k).fit(x, train.y)", NEAREST)
    compared = dict.fromkeys(("mlp-64", "majority"), "scores and predictions")
    compared["5-nn"] = "scores"
    for path in (changed.runs / "records/uci/wine/5-nn").glob("*.npz"):
        path.unlink()
    before = {entry: records(changed, entry) for entry in compared}
    assert "90 to run" in to_run(changed)

    code, output = adopt(changed)

    assert code == 0, output
    assert "3 of 3 entries carried over" in output
    assert "0 to run" in to_run(changed)
    for entry, old in before.items():
        new = records(changed, entry)
        assert [r["scores"] for r in new] == [r["scores"] for r in old]
        assert [r["finished_at"] for r in new] == [r["finished_at"] for r in old]
        assert {r["recipe"] for r in new}.isdisjoint(r["recipe"] for r in old)
        for record in new:
            (proof,) = record["adopted"]
            assert proof["recipe"] == old[0]["recipe"]
            assert proof["trained_again"] == list(range(30))
            assert proof["compared"] == compared[entry]
            path = changed.runs / "records/uci/wine" / entry
            name = f"{record['repeat']:02d}-{record['fingerprint'][:16]}"
            assert (path / f"{name}.npz").is_file() == ("predictions" in compared[entry])
            assert (path / f"{name}.json").is_file()
    model = changed.runs / "records/uci/wine/mlp-64"
    assert [p.stem for p in model.glob("model-*.keras")] == [
        f"model-{records(changed, 'mlp-64')[0]['recipe'][:16]}"
    ]
    done = changed.bench("--suite", "quick", *WINE)
    assert "Nothing to run" in done.stdout
    results = json.loads((changed.site / "results.json").read_text("utf-8"))
    (wine,) = results["benchmarks"]
    assert len(wine["history"]) == 1, "the same score under two fingerprints is one result"


def test_a_change_that_moves_numbers_carries_nothing(changed: Place) -> None:
    edit(changed, OPTIMIZER, "1.0 - 0.9)", "1.0 - 0.8)")
    before = changed.records()

    code, output = adopt(changed)

    assert code == 1
    assert "0 of 1 entries carried over" in output
    assert changed.records() == before


def test_an_interrupted_call_is_finished_without_training_again(changed: Place) -> None:
    """No record is lost or doubled, whether the new ones were not all written or the old not gone;
    a copy under a wrong name stays where it is."""
    edit(changed, OPTIMIZER, "1.0 - 0.9)", "1.0 - 0.9 + 0.0)")
    folder = changed.runs / "records/uci/wine/mlp-64"
    old = shutil.copytree(folder, changed.root / "old")
    shutil.copy(min(folder.glob("0*.json")), folder / "00-copy.json")
    assert adopt(changed)[0] == 0
    (folder / "00-copy.json").unlink()
    whole = changed.records("uci/wine/mlp-64")
    written = sorted(folder.glob("[0-9]*.json"))
    for path in written[5:]:
        path.unlink()
        path.with_suffix(".npz").unlink()
    for path in old.glob("[0-9]*"):
        shutil.copy(path, folder)

    code, output = adopt(changed)

    assert code == 0, output
    assert "1 of 1 entries carried over" in output
    assert "same to the bit" not in output
    assert changed.records("uci/wine/mlp-64") == whole
    assert len(list(folder.glob("*.npz"))) == len(whole) == 30


def test_other_seeds_are_not_carried_over(changed: Place) -> None:
    """One group shows nothing about repeats that would now start from another seed."""
    edit(changed, REFERENCES, "np.bincount(train.y", "np.bincount(0 + train.y")
    path = max((changed.runs / "records/uci/wine/majority").glob("[0-9]*.json"))
    record = json.loads(path.read_bytes())
    path.write_text(json.dumps({**record, "seed": 12345}), "utf-8")
    before = changed.records("uci/wine/majority")

    code, output = adopt(changed)

    assert code == 1
    assert "its repeats were other rows or had other seeds" in output
    assert changed.records("uci/wine/majority") == before


def test_nothing_changed_trains_nothing(changed: Place) -> None:
    before = changed.records()
    code, output = adopt(changed)
    assert (code, changed.records()) == (0, before)
    assert "0 entries have records made by other code" in output


def test_records_of_other_libraries_are_not_carried_over(changed: Place) -> None:
    for path in (changed.runs / "records/uci/wine/majority").glob("[0-9]*.json"):
        record = json.loads(path.read_bytes())
        record["inputs"]["environment"]["versions"]["numpy"] = "1.0"
        record["recipe"] = "0" * 64
        path.write_text(json.dumps(record), "utf-8")
    before = changed.records("uci/wine/majority")

    code, output = adopt(changed)

    assert code == 1
    assert (
        "majority has to be trained again: its records were made with other environment" in output
    )
    assert changed.records("uci/wine/majority") == before
