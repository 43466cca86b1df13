"""What a record says of the code it was made by."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from runners.execution import environment, machine


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository laid out as the project's, with one commit."""
    for path in ("benchmarks/uci/wine.py", "runners/execution/environment.py", "notes.txt"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x = 1\n")
    (tmp_path / ".gitignore").write_text("runs/\nbenchmarks/mine/\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    git(tmp_path, *who, "commit", "-q", "-m", "All")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "__file__", str(tmp_path / "runners/execution/x.py"))
    environment.git.cache_clear()
    yield tmp_path
    environment.git.cache_clear()


@pytest.mark.parametrize(
    ("path", "dirty"),
    [
        ("", False),
        ("benchmarks/uci/wine.py", True),
        ("notes.txt", True),
        ("benchmarks/other/churn.py", True),
        ("benchmarks/mine/churn.py", True),
        ("runners/helper.py", True),
        ("runs/records/x.json", False),
        ("scratch.txt", False),
        ("benchmarks/uci/__pycache__/wine.pyc", False),
    ],
)
def test_code_that_no_commit_holds_is_a_change(clone: Path, path: str, dirty: bool) -> None:
    """Also code that git ignores: whoever checks the commit out lacks it."""
    if path:
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_text("x = 2\n")
    assert environment.git() == {"commit": git(clone, "rev-parse", "HEAD"), "dirty": dirty}


def test_switches_are_kept_without_the_folders_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--xla_dump_to=/mnt/disk/dump --xla_cpu_enable_fast_math=false")
    flags = "--xla_dump_to=…/dump --xla_cpu_enable_fast_math=false"
    assert machine.switches()["XLA_FLAGS"] == flags
