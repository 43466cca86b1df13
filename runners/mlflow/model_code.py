"""Code that travels with a network whose layers are a definition's own: MLflow cannot load it else.

That is this project's package `benchmarks` with, of its definitions, the one in question and those
it imports.
"""

from __future__ import annotations

import ast
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[2] / "benchmarks"


def own_classes(model: Path) -> list[str]:
    """Names of the classes and functions in a `.keras` file that are none of Keras' own."""
    try:
        with zipfile.ZipFile(model) as archive:
            config = json.loads(archive.read("config.json"))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return []
    return sorted(set(_own(config)))


def _own(config: Any) -> Iterator[str]:
    if isinstance(config, list):
        for item in config:
            yield from _own(item)
    if not isinstance(config, dict):
        return
    name, home = config.get("class_name"), str(config.get("module") or "")
    registered = ">" in str(config.get("registered_name"))
    if registered or (home and home.split(".")[0] != "keras"):
        yield str(config["config"] if name == "function" else name)
    for value in config.values():
        yield from _own(value)


def copied(definition: Path, folder: Path) -> Path:
    """Copy the package into a folder, with the definition and what it imports; returns where."""
    wanted = _imported(definition, {definition})

    def left_out(at: str, names: list[str]) -> list[str]:
        place = Path(at)
        family = place.parent == PACKAGE and not (place / "__init__.py").exists()
        return [
            name
            for name in names
            if name == "__pycache__"
            or (family and place / name not in wanted)
            or name.startswith(".")
        ]

    copy = folder / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=left_out)
    return copy


def _imported(definition: Path, known: set[Path]) -> set[Path]:
    """`known`, with the modules of the package that the definition imports, however deep."""
    for node in ast.walk(ast.parse(definition.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            package, _, rest = name.partition(".")
            path = PACKAGE / f"{rest.replace('.', '/')}.py"
            if package == PACKAGE.name and rest and path.is_file() and path not in known:
                known.add(path)
                _imported(path, known)
    return known
