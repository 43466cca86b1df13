"""`python -m portfolio pack`: the records as one small file, for a page built elsewhere."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import registry
from portfolio.owner import profile
from runners import formatting
from runners.records import pack
from runners.records.store import Runs
from runners.results.summary import collect
from runners.safe_text import visible

TARGET = Path("portfolio") / f"runs{pack.ENDING}"


def main(arguments: list[str] | None = None) -> int:
    """Pack a folder of runs; 0 when done, 1 where it cannot be written, 2 without records."""
    parser = argparse.ArgumentParser(prog="python -m portfolio pack", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder of the records")
    parser.add_argument("--to", type=Path, default=TARGET, help=f"the file (default: {TARGET})")
    options = parser.parse_args(arguments)
    try:
        print(visible(packed_into(options.runs, options.to)))
    except pack.PackError as error:
        print(visible(f"error: {error}"), file=sys.stderr)
        return 2
    except OSError as error:
        print(visible(f"error: {error}; choose another --to"), file=sys.stderr)
        return 1
    return 0


def packed_into(runs: Path, target: Path, name: Path | None = None) -> str:
    """Pack a folder of runs and say what came of it; the file is called `shown`."""
    folder, definitions = Runs(runs), registry.load().benchmarks
    newest = collect(folder, definitions)
    try:
        samples = profile.read(runs.parent, {*newest, *definitions}).samples
    except profile.OwnerError as error:
        raise pack.PackError(str(error)) from error
    count = pack.pack(folder, newest, target, samples)
    size = target.stat().st_size
    message = (
        f"{name or target}: {formatting.some(count, 'record', 'records')}, {size / 1000:.0f} kB"
    )
    if size > pack.MOST:
        message += f"; more than the {pack.MOST / 1e6:g} MB such a file should have"
    return message
