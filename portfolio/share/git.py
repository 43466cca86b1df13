"""Git's plumbing: a page becomes a commit on top of what a branch of a remote holds.

The commit is made with an index of its own. The working tree, the index and the branches of the
checkout are never touched, and no push is forced, so that the branch keeps its history.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from runners.formatting import first_few
from runners.redaction import for_owner

BRANCH = "gh-pages"
TRIES = 3
"""Pushes, when others push to the same branch meanwhile."""
MOST_NAMES = 5
"""Files named in a line."""
SECONDS = 300
"""Longest one git command may take."""
OURS = "results.json"
"""A folder that holds something but not this was not published from here."""
UNSERVED = ("CNAME", ".nojekyll")
"""Files that a branch may hold before the first page: a domain, and a switch of the host's."""
SUBJECT = "Publish the portfolio page"
FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY")
"""Variables a hook or an alias leaves set, which would point git elsewhere."""

Files = dict[str, str]
"""By path: mode and hash of the content, as `git update-index --index-info` takes them."""


class PublishError(Exception):
    """Why the page was not published, and what to do."""


@dataclass(frozen=True)
class Target:
    """Where a page goes."""

    remote: str
    """Its address."""
    branch: str
    folder: str = ""
    """Below the top of the branch, with a slash at its end; empty for the top itself."""

    @property
    def subject(self) -> str:
        """First line of the commits that are made for it."""
        return f"{SUBJECT} in {self.folder}" if self.folder else SUBJECT

    def __str__(self) -> str:
        """For the terminal."""
        place = f"{self.folder} on {self.branch}" if self.folder else self.branch
        return f"{place} of {for_owner(self.remote)}"


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
        if "safe.directory" in answer.stderr:
            raise PublishError(f"git does not trust this folder: {reason(answer)}")
        if answer.returncode:
            raise PublishError("this folder is no git repository; `git init` makes it one")
        return cls(answer.stdout.strip())

    def top(self) -> Path | None:
        """The top folder of the working tree that the current folder is in."""
        process = Git("").run("rev-parse", "--show-toplevel")
        return Path(process.stdout.strip()) if not process.returncode else None

    def run(
        self, *arguments: str, cwd: Path | None = None, index: str = "", given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """One git command to its end, `given` as its input; it never waits for a password."""
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
                input=given if given else None,
                capture_output=True,
                text=True,
                errors="surrogateescape",
                cwd=cwd,
                env=environment,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise PublishError(f"git {arguments[0]} took longer than {SECONDS} s") from error

    def output(
        self, *arguments: str, cwd: Path | None = None, index: str = "", given: str = ""
    ) -> str:
        """What a git command that has to succeed prints; PublishError with its words if not."""
        process = self.run(*arguments, cwd=cwd, index=index, given=given)
        if process.returncode:
            raise PublishError(reason(process))
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

    def publish(self, site: Path, to: Target, *, force: bool) -> list[str]:
        """Push the files of `site` as a commit on top of a branch; what happened, in lines.

        Files of earlier pages that are gone are removed. Everything else on the branch stays:
        what lies outside the folder, and what others added to it. Raises PublishError where the
        remote cannot be reached or refuses, or where the folder holds something that was not
        published from here and `force` is not given.
        """
        blobs = self._blobs(site)
        problem = ""
        for _ in range(TRIES):
            tip = self._tip(to)
            there = self._files(tip)
            outside = {p: entry for p, entry in there.items() if not p.startswith(to.folder)}
            inside = {p.removeprefix(to.folder): e for p, e in there.items() if p not in outside}
            ours = self._ours(tip, to)
            others = {*inside} - {*UNSERVED}
            if others and not force and OURS not in inside and not ours:
                named = sorted({path.split("/")[0] for path in others})
                raise PublishError(
                    f"{to} holds something else ({', '.join(named[:4])}"
                    f"); FORCE=1 puts the page on top of it, and its history keeps it"
                )
            kept = {p: e for p, e in inside.items() if p not in blobs and p not in ours}
            files = outside | {to.folder + path: e for path, e in (kept | blobs).items()}
            if not to.folder:
                files[".nojekyll"] = self._empty()
            tree = self._tree(files)
            foreign = {p for p, entry in inside.items() if p not in ours and entry != blobs.get(p)}
            remarks = _about_others(foreign, kept)
            if tip and tree == self.output("rev-parse", f"{tip}^{{tree}}"):
                return [f"Nothing to do: {to} holds this page already."]
            parents = ["-p", tip] if tip else []
            commit = self.output("commit-tree", tree, *parents, "-m", to.subject)
            target = f"{commit}:refs/heads/{to.branch}"
            process = self.run("push", "--porcelain", "--", to.remote, target)
            if not process.returncode:
                return [*remarks, f"Published {commit[:12]} on {to}."]
            problem = reason(process)
            if self._tip(to) == tip:  # else somebody was faster
                break
        raise PublishError(f"the push was refused: {problem}")

    def _tip(self, to: Target) -> str:
        """The commit the branch is at there, with its objects fetched; "" for no such branch."""
        ref = f"refs/heads/{to.branch}"
        process = self.run("ls-remote", "--", to.remote, ref)
        if process.returncode:
            raise PublishError(f"{for_owner(to.remote)} does not answer: {reason(process)}")
        lines = [line.split("\t") for line in process.stdout.splitlines()]
        tip = next((sha for sha, name in lines if name == ref), "")
        if tip and self.run("cat-file", "-e", f"{tip}^{{commit}}").returncode:
            with _unchanged(Path(self.folder) / "FETCH_HEAD"):  # git before 2.29 always writes it
                self.output("fetch", "--quiet", "--no-tags", "--", to.remote, ref)
        return tip

    def _files(self, commit: str) -> Files:
        """Every file of a commit; none of "" for no commit."""
        listed = self.run("ls-tree", "-r", "-z", commit).stdout if commit else ""
        entries = (line.partition("\t") for line in listed.split("\0") if line)
        return {path: " ".join(about.split()[0:3:2]) for about, _, path in entries}

    def _ours(self, tip: str, to: Target) -> set[str]:
        """Paths within the folder that were last changed by publishing to it."""
        if not tip:
            return set()
        form = "--format=%x01%s%x02"
        log = self.output("log", "-m", "--first-parent", "--name-only", "-z", form, tip)
        last: dict[str, str] = {}
        for commit in log.split("\x01")[1:]:
            subject, _, names = commit.partition("\x02")
            for name in names.split("\0"):
                last.setdefault(name.strip("\n"), subject)
        ours = (path for path, subject in last.items() if subject == to.subject)
        return {path.removeprefix(to.folder) for path in ours if path.startswith(to.folder)}

    def _empty(self) -> str:
        return f"100644 {self.output('hash-object', '-w', '--no-filters', '--', os.devnull)}"

    def _blobs(self, site: Path) -> Files:
        """The files of a page as objects of the repository, to the byte."""
        paths = files_of(site)
        given = "".join(f"{path}\n" for path in paths)
        hashes = self.output(
            "hash-object", "-w", "--no-filters", "--stdin-paths", cwd=site, given=given
        ).split()
        return {path: f"100644 {sha}" for path, sha in zip(paths, hashes, strict=True)}

    def _tree(self, files: Mapping[str, str]) -> str:
        with tempfile.TemporaryDirectory() as folder:
            index = str(Path(folder) / "index")
            given = "".join(f"{entry}\t{path}\0" for path, entry in files.items())
            self.output("update-index", "-z", "--index-info", index=index, given=given)
            return self.output("write-tree", index=index)


def folder_of(text: str) -> str:
    """A folder of a branch as asked for, with a slash at its end; "" for the top.

    Raises PublishError for a path that leaves the branch or is none.
    """
    path = PurePosixPath(text.strip() or ".")
    if path.is_absolute() or any(p in ("..", ".git") or p.startswith("-") for p in path.parts):
        raise PublishError(f"expected a folder of the site such as bench/, received {text!r}")
    return "" if path == PurePosixPath(".") else f"{path}/"


def files_of(site: Path) -> list[str]:
    """Paths of the files of a page, relative to its folder, in order; no repository's own.

    Raises PublishError for a symbolic link: it would be published as one, and lead nowhere.
    """
    paths = []
    for folder, folders, names in os.walk(site):
        folders[:] = sorted(set(folders) - {".git"})
        for name in [*folders, *sorted(set(names) - {".git"})]:
            path = Path(folder) / name
            if path.is_symlink():
                raise PublishError(
                    f"expected files, received a symbolic link: {path}; put a copy of what it "
                    "leads to in its place, or remove it"
                )
            if path.is_file():
                shown = path.relative_to(site).as_posix()
                if "\n" in shown:
                    raise PublishError(f"expected a name of one line, received {shown!r}")
                paths.append(shown)
    return sorted(paths)


def reason(process: subprocess.CompletedProcess[str]) -> str:
    """Git's own words, without secrets, and what to do where it is known."""
    lines = [line for line in (process.stderr + process.stdout).splitlines() if line.strip()]
    messages = [
        line for line in lines if line.startswith(("fatal:", "error:", "!", "remote:"))
    ] or lines
    text = for_owner(" ".join(messages[:4])) or f"git ended with {process.returncode}"
    if "tell me who you are" in process.stderr or "ident name" in process.stderr:
        text += '; `git config user.name "…"` and `git config user.email …` say who publishes'
    return text


def _about_others(foreign: Collection[str], kept: Collection[str]) -> Iterator[str]:
    """What becomes of files that others put on the branch, in lines."""
    added = sorted({*foreign} & {*kept} - {*UNSERVED})
    if added:
        names = first_few(added, MOST_NAMES)
        yield f"Kept, since it was not published from here: {names}."
    replaced = sorted({*foreign} - {*kept} - {*UNSERVED})
    if replaced:
        names = first_few(replaced, MOST_NAMES)
        yield f"Replaced, though changed on the branch by others: {names}."


@contextmanager
def _unchanged(path: Path) -> Iterator[None]:
    """Put a file back as it was before the block, or remove it where there was none."""
    before = path.read_bytes() if path.is_file() else None
    try:
        yield
    finally:
        if before is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(before)
