"""Stopped at any moment, out of space, out of rights: records stay whole, the next run goes on."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import CHECKOUT, Finished, Place, copied, ended, until, workshop
from filelock import FileLock

from runners.records.record import parse
from runners.records.store import Runs

SLOW = '''
"""Wine, thirty folds that take their time."""

import time
from dataclasses import replace

import numpy as np

from benchmarks import Entry, Fitted, benchmark
from benchmarks.entries import majority
from benchmarks.uci import wine


def sleeps(trainings):
    time.sleep(0.3)
    return [Fitted(lambda x: np.full((len(x), 3), 1 / 3)) for _ in trainings]


@benchmark("toy/slow")
def slow():
    """Slow enough to be stopped in the middle."""
    entry = Entry("sleeper", "reference", sleeps, "Sleeps.", stack=1, headline=True)
    return replace(wine.wine(), entries=[majority(), entry])
'''
BENCH = ("bench", "--suite", "quick", "--only", "toy/slow")


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a benchmark that takes its time."""
    folder = workshop(tmp_path_factory.mktemp("slow"), "uci/wine")
    (folder / "benchmarks/toy").mkdir()
    (folder / "benchmarks/toy/slow.py").write_text(SLOW)
    return folder


@pytest.fixture
def slow(place: Place, code: Path) -> Place:
    place.code = code
    return place


def whole(place: Place) -> dict[str, bytes]:
    """All records, after making sure that every file is one, with its predictions."""
    records = place.records()
    assert not place.halves()
    for name, content in records.items():
        parse(content)
        assert (place.runs / "records" / name).with_suffix(".npz").stat().st_size
    runs = Runs(place.runs)
    assert len(list(runs.read())) == len(records)
    assert not runs.quarantined
    return records


def stopped(process: subprocess.Popen[str], seconds: float = 30) -> str:
    """What a run said that was asked to stop: it is resumable, and there is no traceback.

    A shell says 130 for the exit code 130 and for death by SIGINT, which is how Python ends when
    the exception began inside code run by `exec`, though it was caught.
    """
    out, err = ended(process, seconds)
    assert process.returncode in (130, -signal.SIGINT), out + err
    assert "interrupted" in out + err
    assert "Traceback" not in out + err
    return out + err


def in_a_terminal(place: Place, *arguments: str) -> tuple[int, str]:
    """Exit code of `python -m runners …` and all it draws on a terminal of 120 columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "runners", *arguments],
        cwd=place.code,
        env=place.environment(TERM="xterm-256color"),
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # what Linux says when the last writer has gone
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    return process.wait(30), shown.decode()


def test_stopped_again_and_again_it_goes_on_where_it_was(slow: Place) -> None:
    """Ctrl-C, `kill` and `kill -9` in turn; then to the end. Nothing done is done again."""
    arguments = (*BENCH, *slow.folders)

    def more_than(count: int) -> Callable[[], bool]:
        return lambda: len(slow.records()) > count

    process = slow.start(*arguments)
    until(more_than(32), "the third slow trial", process)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends Ctrl-C to the whole group
    said = "interrupted; finished trials are kept, `make bench` continues from here"
    assert said in stopped(process)
    first = whole(slow)
    assert 32 < len(first) < 60

    process = slow.start(*arguments)
    until(more_than(len(first)), "a trial after Ctrl-C", process)
    os.kill(process.pid, signal.SIGTERM)  # `kill` sends to the parent alone
    stopped(process)
    second = whole(slow)
    assert first.items() < second.items()

    process = slow.start(*arguments)
    until(more_than(len(second)), "a trial after SIGTERM", process)
    os.kill(process.pid, signal.SIGKILL)
    ended(process)
    assert process.returncode == -signal.SIGKILL
    third = whole(slow)
    assert second.items() < third.items()

    code, shown = in_a_terminal(slow, *arguments)
    assert code == 0, shown
    assert f"{60 - len(third)} of 60 trials to run" in shown
    assert "60 trials done, 0 failed" in shown
    assert re.search("all trials .*━", shown), "no progress bar"
    last = whole(slow)
    assert third.items() < last.items()
    assert len(last) == 60
    results = json.loads((slow.site / "results.json").read_bytes())
    assert [b["status"] for b in results["benchmarks"]] == ["done"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_the_workers_load_it_ends_at_once(
    slow: Place, number: signal.Signals
) -> None:
    process = slow.start(*BENCH, *slow.folders)
    assert process.stdout is not None
    line = next(line for line in process.stdout if "trials to run (" in line)
    assert line.startswith("60 trials")
    # Seconds pass now until TensorFlow is loaded; one of them is enough for the fork server.
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    os.killpg(process.pid, number)
    stopped(process, 15)
    assert whole(slow) == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_before_anything_has_begun(slow: Place, number: signal.Signals) -> None:
    process = slow.start(*BENCH, *slow.folders)
    until(slow.runs.exists, "the start", process)
    os.killpg(process.pid, number)
    stopped(process, 15)
    assert whole(slow) == {}


def powerless() -> None:
    """Take from root the right to write where nobody may; runs in the child, before Python."""
    if os.geteuid() == 0:
        library = ctypes.CDLL(None, use_errno=True)
        for capability in (1, 2):  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH of capabilities(7)
            library.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def full() -> None:
    """No file may grow beyond 3,000 bytes, which a record does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))


def hindered(
    place: Place, hindrance: Callable[[], None], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """`python -m runners …` by somebody with less rights or room than this process."""
    return subprocess.run(
        [sys.executable, "-B", *arguments],
        cwd=place.code,
        env=place.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=hindrance,
    )


@pytest.fixture
def locked(slow: Place) -> Iterator[Callable[[Path], Path]]:
    """Make folders nobody may write to; skips where root cannot be held to that."""
    folders = []

    def lock(folder: Path) -> Path:
        folder.mkdir(mode=0o555)
        folders.append(folder)
        attempt = "import sys, pathlib; pathlib.Path(sys.argv[1], 'file').touch()"
        if not hindered(slow, powerless, "-c", attempt, str(folder)).returncode:
            pytest.skip("root may write everywhere on this system")
        return folder

    yield lock
    for folder in folders:
        folder.chmod(0o755)


def clear_error(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """One error line with these words, exit code 1 and no traceback."""
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert all(word in line for word in (*words, "choose a folder that can be written to"))


def test_a_runs_folder_that_cannot_be_written_to(
    slow: Place, locked: Callable[[Path], Path]
) -> None:
    runs = locked(slow.runs)
    done = hindered(slow, powerless, "-m", "runners", *BENCH, *slow.folders)
    clear_error(done, "Permission denied", str(runs))
    assert list(runs.iterdir()) == []


def test_a_site_folder_that_cannot_be_written_to(
    finished: Finished, slow: Place, locked: Callable[[Path], Path]
) -> None:
    """The records are there all the same, and the page is built once it can be."""
    copied(finished, slow)
    shutil.rmtree(slow.site)
    site = locked(slow.site)
    bench = ("-m", "runners", "bench", "--suite", "quick", "--only", "uci/wine", *slow.folders)
    clear_error(hindered(slow, powerless, *bench), "Permission denied", str(site))
    assert list(site.iterdir()) == []
    assert len(whole(slow)) == 140
    site.chmod(0o755)
    done = hindered(slow, powerless, *bench)
    assert done.returncode == 0, done.stderr
    assert (site / "index.html").stat().st_size


def test_a_data_folder_that_cannot_be_written_to(
    slow: Place, locked: Callable[[Path], Path]
) -> None:
    """What would have to be fetched cannot be kept; what a library carries needs no folder."""
    data = locked(slow.data)
    names = "uci/concrete,uci/wine,timeseries/sunspots-yearly"
    slow.code = CHECKOUT
    done = hindered(slow, powerless, "-m", "runners", "data", "--only", names)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    (said,) = [
        line for line in done.stdout.splitlines() if line.startswith("! uci/concrete has no data: ")
    ]
    assert f"the data folder {data} cannot be used" in said
    assert "set KERASFOLIO_DATA to a folder that can be written to" in said
    assert "178 rows  scikit-learn's copy" in done.stdout
    assert list(data.iterdir()) == []


def test_a_full_disk(slow: Place) -> None:
    done = hindered(slow, full, "-m", "runners", *BENCH, *slow.folders)
    clear_error(done, "File too large", "free some space")
    assert slow.records() == {}
    assert not slow.halves()
    assert not slow.site.exists()


def test_a_second_run_in_the_same_folder_waits_for_the_first(continued: Place) -> None:
    with FileLock(continued.runs / ".lock"):
        wine = ("--only", "uci/wine", "--suite", "quick")
        second = continued.start("bench", *wine, *continued.folders)
        assert second.stdout is not None
        line = second.stdout.readline()
        assert line.startswith("another run is working in ")
        assert str(continued.runs.resolve()) in line
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(1)
    out, err = ended(second)
    assert second.returncode == 0, out + err
    assert "Nothing to run" in out
