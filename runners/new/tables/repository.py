"""A data set of the UCI repository by its number, through the real client."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.data import (
    Columns,
    Copy,
    Corrupt,
    DataError,
    Store,
    Unavailable,
    default_folder,
    own_uci,
)
from benchmarks.data.core.network import host_of, require, retried
from benchmarks.data.core.store import held, verify
from benchmarks.data.own.frames import shortened
from benchmarks.data.own.tables import uci_frame
from benchmarks.data.uci import api, ask, frames, written
from runners.new.draft import Asked, Draft
from runners.new.tables import table as tables
from runners.new.tables.targets import Target, named
from runners.report import Reporter, console
from runners.source_code import Call, Name

LICENCE = "CC BY 4.0"
"""Of every data set that UCI donors gave since 2022, says the repository; its page decides."""


def draft(number: int, asked: Asked) -> Draft:
    """The benchmark a data set of the repository becomes: its own roles say what the target is.

    Raises Unavailable where it cannot be had, Corrupt where it is no table.
    """
    store = Store(default_folder(), report=Reporter(console()).say)
    copy = own_uci(number, Columns(), target="", rows=0, title="", licence="").copies[0]
    if held(copy, store):
        reply, csv = (verify(copy, store)[file.name].path for file in copy.files)
        new = False
    else:
        reply, csv = fetched(number, asked.work, store)
        new = True
    metadata = json.loads(reply.read_text("utf-8"))["data"]
    rows = rows_of(csv)
    features, answers = frames(reply, csv, rows)
    roles = [str(name) for name in answers.columns]
    if not len(features.columns):
        raise Corrupt(f"UCI's data set {number} names no features", "choose another number")
    frame = uci_frame(number, features, answers)
    asked = with_target(asked, roles, list(frame.table.columns))
    title = f"{str(metadata.get('name') or 'data set')[:80]} (UCI {number})"

    def source(target: Target, rows: int, groups: str) -> Call:
        return Call(
            "own_uci",
            (number, Name("COLUMNS")),
            {
                "target": target.name,
                "rows": rows,
                "title": title,
                "licence": LICENCE,
                **({"classes": target.classes} if target.classes else {}),
            },
        )

    others = {name: "another target of the data set" for name in roles if name != asked.target}
    text, lines = tables.of_frame(
        frame, asked, tables.Table(f"UCI {number}", source, grouped=False), others
    )
    head = f"{shortened(title, 100)}: {rows:,} rows, {len(frame.table.columns):,} columns"
    found = Draft(text, [head, *lines])
    return replace(found, **kept(copy, reply, csv)) if new else found


def kept(copy: Copy, reply: Path, csv: Path) -> dict[str, Any]:
    """What the flow keeps of a fresh reply."""
    files = dict(zip([file.name for file in copy.files], (reply, csv), strict=True))
    return {"copy": copy, "files": files, "origin": "through ucimlrepo"}


def fetched(number: int, work: Path, store: Store) -> tuple[Path, Path]:
    """Reply and table of a data set, in the layout of UCI's API, in a folder for work.

    Raises Unavailable.
    """
    host = host_of(api())
    store.report(f"asking {host} for data set {number}")
    try:
        require(host, store)
        metadata, variables, table = retried(lambda: ask(number, host, store), host, store)
    except DataError as error:
        error.remedy = error.remedy or (
            f"look for the number {number} on https://archive.ics.uci.edu/datasets, or fetch the "
            "table there and give the file"
        )
        raise
    if not len(table):
        raise Unavailable(f"{host} sent no rows for data set {number}")
    return written(work, metadata, variables, table)


def rows_of(csv: Path) -> int:
    """Rows of a kept table, as pandas counts them."""
    import pandas as pd

    return len(pd.read_csv(csv))


def with_target(asked: Asked, roles: list[str], columns: list[str]) -> Asked:
    """The request with its target: what the repository calls one, unless another was asked for."""
    if asked.target:
        return replace(asked, target=named(asked.target, columns))
    if len(roles) == 1:
        return replace(asked, target=roles[0])
    if roles:
        question = "The data set has several targets; which is to be predicted?"
        return replace(asked, target=asked.decided(question, roles, "TARGET"))
    return asked
