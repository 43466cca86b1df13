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
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from benchmarks.data.core.download import download
from benchmarks.data.core.loading import admit, load, obtain, remedy_for
from benchmarks.data.core.network import host_of
from benchmarks.data.core.source import Copy, Corrupt, DataError, File, Source, Store
from benchmarks.data.core.store import DOWNLOADED, atomic, read_receipt, workspace
from benchmarks.dataset import Dataset
from benchmarks.published import baselines
from benchmarks.published.baselines import Baseline
from benchmarks.published.split_scores import PUBLISHED, Published

FOLDER = "published"
"""Below the folder of runs."""


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
            file = store.folder / wanted.copies[0].files[0].keep
            content = {"baseline": row.id, "scores": scores, "url": wanted.url}
            content["fetched_at"] = read_receipt(file).get("kept_at")
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
    table = _table([float(line) for line in path.read_text(encoding="ascii").split()])
    if table.digest != known.digest:
        raise Corrupt(
            f"expected the {known.splits} scores with digest {known.digest}, received "
            f"{len(table.y)} with {table.digest}; {known.url} has the right ones"
        )
    return table
