"""`python -m portfolio`: build the page from the records and say where it is.

`python -m portfolio publish|badges|cv|pack|example` do what else there is to do with a page; each
says with `--help` what it takes.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from benchmarks import registry
from portfolio.owner.profile import FILE, OwnerError
from portfolio.page.build import build
from runners import terminal
from runners.records import pack
from runners.redaction import guard_tracebacks
from runners.safe_text import link, visible, visible_lines

COMMANDS = {
    "publish": "portfolio.share.publish",
    "badges": "portfolio.share.snippets",
    "cv": "portfolio.share.cv",
    "pack": "portfolio.share.pack",
    "example": "portfolio.share.example",
}
"""What else can be done with a page, and the module that does it."""


def main(arguments: list[str] | None = None) -> int:
    """Build the site; 0 when it is written (also without any record), 2 when it cannot be."""
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in COMMANDS:
        command = importlib.import_module(COMMANDS[given[0]])
        return int(command.main(given[1:]))
    parser = argparse.ArgumentParser(
        prog="python -m portfolio",
        description="Build the portfolio page from trial records. "
        f"Further commands: {', '.join(COMMANDS)}.",
    )
    parser.add_argument(
        "--runs",
        type=Path,
        default=Path("runs"),
        help="folder of the records, or what `pack` made of one",
    )
    parser.add_argument(
        "--site",
        type=Path,
        default=Path("portfolio/site"),
        help="folder the page goes to",
    )
    parser.add_argument(
        "--home",
        type=Path,
        help=f"folder of {FILE} and portfolio/notes/ (default: the one that holds the records')",
    )
    options = parser.parse_args(arguments)
    try:
        known = registry.load()
        home = options.home or options.runs.parent
        with pack.opened(options.runs) as runs:
            summary = build(
                runs,
                options.site,
                known.benchmarks,
                collections=known.collections,
                home=home,
                strict=True,
            )
    except (pack.PackError, OwnerError) as error:
        print(visible_lines(str(error)), file=sys.stderr)
        return 2
    except OSError as error:
        print(
            visible(f"The page could not be written: {terminal.explained(error)}"),
            file=sys.stderr,
        )
        return 2
    if not (summary["benchmarks"] or summary["collections"]):
        print(visible(f"No records in {options.runs} yet; `make bench` makes some."))
    for note in summary["notes"]:
        print(visible(f"Note: {note}"), file=sys.stderr)
    print(visible(summary["claim"]))
    print(f"Page: {link(options.site / 'index.html')}")
    return 0


if __name__ == "__main__":
    terminal.in_utf8()
    guard_tracebacks()
    sys.exit(terminal.run(main))
