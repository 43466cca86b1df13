"""Splits of the published protocols, and the metrics that score them."""

import hashlib
import io
import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.dataset import Dataset
from benchmarks.metrics import accuracy, as_difference, in_words, mae, rmse
from benchmarks.protocols import (
    AUGMENTATIONS,
    CIFAR_STD,
    MLM_CV,
    NOT_STATED,
    OTHER_REPEATS,
    PROTOCOLS,
    REG20,
    SUNSPOT_1921,
    TUNINGS,
    UCR2018,
    facts,
    same_fact,
    stated,
)

MIRROR = Path(
    os.environ.get("KERASFOLIO_TEST_MIRROR")
    or Path(__file__).resolve().parents[3] / "shared" / "data"
)
GAL_SPLITS = MIRROR / "uci" / "gal-splits" / "UCI_Datasets.tar.xz"


def regression(rows: int) -> Dataset:
    return Dataset(x=np.zeros((rows, 1)), y=np.zeros(rows))


def series(rows: int, train_rows: int | None) -> Dataset:
    return Dataset(x=np.zeros((rows, 1)), y=np.zeros(rows), train_rows=train_rows)


def digest(splits) -> str:
    sha = hashlib.sha256()
    for split in splits:
        for rows in (split.train, split.test):
            sha.update(np.ascontiguousarray(rows, dtype="<i8").tobytes())
    return sha.hexdigest()


def test_reg20_draws_the_published_rows_of_concrete():
    splits = REG20.splits(regression(1030))
    assert splits[0].train[:8].tolist() == [339, 244, 882, 567, 923, 358, 576, 27]
    assert splits[19].test[-5:].tolist() == [235, 264, 680, 658, 360]
    assert [split.seed for split in splits] == list(range(20))
    # of the 40 index files Gal and Ghahramani published for concrete, train then test, in order
    assert digest(splits) == "53e07118dc99dae5a0c6777cb98187d1709d3a52f815116a31dab2aca8fd0d09"


@pytest.mark.skipif(not GAL_SPLITS.is_file(), reason=f"no published index files at {GAL_SPLITS}")
@pytest.mark.parametrize(("name", "rows"), [("concrete", 1030), ("yacht", 308), ("energy", 768)])
def test_reg20_equals_the_published_index_files(name, rows):
    published = {}
    with tarfile.open(GAL_SPLITS) as archive:
        for member in archive:
            if member.name.startswith(f"UCI_Datasets/{name}/index_t"):
                file = archive.extractfile(member)
                if file is not None:
                    text = io.StringIO(file.read().decode())
                    published[Path(member.name).stem] = np.loadtxt(text).astype(int)
    for repeat, split in enumerate(REG20.splits(regression(rows))):
        assert np.array_equal(split.train, published[f"index_train_{repeat}"])
        assert np.array_equal(split.test, published[f"index_test_{repeat}"])


@given(st.integers(10, 400))
@settings(max_examples=25, deadline=None)
def test_reg20_splits_all_rows_90_to_10(rows):
    splits = REG20.splits(regression(rows))
    assert len(splits) == REG20.repeats
    for split in splits:
        assert len(split.train) == round(0.9 * rows)
        assert sorted([*split.train, *split.test]) == list(range(rows))


@given(st.lists(st.integers(10, 40), min_size=2, max_size=4), st.randoms())
@settings(max_examples=15, deadline=None)
def test_mlm_cv_tests_every_row_once_a_repetition_and_keeps_the_class_shares(counts, random):
    classes = [label for label, count in enumerate(counts) for _ in range(count)]
    random.shuffle(classes)
    y = np.array(classes)
    splits = MLM_CV.splits(Dataset(x=np.zeros((len(y), 1)), y=y))
    assert len(splits) == MLM_CV.repeats
    for repetition in range(3):
        tests = [split.test for split in splits[10 * repetition : 10 * repetition + 10]]
        assert sorted(np.concatenate(tests)) == list(range(len(y)))
    for split in splits:
        assert sorted([*split.train, *split.test]) == list(range(len(y)))
        for label, count in enumerate(counts):
            assert abs(np.sum(y[split.test] == label) - count / 10) <= 1


def test_mlm_cv_needs_classes_that_fill_ten_folds():
    with pytest.raises(ValueError, match="at least 10 rows each"):
        MLM_CV.splits(Dataset(x=np.zeros((12, 1)), y=np.array([0] * 9 + [1] * 3)))
    with pytest.raises(ValueError, match="integer classes"):
        MLM_CV.splits(regression(100))


@given(st.integers(2, 50), st.data())
def test_official_splits_cut_where_the_data_set_says(rows, data):
    cut = data.draw(st.integers(1, rows - 1))
    splits = UCR2018.splits(series(rows, cut))
    assert [split.seed for split in splits] == [0, 1, 2, 3, 4]
    for split in splits:
        assert split.train.tolist() == list(range(cut))
        assert split.test.tolist() == list(range(cut, rows))


@pytest.mark.parametrize("train_rows", [None, 0, 30, 31])
def test_official_splits_need_a_line_between_training_and_test(train_rows):
    with pytest.raises(ValueError, match="train_rows"):
        SUNSPOT_1921.splits(series(30, train_rows))


def test_protocols_reach_worker_processes():
    for protocol in PROTOCOLS.values():
        assert pickle.loads(pickle.dumps(protocol)).id == protocol.id


def test_a_misspelt_departure_is_refused():
    assert facts(UCR2018, {"selection": "best test epoch"})["selection"] == "best test epoch"
    with pytest.raises(ValueError, match="slection"):
        facts(UCR2018, {"slection": "best test epoch"})


@pytest.mark.parametrize(
    ("former", "word"),
    [
        ("image and mirror image", "mirror"),
        ("image and mirror image, both also moved by a pixel", "mirror and shift"),
    ],
)
def test_records_of_former_words_for_averaging_over_views_are_understood(former, word):
    assert word in AUGMENTATIONS
    assert facts(CIFAR_STD, {"augmented_test": former}) == facts(
        CIFAR_STD, {"augmented_test": word}
    )


def test_a_former_word_for_rows_that_other_repeats_test_is_understood():
    former = {"tuning": "on training rows of the first repeat"}
    assert facts(MLM_CV, former)["tuning"] == OTHER_REPEATS == TUNINGS[2]


def test_only_choices_made_without_test_rows_are_interchangeable():
    assert same_fact("selection", "last epoch", "best training loss")
    assert same_fact("tuning", "none", "on training rows")
    assert not same_fact("selection", "last epoch", "best test epoch")
    assert not same_fact("tuning", "none", "on test rows")
    assert not same_fact("tuning", "on training rows", OTHER_REPEATS)
    assert not same_fact("augmented_test", "no", "mirror")
    assert not same_fact("tuning", "none", NOT_STATED)
    assert not same_fact("split", NOT_STATED, NOT_STATED)
    assert not stated(f"{NOT_STATED}: whether the last batch is dropped")
    assert stated("not stated yet")


def test_metrics_of_known_errors():
    y, prediction = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 8.0])
    assert rmse("MPa").score(y, prediction) == pytest.approx(2.0)
    assert mae("MPa").score(y, prediction) == pytest.approx(1.0)
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.5, 0.5]])
    assert accuracy().score(np.array([0, 1, 1, 0]), probabilities) == 0.75


@pytest.mark.parametrize("shape", [(4, 1), (1, 4), (3,), (), (4, 4)])
def test_a_value_prediction_of_another_shape_is_no_score(shape):
    for metric in (rmse("MPa"), mae("MPa")):
        with pytest.raises(ValueError, match="shape"):
            metric.score(np.zeros(4), np.zeros(shape))


@pytest.mark.parametrize("shape", [(4,), (4, 1), (3, 2), (4, 2, 1)])
def test_a_class_prediction_of_another_shape_is_no_score(shape):
    with pytest.raises(ValueError, match="shape"):
        accuracy().score(np.array([0, 1, 0, 1]), np.zeros(shape))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_no_score(bad):
    with pytest.raises(ValueError, match="1 of 2"):
        rmse("MPa").score(np.zeros(2), np.array([0.0, bad]))
    with pytest.raises(ValueError, match="1 of 2"):
        rmse("MPa").score(np.array([0.0, bad]), np.zeros(2))
    with pytest.raises(ValueError, match="1 of 4"):
        accuracy().score(np.array([0, 1]), np.array([[0.5, 0.5], [bad, 0.5]]))


def test_classes_must_be_integers_that_have_a_column():
    with pytest.raises(ValueError, match="0 … 1"):
        accuracy().score(np.array([0, 2]), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="0 … 1"):
        accuracy().score(np.array([0, -1]), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="integer"):
        accuracy().score(np.array([0.0, 1.0]), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="n > 0"):
        accuracy().score(np.array([], dtype=int), np.zeros((0, 2)))


def test_numbers_in_words():
    assert in_words(0.9642, accuracy()) == "96.42 %"
    assert in_words(4.8264, rmse("MPa")) == "4.826 MPa"
    assert as_difference(-0.0021, accuracy(), 0.96) == "−0.21 points"
    assert as_difference(-0.2071, rmse("MPa"), 4.8) == "−0.207 MPa"
    assert as_difference(-11.52, rmse(""), 16.3) == "−11.52"
