"""Text from outside, fit to be shown: `clean`, `plain` for pages, `visible` for terminals.

Names, reasons and the contents of files pass one of them before they are shown. Both leave out
secrets and paths (`runners.redaction`).
"""

from __future__ import annotations

import math
import os
import re
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runners.redaction import for_others, for_owner, without_secrets

LONGEST, LONGEST_CELL = 2000, 200
"""Characters shown of a line, and of a cell of a table."""
STEERING = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode's categories of characters that are no text to look at (UAX #44, table 12)."""
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]"
)


def clean(text: str) -> str:
    """Text fit for HTML and JSON: control and direction-changing characters become �.

    Secrets and absolute paths are left out (`redaction.for_others`). A lone surrogate (JSON can
    carry one, UTF-8 cannot) becomes `?`.
    """
    return _CONTROL.sub("\ufffd", for_others(text)).encode("utf-8", "replace").decode()


def plain(value: Any) -> Any:
    """Value fit for strict JSON: texts cleaned, NaN and infinities null, tuples as lists."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {clean(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, int | bool) else clean(str(value))


def visible(text: str, longest: int = LONGEST) -> str:
    r"""Text from outside, fit for a terminal: what would steer it is shown as `\x1b`, `\u202e`.

    Those are control characters (line ends among them), characters that change the direction of
    writing or cannot be seen, line separators and lone surrogates. A long text loses its middle.
    Secrets are left out, and the home folder is `~` (`redaction.for_owner`).
    """
    text = for_owner(text)
    if len(text) > longest:
        half = longest // 2 - 20
        text = f"{text[:half]} … {len(text) - 2 * half} characters … {text[-half:]}"
    return "".join(
        one.encode("unicode_escape").decode() if unicodedata.category(one) in STEERING else one
        for one in text
    )


def link(path: Path) -> str:
    """The `file://` address of a file, for the terminal of the command's user.

    Where no terminal reads along, and the file is in the home folder, only its shortened path:
    output is kept and passed on.
    """
    path, home = path.resolve(), Path(os.path.expanduser("~")).resolve()
    if home != Path("/") and path.is_relative_to(home) and not sys.stdout.isatty():
        return visible(str(path))
    return without_secrets(path.as_uri())


def visible_lines(text: str) -> str:
    """Several lines, each fit for a terminal (`visible`)."""
    return "\n".join(map(visible, text.splitlines()))
