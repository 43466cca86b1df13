"""A file of the UCR or UEA archive's formats as a benchmark, with its test file beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.data.core.store import digest
from benchmarks.data.own.frames import shortened, some
from benchmarks.data.own.recordings import (
    Recordings,
    label_key,
    own_recordings,
    read_recordings,
    stack_series,
)
from runners.formatting import some as counted
from runners.new import choices
from runners.new.data_file import data_file_name
from runners.new.recordings.definition import Recipe, definition
from runners.new.recordings.files import PART, Files, files_of
from runners.new.request import Draft, Request, Unclear
from runners.new.targets import Target

FEWEST = 5
"""Series a class needs where there is no test file: one to test in each fold."""
NAMED = 10


def draft(path: Path, request: Request) -> Draft:
    """The benchmark that recordings with a class each become.

    Raises Corrupt for a file that is not in its format, Unclear for files without classes, with
    numbers to be predicted, and for too few series of a class.
    """
    if request.task not in ("", "classification"):
        raise Unclear(f"{path.name} holds series with a class each, not TASK={request.task}")
    if request.target:
        raise Unclear(f"expected no TARGET for {path.name}: a class stands behind every series")
    files = files_of(path)
    parts = [read_recordings(one) for one in files.paths]
    check(files, parts)
    train = parts[0]
    series = [one for part in parts for one in part.series]
    labels = [label for part in parts for label in part.labels]
    classes = sorted(set(labels), key=label_key)
    shape = (max(map(len, series)), series[0].shape[1])
    x = stack_series(series, shape, files.train.name)  # raises Corrupt for unequal channels
    counts = Counter(labels)
    sizes = tuple(counts[one] for one in classes)
    target = Target("class", "classification", "", tuple(classes), sizes)
    train_rows = len(train.series) if files.test else 0
    recipe = Recipe(x, min(map(len, series)), len(classes), train_rows)
    measure = choices.measure(target, request.metric)
    names = {data_file_name(one, request.name): one for one in files.paths}
    hashes = {name: digest(one) for name, one in names.items()}
    title = train.header.get("problemname", "") or files.train.stem
    text = definition(request, hashes, target, recipe, measure, title)
    made = own_recordings(
        hashes,
        classes=classes,
        rows=len(series),
        length=shape[0],
        channels=shape[1],
        train_rows=train_rows,
    )
    remarks = [
        *about(files, parts, target, series),
        f"protocol: {recipe.why}",
        f"metric: {measure.metric.name} ({measure.why})",
        f"headline: LSTM-FCN, {recipe.epochs} epochs; baselines: "
        f"{', '.join(one.function for one in recipe.references)}",
    ]
    return Draft(text, remarks, made.copies[0], names)


def check(files: Files, parts: Sequence[Recordings]) -> None:
    """Raise Unclear for what is no classification, and for classes with too few series."""
    for path, part in zip(files.paths, parts, strict=True):
        if "targetlabel" in part.header and part.header["targetlabel"].lower().startswith("true"):
            raise Unclear(
                f"{path.name} holds a number for every series, which is not made into a benchmark; "
                "give a table with one column a step and the number as its last one"
            )
        if not part.labels:
            raise Unclear(f"{path.name} says @classLabel false: there is nothing to be predicted")
    counts = Counter(parts[0].labels)
    if len(counts) < 2:
        raise Unclear(f"expected two classes in {files.train.name}, found {some([*counts])} alone")
    few = [f"{shortened(label)} {n}" for label, n in sorted(counts.items()) if n < FEWEST]
    if few and files.test is None:
        raise Unclear(
            f"expected at least {FEWEST} series of each class in {files.train.name}, one to test "
            f"in each of five folds; found {', '.join(few[:NAMED])}"
        )
    if files.test is not None and (new := sorted(set(parts[1].labels) - counts.keys())):
        raise Unclear(f"{files.test.name} has classes that {files.train.name} lacks: {some(new)}")


def about(
    files: Files, parts: Sequence[Recordings], target: Target, series: Sequence[np.ndarray]
) -> list[str]:
    """What was found in the files, and how gaps and lengths are dealt with."""
    lengths, channels = sorted({len(one) for one in series}), series[0].shape[1]
    long = f"{lengths[0]}" if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"
    lines = [
        f"{shortened(files.train.name, 60)}: {len(series):,} series of {long} steps in "
        f"{counted(channels, 'channel', 'channels')}, {len(target.classes)} classes",
        f"  {target.shares(NAMED)}",
    ]
    if files.test:
        trained, tested = (len(part.series) for part in parts)
        lines.append(
            f"an official split: {trained:,} of {files.train.name} train, {tested:,} of "
            f"{files.test.name} test"
        )
    elif found := PART.fullmatch(files.train.name):
        lines.append(f"! no {found[1]}_TEST{found[3]} beside it: folds of this file alone")
    if len(lengths) > 1:
        lines.append("  shorter series are followed by zeros, which recurrent layers pass over")
    gaps = sum(int(np.isnan(one).any()) for one in series)
    if gaps:
        lines.append(f"! {gaps:,} series have gaps, filled on a line between their neighbours")
    if any(part.header.get("timestamps", "").lower() == "true" for part in parts):
        lines.append("! values have times of their own, which are not read: steps count as equal")
    return lines
