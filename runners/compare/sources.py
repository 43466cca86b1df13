"""What `compare` compares: the newest scores of a runs folder, or of one a git ref holds."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from benchmarks.protocols import FACTS
from benchmarks.registry import UnknownNameError
from runners.records import pack
from runners.records.generations import Generations, metric_of, score_of
from runners.records.provenance import made_with
from runners.records.record import Record
from runners.records.store import Runs
from runners.results.side import Scores, Side
from runners.results.splits import shape
from runners.results.summary import collect

RECORD = re.compile(r"(?:(.*)/)?records/[^/]+/[^/]+/[^/]+/\d+-[0-9a-f]{16}\.json")


def of_folder(name: str) -> Side | None:
    """The newest scores of a runs folder, or of a packed one; None where there is no such folder.

    Raises UnknownNameError for a folder without records.
    """
    folder = Path(name)
    if name.endswith(pack.ENDING) and folder.is_file():
        try:
            with pack.opened(folder) as unpacked:
                return _recorded(name, "folder", unpacked)
        except pack.PackError as error:
            raise UnknownNameError(str(error)) from error
    if not name or not folder.is_dir():  # an empty name would be this folder
        return None
    return _recorded(name, "folder", folder.parent if folder.name == "records" else folder)


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
        return _recorded(name, "git", Path(place) / root)


def _git(*arguments: str) -> bytes | None:
    try:
        process = subprocess.run(["git", *arguments], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return process.stdout if process.returncode == 0 else None


def of_generations(name: str, generations: Generations, runs: Runs | None = None) -> Side:
    """The scores of records already read, as `collect` returns them.

    With the test rows of their predictions where `runs` says in which folder these lie.
    """
    entries = {
        (benchmark, entry): _scores(runs, records)
        for benchmark, entries in generations.items()
        for entry, records in entries.items()
    }
    return Side(name, "folder", entries)


def _recorded(name: str, kind: Literal["folder", "git"], root: Path) -> Side:
    runs = Runs(root)
    side = of_generations(name, collect(runs), runs)
    side.kind = kind
    side.notes += [f"not a record: {line}" for line in runs.quarantined]
    if not side.entries:
        raise UnknownNameError(
            f"{name} holds no records: expected a runs folder as `bench --runs` writes it, "
            f"with records/ in it; {'; '.join(side.notes) or 'there are none'}"
        )
    return side


def _scores(runs: Runs | None, records: Sequence[Record]) -> Scores:
    last = records[-1]
    benchmark, data = last["benchmark"], last["data"]
    rules = benchmark["protocol"]
    followed = {**rules, **last["entry"]["protocol"]}
    test_rows = {}
    for record in records:
        predicted = runs.predictions(record) if runs else None
        if predicted:
            test_rows[record["repeat"]] = predicted.rows.tobytes()
    return Scores(
        metric=metric_of(last),
        margin=benchmark["margin"],
        overlap=0.0 if rules["unit"] == "seed" else data["test"] / data["train"],
        by_repeat={record["repeat"]: score_of(record) for record in records},
        made_with=made_with(last),
        protocol={name: str(followed[name]) for name in FACTS},
        rows=test_rows,
        splits=shape(rules),
    )
