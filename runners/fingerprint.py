"""What a score depends on, as a hash: code and values, never prose, comments or formatting.

The code of an entry is the function that fits it and, from there, every function, class and
constant of this project it names, however deep. A module imported inside a function counts as a
whole, read as text: importing it here would load TensorFlow. Libraries count by their version.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import hashlib
import importlib
import inspect
import json
import textwrap
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
OURS = ("benchmarks.", "runners.")
PLAIN = (str, int, float, bool, bytes, type(None))


def fingerprint(inputs: Mapping[str, Any]) -> str:
    """sha256 over the canonical JSON of plain values."""
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def code(value: Any) -> str:
    """sha256 over a function (or partial, or plain value) and the project code it reaches."""
    parts: dict[str, str] = {}
    text = _describe(value, parts)
    return fingerprint({"": text, **parts})


def _describe(value: Any, parts: dict[str, str]) -> str:
    """Text for a value; project functions and classes it holds are added to `parts` by name."""
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, np.ndarray):
        return f"array {value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}"
    if isinstance(value, functools.partial):
        inner = [value.func, list(value.args), dict(value.keywords)]
        return f"partial {_describe(inner, parts)}"
    if isinstance(value, list | tuple | set | frozenset):
        items = [_describe(item, parts) for item in value]
        return str(sorted(items) if isinstance(value, set | frozenset) else items)
    if isinstance(value, Mapping):
        return str(sorted((repr(k), _describe(v, parts)) for k, v in value.items()))
    if isinstance(value, types.FunctionType | type) and _ours(value):
        _add(value, parts)
        return f"{value.__module__}.{value.__qualname__}" + _captured(value, parts)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return f"{type(value).__qualname__} {_describe(fields, parts)}"
    name = getattr(value, "__qualname__", type(value).__qualname__)
    return f"{getattr(value, '__module__', '')}.{name}"


def _ours(value: Any) -> bool:
    return str(getattr(value, "__module__", "")).startswith(OURS)


def _captured(value: Any, parts: dict[str, str]) -> str:
    """What a nested function holds from around it; its values tell two such functions apart."""
    if not isinstance(value, types.FunctionType):
        return ""
    cells = value.__closure__ or ()
    held = dict(zip(value.__code__.co_freevars, [c.cell_contents for c in cells], strict=True))
    return " " + _describe([held, value.__defaults__, value.__kwdefaults__], parts)


def _add(value: Any, parts: dict[str, str]) -> None:
    key = f"{value.__module__}.{value.__qualname__}"
    if key in parts:
        return
    parts[key] = ""  # breaks the cycle of functions that call each other
    source = textwrap.dedent(inspect.getsource(value))
    try:
        tree = _without_prose(ast.parse(source))
    except SyntaxError:  # a lambda in the middle of an expression: its lines as they stand
        parts[key] = source
        return
    module = importlib.import_module(value.__module__)
    reached = {
        name: _describe(found, parts)
        for name, found in _names(tree, vars(module)).items()
        if _counts(found)
    }
    _add_imported(tree, parts)
    parts[key] = ast.dump(tree) + str(sorted(reached.items()))


def _add_imported(tree: ast.AST, parts: dict[str, str]) -> None:
    """Add the text of every project module imported anywhere in `tree`, and of those it imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            if name in parts or not name.startswith(OURS):
                continue
            path = ROOT / f"{name.replace('.', '/')}.py"  # `find_spec` would import the parent
            if path.is_file():
                parts[name] = ""
                module = _without_prose(ast.parse(path.read_text("utf-8")))
                parts[name] = ast.dump(module)
                _add_imported(module, parts)


def _counts(found: Any) -> bool:
    """Whether a name's value can change a score without a version changing: our code, constants."""
    if isinstance(found, types.ModuleType):
        return False
    constant = (*PLAIN, list, tuple, dict, set, frozenset, functools.partial)
    return isinstance(found, constant) or _ours(found) or _ours(type(found))


def _names(tree: ast.AST, module: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of this project the code names: globals, and attributes of its modules."""
    found: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in module:
            found[node.id] = module[node.id]
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            holder = module.get(node.value.id)
            if isinstance(holder, types.ModuleType) and f"{holder.__name__}.".startswith(OURS):
                found[f"{node.value.id}.{node.attr}"] = getattr(holder, node.attr, None)
    return found


def _without_prose(tree: ast.AST) -> ast.AST:
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
