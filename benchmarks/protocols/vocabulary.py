"""The facts of a protocol that two scores must share to be compared, and their words."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.definition import Protocol

SELECTIONS = (
    "last epoch",
    "best training loss",
    "best validation epoch",
    "best test epoch",
)
"""Words for `Protocol.selection`. Validation rows are cut from the training rows."""

OTHER_REPEATS = "on training rows of other repeats"
TUNINGS = ("none", "on training rows", OTHER_REPEATS, "on test rows")
"""Words for `Protocol.tuning`, what helps least first. A validation part of the training rows is
training rows. One recipe for all splits or folds, chosen by scores within their training rows, was
chosen with rows that are tested in another repeat: `OTHER_REPEATS`."""

AUGMENTATIONS = ("no", "mirror", "mirror and shift")
"""Words for `Protocol.augmented_test`, the least first: each test image scored once; averaged with
its mirror image; both of them also moved by a pixel."""

FORMER = {
    "on training rows of the first repeat": OTHER_REPEATS,
    "image and mirror image": "mirror",
    "image and mirror image, both also moved by a pixel": "mirror and shift",
}
"""What records and definitions of version 0.1 say for a word of `TUNINGS` or `AUGMENTATIONS`."""

NOT_STATED = "not stated"
"""What a field says where a source does not; ": " and what exactly is missing may follow."""

LEAK_FREE = {"selection": SELECTIONS[:3], "tuning": TUNINGS[:2]}
"""Choices that looked at training rows only: recipe, like the architecture, and not protocol."""


def stated(fact: str) -> bool:
    """Whether a source says what this protocol field was."""
    return fact.partition(":")[0] != NOT_STATED


def same_fact(name: str, ours: str, theirs: str) -> bool:
    """Whether two values of a protocol field leave two scores comparable in that field.

    They do when equal, and when both are among the field's leak-free choices: keeping the last
    epoch or the one of lowest training loss is part of a recipe; what makes scores
    incomparable is that test rows had a say. What is not stated is the same as nothing.
    """
    if not (stated(ours) and stated(theirs)):
        return False
    return ours == theirs or {ours, theirs} <= set(LEAK_FREE.get(name, ()))


FACTS = ("split", "fitted_on", "selection", "tuning", "augmented_test", "extra_data")
"""Fields of `Protocol` that must agree for two scores to be comparable."""


def facts(protocol: Protocol, overrides: Mapping[str, str] | None = None) -> dict[str, str]:
    """Compared facts of a protocol, with an entry's departures from it put in.

    Raises ValueError for a departure that names no such field, so that a misspelt one cannot
    pass for comparable.
    """
    overrides = dict(overrides or {})
    unknown = sorted(set(overrides) - set(FACTS))
    if unknown:
        raise ValueError(
            f"expected protocol fields among {', '.join(FACTS)}; received {', '.join(unknown)}"
        )
    compared = {name: overrides.get(name, getattr(protocol, name)) for name in FACTS}
    return {name: FORMER.get(value, value) for name, value in compared.items()}
