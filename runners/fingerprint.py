"""What a score depends on, as a hash: code and values, never prose, comments or formatting.

The code of an entry is the function that fits it and, from there, every function, class and
constant of this project it names, however deep. A module imported inside a function counts as a
whole, read as text: importing it here would load TensorFlow. Libraries count by their version.
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
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
OURS = ("benchmarks.", "runners.")
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
    return fingerprint({"": text, **reached.parts})


@dataclasses.dataclass
class Reached:
    """The project code met so far, and under which label each function and class is in it."""

    parts: dict[str, str] = dataclasses.field(default_factory=dict)
    labels: dict[int, str] = dataclasses.field(default_factory=dict)


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
        return str(sorted(_describe(item, reached) for item in value))
    if isinstance(value, Mapping):
        pairs = sorted((repr(key), key) for key in value)
        return str([(text, _describe(value[key], reached)) for text, key in pairs])
    if isinstance(value, types.MethodType):
        return f"method {_describe([value.__func__, value.__self__], reached)}"
    if hasattr(value, "__wrapped__") and not isinstance(value, types.FunctionType):
        return f"wrapped {_describe(value.__wrapped__, reached)}"  # functools.cache
    if isinstance(value, types.FunctionType | type):
        return (
            _label(value, reached) if _ours(value) else f"{value.__module__}.{value.__qualname__}"
        )
    if _ours(type(value)):
        return f"instance {_describe([type(value), _state(value)], reached)}"
    text = repr(value)
    return f"{type(value).__module__}.{type(value).__qualname__}" if " at 0x" in text else text


def _state(value: Any) -> dict[str, Any]:
    if hasattr(value, "__dict__"):
        return vars(value)
    return {name: getattr(value, name) for name in value.__slots__}


def _ours(value: Any) -> bool:
    return str(getattr(value, "__module__", "")).startswith(OURS)


def _label(value: Any, reached: Reached) -> str:
    """Name a function or class of this project, adding its code the first time it is met.

    Two functions made by one `def` differ in what they hold, so each has a label of its own.
    """
    if id(value) in reached.labels:
        return reached.labels[id(value)]
    name = f"{value.__module__}.{value.__qualname__}"
    number = sum(label.split(" ")[0] == name for label in reached.parts)
    label = f"{name} {number}" if number else name
    reached.labels[id(value)] = label
    reached.parts[label] = ""  # breaks the cycle of functions that call each other
    tree = _without_prose(_tree(value))
    module = vars(importlib.import_module(value.__module__))
    names = {name: found for name, found in _names(tree, module).items() if _counts(found)}
    _add_imported(tree, value.__module__, reached.parts)
    held = _captured(value) if isinstance(value, types.FunctionType) else None
    reached.parts[label] = ast.dump(tree) + _describe([names, held], reached)
    return label


def _captured(function: types.FunctionType) -> list[Any]:
    """What a function holds besides its code: variables from around it, and defaults."""
    held = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # not yet assigned
            held[name] = cell.cell_contents
    return [held, function.__defaults__, function.__kwdefaults__]


def _tree(value: Any) -> ast.Module:
    """Syntax tree of a function or class; for a lambda, of all lambdas that start on its line."""
    if getattr(value, "__name__", "") == "<lambda>":
        whole = ast.parse(inspect.getsource(sys.modules[value.__module__]))
        line = value.__code__.co_firstlineno
        found = [n for n in ast.walk(whole) if isinstance(n, ast.Lambda) and n.lineno == line]
        return ast.Module([ast.Expr(node) for node in found], [])
    source = inspect.getsource(value)
    if not source[0].isspace():
        return ast.parse(source)
    (block,) = ast.parse(f"if True:\n{source}").body  # dedenting would break its long strings
    return ast.Module(block.body, [])  # type: ignore[attr-defined]


def _add_imported(tree: ast.AST, inside: str, parts: dict[str, str]) -> None:
    """Add the text of every project module imported anywhere in `tree`, and of those it imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            package = inside.split(".")[: -node.level] if node.level else []
            base = ".".join([*package, *filter(None, [node.module])])
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            place = ROOT / name.replace(".", "/")  # `find_spec` would import the parent
            for path, itself in (
                (place.with_name(f"{place.name}.py"), name),
                (place / "__init__.py", f"{name}.__init__"),
            ):
                if itself not in parts and name.startswith(OURS) and path.is_file():
                    parts[itself] = ""
                    module = _without_prose(ast.parse(path.read_text("utf-8")))
                    parts[itself] = ast.dump(module)
                    _add_imported(module, itself, parts)


def _counts(found: Any) -> bool:
    """Whether a name's value can change a score without a version changing: our code, constants."""
    if isinstance(found, types.ModuleType):
        return False
    return _ours(found) or isinstance(found, functools.partial) or not callable(found)


def _names(tree: ast.AST, module: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of this project the code names: globals, and attributes of its modules."""
    return {
        ast.unparse(node): value
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
        and (value := _resolved(node, module)) is not MISSING
    }


def _resolved(node: ast.expr, module: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return module.get(node.id, MISSING)
    if isinstance(node, ast.Attribute):
        holder = _resolved(node.value, module)
        if isinstance(holder, types.ModuleType) and f"{holder.__name__}.".startswith(OURS):
            return getattr(holder, node.attr, MISSING)
    return MISSING


def _without_prose(tree: ast.Module) -> ast.Module:
    """Drop docstrings: what is said about code does not change what it does."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body:
            node.body = [  # type: ignore[attr-defined]
                item
                for item in body
                if not (
                    isinstance(item, ast.Expr)
                    and isinstance(item.value, ast.Constant)
                    and isinstance(item.value.value, str)
                )
            ] or [ast.Pass()]
    return tree
