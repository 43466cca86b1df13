"""The command line's contracts: what it prints, what it refuses, and what it never imports."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import CARRIED, CHECKOUT, Finished, Place, copied, workshop

from benchmarks import registry
from benchmarks.published import baselines
from runners.__main__ import main

BROKEN = """from dataclasses import replace
from benchmarks import benchmark
from benchmarks.timeseries import sunspots_yearly as other

@benchmark("toy/broken")
def broken():
    return replace(other.sunspots_yearly(), margin=-1)
"""


def test_the_list_as_json(place: Place) -> None:
    done = place.command("list", "--json")
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    known = registry.load().benchmarks
    assert rows.keys() == known.keys()
    for name, row in rows.items():
        benchmark = known[name]
        assert row["family"] == name.split("/")[0]
        assert row["suite"] in registry.SUITES
        assert row["task"] in ("regression", "classification")
        assert row["metric"]["name"] == benchmark.metric.name
        assert row["metric"]["direction"] in ("min", "max")
        assert row["protocol"] == benchmark.protocol.id
        assert row["entries"] == [entry.name for entry in benchmark.entries]
        assert row["headline"] in row["entries"]
        assert row["baselines"] == len(baselines.load(name))
        assert isinstance(row["baselines"], int)
    assert not list(place.root.glob("[!h]*")), "listing made files"


def test_the_list_for_people(place: Place) -> None:
    done = place.command("list")
    assert done.returncode == 0, done.stderr
    for name, benchmark in registry.load().benchmarks.items():
        if benchmark.collection:  # its collection has a line
            assert name not in done.stdout
            continue
        assert name in done.stdout
        assert benchmark.question in done.stdout
        assert all(entry.name in done.stdout for entry in benchmark.entries)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bench", "--only", "uci/wien"], "perhaps uci/wine"),
        (["bench", "--only", "uci/wine,cifar/cifar11"], "perhaps cifar/cifar10"),
        (["bench", "--only", ""], "--only is empty"),
        (["bench", "--only", " , "], "--only is empty"),
        (["bench", "--suite", "huge"], "expected one of quick, standard, full"),
        (["bench", "--jobs", "-1"], "expected 0 (all cores) or more"),
        (["bench", "--jobs", "two"], "--jobs"),
        (["bench", "--sweet", "quick"], "--sweet"),
        (["bench", "--engine", "ray"], "invalid choice: 'ray'"),
        (["bench", "--engine", "dask"], "--address tcp://HOST:8786"),
        (["bench", "--address", "tcp://127.0.0.1:9"], "--address is for the engine dask"),
        (["bench", "--timeout", "0"], "expected a number above 0, received 0"),
        (["bench", "--memory", "nan"], "expected a number above 0, received nan"),
        (["data", "--only", "uci/wien"], "perhaps uci/wine"),
        (["data", "--from", "no-such-folder"], "no-such-folder"),
        (["train"], "train"),
        ([], "command"),
    ],
)
def test_a_wrong_request_is_refused_before_anything_is_done(
    place: Place,
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In this process: an exception that was not caught ends the test."""
    monkeypatch.setenv("KERASFOLIO_DATA", str(place.data))
    folders = place.folders if arguments[:1] == ["bench"] else ()
    try:
        code = main([*arguments, *folders])
    except SystemExit as end:  # how argparse refuses
        code = end.code
    told = capsys.readouterr()
    assert code == 2, told
    assert said in told.out + told.err
    assert not place.runs.exists()
    assert not place.site.exists()


def page_of(place: Place) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((place.site / "results.json").read_bytes())
    return content


def skips(place: Place) -> dict[str, Any]:
    return {b["name"]: b for b in page_of(place)["benchmarks"] if b["status"] == "skipped"}


@pytest.fixture
def offline(finished: Finished, place: Place) -> Place:
    """Two benchmarks whose data is carried, trained before; two whose data cannot be had."""
    place.code = workshop(
        place.root, *CARRIED.split(","), "uci/concrete", "timeseries/italy-power-demand"
    )
    return copied(finished, place)


def test_what_cannot_be_had_is_skipped_loudly(offline: Place) -> None:
    done = offline.bench("--suite", "quick")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing to run: all 140 trials are done" in done.stdout
    assert "2 benchmarks run, 2 skipped for lack of data" in done.stdout
    missing = ("uci/concrete", "timeseries/italy-power-demand")
    skipped = skips(offline)
    assert set(skipped) == set(missing)
    for name in missing:
        lines = [line for line in done.stdout.splitlines() if line.startswith(f"! {name} ")]
        assert len(lines) == 2, "expected it before the training and again at the end"
        assert all("no data; " in line for line in lines), "the reason is on the page and by doctor"
        assert all("make data FROM=DIR" in line for line in lines)
        assert "cannot be reached" in skipped[name]["reason"]
        assert "make data FROM=DIR" in skipped[name]["remedy"]
        assert skipped[name]["entries"] == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--suite", "quick", "--strict"], 1),
        (["--only", "uci/concrete"], 1),
        (["--only", "uci/wine", "--strict"], 0),
    ],
)
def test_missing_data_fails_what_insists_on_it(
    offline: Place, arguments: list[str], code: int
) -> None:
    done = offline.bench(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert ("uci/concrete was skipped" in done.stdout) == bool(code)
    assert ("uci/concrete" in skips(offline)) == bool(code)


def test_a_kept_file_that_has_rotted_is_set_aside(continued: Place) -> None:
    """It cannot be fetched again here; the copy a library carries has the same values."""
    benchmark = registry.load().benchmarks["uci/wine"]
    files = [continued.data / file.keep for file in benchmark.data.copies[0].files]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"rotten")
    done = continued.bench("--suite", "quick", "--only", "uci/wine")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"the kept file {files[0]} is damaged" in done.stdout
    assert "using the copy a library carries" in done.stdout
    assert "Nothing to run" in done.stdout
    assert not files[0].exists()
    assert files[0].with_name(f"{files[0].name}.damaged").read_bytes() == b"rotten"


def test_a_bad_definition_does_not_keep_the_others_from_running(
    finished: Finished, place: Place
) -> None:
    place.code = workshop(place.root, *CARRIED.split(","))
    copied(finished, place)
    toy = place.code / "benchmarks" / "toy"
    toy.mkdir()
    (toy / "broken.py").write_text(BROKEN)
    said = "benchmarks/toy/broken.py: margin: expected a number above 0, or an anchor"
    suite = place.bench("--suite", "quick")
    assert suite.returncode == 2, suite.stdout + suite.stderr
    assert said in suite.stdout
    assert "2 benchmarks run, 0 skipped" in suite.stdout
    named = place.bench("--only", "uci/wine")
    assert named.returncode == 0, named.stdout + named.stderr
    itself = place.bench("--only", "toy/broken")
    assert itself.returncode == 2
    assert f"error: {said}" in itself.stderr


IMPORTS = "import sys; {}; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
MAIN = "from {} import main; assert main({!r}) == 0"


@pytest.mark.parametrize(
    "statement",
    [
        "import benchmarks",
        "from benchmarks import registry; assert not registry.load().problems",
        MAIN.format("runners.__main__", ["list", "--json"]),
        MAIN.format("portfolio.__main__", ["--runs", "{runs}", "--site", "{site}"]),
        "import runners.workflows.bench",
    ],
)
def test_no_framework_is_imported(continued: Place, statement: str) -> None:
    shutil.rmtree(continued.site)
    here = statement.replace("{runs}", str(continued.runs)).replace("{site}", str(continued.site))
    done = continued.python("-c", IMPORTS.format(here))
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "benchmarks" in loaded
    assert not {"tensorflow", "keras", "mlflow", "torch", "jax"} & loaded
    if "portfolio.__main__" in statement:
        assert (continued.site / "index.html").exists()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--trials", "x", "expected 1 setting or more, a whole number, received x"),
        ("--trials", "0", "expected 1 setting or more, a whole number, received 0"),
        ("--jobs", "two", "expected 0 (all cores) or more, a whole number, received two"),
        ("--timeout", "soon", "expected a number above 0, received soon"),
        ("--memory", "nan", "expected a number above 0, received nan"),
    ],
)
def test_a_number_that_is_none_is_said(
    option: str, value: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from runners.__main__ import parser

    arguments = ["improve", "uci/wine", option, value]
    with pytest.raises(SystemExit) as end:
        parser(arguments).parse_args(arguments)
    assert end.value.code == 2
    assert said in capsys.readouterr().err


def test_a_finished_run_says_what_to_open_next(finished: Finished) -> None:
    page = finished.made_in / "site/index.html"
    last, claim = finished.output.splitlines()[-1:-3:-1]
    assert last == f"Page:   {page.as_uri()}"
    expected = json.loads((page.parent / "results.json").read_bytes())["claim"]
    assert claim == expected.replace("\u202f", " ")  # not every terminal has a narrow space
    assert "MLflow: make ui" in finished.output
    assert page.read_text().startswith("<!doctype html>")
    lines = finished.output.splitlines()
    assert lines[0].startswith("Kerasfolio: 2 benchmarks")
    announced = next(n for n, line in enumerate(lines) if "140 trials to run" in line)
    assert " s on " in lines[announced], "no estimate"
    first = next(n for n, line in enumerate(lines) if "uci/wine majority" in line)
    assert announced < first
    assert "\x1b" not in finished.output, "colours where nobody sees them"
    assert "140 trials done, 0 failed; 2 benchmarks run" in finished.output


def test_everything_lies_in_the_folders_asked_for(finished: Finished) -> None:
    place = finished.place
    assert {path.name for path in finished.made_in.iterdir()} <= {"runs", "site", "data", "home"}
    assert {path.name for path in place.site.iterdir()} == {
        "index.html",
        "method.html",
        "results.json",
        "results.schema.json",
        "results.csv",
        "badges",
        "cards",
        "downloads",
        "figures",
        *(name.split("/")[0] for name in CARRIED.split(",")),
    }
    files = [path for path in place.data.rglob("*") if path.is_file()]
    assert all(path.suffix == ".lock" for path in files), "data was kept that was not fetched"
    status = {b["name"]: b["status"] for b in page_of(place)["benchmarks"]}
    assert status == dict.fromkeys(CARRIED.split(","), "done")


def test_a_record_names_no_path_of_this_machine(finished: Finished) -> None:
    for content in finished.place.records().values():
        for path in (CHECKOUT, finished.made_in, Path.home()):
            assert f'"{path}' not in content.decode()


@pytest.mark.slow
def test_a_new_machine_without_a_network(place: Place) -> None:
    """All carried benchmarks in two minutes, the first score in thirty seconds."""
    begun = time.monotonic()
    process = place.start("bench", "--suite", "quick", *place.folders)
    assert process.stdout is not None
    first, lines = 0.0, []
    for line in process.stdout:
        lines.append(line)
        if not first and line.startswith("  ") and " left" in line:
            first = time.monotonic() - begun
    assert process.wait() == 0, "".join(lines)
    seconds = time.monotonic() - begun
    status = {b["name"]: b["status"] for b in page_of(place)["benchmarks"]}
    carried = (
        "toy/celsius",
        "uci/wine",
        "uci/breast-cancer",
        "uci/digits",
        "timeseries/sunspots-yearly",
    )
    assert {name for name, state in status.items() if state == "done"} == set(carried)
    assert set(status.values()) == {"done", "skipped"}
    assert first < 30
    assert seconds < 120
