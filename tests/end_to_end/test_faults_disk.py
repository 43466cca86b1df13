"""A full disk, a power cut, a home nobody may write to: nothing lost, nothing half, one clear line.

The disks are real: a small tmpfs in a mount namespace of its own, which needs no rights where the
system lets users have one.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Finished, Place, ended, workshop
from mlflow_help import client, of_networks, records, tagged
from test_interruption import BENCH, SLOW, hindered, powerless, whole

from runners.records.store import Runs, sweep

PAGE = 4096
"""Bytes a tmpfs hands out at a time."""


class Disk:
    """A tmpfs on `folder` that only `process` and what enters its namespace see."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        script = f"mount -t tmpfs -o size={megabytes}m tmpfs '{folder}' && echo mounted && read end"
        try:
            self.process = subprocess.Popen(
                ["unshare", "-rm", "sh", "-c", script],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        except OSError as error:
            pytest.skip(f"no mount namespaces here: {error}")
        assert self.process.stdout is not None
        if self.process.stdout.readline() != "mounted\n":
            pytest.skip(f"a small disk cannot be mounted: {self.process.communicate()[1].strip()}")
        self.enter = ["nsenter", "-t", str(self.process.pid), "-U", "-m", "--preserve-credentials"]

    @property
    def seen(self) -> Path:
        """Where this process finds the folder."""
        return Path(f"/proc/{self.process.pid}/root{self.folder}")

    @property
    def free(self) -> int:
        found = os.statvfs(self.seen)
        return found.f_bavail * found.f_bsize

    def leave(self, room: int) -> None:
        """Fill the disk until so many bytes are free."""
        balloon = self.seen / "balloon"
        balloon.unlink(missing_ok=True)
        balloon.write_bytes(b"\0" * (self.free - room))
        assert self.free == room

    def relieve(self) -> None:
        (self.seen / "balloon").unlink()

    def run(self, place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`python -m runners …` of somebody who sees the small disk."""
        return subprocess.run(
            [*self.enter, f"--wd={place.code}", sys.executable, "-m", "runners", *arguments],
            env=place.environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


@pytest.fixture
def disk(place: Place) -> Iterator[Disk]:
    """Thirty megabytes for the runs folder; the rest of the place lies elsewhere."""
    place.runs.mkdir()
    small = Disk(place.runs, 30)
    yield small
    small.process.communicate("end\n", timeout=10)


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a benchmark that takes its time."""
    folder = workshop(tmp_path_factory.mktemp("faults"), "uci/wine")
    (folder / "benchmarks/toy").mkdir()
    (folder / "benchmarks/toy/slow.py").write_text(SLOW.replace("sleep(0.3)", "sleep(0.1)"))
    return folder


def test_wherever_the_disk_is_full_a_trial_is_whole_or_not_there(
    finished: Finished, disk: Disk
) -> None:
    """Room for nothing, for the predictions alone, for half a record, for all of it."""
    (name, *_), *_ = of_networks(records(finished.place)).items()
    source = finished.place.runs / "records" / f"{name}.json"
    record = json.loads(source.read_bytes())
    predictions = source.with_suffix(".npz").read_bytes()
    runs = Runs(disk.seen)
    folder = runs.folder(record["benchmark"]["name"], record["entry"]["name"])
    folder.mkdir(parents=True)
    outcomes = []
    for pages in range(12):
        disk.leave(pages * PAGE)
        try:
            runs.write(record, predictions)
            number = 0
        except OSError as error:
            number = error.errno or -1
        assert number in (0, errno.ENOSPC)
        assert list(runs.read()) == ([] if number else [record])
        outcomes.append(sorted(path.suffix for path in folder.iterdir()))
        for path in folder.iterdir():
            path.unlink()
    assert not runs.quarantined
    assert outcomes[0] == []
    assert [".npz"] in outcomes
    assert outcomes[-1] == [".json", ".npz"]
    assert {len(suffixes) for suffixes in outcomes} == {0, 1, 2}


@pytest.mark.slow
def test_a_disk_that_fills_up_in_mid_run_costs_only_what_is_missing(
    place: Place, disk: Disk, code: Path
) -> None:
    place.code = code
    here = Place(place.root, code)
    disk.leave(100 * PAGE)
    done = disk.run(here, *BENCH, *here.folders)
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: [Errno 28] No space left on device")
    assert "free some space" in line
    seen = Seen(disk)
    kept = whole(seen)
    assert 0 < len(kept) < 60
    disk.relieve()
    done = disk.run(here, *BENCH, *here.folders)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{60 - len(kept)} of 60 trials to run" in done.stdout
    assert kept.items() < whole(seen).items()
    assert len(whole(seen)) == 60


class Seen(Place):
    """A runs folder that lies on a disk of its own, as this process sees it."""

    def __init__(self, disk: Disk) -> None:
        super().__init__(disk.seen.parent)
        self.disk = disk

    @property
    def runs(self) -> Path:
        return self.disk.seen

    def halves(self) -> list[Path]:
        return [path for path in self.runs.rglob("*.part") if path.is_file()]


@pytest.mark.slow
def test_a_disk_too_small_for_mlflow_costs_a_warning_and_sync_makes_up(
    finished: Finished, place: Place, disk: Disk
) -> None:
    """The records are there; the page, on another disk, is built; MLflow gets it all later."""
    shutil.copytree(finished.place.runs / "records", disk.seen / "records")
    seen = Seen(disk)
    before = whole(seen)
    disk.leave(60 * PAGE)
    bench = ("bench", "--suite", "quick", "--only", "uci/wine", *place.folders)
    done = disk.run(place, *bench)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    (warning,) = [line for line in done.stdout.splitlines() if "MLflow was not updated" in line]
    assert "disk is full" in warning or "No space left" in warning
    assert "`make sync` catches up" in warning
    assert (place.site / "index.html").stat().st_size
    assert whole(seen) == before
    disk.relieve()
    made_up = disk.run(place, "sync", "--runs", str(place.runs))
    assert made_up.returncode == 0, made_up.stderr
    shutil.copytree(disk.seen, place.root / "copy", ignore=shutil.ignore_patterns(".lock*"))
    store = client(place.root / "copy")
    assert tagged(store, "kerasfolio.trial").keys() == of_networks(records(seen)).keys()
    again = disk.run(place, *bench)
    assert again.returncode == 0, again.stderr
    assert "MLflow was not updated" not in again.stdout


POWER_CUT = '''
"""The machine loses power when the given number of files has been written, and not yet renamed."""

import os
import signal
import sys

left = int(os.environ.get("TEST_POWER_CUT") or 0)
rename = os.replace


def cut(source, target, **more):
    global left
    if str(target).endswith(os.environ["TEST_POWER_CUT_AT"]):
        left -= 1
        if not left:
            os.killpg(os.getpgid(0), signal.SIGKILL)
    return rename(source, target, **more)


if left:
    os.replace = cut
'''


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_a_power_cut_between_writing_and_renaming(place: Place, code: Path, suffix: str) -> None:
    """Half a file is no trial; the next run takes it away and trains that one again."""
    place.code = code
    site = place.root / "site-packages"
    site.mkdir()
    (site / "sitecustomize.py").write_text(POWER_CUT)
    process = place.start(
        *BENCH,
        *place.folders,
        PYTHONPATH=str(site),
        TEST_POWER_CUT="40",
        TEST_POWER_CUT_AT=suffix,
    )
    ended(process, 120)
    assert process.returncode == -signal.SIGKILL
    kept = place.records()
    (half,) = place.halves()
    assert half.stat().st_size
    assert len(kept) >= 30
    read = Runs(place.runs)
    assert len(list(read.read())) == len(kept)
    assert not read.quarantined
    done = place.bench(*BENCH[1:])
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{60 - len(kept)} of 60 trials to run" in done.stdout
    assert not half.exists()
    last = whole(place)
    assert kept.items() < last.items()
    assert len(last) == 60


def test_only_what_is_old_is_swept_where_others_may_write(tmp_path: Path) -> None:
    old, new = tmp_path / "a/.x.part", tmp_path / ".y.part"
    old.parent.mkdir()
    for path in (old, new, tmp_path / "mine.part", tmp_path / "z.json"):
        path.write_text("half")
    os.utime(old, (0, 0))
    assert sweep(tmp_path, older_than=3600) == 1
    assert not old.exists()
    assert sweep(tmp_path) == 1
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["mine.part", "z.json"]
    assert sweep(tmp_path / "nothing") == 0


@pytest.fixture
def homeless(place: Place) -> Iterator[Path]:
    """A home nobody may write to; skips where root cannot be held to that."""
    home = place.root / "home"
    home.mkdir(mode=0o555)
    attempt = "import sys, pathlib; pathlib.Path(sys.argv[1], 'file').touch()"
    if not hindered(place, powerless, "-c", attempt, str(home)).returncode:
        home.chmod(0o755)
        pytest.skip("root may write everywhere on this system")
    yield home
    home.chmod(0o755)


@pytest.mark.slow
def test_a_home_nobody_may_write_to(place: Place, homeless: Path) -> None:
    """What needs no cache runs, MLflow and Keras included; what does says what to set."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-B", "-m", "runners", *arguments],
            cwd=place.code,
            env=place.environment(KERASFOLIO_DATA=""),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            preexec_fn=powerless,
        )

    names = "timeseries/sunspots-yearly,uci/concrete"
    done = run("bench", "--suite", "quick", "--only", names, *place.folders)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "20 trials done, 0 failed; 1 benchmarks run, 1 skipped" in done.stdout
    assert "MLflow was not updated" not in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    cache = homeless / ".cache/kerasfolio"
    (said,) = {line for line in done.stdout.splitlines() if "uci/concrete was skipped" in line}
    assert f"the data folder {cache} cannot be used" in said
    assert "set KERASFOLIO_DATA to a folder that can be written to" in said
    assert len(tagged(client(place.runs), "kerasfolio.entry")) == 4
    checked = {row["check"]: row for row in json.loads(run("doctor", "--json").stdout)}
    assert checked["data folder"]["state"] == "broken"
    assert "KERASFOLIO_DATA" in checked["data folder"]["remedy"]
    assert list(homeless.iterdir()) == []
