"""What tests of `make new` share: tables as files, drafts, and definitions made of their text."""

from __future__ import annotations

import subprocess
import sys
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.data import Dataset, Store, load
from benchmarks.data.core.store import keep
from benchmarks.definition import Benchmark
from runners.new import detection
from runners.new.request import Draft, Request


def wine() -> Any:
    """178 real wines as scikit-learn carries them, the cultivar in words."""
    from sklearn.datasets import load_wine

    table = load_wine(as_frame=True).frame
    return table.assign(cultivar=table.pop("target").map({0: "one", 1: "two", 2: "three"}))


def diabetes() -> Any:
    """442 real patients as scikit-learn carries them; `target` is a number."""
    from sklearn.datasets import load_diabetes

    return load_diabetes(as_frame=True).frame


def asked(path: Path | str, work: Path, **other: Any) -> Request:
    """A request for mine/x from that data."""
    return Request(name=other.pop("name", "mine/x"), origin=str(path), work=work, **other)


def draft(path: Path | str, work: Path, **other: Any) -> Draft:
    """What looking at the data makes of the request."""
    return detection.draft(asked(path, work, **other))


def write(path: Path, rows: Sequence[Sequence[Any]] | str, encoding: str = "utf-8") -> Path:
    """A text file, or a CSV file of rows whose cells need no quotes."""
    text = rows if isinstance(rows, str) else "".join(f"{','.join(map(str, r))}\n" for r in rows)
    path.write_bytes(text.encode(encoding))
    return path


def defined(found: Draft, name: str = "mine/x") -> Benchmark:
    """The benchmark that the text of a draft defines, checked as the registry does."""
    module = types.ModuleType("benchmarks.mine.x")
    exec(compile(found.text, f"{name}.py", "exec"), vars(module))
    (function,) = [one for one in vars(module).values() if hasattr(one, "defines")]
    assert function.defines == name
    return function()


def data_of(found: Draft, folder: Path, name: str = "mine/x") -> Dataset:
    """The arrays that the definition makes of the files it keeps."""
    store = Store(folder, offline=True)
    assert found.copy is not None
    keep(found.copy, found.files, store, found.origin, official=False)
    return load(defined(found, name).data, store).dataset


def in_house_style(texts: Mapping[str, str], folder: Path) -> None:
    """Fail where a text, written under its file name, is not as ruff and its rules want it."""
    root = Path(__file__).parents[2]
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    names = [str(folder / name) for name in texts]
    for command in (["check"], ["format", "--check", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--config", "pyproject.toml", *names],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
