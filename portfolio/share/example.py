"""`python -m portfolio example`: a page with its records to commit, for whoever has not run yet.

docs/example/runs.tar.xz    the records (`runners.results.pack`); `make bench` compares with them
docs/example/index.html     the page built from that file, and everything that belongs to it
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks import registry
from benchmarks.published import per_split
from portfolio.page.build import build
from portfolio.share import pack, publish
from runners.results import pack as packed

FOLDER = Path("docs/example")
FILE = f"runs{packed.ENDING}"


def main(arguments: list[str] | None = None) -> int:
    """Regenerate the example; 0 when done, 1 where it cannot be written, 2 when it was refused."""
    parser = argparse.ArgumentParser(prog="python -m portfolio example", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="of a full run")
    parser.add_argument("--to", type=Path, default=FOLDER, help=f"the folder (default: {FOLDER})")
    parser.add_argument("--force", action="store_true", help="also of a dirty result")
    options = parser.parse_args(arguments)
    try:
        print(_made(options.runs, options.to, force=options.force))
    except packed.PackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error}; choose another --to", file=sys.stderr)
        return 1
    print(f"Page: {(options.to / 'index.html').resolve().as_uri()}")
    return 0


def _made(runs: Path, target: Path, *, force: bool) -> str:
    """Pack, build from what was packed, then put both in the place of the old example."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and not (target / FILE).is_file() and any(target.iterdir()):
        raise packed.PackError(
            f"{target} holds something that is no example (no {FILE}); choose another --to"
        )
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as place:
        site = Path(place) / "example"
        message = pack.packed_into(runs, site / FILE, target / FILE)
        with packed.opened(site / FILE) as unpacked:
            published = runs / per_split.FOLDER  # what the page says rests on them
            if published.is_dir():
                shutil.copytree(published, unpacked / per_split.FOLDER)
            summary = build(unpacked, site, registry.load().benchmarks, home=unpacked)
            problems = publish.dirty(summary, site, unpacked)
        if problems and not force:
            listed = "\n".join(f"  - {problem}" for problem in problems)
            raise packed.PackError(f"the result is dirty:\n{listed}\nFORCE=1 takes it all the same")
        if target.exists():
            shutil.rmtree(target)
        site.replace(target)
    return message
