"""The file `make new` writes: a template for each kind of data, filled in with literals.

Every value of a template becomes a Python literal, so that no text from outside can leave its
quotes; the filters below render what stands outside of quotes, and check it.
"""

from __future__ import annotations

import re
import textwrap
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from runners.new.choices import Measure
from runners.new.names import function_name
from runners.source_code import broken, identifier, literal

PLAIN = re.compile(r"[A-Za-z0-9 .,_()+-]*")
COMMENT = 82
"""Characters of a line of a comment, behind its indentation."""


class Source(str):
    """Source that a filter has checked."""

    __slots__ = ()


def rendered(template: str, name: str, measure: Measure, **values: object) -> str:
    """The definition of benchmark `name` by a template of `runners/new/templates`."""
    made = {one.function for one in (measure.call, *measure.also)}
    values |= {"name": name, "function": function_name(name), "measure": measure}
    values |= {"metrics": made - {"scorer"}, "scorers": "scorer" in made}
    text = _environment().get_template(template).render(values)
    return "\n".join(map(broken, text.split("\n")))


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701 (Python and no HTML: `finalize` quotes)
        loader=PackageLoader("runners.new", "templates"),
        undefined=StrictUndefined,
        finalize=lambda value: value if isinstance(value, Source) else Source(literal(value)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"plain": plain, "names": names, "comment": comment}
    return environment


def plain(value: object) -> Source:
    """Letters, digits and a little punctuation as they stand, for docstrings and identifiers.

    Raises ValueError for any other character.
    """
    if PLAIN.fullmatch(str(value)):
        return Source(value)
    raise ValueError(f"expected letters, digits and {PLAIN.pattern}, received {value!r}")


def names(values: object) -> Source:
    """Identifiers in the order of an import. Raises ValueError for what is none."""
    assert isinstance(values, set | list | tuple)
    return Source(", ".join(sorted(map(identifier, values))))


def comment(text: str, indent: int = 8) -> Source:
    """A reason as lines of a comment: begun with a capital, ended with a full stop."""
    sentence = f"{text[:1].upper()}{text[1:]}."
    visible = "".join(one if one.isprintable() else repr(one)[1:-1] for one in sentence)
    lines = [f"# {line}" for line in textwrap.wrap(visible, COMMENT)]
    return Source(f"\n{' ' * indent}".join(lines))
