"""The 121 classification tasks of Fernández-Delgado et al. (2014), with their folds.

*Do we need hundreds of classifiers to solve real world classification problems?*, JMLR 15 (2014),
whose authors publish all tasks in one archive. Klambauer et al. (2017) published them again, in a
form of their own. Every task is read from either, and its values are pinned by their digest.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path, PurePosixPath

import numpy as np

from benchmarks.data.core.archives import unpack
from benchmarks.data.core.download import download
from benchmarks.data.core.loading import admit, obtain, remedy_for
from benchmarks.data.core.network import host_of
from benchmarks.data.core.source import Copy, Corrupt, DataError, File, Source, Store
from benchmarks.data.core.store import DOWNLOADED, is_complete, workspace
from benchmarks.dataset import Dataset

AUTHORS = "http://persoal.citius.usc.es/manuel.fernandez.delgado/papers/jmlr/data.tar.gz"
"""Not encrypted, as published; a task's digest tells whether its values are the known ones."""
NETWORKS = "http://www.bioinf.jku.at/people/klambauer/data_py.zip"
"""The same tasks as Klambauer et al. (2017) published them; named by that paper's repository."""
TABLE = Path(__file__).with_suffix(".csv")
FOLDS = 4


@dataclass(frozen=True)
class Task:
    """One task of the archive, as its files should be."""

    name: str
    """The archive's own, which is that of its folder."""
    rows: int
    features: int
    classes: int
    train_rows: int
    """Rows of the official training file, which come first; 0 where the task has none."""
    fold_rows: int
    """Rows that each of the four folds tests; 0 where there is an official test file."""
    digest: str
    """`Dataset.digest` of the archive's values and folds."""

    @property
    def slug(self) -> str:
        """The name in lower case with hyphens."""
        return self.name.lower().replace("_", "-")

    @property
    def test_rows(self) -> int:
        """Rows a run is scored on: those of the official test file, or of one fold."""
        return self.fold_rows or self.rows - self.train_rows


@cache
def tasks() -> tuple[Task, ...]:
    """Every task whose values are known, in the order of `uci121.csv`."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        return tuple(
            Task(
                row["task"],
                int(row["rows"]),
                int(row["features"]),
                int(row["classes"]),
                int(row["train_rows"]),
                int(row["fold_rows"]),
                f"sha256:{row['digest']}",
            )
            for row in csv.DictReader(file)
        )


def uci121(task: Task) -> Source:
    """A task as the archive has it: x of shape (rows, features), those of a training file first.

    Features are numbers standardised by the archive over all rows, or, of tasks in two files,
    mostly each file by itself. `Dataset.folds` are the four published ones; a task with an official
    test file has `train_rows` instead.
    """
    copies = (_as_published(task), _of_networks(task))
    return Source(
        title=f"{task.name} (UCI, in the archive of Fernández-Delgado et al.)",
        url="https://jmlr.org/papers/v15/delgado14a.html",
        licence="those of the UCI repository's data sets; the archive states none of its own",
        citation="fernandezdelgado2014classifiers",
        rows=task.rows,
        features=task.features,
        obtain=obtain(
            copies,
            partial(_fetch, task),
            remedy_for(f"data.tar.gz, data_py.zip or the folder {task.name}"),
        ),
        hosts=(host_of(AUTHORS), host_of(NETWORKS)),
        values={"uci121": task.name, "digest": task.digest},
        copies=copies,
        digest=task.digest,
    )


def _as_published(task: Task) -> Copy:
    parts = ("_train", "_test") if task.train_rows else ("",)
    tables = tuple(f"{task.name}/{task.name}{part}.arff" for part in parts)
    folds = () if task.train_rows else (f"{task.name}/conxuntos_kfold.dat",)
    files = tuple(File(name, f"uci/archive-121/{name}") for name in (*tables, *folds))

    def read(paths: Mapping[str, Path]) -> Dataset:
        values = [parse_arff(paths[name], task) for name in tables]
        return _dataset(task, np.concatenate(values), [_folds(paths[name], task) for name in folds])

    return Copy(f"{task.name} of the archive of 121 tasks", files, read)


def _of_networks(task: Task) -> Copy:
    """`folds_py.dat` has a column a fold, 1 for test; the first is the one usually taken."""
    names = [f"{task.name}/{name}_py.dat" for name in (task.name, "labels", "folds")]
    files = tuple(File(name, f"uci/archive-121/{name}") for name in names)

    def read(paths: Mapping[str, Path]) -> Dataset:
        x, y, columns = (_numbers(paths[name], name) for name in names)
        if len({len(x), len(y), len(columns)}) > 1:
            raise Corrupt(
                f"expected as many rows in {', '.join(names)}, received {len(x)}, {len(y)} and "
                f"{len(columns)}"
            )
        folds = [(np.flatnonzero(one == 0), np.flatnonzero(one != 0)) for one in columns.T]
        if task.train_rows:
            (train, test), folds = folds[0], []
            order = np.concatenate([train, test])
            x, y = x[order], y[order]
        return _dataset(task, np.column_stack([x, y[:, 0]]), [folds] if folds else [])

    return Copy(f"{task.name} of data_py.zip", files, read)


def _dataset(
    task: Task, values: np.ndarray, folds: list[list[tuple[np.ndarray, np.ndarray]]]
) -> Dataset:
    labels = np.unique(values[:, -1])
    if len(labels) != task.classes:
        raise Corrupt(
            f"expected {task.classes} classes in {task.name}, received {labels[:20].tolist()}"
        )
    return Dataset(
        x=np.ascontiguousarray(values[:, :-1]),
        y=np.searchsorted(labels, values[:, -1]),
        feature_names=tuple(f"f{number}" for number in range(1, values.shape[1])),
        class_names=tuple(f"class {number}" for number in range(len(labels))),
        train_rows=task.train_rows or None,
        folds=tuple(fold for four in folds for fold in four),
    )


def parse_arff(path: Path, task: Task) -> np.ndarray:
    """The numbers of a table, its class last; raises Corrupt for anything else."""
    text = path.read_text(encoding="utf-8", errors="replace")
    head, found, body = text.partition("@data")
    if not found:
        raise Corrupt(f"expected a line @data in {path.name} of {task.name}, found none")
    try:
        values = np.array(
            [[float(value) for value in line.split(",")] for line in body.split("\n") if line]
        )
    except ValueError as error:
        raise Corrupt(f"expected rows of numbers in {task.name}'s table ({error})") from error
    if values.ndim != 2 or values.shape[1] != head.lower().count("@attribute"):
        raise Corrupt(
            f"expected {head.lower().count('@attribute')} numbers a row in {task.name}'s table, "
            f"received an array of shape {values.shape}"
        )
    return values


def _folds(path: Path, task: Task) -> list[tuple[np.ndarray, np.ndarray]]:
    """Eight lines of row numbers: what trains and what tests, four times."""
    try:
        lines = [
            np.array([int(number) for number in line.split()], np.int64)
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
            if line.strip()
        ]
    except ValueError as error:
        raise Corrupt(f"expected row numbers in the folds of {task.name} ({error})") from error
    folds = list(zip(lines[::2], lines[1::2], strict=False))
    for train, test in folds:
        both = np.concatenate([train, test])
        if len(np.unique(both)) < len(both) or both.min() < 0 or both.max() >= task.rows:
            raise Corrupt(
                f"expected folds of {task.name} of different rows from 0 to {task.rows - 1}, "
                f"received {len(both) - len(np.unique(both))} doubled, "
                f"from {both.min()} to {both.max()}"
            )
    if len(lines) != 2 * FOLDS:
        raise Corrupt(
            f"expected {2 * FOLDS} lines in the folds of {task.name}, received {len(lines)}"
        )
    return folds


def _numbers(path: Path, name: str) -> np.ndarray:
    import pandas as pd

    try:
        values = pd.read_csv(path, header=None).to_numpy(np.float64)
    except ValueError as error:
        raise Corrupt(f"expected a table of numbers in {name} ({error})") from error
    return values


def _fetch(task: Task, store: Store) -> None:
    """The authors' archive, or else the networks' one; every task in it is kept in one go."""
    try:
        _fetch_from(task, AUTHORS, _as_published, store)
    except DataError as error:
        line = f"{error.reason}; trying {host_of(NETWORKS)}"
        if line not in _reported:  # once, and not for every task
            _reported.add(line)
            store.report(line)
        try:
            _fetch_from(task, NETWORKS, _of_networks, store)
        except DataError as second:
            raise type(error)(f"{error.reason}; {second.reason}", error.remedy) from second


_reported: set[str] = set()
_refused: dict[Path, DataError] = {}
"""Archives that this process could not get, so that not every task asks for them again."""


def _fetch_from(task: Task, url: str, copy_of: Callable[[Task], Copy], store: Store) -> None:
    copies = {other.name: copy_of(other) for other in tasks()}
    wanted = {file.name for copy in copies.values() for file in copy.files}
    place = store.folder / "uci" / "archive-121" / PurePosixPath(url).name
    if place in _refused:
        raise type(_refused[place])(_refused[place].reason)
    with workspace(store) as folder:
        try:
            if not place.is_file():
                place.parent.mkdir(parents=True, exist_ok=True)
                download(url, folder, store).replace(place)
            found = unpack(place, lambda member: _tail(member) in wanted, folder)
        except DataError as error:
            place.unlink(missing_ok=True)  # so that the next run fetches it anew
            if not store.offline:
                _refused[place] = error
            raise
        paths = {_tail(member): path for member, path in found.items()}
        for other in tasks():
            copy = copies[other.name]
            missing = [file.name for file in copy.files if file.name not in paths]
            if is_complete(copy, store) or (missing and other != task):
                continue
            if missing:
                raise Corrupt(f"expected {missing[0]} in {place.name}, found no such member")
            try:
                shape = (other.rows, other.features)
                admit(copy, paths, shape, store, DOWNLOADED, other.digest)
            except DataError as error:
                if other == task:
                    raise
                store.report(f"{other.name}: {error.reason}")


def _tail(member: str) -> str:
    return "/".join(PurePosixPath(member).parts[-2:])
