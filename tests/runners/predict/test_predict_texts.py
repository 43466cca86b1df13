"""New texts for `predict`: lines, a column, a folder of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.data import Corrupt
from runners.predict.network import Refused
from runners.predict.texts import texts


def test_a_text_file_has_a_text_a_line(tmp_path: Path) -> None:
    path = tmp_path / "new.txt"
    path.write_text("one, with a comma\n\n=cmd() \u202e\n", encoding="utf-8")
    assert texts(path, "text").tolist() == ["one, with a comma", "", "=cmd() \u202e"]


def test_a_table_gives_its_column(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text('id,text\n1,"a, b"\n2,c\n', encoding="utf-8")
    assert texts(path, "text").tolist() == ["a, b", "c"]
    with pytest.raises(Corrupt, match="review"):
        texts(path, "review")


def test_a_folder_gives_its_files_and_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="found none"):
        texts(tmp_path, "text")
    (tmp_path / "b.txt").write_text("second\nline")
    (tmp_path / "a.txt").write_text("first")
    assert texts(tmp_path, "text").tolist() == ["first", "second\nline"]
    with pytest.raises(Refused, match="found none at"):
        texts(tmp_path / "missing.txt", "text")
