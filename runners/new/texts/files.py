"""What lies in a folder of texts: classes, files that are no text, copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from benchmarks.data import Corrupt
from benchmarks.data.own.frames import shortened, some
from benchmarks.data.own.texts import decoded
from runners.new.images.files import list_files
from runners.new.images.parts import Layout
from runners.new.request import Unclear

FEWEST = 10
"""Texts a class needs: two to test in each of five folds."""
LEAST = 5
"""Training texts a class needs where the test part is given."""
BROKEN = 0.1
"""Largest share of files that are no text; more of them are a damaged copy."""
NAMED = 10
"""Files named in a message."""


@dataclass(frozen=True)
class TextFile:
    """A text file of a class."""

    path: Path
    member: str
    """Its name in the archive: the part if there are any, class folder, path below it."""
    label: str
    part: str
    """train or test; empty where the folder has no such parts."""
    text: str


@dataclass
class TextFolder:
    """What lies in a folder of texts."""

    layout: Layout
    texts: list[TextFile] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    """Names of the files that are no text, with the reason."""
    others: list[str] = field(default_factory=list)
    """Files that are not called `.txt`."""
    copies: int = 0
    """Texts left out because an equal one of their class stays."""
    contradictory: list[str] = field(default_factory=list)
    """Texts left out because an equal one has another class."""
    empty: int = 0
    """Texts without a character, which are kept."""


def read_texts(folder: Path) -> TextFolder:
    """Every `.txt` file in the class folders, decoded; of equal texts all but the first left out.

    A test part stays whole: what equals one of its texts leaves the training part. Raises Unclear
    for links, for more than a tenth of damaged files and for classes that are missing or too small.
    """
    listed = list_files(folder)
    contents = TextFolder(listed.layout)
    for path, root, member in listed.files:
        if PurePosixPath(member).suffix.lower() != ".txt":
            contents.others.append(member)
            continue
        label = member.split("/")[1 if root.part else 0]
        try:
            text = decoded(path.read_bytes(), member)
        except Corrupt as error:
            contents.broken[member] = error.reason
            continue
        contents.texts.append(TextFile(path, member, label, root.part, text))
    if len(contents.broken) > BROKEN * (len(contents.texts) + len(contents.broken)):
        name, why = next(iter(contents.broken.items()))
        raise Unclear(
            f"{len(contents.broken):,} files are no text ({shortened(name, 80)}: {why}); save them "
            "as UTF-8, or take them out"
        )
    _leave_out_copies(contents)
    contents.empty = sum(not one.text for one in contents.texts)
    _check_classes(contents, folder)
    return contents


def _leave_out_copies(contents: TextFolder) -> None:
    alike: dict[str, list[TextFile]] = {}
    for one in contents.texts:
        alike.setdefault(one.text, []).append(one)
    contents.texts = []
    for same in alike.values():
        tested = [one for one in same if one.part == "test"]
        if tested:
            contents.texts += tested
            contents.copies += len(same) - len(tested)
        elif len({one.label for one in same}) > 1:
            contents.contradictory += [one.member for one in same]
        else:
            contents.texts.append(same[0])
            contents.copies += len(same) - 1


def _check_classes(contents: TextFolder, folder: Path) -> None:
    labels = sorted({one.label for one in contents.texts})
    if len(labels) < 2:
        raise Unclear(
            f"expected one folder of .txt files a class in {folder}, at least two; found texts in "
            f"{some(labels) or 'none'} alone"
        )
    official = contents.layout.official
    counted = Counter(o.label for o in contents.texts if o.part == "train" or not official)
    least = LEAST if official else FEWEST
    few = [f"{shortened(name)} {counted[name]}" for name in labels if counted[name] < least]
    if few:
        raise Unclear(
            f"expected at least {least} texts of each class to train and test on; found "
            f"{_first(few)}; add texts, or take these folders out"
        )


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
