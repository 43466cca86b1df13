"""`make notebook NAME=…`: a benchmark as a JupyterLab notebook that runs from top to bottom."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from benchmarks import registry
from benchmarks.definition import Benchmark
from runners.notebooks.sections import sections
from runners.records.store import write_atomically

OK, WRONG_REQUEST = 0, 2
FOLDER = Path("notebooks")
"""Default folder of notebooks; ignored by git."""


def export(name: str, out: Path | None = None, force: bool = False) -> int:
    """Write the notebook of one benchmark and return an exit code: 0 done, 2 wrong request.

    `out` is by default `notebooks/<family>-<name>.ipynb`. A file that is there already may hold
    somebody's work: it is left alone unless `force`, or unless it would not change. Raises
    UnknownNameError, with near misses, for a name that is no benchmark.
    """
    known = registry.load()
    chosen = registry.select(known, name, "full")
    if len(chosen) != 1 or "," in name:
        names = ", ".join(benchmark.name for benchmark in chosen[:4])
        return _refused(f"expected the name of one benchmark, received {name!r} ({names} …)")
    path = out or FOLDER / f"{chosen[0].name.replace('/', '-')}.ipynb"
    if path.suffix != ".ipynb":
        return _refused(f"expected a file that ends in .ipynb, received {path}")
    content = as_bytes(chosen[0])
    if path.exists() and path.read_bytes() != content and not force:
        return _refused(
            f"{path} is there already and may hold work; rename it, choose another place "
            "with --out, or overwrite it with --force (make notebook FORCE=1)"
        )
    write_atomically(path, content)
    print(f"{path}: {chosen[0].question}")
    # One not among the locked libraries: a notebook can be opened in any editor that knows them.
    print("Open it from this folder or its own, with this project's Python:")
    print("  .venv/bin/python -m pip install jupyterlab   (once)")
    print(f"  .venv/bin/jupyter lab '{path}'")
    if Path.cwd().resolve() not in path.resolve().parents:
        print("It lies outside this folder: start JupyterLab here, where it finds the project.")
    return OK


def _refused(problem: str) -> int:
    print(f"error: {problem}", file=sys.stderr)
    return WRONG_REQUEST


def as_bytes(benchmark: Benchmark) -> bytes:
    """The notebook as a file; the same bytes whenever the definition is the same."""
    os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")  # without it a warning, at import
    import nbformat

    return nbformat.writes(notebook(benchmark)).encode() + b"\n"


def notebook(benchmark: Benchmark) -> Any:
    """The notebook (nbformat 4.5) of a benchmark: five steps, no outputs, nothing run."""
    import nbformat.v4

    cells = []
    for place, cell in enumerate(sections(benchmark), start=1):
        new = nbformat.v4.new_code_cell if cell.kind == "code" else nbformat.v4.new_markdown_cell
        cells.append(new(cell.text, id=f"cell-{place:02d}"))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)
