"""`python -m portfolio publish`: put the built page on a branch that a host serves.

Git's plumbing alone: the page becomes a commit on top of what the branch of the remote holds, made
with an index of its own. The working tree, the index and the branches of the checkout are never
touched, and no push is forced, so that the branch keeps its history.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from runners import formatting, safe_text
from runners.records.pack import WHOLE
from runners.results import platform
from runners.results.types import Results

BRANCH = "gh-pages"
TRIES = 3
"""Pushes, when others push to the same branch meanwhile."""
SECONDS = 300
"""Longest one git command may take."""
OURS = "results.json"
"""A branch that holds something but not this was not published from here."""
DOMAIN_FILE = "CNAME"
"""A custom domain lives in the branch, not in the page: it is carried over."""


class PublishError(Exception):
    """Why the page was not published, and what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Publish; 0 when the branch holds the page, 1 when it could not be, 2 when it was refused."""
    parser = argparse.ArgumentParser(prog="python -m portfolio publish", description=__doc__)
    parser.add_argument("--site", type=Path, default=Path("portfolio/site"), help="the page")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="its records")
    parser.add_argument("--remote", default="origin")
    parser.add_argument("--branch", default=BRANCH)
    parser.add_argument("--yes", action="store_true", help="do not ask (make publish YES=1)")
    parser.add_argument("--force", action="store_true", help="publish a dirty result all the same")
    options = parser.parse_args(arguments)
    try:
        git = Git.here()
        where = git.remote(options.remote)
        branch = git.branch(options.branch)
        summary = _page(options.site)
        problems = dirty(summary, options.site, options.runs)
        if problems and not options.force:
            listed = "\n".join(f"  - {problem}" for problem in problems)
            raise PublishError(
                f"the result is dirty:\n{listed}\nFORCE=1 publishes it all the same."
            )
        print(f"{options.site} goes to the branch {branch} of {without_secret(where)}")
        page_url = address(where)
        print(f"It will be at {page_url}" if page_url else OTHER_HOST)
        if not _agreed(options.yes):
            print("Nothing was published.")
            return 2
    except PublishError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        print(git.publish(options.site, where, branch, force=options.force))
    except PublishError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if page_url:
        print(
            f"Once, on GitHub: Settings, Pages, Deploy from a branch, {branch}, / (root). "
            f"A minute later: {page_url}"
        )
    return 0


OTHER_HOST = (
    "The host decides its address; Kerasfolio knows only that of GitHub Pages. The page needs no "
    "server program and works in any folder of any host."
)


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


def without_secret(remote: str) -> str:
    """A remote's URL fit for the terminal: a password or token in it is left out."""
    return re.sub(r"(?<=://)[^@/]*@", "", safe_text.clean(remote))


def dirty(summary: Results, site: Path, runs: Path) -> list[str]:
    """Why a page should not be published: it is older than its records, or they are dirty.

    A record is dirty that was made while tracked sources had changes no commit holds: nobody
    could check out what made it.
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
            f"the page is older than {formatting.some(len(changed), 'file', 'files')} in {runs}, "
            f"such as {min(changed)}; `make portfolio` builds it anew"
        )
    names = [
        benchmark["name"]
        for benchmark in summary["benchmarks"]
        if platform.environment_of(benchmark).get("git", {}).get("dirty")
    ]
    names += [joined["name"] for joined in summary.get("collections", []) if joined["dirty"]]
    if names:
        listed = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        problems.append(
            f"made with uncommitted changes: {listed}; commit them, then "
            f"`make bench ONLY='{','.join(names)}' FRESH=1` makes the records anew (the page "
            "says of each that it was made so)"
        )
    return problems


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


def _agreed(yes: bool) -> bool:
    """Whether to go on: told so, or asked at a terminal."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise PublishError("there is no terminal to ask at; YES=1 publishes without asking")
    try:
        return input("Publish? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


class Git:
    """The repository of this folder, driven from outside its working tree."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    @classmethod
    def here(cls) -> Git:
        """The repository the current folder is in; PublishError where there is none, or no git."""
        try:
            answer = cls("").run("rev-parse", "--absolute-git-dir")
        except FileNotFoundError as error:
            raise PublishError(
                "git is not installed; the page can also be copied to any host as it is"
            ) from error
        if answer.returncode:
            raise PublishError("this folder is no git repository; `git init` makes it one")
        return cls(answer.stdout.strip())

    def run(
        self, *arguments: str, cwd: Path | None = None, index: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """One git command to its end; it never waits for a password."""
        environment = {k: v for k, v in os.environ.items() if k not in FOREIGN}
        environment |= {"LC_ALL": "C"}
        if index:
            environment["GIT_INDEX_FILE"] = index
        if not sys.stdin.isatty():
            environment = {
                "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
                **environment,
                "GIT_TERMINAL_PROMPT": "0",
            }
        at = [f"--git-dir={self.folder}"] if self.folder else []
        try:
            return subprocess.run(
                ["git", *at, *arguments],
                capture_output=True,
                text=True,
                errors="replace",
                cwd=cwd,
                env=environment,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise PublishError(f"git {arguments[0]} took longer than {SECONDS} s") from error

    def output(self, *arguments: str, cwd: Path | None = None, index: str = "") -> str:
        """What a git command that has to succeed prints; PublishError with its words if not."""
        process = self.run(*arguments, cwd=cwd, index=index)
        if process.returncode:
            raise PublishError(_reason(process))
        return process.stdout.strip()

    def remote(self, name: str) -> str:
        """Where a remote is pushed to."""
        process = self.run("remote", "get-url", "--push", "--", name)
        if process.returncode or not process.stdout.strip():
            raise PublishError(
                f"expected a remote named {name!r}, found none: make a repository at a host and "
                f"`git remote add {name if name.isalnum() else 'origin'} ADDRESS`"
            )
        return process.stdout.strip().splitlines()[0]

    def branch(self, name: str) -> str:
        """The name of a branch that may be published to."""
        if name.startswith("-") or self.run("check-ref-format", f"refs/heads/{name}").returncode:
            raise PublishError(f"expected the name of a branch such as {BRANCH}, received {name!r}")
        current = self.run("symbolic-ref", "--quiet", "--short", "HEAD").stdout.strip()
        if name == current:
            raise PublishError(
                f"{name} is the branch that is checked out; the page needs one of its own"
            )
        return name

    def publish(self, site: Path, remote: str, branch: str, *, force: bool) -> str:
        """Push the files of `site` as a commit on top of a branch of the repository at `remote`.

        Raises PublishError where the remote cannot be reached or refuses, or where the branch
        holds something that was not published from here and `force` is not given.
        """
        problem, there = "", f"{branch} of {without_secret(remote)}"
        for _ in range(TRIES):
            tip = self._tip(remote, branch)
            files = self.output("ls-tree", "--name-only", tip).splitlines() if tip else []
            if tip and not force and OURS not in files and {*files} - {DOMAIN_FILE, ".nojekyll"}:
                raise PublishError(
                    f"the branch {there} holds something else ({', '.join(files[:4])}"
                    f"); FORCE=1 puts the page on top of it, and its history keeps it"
                )
            tree = self._tree(site, tip if DOMAIN_FILE in files else "")
            if tip and tree == self.output("rev-parse", f"{tip}^{{tree}}"):
                return f"Nothing to do: {there} holds this page already."
            parents = ["-p", tip] if tip else []
            commit = self.output("commit-tree", tree, *parents, "-m", "Publish the portfolio page")
            process = self.run("push", "--porcelain", "--", remote, f"{commit}:refs/heads/{branch}")
            if not process.returncode:
                return f"Published {commit[:12]} on {there}."
            problem = _reason(process)
            if self._tip(remote, branch) == tip:  # else somebody was faster
                break
        raise PublishError(f"the push was refused: {problem}")

    def _tip(self, remote: str, branch: str) -> str:
        """The commit the branch is at there, with its objects fetched; "" for no such branch."""
        ref = f"refs/heads/{branch}"
        process = self.run("ls-remote", "--", remote, ref)
        if process.returncode:
            raise PublishError(f"{without_secret(remote)} does not answer: {_reason(process)}")
        lines = [line.split("\t") for line in process.stdout.splitlines()]
        tip = next((sha for sha, name in lines if name == ref), "")
        if tip and self.run("cat-file", "-e", f"{tip}^{{commit}}").returncode:
            self.output("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", remote, ref)
        return tip

    def _tree(self, site: Path, keep_from: str) -> str:
        """A tree of exactly the files of `site`, `.nojekyll`, and the domain of `keep_from`."""
        empty = self.output("hash-object", "-w", "--no-filters", "--", os.devnull)
        with tempfile.TemporaryDirectory() as folder:
            index = str(Path(folder) / "index")
            self.output(
                "-c", "core.autocrlf=false", "-c", "core.fileMode=false", "--work-tree=.",
                "add", "--all", "--force", ".", cwd=site, index=index,
            )  # fmt: skip
            extra = [f"100644,{empty},.nojekyll"]
            if keep_from:
                blob = self.output("rev-parse", f"{keep_from}:{DOMAIN_FILE}")
                extra.append(f"100644,{blob},{DOMAIN_FILE}")
            for entry in extra:
                self.output("update-index", "--add", "--cacheinfo", entry, index=index)
            return self.output("write-tree", index=index)


FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY")
"""Variables a hook or an alias leaves set, which would point git elsewhere."""


def _reason(process: subprocess.CompletedProcess[str]) -> str:
    """Git's own words, without secrets, and what to do where it is known."""
    lines = [line for line in (process.stderr + process.stdout).splitlines() if line.strip()]
    messages = [
        line for line in lines if line.startswith(("fatal:", "error:", "!", "remote:"))
    ] or lines
    text = without_secret(" ".join(messages[:4])) or f"git ended with {process.returncode}"
    if "tell me who you are" in process.stderr or "ident name" in process.stderr:
        text += '; `git config user.name "…"` and `git config user.email …` say who you are'
    return text
