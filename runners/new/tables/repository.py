"""A data set of the UCI repository by its number, through the real client."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.data import (
    Columns,
    Corrupt,
    DataError,
    Store,
    Unavailable,
    default_folder,
    own_uci,
)
from benchmarks.data.core.network import host_of, require, with_retries
from benchmarks.data.core.store import is_complete, verify
from benchmarks.data.own.frames import Frame, shortened
from benchmarks.data.own.tables import uci_frame
from benchmarks.data.uci import api, ask, frames, write_reply
from runners.new.overrules import matching_column
from runners.new.request import Draft, Request
from runners.new.tables import draft as tables
from runners.new.targets import Target
from runners.report import Reporter, console
from runners.source_code import Call, Name

LICENCE = "CC BY 4.0"
"""Of every data set that UCI donors gave since 2022, says the repository; its page decides."""


def draft(number: int, request: Request) -> Draft:
    """The benchmark a data set of the repository becomes: its own roles say what the target is.

    Raises Unavailable where it cannot be had, Corrupt where it is no table.
    """
    store = Store(default_folder(), report=Reporter(console()).say)
    copy = own_uci(number, Columns(), target="", rows=0, title="", licence="").copies[0]
    if is_complete(copy, store):
        reply, csv = (verify(copy, store)[file.name].path for file in copy.files)
        new = False
    else:
        reply, csv = fetch(number, request.work, store)
        new = True
    metadata = json.loads(reply.read_text("utf-8"))["data"]
    rows = rows_of(csv)
    features, answers = frames(reply, csv, rows)
    roles = [str(name) for name in answers.columns]
    if not len(features.columns):
        raise Corrupt(f"UCI's data set {number} names no features", "choose another number")
    frame = uci_frame(number, features, answers)
    request = with_target(request, roles, list(frame.table.columns))
    title = f"{str(metadata.get('name') or 'data set')[:80]} (UCI {number})"

    def source(frame: Frame, target: Target, rows: int, groups: str, order: Sequence[str]) -> Call:
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

    others = {name: "another target of the data set" for name in roles if name != request.target}
    text, lines, columns = tables.draft_of_frame(
        frame, request, tables.Table(f"UCI {number}", source, grouped=False), others
    )
    head = f"{shortened(title, 100)}: {rows:,} rows, {len(frame.table.columns):,} columns"
    made = Draft(text, [head, *lines], table=columns)
    if not new:
        return made
    files = dict(zip([file.name for file in copy.files], (reply, csv), strict=True))
    return replace(made, copy=copy, files=files, origin="through ucimlrepo")


def fetch(number: int, work: Path, store: Store) -> tuple[Path, Path]:
    """Reply and table of a data set, in the layout of UCI's API, in a folder for work.

    Raises Unavailable.
    """
    host = host_of(api())
    store.report(f"asking {host} for data set {number}")
    try:
        require(host, store)
        metadata, variables, table = with_retries(lambda: ask(number, host, store), host, store)
    except DataError as error:
        error.remedy = error.remedy or (
            f"look for the number {number} on https://archive.ics.uci.edu/datasets, or fetch the "
            "table there and give the file"
        )
        raise
    if not len(table):
        raise Unavailable(f"{host} sent no rows for data set {number}")
    return write_reply(work, metadata, variables, table)


def rows_of(csv: Path) -> int:
    """Number of rows of a table."""
    import pandas as pd

    return len(pd.read_csv(csv))


def with_target(request: Request, roles: list[str], columns: list[str]) -> Request:
    """The request with its target: what the repository calls one, unless another was asked for."""
    if request.target:
        return replace(request, target=matching_column(request.target, columns))
    if len(roles) == 1:
        return replace(request, target=roles[0])
    if roles:
        question = "The data set has several targets; which is to be predicted?"
        return replace(request, target=request.choice(question, roles, "TARGET"))
    return request
