"""Where the classes of a folder of images lie: directly, deeper, or below train and test."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from benchmarks.data.own.frames import some
from runners.new.request import Unclear

Part = Literal["", "train", "test", "validation"]
NAMES: dict[str, Part] = {
    **dict.fromkeys(("train", "training", "trn", "tr"), "train"),
    **dict.fromkeys(("test", "testing", "tst", "te", "holdout", "eval", "evaluation"), "test"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev"), "validation"),
}
"""What folders that hold parts of a data set are called, in lower case."""
BESIDE = {"set", "data", "dataset", "image", "images", "img", "imgs", "split", "seg", "folder"}
"""Words such a name may have too: `seg_train`, `Training Set`, `test-images`."""
SYSTEM = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
"""Files and folders that operating systems leave behind, in lower case."""
DEEPEST = 4
"""Folders that lie alone in another one and are entered."""


class Root(NamedTuple):
    """A folder that holds folders of classes, or the images of one class."""

    folder: Path
    part: Literal["", "train", "test"] = ""
    label: str = ""
    """The class; empty where every folder below is one."""


@dataclass
class Layout:
    """Which folders hold the classes, and what is to be said of it."""

    roots: list[Root]
    remarks: list[str] = field(default_factory=list)

    @property
    def official(self) -> bool:
        """Whether training and test images lie apart."""
        return any(root.part for root in self.roots)


def layout_of(folder: Path) -> Layout:
    """Find the classes. Raises Unclear for train and test without folders of classes."""
    root = innermost(folder)
    deeper = [] if root == folder else [f"classes lie in {root.relative_to(folder).as_posix()}/"]
    parts: dict[Path, Part] = {one: part for one in folders_in(root) if (part := part_of(one.name))}
    classes = {one: {sub.name for sub in folders_in(innermost(one))} for one in parts}
    known = set().union(*(classes[one] for one, part in parts.items() if part == "train"))
    classed = {one: part for one, part in parts.items() if classes[one] & known}
    if "train" in classed.values() and len(set(classed.values())) > 1:
        return _by_part(root, classed, deeper)
    others = [one for one in folders_in(root) if one not in classed]
    if "train" in classed.values() and all(part_of(one.name) for one in others):
        (train,) = [one for one, part in classed.items() if part == "train"][:1]
        lines = [*deeper, f"classes lie in {train.name}/"]
        if others:
            unused = some([one.name for one in others])
            lines.append(f"! not used, for want of train's folders of classes: {unused}")
        return Layout([Root(innermost(train))], lines)
    if parts and len(parts) == len(folders_in(root)):
        raise Unclear(
            f"{some([one.name for one in parts])} are parts of a data set and no classes; expected "
            f"one folder of images a class in each, such as {root / 'train' / 'cat'}"
        )
    by_class = [
        Root(one, "test" if part_of(one.name) == "test" else "train", above.name)
        for above in folders_in(root)
        for one in folders_in(above)
        if part_of(one.name)
    ]
    whole = {above.name for above in folders_in(root)}
    sides = [{one.label for one in by_class if one.part == side} for side in ("train", "test")]
    if whole and sides == [whole, whole]:
        line = "an official split: each class has its own folders for train and test"
        return Layout(by_class, [*deeper, line])
    return Layout([Root(root)], deeper)


def _by_part(root: Path, parts: dict[Path, Part], remarks: list[str]) -> Layout:
    """Parts as an official split: the validation part trains, or tests where no other does."""
    testing = "test" if "test" in parts.values() else "validation"
    roots = [
        Root(innermost(one), "test" if part == testing else "train") for one, part in parts.items()
    ]
    train = some([one.name for one, part in parts.items() if part != testing])
    test = some([one.name for one, part in parts.items() if part == testing])
    line = f"an official split: {train} trains, {test} tests"
    if testing == "validation":
        line += ", as there is no other test part"
    elif "validation" in parts.values():
        line += "; the validation part trains too"
    spare = [one.name for one in folders_in(root) if one not in parts]
    unused = [f"! not used, for want of train's folders of classes: {some(spare)}"] if spare else []
    return Layout(roots, [*remarks, line, *unused])


def part_of(name: str) -> Part:
    """Which part of a data set a folder of that name holds; "" for none."""
    words = [word for word in re.split(r"[^a-z]+", name.lower()) if word and word not in BESIDE]
    return NAMES.get(re.sub(r"(?<=[nt])set$", "", words[0]), "") if len(words) == 1 else ""


def innermost(folder: Path) -> Path:
    """The folder, or what lies alone in it, as unpacked archives have it, and has folders."""
    for _ in range(DEEPEST):
        entries = [one for one in folder.iterdir() if not is_system_file(one.name)]
        if len(entries) != 1 or entries[0].is_symlink() or not folders_in(entries[0]):
            return folder
        folder = entries[0]
    return folder


def folders_in(folder: Path) -> list[Path]:
    """Folders directly in a folder, by name, without links and those of the system."""
    try:
        found = [Path(one.path) for one in os.scandir(folder) if one.is_dir(follow_symlinks=False)]
    except NotADirectoryError:
        return []
    return sorted(one for one in found if not is_system_file(one.name))


def is_system_file(name: str) -> bool:
    """Whether a file or folder is hidden, or one that operating systems leave behind."""
    return name.startswith(".") or name.lower() in SYSTEM
