"""`make new`: from a request to a benchmark that works, or to nothing at all."""

from __future__ import annotations

import importlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import registry
from benchmarks.data import DataError, Dataset, Store, default_folder, load
from benchmarks.data.core.store import keep, receipt_of
from benchmarks.definition import Benchmark
from benchmarks.validation import DefinitionError
from runners.new import detection
from runners.new.names import definition_file
from runners.new.overrules import Overrules
from runners.new.refresh import refreshed
from runners.new.request import ColumnRow, Draft, Request, Unclear
from runners.records.store import write_atomically
from runners.report import Reporter, console
from runners.safe_text import visible

DONE, FAILED, WRONG_REQUEST = 0, 1, 2
MOST_CHOICES = 40
MOST_ROWS, MOST_SHOWN = 60, 120
"""Columns that are shown one by one, and lines of the table."""


def new(
    name: str,
    source: str,
    *,
    target: str = "",
    task: str = "",
    metric: str = "",
    force: bool = False,
    overrules: Overrules | None = None,
    dry_run: bool = False,
    refresh: bool = False,
) -> int:
    """Make benchmark `name` from the data that `source` names, and return the exit code.

    `force` writes an existing definition anew and keeps the old file beside it; `refresh` changes
    its hash and counts alone; `dry_run` shows how columns are read and writes nothing.

    0 the definition is written, its data kept and both have been loaded · 2 the request cannot be
    met: why is said, and nothing is left behind. Raises OSError where the project or the data
    folder cannot be written to, having left nothing behind either.
    """
    report = Reporter(console())
    choose = ask if sys.stdin.isatty() and sys.stdout.isatty() else None
    with tempfile.TemporaryDirectory(prefix="kerasfolio-") as work:
        try:
            place = definition_file(name, registry.HERE)
            if place.exists() and not (force or refresh or dry_run):
                raise Unclear(
                    f"{relative_path(place)} is there already; FORCE=1 (--force) writes it anew, "
                    "REFRESH=1 (--refresh) takes a grown file into it, or choose another NAME"
                )
            store = Store(default_folder(), offline=True)
            if refresh:
                draft = refreshed(place, name, Path(source).expanduser().absolute())
            else:
                request = Request(
                    name, source, target, task, metric, work=Path(work), choose=choose,
                    overrules=overrules or Overrules(),
                )  # fmt: skip
                draft = detection.draft(request)
            for line in draft.remarks:
                if not (dry_run and draft.table) or line.startswith("! "):
                    (report.warn if line.startswith("! ") else report.say)(line.removeprefix("! "))
            if not dry_run:
                backup = backup_of(place, draft.text) if force else None
                before = place.read_bytes() if backup else b""
                write(place, name, draft, store)
                if backup:
                    write_atomically(backup, before)
                    report.say(f"the file before is kept as {relative_path(backup)}")
            show(draft, report)
            if dry_run:
                return DONE
        except (Unclear, DataError, DefinitionError) as error:
            print(f"error: {visible(str(error))}", file=sys.stderr)
            return WRONG_REQUEST
    report.say(f"written: {relative_path(place)}; read it, it is short. Then:")
    report.say(f"  make bench ONLY={name}")
    report.say("To publish its result, commit the file before the bench.")
    return DONE


def show(draft: Draft, report: Reporter) -> None:
    """The table of columns: how each was read, three cells, why."""
    if not draft.table:
        return
    rows = list(draft.table)
    if len(rows) > MOST_ROWS:
        alike: dict[str, list[ColumnRow]] = {}
        for row in rows:
            alike.setdefault(f"{row.read_as}\0{row.why}", []).append(row)
        rows = []
        for group in alike.values():
            rows += group[:2]
            if len(group) > 2:
                more = f"… {len(group) - 2:,} more, to {group[-1].column}"
                rows.append(ColumnRow(more, group[0].read_as, group[-1].samples, group[0].why))
    report.table(("column", "read as", "cells", "why"), rows[:MOST_SHOWN])
    if len(rows) > MOST_SHOWN:
        report.say(f"  … and {len(rows) - MOST_SHOWN:,} more lines")


def backup_of(place: Path, text: str) -> Path | None:
    """Where a definition is kept that is about to be replaced by another one; None for none."""
    if not place.exists() or place.read_text("utf-8") == text:
        return None
    number = 1
    while (backup := place.with_name(f"{place.name}.{number}.bak")).exists():
        number += 1
    return backup


def write(place: Path, name: str, draft: Draft, store: Store) -> Benchmark:
    """Keep the data, write the file, load both: all of it, or nothing is left.

    Raises DefinitionError for a file that is no definition, DataError for data that is not what
    the file says.
    """
    with rollback_on_failure() as undo:
        if draft.copy is not None:
            keep_data(draft, store, undo)
        write_definition(place, draft.text, undo)
        benchmark = load_definition(name)
        score_baseline(benchmark, load(benchmark.data, store).dataset)
        return benchmark


def keep_data(draft: Draft, store: Store, undo: list[Callable[[], None]]) -> None:
    """Put the files of a draft into the data folder."""
    assert draft.copy is not None
    for file in draft.copy.files:
        path = store.folder / file.keep
        for one in (path, receipt_of(path)):
            if not one.exists():
                undo.append(removal(one))
        for folder in path.parents:
            if folder.exists():
                break
            undo.insert(0, folder_removal(folder))
    keep(draft.copy, draft.files, store, draft.origin, official=False)


def write_definition(place: Path, text: str, undo: list[Callable[[], None]]) -> None:
    """Write the definition, remembering what was there."""
    before = place.read_bytes() if place.exists() else None
    if not place.parent.exists():
        undo.append(lambda: shutil.rmtree(place.parent / "__pycache__", ignore_errors=True))
        undo.insert(0, folder_removal(place.parent))
        place.parent.mkdir()
    undo.append(removal(place) if before is None else lambda: write_atomically(place, before))
    write_atomically(place, text.encode())


def load_definition(name: str) -> Benchmark:
    """The benchmark as the registry finds it. Raises DefinitionError with what is wrong."""
    family, stem = name.split("/")
    sys.modules.pop(f"benchmarks.{family}.{stem.replace('-', '_')}", None)
    sys.modules.pop(f"benchmarks.{family}", None)
    importlib.invalidate_caches()
    registry.load.cache_clear()
    known = registry.load()
    if name in known.problems:
        raise DefinitionError(f"the file made would not do: {known.problems[name]}")
    return known.benchmarks[name]


def score_baseline(benchmark: Benchmark, dataset: Dataset) -> None:
    """Score a trivial baseline on the first repeat, to see that protocol and metrics fit the data.

    Raises DefinitionError where they do not.
    """
    from runners.execution.worker import training_rows

    floor = next(entry for entry in benchmark.entries if entry.floor)
    try:
        for split in benchmark.protocol.splits(dataset)[:1]:
            (fitted,) = floor.fit([training_rows(benchmark, dataset, split)])
            for metric in [benchmark.metric, *benchmark.also]:
                if not metric.distribution:
                    metric.score(dataset.y[split.test], fitted.predict(dataset.x[split.test]))
    except ValueError as error:
        raise DefinitionError(
            f"{benchmark.protocol.id} and {benchmark.metric.name} do not fit the data: {error}"
        ) from error


@contextmanager
def rollback_on_failure() -> Iterator[list[Callable[[], None]]]:
    """A list of steps that take back what was done, run from the last if the block fails."""
    steps: list[Callable[[], None]] = []
    try:
        yield steps
    except BaseException:
        for step in reversed(steps):
            step()
        raise


def removal(path: Path) -> Callable[[], None]:
    """A step that removes a file."""
    return lambda: path.unlink(missing_ok=True)


def folder_removal(folder: Path) -> Callable[[], None]:
    """A step that removes a folder if nothing is in it any more."""

    def step() -> None:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

    return step


def ask(question: str, choices: Sequence[str]) -> str:
    """Ask at the terminal for a number or the text itself. Raises Unclear for neither."""
    listed = list(choices)[:MOST_CHOICES]
    print(visible(question))
    for number, choice in enumerate(listed, start=1):
        print(f"  {number:>2}  {visible(choice, 80)}")
    try:
        answer = input(f"1-{len(listed)}: ").strip()
    except EOFError:
        answer = ""
    if answer in choices:
        return answer
    if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(listed):
        return listed[int(answer) - 1]
    raise Unclear(f"expected a number from 1 to {len(listed)}, received {answer!r}")


def relative_path(place: Path) -> str:
    """A path of the project, relative to its folder."""
    return str(place.relative_to(registry.HERE.parent))
