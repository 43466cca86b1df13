"""Records: whole or not there, refused when they lie, moved aside when they are none."""

from __future__ import annotations

import copy
import errno
import io
import json
import math
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NotRequired, get_origin, get_type_hints

import numpy as np
import portfolio_synthetic as synthetic
import pytest
from conftest import CHECKOUT, Finished
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import is_typeddict

from benchmarks import registry
from benchmarks.data import Store, load
from runners.execution.fingerprint import fingerprint
from runners.records import pack
from runners.records.record import Record, parse
from runners.records.store import Runs, as_json, write_atomically

GOOD = synthetic.record(synthetic.benchmark("uci/concrete"), "mlp-50", 3, 4.7)
PLACE = Runs(Path()).path("uci/concrete", "mlp-50", 3, GOOD["fingerprint"])


def fields(kind: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every field a record must have, those of its blocks included."""
    for name, inner in get_type_hints(kind, include_extras=True).items():
        if name in kind.__required_keys__ and get_origin(inner) is not NotRequired:
            yield (*above, name)
            if is_typeddict(inner):
                yield from fields(inner, (*above, name))


FIELDS = list(fields(Record))


def changed(*path: str, to: Any) -> dict[str, Any]:
    """The good record with one field changed."""
    record = copy.deepcopy(GOOD)
    inner = record
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return record


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    path = runs.write(GOOD, b"predictions")
    assert list(runs.read()) == list(runs.read("uci/concrete", "mlp-50")) == [GOOD]
    assert list(runs.read("uci/wine")) == []
    assert path.with_suffix(".npz").read_bytes() == b"predictions"
    assert not runs.quarantined
    assert files(tmp_path) == [path, path.with_suffix(".npz")]


def test_what_is_done_outlasts_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Content is on the disk before a file gets its name, and names before a trial is done.

    A disk may forget every name that no `fsync` of its folder has followed.
    """
    synced: set[int] = set()
    forgotten: dict[Path, int] = {}
    fsync, replace, mkdir = os.fsync, os.replace, Path.mkdir

    def recorded_fsync(handle: int) -> None:
        fsync(handle)
        number = os.fstat(handle).st_ino
        synced.add(number)
        for path, folder in list(forgotten.items()):
            if folder == number:
                del forgotten[path]

    def recorded_replace(source: str, target: Path) -> None:
        assert Path(source).stat().st_ino in synced, f"{target} gets its name before its content"
        replace(source, target)
        forgotten[Path(target)] = Path(target).parent.stat().st_ino

    def recorded_mkdir(path: Path, *given: Any, **named: Any) -> None:
        new = [one for one in (path, *path.parents) if not one.exists()]
        mkdir(path, *given, **named)
        forgotten.update((one, one.parent.stat().st_ino) for one in new)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(os, "replace", recorded_replace)
    monkeypatch.setattr(Path, "mkdir", recorded_mkdir)
    runs = Runs(tmp_path)
    for again in range(2):
        path = runs.write(changed("repeat", to=again), b"predictions")
        assert path.parent in forgotten or again
        assert path in forgotten
        runs.settle("uci/concrete", "mlp-50")
        assert not forgotten


@pytest.mark.parametrize("field", FIELDS, ids=".".join)
def test_a_record_without_a_field_is_refused(tmp_path: Path, field: tuple[str, ...]) -> None:
    record = copy.deepcopy(GOOD)
    holder = record
    for name in field[:-1]:
        holder = holder[name]
    del holder[field[-1]]
    with pytest.raises(ValueError, match=f"not a record: field '{'.'.join(field)}' is missing"):
        Runs(tmp_path).write(record, b"")
    assert not files(tmp_path)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (changed("scores", to={}), "no score for the headline metric 'rmse'"),
        (
            changed("scores", "rmse", to="4.7"),
            "'scores.rmse': expected a valid number, received",
        ),
        (changed("schema", to=99), "expected schema 1, received schema 99: a newer Kerasfolio"),
        (changed("schema", to=0), "expected schema 1, received schema 0: write it again"),
        (changed("benchmark", "metric", to={}), "'benchmark.metric.name' is missing"),
        (changed("benchmark", "also", to="nats"), "'benchmark.also': expected a valid list"),
        (changed("benchmark", "also", to=[{"name": "x"}]), "'benchmark.also.0.unit' is missing"),
        (changed("history", to=[1.0]), "'history': expected a valid dictionary, received list"),
        (changed("history", to={"loss": [1.0, None]}), "'history.loss.1': expected a valid number"),
        (changed("data", "rows", to="many"), "'data.rows': expected a valid integer, received 'm"),
        (changed("data", "train", to=0), "'data.train': expected greater than 0, received 0"),
        (
            changed("scores", "rmse", to=1e200),
            r"'scores.rmse': expected less .* to 1e\+150, received",
        ),
        (changed("seed", to=10**400), r"'seed': expected less than 9223372036854775808, received"),
        (changed("repeat", to=-1), "'repeat': expected greater than or equal to 0, received -1"),
        (changed("params", to=True), "'params': expected a valid integer, received True"),
        (
            changed("started_at", to="yesterday"),
            "'started_at': expected an ISO 8601 time",
        ),
        (changed("entry", "values", to={"a": [math.inf]}), "'entry.values': expected finite"),
    ],
)
def test_a_record_that_says_nothing_is_refused(
    tmp_path: Path, record: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        Runs(tmp_path).write(record, b"")
    assert not files(tmp_path)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("path", [("scores", "rmse"), ("history", "loss"), ("seconds", "group")])
def test_what_is_no_number_is_refused(tmp_path: Path, path: tuple[str, ...], value: float) -> None:
    with pytest.raises(ValueError, match=r"not a record|not JSON compliant"):
        Runs(tmp_path).write(changed(*path, to=value), b"predictions")
    assert not files(tmp_path), "a record that was refused left its predictions behind"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    write_atomically(path, b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "text, not bytes")  # type: ignore[arg-type]
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        write_atomically(tmp_path / "folder", b"new")
    assert path.read_bytes() == b"old"
    assert files(tmp_path) == [path]


def test_files_can_be_read_by_whom_the_user_allows(tmp_path: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    write_atomically(tmp_path / "page.html", b"")
    assert stat.S_IMODE((tmp_path / "page.html").stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (as_json(GOOD)[:-40], "not JSON"),
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[1]", "expected a JSON object, received list"),
        (b"{}", "field 'started_at' is missing"),
        (json.dumps(changed("scores", "rmse", to=math.nan)).encode(), "not JSON"),
        (json.dumps(changed("history", "loss", to=[math.inf])).encode(), "not JSON"),
        (as_json(GOOD).replace(b"4.7", b"1e999"), "'scores.rmse': expected a finite number"),
        (
            as_json(changed("notes", to={"a": 4.75})).replace(b"4.75", b"-1e999"),
            "expected finite",
        ),
        (b"[" * 100_000, "not JSON (recursion limit"),
        (b'{"schema": ' * 500 + b"1" + b"}" * 500, "not JSON (recursion limit"),
        (as_json(changed("schema", to=2)), "schema 1, received schema 2: a newer Kerasfolio"),
        (as_json(changed("entry", "name", to="mlp-99")), "it belongs to uci/concrete mlp-99"),
        (as_json(changed("benchmark", "name", to="uci/wine")), "it belongs to uci/wine mlp-50"),
        (as_json(changed("repeat", to=4)), "does not match its repeat and fingerprint"),
        (as_json(changed("fingerprint", to="0" * 64)), "does not match its repeat and fing"),
    ],
)
def test_what_is_no_record_is_moved_aside_and_named(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / PLACE
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    other = synthetic.record(synthetic.benchmark("uci/concrete"), "linear", 0, 9.0)
    runs = Runs(tmp_path)
    runs.write(other, b"")
    assert list(runs.read()) == [other]
    assert not path.exists()
    moved = tmp_path / "quarantine" / PLACE.relative_to("records")
    assert moved.read_bytes() == content
    (line,) = runs.quarantined
    assert said in line
    assert str(PLACE) in line
    assert str(moved) in line
    assert list(Runs(tmp_path).read()) == [other]


def test_a_folder_or_a_loop_in_the_place_of_a_record_is_moved_aside(tmp_path: Path) -> None:
    place = tmp_path / PLACE
    (place / "inside").mkdir(parents=True)
    loop = place.with_name("04-loop.json")
    loop.symlink_to(loop.name)
    runs = Runs(tmp_path)
    assert list(runs.read()) == []
    assert not place.exists()
    assert not loop.is_symlink()
    assert (tmp_path / "quarantine" / PLACE.relative_to("records") / "inside").is_dir()
    assert [str(PLACE) in runs.quarantined[0], "04-loop" in runs.quarantined[1]] == [True, True]


def test_the_example_is_read_as_it_was_written() -> None:
    """Records of version 0.1: every one is whole, and to the last digit what its file says."""
    with pack.opened(CHECKOUT / "docs/example/runs.tar.xz") as folder:
        runs, count = Runs(folder), 0
        for path in runs.paths():
            read = runs.load(path)
            packed = json.dumps(read, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            assert packed.encode() + b"\n" == path.read_bytes()
            count += 1
    assert count > 3000
    assert not runs.quarantined


def test_keys_that_are_not_named_are_kept(tmp_path: Path) -> None:
    record = changed("environment", "later", to=[1])
    record["more"] = {"a": 1}
    Runs(tmp_path).write(record, b"")
    assert list(Runs(tmp_path).read()) == [record]


keys = st.sampled_from(["name", "family", "metric", "protocol", "values", "rmse", "versions"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=8,
)


@given(st.sampled_from(FIELDS), json_values)
def test_a_field_of_any_value_is_accepted_or_refused_never_a_crash(
    field: tuple[str, ...], value: Any
) -> None:
    record = changed(*field, to=value)
    with TemporaryDirectory() as name:
        path = Path(name) / PLACE
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(record))
        runs = Runs(Path(name))
        read = list(runs.read())
        assert len(read) + len(runs.quarantined) == 1
        assert path.exists() == bool(read)
        assert read in ([], [record])


@given(st.binary(max_size=200))
def test_any_bytes_are_moved_aside(content: bytes) -> None:
    with TemporaryDirectory() as name:
        path = Path(name) / PLACE
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        runs = Runs(Path(name))
        assert list(runs.read()) == []
        assert len(runs.quarantined) == 1


def test_a_failure_is_no_record_and_lasts_until_what_failed_succeeds(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    failure = {"benchmark": "uci/concrete", "entry": "mlp-50", "repeats": [0, 4], "reason": "…"}
    runs.clear_failure("uci/concrete", "mlp-50", [0])
    runs.write_failure("uci/concrete", "mlp-50", failure)
    assert list(runs.read()) == []
    runs.clear_failure("uci/concrete", "mlp-50", [1, 2, 3])
    assert list(runs.failures()) == [failure]
    runs.clear_failure("uci/concrete", "mlp-50", [3, 4])
    assert list(runs.failures()) == [failure | {"repeats": [0]}]
    runs.clear_failure("uci/concrete", "mlp-50", [0])
    assert list(runs.failures()) == []


def really(finished: Finished) -> Iterator[tuple[Path, dict[str, Any]]]:
    for name, content in finished.place.records().items():
        yield finished.place.runs / "records" / name, json.loads(content)


def test_a_finished_run_left_every_record_whole_and_nothing_half(finished: Finished) -> None:
    counts: dict[str, int] = {}
    for path, record in really(finished):
        assert parse(path.read_bytes()) == record
        counts[path.parent.parent.name] = counts.get(path.parent.parent.name, 0) + 1
    assert counts == {"wine": 4 * 30, "sunspots-yearly": 4 * 5}
    assert not finished.place.halves()
    assert not (finished.place.runs / "quarantine").exists()


def test_a_fingerprint_can_be_computed_anew_from_its_record(finished: Finished) -> None:
    for _, record in really(finished):
        assert record["recipe"] == fingerprint(record["inputs"])
        own = {key: record[key] for key in ("seed", "repeat", "group", "recipe")}
        assert record["fingerprint"] == fingerprint(own)


def test_the_stored_predictions_have_the_recorded_score(finished: Finished) -> None:
    store = Store(finished.place.data, offline=True)
    for name in ("uci/wine", "timeseries/sunspots-yearly"):
        benchmark = registry.load().benchmarks[name]
        dataset = load(benchmark.data, store).dataset
        splits = benchmark.protocol.splits(dataset)
        for path, record in really(finished):
            if record["benchmark"]["name"] != name:
                continue
            with np.load(io.BytesIO(path.with_suffix(".npz").read_bytes())) as stored:
                rows, prediction = stored["rows"], stored["prediction"]
            split = splits[record["repeat"]]
            np.testing.assert_array_equal(rows, split.test)
            assert record["data"]["digest"] == dataset.digest
            assert (record["data"]["train"], record["data"]["test"]) == (
                len(split.train),
                len(split.test),
            )
            score = benchmark.metric.score(dataset.y[rows], prediction)
            # Predictions are kept as 32-bit numbers, scores are computed from what was predicted.
            assert score == pytest.approx(record["scores"][benchmark.metric.name], rel=1e-6)


def test_a_record_says_what_it_depends_on(finished: Finished) -> None:
    for _, record in really(finished):
        environment = record["environment"]
        assert {"tensorflow", "keras", "numpy", "python"} <= set(environment["versions"])
        assert "-" not in environment["versions"].values()
        assert environment["device"] == "cpu"
        assert environment["threads"] == 1
        assert record["started_at"] <= record["finished_at"]
        assert record["repeat"] in record["group"]
        if record["entry"]["kind"] == "keras":
            curve = record["history"]["loss"]
            values = record["entry"]["values"]
            candidates = values.get("candidates", {"": values}).values()
            assert len(curve) in {candidate["epochs"] for candidate in candidates}
            assert curve[-1] < curve[0]
            assert record["params"] > 0


def test_of_trials_written_together_those_before_a_full_disk_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the disk says no, each trial is whole or not there, and nothing else is left."""
    trials = [(changed("repeat", to=repeat), b"predictions") for repeat in range(3)]
    for call in ("fdopen", "fsync", "replace"):
        kept = []
        for room in range(7):
            runs, left = Runs(tmp_path / call / str(room)), iter(range(room))
            with monkeypatch.context() as patch:
                real = getattr(os, call)

                def full(*given: Any, real: Any = real, left: Any = left, **named: Any) -> Any:
                    if next(left, None) is None:
                        raise OSError(errno.ENOSPC, "No space left on device")
                    return real(*given, **named)

                patch.setattr(os, call, full)
                if room < 6:
                    with pytest.raises(OSError, match="No space"):
                        runs.write_all(trials)
                else:
                    runs.write_all(trials)
            assert not list(runs.root.rglob("*.part"))
            found = [record["repeat"] for record in runs.read()]
            assert all(path.with_suffix(".npz").is_file() for path in runs.paths())
            kept.append(found)
        assert kept == [[], [], [0], [0], [0, 1], [0, 1], [0, 1, 2]]


def test_trials_before_one_that_is_no_record_are_kept(tmp_path: Path) -> None:
    trials = [(GOOD, b""), (changed("schema", to=99), b"")]
    with pytest.raises(ValueError, match="expected schema 1"):
        Runs(tmp_path).write_all(trials)
    assert list(Runs(tmp_path).read()) == [GOOD]
