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

from benchmarks.collections import Collection, first_problem
from benchmarks.definition import SENTINEL, SUITES, Benchmark, breadth
from benchmarks.validation import DefinitionError, check_name, complete

HERE = Path(__file__).parent


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
        check_name(name)
        _check_hidden(name, define)
        if suite not in SUITES:
            raise DefinitionError(f"suite: expected one of {', '.join(SUITES)}, received {suite!r}")

        def defined() -> Benchmark:
            return complete(replace(define(), name=name, suite=suite))

        defined.defines = name  # type: ignore[attr-defined]
        defined.__module__ = define.__module__
        return defined

    return declare


def collection(name: str) -> Callable[[Callable[[], Collection]], Callable[[], Collection]]:
    """Declare the decorated function as the definition of collection `family/name`.

    Raises DefinitionError for an impossible name.
    """

    def declare(define: Callable[[], Collection]) -> Callable[[], Collection]:
        check_name(name)
        _check_hidden(name, define)

        def defined() -> Collection:
            return replace(define(), name=name)

        defined.defines = name  # type: ignore[attr-defined]
        defined.__module__ = define.__module__
        return defined

    return declare


def _check_hidden(name: str, define: Callable[[], object]) -> None:
    """Raise DefinitionError for a function that takes the place of another definition."""
    earlier = getattr(define, "__globals__", {}).get(define.__name__)
    hidden = getattr(earlier, "defines", name)
    if hidden != name:
        raise DefinitionError(
            f"function: expected another name than that of {hidden!r}, received {define.__name__!r}"
        )


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
        wrong = first_problem(found, registry.benchmarks)
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
            check_name(name)
            task = replace(found.define(name), name=name, collection=found.name)
            registry.benchmarks[name] = complete(task)
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


RENAMED = {
    "batch": "batch_size",
    "carried": "bundled",
    "clip": "global_clipnorm",
    "encoding": "reading=Reading(encoding=…)",
    "fill": "fill_mode",
    "heads": "num_heads",
    "initializer": "kernel_initializer",
    "masked": "masking",
    "normalised": "batch_normalization",
    "other_rate": "other_learning_rate",
    "separator": "reading=Reading(separator=…)",
    "validation": "validation_split (of a forecaster validation_rows)",
    "views": "test_time_augmentation",
    "xla": "jit_compile",
}
"""Parameters of version 0.1 that definitions of one's own may still use."""


def _message(error: BaseException) -> str:
    kind = "" if isinstance(error, DefinitionError) else f"{type(error).__name__}: "
    old = re.search(r"unexpected keyword argument '(\w+)'", str(error))
    new = RENAMED.get(old[1]) if old else None
    remedy = f"; since version 0.2 it is {new} (docs/upgrading.md)" if new else ""
    return f"{kind}{error}{remedy}"


def listed_as(name: str) -> str:
    """Name a benchmark is listed under: that of its collection for an own task, else its own."""
    found = load().benchmarks.get(name)
    return found.collection if found and found.collection else name


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
    hint = f"perhaps {', '.join(near[:4])}?" if near else "`make list` shows all names"
    raise UnknownNameError(f"no benchmark matches {pattern!r}; {hint}")
