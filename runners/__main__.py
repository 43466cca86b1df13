"""The command line: `python -m runners bench|list|data|doctor|plan|audit|…`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from benchmarks.registry import UnknownNameError
from benchmarks.validation import DefinitionError
from runners import terminal
from runners.execution import interrupts
from runners.execution.engine import EngineError
from runners.redaction import guard_tracebacks

COMMANDS = {
    "bench": "train what is missing, update MLflow and the page",
    "new": "make a benchmark of a table, images, a series or a UCI number",
    "list": "what there is",
    "data": "fetch data ahead of time, or import it from a folder",
    "doctor": "what is there, missing or wrong, and what to do",
    "plan": "trials, time and the smallest difference they can show",
    "audit": "what known shortcuts, or more training rows, would have gained",
    "exhibits": "what pages show beside records, made anew without training",
    "improve": "try settings, write the best into the definition",
    "sync": "rebuild MLflow from the records",
    "compare": "whether scores moved between two sets of runs",
    "verify": "train a recorded group again and compare",
    "adopt": "keep records across a change of code that moved no number",
    "predict": "new rows through a kept network, as CSV on stdout",
    "forecast": "the next steps of own series, written down now and scored later",
    "notebook": "a benchmark as a JupyterLab notebook",
    "ui": "the MLflow UI on 127.0.0.1",
}
"""The verbs; each is a module of `runners.commands`, loaded when it is asked for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrong request, 130 stopped."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = parser(given).parse_args(given)
    try:
        return int(options.command(options))
    except (UnknownNameError, DefinitionError, EngineError) as error:
        _error(str(error))
        return 2
    except OSError as error:
        if isinstance(error, BrokenPipeError) and terminal.unread():
            raise
        _error(terminal.explained(error))
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of a command line; only the verb asked for is loaded."""
    whole = argparse.ArgumentParser(prog="python -m runners", description=__doc__)
    commands = whole.add_subparsers(required=True, metavar="command")
    for name, about in COMMANDS.items():
        verb = commands.add_parser(name, help=about, description=about)
        if name in given[:1]:
            module = importlib.import_module(f"runners.commands.{name}")
            module.arguments(verb)
            verb.set_defaults(command=module.run)
    return whole


def _error(text: str) -> None:
    from runners.safe_text import visible

    print(f"error: {visible(text)}", file=sys.stderr)


if __name__ == "__main__":
    terminal.in_utf8()
    interrupts.listen()
    guard_tracebacks()
    sys.exit(terminal.run(main))
