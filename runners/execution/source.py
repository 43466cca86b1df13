"""Source code as a fingerprint sees it: what it does, without prose, formatting or addresses.

Docstrings, annotations and the texts of errors are dropped. Every name that stands for something of
this project is replaced by its number in the order of first use, so that moving or renaming a
module, a function or a class leaves the text of all who use it as it was.

Code that is imported inside a function is read, never imported: that would load TensorFlow. Of a
module read this way count the statements that bind the name asked for, and what they use in turn.
"""

from __future__ import annotations

import ast
import copy
import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, cast

ROOT = Path(__file__).parents[2]
OURS = ("benchmarks", "runners")
"""Packages whose code counts; libraries count by their version."""
LATER_FIELD = "later_field"
"""Declares a field whose default does not count: `benchmarks.later`."""


class Symbol(NamedTuple):
    """A name at the top level of a module of this project; the whole module where it is empty."""

    module: str
    name: str = ""


class Text(NamedTuple):
    """Code without prose, and what of this project it uses, in order of first use."""

    dump: str
    names: tuple[tuple[str, ...], ...]
    """Names found in the surroundings, dotted ones by their parts."""
    symbols: tuple[Symbol, ...]
    """Names imported inside the code itself."""


class Module(NamedTuple):
    """A source file of this project by what its top level binds."""

    bound: dict[str, list[ast.stmt]]
    imports: dict[str, Symbol]
    effects: list[ast.stmt]
    """Statements that bind nothing and are run by whoever imports the module."""


def is_ours(module: str) -> bool:
    """Whether a dotted name is a package of this project, or below one."""
    return module.partition(".")[0] in OURS


def text(
    tree: ast.AST, inside: str, count_parts: Callable[[tuple[str, ...]], int] = lambda steps: 0
) -> Text:
    """Code of the module `inside` as a fingerprint counts it.

    `count_parts(steps)` returns how many parts of a dotted name stand for something that counts.
    """
    tree = copy.deepcopy(tree)
    local: dict[str, Symbol] = {}
    _WithoutProse(inside, local).visit(tree)
    numbering = _Numbering(local, count_parts)
    tree = numbering.visit(tree)
    for node in [tree, *getattr(tree, "body", [])]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            node.name = "_"
    unused = {symbol for symbol in local.values() if symbol not in numbering.numbers}
    ordered = [*numbering.numbers, *sorted(unused, key=lambda symbol: symbol.name)]
    symbols = tuple(one for one in ordered if isinstance(one, Symbol))
    names = tuple(one for one in ordered if not isinstance(one, Symbol))
    return Text(ast.dump(tree), names, symbols)


@functools.cache
def symbol_text(symbol: Symbol) -> Text:
    """The statements of a module that bind a name, and those that run whatever is imported."""
    module = cast(Module, _module(symbol.module))
    if symbol.name:
        statements = [*module.bound[symbol.name], *module.effects]
    else:
        statements = [*(s for bound in module.bound.values() for s in bound), *module.effects]

    def count_parts(steps: tuple[str, ...]) -> int:
        return int(steps[0] in module.bound) or _imported(module.imports, steps)[0]

    code = text(ast.Module(statements, []), symbol.module, count_parts)
    reached = [
        Symbol(symbol.module, steps[0])
        if steps[0] in module.bound
        else cast(Symbol, _imported(module.imports, steps)[1])
        for steps in code.names
    ]
    return Text(code.dump, (), (*reached, *code.symbols))


class _WithoutProse(ast.NodeTransformer):
    """Drop what cannot change a score; project imports go into `imports` instead."""

    def __init__(self, inside: str, imports: dict[str, Symbol]) -> None:
        self.inside = inside
        self.imports = imports

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if "body" in node._fields and node.body == []:  # type: ignore[attr-defined]
            node.body = [ast.Pass()]  # type: ignore[attr-defined]
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        constant = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if constant else self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if isinstance(node.value, ast.Call) and _steps(node.value.func)[-1:] == (LATER_FIELD,):
            return None  # what it holds counts, unless it is the default
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        if isinstance(node.exc, ast.Call):
            node.exc = node.exc.func
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if _for_types(node) else self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> ast.AST | None:
        return self._import(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        return None if node.module == "__future__" else self._import(node)

    def _import(self, node: ast.Import | ast.ImportFrom) -> ast.AST | None:
        ours = dict(_bindings(node, self.inside))
        self.imports |= ours
        return None if ours else node


class _Numbering(ast.NodeTransformer):
    """Put numbers in place of the names that stand for something of this project."""

    def __init__(
        self, imports: dict[str, Symbol], count_parts: Callable[[tuple[str, ...]], int]
    ) -> None:
        self.imports = imports
        self.count_parts = count_parts
        self.numbers: dict[tuple[str, ...] | Symbol, int] = {}

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self._named(node) or self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._named(node) or node

    def _named(self, node: ast.Attribute | ast.Name) -> ast.AST | None:
        steps = _steps(node)
        if not steps:
            return None
        used, symbol = _imported(self.imports, steps)
        if symbol is None:
            used = self.count_parts(steps)
        if not used:
            return None
        key = symbol or steps[:used]
        name = f"#{self.numbers.setdefault(key, len(self.numbers))}"
        numbered: ast.expr = ast.Name(name, ast.Load())
        for step in steps[used:]:
            numbered = ast.Attribute(numbered, step, ast.Load())
        return numbered


def _imported(imports: dict[str, Symbol], steps: Sequence[str]) -> tuple[int, Symbol | None]:
    """What a dotted name that begins with an import stands for, and how many parts of it do."""
    symbol = imports.get(steps[0])
    if symbol is None:
        return 0, None
    used = 1
    while not symbol.name and used < len(steps):  # a module: what of it?
        symbol = _located(symbol.module, steps[used])
        used += 1
    return used, symbol


def _located(module: str, name: str) -> Symbol:
    """Where a name that `module` offers is bound: there, where it imports it from, or below."""
    source = _module(module)
    if source and name in source.bound:
        return Symbol(module, name)
    if source and name in source.imports:
        return source.imports[name]
    if _file(f"{module}.{name}"):
        return Symbol(f"{module}.{name}")
    return Symbol(module)


@functools.cache
def _module(name: str) -> Module | None:
    """A source file by what it binds; None where there is none."""
    path = _file(name)
    if path is None or not path.is_file():
        return None
    bound: dict[str, list[ast.stmt]] = {}
    imports: dict[str, Symbol] = {}
    effects = []
    inside = f"{name}.__init__" if path.name == "__init__.py" else name
    for statement in ast.parse(path.read_text("utf-8")).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            imports |= dict(_bindings(statement, inside))
        elif not _for_types(statement) and not _is_text(statement):
            names = set(_bound(statement))
            for one in names:
                bound.setdefault(one, []).append(statement)
            if not names:
                effects.append(statement)
    return Module(bound, imports, effects)


def _file(name: str) -> Path | None:
    """Where a module lies; a package without an `__init__.py` by its folder."""
    place = ROOT / name.replace(".", "/")  # `find_spec` would import the parent
    candidates = place.with_name(f"{place.name}.py"), place / "__init__.py", place
    return next((path for path in candidates if path.exists()), None)


def _bindings(node: ast.Import | ast.ImportFrom, inside: str) -> Iterator[tuple[str, Symbol]]:
    """The names a statement of the module `inside` imports from this project."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if is_ours(alias.name):
                bound = alias.name if alias.asname else alias.name.partition(".")[0]
                yield alias.asname or bound, Symbol(bound)
        return
    package = inside.split(".")[: -node.level] if node.level else []
    base = ".".join([*package, *filter(None, [node.module])])
    if is_ours(base):
        for alias in node.names:
            yield alias.asname or alias.name, _located(base, alias.name)


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Names a statement at the top level of a module binds there."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name


def _for_types(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _steps(node: ast.expr) -> tuple[str, ...]:
    """A dotted name as its parts; empty for an attribute of anything else."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute) and (holder := _steps(node.value)):
        return (*holder, node.attr)
    return ()
