"""What `compare` compares: the newest scores of a runs folder, or of one a git ref holds."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.metrics import Unit
from benchmarks.protocols import FACTS
from benchmarks.registry import UnknownNameError
from runners.records.provenance import made_with, predictions
from runners.records.store import Runs
from runners.results import pack
from runners.results.side import Scores, Side
from runners.results.summary import Generations, collect

RECORD = re.compile(r"(?:(.*)/)?records/[^/]+/[^/]+/[^/]+/\d+-[0-9a-f]{16}\.json")


def of_folder(name: str) -> Side | None:
    """The newest scores of a runs folder, or of a packed one; None where there is no such folder.

    Raises UnknownNameError for a folder without records.
    """
    folder = Path(name)
    if name.endswith(pack.ENDING) and folder.is_file():
        try:
            with pack.opened(folder) as unpacked:
                return _recorded(Side(name, "folder"), unpacked)
        except pack.PackError as error:
            raise UnknownNameError(str(error)) from error
    if not name or not folder.is_dir():  # an empty name would be this folder
        return None
    return _recorded(Side(name, "folder"), folder.parent if folder.name == "records" else folder)


def of_ref(name: str) -> Side | None:
    """The newest scores a git ref holds (REF, or REF:FOLDER); None where there is no such ref.

    Raises UnknownNameError for a ref that holds no records, or several folders of them.
    """
    ref, _, wanted = name.partition(":")
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    top = _git("rev-parse", "--show-toplevel")
    if not ref or commit is None or top is None:
        return None
    at, sha = ("-C", top.decode().strip()), commit.decode().strip()
    listed = (_git(*at, "ls-tree", "-r", "-z", "--name-only", sha) or b"").decode()
    roots = {match[1] or "" for path in listed.split("\0") if (match := RECORD.fullmatch(path))}
    if wanted:
        wanted = wanted.strip("/")
        roots = {root for root in roots if f"{root}/".startswith(f"{wanted}/")}
    if not roots:
        raise UnknownNameError(
            f"the git ref {name} holds no records: git ignores runs/, so a ref has some only where "
            "somebody committed a runs folder under another name"
        )
    if len(roots) > 1:
        names = ", ".join(f"{ref}:{root}" for root in sorted(roots))
        raise UnknownNameError(f"{name} holds several runs folders; choose one of {names}")
    (root,) = roots
    tree = _git(*at, "archive", "--format=tar", sha, f"{root}/records".lstrip("/"))
    with (
        tempfile.TemporaryDirectory() as place,
        tarfile.open(fileobj=io.BytesIO(tree or b"")) as archive,
    ):
        archive.extractall(place, filter="data")
        return _recorded(Side(name, "git"), Path(place) / root)


def _git(*arguments: str) -> bytes | None:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def of_generations(name: str, generations: Generations, runs: Runs | None = None) -> Side:
    """The scores of records already read, as `collect` returns them.

    With the test rows of their predictions where `runs` says in which folder these lie.
    """
    side = Side(name, "folder")
    _gather(side, generations, runs)
    return side


def _gather(side: Side, generations: Generations, runs: Runs | None) -> None:
    for benchmark, entries in generations.items():
        for entry, records in entries.items():
            try:
                side.entries[benchmark, entry] = _scores(runs, records)
            except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
                side.notes.append(f"{benchmark} {entry}: its records lack something: {error!r}")


def _recorded(side: Side, root: Path) -> Side:
    runs = Runs(root)
    _gather(side, collect(runs), runs)
    side.notes += [f"not a record: {line}" for line in runs.quarantined]
    if not side.entries:
        raise UnknownNameError(
            f"{side.name} holds no records: expected a runs folder as `bench --runs` writes it, "
            f"with records/ in it; {'; '.join(side.notes) or 'there are none'}"
        )
    return side


def _scores(runs: Runs | None, records: Sequence[Mapping[str, Any]]) -> Scores:
    facts, entry, data = records[-1]["benchmark"], records[-1]["entry"], records[-1]["data"]
    metric, protocol = Unit(**facts["metric"]), facts["protocol"]
    rows = {}
    for record in records:
        if runs is None:
            break
        at = runs.path(facts["name"], entry["name"], record["repeat"], record["fingerprint"])
        kept = predictions(at.with_suffix(".npz"))
        if kept is not None:
            rows[record["repeat"]] = kept.rows.tobytes()
    followed = {**protocol, **(entry.get("protocol") or {})}
    return Scores(
        metric=metric,
        margin=float(facts["margin"]),
        overlap=0.0 if protocol["unit"] == "seed" else data["test"] / data["train"],
        by_repeat={record["repeat"]: float(record["scores"][metric.name]) for record in records},
        made_with=made_with(records[-1]),
        protocol={name: followed[name] for name in FACTS if name in followed},
        rows=rows,
    )
