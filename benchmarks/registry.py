"""Finding the benchmarks: every file in a family folder defines one or several, without a list.

A family is a folder below `benchmarks/` without an `__init__.py`. A definition that is not valid is
reported with its file and field; the others are still found.
"""

from __future__ import annotations

import difflib
import fnmatch
import importlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import ModuleType

from benchmarks import spaces
from benchmarks.collections import Collection, problems
from benchmarks.definition import SENTINEL, SUITES, Benchmark, breadth

HERE = Path(__file__).parent
NAME = re.compile(r"[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9.-]*")
ENTRY_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")


class DefinitionError(ValueError):
    """A definition file that does not define a benchmark; says which file and field."""


class UnknownNameError(ValueError):
    """A selection that matches no benchmark; says the near misses."""


@dataclass
class Registry:
    """Benchmarks by name, the files that define them, and what is wrong with the other files."""

    benchmarks: dict[str, Benchmark] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    """Message by the name of the definition, or of the file where none can be read from it."""
    files: dict[str, Path] = field(default_factory=dict)
    """Where each benchmark and collection is defined; several may share a file."""
    collections: dict[str, Collection] = field(default_factory=dict)
    """Collections by name."""


def benchmark(name: str, *, suite: str = "quick") -> Callable[[Callable[[], Benchmark]], object]:
    """Declare the decorated function as the definition of benchmark `family/name`.

    `suite` is the smallest suite that runs it. Raises DefinitionError for an impossible name
    or suite.
    """

    def declare(define: Callable[[], Benchmark]) -> Callable[[], Benchmark]:
        _check_name(name)
        _check_hidden(name, define)
        if suite not in SUITES:
            raise DefinitionError(f"suite: expected one of {', '.join(SUITES)}, received {suite!r}")

        def defined() -> Benchmark:
            return _completed(replace(define(), name=name, suite=suite))

        defined.defines = name  # type: ignore[attr-defined]
        defined.__module__ = define.__module__
        return defined

    return declare


def collection(name: str) -> Callable[[Callable[[], Collection]], Callable[[], Collection]]:
    """Declare the decorated function as the definition of collection `family/name`.

    Raises DefinitionError for an impossible name.
    """

    def declare(define: Callable[[], Collection]) -> Callable[[], Collection]:
        _check_name(name)
        _check_hidden(name, define)

        def defined() -> Collection:
            return replace(define(), name=name)

        defined.defines = name  # type: ignore[attr-defined]
        defined.__module__ = define.__module__
        return defined

    return declare


def _check_name(name: str) -> None:
    """Raise DefinitionError for an impossible name."""
    if not NAME.fullmatch(name):
        raise DefinitionError(
            f"name: expected 'family/name' in lower case letters, digits and hyphens, "
            f"received {name!r}"
        )


def _check_hidden(name: str, define: Callable[[], object]) -> None:
    """Raise DefinitionError for a function that takes the place of another definition."""
    earlier = getattr(define, "__globals__", {}).get(define.__name__)
    hidden = getattr(earlier, "defines", name)
    if hidden != name:
        raise DefinitionError(
            f"function: expected another name than that of {hidden!r}, received {define.__name__!r}"
        )


def _completed(definition: Benchmark) -> Benchmark:
    """A definition with members and margin filled in. Raises DefinitionError for a wrong one."""
    from benchmarks.entries.averages import with_members  # which needs this package whole

    try:
        definition = with_members(definition)
    except ValueError as error:
        raise DefinitionError(f"entries: {error}") from error
    definition = with_margin(definition)
    validate(definition)
    return definition


@cache
def load(folder: Path = HERE) -> Registry:
    """Read every definition file below `folder`; cached, since definitions are constants."""
    registry = Registry()
    for path in sorted(folder.glob("*/*.py")):
        if path.name.startswith("_") or (path.parent / "__init__.py").exists():
            continue
        name = f"{path.parent.name}/{path.stem.replace('_', '-')}"
        shown = path.relative_to(folder.parent)
        try:
            definitions = _definitions(path, name)
        # A user's file may fail in any way, `sys.exit` included; the rest must still run.
        except (Exception, SystemExit) as error:
            registry.problems[name] = f"{shown}: {_message(error)}"
            continue
        for name, define in definitions.items():
            if name in registry.files:
                other = registry.files[name].relative_to(folder.parent)
                doubled = f"{shown}: name: {name!r} is defined in {other} already"
                before = registry.problems.get(name)
                registry.problems[name] = f"{before}; {doubled}" if before else doubled
                continue
            registry.files[name] = path
            try:
                defined = define()
            except (Exception, SystemExit) as error:
                registry.problems[name] = f"{shown}: {_message(error)}"
                continue
            if isinstance(defined, Collection):
                registry.collections[name] = defined
                _add_own_tasks(registry, defined, shown)
            else:
                registry.benchmarks[name] = defined
    for name, found in list(registry.collections.items()):  # members may be of any file
        wrong = problems(found, registry.benchmarks)
        if wrong:
            del registry.collections[name]
            shown = registry.files[name].relative_to(folder.parent)
            registry.problems.setdefault(name, f"{shown}: {wrong}")
    return registry


def _add_own_tasks(registry: Registry, found: Collection, shown: Path) -> None:
    """Define the tasks that belong to a collection alone; what is wrong is told by task."""
    if found.define is None:
        return
    for name in found.members:
        if name in registry.files:
            registry.problems[name] = f"{shown}: name: {name!r} is defined already"
            continue
        registry.files[name] = registry.files[found.name]
        try:
            _check_name(name)
            task = replace(found.define(name), name=name, collection=found.name)
            registry.benchmarks[name] = _completed(task)
        except (Exception, SystemExit) as error:
            registry.problems[name] = f"{shown}: {name}: {_message(error)}"


def definitions_in(module: ModuleType) -> list[Callable[[], Benchmark | Collection]]:
    """The functions of a module that are decorated as definitions, in their order there."""
    return [
        value
        for value in vars(module).values()
        if hasattr(value, "defines") and value.__module__ == module.__name__
    ]


def _definitions(path: Path, name: str) -> dict[str, Callable[[], Benchmark | Collection]]:
    """What a file defines, by name; `name` is the file's own.

    Raises DefinitionError for a file without a definition, with two of one name, with a name of
    another family, and for a single definition that is not named as its file.
    """
    module = importlib.import_module(f"benchmarks.{path.parent.name}.{path.stem}")
    found = definitions_in(module)
    if not found:
        raise DefinitionError(
            "expected one or more functions decorated with @benchmark or @collection, found none"
        )
    names = [define.defines for define in found]  # type: ignore[attr-defined]
    if len(set(names)) < len(names):
        raise DefinitionError(f"name: expected different ones, received {', '.join(names)}")
    if len(names) == 1 and names != [name]:
        raise DefinitionError(f"name: expected {name!r} in this file, received {names[0]!r}")
    for other in names:
        if other.split("/")[0] != path.parent.name:
            raise DefinitionError(
                f"name: expected '{path.parent.name}/…' in this folder, received {other!r}"
            )
    return dict(zip(names, found, strict=True))


def _message(error: BaseException) -> str:
    kind = "" if isinstance(error, DefinitionError) else f"{type(error).__name__}: "
    return f"{kind}{error}"


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
    if any(entry.reruns for entry in entries):
        _published(definition)
    _validate_power(definition)
    if definition.search is not None:
        try:
            spaces.validate(definition.search)
        except ValueError as error:
            raise DefinitionError(f"search: {error}") from error


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


def listed_as(name: str) -> str:
    """Name a benchmark is listed under: that of its collection for an own task, else its own."""
    found = load().benchmarks.get(name)
    return found.collection if found and found.collection else name


def _published(definition: Benchmark) -> None:
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


def select(registry: Registry, only: str | None, suite: str) -> list[Benchmark]:
    """Benchmarks matching the comma-separated patterns, or all of the suite; cheapest first.

    A collection's name stands for its members. Own tasks of a collection are selected by it, by
    their own names, or by a pattern that matches nothing else.
    A deprecated one is selected by its full name alone, never by a pattern or a suite.
    Raises UnknownNameError for a pattern that matches nothing or a suite that does not exist,
    and DefinitionError when a pattern names a file that is no valid definition.
    """
    if suite not in (SENTINEL, *SUITES):
        raise UnknownNameError(
            f"unknown suite {suite!r}: expected one of {', '.join((*SUITES, SENTINEL))}"
        )
    if only is None:
        names: Iterable[str] = [
            name
            for name, found in registry.benchmarks.items()
            if breadth(found.suite) <= breadth(suite)
            and not found.deprecated
            and (
                suite != SENTINEL
                or not found.data.values.keys().isdisjoint(("carried", "computed"))
            )
        ]
    else:
        patterns = [pattern.strip() for pattern in only.split(",") if pattern.strip()]
        if not patterns:
            raise UnknownNameError("--only is empty: expected names such as 'uci/concrete,uci/*'")
        names = {
            name
            for pattern in patterns
            for name in _matches(registry, pattern)
            if name == pattern or not registry.benchmarks[name].deprecated
        }
    return sorted((registry.benchmarks[name] for name in names), key=lambda b: (b.seconds, b.name))


def _matches(registry: Registry, pattern: str) -> list[str]:
    if pattern in registry.benchmarks:
        return [pattern]
    own = [name for name, found in registry.benchmarks.items() if found.collection]
    alone = [name for name in registry.benchmarks if name not in own]
    found = fnmatch.filter(alone, pattern)
    for name in fnmatch.filter(registry.collections, pattern):
        found += registry.collections[name].members
    found = found or fnmatch.filter(own, pattern)
    if found:
        return found
    for name, problem in registry.problems.items():
        if pattern.startswith(name):  # a file may define several, none of which can be told then
            raise DefinitionError(problem)
    names = [*alone, *registry.collections]
    near = difflib.get_close_matches(pattern, names, n=3, cutoff=0.4)
    near += [name for name in names if pattern.strip("*") in name and name not in near]
    hint = f"did you mean {', '.join(near[:4])}?" if near else "`make list` shows all names"
    raise UnknownNameError(f"no benchmark matches {pattern!r}; {hint}")
