"""Published files of texts with a label: one a line, with a tab between the two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.data.core.source import Corrupt
from benchmarks.dataset import Dataset
from benchmarks.texts import text_array


def labelled_lines(
    classes: Mapping[str, str], *, label: Literal["first", "last"], train_rows: int | None = None
) -> Callable[[Path], Dataset]:
    """A reader of lines in UTF-8 that hold a label and a text; nothing but a line feed ends one.

    `classes` maps labels to class names, class 0 first. Quotes are letters like any other, and
    blanks around a text are not part of it. Raises Corrupt, naming the line, for one without a tab
    or with another label.
    """

    def read(path: Path) -> Dataset:
        lines = path.read_bytes().decode("utf-8").split("\n")
        texts, labels = [], []
        for number, line in enumerate(lines[:-1] if lines[-1] == "" else lines, start=1):
            before, tab, after = line.partition("\t") if label == "first" else line.rpartition("\t")
            text, code = (after, before) if label == "first" else (before, after)
            if not tab or code not in classes:
                raise Corrupt(
                    f"expected a text and one of {', '.join(classes)} with a tab between them in "
                    f"line {number} of {path.name}, received {line[:60]!r}"
                )
            texts.append(text.strip())
            labels.append(code)
        codes = list(classes)
        return Dataset(
            x=text_array(texts),
            y=np.array([codes.index(code) for code in labels], np.int64),
            feature_names=("text",),
            class_names=tuple(classes.values()),
            train_rows=train_rows,
        )

    return read
