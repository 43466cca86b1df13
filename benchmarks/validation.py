"""Whether a definition is whole: every field is checked before anything trains."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from itertools import pairwise

from benchmarks import spaces
from benchmarks.definition import CHECKS, SUITES, Benchmark, Entry, breadth
from benchmarks.quantiles import INTERVALS, ends

NAME = re.compile(r"[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9.-]*")
ENTRY_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")


class DefinitionError(ValueError):
    """A definition file that does not define a benchmark; says which file and field."""


def check_name(name: str) -> None:
    """Raise DefinitionError for an impossible name."""
    if not NAME.fullmatch(name):
        raise DefinitionError(
            f"name: expected 'family/name' in lower case letters, digits and hyphens, "
            f"received {name!r}"
        )


def complete(definition: Benchmark) -> Benchmark:
    """A definition with members and margin filled in. Raises DefinitionError for a wrong one."""
    from benchmarks.entries.averages import with_members  # which needs this package whole

    try:
        definition = with_members(definition)
    except ValueError as error:
        raise DefinitionError(f"entries: {error}") from error
    definition = with_margin(definition)
    validate(definition)
    return definition


def with_margin(definition: Benchmark) -> Benchmark:
    """A definition with the margin that its anchor gives it, where it states none of its own.

    Raises DefinitionError for an anchor that is not among the benchmark's published scores.
    """
    if definition.margin or not definition.anchor:
        return definition
    from benchmarks.judging import margins  # reads the published scores, of use here alone

    try:
        size, why = margins.of(definition)
    except ValueError as error:
        raise DefinitionError(f"anchor: {error}") from error
    return replace(definition, margin=size, margin_why=why)


def validate(definition: Benchmark) -> None:
    """Raise DefinitionError naming the first field of a definition that is wrong."""
    entries = list(definition.entries)
    names = [entry.name for entry in entries]
    for entry in entries:
        if not ENTRY_NAME.fullmatch(entry.name):
            raise DefinitionError(
                f"entries: expected names of lower case letters, digits and hyphens, "
                f"received {entry.name!r}"
            )
        if entry.suite not in SUITES:
            raise DefinitionError(
                f"entries: {entry.name}: suite: expected one of {', '.join(SUITES)}, "
                f"received {entry.suite!r}"
            )
        _validate_quantiles(definition, entry)
    if len(set(names)) != len(names):
        raise DefinitionError(f"entries: names must differ, received {', '.join(names)}")
    headlines = [entry.suite for entry in entries if entry.headline]
    if not headlines or len(set(headlines)) != len(headlines):
        named = [f"{entry.name} ({entry.suite})" for entry in entries if entry.headline]
        raise DefinitionError(
            "entries: expected one with headline=True, or one in each of several suites; "
            f"received {', '.join(named) or 'none'}"
        )
    if breadth(min(headlines, key=breadth)) > breadth(definition.suite):
        raise DefinitionError(
            f"entries: expected a headline in the suite of the benchmark, {definition.suite}; "
            f"received one in {min(headlines, key=breadth)} only"
        )
    if not any(entry.floor for entry in entries):
        raise DefinitionError("entries: expected at least one with floor=True, received none")
    if definition.task not in ("regression", "classification"):
        raise DefinitionError(
            f"task: expected 'regression' or 'classification', received {definition.task!r}"
        )
    measured = [definition.metric.name, *(metric.name for metric in definition.also)]
    if len(set(measured)) != len(measured):
        raise DefinitionError(f"also: metrics must differ, received {', '.join(measured)}")
    if definition.anchor and not definition.anchor_why:
        raise DefinitionError(
            f"anchor_why: expected a sentence for anchor {definition.anchor}, received none"
        )
    if not definition.margin > 0:
        raise DefinitionError(
            "margin: expected a number above 0, or an anchor (the id of a published score) whose "
            f"error gives it, received {definition.margin}"
        )
    if not definition.margin_why:
        raise DefinitionError(
            f"margin_why: expected a sentence for margin {definition.margin:g}, received none"
        )
    for code, why in (definition.muted or {}).items():
        if code not in CHECKS:
            raise DefinitionError(
                f"muted: expected codes among {', '.join(CHECKS)}, received {code!r}"
            )
        if not why:
            raise DefinitionError(f"muted: expected the reason for {code}, received none")
    if any(entry.reruns for entry in entries):
        _validate_reruns(definition)
    _validate_power(definition)
    if definition.search is not None:
        try:
            spaces.validate(definition.search)
        except ValueError as error:
            raise DefinitionError(f"search: {error}") from error


def _validate_quantiles(definition: Benchmark, entry: Entry) -> None:
    """Raise DefinitionError for levels that no metric of a distribution can be computed from."""
    levels = entry.quantiles
    if not levels:
        return
    try:
        for interval in (0.0, *INTERVALS):
            ends(levels, interval)
        ascending = all(low < high for low, high in pairwise((0.0, *levels, 1.0)))
    except ValueError as error:
        raise DefinitionError(f"entries: {entry.name}: quantiles: {error}") from None
    if not ascending or definition.task != "regression":
        raise DefinitionError(
            f"entries: {entry.name}: quantiles: expected ascending levels between 0 and 1, of a "
            f"regression; received {levels} of a {definition.task}"
        )


def _validate_power(definition: Benchmark) -> None:
    """Raise DefinitionError for repeats that cannot show the margin, unless that is argued."""
    from benchmarks.judging import margins

    protocol = definition.protocol
    if protocol.seeds < 1 or (protocol.seeds > 1 and protocol.unit == "seed"):
        raise DefinitionError(
            "protocol: expected seeds of at least 1, more on splits and folds alone (`repeats` are "
            f"the seeds on fixed rows), received {protocol.seeds}"
        )
    if definition.scatter < 0 or bool(definition.scatter) != bool(definition.scatter_why):
        raise DefinitionError(
            "scatter: expected a standard deviation over seeds, with scatter_why saying where it "
            f"was recorded, or neither; received {definition.scatter:g}, "
            f"{definition.scatter_why!r}"
        )
    short = None if definition.power_why else margins.shortfall(definition)
    if short:
        raise DefinitionError(
            f"protocol: expected repeats that can show the margin, or power_why; received "
            f"{protocol.repeats} {protocol.unit}s with which {short}"
        )


def _validate_reruns(definition: Benchmark) -> None:
    """Raise DefinitionError for a re-run of what is no published score of the headline metric."""
    from benchmarks.published import baselines

    metric = definition.metric.name
    known = [row.id for row in baselines.load(definition.name) if row.metric == metric]
    for entry in definition.entries:
        if entry.reruns and entry.reruns not in known:
            near = difflib.get_close_matches(entry.reruns, known, n=3, cutoff=0.4) or known[:3]
            raise DefinitionError(
                f"entries: {entry.name}: reruns: expected the id of a published {metric} of "
                f"{definition.name} ({', '.join(near) or 'there is none'}), "
                f"received {entry.reruns!r}"
            )
