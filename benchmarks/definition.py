"""The plain values a benchmark is made of; every other module speaks in these.

Nothing here trains, reads files or imports a framework: definitions are values, so that
listing, judging and drawing the page are instant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.later import later_field

if TYPE_CHECKING:
    import numpy as np

    from benchmarks.data.core.source import Source
    from benchmarks.dataset import Dataset

SUITES = ("quick", "standard", "full")
"""Nested: everything in `quick` is in `standard`, everything in `standard` is in `full`."""

SENTINEL = "sentinel"
"""A selection from `quick`: the benchmarks whose data installed libraries carry or a definition
computes, so that a machine without a network can tell whether an upgrade moved their scores."""


def breadth(suite: str) -> int:
    """Place of a suite in the nesting; the sentinel selection runs the entries of `quick`."""
    return SUITES.index("quick" if suite == SENTINEL else suite)


Task = Literal["regression", "classification"]

CHECKS = {
    "train-test-gap": "Gap between training and test rows",
    "trivial": "Against the trivial baselines",
    "classical-score": "Score against the best classical baseline",
    "classical-time": "Time against the best classical baseline",
    "duplicates": "Test rows that repeat training rows",
    "imbalance": "Balance of the classes",
    "leak": "Features that give the target away",
}
"""What is checked of every headline, by the code that mutes it (`Benchmark.muted`)."""


@dataclass(frozen=True)
class Metric:
    """How predictions are scored against the test targets.

    `score(y_true, prediction)` gets targets of shape (n,) and the prediction: (n,) values for
    regression, (n, classes) probabilities for classification; where `distribution` is set,
    (n, 2) means and standard deviations.
    """

    name: str
    unit: str
    direction: Literal["min", "max"]
    score: Callable[[np.ndarray, np.ndarray], float]
    distribution: bool = False
    """Whether it scores a predicted distribution, which not every entry predicts."""


@dataclass(frozen=True)
class Split:
    """Row numbers of one repeat, and the seed everything random in it starts from."""

    train: np.ndarray
    test: np.ndarray
    seed: int


@dataclass(frozen=True)
class Protocol:
    """How a score must be obtained for two scores to be comparable.

    The model is never part of it. `splits(dataset)` returns one `Split` per repeat; the other
    fields are the facts compared, field by field, with those of a published baseline.
    """

    id: str
    title: str
    source: str
    """Key into references.bib: where the protocol is defined."""
    split: str
    """Which rows train and which test, in words exact enough to redo it."""
    repeats: int
    """How many splits, folds or seeds there are; `benchmarks.repeats` numbers their trainings."""
    unit: Literal["split", "fold", "seed"]
    """What is repeated. Splits and folds redraw the rows; seeds keep them."""
    spread: str
    """What the ± printed beside our own mean is."""
    splits: Callable[[Dataset], list[Split]]
    seeds: int = 1
    """Training seeds on every split or fold, of networks; one where `unit` is "seed"."""
    fitted_on: str = "training rows only"
    selection: str = "last epoch"
    tuning: str = "none"
    augmented_test: str = "no"
    extra_data: str = "no"


@dataclass(frozen=True)
class Training:
    """All that an entry sees of one repeat: its training rows, never a test row."""

    x: np.ndarray
    """(n, ...) inputs as the data set has them, unscaled."""
    y: np.ndarray
    """(n,) float targets, or integer classes 0 … classes-1."""
    task: Task
    classes: int
    """Number of classes; 0 for regression."""
    seed: int


@dataclass
class Fitted:
    """What training one repeat leaves: a predictor, its curves and what training decided."""

    predict: Callable[[np.ndarray], np.ndarray]
    """(m, ...) inputs to (m, classes) probabilities; for regression to (m,) values, or to (m, 2)
    means and standard deviations of a normal distribution of the target; for an entry with
    `quantiles` to (m, ..., quantiles) of them, in ascending order."""
    history: dict[str, list[float]] = field(default_factory=dict)
    """Curves by name, one value per epoch, first epoch first."""
    params: int | None = None
    """Trainable parameters."""
    archive: Callable[[], bytes] | None = None
    """Makes the fitted network, preprocessing included, into a `.keras` file."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What training decided by itself, as plain JSON: the recipe chosen, the epoch kept."""


@dataclass(frozen=True)
class Entry:
    """One way to answer a benchmark's question.

    `fit` receives the training rows of every repeat of its group and returns one `Fitted`
    each, in order.
    """

    name: str
    kind: Literal["keras", "reference"]
    fit: Callable[[Sequence[Training]], list[Fitted]]
    about: str
    """One sentence for the reader of the page."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """The recipe: every number the score depends on. Part of the fingerprint."""
    floor: bool = False
    headline: bool = False
    """Speaks for the benchmark. Declared per suite, before any test score is seen: of the headline
    entries that have run, the one of the widest suite counts."""
    suite: str = "quick"
    stack: int = 1
    """How many repeats train together at most; 0 means all of them."""
    repeats: int = 0
    """How many of the protocol's repeats it runs, the first ones; 0 means all of them."""
    seeded: int | None = None
    """On how many splits or folds, the first ones, it trains all of the protocol's seeds; None
    means on all. The scatter of a few will do where a training takes more than some seconds."""
    threads: int = 1
    """TensorFlow and BLAS threads one group wants; 0 means all cores of the machine."""
    protocol: Mapping[str, str] = field(default_factory=dict)
    """Protocol fields in which this entry departs from its benchmark's protocol."""
    seconds: float = 0.0
    """All repeats on one core, measured, where the benchmark's figure does not cover them."""
    reruns: str = ""
    """Id of the published score whose recipe it trains as it was published; "" for none."""
    quantiles: tuple[float, ...] = later_field(())
    """Levels of the quantiles it predicts (`benchmarks.quantiles`); () for an entry that predicts
    values. Metrics of values score the median."""


@dataclass(frozen=True)
class Search:
    """Settings worth trying, for `make improve`: see `runners.search`.

    `make(name, **settings)` is a plain function that returns a Keras entry; `space` maps each
    setting to a list of choices, to `(low, high)` (both ends count; two whole numbers give whole
    numbers) or to `(low, high, "log")`.
    """

    make: Callable[..., Entry]
    space: Mapping[str, Sequence[Any]]
    folds: int = 5
    """Inner folds of the training rows that judge a setting."""
    in_time: bool = False
    """Whether rows are in order of time: a fold then trains on what came before it. Sliding
    windows of a series always are."""


@dataclass(frozen=True)
class Benchmark:
    """One question on one data set under one protocol and one headline metric."""

    question: str
    task: Task
    data: Source
    protocol: Protocol
    metric: Metric
    entries: Sequence[Entry]
    margin: float = 0.0
    """Largest difference, in the metric's unit, that still counts as the same score. 0 takes 5 % of
    the anchor's error (`judging.margins`); without an anchor it must be given."""
    margin_why: str = ""
    """Why the margin is this large, where it is given."""
    anchor: str = ""
    """Id of the published score, of level good, that a competent practitioner should match: the
    strongest that is simple, well known and can be redone. Declared before our own score is seen;
    "" where no score of that level can be compared."""
    anchor_why: str = ""
    """Why it is that one, by its source."""
    scatter: float = 0.0
    """Standard deviation of the headline's score over training seeds on the same rows, as recorded
    once, in the metric's unit: what the power of splits and folds is planned with. 0: not known."""
    scatter_why: str = ""
    """What it was recorded over."""
    power_why: str = ""
    """Why fewer repeats are planned than showing the margin takes (`judging.margins.POWER`)."""
    also: Sequence[Metric] = ()
    """Metrics recorded and shown beside the headline metric; they decide no level."""
    deprecated: str = ""
    """Why nobody should use this data any more: it then runs only when asked for by name."""
    lessons: str = ""
    matters: str = ""
    """Why the answer matters, for the reader of the page: who acts on it."""
    decision: str = ""
    """What was decided on the result."""
    seconds: float = 10.0
    """All entries that declare no seconds of their own, on two cores without a GPU, measured;
    orders the run and feeds the estimate."""
    search: Search | None = None
    """What `make improve` tries."""
    name: str = ""
    """`family/benchmark`, set from the decorator."""
    suite: str = "quick"
    """The smallest suite that runs it, set from the decorator."""
    muted: Mapping[str, str] | None = later_field(None)
    """Checks (keys of `CHECKS`) whose finding is known and accepted, each with the reason."""
    collection: str = ""
    """The collection whose own task it is, set by the registry; "" for one that stands alone."""

    @property
    def family(self) -> str:
        """The part of the name before the slash."""
        return self.name.split("/", 1)[0]

    def entry(self, name: str) -> Entry:
        """The entry of that name. Raises StopIteration where there is none."""
        return next(entry for entry in self.entries if entry.name == name)

    @property
    def headline(self) -> Entry:
        """The headline entry of the narrowest suite: the one that every run has."""
        declared = [entry for entry in self.entries if entry.headline]
        return min(declared, key=lambda entry: breadth(entry.suite))
