"""`python -m runners notebook`: a benchmark as a JupyterLab notebook."""

from __future__ import annotations

import argparse
from pathlib import Path

from runners.notebooks import export


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("name", help="such as uci/wine")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: notebooks/….ipynb")
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there")


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return export(options.name, options.out, options.force)
