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
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).parent.parent
OURS = ("benchmarks.", "runners.")
PLAIN = (str, int, float, bool, bytes, type(None))
MISSING = object()


class Text(NamedTuple):
    """Code as a fingerprint sees it."""

    dump: str
    """Its syntax tree."""
    names: tuple[tuple[str, tuple[str, ...]], ...]
    """Every name it uses, dotted ones whole, with its parts."""
    imports: tuple[str, ...]
    """Project modules it imports."""


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
    text, names, imports = _read(_place(value), value)
    module = vars(importlib.import_module(value.__module__))
    found = {name: _resolved(steps, module) for name, steps in names}
    found = {name: one for name, one in found.items() if one is not MISSING and _counts(one)}
    _add_imported(imports, reached.parts)
    held = _captured(value) if isinstance(value, types.FunctionType) else None
    reached.parts[label] = text + _describe([found, held], reached)
    return label


def _captured(function: types.FunctionType) -> list[Any]:
    """What a function holds besides its code: variables from around it, and defaults."""
    held = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # not yet assigned
            held[name] = cell.cell_contents
    return [held, function.__defaults__, function.__kwdefaults__]


_texts: dict[Any, tuple[Any, Text]] = {}
"""By what it is the text of, with the object that was read: a module may be loaded anew."""


def _place(value: Any) -> tuple[Any, ...]:
    """What tells the text of a function or class from all others."""
    code = getattr(value, "__code__", None)
    return (value.__module__, value.__qualname__, code and code.co_firstlineno)


def _read(place: tuple[Any, ...], value: Any) -> Text:
    """A function or class without its prose; read once, because a run asks thousands of times."""
    code = getattr(value, "__code__", value)
    known = _texts.get(place)
    if known is None or known[0] is not code:
        known = _texts[place] = code, _text(_without_prose(_tree(value)), value.__module__)
    return known[1]


def _text(tree: ast.Module, inside: str) -> Text:
    names = {
        ast.unparse(node): steps
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute) and (steps := _steps(node))
    }
    return Text(ast.dump(tree), tuple(names.items()), tuple(_imports(tree, inside)))


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


def _imports(tree: ast.AST, inside: str) -> Iterator[str]:
    """Every project module imported anywhere in `tree`, code of the module `inside`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            package = inside.split(".")[: -node.level] if node.level else []
            base = ".".join([*package, *filter(None, [node.module])])
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.startswith(OURS))


def _add_imported(names: Sequence[str], parts: dict[str, str]) -> None:
    """Add the text of every project module named, and of those it imports."""
    for name in names:
        place = ROOT / name.replace(".", "/")  # `find_spec` would import the parent
        for path, itself in (
            (place.with_name(f"{place.name}.py"), name),
            (place / "__init__.py", f"{name}.__init__"),
        ):
            if itself not in parts and (module := _module(path, itself)):
                parts[itself] = module.dump
                _add_imported(module.imports, parts)


@functools.cache
def _module(path: Path, name: str) -> Text | None:
    """A module without its prose, None where there is none; read once."""
    if not path.is_file():
        return None
    return _text(_without_prose(ast.parse(path.read_text("utf-8"))), name)


def _counts(found: Any) -> bool:
    """Whether a name's value can change a score without a version changing: our code, constants."""
    if isinstance(found, types.ModuleType):
        return False
    return _ours(found) or isinstance(found, functools.partial) or not callable(found)


def _steps(node: ast.expr) -> tuple[str, ...]:
    """A dotted name as its parts; empty for an attribute of anything else."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute) and (holder := _steps(node.value)):
        return (*holder, node.attr)
    return ()


def _resolved(steps: Sequence[str], module: Mapping[str, Any]) -> Any:
    """What of this project a name stands for: a global, or an attribute of one of its modules."""
    found = module.get(steps[0], MISSING)
    for step in steps[1:]:
        if not isinstance(found, types.ModuleType) or not f"{found.__name__}.".startswith(OURS):
            return MISSING
        found = getattr(found, step, MISSING)
    return found


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
