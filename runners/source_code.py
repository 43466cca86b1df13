"""Python source for definitions: values as literals, and lines broken as `ruff format` does.

Ruff itself is there for developers only. `literal` is the one way a value from outside enters
source: a text stays within its quotes and on its line.
"""

from __future__ import annotations

import ast
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

WIDTH = 100
"""Columns of a line in the house style."""
STEP = "    "
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


class Name(str):
    """An identifier, such as `COLUMNS` or `module.function`."""

    __slots__ = ()


@dataclass(frozen=True)
class Call:
    """`function(argument, …, keyword=value, …)`, its arguments any values `literal` takes."""

    function: str
    arguments: tuple[object, ...] = ()
    keywords: Mapping[str, object] = field(default_factory=dict)


def literal(value: object) -> str:
    """A plain value, a `Call` or a `Name` as source on one line.

    Raises ValueError for a name that is no identifier and TypeError for any other kind of value,
    infinities and NaN among them.
    """
    match value:
        case Name():
            return identifier(value)
        case str():
            return text_literal(value)
        case None | bool() | int():
            return repr(value)
        case float() if math.isfinite(value):
            return float.__repr__(value)
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case tuple():
            return f"({', '.join(map(literal, value))}{',' * (len(value) == 1)})"
        case Mapping():
            return f"{{{', '.join(f'{literal(k)}: {literal(v)}' for k, v in value.items())}}}"
        case Call(function, arguments, keywords):
            named = (f"{identifier(name)}={literal(one)}" for name, one in keywords.items())
            return f"{identifier(function)}({', '.join([*map(literal, arguments), *named])})"
    raise TypeError(
        f"expected a text, finite number, list, tuple, mapping or Call, received {value!r}"
    )


def identifier(name: str) -> str:
    """A name as it stands. Raises ValueError for one that is no dotted identifier."""
    if DOTTED.fullmatch(name):
        return str(name)
    raise ValueError(f"expected an identifier, received {name!r}")


def text_literal(text: str) -> str:
    """A text in double quotes, or in single ones where that saves escapes.

    Characters that cannot be seen are escaped, so that a literal never leaves its line.
    """
    quote = "'" if text.count('"') > text.count("'") else '"'
    body = "".join(
        f"\\{one}" if one == quote else one if one in "'\"" else repr(one)[1:-1] for one in text
    )
    return quote + body + quote


def broken(line: str) -> str:
    """A line as `ruff format` breaks it where it is wider than `WIDTH`.

    It is an argument of a call or an element of a list, with its indentation and comma. Calls get
    their arguments on one line, or a line each; other brackets a line for each element; texts
    become several literals. What cannot be broken is marked for ruff's check.
    """
    if width(line) <= WIDTH:
        return line
    code = line.strip()
    indent, after = line[: line.index(code)], "," if code.endswith(",") else ""
    source = f"f({code.removesuffix(',')})"
    try:
        call = ast.parse(source, mode="eval").body
    except SyntaxError:  # neither: the line of a decorator or a function with a long name
        lines = [line]
    else:
        assert isinstance(call, ast.Call)
        ((before, node),) = _arguments(call)
        lines = _lines(node, source.encode(), indent, before, after)
    return "\n".join(one if width(one) <= WIDTH else f"{one}  # noqa: E501" for one in lines)


Part = tuple[str, ast.expr]
"""What stands before an expression (`name=`, `"key": `), and the expression."""


def _segment(node: ast.expr, source: bytes) -> str:
    return source[node.col_offset : node.end_col_offset].decode()


def _arguments(call: ast.Call) -> list[Part]:
    keywords = [(f"{one.arg}=", one.value) for one in call.keywords]
    return [*(("", one) for one in call.args), *keywords]


def _lines(node: ast.expr, source: bytes, indent: str, before: str, after: str) -> list[str]:
    """Lines of an expression that stands between `before` and `after`."""
    flat = _segment(node, source)
    whole, inner = indent + before + flat + after, indent + STEP
    parts: list[Part] = []
    match node:
        case ast.Starred():
            return _lines(node.value, source, indent, f"{before}*", after)
        case ast.Constant(value=str() as text) if width(whole) > WIDTH:
            cut = [inner + text_literal(one) for one in pieces(text, WIDTH - len(inner))]
            return [f"{indent}{before}(", *cut, f"{indent}){after}"]
        case ast.Call():
            opening, parts = f"{_segment(node.func, source)}(", _arguments(node)
        case ast.List() | ast.Tuple():
            opening, parts = flat[0], [("", one) for one in node.elts]
        case ast.Dict():
            keys = [_segment(key, source) for key in node.keys if key is not None]
            opening = "{"
            parts = [(f"{key}: ", one) for key, one in zip(keys, node.values, strict=True)]
    if not parts or width(whole) <= WIDTH:
        return [whole]
    shared = inner + flat[len(opening) : -1]
    if isinstance(node, ast.Call) and width(shared) <= WIDTH:
        body = [shared]
    else:
        body = [line for name, one in parts for line in _lines(one, source, inner, name, ",")]
    return [f"{indent}{before}{opening}", *body, f"{indent}{flat[-1]}{after}"]


def pieces(text: str, room: int) -> list[str]:
    """Parts of a text whose literals are `room` columns wide at most, cut behind spaces."""
    parts, part = [], ""
    for word in re.findall(r"[^ ]* |[^ ]+", text):
        if part and width(text_literal(part + word)) > room:
            parts.append(part)
            part = ""
        part += word
        while width(text_literal(part)) > room:
            keep = len(part) - 1
            while width(text_literal(part[:keep])) > room:
                keep -= 1
            parts.append(part[:keep])
            part = part[keep:]
    return [*parts, part] if part else parts


def width(text: str) -> int:
    """Columns a line takes: two for the wide characters of East Asia, none for combining ones."""
    return sum(
        0
        if unicodedata.category(one) in ("Mn", "Me")
        else 2
        if unicodedata.east_asian_width(one) in "WF"
        else 1
        for one in text
    )
