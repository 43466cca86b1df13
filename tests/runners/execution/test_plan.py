"""What is trained: what is missing or changed, no more; what failed is never done."""

from __future__ import annotations

import io
import json
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CARRIED, Finished, Place, copied, workshop

from runners.records.store import Runs

DRIVER = """
import json, sys
from runners.__main__ import main
code = main(sys.argv[1:])
print("LOADED", json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
sys.exit(code)
"""
"""The command line, and then what it has imported."""


def results(place: Place) -> dict[str, Any]:
    """`results.json` by benchmark name."""
    content = json.loads((place.site / "results.json").read_bytes())
    return {benchmark["name"]: benchmark for benchmark in content["benchmarks"]}


def test_a_second_run_trains_nothing_and_changes_nothing(continued: Place) -> None:
    before = continued.records()
    page = (continued.site / "results.json").read_bytes()
    begun = time.monotonic()
    done = continued.bench("--suite", "quick", "--only", CARRIED)
    seconds = time.monotonic() - begun
    assert done.returncode == 0, done.stderr
    assert "Nothing to run: all 140 trials are done" in done.stdout
    assert seconds < 10
    assert continued.records() == before
    generated = re.compile(rb'"generated_at": "[^"]*"')
    again = (continued.site / "results.json").read_bytes()
    place = (str(continued.runs).encode(), b"runs")
    assert generated.sub(b"", again).replace(*place)
    assert results(continued).keys() == {"uci/wine", "timeseries/sunspots-yearly"}
    old, new = json.loads(page), json.loads(again)
    for content in (old, new):
        content.pop("generated_at")
        content.pop("mlflow")
    assert new == old


@dataclass
class Repaired:
    place: Place
    before: dict[str, bytes]
    output: str
    loaded: set[str]
    spoilt: dict[str, str]
    """Record that was spoilt -> what the run must say is wrong with it."""
    deleted: set[str]


@pytest.fixture(scope="module")
def repaired(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Repaired:
    """A run after two records were deleted and others were spoilt in every way."""
    place = copied(finished, Place(tmp_path_factory.mktemp("repaired")))
    before = place.records()

    def one(entry: str, repeat: int) -> str:
        (name,) = [n for n in before if n.startswith(f"{entry}/{repeat:02d}-")]
        return name

    def at(name: str) -> Path:
        return place.runs / "records" / name

    deleted = one("uci/wine/5-nn", 3)
    at(deleted).unlink()
    cut, empty, list_ = (one("uci/wine/majority", repeat) for repeat in (5, 6, 7))
    at(cut).write_bytes(before[cut][: len(before[cut]) // 2])
    at(empty).write_bytes(b"")
    at(list_).write_bytes(b"[1, 2]\n")
    newer, scoreless = one("uci/wine/linear", 1), one("uci/wine/linear", 2)
    at(newer).write_text(json.dumps(json.loads(before[newer]) | {"schema": 2}))
    at(scoreless).write_text(json.dumps(json.loads(before[scoreless]) | {"scores": {}}))
    renamed = one("uci/wine/5-nn", 8).replace("/08-", "/09-")
    at(one("uci/wine/5-nn", 8)).rename(at(renamed))
    foreign = one("timeseries/sunspots-yearly/mean", 0)
    at(foreign).write_bytes(before[one("timeseries/sunspots-yearly/linear", 0)])
    stacked = one("uci/wine/mlp-64", 0)
    at(stacked).unlink()
    arguments = ["bench", "--suite", "quick", "--only", CARRIED, *place.folders]
    done = place.python("-c", DRIVER, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr, done.stderr
    output, _, loaded = done.stdout.partition("LOADED ")
    spoilt = {
        cut: "not JSON",
        empty: "not JSON",
        list_: "expected a JSON object, received list",
        newer: "expected schema 1, received schema 2",
        scoreless: "no score for the headline metric 'accuracy'",
        renamed: "its name does not match its repeat and fingerprint",
        foreign: "it belongs to timeseries/sunspots-yearly linear, not here",
    }
    return Repaired(place, before, output, set(json.loads(loaded)), spoilt, {deleted, stacked})


def test_only_what_is_missing_is_trained_again(repaired: Repaired) -> None:
    untouched = {
        name: content
        for name, content in repaired.before.items()
        if name not in repaired.spoilt
        and name not in repaired.deleted
        and not name.startswith("uci/wine/5-nn/08-")
    }
    after = repaired.place.records()
    assert untouched.items() <= after.items(), "a whole record was written again"
    trained = re.findall(r"^  (\S+ \S+ [\d-]+) +(?:accuracy|rmse) ", repaired.output, re.MULTILINE)
    # Repeats that are missing together train together.
    assert sorted(trained) == [
        "timeseries/sunspots-yearly mean 0",
        "uci/wine 5-nn 3-8",
        "uci/wine linear 1-2",
        "uci/wine majority 5-7",
        "uci/wine mlp-64 0",
    ]
    assert "9 trials to run (131 done before)" in repaired.output
    new = {name: json.loads(after[name]) for name in after.keys() - untouched.keys()}
    assert sorted((r["entry"]["name"], r["repeat"]) for r in new.values()) == sorted(
        [("5-nn", 3), ("5-nn", 8), ("linear", 1), ("linear", 2), ("mean", 0), ("mlp-64", 0)]
        + [("majority", repeat) for repeat in (5, 6, 7)]
    )
    assert all(record["group"] != list(range(30)) for record in new.values())


def test_scores_trained_again_are_the_scores_there_were(repaired: Repaired) -> None:
    def scores(records: dict[str, bytes]) -> dict[str, Any]:
        parsed = [json.loads(content) for content in records.values()]
        return {
            f"{r['benchmark']['name']} {r['entry']['name']} {r['repeat']}": r["scores"]
            for r in parsed
            if r["entry"]["name"] != "mlp-64" or r["group"] != [0]
        }

    before = scores(repaired.before)
    before.pop("uci/wine mlp-64 0")  # trained in a stack of 30 then, alone now: another program
    assert scores(repaired.place.records()) == before


def test_a_stack_resumed_in_part_is_said_to_be_another_program(repaired: Repaired) -> None:
    assert "mlp-64: the repeats missing train in a smaller stack" in repaired.output
    assert "within tolerance, not to the bit" in repaired.output


def test_what_is_no_record_is_named_and_kept_aside(repaired: Repaired) -> None:
    for name, reason in repaired.spoilt.items():
        (line,) = [li for li in repaired.output.splitlines() if f"records/{name}: " in li]
        assert line.startswith("! not a record: ")
        assert reason in line
        assert (repaired.place.runs / "quarantine" / name).is_file()
    kept = [path for path in (repaired.place.runs / "quarantine").rglob("*") if path.is_file()]
    assert len(kept) == len(repaired.spoilt)


def test_the_parent_loads_no_framework(repaired: Repaired) -> None:
    assert "mlflow" in repaired.loaded, "expected this run to have trained and synced"
    assert not {"tensorflow", "keras", "torch", "jax"} & repaired.loaded


def test_fresh_trains_again_and_gets_the_same_bits(continued: Place) -> None:
    def predictions() -> dict[str, bytes]:
        folder = continued.runs / "records" / "uci" / "wine"
        stored = {}
        for path in sorted(folder.glob("*/*.npz")):
            with np.load(io.BytesIO(path.read_bytes())) as arrays:
                stored[path.name] = arrays["rows"].tobytes() + arrays["prediction"].tobytes()
        return stored

    records, arrays = continued.records("uci/wine/*"), predictions()
    done = continued.bench("--suite", "quick", "--only", "uci/wine", "--fresh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "120 of 120 trials to run" in done.stdout
    again = continued.records("uci/wine/*")
    assert again.keys() == records.keys(), "the same inputs have another fingerprint"
    for name, content in again.items():
        old, new = json.loads(records[name]), json.loads(content)
        assert new["started_at"] > old["started_at"]
        assert new["scores"] == old["scores"]
        assert new["history"] == old["history"]
    assert predictions() == arrays
    assert len(arrays) == 120


COUNT = """
import json, sys
from pathlib import Path
from benchmarks import registry
from benchmarks.data import Store, load
from runners.execution.plan import make
from runners.records.store import Runs

known, counts = registry.load(), {}
assert not known.problems, known.problems
for name, benchmark in known.benchmarks.items():
    loaded = load(benchmark.data, Store(Path(sys.argv[2]), offline=True))
    plan = make(benchmark, loaded, "quick", Runs(Path(sys.argv[1])), False)
    for group in plan.groups:
        key = f"{name} {group.entry}"
        counts[key] = counts.get(key, 0) + len(group.repeats)
print(json.dumps(counts))
"""
"""Trials to run, by benchmark and entry; trains nothing."""


PROSE = [
    ("uci/wine.py", '"""178 wines', '"""Some 178 wines'),
    ("uci/wine.py", "entries=[", "# a remark\n        entries=["),
    ("uci/wine.py", "Which of three", "Which of the three"),
    ("uci/wine.py", "the strongest score", "the best score"),
    ("uci/wine.py", "seconds=5", "seconds=6"),
    ("entries/classical/references.py", "by Euclidean distance on the raw", "by distance on the"),
]
STRATIFIED = "= RepeatedStratifiedKFold(n_splits=10, n_repeats=3,"
RECIPES = [
    ("uci/wine.py", "epochs=200", "epochs=100"),
    ("uci/wine.py", "nearest(5)", "nearest(7)"),
    ("entries/classical/references.py", "np.mean(train.y)", "np.median(train.y)"),
    ("timeseries/sunspots_yearly.py", "layers.GRU(32)", "layers.GRU(16)"),
]


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        pytest.param(PROSE, {}, id="prose and estimates"),
        pytest.param(
            RECIPES,
            {
                "timeseries/sunspots-yearly gru": 5,
                "timeseries/sunspots-yearly mean": 5,
                "uci/wine 7-nn": 30,
                "uci/wine mlp-64": 30,
            },
            id="recipes",
        ),
        pytest.param(
            [("entries/choice.py", "mlp(name, [units],", "mlp(name, [units // 2],")],
            {"uci/wine mlp-64": 30},
            id="architecture",
        ),
        pytest.param(
            [
                (
                    "protocols/splits.py",
                    f"{STRATIFIED} random_state=1)",
                    f"{STRATIFIED} random_state=2)",
                )
            ],
            {f"uci/wine {entry}": 30 for entry in ("majority", "5-nn", "linear", "mlp-64")},
            id="protocol",
        ),
    ],
)
def test_only_what_a_score_depends_on_makes_a_trial_run_again(
    finished: Finished, tmp_path: Path, edits: list[tuple[str, str, str]], expected: dict[str, int]
) -> None:
    code = workshop(tmp_path, *CARRIED.split(","))
    for file, old, new in edits:
        path = code / "benchmarks" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
    here = Place(tmp_path, code)
    done = here.python("-c", COUNT, str(finished.place.runs), str(here.data))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == expected


FAILING = '''
"""Entries that fail in every way, beside one that does not."""

import os
import signal
from dataclasses import replace

import numpy as np

from benchmarks import Entry, Fitted, benchmark
from benchmarks.entries import majority
from benchmarks.uci import wine


def guess(training, history=None):
    return Fitted(lambda x: np.full((len(x), 3), 1 / 3), history or {})


def sometimes(trainings):
    if [t.seed for t in trainings] == [4]:
        raise ValueError("seed four is [bold]bad[/bold] luck")
    return [guess(t) for t in trainings]


def diverges(trainings):
    return [guess(t, {"loss": [1.0, 0.5, float("nan"), float("inf")]}) for t in trainings]


def nonsense(trainings):
    return [Fitted(lambda x: np.full((len(x), 3), np.nan)) for t in trainings]


def dies(trainings):
    os.kill(os.getpid(), signal.SIGKILL)


def forgets(trainings):
    return []


@benchmark("toy/failing")
def failing():
    """Wine, answered badly."""
    return replace(
        wine.wine(),
        entries=[
            majority(),
            Entry("sometimes", "reference", sometimes, "Fails once.", stack=1, headline=True),
            *(
                Entry(fit.__name__, "reference", fit, "Fails.", stack=0)
                for fit in (diverges, nonsense, dies, forgets)
            ),
        ],
    )
'''
BROKEN = '''
"""Nothing in it works."""

from dataclasses import replace

from benchmarks import Entry, benchmark
from benchmarks.timeseries import sunspots_yearly


def raises(trainings):
    raise RuntimeError("<script>alert(1)</script> never works")


@benchmark("toy/broken")
def broken():
    """Sunspots, not answered."""
    entry = Entry("raises", "reference", raises, "Fails.", floor=True, headline=True)
    return replace(sunspots_yearly.sunspots_yearly(), entries=[entry])
'''


@dataclass
class Failed:
    place: Place
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def failed(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Failed:
    """A run in which trials failed, beside benchmarks that were done before."""
    root = tmp_path_factory.mktemp("failed")
    code = workshop(root, *CARRIED.split(","))
    (code / "benchmarks/toy").mkdir()
    (code / "benchmarks/toy/failing.py").write_text(FAILING)
    (code / "benchmarks/toy/broken.py").write_text(BROKEN)
    place = copied(finished, Place(root, code))
    return Failed(place, place.bench("--suite", "quick"))


REASONS = {
    "sometimes": "ValueError: seed four is [bold]bad[/bold] luck",
    "diverges": "FloatingPointError: expected numbers in the curve 'loss', received nan in epoch 3",
    "nonsense": "ValueError: ",
    "dies": "the worker process died (exit code -9)",
    "forgets": "expected fit to return 30 results, one per repeat, received 0",
}


def test_a_failure_is_the_exit_code_and_its_reason_a_line(failed: Failed) -> None:
    done = failed.done
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for entry, reason in REASONS.items():
        (line,) = re.findall(rf"^  toy/failing {entry} .*failed: .*", done.stdout, re.MULTILINE)
        assert reason in line
    assert "<script>alert(1)</script> never works" in done.stdout
    assert f"{29 + 30} trials done, " not in done.stdout
    assert re.search(r"toy/failing sometimes: 1 trials? failed", done.stdout)


def test_a_failure_is_kept_and_never_counts_as_done(failed: Failed) -> None:
    runs = Runs(failed.place.runs)
    for entry, reason in REASONS.items():
        path = runs.folder("toy/failing", entry) / "failed.json"
        content = json.loads(path.read_bytes())
        assert reason in content["reason"]
        assert content["repeats"] == ([4] if entry == "sometimes" else list(range(30)))
        repeats = [record["repeat"] for record in runs.read("toy/failing", entry)]
        expected = [r for r in range(30) if r != 4] if entry == "sometimes" else []
        assert repeats == expected
    assert (
        "sometimes"
        in json.loads((runs.folder("toy/failing", "sometimes") / "failed.json").read_bytes())[
            "detail"
        ]
    ), "the worker's traceback is not kept"
    assert not failed.place.halves()


def test_the_page_says_what_failed_and_shows_what_did_not(failed: Failed) -> None:
    shown = results(failed.place)
    partial, broken = shown["toy/failing"], shown["toy/broken"]
    assert partial["status"] == "partial"
    assert all(reason in partial["reason"] for reason in REASONS.values())
    scores = {entry["name"]: entry["score"]["n"] for entry in partial["entries"]}
    assert scores == {"majority": 30, "sometimes": 29}
    assert broken["status"] == "failed"
    assert "never works" in broken["reason"]
    assert broken["entries"] == []
    page = (failed.place.site / "index.html").read_text()
    assert "never works" in page
    assert "<script>alert(1)" not in page


def test_the_others_are_unaffected(failed: Failed, finished: Finished) -> None:
    for name, benchmark in results(finished.place).items():
        now = results(failed.place)[name]
        assert now["status"] == benchmark["status"] == "done"
        assert [e["score"] for e in now["entries"]] == [e["score"] for e in benchmark["entries"]]


def test_what_failed_is_tried_again_and_forgotten_once_it_works(failed: Failed) -> None:
    path = failed.place.code / "benchmarks/toy/failing.py"
    text = path.read_text().replace("== [4]", "== [99]")
    path.write_text(text.replace('"reference", fit, "Fails."', '"reference", sometimes, "Works."'))
    done = failed.place.bench("--suite", "quick", "--only", "toy/failing")
    assert done.returncode == 0, done.stdout + done.stderr
    # The recipe is another one now, so that scores of the old one do not count.
    assert "150 of 180 trials to run" in done.stdout
    shown = results(failed.place)["toy/failing"]
    assert (shown["status"], shown["reason"]) == ("done", None)
    assert not list(failed.place.runs.glob("records/toy/failing/*/failed.json"))
