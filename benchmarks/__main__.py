"""`python -m benchmarks baselines NAME`: the published scores of a benchmark with citations."""

from __future__ import annotations

import argparse
import sys

from benchmarks import registry, validation
from benchmarks.judging.sentences import differences
from benchmarks.metrics import in_words
from benchmarks.published import baselines
from benchmarks.published.comparability import beneficiary, departures

BY = {"paper": "the paper", "you": "us"}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 done, 1 `check` found something wrong, 2 wrong request."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    shown = commands.add_parser("baselines", help="published scores of a benchmark")
    shown.add_argument("name", help="such as uci/concrete")
    commands.add_parser("check", help="hold all published scores against the rules")
    options = parser.parse_args(arguments)
    if options.command == "check":
        found = baselines.problems()
        print("\n".join(found) or f"{len(baselines.load())} published scores, nothing wrong")
        return int(bool(found))
    try:
        (chosen,) = registry.select(registry.load(), options.name, "full")
    except (registry.UnknownNameError, validation.DefinitionError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ValueError:
        print(
            f"error: expected the name of one benchmark, received {options.name!r}; "
            "`make list` shows them",
            file=sys.stderr,
        )
        return 2
    print(table(chosen.name))
    return 0


def table(name: str) -> str:
    """The published scores of a benchmark as text, each with its citation.

    Those of its headline metric, then those of the metrics measured beside it; strongest first.
    """
    benchmark = registry.load().benchmarks[name]
    headline, lines = benchmark.headline, []
    for metric in (benchmark.metric, *benchmark.also):
        rows = sorted(
            (row for row in baselines.load(name) if row.metric == metric.name),
            key=lambda row: row.score,
            reverse=metric.direction == "max",
        )
        what = f"{metric.name}, protocol {benchmark.protocol.id}, {len(rows)} published scores"
        lines.append(f"{name}: {what}")
        for row in rows:
            spread = "" if row.spread is None else f", ± {row.spread:g} {row.spread_kind}"
            n = "" if row.n is None else f", n = {row.n}"
            score = in_words(row.score, metric)
            lines.append(f"\n  {score}{spread}{n}  {row.model}  [{row.level}]")
            lines.append(f"    {baselines.citation(row.citation)} ({row.provenance}) {row.url}")
            against = differences(benchmark.protocol, headline.protocol, row, metric.name)
            side = beneficiary(departures(benchmark.protocol, headline.protocol, row, metric.name))
            word = f"one-sided, can only have helped {BY[side]}" if side else "not comparable"
            lines.append(f"    {f'{word}: ' + '; '.join(against) if against else 'comparable'}")
            if row.note:
                lines.append(f"    {row.note}")
        lines.append("")
    return "\n".join(lines).rstrip()


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # signs the terminal lacks become ?
    sys.exit(main())
