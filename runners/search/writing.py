"""Writing the winner of a study into its definition: one more line in the list of entries.

The place is found in the syntax tree and everything else in the file stays as it is, byte by
byte. What comes out is loaded before it is written: a file that would no longer define its
benchmark is never left behind.
"""

from __future__ import annotations

import ast
import importlib.util
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import registry
from benchmarks.definition import Benchmark
from runners.records.store import write_atomically
from runners.source_code import DOTTED, WIDTH, Call, broken, literal


class NotWritten(Exception):
    """The definition was left as it was: what was expected there, what to do instead."""


def source_of(benchmark: Benchmark) -> Path:
    """The file that defines a benchmark."""
    return registry.load().files[benchmark.name]


def call(make: str, name: str, options: Mapping[str, Any]) -> str:
    """`make("name", setting=value, …)` as source."""
    return literal(Call(make, (name,), options))


def maker_of(source: bytes, name: str) -> str:
    """How the source names the function that makes entries: the first argument of `Search(…)`.

    Raises NotWritten where the definition names none.
    """
    search = _keyword(_definition(source, name), "search")
    if isinstance(search, ast.Call):
        makers = [*search.args[:1], *(k.value for k in search.keywords if k.arg == "make")]
        if makers and DOTTED.fullmatch(make := ast.unparse(makers[0])):
            return make
    raise NotWritten("expected search=Search(make, …) with the name of a function as make")


def with_entry(source: bytes, name: str, line: str, entry: str) -> bytes:
    """The source of a definition with `line` among the entries, in the place of one named `entry`.

    `name` is the benchmark's. Raises NotWritten where the entries are no list with its elements
    written out.
    """
    entries = _keyword(_definition(source, name), "entries")
    if not isinstance(entries, ast.List) or not entries.elts:
        raise NotWritten("expected entries=[…], a list with its entries written out")
    starts = _line_starts(source)
    newline = "\r\n" if b"\r\n" in source else "\n"
    begin, end = _span(entries, starts)
    if entries.elts[0].lineno == entries.lineno:  # all on one line, or begun there: one a line
        inside = _indent(source, begin, starts) + 4
        elements = [source[slice(*_span(one, starts))].decode() for one in entries.elts]
        names = [_name(one) for one in entries.elts]
        place = names.index(entry) if entry in names else len(elements)
        elements[place : place + 1] = [_wrapped(line, inside)]
        text = "".join(f"{' ' * inside}{one},\n" for one in elements)
        text = f"[\n{text}{' ' * (inside - 4)}]"
        return source[:begin] + text.replace("\n", newline).encode() + source[end:]
    inside = entries.elts[0].col_offset
    wrapped = _wrapped(line, inside).replace("\n", newline).encode()
    for one in entries.elts:
        if _name(one) == entry:
            first, last = _span(one, starts)
            return source[:first] + wrapped + source[last:]
    last = _span(entries.elts[-1], starts)[1]
    rest = source[last : end - 1]
    # A remark behind the last entry stays on its line.
    remark = rest.split(b"\n", 1)[0].rstrip()
    comma = b"" if rest.lstrip().startswith(b",") else b","
    added = newline.encode() + b" " * inside + wrapped + b","
    if b"\n" not in rest:  # the bracket closes right behind it
        added += newline.encode() + b" " * (inside - 4)
    return source[:last] + comma + remark + added + source[last + len(remark) :]


def load_source(source: bytes, place: Path, name: str) -> Benchmark:
    """What a source defines, in a copy of its file. Raises NotWritten where it defines nothing."""
    module = f"benchmarks.{place.parent.name}.{place.stem}"
    try:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / place.name
            copy.write_bytes(source)
            spec = importlib.util.spec_from_file_location(module, copy)
            assert spec is not None  # the suffix is .py
            assert spec.loader is not None
            defining = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(defining)
        defined = registry.definitions_in(defining)
        named = [one() for one in defined if one.defines == name]  # type: ignore[attr-defined]
        (changed,) = [one for one in named if isinstance(one, Benchmark)]
    except Exception as error:  # a definition may fail in any way
        raise NotWritten(
            f"with it the definition fails: {type(error).__name__}: {error}"
        ) from error
    return changed


def write(benchmark: Benchmark, lines: Mapping[str, str]) -> Path:
    """Put entries, by their names, into the definition file of a benchmark; returns the file.

    Raises NotWritten where that cannot be done, with the file as it was, and OSError where it
    cannot be written.
    """
    place = source_of(benchmark)
    before = after = place.read_bytes()
    for name, line in lines.items():
        after = with_entry(after, benchmark.name, line, name)
        if line.startswith("average("):
            after = with_import(after, "average")
    changed = load_source(after, place, benchmark.name)
    if missing := set(lines) - {one.name for one in changed.entries}:
        raise NotWritten(f"the definition then has no entry {', '.join(missing)}")
    if after != before:
        write_atomically(place, after)
    return place


def with_import(source: bytes, name: str) -> bytes:
    """The source with `name` among what it imports from `benchmarks.entries`."""
    tree, starts = ast.parse(source), _line_starts(source)
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "benchmarks.entries":
            aliases = {ast.unparse(one) for one in node.names}
            if name in aliases:
                return source
            names = sorted({*aliases, name}, key=lambda one: (one.lower() == one, one))
            text = f"from benchmarks.entries import {', '.join(names)}"
            if len(text) > WIDTH:
                text = "from benchmarks.entries import (\n    " + ",\n    ".join(names) + ",\n)"
            newline = "\r\n" if b"\r\n" in source else "\n"
            begin, end = _span(node, starts)
            return source[:begin] + text.replace("\n", newline).encode() + source[end:]
    raise NotWritten(f"expected a line `from benchmarks.entries import …` to add {name} to")


def _definition(source: bytes, name: str) -> ast.Call:
    """The call `Benchmark(…)` in the function that defines a benchmark."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise NotWritten(f"the file is no Python any more: {error}") from error
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and _defines(function, name):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and _keyword(node, "entries") is not None:
                    return node
    raise NotWritten(f"expected a function under @benchmark({name!r}) that calls Benchmark(…)")


def _defines(function: ast.FunctionDef, name: str) -> bool:
    return any(
        isinstance(one, ast.Call) and one.args and ast.unparse(one.args[0]) == repr(name)
        for one in function.decorator_list
    )


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in node.keywords if one.arg == name), None)


def _name(node: ast.expr) -> Any:
    """The name an entry is written with, where it is the first argument."""
    first = node.args[0] if isinstance(node, ast.Call) and node.args else None
    return first.value if isinstance(first, ast.Constant) else None


def _line_starts(source: bytes) -> list[int]:
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _span(node: ast.expr | ast.stmt, starts: Sequence[int]) -> tuple[int, int]:
    """First byte of a node in its source, and the one behind its last."""
    assert node.end_lineno is not None and node.end_col_offset is not None  # noqa: PT018
    begin = starts[node.lineno - 1] + node.col_offset
    return begin, starts[node.end_lineno - 1] + node.end_col_offset


def _indent(source: bytes, at: int, starts: Sequence[int]) -> int:
    line = source[max(start for start in starts if start <= at) : at]
    return len(line) - len(line.lstrip())


def _wrapped(line: str, indent: int) -> str:
    """A call as the house style breaks it, to be put behind `indent` columns."""
    return broken(f"{' ' * indent}{line},").lstrip().removesuffix(",")
