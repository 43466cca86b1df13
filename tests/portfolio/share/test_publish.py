"""`python -m portfolio publish` against real repositories on disk; nothing of git is imitated."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import shutil
import stat
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import portfolio_synthetic as synthetic
import pytest
from conftest import CHECKOUT, Place, workshop

from portfolio.page.build import build
from portfolio.share.publish import address
from runners.redaction import for_owner

SITE = "portfolio/site"


def git(folder: Path, *arguments: str) -> str:
    """What a git command prints."""
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records and the page built from them."""
    root = tmp_path_factory.mktemp("built")
    build(synthetic.showcase(root / "runs").root, root / SITE)
    return root


class Checkout:
    """A checkout with a page and a bare repository as its origin."""

    def __init__(self, place: Place, built: Path) -> None:
        self.place = place
        self.work, self.bare = place.root / "work", place.root / "origin.git"
        subprocess.run(["git", "init", "-q", "--bare", str(self.bare)], check=True)
        subprocess.run(["git", "init", "-q", "-b", "main", str(self.work)], check=True)
        for key, value in (("user.name", "A Person"), ("user.email", "person@example.org")):
            git(self.work, "config", key, value)
        git(self.work, "remote", "add", "origin", str(self.bare))
        (self.work / "README.md").write_text("A portfolio.\n")
        (self.work / ".gitignore").write_text("runs/\nportfolio/site/\n*.svg\n")
        git(self.work, "add", ".")
        git(self.work, "commit", "-q", "-m", "Begin")
        git(self.work, "push", "-q", "origin", "main")
        shutil.copytree(built, self.work, dirs_exist_ok=True)

    def publish(
        self, *arguments: str, yes: bool = True, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """`python -m portfolio publish` as `make publish YES=1` starts it."""
        own = {"PYTHONPATH": str(CHECKOUT), **more}
        given = [*arguments, *(["--yes"] if yes else [])]
        place = Place(self.place.root, code=self.work)
        return place.python("-m", "portfolio", "publish", *given, **own)

    def pages(self, branch: str = "gh-pages") -> dict[str, str]:
        """Every file of the published branch by its path, as git's hash of its content."""
        listed = git(self.bare, "ls-tree", "-r", "--format=%(objectname) %(path)", branch)
        return {path: sha for sha, path in (line.split(" ", 1) for line in listed.splitlines())}

    def state(self) -> tuple[str, str, str, bytes]:
        """What publishing must leave alone: status, branches, head and index."""
        return (
            git(self.work, "status", "--porcelain", "--ignored"),
            git(self.work, "for-each-ref", "--format=%(refname) %(objectname)"),
            git(self.work, "symbolic-ref", "HEAD"),
            (self.work / ".git" / "index").read_bytes(),
        )

    def expected(self) -> set[str]:
        """The paths of the page as built, and `.nojekyll`."""
        site = self.work / SITE
        return {p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file()} | {
            ".nojekyll"
        }


@pytest.fixture
def checkout(place: Place, built: Path) -> Checkout:
    return Checkout(place, built)


def test_the_first_time_and_again(checkout: Checkout) -> None:
    (checkout.work / "README.md").write_text("Changed, and not committed.\n")
    (checkout.work / "new.txt").write_text("Staged.\n")
    git(checkout.work, "add", "new.txt")
    before = checkout.state()

    done = checkout.publish()
    assert done.returncode == 0, done.stderr
    assert "Published" in done.stdout
    assert checkout.state() == before
    assert set(checkout.pages()) == checkout.expected(), "ignored files belong to the page too"
    index = git(checkout.work, "hash-object", "--no-filters", f"{SITE}/index.html")
    assert checkout.pages()["index.html"] == index
    assert git(checkout.bare, "rev-list", "--count", "gh-pages") == "1"

    again = checkout.publish()
    assert again.returncode == 0, again.stderr
    assert "Nothing to do" in again.stdout
    assert git(checkout.bare, "rev-list", "--count", "gh-pages") == "1"

    (checkout.work / SITE / "method.html").unlink()
    (checkout.work / SITE / "index.html").write_text("<!doctype html>\r\n<title>New</title>\r\n")
    third = checkout.publish()
    assert third.returncode == 0, third.stderr
    assert "method.html" not in checkout.pages()
    assert git(checkout.bare, "rev-list", "--count", "gh-pages") == "2"
    assert "method.html" in git(checkout.bare, "ls-tree", "--name-only", "gh-pages~1")
    shown = subprocess.run(
        ["git", "-C", str(checkout.bare), "show", "gh-pages:index.html"], capture_output=True
    )
    assert shown.stdout == (checkout.work / SITE / "index.html").read_bytes(), "to the byte"


def test_the_bytes_are_kept_whatever_git_is_told_of_line_ends(checkout: Checkout) -> None:
    git(checkout.work, "config", "core.autocrlf", "true")
    (checkout.work / ".gitattributes").write_text("* text eol=crlf\n")
    (checkout.work / SITE / "index.html").write_bytes(b"<!doctype html>\r\n<title>x</title>\n")
    assert checkout.publish().returncode == 0
    shown = subprocess.run(
        ["git", "-C", str(checkout.bare), "show", "gh-pages:index.html"], capture_output=True
    )
    assert shown.stdout == b"<!doctype html>\r\n<title>x</title>\n"


def test_somebody_else_published_before(checkout: Checkout) -> None:
    assert checkout.publish().returncode == 0
    other = checkout.place.root / "other"
    subprocess.run(
        ["git", "clone", "-q", "-b", "gh-pages", str(checkout.bare), str(other)], check=True
    )
    for key, value in (("user.name", "Another"), ("user.email", "another@example.org")):
        git(other, "config", key, value)
    (other / "CNAME").write_text("portfolio.share.example.org\n")
    git(other, "add", ".")
    git(other, "commit", "-q", "-m", "A domain")
    git(other, "push", "-q")
    (checkout.work / SITE / "index.html").write_text("<!doctype html><title>Newer</title>")
    done = checkout.publish()
    assert done.returncode == 0, done.stderr
    assert git(checkout.bare, "rev-list", "--count", "gh-pages") == "3"
    assert git(checkout.bare, "show", "gh-pages:CNAME") == "portfolio.share.example.org"


def test_somebody_else_publishes_meanwhile(checkout: Checkout) -> None:
    """The remote moves the branch after it was looked at: the push is tried again on top."""
    assert checkout.publish().returncode == 0
    theirs = git(
        checkout.bare, "-c", "user.name=B", "-c", "user.email=b@example.org", "commit-tree",
        "gh-pages^{tree}", "-p", "gh-pages", "-m", "Faster",
    )  # fmt: skip
    hook = checkout.work / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        f"#!/bin/sh\n[ -e {hook}.done ] && exit 0\ntouch {hook}.done\n"
        f"git --git-dir='{checkout.bare}' update-ref refs/heads/gh-pages {theirs}\n"
    )
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    (checkout.work / SITE / "index.html").write_text("<!doctype html><title>Ours</title>")
    done = checkout.publish()
    assert done.returncode == 0, done.stderr
    assert (hook.parent / "pre-push.done").exists(), "the race did not happen"
    assert git(checkout.bare, "rev-parse", "gh-pages~1") == theirs


def test_a_branch_that_holds_something_else_is_left_alone(checkout: Checkout) -> None:
    git(checkout.work, "push", "-q", "origin", "main:gh-pages")
    refused = checkout.publish()
    assert refused.returncode == 1
    assert "holds something else (.gitignore, README.md)" in refused.stderr
    assert set(checkout.pages()) == {".gitignore", "README.md"}
    forced = checkout.publish("--force")
    assert forced.returncode == 0, forced.stderr
    assert "index.html" in checkout.pages()
    assert git(checkout.bare, "show", "gh-pages~1:README.md") == "A portfolio."


def test_it_asks_and_does_nothing_unasked(checkout: Checkout) -> None:
    done = checkout.publish(yes=False)
    assert done.returncode == 2
    assert "YES=1" in done.stderr
    assert not git(checkout.bare, "branch", "--list", "gh-pages")


@pytest.mark.parametrize("change", ["no page", "no result", "no remote", "no repository", "no git"])
def test_what_cannot_be_published_is_refused(checkout: Checkout, change: str) -> None:
    more = {}
    if change == "no page":
        shutil.rmtree(checkout.work / SITE)
        said = "there is no page in portfolio/site"
    elif change == "no result":
        (checkout.work / SITE / "results.json").write_text('{"benchmarks": []}')
        said = "no result to show"
    elif change == "no remote":
        git(checkout.work, "remote", "remove", "origin")
        said = "expected a remote named 'origin'"
    elif change == "no repository":
        shutil.rmtree(checkout.work / ".git")
        more["GIT_CEILING_DIRECTORIES"] = str(checkout.place.root)
        said = "no git repository"
    else:
        more["PATH"] = str(checkout.place.root / "nothing")
        said = "git is not installed"
    done = checkout.publish(**more)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not git(checkout.bare, "branch", "--list", "gh-pages")


def test_a_remote_that_cannot_be_reached(checkout: Checkout) -> None:
    git(checkout.work, "remote", "set-url", "origin", "https://me:secret@127.0.0.1:9/o/r.git")
    done = checkout.publish()
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert "secret" not in done.stdout + done.stderr
    git(checkout.work, "remote", "set-url", "origin", str(checkout.place.root / "gone.git"))
    done = checkout.publish()
    assert done.returncode == 1
    assert "does not answer" in done.stderr


@pytest.mark.parametrize(
    "name",
    ["main", "--force", "-d", "a..b", "a b", "", "x.lock", "a~1", "refs/../main", "@{-1}", "a:b"],
)
def test_hostile_names_of_branches_are_refused(checkout: Checkout, name: str) -> None:
    before = git(checkout.bare, "for-each-ref")
    done = checkout.publish(f"--branch={name}")
    assert done.returncode == 2, done.stdout
    assert "branch" in done.stderr
    assert git(checkout.bare, "for-each-ref") == before


def test_a_name_a_shell_would_run_is_a_name(checkout: Checkout) -> None:
    name = "$(touch${IFS}hacked);`id`"
    done = checkout.publish(f"--branch={name}")
    assert done.returncode == 0, done.stderr
    assert "index.html" in checkout.pages(f"refs/heads/{name}")
    assert not list(checkout.place.root.rglob("hacked*"))


def test_a_dirty_result_is_refused_and_named(checkout: Checkout) -> None:
    record = next((checkout.work / "runs/records").rglob("uci/concrete/mlp-50/00-*.json"))
    later = (checkout.work / SITE / "results.json").stat().st_mtime + 5
    os.utime(record, (later, later))
    done = checkout.publish()
    assert done.returncode == 2
    assert "older than 1 file in runs" in done.stderr
    assert "make portfolio" in done.stderr
    forced = checkout.publish("--force")
    assert forced.returncode == 0, forced.stderr


def test_records_made_with_uncommitted_changes_are_refused(
    checkout: Checkout, tmp_path: Path
) -> None:
    runs = synthetic.Runs(checkout.work / "runs")
    one = synthetic.record(
        synthetic.benchmark("uci/yacht"), "mlp", 0, 1.0, kind="keras", headline=True
    )
    one["environment"]["git"]["dirty"] = True
    synthetic.write(runs, one)
    build(runs.root, checkout.work / SITE)
    done = checkout.publish()
    assert done.returncode == 2
    assert "made with uncommitted changes: uci/yacht;" in done.stderr
    assert "make bench ONLY='uci/yacht' FRESH=1" in done.stderr
    assert checkout.publish("--force").returncode == 0


def test_who_publishes_has_to_be_known(checkout: Checkout) -> None:
    for key in ("user.name", "user.email"):
        git(checkout.work, "config", "--unset", key)
    git(checkout.work, "config", "user.useConfigOnly", "true")
    done = checkout.publish()
    assert done.returncode == 1
    assert "git config user.name" in done.stderr


def test_a_file_somebody_added_to_the_branch_stays_and_is_named(checkout: Checkout) -> None:
    assert checkout.publish().returncode == 0
    other = checkout.place.root / "other"
    git(checkout.work, "clone", "-q", "-b", "gh-pages", str(checkout.bare), str(other))
    for key, value in (("user.name", "Another"), ("user.email", "another@example.org")):
        git(other, "config", key, value)
    (other / "ads.txt").write_text("theirs\n")
    (other / "method.html").write_text("<!doctype html><title>Changed there</title>")
    git(other, "add", ".")
    git(other, "commit", "-q", "-m", "Theirs")
    git(other, "push", "-q")
    (checkout.work / SITE / "uci/digits.html").unlink()
    done = checkout.publish()
    assert done.returncode == 0, done.stderr
    assert "Kept, since it was not published from here: ads.txt." in done.stdout
    assert "Replaced, though changed on the branch by others: method.html." in done.stdout
    assert git(checkout.bare, "show", "gh-pages:ads.txt") == "theirs"
    assert "uci/digits.html" not in checkout.pages(), "a former page of ours"
    again = checkout.publish()
    assert "Nothing to do" in again.stdout, "what was kept once is kept, and no page of ours"
    assert set(checkout.pages()) == checkout.expected() | {"ads.txt"}


def test_into_a_folder_of_a_site_that_is_there_already(checkout: Checkout) -> None:
    site = checkout.place.root / "elsewhere"
    git(checkout.work, "clone", "-q", str(checkout.bare), str(site))
    git(site, "checkout", "-q", "--orphan", "gh-pages")
    for path, text in (("CNAME", "ada.example.org\n"), ("_posts/a.md", "a\n"), ("bench.html", "b")):
        (site / path).parent.mkdir(exist_ok=True)
        (site / path).write_text(text)
    git(site, "add", "-A")
    git(site, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "-m", "Mine")
    git(site, "push", "-q", "origin", "gh-pages")
    before = checkout.pages()

    done = checkout.publish("--to", "bench/")
    assert done.returncode == 0, done.stderr
    assert "bench/ on gh-pages" in done.stdout
    pages = checkout.pages()
    ours = {f"bench/{path}" for path in checkout.expected() - {".nojekyll"}}
    assert set(pages) == {*before, *ours}, "and no switch of the host's for the other pages"
    assert {path: pages[path] for path in before} == before

    (checkout.work / SITE / "method.html").unlink()
    assert checkout.publish("--to", "bench").returncode == 0
    assert set(checkout.pages()) == {*before, *ours} - {"bench/method.html"}
    top = checkout.publish()
    assert top.returncode == 1
    assert "holds something else" in top.stderr
    for name in ("../x", "/x", "a/../../x", ".git/x"):
        refused = checkout.publish("--to", name)
        assert refused.returncode == 2
        assert "expected a folder of the site such as bench/" in refused.stderr


def test_a_symbolic_link_is_refused_before_anything_is_written(checkout: Checkout) -> None:
    (checkout.work / SITE / "notes.html").symlink_to("/etc/hostname")
    done = checkout.publish()
    assert done.returncode == 2
    assert "received a symbolic link: portfolio/site/notes.html" in done.stderr
    assert not git(checkout.bare, "branch", "--list", "gh-pages")


OLD_GIT = """#!/bin/sh
for one in "$@"; do
  case "$one" in --no-write-fetch-head|--format=*objectname*|--end-of-options)
    echo "error: unknown option \\`$one'" >&2; exit 129;; esac
done
exec {git} "$@"
"""


def test_a_git_before_2_29(checkout: Checkout) -> None:
    """Which has no `fetch --no-write-fetch-head`: what it writes all the same is put back."""
    real = shutil.which("git")
    wrapped = checkout.place.root / "bin" / "git"
    wrapped.parent.mkdir()
    wrapped.write_text(OLD_GIT.replace("{git}", str(real)))
    wrapped.chmod(0o755)
    assert checkout.publish().returncode == 0
    other = checkout.place.root / "other"
    git(checkout.work, "clone", "-q", "-b", "gh-pages", str(checkout.bare), str(other))
    who = ("-c", "user.name=B", "-c", "user.email=b@example.org")
    git(other, *who, "commit", "-q", "--allow-empty", "-m", "Meanwhile")
    git(other, "push", "-q")
    (checkout.work / SITE / "index.html").write_text("<!doctype html><title>New</title>")
    before = checkout.state()
    done = checkout.publish(PATH=f"{wrapped.parent}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
    assert checkout.state() == before
    assert not (checkout.work / ".git" / "FETCH_HEAD").exists()


def test_of_nested_repositories_the_one_in_use_is_named(checkout: Checkout) -> None:
    """A clone without `.git` inside another repository would publish to that one's remote."""
    inner = checkout.work / "folio"
    inner.mkdir()
    shutil.copytree(checkout.work / "runs", inner / "runs")
    shutil.copytree(checkout.work / "portfolio", inner / "portfolio")
    place = Place(checkout.place.root, code=inner)
    asked = place.python("-m", "portfolio", "publish", PYTHONPATH=str(CHECKOUT))
    assert asked.returncode == 2
    assert f"of the repository {checkout.work}, which this folder lies in, goes to" in asked.stdout
    git(inner, "init", "-q", "-b", "main")
    git(inner, "remote", "add", "origin", str(checkout.bare))
    asked = place.python("-m", "portfolio", "publish", PYTHONPATH=str(CHECKOUT))
    assert "portfolio/site of this repository goes to gh-pages" in asked.stdout
    shutil.copytree(checkout.work / ".git", inner / SITE / ".git")
    for key, value in (("user.name", "A Person"), ("user.email", "person@example.org")):
        git(inner, "config", key, value)
    done = place.python("-m", "portfolio", "publish", "--yes", PYTHONPATH=str(CHECKOUT))
    assert done.returncode == 0, done.stderr
    assert not any(".git/" in path for path in checkout.pages())


def test_results_without_a_commit_are_named(checkout: Checkout) -> None:
    runs = synthetic.Runs(checkout.work / "runs")
    one = synthetic.record(
        synthetic.benchmark("uci/yacht"), "mlp", 0, 1.0, kind="keras", headline=True
    )
    one["environment"]["git"] = {}
    synthetic.write(runs, one)
    build(runs.root, checkout.work / SITE)
    done = checkout.publish()
    assert done.returncode == 0, done.stderr
    assert "No commit is known of uci/yacht: made outside a git repository." in done.stdout


def own(checkout: Checkout, url: str = "") -> None:
    """Records and a page of a benchmark of own data."""
    runs = synthetic.Runs(checkout.work / "runs")
    facts = synthetic.benchmark("mine/ward")
    for name, other in (("mlp", {"kind": "keras", "headline": True}), ("mean", {"floor": True})):
        synthetic.write(runs, synthetic.record(facts, name, 0, 1.0, data={"url": url}, **other))
    build(runs.root, checkout.work / SITE)


def test_own_data_is_not_published_by_a_yes(checkout: Checkout) -> None:
    own(checkout)
    done = checkout.publish()
    assert done.returncode == 2
    assert "mine/ward is of own data: no rows of it would become public" in done.stderr
    assert (
        'YES=1 is not enough for that: allow it by name, in portfolio.toml: publish = ["mine/ward"]'
        in done.stderr
    )
    assert not git(checkout.bare, "branch", "--list", "gh-pages")
    (checkout.work / "portfolio.toml").write_text('publish = ["mine/ward"]\n')
    older = checkout.publish()
    assert "the page is older than portfolio.toml" in older.stderr
    build(checkout.work / "runs", checkout.work / SITE)
    assert checkout.publish().returncode == 0
    assert "mine/ward.html" in checkout.pages()


def test_rows_of_own_data_are_named_where_they_are_shown(checkout: Checkout) -> None:
    (checkout.work / "portfolio.toml").write_text('samples = ["mine/ward"]\n')
    own(checkout)
    done = checkout.publish()
    assert "single rows of it would become public" in done.stderr


def test_a_copy_that_is_public_is_no_data_of_ones_own(checkout: Checkout) -> None:
    own(checkout, "https://archive.ics.uci.edu/dataset/45")
    assert checkout.publish().returncode == 0


def test_the_terminal_is_asked_for_own_data_by_itself(checkout: Checkout) -> None:
    """A person at a terminal answers twice: for the data, and for the page."""
    own(checkout)
    for answers, published in ((b"n\n", False), (b"y\nn\n", False), (b"y\ny\n", True)):
        ours, theirs = os.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "portfolio", "publish"],
            cwd=checkout.work,
            env=checkout.place.environment(PYTHONPATH=str(CHECKOUT)),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.write(ours, answers)
        out, err = process.communicate(timeout=120)
        os.close(theirs)
        os.close(ours)
        assert b"Publish what the page shows of mine/ward? [y/N]" in out, err
        assert (process.returncode == 0) == published
        assert bool(git(checkout.bare, "branch", "--list", "gh-pages")) == published


def test_a_definition_that_no_commit_holds_is_refused(checkout: Checkout) -> None:
    """Whoever checked the commit out would not find what the page shows."""
    code = workshop(checkout.place.root / "clone")
    mine = code / "benchmarks" / "mine"
    mine.mkdir()
    text = (CHECKOUT / "benchmarks/uci/wine.py").read_text()
    (mine / "ward.py").write_text(text.replace('"uci/wine"', '"mine/ward"'))
    shutil.copytree(checkout.work / ".git", code / ".git")
    (code / ".gitignore").write_text("runs/\nportfolio/site/\nbenchmarks/mine/\n")
    git(code, "add", "-A")
    git(code, "commit", "-q", "-m", "The project")
    commit = git(code, "rev-parse", "HEAD")

    def page() -> Place:
        runs = synthetic.Runs(code / "runs")
        one = synthetic.record(
            synthetic.benchmark("mine/ward"), "mlp", 0, 1.0, kind="keras", headline=True
        )
        one["environment"]["git"] = {"commit": commit, "dirty": False}
        synthetic.write(runs, one)
        build(runs.root, code / SITE)
        return Place(checkout.place.root, code=code)

    done = page().python("-m", "portfolio", "publish", "--yes")
    assert done.returncode == 2
    assert (
        "defined in files that no commit holds: mine/ward (benchmarks/mine/ward.py)" in done.stderr
    )
    git(code, "add", "-f", "benchmarks/mine/ward.py")
    git(code, "commit", "-q", "-m", "The definition")
    done = page().python("-m", "portfolio", "publish", "--yes")
    assert done.returncode == 2
    assert "made at a commit that lacks the definition: mine/ward;" in done.stderr
    commit = git(code, "rev-parse", "HEAD")
    assert page().python("-m", "portfolio", "publish", "--yes").returncode == 0


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder on a port of 127.0.0.1."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_what_was_published_works_in_a_folder_of_a_host(checkout: Checkout) -> None:
    import re

    assert checkout.publish().returncode == 0
    host = checkout.place.root / "host"
    git(checkout.work, "clone", "-q", "-b", "gh-pages", str(checkout.bare), str(host / "folio"))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with served(host) as root:
        todo, seen = [f"{root}/folio/"], set()
        while todo:
            at = todo.pop()
            if at in seen:
                continue
            seen.add(at)
            with opener.open(at) as answer:
                assert answer.status == 200
                if "html" not in answer.headers["Content-Type"]:
                    continue
                text = answer.read().decode()
            for link in re.findall(r'(?:href|src)="([^"#]*)', text):
                assert not link.startswith("/"), f"{link} leaves the folder"
                if link and not re.match(r"[a-z]+:", link):
                    todo.append(urllib.request.urljoin(at, link))
    assert len(seen) > 5
    assert all(address.startswith(f"{root}/folio/") for address in seen)


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://github.com/Ada/folio.git", "https://ada.github.io/folio/"),
        ("https://github.com/ada/folio", "https://ada.github.io/folio/"),
        ("https://ada:token@github.com/ada/folio.git", "https://ada.github.io/folio/"),
        ("git@github.com:ada/folio.git", "https://ada.github.io/folio/"),
        ("github.com:ada/folio", "https://ada.github.io/folio/"),
        ("ssh://git@github.com/ada/folio.git", "https://ada.github.io/folio/"),
        ("ssh://git@ssh.github.com:443/ada/folio.git", "https://ada.github.io/folio/"),
        ("git@github.com:Ada/ada.github.io.git", "https://ada.github.io/"),
        ("https://github.com/ada/Ada.github.io/", "https://ada.github.io/"),
        ("git@github.com:ada/my.folio.git", "https://ada.github.io/my.folio/"),
        ("https://gitlab.com/ada/folio.git", None),
        ("https://github.com.evil.org/ada/folio.git", None),
        ("https://evil.org/github.com/ada/folio", None),
        ("https://github.com/ada", None),
        ("../origin.git", None),
        ("", None),
    ],
)
def test_the_address(remote: str, expected: str | None) -> None:
    assert address(remote) == expected


def test_no_secret_is_printed() -> None:
    assert for_owner("https://me:secret@host/o/r.git") == "https://host/o/r.git"


def test_the_address_is_said(checkout: Checkout) -> None:
    """Said before anything happens; GitHub itself is out of reach here."""
    git(checkout.work, "remote", "set-url", "origin", "git@github.com:ada/folio.git")
    done = checkout.publish(yes=False)
    assert "https://ada.github.io/folio/" in done.stdout
    git(checkout.work, "remote", "set-url", "origin", str(checkout.bare))
    done = checkout.publish(yes=False)
    assert "knows only that of GitHub Pages" in done.stdout
