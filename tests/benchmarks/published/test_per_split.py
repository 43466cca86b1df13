"""Published scores of every split: fetched, refused, kept beside the records, and paired."""

from __future__ import annotations

import csv
import functools
import http.server
import json
import math
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import portfolio_synthetic as synthetic
import pytest
from data_folder import MIRROR

from benchmarks.data import Corrupt, Store, Unavailable, import_folder
from benchmarks.data import load as load_data
from benchmarks.data.core import network
from benchmarks.judging.verdict import Verdict, judge
from benchmarks.metrics import rmse
from benchmarks.protocols import REG20
from benchmarks.published import per_split, split_scores
from benchmarks.published.baselines import Baseline, load
from runners.records.store import Runs
from runners.results.summary import summarise

SHARED = Path(__file__).resolve().parents[4] / "shared"
COLLECTION = SHARED / "baselines" / "reg20_mc_dropout_2018_per_split.csv"
ARCHIVE = MIRROR / "uci" / "gal-splits" / "UCI_Datasets.tar.xz"
collected = pytest.mark.skipif(
    not COLLECTION.is_file(), reason=f"no published scores by split at {COLLECTION}"
)
KEY, ID = "mc-dropout-2018-concrete", "concrete-mc-dropout-2018"
OTHER = "-log-likelihood"
"""What the key and the id of the log-likelihoods end in."""
SPLITS = range(20)
VALUES = [4.82646 + 0.160534 * math.sqrt(20) * (-1) ** split for split in SPLITS]
"""Invented; with the published mean and standard error."""
LIKELIHOODS = [-2.936656 + 0.024828 * math.sqrt(20) * (-1) ** split for split in SPLITS]
"""The same of the log-likelihoods."""


def text(values: list[float]) -> str:
    return "".join(f"{value!r}\n" for value in values)


TEXT = text(VALUES)


def row(id: str = ID) -> Baseline:
    return next(row for row in load() if row.id == id)


def collection(metric: str = "rmse") -> dict[str, list[float]]:
    with COLLECTION.open(newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["metric"] == metric]
    found: dict[str, list[float]] = {}
    for line in lines:
        found.setdefault(line["dataset"], []).append(float(line["score"]))
        assert int(line["split"]) == len(found[line["dataset"]]) - 1
    return found


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder = tmp_path / "data"
    return Store(folder, connect_timeout=1, read_timeout=1, backoff=0.01, report=told.append)


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch) -> None:
    """The project knows `VALUES` and `LIKELIHOODS` as the published ones."""
    for key, values in {KEY: VALUES, KEY + OTHER: LIKELIHOODS}.items():
        known = replace(split_scores.PUBLISHED[key], digest=per_split.digest(values))
        monkeypatch.setitem(split_scores.PUBLISHED, key, known)


@pytest.fixture
def site(
    tmp_path: Path, invented: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Path, list[str]]]:
    """The file that the published address of the RMSEs leads to, and the requests so far.

    The file of the log-likelihoods is there too.
    """
    folder, asked = tmp_path / "site", []
    folder.mkdir()
    (folder / "likelihoods.txt").write_text(text(LIKELIHOODS))

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_request(self, *args: Any) -> None:
            asked.append(self.path)

        def log_error(self, *args: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    for key, name in {KEY: "scores.txt", KEY + OTHER: "likelihoods.txt"}.items():
        url = f"http://127.0.0.1:{server.server_port}/{name}"
        known = replace(split_scores.PUBLISHED[key], url=url)
        monkeypatch.setitem(split_scores.PUBLISHED, key, known)
    yield folder / "scores.txt", asked
    server.shutdown()
    server.server_close()


# --- fetched and kept --------------------------------------------------------------------------


@pytest.mark.parametrize("served", [TEXT, TEXT.replace("\n", "\r\n"), TEXT.rstrip()])
def test_scores_are_fetched_once_and_laid_beside_the_records(
    served: str, site: tuple[Path, list[str]], store: Store, told: list[str], tmp_path: Path
) -> None:
    file, asked = site
    file.write_text(served, newline="")
    both = {ID: VALUES, ID + OTHER: LIKELIHOODS}
    runs = tmp_path / "runs"
    per_split.provide(["uci/wine", "uci/concrete"], store, runs)
    assert told == []
    assert per_split.read(runs) == (both, [])
    content = json.loads((runs / "published" / f"{ID}.json").read_text())
    assert set(content) == {"baseline", "scores", "url", "fetched_at"}
    assert content["url"] == split_scores.PUBLISHED[KEY].url
    assert content["fetched_at"].startswith("20")
    before = (runs / "published" / f"{ID}.json").stat().st_mtime_ns
    per_split.provide(["uci/concrete"], store, runs)
    assert (runs / "published" / f"{ID}.json").stat().st_mtime_ns == before
    per_split.provide(["uci/concrete"], replace(store, offline=True), tmp_path / "other")
    assert per_split.read(tmp_path / "other")[0] == both
    assert sorted(asked) == ["/likelihoods.txt", "/scores.txt"]


def test_other_values_are_refused_and_not_kept(
    site: tuple[Path, list[str]], store: Store, told: list[str], tmp_path: Path
) -> None:
    file, _ = site
    file.write_text(TEXT.replace("4.1", "4.2", 1))
    per_split.provide(["uci/concrete"], store, tmp_path / "runs")
    assert len(told) == 1
    assert "compared by mean and spread, not split by split" in told[0]
    assert "expected the 20 scores with digest" in told[0]
    assert per_split.read(tmp_path / "runs") == ({ID + OTHER: LIKELIHOODS}, [])
    assert not list(store.folder.glob(f"published/{KEY}/*.txt"))
    file.write_text("no numbers\n")
    with pytest.raises(Corrupt, match="cannot be read"):
        load_data(per_split.source(KEY), store)


def test_offline_costs_one_line_and_no_connection(
    store: Store, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "probe", lambda *_: pytest.fail("the network was asked"))
    every = sorted({row.benchmark for row in load() if row.per_split})
    per_split.provide(every, replace(store, offline=True), tmp_path)
    assert len(told) == 1
    assert "working offline" in told[0]
    assert told[0].startswith("boston-mc-dropout-2018 and 17 more: compared by mean")


def test_a_host_out_of_reach_is_probed_once_and_costs_one_line_a_run(
    store: Store, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probed: list[str] = []

    def probe(host: str, timeout: float) -> str:
        probed.append(host)
        return "no route"

    monkeypatch.setattr(network, "probe", probe)
    monkeypatch.setattr(network, "_verdicts", {})
    for _ in range(3):
        per_split.provide(["uci/concrete"], store, tmp_path)
    assert probed == ["raw.githubusercontent.com"]
    assert len(told) == 3
    with pytest.raises(Unavailable, match=r"no route.*make data FROM=DIR"):
        load_data(per_split.source(KEY), store)


def test_a_folder_that_cannot_be_written_is_a_line_not_an_end(
    site: tuple[Path, list[str]], store: Store, told: list[str], tmp_path: Path
) -> None:
    site[0].write_text(TEXT)
    (tmp_path / "runs").write_text("a file where a folder should be")
    per_split.provide(["uci/concrete"], store, tmp_path / "runs")
    assert len(told) == 1


def test_a_clone_of_the_repository_can_be_imported(
    invented: None, store: Store, tmp_path: Path
) -> None:
    place = tmp_path / "clone" / split_scores.PUBLISHED[KEY].place
    place.parent.mkdir(parents=True)
    place.write_text(TEXT)
    other = tmp_path / "clone" / "yacht" / "results" / place.name
    other.parent.mkdir(parents=True)
    other.write_text("1.0\n")
    likelihoods = tmp_path / "clone" / split_scores.PUBLISHED[KEY + OTHER].place
    likelihoods.write_text(text(LIKELIHOODS))
    lines = import_folder(tmp_path / "clone", store, per_split.sources(["uci/concrete"]))
    assert [(line.source, line.status) for line in lines] == [
        (ID, "imported"),
        (ID + OTHER, "imported"),
    ]
    assert all("the official files" in line.what for line in lines)
    offline = replace(store, offline=True)
    assert load_data(per_split.source(KEY), offline).dataset.y.tolist() == VALUES
    place.write_text(TEXT.replace("4.1", "4.2", 1))
    likelihoods.unlink()
    empty = replace(store, folder=tmp_path / "empty")
    (line,) = import_folder(tmp_path / "clone", empty, per_split.sources(["uci/concrete"]))
    assert line.status == "refused"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (ID, {"baseline": ID, "scores": [*VALUES[:-1], 5.0]}, "not the published values"),
        (ID, {"baseline": ID, "scores": VALUES[:-1]}, "not the published values"),
        (ID, {"baseline": "concrete-pbp", "scores": VALUES}, "not the published values"),
        (ID, {"baseline": ID, "scores": ["a"]}, "could not convert"),
        (ID, {"baseline": ID}, "scores"),
        (ID, [1], "TypeError"),
        ("concrete-pbp", {"baseline": "concrete-pbp", "scores": VALUES}, "concrete-pbp"),
    ],
)
def test_what_was_not_published_is_left_out_and_said(
    name: str, content: Any, reason: str, invented: None, tmp_path: Path
) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / f"{name}.json").write_text(json.dumps(content))
    scores, (note,) = per_split.read(tmp_path)
    assert scores == {}
    assert reason in note
    assert "left out" in note


# --- paired ------------------------------------------------------------------------------------


def against(tmp_path: Path, ours: list[float], **changes: Any) -> dict[str, Any]:
    """The verdict on `ours` with `VALUES` beside the records."""
    runs = Runs(tmp_path / "runs")
    facts = synthetic.benchmark("uci/concrete")
    for repeat, score in enumerate(ours):
        one = synthetic.record(facts, "mlp", repeat, score, kind="keras", headline=True, **changes)
        synthetic.write(runs, one)
    (runs.root / "published").mkdir()
    (runs.root / "published" / f"{ID}.json").write_text(
        json.dumps({"baseline": ID, "scores": VALUES, "url": "", "fetched_at": ""})
    )
    summary = summarise(runs)
    assert summary["notes"] == []
    verdicts = summary["benchmarks"][0]["entries"][0]["verdicts"]
    return next(verdict for verdict in verdicts if verdict["baseline"] == ID)


NEAR = [value + 0.01 * (-1) ** (split // 2) for split, value in enumerate(VALUES)]


def test_all_splits_of_the_official_rows_are_paired(invented: None, tmp_path: Path) -> None:
    verdict = against(tmp_path, NEAR)
    assert verdict["outcome"] == "reproduced"
    assert "paired with the published score of each split" in verdict["why"]
    assert verdict["scope"] == "on these rows"
    assert verdict["in_general"]["p"] > verdict["p"]
    assert "corrected for the rows that they share" in verdict["why"]


@pytest.mark.parametrize(
    ("ours", "data"),
    [(NEAR[:19], {}), (NEAR, {"official": False})],
    ids=["a split is missing", "rows of another copy"],
)
def test_else_mean_and_spread_are_compared(
    ours: list[float], data: dict[str, Any], invented: None, tmp_path: Path
) -> None:
    verdict = against(tmp_path, ours, data=data)
    assert "Welch" in verdict["why"]
    assert "paired" not in verdict["why"]


def test_the_published_scores_themselves_are_not_passed_on(invented: None, tmp_path: Path) -> None:
    against(tmp_path, NEAR)
    text = json.dumps(summarise(Runs(tmp_path / "runs")))
    assert not [value for value in VALUES if repr(value)[:8] in text]


# --- what was published ------------------------------------------------------------------------


@collected
@pytest.mark.parametrize("metric", ["rmse", "log_likelihood"])
def test_the_pinned_values_are_those_of_the_collection(metric: str) -> None:
    """And the published mean and standard error of every set were taken over them."""
    rows = {row.benchmark: row for row in load() if row.per_split and row.metric == metric}
    found = collection(metric)
    assert set(rows) == {f"uci/{dataset}" for dataset in found}
    for dataset, scores in found.items():
        known = rows[f"uci/{dataset}"]
        assert per_split.digest(scores) == split_scores.PUBLISHED[known.per_split].digest, dataset
        assert per_split.contradiction(known, scores) is None, dataset
        assert np.mean(scores) == pytest.approx(known.score, abs=known.rounding), dataset
        assert np.std(scores, ddof=1) == pytest.approx(known.deviation, rel=0.01), dataset


def test_every_set_has_its_own_two_files() -> None:
    urls = [known.url for known in split_scores.PUBLISHED.values()]
    assert len(set(urls)) == len(urls) == 18
    for key, known in split_scores.PUBLISHED.items():
        file = "test_ll" if key.endswith(OTHER) else "test_MC_rmse"
        _, results, name = known.place.split("/")
        assert known.url == f"{split_scores.GAL_2018}{known.place}"
        assert (results, name) == ("results", f"{file}_100_xepochs_1_hidden_layers.txt")


@pytest.mark.skipif(not ARCHIVE.is_file(), reason=f"no archive of the published splits: {ARCHIVE}")
def test_the_folders_are_those_the_splits_were_published_in() -> None:
    with tarfile.open(ARCHIVE) as archive:
        folders = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    places = {known.place.split("/")[0] for known in split_scores.PUBLISHED.values()}
    assert places == folders


def test_a_summary_that_is_not_that_of_its_scores_is_noticed() -> None:
    assert per_split.contradiction(row(), VALUES) is None
    for change in ({"score": 4.93}, {"n": 19}, {"spread": 0.7}, {"spread": 0.04}):
        assert per_split.contradiction(replace(row(), **change), VALUES)
    deviation = replace(row(), spread=0.72, spread_kind="standard deviation")
    assert per_split.contradiction(deviation, VALUES) is None


@collected
def test_energys_standard_deviation_printed_as_standard_error_is_found_out() -> None:
    """Its readme prints 0.54 ± 0.06 as a standard error: 0.06 is the deviation over splits."""
    scores = collection()["energy"]
    printed = replace(
        row(), id="energy", score=0.54, rounding=0.005, spread=0.06, spread_kind="standard error"
    )
    found = per_split.contradiction(printed, scores)
    assert found
    assert "standard deviation 0.0605, standard error 0.0135" in found
    right = replace(printed, score=0.538867, rounding=5e-7, spread=0.013524)
    assert per_split.contradiction(right, scores) is None
    assert right.deviation == pytest.approx(np.std(scores, ddof=1), rel=1e-4)
    # read as printed, a network that is clearly better would pass for undecided
    ours = [score - 0.12 for score in scores]
    assert judged(ours, right).outcome == "better"
    assert judged(ours, printed).outcome == "inconclusive"


def test_deep_ensembles_prints_standard_deviations() -> None:
    ensembles = next(row for row in load() if row.id == "concrete-deep-ensembles")
    assert ensembles.spread_kind == "standard deviation"
    mixed_up = replace(ensembles, spread_kind="standard error")
    ours = list(np.linspace(4.3, 5.7, 20))
    assert judged(ours, ensembles).outcome == "better"
    assert judged(ours, mixed_up).outcome == "inconclusive"


def judged(scores: list[float], baseline: Baseline, **changes: Any) -> Verdict:
    settings: dict[str, Any] = {"margin": 0.0, "train_rows": 900, "test_rows": 100, **changes}
    return judge(
        scores, protocol=REG20, overrides={}, metric=rmse("MPa"), baseline=baseline, **settings
    )


@collected
@pytest.mark.parametrize(
    "dataset",
    ["boston", "concrete", "energy", "kin8nm", "naval", "power", "wine-red", "yacht"],
)
def test_published_scores_against_themselves(dataset: str) -> None:
    """Reproduced where splits pair; never better or worse where only the summary is known."""
    scores = collection()[dataset]
    error = float(np.std(scores)) / math.sqrt(len(scores))
    baseline = replace(row(), id=dataset, score=float(np.mean(scores)), spread=error)
    for margin in (0.0, 0.01 * baseline.score, 0.05 * baseline.score, baseline.score):
        summary_only = judged(scores, baseline, margin=margin)
        assert summary_only.outcome in ("reproduced", "inconclusive")
        if margin:
            pairs = judged(scores, baseline, margin=margin, their_scores=scores)
            assert pairs.outcome == "reproduced"
            assert pairs.difference == 0
