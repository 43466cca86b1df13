"""What is looked at before a page is published: its state, its code, and whose data it shows."""

from __future__ import annotations

from pathlib import Path

from benchmarks import registry
from portfolio.owner import profile
from portfolio.share.git import OURS, Git
from runners.formatting import first_few, some
from runners.records.own_data import SHIPPED, is_own
from runners.records.pack import WHOLE
from runners.results import platform
from runners.results.types import BenchmarkResult, Results

MOST_NAMES = 5
"""Benchmarks named in a line."""


def dirty(summary: Results, site: Path, runs: Path) -> list[str]:
    """Why a page should not be published: it is older than its records, or they are dirty.

    A record is dirty that was made while sources had changes no commit holds: nobody could check
    out what made it.
    """
    problems = []
    built = (site / OURS).stat().st_mtime
    changed = [
        path
        for path in runs.rglob("*")
        if path.suffix in (".json", ".jsonl")
        and path.relative_to(runs).parts[0] in ("records", *WHOLE)
        and path.stat().st_mtime > built
    ]
    if changed:
        problems.append(
            f"the page is older than {some(len(changed), 'file', 'files')} in {runs}, "
            f"such as {min(changed)}; `make portfolio` builds it anew"
        )
    owner = runs.parent / profile.FILE
    if owner.is_file() and owner.stat().st_mtime > built:
        problems.append(f"the page is older than {owner}; `make portfolio` builds it anew")
    names = [
        benchmark["name"]
        for benchmark in summary["benchmarks"]
        if platform.environment_of(benchmark).get("git", {}).get("dirty")
    ]
    names += [joined["name"] for joined in summary.get("collections", []) if joined["dirty"]]
    if names:
        problems.append(
            f"made with uncommitted changes: {first_few(names, MOST_NAMES)}; commit them, then "
            f"`make bench ONLY='{','.join(names)}' FRESH=1` makes the records anew (the page "
            "says of each that it was made so)"
        )
    return problems


def uncommitted(summary: Results, git: Git) -> list[str]:
    """Why readers could not check out what the page is of: definitions that no commit holds."""
    files = registry.load().files
    top = git.top()
    missing, younger = [], []
    for benchmark in summary["benchmarks"]:
        name = benchmark["name"]
        if not benchmark["entries"] or name not in files or top is None:
            continue
        if not files[name].is_relative_to(top):
            continue  # the page of another checkout
        path = files[name].relative_to(top).as_posix()
        commit = _commit(benchmark)
        if not _holds(git, "HEAD", path):
            missing.append(f"{name} ({path})")
        elif commit and name.split("/")[0] not in SHIPPED and not _holds(git, commit, path):
            younger.append(name)
    problems = []
    if missing:
        problems.append(
            f"defined in files that no commit holds: {first_few(missing, MOST_NAMES)}; `git add` "
            "and commit them, so that readers can run them"
        )
    if younger:
        problems.append(
            f"made at a commit that lacks the definition: {first_few(younger, MOST_NAMES)}; "
            f"`make bench ONLY='{','.join(younger)}' FRESH=1` makes the records anew"
        )
    return problems


def unknown_commits(summary: Results) -> list[str]:
    """What to say of results that name no commit, because they were made outside a repository."""
    names = [b["name"] for b in summary["benchmarks"] if b["entries"] and not _commit(b)]
    if not names:
        return []
    return [f"No commit is known of {first_few(names, MOST_NAMES)}: made outside a git repository."]


def of_own_data(summary: Results) -> list[str]:
    """Benchmarks on the page that are of the owner's own data."""
    return [
        b["name"]
        for b in summary["benchmarks"]
        if b["entries"] and b["data"] and is_own(b["name"], b["data"]["url"])
    ]


def shown_of(name: str, samples: bool) -> str:
    """What a page shows of data of the owner's, as a sentence."""
    if samples:
        return (
            f"{name} is of own data: single rows of it would become public (samples, and "
            "the rows predicted worst), with names of columns and classes, and distributions, and "
            "the fitted network."
        )
    return (
        f"{name} is of own data: no rows of it would become public, but names of columns "
        "and classes, counts, distributions and scores would."
    )


def _commit(benchmark: BenchmarkResult) -> str:
    return platform.environment_of(benchmark).get("git", {}).get("commit", "")


def _holds(git: Git, commit: str, path: str) -> bool:
    """Whether a commit holds a file; of a commit that is not known here nothing is said."""
    if git.run("cat-file", "-e", f"{commit}^{{commit}}").returncode:
        return commit != "HEAD"
    return not git.run("cat-file", "-e", f"{commit}:{path}").returncode
