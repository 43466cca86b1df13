"""What the project says of itself in its metadata files is what its code and locks hold."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from conftest import CHECKOUT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PACKAGES = ("benchmarks", "portfolio", "runners")
BESIDE_A_NETWORK = "encoding"
"""benchmarks/data/own/encoding.py, as a served network imports it."""


def project() -> dict[str, object]:
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]


def names(requirements: object) -> set[str]:
    assert isinstance(requirements, list)
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def locked(lock: str) -> dict[str, str]:
    """Version by package."""
    text = (CHECKOUT / lock).read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", text, re.MULTILINE))


def imported(path: Path) -> set[str]:
    """Top-level names of everything a file imports, at its head or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module))
    return {name.partition(".")[0] for name in found}


YOU = re.compile(r"\b(you|your|yours|yourself)\b", re.IGNORECASE)
QUOTED = ("benchmarks/uci/spambase.py", "tell me who you are")
"""A data set with features of that name, and git's own words."""


def shown_texts(path: Path) -> list[str]:
    """Every text of a Python file that is no docstring, or the whole of another file."""
    if path.suffix != ".py":
        return [path.read_text(encoding="utf-8")]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
    ]


def test_no_page_and_no_command_addresses_its_reader() -> None:
    """Texts are about the work; `you` alone is a value of published comparisons."""
    files = [CHECKOUT / "docs/example/README.md"]
    for package in PACKAGES:
        files += [p for p in (CHECKOUT / package).rglob("*") if p.suffix in (".py", ".j2", ".js")]
    found = {
        f"{path.relative_to(CHECKOUT)}: {text[:120]}"
        for path in files
        if path.relative_to(CHECKOUT).as_posix() not in QUOTED
        and "site" not in path.relative_to(CHECKOUT).parts[:2]
        for text in shown_texts(path)
        if text not in ("you", *QUOTED) and YOU.search(text)
    }
    assert found == set()


def test_every_import_is_a_declared_dependency() -> None:
    declared = names(project()["dependencies"])
    extras = project()["optional-dependencies"]
    assert isinstance(extras, dict)
    declared |= set().union(*(names(lines) for lines in extras.values()))
    owners = packages_distributions()
    ours = {*PACKAGES, BESIDE_A_NETWORK, *sys.stdlib_module_names}
    undeclared = {
        name: str(path.relative_to(CHECKOUT))
        for package in PACKAGES
        for path in (CHECKOUT / package).rglob("*.py")
        for name in imported(path) - ours
        if not {canonicalize_name(owner) for owner in owners.get(name, [name])} & declared
    }
    assert not undeclared


def test_the_locks_hold_what_is_declared_and_agree() -> None:
    extras = project()["optional-dependencies"]
    assert isinstance(extras, dict)
    small, large = locked("requirements.lock"), locked("requirements-dev.lock")
    assert names(project()["dependencies"]) <= small.keys()
    assert names(extras["dev"]) <= large.keys()
    assert small.items() <= large.items()
    card = locked("requirements-gpu.lock")
    assert small.items() <= card.items()
    assert card["jax"] == card["jax-cuda13-plugin"]


def test_pre_commit_runs_the_locked_versions() -> None:
    """Ruff is pinned; mypy and import-linter run where the lock is installed."""
    text = (CHECKOUT / ".pre-commit-config.yaml").read_text()
    (ruff,) = re.findall(r"ruff-pre-commit\n\s+rev: v(\S+)", text)
    assert ruff == locked("requirements-dev.lock")["ruff"]
    entries = re.findall(r"entry: (\S+)", text)
    assert len(entries) == 2
    assert all(entry.startswith(".venv/bin/") for entry in entries)


def test_the_version_is_the_same_everywhere() -> None:
    version = project()["version"]
    citation = (CHECKOUT / "CITATION.cff").read_text()
    assert f"\nversion: {version}\n" in citation
    headings = re.findall(r"^## (\S+)", (CHECKOUT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert version in headings


def test_every_locked_package_stands_under_one_licence() -> None:
    table = (CHECKOUT / "docs/dependencies.md").read_text().partition("| --- | --- |\n")[2]
    listed = re.findall(r"^\| [^|]+ \| (.+) \|$", table, re.MULTILINE)
    assert sorted(", ".join(listed).split(", ")) == sorted(locked("requirements.lock"))
