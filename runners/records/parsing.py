"""JSON files checked against their types as they are read."""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Kind = TypeVar("Kind")

NEWER = "a newer Kerasfolio wrote it, update to read it"
OLDER = "write it again with this Kerasfolio"


def parse(kind: type[Kind], content: bytes, schema: int | None = None) -> Kind:
    """The value of a JSON file, checked as by `check`.

    Raises ValueError for what is no JSON, nested deeper than some 200 levels or of another shape,
    with what was expected and received.
    """
    from pydantic_core import from_json

    try:
        value = from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise ValueError(f"not JSON ({error})") from error
    return check(kind, value, schema)


def check(kind: type[Kind], value: object, schema: int | None = None) -> Kind:
    """The value itself, unchanged and with keys its type does not name, if it is of this type.

    `kind` is a TypedDict, `schema` the number its `schema` key must hold. Raises ValueError that
    names the first field that is missing or of another type.
    """
    from pydantic import ValidationError

    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, received {type(value).__name__}")
    number = value.get("schema", schema)
    if schema is not None and isinstance(number, int) and number != schema:
        advice = NEWER if number > schema else OLDER
        raise ValueError(f"expected schema {schema}, received schema {number}: {advice}")
    try:
        _adapter(cast(Hashable, kind)).validate_python(value, strict=True)
    except ValidationError as error:
        raise ValueError(_first(error)) from None
    return cast(Kind, value)  # not the validated copy: whole numbers stay whole, other keys stay


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    return adapter


def _first(error: Any) -> str:
    """What is wrong with the first field that is, as "expected …, received …"."""
    first = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"])[:80]
    if first["type"] == "missing":
        return f"field '{field}' is missing"
    expected = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    expected = re.sub(r"\d{20,}", lambda number: f"{float(number[0]):g}", expected)
    received = first["input"]
    text = repr(received)[:60] if isinstance(received, str | int | float) else type(received)
    name = text if isinstance(text, str) else text.__name__
    return f"field '{field}': expected {expected}, received {name}"
