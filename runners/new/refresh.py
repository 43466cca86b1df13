"""A grown file taken into an existing definition: its hash and counts change, and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from benchmarks import registry
from benchmarks.data.core.store import digest
from benchmarks.data.own.frames import read_frame
from benchmarks.data.own.reading import DEFINITION_DEFAULTS, Reading
from benchmarks.data.own.tables import Columns, own_table
from runners.new.data_file import data_file_name
from runners.new.request import Draft, Unclear
from runners.source_code import literal


def refreshed(place: Path, name: str, path: Path) -> Draft:
    """The definition of a table with the hash and counts of another file; all else is as it was.

    Raises Unclear where there is no definition, or one of another kind, and Corrupt for a file that
    does not hold what the definition says.
    """
    if not place.exists():
        raise Unclear(f"REFRESH=1: there is no {name} yet; without it, it is made")
    if not path.is_file():
        raise Unclear(f"REFRESH=1: expected the file that has grown, found none at {path}")
    known = registry.load()
    text = place.read_text("utf-8")
    calls = {
        node.func.id: node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    call = calls.get("own_table")
    if name not in known.benchmarks or call is None or len(call.args) < 2:
        why = known.problems.get(name, "it is no table of a file")
        raise Unclear(f"REFRESH=1 changes definitions with own_table(…); of {name}: {why}")
    values = known.benchmarks[name].data.values
    if len(values["own"]) > 1:
        raise Unclear("REFRESH=1 takes one file; make the benchmark of a folder anew with FORCE=1")
    old = known.benchmarks[name].data
    choices = {one.name for one in fields(Reading)}
    frame = read_frame(
        path,
        **{**DEFINITION_DEFAULTS, **{k: v for k, v in values.items() if k in choices and v != ""}},
    )
    counts = {
        one: len(set(frame.table[one][~frame.missing(one)]))
        for one in values["columns"]["categories"]
        if one in frame.table.columns
    }
    rows = int((~frame.missing(values["target"])).sum())
    sha = digest(path)
    kept = next(iter(values["own"]))
    changes = list(edits(call, calls.get("Columns"), sha, rows, counts))
    changed = replaced(text, changes)
    for count in (f"{old.rows:,} rows", f"{old.rows} rows"):
        changed = changed.replace(count, f"{rows:,} rows")
    copy = own_table(kept, sha, Columns(), target="", rows=1).copies[0]
    more = {
        one: f"{before} to {counts[one]}"
        for one, before in values["columns"]["categories"].items()
        if counts.get(one, before) != before
    }
    remarks = [f"{path.name}: {old.rows:,} rows before, {rows:,} now"]
    remarks += [f"! {one!r} has other values: {change}" for one, change in more.items()]
    if data_file_name(path, name) != kept:
        remarks.append(f"it is kept as {kept}")
    return Draft(changed, remarks, copy, {kept: path})


def edits(
    call: ast.Call, columns: ast.Call | None, sha: str, rows: int, counts: Mapping[str, int]
) -> Iterator[tuple[ast.expr, Any]]:
    """The expressions to replace, each with its new value."""
    yield call.args[1], sha
    for keyword in call.keywords:
        if keyword.arg == "rows":
            yield keyword.value, rows
    for keyword in columns.keywords if columns else ():
        if keyword.arg == "categories" and isinstance(keyword.value, ast.Dict):
            for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                if isinstance(key, ast.Constant) and str(key.value) in counts:
                    yield value, counts[str(key.value)]


def replaced(text: str, changes: list[tuple[ast.expr, Any]]) -> str:
    """A source with some of its expressions replaced by literals."""
    raw = text.encode()
    starts = [0, *(found.end() for found in re.finditer(b"\n", raw))]
    places = []
    for one, value in changes:
        assert one.end_lineno is not None
        assert one.end_col_offset is not None
        begin = starts[one.lineno - 1] + one.col_offset
        places.append((begin, starts[one.end_lineno - 1] + one.end_col_offset, value))
    for begin, end, value in sorted(places, key=lambda one: one[0], reverse=True):
        raw = raw[:begin] + literal(value).encode() + raw[end:]
    return raw.decode()
