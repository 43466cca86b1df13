"""Fields that a dataclass of the fingerprint gained after records were made of it."""

from __future__ import annotations

import dataclasses
from typing import Any

LATER = "added after records were made"
"""Key in the metadata of such a field."""


def later_field(default: Any) -> Any:
    """A field that does not count in the fingerprint while it is at its default.

    Neither its declaration nor its value does then (`runners.execution.source`), so that records
    made before there was the field stay valid. Its value counts as soon as it is another one. The
    default is a plain value, and code that trained those records must not read the field.
    """
    return dataclasses.field(default=default, metadata={LATER: True})
