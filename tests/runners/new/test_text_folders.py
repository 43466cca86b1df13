"""Folders of `.txt` files and tables with free text become benchmarks; what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.data import Store
from benchmarks.data.core.store import keep
from runners.new.detection import kind_of
from runners.new.overrules import Overrules
from runners.new.request import Request, Unclear
from runners.new.tables.draft import draft as of_table
from runners.new.texts.draft import draft


def folder(root: Path, each: int = 12) -> Path:
    """Two classes of so many short texts."""
    place = root / "mails"
    for label in ("ham", "spam"):
        (place / label).mkdir(parents=True)
        for number in range(each):
            text = f"{label} number {number} says something"
            (place / label / f"{number}.txt").write_text(text, encoding="utf-8")
    return place


def made(place: Path, work: Path) -> tuple[str, list[str]]:
    found = draft(place, Request("mine/mails", str(place), "", "", "", work=work))
    return found.text, found.remarks


def test_a_folder_of_texts_is_told_from_images_and_tables(tmp_path: Path) -> None:
    request = Request("mine/mails", str(folder(tmp_path)), "", "", "", work=tmp_path)
    assert kind_of(request) == "texts"


def test_the_definition_loads_the_texts(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "ham" / "empty.txt").write_text("")
    (place / "ham" / "hostile.txt").write_text(
        "=cmd() <script>\u202e \x1b[31m 😀", encoding="utf-8"
    )
    found = draft(place, Request("mine/mails", str(place), "", "", "", work=tmp_path))
    compile(found.text, "mails.py", "exec")
    assert "small_text" in found.text
    assert any("private" in line for line in found.remarks)
    assert any("1 text is empty" in line for line in found.remarks)
    assert found.copy is not None
    keep(found.copy, found.files, Store(tmp_path / "data"), "", official=False)
    read = found.copy.read({file.name: tmp_path / "data" / file.keep for file in found.copy.files})
    assert len(read.x) == 26
    assert read.class_names == ("ham", "spam")
    assert "" in read.x.tolist()


def test_copies_contradictions_and_damaged_files_are_left_out(tmp_path: Path) -> None:
    place = folder(tmp_path, each=20)
    (place / "ham" / "again.txt").write_text("ham number 1 says something")
    (place / "ham" / "both.txt").write_text("one and the same")
    (place / "spam" / "both.txt").write_text("one and the same")
    (place / "spam" / "broken.txt").write_bytes(b"line\nnul \x00 here")
    text, remarks = made(place, tmp_path)
    assert "rows=40" in text
    joined = "\n".join(remarks)
    assert "1 copy" in joined
    assert "2 texts with an equal one" in joined
    assert "broken.txt" in joined
    assert "line 2" in joined


def test_few_texts_and_many_damaged_ones_are_refused(tmp_path: Path) -> None:
    place = folder(tmp_path, each=3)
    with pytest.raises(Unclear, match="at least 10 texts"):
        made(place, tmp_path)
    for number in range(5):
        (place / "ham" / f"broken{number}.txt").write_bytes(b"\x00")
    with pytest.raises(Unclear, match="files are no text"):
        made(place, tmp_path)


def reviews(path: Path, rows: int = 600) -> Path:
    """A table with a price, a city of 120, a review and whether it was liked."""
    lines = ["price,city,review,liked"]
    for row in range(rows):
        mood = ("I like this very much", "this is not what I wanted")[row % 2]
        review = f"{mood}, said customer {row} of the shop <b>=cmd()</b> \u202e"
        lines.append(f'{row % 83}.5,city {row // 2 % 120},"{review}",{("yes", "no")[row % 2]}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_free_text_joins_the_other_columns_and_names_of_cities_are_a_category(
    tmp_path: Path,
) -> None:
    path = reviews(tmp_path / "reviews.csv")
    request = Request("mine/reviews", str(path), "liked", "", "", work=tmp_path)
    found = of_table(path, request)
    compile(found.text, "reviews.py", "exec")
    assert "texts=('review',)" in found.text or 'texts=("review",)' in found.text
    assert '"city": 120' in found.text
    assert "without_texts(COLUMNS" in found.text
    joined = "\n".join(found.remarks)
    assert "texts: 'review'" in joined
    assert "private" in joined
    kinds = {row.column: row.read_as for row in found.table}
    assert kinds["review"] == "text"
    assert kinds["city"] == "category of 120"


def test_texts_alone_are_a_benchmark_too_and_may_be_dropped(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    lines = reviews(path).read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.split(",", 2)[2] for line in lines) + "\n", encoding="utf-8")
    request = Request("mine/reviews", str(path), "liked", "", "", work=tmp_path)
    found = of_table(path, request)
    compile(found.text, "reviews.py", "exec")
    assert "small_with_texts" in found.text
    assert "without_texts" not in found.text
    dropped = Request(
        "mine/reviews",
        str(path),
        "liked",
        "",
        "",
        work=tmp_path,
        overrules=Overrules(drop="review"),
    )
    with pytest.raises(Unclear, match="no column is left"):
        of_table(path, dropped)
