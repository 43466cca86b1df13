"""`python -m portfolio example`: the page of the records the project ships, for a first look.

    docs/example/runs.tar.xz      the packed records; `make bench` compares with them
    docs/example/results.json     their scores and verdicts, shortened (`small`)
    docs/example/portfolio.toml   a sample of the owner's file
    portfolio/example/index.html  the page built from them

`--from RUNS` packs other records in their place first; it is how the shipped ones were made.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import registry
from portfolio.page.build import build
from portfolio.page.render import GENERATOR
from portfolio.share import checks, pack
from runners.records import pack as packed
from runners.records.store import write_atomically
from runners.results.types import Results
from runners.safe_text import link, visible, visible_lines

RECORDS = Path("docs/example") / f"runs{packed.ENDING}"
PAGE = Path("portfolio/example")
RESULTS = "results.json"
"""Beside the records; of the same layout as the page's, with less in it."""

BULK = (
    "also",
    "audit",
    "better_than_any",
    "data",
    "deep_learning",
    "environment",
    "history",
    "lessons",
    "level_why",
    "margin_why",
    "protocol",
    "question",
    "reruns",
    "study",
    "training_rows",
)
"""Fields of a benchmark that the small file leaves out."""
OF_AN_ENTRY = ("name", "kind", "headline", "floor", "score", "seconds", "params")
"""Fields of an entry that the small file keeps."""
OF_A_HEADLINE = ("predict_ms_a_row", "network_ms_a_row", "model_bytes", "train_score")
"""Further ones of a headline."""
OF_A_SCORE = ("mean", "std", "n", "seeds")
"""Fields of its score that the small file keeps."""


def main(arguments: list[str] | None = None) -> int:
    """Build the example; 0 when done, 1 where it cannot be written, 2 when it was refused."""
    parser = argparse.ArgumentParser(prog="python -m portfolio example", description=__doc__)
    parser.add_argument(
        "--records", type=Path, default=RECORDS, help=f"the packed records (default: {RECORDS})"
    )
    parser.add_argument(
        "--to", type=Path, default=PAGE, help=f"folder of the page (default: {PAGE})"
    )
    parser.add_argument(
        "--from", dest="runs", type=Path, help="runs folder to pack into the records first"
    )
    parser.add_argument("--force", action="store_true", help="with --from: also of a dirty result")
    options = parser.parse_args(arguments)
    try:
        if options.runs is None:
            page(options.records, options.to)
        else:
            print(renew(options.runs, options.records, options.to, force=options.force))
    except packed.PackError as error:
        print(visible_lines(f"error: {error}"), file=sys.stderr)
        return 2
    except OSError as error:
        print(visible(f"error: {error}; choose another --to or --records"), file=sys.stderr)
        return 1
    print(f"Page: {link(options.to / 'index.html')}")
    return 0


def page(records: Path, target: Path) -> None:
    """Build the page of packed records in the place of the page at `target`.

    Raises PackError where there are no such records, or `target` holds something else than a page.
    """
    if not records.is_file():
        raise packed.PackError(
            f"expected packed records at {records}, found none; `--from RUNS` packs a runs folder"
        )
    with _replacing(target) as site, packed.opened(records) as unpacked:
        _built(unpacked, site, records.parent)


def _built(runs: Path, site: Path, home: Path) -> Results:
    """Build the page of the owner that `portfolio.toml` beside the packed records names."""
    known = registry.load()
    return build(runs, site, known.benchmarks, collections=known.collections, home=home)


def renew(runs: Path, records: Path, target: Path, *, force: bool = False) -> str:
    """Pack `runs` as the shipped records, with the small results beside them and their page.

    `runs` may be packed itself. Returns what was packed. Raises PackError without records, and for
    a dirty result unless `force`; then nothing has been written.
    """
    with _replacing(target) as site, tempfile.TemporaryDirectory(prefix="kerasfolio-") as place:
        fresh = Path(place) / records.name
        with packed.opened(runs) as folder:
            message = pack.packed_into(folder, fresh, records)
        with packed.opened(fresh) as unpacked:
            summary = _built(unpacked, site, records.parent)
            problems = checks.dirty(summary, site, unpacked)
        if problems and not force:
            listed = "\n".join(f"  - {problem}" for problem in problems)
            raise packed.PackError(f"the result is dirty:\n{listed}\nFORCE=1 takes it all the same")
        results = small(json.loads((site / RESULTS).read_bytes()))
        text = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False)
        write_atomically(records, fresh.read_bytes())
        write_atomically(records.with_name(RESULTS), text.encode() + b"\n")
    return message


def small(results: Mapping[str, Any]) -> dict[str, Any]:
    """`results.json` without values by repeat, data facts, history and most verdicts.

    Every entry keeps its score. A headline keeps its verdict against the strongest comparable
    published score, and the benchmark that score. A collection keeps its statement, ranks and
    counts, without its tasks one by one.
    """
    return {
        **results,
        "benchmarks": [_small_benchmark(one) for one in results["benchmarks"]],
        "collections": [
            {name: value for name, value in one.items() if name not in ("tasks", "metrics")}
            for one in results["collections"]
        ],
    }


def _small_benchmark(benchmark: Mapping[str, Any]) -> dict[str, Any]:
    strongest = benchmark["strongest"]
    return {
        **{name: value for name, value in benchmark.items() if name not in BULK},
        "entries": [_small_entry(entry, strongest) for entry in benchmark["entries"]],
        "baselines": [one for one in benchmark["baselines"] if one["id"] == strongest],
    }


def _small_entry(entry: Mapping[str, Any], strongest: str | None) -> dict[str, Any]:
    fields = {name: entry[name] for name in OF_AN_ENTRY}
    fields["score"] = {name: entry["score"][name] for name in OF_A_SCORE}
    if entry["headline"]:
        fields["verdicts"] = [v for v in entry["verdicts"] if v["baseline"] == strongest]
        fields |= {name: entry[name] for name in OF_A_HEADLINE}
    return fields


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A fresh folder that takes the place of the page at `target` once the block has ended well."""
    if target.exists() and any(target.iterdir()) and not _is_page(target):
        raise packed.PackError(
            f"{target} holds something that is no page of this project; choose another --to"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as place:
        site = Path(place) / "page"
        yield site
        if target.exists():
            shutil.rmtree(target)
        site.replace(target)


def _is_page(folder: Path) -> bool:
    index = folder / "index.html"
    return index.is_file() and GENERATOR.encode() in index.read_bytes()
