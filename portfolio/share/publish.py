"""`python -m portfolio publish`: put the built page on a branch that a host serves.

With `--to bench` it goes into that folder of a site that is there already. What it may show of the
owner's data is asked first, or allowed by name in `portfolio.toml`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from benchmarks import registry
from portfolio.owner import profile
from portfolio.share import checks
from portfolio.share.git import BRANCH, OURS, Git, PublishError, Target, files_of, folder_of
from runners.results.types import Results
from runners.safe_text import visible, visible_lines

OTHER_HOST = (
    "The host decides its address; Kerasfolio knows only that of GitHub Pages. The page needs no "
    "server program and works in any folder of any host."
)


def main(arguments: list[str] | None = None) -> int:
    """Publish; 0 when the branch holds the page, 1 when it could not be, 2 when it was refused."""
    parser = argparse.ArgumentParser(prog="python -m portfolio publish", description=__doc__)
    parser.add_argument("--site", type=Path, default=Path("portfolio/site"), help="the page")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="its records")
    parser.add_argument("--remote", default="origin")
    parser.add_argument("--branch", default=BRANCH)
    parser.add_argument("--to", default="", metavar="FOLDER", help="folder of the site there")
    parser.add_argument("--yes", action="store_true", help="do not ask (make publish YES=1)")
    parser.add_argument("--force", action="store_true", help="publish a dirty result all the same")
    options = parser.parse_args(arguments)
    try:
        git = Git.here()
        remote, branch = git.remote(options.remote), git.branch(options.branch)
        to = Target(remote, branch, folder_of(options.to))
        summary = _page(options.site)
        files_of(options.site)
        problems = checks.dirty(summary, options.site, options.runs)
        problems += checks.uncommitted(summary, git)
        if problems and not options.force:
            listed = "\n".join(f"  - {problem}" for problem in problems)
            raise PublishError(
                f"the result is dirty:\n{listed}\nFORCE=1 publishes it all the same."
            )
        _say(f"{options.site} of {_repository(git)} goes to {to}")
        page_url = address(remote)
        _say(f"It will be at {page_url}{to.folder}" if page_url else OTHER_HOST)
        for line in checks.unknown_commits(summary):
            _say(line)
        agreed = _own_data_agreed(summary, options.runs.parent, options.yes)
        if not (agreed and _agreed(options.yes)):
            print("Nothing was published.")
            return 2
    except PublishError as error:
        _error(error)
        return 2
    try:
        for line in git.publish(options.site, to, force=options.force):
            _say(line)
    except PublishError as error:
        _error(error)
        return 1
    if page_url:
        print(
            f"Once, on GitHub: Settings, Pages, Deploy from a branch, {branch}, / (root). "
            f"A minute later: {page_url}{to.folder}"
        )
    return 0


def _say(line: str) -> None:
    print(visible(line))


def _error(error: PublishError) -> None:
    print(visible_lines(f"error: {error}"), file=sys.stderr)


def _repository(git: Git) -> str:
    """The repository that is published from; said where this folder is only a part of it."""
    top = git.top()
    if top is None or top == Path.cwd().resolve():
        return "this repository"
    return f"the repository {top}, which this folder lies in,"


def address(remote: str) -> str | None:
    """The address GitHub Pages gives the repository of a remote's URL; None for other hosts."""
    match = re.fullmatch(
        r"(?:(?:https?|ssh|git)://(?:[^@/]*@)?(?:www\.|ssh\.)?github\.com(?::\d+)?/"
        r"|(?:[^@/:]+@)?(?:ssh\.)?github\.com:)/*([\w.-]+)/([\w.-]+?)(?:\.git)?/*",
        remote.strip(),
        re.IGNORECASE,
    )
    if match is None:
        return None
    owner, name = match[1].lower(), match[2]
    if name.lower() == f"{owner}.github.io":
        return f"https://{owner}.github.io/"
    return f"https://{owner}.github.io/{name}/"


def _page(site: Path) -> Results:
    """What the built page shows; refuses where there is none, or one without a result."""
    advice = "`make bench` makes one"
    if not (site / "index.html").is_file():
        raise PublishError(f"there is no page in {site}; {advice}")
    try:
        summary: Results = json.loads((site / OURS).read_bytes())
        results = [b for b in summary["benchmarks"] if b["entries"]]
        scored = [one for one in summary.get("collections", []) if one["scored"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PublishError(f"{site / OURS} is not readable ({error!r}); {advice}") from error
    if not (results or scored):
        raise PublishError(f"the page in {site} has no result to show; {advice}")
    return summary


def _own_data_agreed(summary: Results, home: Path, yes: bool) -> bool:
    """Whether what the page shows of the owner's data may become public.

    Allowed by name in `portfolio.toml`, or asked for at a terminal, each benchmark by itself.
    Raises PublishError where nobody can be asked: to agree to the page is not enough.
    """
    names = {benchmark["name"] for benchmark in summary["benchmarks"]}
    try:
        owner = profile.read(home, names | {*registry.load().benchmarks})
    except profile.OwnerError as error:
        raise PublishError(str(error)) from error
    for name in checks.of_own_data(summary):
        if name in owner.publish:
            continue
        shown = checks.shown_of(name, name in owner.samples)
        if yes or not sys.stdin.isatty():
            raise PublishError(
                f"{shown} YES=1 is not enough for that: allow it by name, in {profile.FILE}: "
                f'publish = ["{name}"]'
            )
        _say(shown)
        if not _answer(f"Publish what the page shows of {name}? [y/N] "):
            return False
    return True


def _agreed(yes: bool) -> bool:
    """Whether to go on: told so, or asked at a terminal."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise PublishError("there is no terminal to ask at; YES=1 publishes without asking")
    return _answer("Publish? [y/N] ")


def _answer(question: str) -> bool:
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False
