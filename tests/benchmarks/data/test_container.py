"""Processors and memory are those of the container, by both versions of Linux's control groups."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from benchmarks.data.core import container
from runners.execution import machine

GB = 1 << 30
NONE_V1 = 9223372036854771712
"""What version 1 writes for no limit."""


def system(place: Path, groups: str, mounts: dict[str, str]) -> Path:
    """`/proc/self` of a process: its groups, and (type, options, root) by folder below `place`."""
    proc = place / "proc"
    proc.mkdir()
    (proc / "cgroup").write_text(groups)
    lines = ["22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw"]
    for number, (folder, about) in enumerate(mounts.items()):
        kind, options, root = about.split()
        mounted = str(place / folder).replace(" ", r"\040")
        here = f"{30 + number} 22 0:{number} {root} {mounted} rw"
        lines.append(f"{here} - {kind} {kind} rw,{options}")
    (proc / "mountinfo").write_text("\n".join(lines) + "\n")
    return proc


def write(folder: Path, **files: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(f"{content}\n")


def test_version_2_nested(tmp_path: Path) -> None:
    """The quota stands on the pod, the memory on the container; the process has its own group."""
    top = tmp_path / "sys fs"
    write(top)
    write(top / "pod", cpu__max="250000 100000", memory__max=8 * GB, memory__current=GB)
    write(
        top / "pod/box",
        cpu__max="max 100000",
        memory__max=4 * GB,
        memory__high="max",
        memory__current=3 * GB,
        memory__stat=f"anon 1\ninactive_file {GB}",
    )
    write(top / "pod/box/app", cpu__max="max 100000", memory__max="max")
    proc = system(tmp_path, "0::/pod/box/app\n", {"sys fs": "cgroup2 nsdelegate /"})
    found = container.limits(proc)
    assert (found.processors, found.memory, found.free) == (2.5, 4 * GB, 2 * GB)
    assert container.processors(proc) == min(3, len(os.sched_getaffinity(0)))


def test_version_2_in_a_container_that_sees_its_own_root(tmp_path: Path) -> None:
    """`docker run --cpus=2 --memory=4g`: the group is `/`, its files lie at the mount point."""
    write(tmp_path / "cgroup", cpu__max="200000 100000", memory__max=4 * GB)
    proc = system(tmp_path, "0::/\n", {"cgroup": "cgroup2 nsdelegate /"})
    assert container.limits(proc) == container.Limits(2.0, 4 * GB, 4 * GB)


@pytest.mark.parametrize("root", ["/", "/docker/abc"])
def test_version_1(tmp_path: Path, root: str) -> None:
    """As Docker shows it: the group's path is that of the host, its files lie at the mount."""
    inside = "docker/abc" if root == "/" else "."
    cpu, memory = tmp_path / "cpu,cpuacct", tmp_path / "memory"
    write(cpu, cpu__cfs_quota_us=-1, cpu__cfs_period_us=100000)
    write(cpu / inside, cpu__cfs_quota_us=150000, cpu__cfs_period_us=100000)
    write(memory, memory__limit_in_bytes=NONE_V1, memory__usage_in_bytes=9 * GB)
    write(
        memory / inside,
        memory__limit_in_bytes=4 * GB,
        memory__usage_in_bytes=GB,
        memory__stat="inactive_file 0\ntotal_inactive_file 0",
    )
    groups = "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n1:name=systemd:/docker/abc\n"
    mounts = {"cpu,cpuacct": f"cgroup cpu,cpuacct {root}", "memory": f"cgroup memory {root}"}
    proc = system(tmp_path, groups, mounts)
    assert container.limits(proc) == container.Limits(1.5, 4 * GB, 3 * GB)


def test_both_versions_at_once_and_none(tmp_path: Path) -> None:
    write(tmp_path / "memory", memory__limit_in_bytes=2 * GB, memory__usage_in_bytes=GB)
    write(tmp_path / "unified", cpu__max="max 100000")
    groups = "4:memory:/\n0::/elsewhere/../x\n"
    mounts = {"memory": "cgroup memory /", "unified": "cgroup2 nsdelegate /"}
    found = container.limits(system(tmp_path, groups, mounts))
    assert (found.processors, found.memory, found.free) == (math.inf, 2 * GB, GB)
    assert container.limits(tmp_path / "nowhere") == container.Limits()
    assert container.processors(tmp_path / "nowhere") == len(os.sched_getaffinity(0))


def test_half_a_processor_is_one(tmp_path: Path) -> None:
    write(tmp_path / "cgroup", cpu__max="50000 100000")
    proc = system(tmp_path, "0::/\n", {"cgroup": "cgroup2 nsdelegate /"})
    assert container.processors(proc) == 1


def test_this_machine_and_its_task_set() -> None:
    found = container.limits()
    assert found.memory >= found.free > 0
    assert 0 < container.free_memory() <= psutil.virtual_memory().total
    code = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    code += "from runners.execution import machine; print(machine.cores())"
    pinned = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert pinned.stdout.strip() == "1", pinned.stderr
    limit = machine.memory_limit_gb()
    assert limit is not None
    assert limit <= (machine.memory_gb() or math.inf)
