"""Texts: their digest, published files line by line, and folders of `.txt` files."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks.data import Corrupt
from benchmarks.data.keras_texts import in_words
from benchmarks.data.own.texts import decoded
from benchmarks.data.readers.texts import labelled_lines
from benchmarks.dataset import Dataset
from benchmarks.texts import holds_texts, text_array


def dataset(*texts: str) -> Dataset:
    return Dataset(text_array(texts), np.zeros(len(texts), np.int64), class_names=("a", "b"))


def test_texts_moved_between_rows_are_another_digest() -> None:
    assert dataset("ab", "c").digest != dataset("a", "bc").digest
    assert dataset("ab", "c").digest == dataset("ab", "c").digest
    assert dataset("\ud800").digest != dataset("?").digest
    assert holds_texts(dataset("a").x)
    assert not holds_texts(np.zeros(3))


def test_nothing_but_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes('ham\tone\x85two\nspam\t"quoted\x0c text\n'.encode())
    read = labelled_lines({"ham": "ham", "spam": "spam"}, label="first", train_rows=1)(path)
    assert read.x.tolist() == ["one\x85two", '"quoted\x0c text']
    assert read.y.tolist() == [0, 1]
    assert read.train_rows == 1


@pytest.mark.parametrize("line", ["no tab 1", "text\t2", ""])
def test_a_line_that_is_none_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text(f"fine\t0\n{line}\nfine\t1\n")
    with pytest.raises(Corrupt, match="line 2 of lines"):
        labelled_lines({"0": "no", "1": "yes"}, label="last")(path)


def test_ranks_become_words() -> None:
    assert in_words([[2, 1], []], {"a": 1, "b": 2}) == ["b a", ""]
    with pytest.raises(Corrupt, match="word for every rank"):
        in_words([[3]], {"a": 1})


def test_files_of_several_encodings_are_read() -> None:
    assert decoded("\ufeffnaïve\r\ntext ".encode(), "a.txt") == "naïve\ntext"
    assert decoded("naïve".encode("utf-16"), "a.txt") == "naïve"
    assert decoded("Grüße aus Köln, schöne Fußgängerzone".encode("latin-1"), "a.txt").startswith(
        "Gr"
    )
    assert decoded(b"", "a.txt") == ""


def test_a_damaged_file_is_refused_by_its_line() -> None:
    with pytest.raises(Corrupt, match="line 2"):
        decoded(b"fine\nnot\x00fine", "a.txt")
    with pytest.raises(Corrupt, match="at most"):
        decoded(b"a" * (1 << 21), "a.txt")


def test_an_archive_of_folders_is_a_data_set(tmp_path: Path) -> None:
    from benchmarks.data.own.texts import _read

    path = tmp_path / "texts.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("spam/1.txt", "win")
        archive.writestr("ham/1.txt", "hello")
        archive.writestr("ham/2.txt", "")
    read = _read("texts.zip", ("ham", "spam"), 0, {"texts.zip": path})
    assert read.x.tolist() == ["hello", "", "win"]
    assert read.y.tolist() == [0, 0, 1]
