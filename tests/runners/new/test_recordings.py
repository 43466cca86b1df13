"""Series with a class each, in the archive's formats, become a benchmark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from new_help import data_of, defined, draft, in_house_style

from benchmarks.data import Corrupt, Dataset
from benchmarks.data.own.recordings import fill_gaps, read_recordings
from runners.new.request import Draft, Unclear
from runners.predict.recordings import series

Made = Callable[..., tuple[Draft, Dataset]]
STEPS = 24


def wave(number: int, steps: int = STEPS, label: int = 0) -> list[float]:
    """A noisy sine, of a class by its phase."""
    noise = np.random.default_rng(number).normal(0, 0.1, steps)
    return [round(v, 4) for v in np.sin(np.arange(steps) / 3 + label) + noise + 2]


def ts(path: Path, lines: list[str], **header: str) -> Path:
    """A .ts file; `header` overrides what stands behind its @words."""
    words = {"problemName": "Waves", "timeStamps": "false", "classLabel": "true up down", **header}
    head = "".join(f"@{word} {rest}\n" for word, rest in words.items())
    path.write_text(f"# made by hand\n{head}@data\n" + "".join(f"{line}\n" for line in lines))
    return path


def lines(count: int, first: int = 0) -> list[str]:
    return [
        ",".join(map(str, wave(first + n, label=n % 2))) + (":down" if n % 2 else ":up")
        for n in range(count)
    ]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """What `make new` makes of a file, and its data."""

    def make(path: Path, **other: str) -> tuple[Draft, Dataset]:
        found = draft(path, tmp_path, **other)
        in_house_style({"recordings.py": found.text}, tmp_path)
        return found, data_of(found, tmp_path / "data")

    return make


@pytest.mark.parametrize("given", ["TRAIN", "TEST", "folder"])
def test_a_pair_is_an_official_split(made: Made, tmp_path: Path, given: str) -> None:
    folder = tmp_path / "waves"
    folder.mkdir()
    ts(folder / "Waves_TRAIN.ts", lines(12))
    ts(folder / "Waves_TEST.ts", lines(8, 100))
    path = folder if given == "folder" else folder / f"Waves_{given}.ts"
    found, dataset = made(path)
    assert dataset.x.shape == (20, STEPS, 1)
    assert dataset.train_rows == 12
    assert dataset.class_names == ("down", "up")
    assert dataset.x[0, :, 0].tolist() == wave(0)
    assert dataset.x[12, :, 0].tolist() == wave(100)
    assert "an official split: 12 of Waves_TRAIN.ts train, 8 of Waves_TEST.ts test" in found.remarks
    assert len(defined(found).protocol.splits(dataset)) == 5


def test_a_training_file_alone_is_said_and_drawn_into_folds(made: Made, tmp_path: Path) -> None:
    found, dataset = made(ts(tmp_path / "Waves_TRAIN.ts", lines(12)))
    assert dataset.train_rows is None
    assert "! no Waves_TEST.ts beside it: folds of this file alone" in found.remarks
    assert len(defined(found).protocol.splits(dataset)) == 15


def test_channels_lengths_gaps_and_times(made: Made, tmp_path: Path) -> None:
    rows = []
    for n in range(12):
        steps = 14 + n
        one, other = (wave(2 * n + k, steps, n % 2) for k in range(2))
        cells = [[f"({t},{v})" for t, v in enumerate(values)] for values in (one, other)]
        cells[0][3] = "(3,?)"
        rows.append(":".join(map(",".join, cells)) + (":down" if n % 2 else ":up"))
    path = ts(tmp_path / "waves.ts", rows, timeStamps="true")
    found, dataset = made(path)
    told = "\n".join(found.remarks)
    assert "12 series of 14 to 25 steps in 2 channels" in told
    assert "12 series have gaps, filled on a line between their neighbours" in told
    assert "values have times of their own, which are not read" in told
    assert dataset.x.shape == (12, 25, 2)
    assert (dataset.x[0, 14:] == 0).all()
    first = wave(0, 14)
    assert dataset.x[0, 3, 0] == pytest.approx((first[2] + first[4]) / 2)
    assert dataset.x[0, :14, 1].tolist() == wave(1, 14)
    assert np.array_equal(series(path, defined(found).data.values["recordings"]), dataset.x)


@pytest.mark.parametrize("end", ["tsv", "txt"])
def test_the_archives_tables_have_the_class_first(made: Made, tmp_path: Path, end: str) -> None:
    for part, count in (("TRAIN", 12), ("TEST", 6)):
        text = "".join(
            "\t".join(map(str, [f"{n % 2 + 1}.0000000e+00", *wave(n, label=n % 2)])) + "\n"
            for n in range(count)
        )
        (tmp_path / f"W_{part}.{end}").write_text(text)
    found, dataset = made(tmp_path / f"W_TRAIN.{end}")
    assert dataset.class_names == ("1", "2")
    assert (dataset.train_rows, len(dataset.y)) == (12, 18)
    assert "official split" in "\n".join(found.remarks)


def test_gaps_at_the_ends_take_the_nearest_value() -> None:
    nan = float("nan")
    one = np.array([[nan, nan], [1.0, nan], [nan, nan], [3.0, nan], [nan, nan]])
    assert fill_gaps(one).T.tolist() == [[1, 1, 2, 3, 3], [0] * 5]


@pytest.mark.parametrize(
    ("content", "header", "error", "message"),
    [
        (["1,2,3:up", "1,2:3,4,5:down"], {}, Corrupt, "one length in line 7"),
        (["1,x,3:up"], {}, Corrupt, "numbers in line 6"),
        ([], {}, Corrupt, "series below @data"),
        (["1,2,3", "2,3,4"], {"classLabel": "false"}, Unclear, "nothing to be predicted"),
        (["1,2:0.5"], {"classLabel": "false", "targetLabel": "true"}, Unclear, "a number for"),
        (lines(6), {}, Unclear, "at least 5 series of each class"),
        (["1,2,3:up"] * 9, {}, Unclear, "'up' alone"),
    ],
)
def test_what_is_refused(
    content: list[str], header: dict[str, str], error: type[Exception], message: str, tmp_path: Path
) -> None:
    path = ts(tmp_path / "waves.ts", content, **header)
    with pytest.raises(error, match=message):
        draft(path, tmp_path)


def test_a_tsf_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.tsf"
    path.write_text("@relation m\n@attribute series_name string\n@data\nT1:1,2,3\n")
    with pytest.raises(Unclear, match=r"many series.*write one of them as a CSV file"):
        draft(path, tmp_path)


def test_a_table_called_train_with_a_header_is_none(tmp_path: Path) -> None:
    (tmp_path / "sales_train.txt").write_text("a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n")
    from runners.new.recordings.files import is_recordings

    assert not is_recordings(tmp_path / "sales_train.txt")
    assert read_recordings(ts(tmp_path / "x.ts", lines(3))).labels == ["up", "down", "up"]
