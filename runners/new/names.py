"""The name of a new benchmark, and the file it becomes."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from benchmarks.validation import NAME
from runners.new.request import Unclear
from runners.records.own_data import SHIPPED

PART = re.compile(r"[a-z0-9]+")
LONGEST = 60
"""Characters of each part of a name: it becomes part of longer file names."""
DEVICES = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
"""What no file can be called on Windows."""


def definition_file(name: str, folder: Path) -> Path:
    """Where a benchmark of that name is defined below `folder`.

    Raises Unclear for a name that is none (`mine/churn` is one), for a family of the project's
    own, and for one that would stand beside code of that name.
    """
    if any(len(part) > LONGEST for part in name.split("/")):
        raise Unclear(
            f"expected a name such as mine/churn, at most {LONGEST} characters before the slash "
            f"and behind it; received {in_sentence(name)!r} of {len(name)} characters"
        )
    if not NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9/]+", "-", name.lower()).strip("-/")
        hint = f"; for example {near}" if NAME.fullmatch(near) and ".." not in name else ""
        raise Unclear(
            "expected a name such as mine/churn (family/benchmark in lower case letters, digits "
            f"and hyphens), received {name!r}{hint}"
        )
    family, stem = name.split("/")
    if "." in stem or not PART.fullmatch(family):
        raise Unclear(
            f"expected a family of letters and digits and a benchmark without dots, since they "
            f"become a folder and a file of Python; received {name!r}"
        )
    for part in (family, stem):
        if DEVICES.fullmatch(part):
            raise Unclear(
                f"expected a name that can be a file on every system; {part!r} is a device on "
                f"Windows, where nobody could check out {name!r}"
            )
    if family in SHIPPED:
        raise Unclear(
            f"the family {family!r} is for benchmarks that come with the project; choose "
            f"another, such as mine/{stem}"
        )
    place = folder / family
    if (place / "__init__.py").exists() or place.with_suffix(".py").exists():
        raise Unclear(
            f"benchmarks/{family} holds code and cannot be a family; choose another, such as "
            f"mine/{stem}"
        )
    return place / f"{stem.replace('-', '_')}.py"


def function_name(name: str) -> str:
    """What the function that defines a benchmark is called: an identifier, never a keyword."""
    stem = re.sub(r"\W", "_", name.split("/")[1])
    if stem[0].isdigit():
        stem = f"data_{stem}"
    return f"{stem}_" if keyword.iskeyword(stem) or stem in RESERVED else stem


RESERVED = frozenset(
    {
        "accuracy",
        "benchmark",
        "boosting",
        "estimator",
        "least_squares",
        "linear",
        "logistic",
        "mae",
        "majority",
    }
    | {"mean", "nearest", "network", "prepared", "rmse", "scorer", "splitter", "str"}
)
"""Names that definitions import or define."""


def in_sentence(name: str, longest: int = 24) -> str:
    """A name from a file as part of a sentence: cut where it is long, � for what is invisible."""
    cut = name if len(name) <= longest else name[: longest - 1] + "…"
    return "".join(one if one.isprintable() else "\ufffd" for one in cut)
