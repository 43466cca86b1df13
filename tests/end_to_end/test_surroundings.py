"""The command line in terminals, folders and environments that people have."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import CHECKOUT, Place, workshop

PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""A terminal of ASCII that Python does not take for UTF-8."""
ODD = 'it\'s "odd" ?%25#Größe'


@pytest.mark.parametrize(
    ("environment", "sign"),
    [
        ({"PYTHONIOENCODING": "ascii"}, b"? 0.8"),
        ({"PYTHONIOENCODING": "latin-1"}, b"\xb1 0.8"),
        ({"PYTHONIOENCODING": "iso8859-9", "LANG": "tr_TR.ISO-8859-9"}, b"\xb1 0.8"),
        (PLAIN, b"? 0.8"),
        ({"LANG": "C"}, "± 0.8".encode()),
    ],
)
def test_a_sign_the_terminal_lacks_is_a_question_mark(
    place: Place, environment: dict[str, str], sign: bytes
) -> None:
    clean = {k: v for k, v in place.environment(**environment).items() if k != "LC_ALL"}
    clean |= {k: v for k, v in environment.items() if k == "LC_ALL"}
    code = "import sys; from runners import terminal; terminal.in_utf8()\n"
    code += "sys.exit(terminal.run(lambda: print('\\u00b1 0.8') or 0))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, env=clean, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == sign + b"\n"
    listed = subprocess.run(
        [sys.executable, "-m", "runners", "list"], cwd=CHECKOUT, env=clean, capture_output=True
    )
    assert (listed.returncode, listed.stderr) == (0, b"")


def test_predictions_are_utf8_whatever_the_terminal(place: Place) -> None:
    code = (
        "import pandas; from runners.predict import flow\n"
        "flow.predictions = lambda *about: pandas.DataFrame({'class': ['Gr\\u00f6\\u00dfe']})\n"
        "flow.predict(flow.Request('mine/x'))"
    )
    environment = place.environment(PYTHONIOENCODING="ascii:replace")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, env=environment, capture_output=True
    )
    assert done.stdout == "class\nGröße\n".encode(), done.stderr


@pytest.mark.parametrize("command", ["list", "plan --suite full"])
def test_a_reader_that_has_gone_is_no_disk_error(place: Place, command: str) -> None:
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "runners", *command.split()],
        cwd=place.code,
        env=place.environment(),
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writing)
    os.close(reading)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 141
    assert err == ""


def test_sockets_fit_whatever_the_temporary_folder_is(tmp_path: Path, place: Place) -> None:
    """A real fork server and a worker of it, below a folder of 150 characters."""
    long = tmp_path / ("x" * 150)
    long.mkdir()
    code = (
        "import multiprocessing\n"
        "from runners.execution.engines.local import _keep_sockets_short\n"
        "_keep_sockets_short()\n"
        "worker = multiprocessing.get_context('forkserver').Process(target=print, args=['here'])\n"
        "worker.start(); worker.join()\n"
        "import tempfile; print(worker.exitcode, tempfile.gettempdir())\n"
    )
    done = place.python("-c", code, TMPDIR=str(long))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["here", "0", str(long)]


def test_an_error_of_the_system_names_its_own_remedy(place: Place) -> None:
    """A folder nobody can make is no full disk."""
    (place.root / "taken").write_text("")
    done = place.command("plan", "--runs", str(place.root / "taken" / "runs"))
    assert "free some space" not in done.stderr
    from runners.terminal import explained

    full, refused = OSError(28, "No space left on device"), PermissionError(13, "Permission denied")
    assert "free some space" in explained(full)
    assert "free some space" not in explained(refused)
    assert "choose a folder that can be written to" in explained(refused)
    assert explained(ConnectionResetError(104, "reset")) == "[Errno 104] reset"
    assert "TMPDIR" in explained(OSError("AF_UNIX path too long"))


@pytest.mark.slow
def test_a_run_in_an_odd_folder_and_a_poor_terminal(tmp_path: Path) -> None:
    """Quotes, blanks, signs of addresses and other letters, in ASCII, below a long TMPDIR."""
    root = tmp_path / ODD
    root.mkdir()
    code = workshop(root, "toy/celsius")
    place = Place(root, code)
    long = root / ("x" * 120)
    long.mkdir()
    bent = {**PLAIN, "TMPDIR": str(long), "PYTHONSTARTUP": "gone.py"}
    done = place.bench("--suite", "quick", "--only", "toy/celsius", **bent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failed" in done.stdout
    assert "! MLflow" not in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert (place.runs / "mlflow.db").is_file()
    assert (place.site / "index.html").is_file()
    assert [one.name for one in tmp_path.iterdir()] == [ODD]
    again = place.command("sync", "--runs", str(place.runs), **bent)
    assert ": 0 runs written" in again.stdout


# git


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A small repository with the code that reads its state."""
    folder = tmp_path / "clone"
    for package in ("runners", "benchmarks", "portfolio"):
        shutil.copytree(CHECKOUT / package, folder / package)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "one")
    return folder


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    return subprocess.run(
        ["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True, text=True
    ).stdout


def state(folder: Path, **environment: str) -> str:
    """What `make doctor` says of git in a folder."""
    code = "from runners.doctor.machine import git; c = git(); print(c.state, c.detail, c.remedy)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_git_as_it_is_found(clone: Path, tmp_path: Path) -> None:
    commit = git(clone, "rev-parse", "HEAD")[:12]
    assert f"ok commit {commit}" in state(clone)
    git(clone, "checkout", "--quiet", "--detach")
    assert f"ok commit {commit}" in state(clone)
    git(clone, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    assert f"ok commit {commit}" in state(tmp_path / "tree")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{clone}", str(tmp_path / "shallow"))
    assert f"ok commit {commit}" in state(tmp_path / "shallow")
    assert "git is not installed" in state(clone, PATH=str(tmp_path))
    refusing = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    told = state(clone, **refusing)
    assert "belongs to another user" in told
    assert f"git config --global --add safe.directory {clone}" in told
    shutil.rmtree(clone / ".git")
    assert "is in no git repository" in state(clone)
