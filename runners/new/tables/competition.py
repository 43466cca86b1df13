"""A folder as Kaggle's competitions give it: train.csv, test.csv and sample_submission.csv."""

from __future__ import annotations

from pathlib import Path

from benchmarks.data.own.frames import Frame, read_frame, shortened, some
from benchmarks.data.own.numerals import is_number
from runners.new.columns import known_cells
from runners.new.overrules import matching_column
from runners.new.request import Draft, Request, Unclear
from runners.new.tables import draft as tables

TRAIN, TEST, SAMPLE = "train.csv", "test.csv", "sample_submission.csv"
SUBMISSIONS = (SAMPLE, "sampleSubmission.csv", "gender_submission.csv")
"""What the file that shows the form of an answer is called."""
FEW = 50
"""Most values a category may have for the unseen ones to be worth a remark."""


def draft(folder: Path, request: Request) -> Draft:
    """The benchmark that the training rows of a competition make; the rest is kept beside it.

    The target is the column that the test rows lack, or the one the sample submission asks for.
    Raises Corrupt for a file that is no table, Unclear where the files do not fit together.
    """
    train = inside(folder, TRAIN)
    frame = read_frame(train, **request.overrules.choices())
    beside: dict[str, Path] = {}
    remarks: list[str] = []
    out: dict[str, str] = {}
    candidates: list[str] = []
    if (folder / TEST).exists() or (folder / TEST).is_symlink():
        beside[TEST] = inside(folder, TEST)
        test = read_frame(beside[TEST], header=True)
        candidates, lines, out = compared(frame, test)
        remarks += lines
    for name in SUBMISSIONS:
        if (folder / name).exists():
            beside[SAMPLE] = inside(folder, name)
            asks = list(read_frame(beside[SAMPLE], header=True).table.columns)
            wanted = [one for one in asks[1:] if one in candidates] or candidates
            if asks[0] in frame.table.columns:
                out[asks[0]] = "it names the rows of the submission"
            remarks.append(f"  {name}: asks for {', '.join(map(shortened, asks[1:4]))}")
            candidates = wanted
            break
    request = with_target(frame, request, candidates)
    out = {name: why for name, why in out.items() if name != request.target}
    return tables.draft(train, request, beside, out, remarks)


def inside(folder: Path, name: str) -> Path:
    """A file of the folder. Raises Unclear where it is a link that leads outside."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise Unclear(f"{path} is a link that leads outside the folder; put the file itself there")
    if not path.is_file():
        raise Unclear(f"expected a file, received something else: {path}")
    return path


def compared(train: Frame, test: Frame) -> tuple[list[str], list[str], dict[str, str]]:
    """Columns only the training rows have, remarks, and columns to leave out, with the reason."""
    theirs = set(test.table.columns)
    ours = list(train.table.columns)
    only = [name for name in ours if name not in theirs]
    lines = [f"  {TEST}: {len(test.table):,} rows"]
    new = [name for name in test.table.columns if name not in ours]
    if new:
        lines.append(f"! {some(new)}: only in {TEST}, of no use")
    for name in ours:
        if name not in theirs:
            continue
        known = set(known_cells(train, name))
        unseen = set(known_cells(test, name)) - known
        if unseen and len(known) <= FEW and not all(is_number(v) for v in unseen):
            lines.append(
                f"! {shortened(name)} has values in {TEST} that {TRAIN} lacks: "
                f"{some(sorted(unseen))}"
            )
    why = f"{TEST} does not have it"
    return only, lines, dict.fromkeys(only, why) if len(only) > 1 else {}


def with_target(frame: Frame, request: Request, candidates: list[str]) -> Request:
    """The request with its target, where the files say which it is."""
    from dataclasses import replace

    if request.target:
        return replace(request, target=matching_column(request.target, list(frame.table.columns)))
    if len(candidates) == 1:
        return replace(request, target=candidates[0])
    if len(candidates) > 1:
        question = f"{TRAIN} has several columns that {TEST} lacks; which is to be predicted?"
        return replace(request, target=request.choice(question, candidates, "TARGET"))
    return request
