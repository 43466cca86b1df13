"""A folder with one folder of `.txt` files a class: what is found, and the benchmark it becomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.data.core.store import digest
from benchmarks.data.own.frames import shortened, some
from benchmarks.data.own.images import packed
from benchmarks.data.own.texts import own_texts
from runners.formatting import some as counted
from runners.new import choices
from runners.new.data_file import data_file_name
from runners.new.names import in_sentence
from runners.new.rendering import rendered
from runners.new.request import Draft, Request, Unclear
from runners.new.targets import Target, spellings
from runners.new.texts.files import NAMED, TextFolder, read_texts
from runners.source_code import Call

SHORTEST, LONGEST = 20, 300
"""Fewest and most words that the network reads of a text."""
WORK = 20_000
"""Texts that are trained on, epochs times rows."""


def draft(folder: Path, request: Request) -> Draft:
    """The benchmark a folder of class folders of texts becomes.

    Files that are no text and copies are left out, with a remark. Raises Unclear as `read_texts`,
    and for a task or target that does not fit.
    """
    if request.task not in ("", "classification") or request.target:
        raise Unclear(
            "a folder of texts by class is a classification, the class of a text the folder it lies"
            f" in; received TASK={request.task!r} and TARGET={request.target!r}"
        )
    contents = read_texts(folder)
    classes = sorted({one.label for one in contents.texts})
    counts = Counter(one.label for one in contents.texts)
    name = data_file_name(Path(f"{folder.resolve().name}.zip"), request.name)
    archive = request.work / "texts.zip"
    packed(archive, {one.member: one.path for one in contents.texts})
    target = Target(
        "class", "classification", "", tuple(classes), tuple(counts[one] for one in classes)
    )
    measure = choices.measure(target, request.metric)
    train_rows = sum(one.part == "train" for one in contents.texts)
    length = words_read([one.text for one in contents.texts if one.part != "test"])
    epochs = max(4, min(30, round(WORK / target.rows)))
    title, sha = folder.resolve().name, digest(archive)
    headline = {"length": length, "epochs": epochs, "headline": True}
    text = rendered(
        "texts.py.j2",
        request.name,
        measure,
        question=question(classes),
        rows=f"{target.rows:,}",
        data_rows=target.rows,
        classes=target.classes,
        file=name,
        sha256=sha,
        title=title,
        train_rows=train_rows,
        protocol=protocol(target, request.name, train_rows),
        headline=Call("small_text", ("embeddings",), headline),
        length=length,
        epochs=(max(2, epochs // 2), 2 * epochs),
        lessons=f"Of a text the first {length} words are read by the network.",
    )
    made = own_texts(name, sha, classes=classes, rows=target.rows, train_rows=train_rows)
    lines = [
        f"{shortened(folder.name, 60)}: {target.rows:,} texts in {len(classes)} classes",
        f"  {target.shares(NAMED)}",
        *spellings(target.classes),
        *contents.layout.remarks,
        *about_files(contents),
        f"metric: {measure.metric.name} ({measure.why})",
        f"headline: mean of embeddings, {epochs} epochs, the first {length} words of a text; "
        "baselines: majority, naive-bayes, logistic, linear-svm",
        "! texts may be private: none is shown on the page unless portfolio.toml names the "
        "benchmark in samples",
    ]
    return Draft(text, lines, made.copies[0], {name: archive})


def words_read(texts: Sequence[str]) -> int:
    """Words that 19 in 20 texts do not exceed, in steps of ten between the fewest and the most."""
    words = np.quantile([len(text.split()) for text in texts], 0.95)
    return int(np.clip(-(-words // 10) * 10, SHORTEST, LONGEST))


def protocol(target: Target, name: str, train_rows: int) -> Call:
    """The folders' own split, or five stratified folds, three times for few texts."""
    if train_rows:
        tested = target.rows - train_rows
        return Call(
            "official_split",
            (f"{name.split('/')[1].upper()}-FOLDERS",),
            {
                "title": f"the folders' own {train_rows:,}/{tested:,} texts",
                "source": "pedregosa2011scikit",
                "split": f"{train_rows:,} texts of train/ train, {tested:,} of test/ test",
            },
        )
    y = np.repeat(np.arange(len(target.counts)), target.counts)
    return choices.folds(target, y, "", {}).call


def question(classes: Sequence[str]) -> str:
    """The question the benchmark asks, until its owner puts it better."""
    if len(classes) <= 3:
        *first, last = [in_sentence(one) for one in classes]
        return f"Is a text {', '.join(first)} or {last}?"
    return f"Which of {len(classes)} classes is a text of?"


def about_files(contents: TextFolder) -> list[str]:
    """What is left out, and what is kept although it is odd."""
    lines = [
        f"! left out: {shortened(name, 80)} ({why})"
        for name, why in list(contents.broken.items())[:NAMED]
    ]
    if len(contents.broken) > NAMED:
        lines.append(f"! left out: {len(contents.broken) - NAMED:,} more that are no text")
    if contents.copies:
        lines.append(
            f"! left out: {counted(contents.copies, 'copy', 'copies')} of other texts, which would "
            "be tested while the original trains"
        )
    if contents.contradictory:
        lines.append(
            f"! left out: {len(contents.contradictory):,} texts with an equal one in another "
            f"class: {some(contents.contradictory)}"
        )
    if contents.empty:
        lines.append(f"! {counted(contents.empty, 'text is', 'texts are')} empty, and kept")
    if contents.others:
        lines.append(f"ignored, since not called .txt: {some(contents.others)}")
    return lines
