"""What a score depends on, as a hash: code and values, never prose, formatting or addresses.

The code of an entry is the function that fits it and, from there, every function, class and
constant of this project it names, however deep, each in the order in which it is first met
(`runners.execution.source`). Libraries count by their version.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import functools
import hashlib
import importlib
import inspect
import json
import sys
import types
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.later import LATER
from runners.execution import source
from runners.execution.source import Symbol, Text

PLAIN = (str, int, float, bool, bytes, type(None))
MISSING = object()


def fingerprint(inputs: Mapping[str, Any]) -> str:
    """sha256 over the canonical JSON of plain values."""
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def code(value: Any) -> str:
    """sha256 over a function (or partial, or plain value) and the project code it reaches."""
    reached = Reached()
    text = _describe(value, reached)
    return fingerprint({"": text, "reached": reached.parts})


@dataclasses.dataclass
class Reached:
    """The project code met so far, and under which number each function and class is in it."""

    parts: list[str] = dataclasses.field(default_factory=list)
    numbers: dict[int | Symbol, int] = dataclasses.field(default_factory=dict)

    def new(self, key: int | Symbol) -> int:
        """The number of something not met before; its text follows, others may be met first."""
        self.numbers[key] = len(self.parts)
        self.parts.append("")
        return self.numbers[key]


def _describe(value: Any, reached: Reached) -> str:
    """Text for a value; project functions and classes it holds are added to `reached`."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, np.ndarray):
        return f"array {value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}"
    if isinstance(value, functools.partial):
        inner = [value.func, list(value.args), dict(value.keywords)]
        return f"partial {_describe(inner, reached)}"
    if isinstance(value, list | tuple):
        return str([_describe(item, reached) for item in value])
    if isinstance(value, set | frozenset):
        return str(sorted(code(item) for item in value))
    if isinstance(value, Mapping):
        pairs = sorted((repr(key), key) for key in value)
        return str([(text, _describe(value[key], reached)) for text, key in pairs])
    if isinstance(value, types.MethodType):
        return f"method {_describe([value.__func__, value.__self__], reached)}"
    if hasattr(value, "__wrapped__") and not isinstance(value, types.FunctionType):
        return f"wrapped {_describe(value.__wrapped__, reached)}"  # functools.cache
    if isinstance(value, types.FunctionType | type):
        return (
            _number(value, reached) if _ours(value) else f"{value.__module__}.{value.__qualname__}"
        )
    if _ours(type(value)):
        return f"instance {_describe([type(value), _state(value)], reached)}"
    text = repr(value)
    return f"{type(value).__module__}.{type(value).__qualname__}" if " at 0x" in text else text


def _state(value: Any) -> dict[str, Any]:
    if hasattr(value, "__dict__"):
        later = _later_fields(type(value))
        return {k: v for k, v in vars(value).items() if k not in later or v != later[k]}
    return {name: getattr(value, name) for name in value.__slots__}


def _later_fields(kind: type) -> dict[str, Any]:
    """Fields that count only where they differ from their default, with that."""
    if not dataclasses.is_dataclass(kind):
        return {}
    return {one.name: one.default for one in dataclasses.fields(kind) if LATER in one.metadata}


def _ours(value: Any) -> bool:
    return source.is_ours(str(getattr(value, "__module__", "")))


def _number(value: Any, reached: Reached) -> str:
    """Refer to a function or class of this project, adding its code the first time it is met.

    Two functions made by one `def` differ in what they hold, so each has a number of its own.
    """
    if id(value) not in reached.numbers:
        number = reached.new(id(value))
        module = vars(importlib.import_module(value.__module__))
        text = _text(_place(value), value, module)
        values = [_resolved(steps, module)[1] for steps in text.names]
        captured = _captured(value) if isinstance(value, types.FunctionType) else None
        inside = [_symbol(symbol, reached) for symbol in text.symbols]
        reached.parts[number] = text.dump + _describe([values, inside, captured], reached)
    return f"#{reached.numbers[id(value)]}"


def _symbol(symbol: Symbol, reached: Reached) -> str:
    """Refer to code that is read instead of imported, adding its text the first time it is met."""
    if symbol not in reached.numbers:
        number = reached.new(symbol)
        text = source.symbol_text(symbol)
        reached.parts[number] = text.dump + str([_symbol(one, reached) for one in text.symbols])
    return f"#{reached.numbers[symbol]}"


def _captured(function: types.FunctionType) -> list[Any]:
    """What a function holds besides its code: variables from around it, and defaults."""
    variables = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # not yet assigned
            variables[name] = cell.cell_contents
    return [variables, function.__defaults__, function.__kwdefaults__]


_texts: dict[Any, tuple[Any, Text]] = {}
"""Texts by `_place`, with the code object that was read: a module may be loaded again."""


def _place(value: Any) -> tuple[Any, ...]:
    """What identifies the text of a function or class."""
    code = getattr(value, "__code__", None)
    return (value.__module__, value.__qualname__, code and code.co_firstlineno)


def _text(place: tuple[Any, ...], value: Any, module: Mapping[str, Any]) -> Text:
    """The text of a function or class; read once, because a run asks thousands of times."""
    code = getattr(value, "__code__", value)
    cached = _texts.get(place)
    if cached is None or cached[0] is not code:
        text = source.text(_tree(value), value.__module__, lambda s: _resolved(s, module)[0])
        cached = _texts[place] = code, text
    return cached[1]


def _tree(value: Any) -> ast.Module:
    """Syntax tree of a function or class; for a lambda, of all lambdas that start on its line."""
    if getattr(value, "__name__", "") == "<lambda>":
        module = ast.parse(inspect.getsource(sys.modules[value.__module__]))
        line = value.__code__.co_firstlineno
        lambdas = [n for n in ast.walk(module) if isinstance(n, ast.Lambda) and n.lineno == line]
        return ast.Module([ast.Expr(node) for node in lambdas], [])
    text = inspect.getsource(value)
    if not text[0].isspace():
        return ast.parse(text)
    (block,) = ast.parse(f"if True:\n{text}").body  # dedenting would break its long strings
    return ast.Module(block.body, [])  # type: ignore[attr-defined]


def _counts(value: Any) -> bool:
    """Whether a name's value can change a score without a version changing: our code, constants."""
    if isinstance(value, types.ModuleType):
        return False
    return _ours(value) or isinstance(value, functools.partial) or not callable(value)


def _resolved(steps: Sequence[str], module: Mapping[str, Any]) -> tuple[int, Any]:
    """What of this project a name stands for, and how many of its parts: 0 where nothing counts.

    It is a global, or an attribute of one of this project's modules.
    """
    value, used = module.get(steps[0], MISSING), 1
    while used < len(steps) and isinstance(value, types.ModuleType):
        if not source.is_ours(value.__name__):
            return 0, MISSING
        value, used = getattr(value, steps[used], MISSING), used + 1
    return (0, MISSING) if value is MISSING or not _counts(value) else (used, value)
