"""Python expressions written as `ruff format` would leave them, 100 columns wide.

ruff itself is there for developers only. Just what definitions need: calls, lists, tuples,
dictionaries and texts. Names from outside come in as texts, and cannot leave their quotes.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

WIDTH = 100
STEP = "    "


@dataclass(frozen=True)
class Text:
    """A text, to be cut into several literals where it is too long for its line."""

    value: str

    @property
    def flat(self) -> str:
        """The expression on one line."""
        return literal(self.value)

    def lines(self, indent: str, before: str, after: str) -> list[str]:
        """The expression between `before` and `after`, as lines indented by `indent`."""
        whole = indent + before + self.flat + after
        if width(whole) <= WIDTH:
            return [whole]
        inner = indent + STEP
        parts = [inner + literal(part) for part in cut(self.value, WIDTH - len(inner))]
        return [f"{indent}{before}(", *parts, f"{indent}){after}"]


@dataclass(frozen=True)
class Group:
    """Parts between brackets, each with what stands before it (`name=`) and a comment above."""

    opening: str
    parts: Sequence[tuple[str, Node, str]]
    closing: str
    hugged: bool = False
    """Whether all parts may share one line of their own: those of a call may."""

    @property
    def flat(self) -> str:
        """The expression on one line."""
        inner = ", ".join(before + flat(part) for before, part, _ in self.parts)
        comma = "," if len(self.parts) == 1 and self.opening == "(" else ""
        return f"{self.opening}{inner}{comma}{self.closing}"

    def lines(self, indent: str, before: str, after: str) -> list[str]:
        """The expression between `before` and `after`, as lines indented by `indent`."""
        commented = any(comment for *_, comment in self.parts)
        whole = indent + before + self.flat + after
        if not self.parts or (width(whole) <= WIDTH and not commented):
            return [whole]
        inner = indent + STEP
        shared = inner + self.flat[len(self.opening) : -len(self.closing)]
        if self.hugged and width(shared) <= WIDTH and not commented:
            body = [shared]
        else:
            body = []
            for name, part, comment in self.parts:
                body += [f"{inner}# {line}" for line in textwrap.wrap(comment, 90 - len(inner))]
                body += written(part, inner, name, ",")
        return [f"{indent}{before}{self.opening}", *body, f"{indent}{self.closing}{after}"]


Node = str | Text | Group
"""A string is Python already: a number, a name."""


def flat(node: Node) -> str:
    """An expression on one line."""
    return node if isinstance(node, str) else node.flat


def written(node: Node, indent: str = "", before: str = "", after: str = "") -> list[str]:
    """Lines of an expression that stands between `before` and `after`."""
    if isinstance(node, str):
        return [indent + before + node + after]
    return node.lines(indent, before, after)


def call(function: str, *arguments: Node, **keywords: Node) -> Group:
    """`function(argument, name=keyword)`."""
    named = [(f"{name}=", part, "") for name, part in keywords.items()]
    return Group(f"{function}(", [*(("", part, "") for part in arguments), *named], ")", True)


def commented(group: Group, comments: Mapping[str, str]) -> Group:
    """A call with comments above the keyword arguments they are filed under."""
    parts = [(name, part, comments.get(name.rstrip("="), said)) for name, part, said in group.parts]
    return replace(group, parts=parts)


def items(parts: Sequence[Node], brackets: str = "[]") -> Group:
    """A list, or with `()` a tuple."""
    return Group(brackets[0], [("", part, "") for part in parts], brackets[1])


def texts(values: Sequence[str]) -> Group:
    """A tuple of texts."""
    return items([Text(value) for value in values], "()")


def mapping(pairs: Mapping[str, Node]) -> Group:
    """A dictionary with texts for keys."""
    return Group("{", [(f"{literal(key)}: ", part, "") for key, part in pairs.items()], "}")


def literal(text: str) -> str:
    """A text as a Python literal: double quotes unless single ones save escapes, all else as repr.

    Whatever cannot be seen is escaped, so that a literal never leaves its line.
    """
    quote = "'" if text.count('"') > text.count("'") else '"'
    body = "".join(
        f"\\{one}" if one == quote else one if one in "'\"" else repr(one)[1:-1] for one in text
    )
    return quote + body + quote


def cut(text: str, room: int) -> list[str]:
    """Parts of a text whose literals are `room` columns wide at most, cut behind spaces."""
    parts, part = [], ""
    for word in text.replace(" ", " \0").split("\0") if "\0" not in text else [text]:
        if part and width(literal(part + word)) > room:
            parts.append(part)
            part = ""
        part += word
        while width(literal(part)) > room:
            keep = len(part) - 1
            while width(literal(part[:keep])) > room:
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
