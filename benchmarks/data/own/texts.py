"""Folders of `.txt` files of one's own: one kept archive of class folders, read at every load."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.data.core.source import Corrupt, Source
from benchmarks.data.own.class_folders import members_by_class
from benchmarks.data.own.frames import decode_text
from benchmarks.data.own.source import own_copy, own_source
from benchmarks.dataset import Dataset
from benchmarks.texts import text_array

LONGEST = 1 << 20
"""Bytes of a text; a longer one is refused, since networks read the beginning alone."""


def own_texts(
    name: str,
    sha256: str,
    *,
    classes: Sequence[str],
    rows: int,
    train_rows: int = 0,
    title: str = "",
    licence: str = "the owner's",
) -> Source:
    """Texts of one's own in a folder a class, as `make new` put them into the data folder.

    `name` is the kept archive (.zip, `images.packed`), `sha256` tells when it has become another
    one. x is (rows,) strings, y the place of a text's folder among `classes`; rows come class by
    class, in the order of their names in the archive. With `train_rows` the archive holds the
    folders of the classes in `train/` and `test/`: so many rows train, and those of `test/` come
    after them.
    """
    read = partial(_read, name, tuple(classes), train_rows)
    return own_source(
        own_copy(name, {name: sha256}, read),
        rows=rows,
        features=(),
        title=title or name,
        licence=licence,
        values={
            "texts": list(classes),
            **({"train_rows": train_rows} if train_rows else {}),
        },
    )


def decoded(content: bytes, name: str) -> str:
    """The text in a file's bytes: UTF-8, UTF-16 with its mark, or what the bytes look like.

    Line ends become line feeds. Raises Corrupt, naming the line, for NUL bytes and for what cannot
    be decoded, and for more than a mebibyte.
    """
    if len(content) > LONGEST:
        raise Corrupt(
            f"expected a text of at most {LONGEST:,} bytes in {name}, received {len(content):,}",
            "split it into texts of one subject each",
        )
    text = decode_text(content, name) if content else ""
    return "\n".join(text.removeprefix("\ufeff").splitlines()).strip()


def _read(name: str, classes: Sequence[str], train_rows: int, paths: Mapping[str, Path]) -> Dataset:
    with zipfile.ZipFile(paths[name]) as archive:
        ordered, y = members_by_class(archive, name, classes, train_rows, "texts")
        texts = [decoded(archive.read(member), f"{member!r} in {name}") for member in ordered]
    return Dataset(
        x=text_array(texts),
        y=y,
        feature_names=("text",),
        class_names=tuple(classes),
        train_rows=train_rows or None,
    )
