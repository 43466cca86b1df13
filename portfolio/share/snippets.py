"""`python -m portfolio badges`: Markdown for a README, a badge a benchmark."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from portfolio.page import badges
from portfolio.share import publish
from portfolio.share.git import Git, PublishError
from runners.safe_text import visible


def main(arguments: list[str] | None = None) -> int:
    """Print a snippet a benchmark; 0 when done, 2 where there is no page or no such benchmark."""
    parser = argparse.ArgumentParser(prog="python -m portfolio badges", description=__doc__)
    parser.add_argument("--site", type=Path, default=Path("portfolio/site"), help="the page")
    parser.add_argument("--only", default="", help="names of benchmarks, with commas in between")
    parser.add_argument("--remote", default="origin", help="whose page they link to")
    parser.add_argument("--address", default="", help="of the published page, where it is another")
    options = parser.parse_args(arguments)
    path = options.site / "results.json"
    try:
        summary = json.loads(path.read_bytes())
        collections = {one["name"]: one for one in summary.get("collections", [])}
        benchmarks = {b["name"]: b for b in summary["benchmarks"]} | collections
        names = [name.strip() for name in options.only.split(",") if name.strip()]
        for unknown in (name for name in names if name not in benchmarks):
            known = ", ".join(benchmarks) or "none"
            print(f"error: no benchmark {unknown!r} on the page; it has {known}", file=sys.stderr)
            return 2
        address = options.address or _address(options.remote)
        for name in names or benchmarks:
            of = badges.collection_snippet if name in collections else badges.snippet
            print(of(benchmarks[name], address))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(
            visible(f"error: {path} is not readable ({error!r}); `make portfolio` makes it"),
            file=sys.stderr,
        )
        return 2
    return 0


def _address(remote: str) -> str:
    try:
        return publish.address(Git.here().remote(remote)) or ""
    except PublishError:
        return ""
