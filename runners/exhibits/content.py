"""What the files of exhibits hold: `data.json` and `results.json` of a benchmark."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict


class Histogram(TypedDict):
    """Counts over bins of equal width, or of every value where there are few."""

    counts: NotRequired[list[int]]
    """Of the bins from the first to the last; of a category, of its `words`."""
    values: NotRequired[list[float]]
    """The values counted, where every value is."""
    edges: NotRequired[list[float]]
    """Lower edge of the first bin and upper edge of the last, where bins are counted."""


class ClassBalance(TypedDict):
    """How often a class occurs."""

    name: str
    rows: int
    train: int | None
    """Rows of the official training part; None where there is none."""


class Target(Histogram):
    """Distribution of the values to predict."""

    unit: str
    """"" where it is not known."""
    quartiles: list[float]
    """Min, lower quartile, median, upper quartile, max."""
    mean: float


class ColumnSample(Histogram):
    """One feature of a table: its values in the sampled rows, its distribution in all."""

    name: str
    unit: str
    cells: list[float | str]
    range: NotRequired[list[float]]
    """Min and max of a number."""
    words: list[str]
    """The categories; empty for a number."""


class Course(TypedDict):
    """The targets of a series in the order of time."""

    at: Literal["year", "row", "step"]
    """What `x` counts."""
    of: int
    """Steps of the whole series; `x` and `lines` are subsampled."""
    x: list[int]
    lines: list[tuple[str, list[float]]]
    """Name ("" for the only one) and values of every series drawn."""
    test_from: int | None
    """Where the official test part begins, as `x` counts; None where there is none."""


class Telling(TypedDict):
    """What speaks most for a class of texts."""

    name: str
    words: list[tuple[str, float]]
    """Each with its log-odds in standard errors, the largest first."""
    characters: list[tuple[str, float]]
    """Runs of three to five characters within words, likewise."""


class Lengths(Histogram):
    """How long texts are; counted are their words, up to the 99 % quantile."""

    words: list[float]
    """Min, lower quartile, median, upper quartile, max."""
    characters: list[float]


class TextExhibit(TypedDict):
    """What texts look like."""

    texts: list[str]
    """The sampled ones, shortened."""
    empty: int
    """Texts without a word."""
    lengths: Lengths
    telling: list[Telling]
    copies: int
    """Texts that repeat an earlier one but for case, digits and signs."""


class DataExhibit(TypedDict):
    """What a data set looks like; which keys there are depends on its kind."""

    total: int
    """Rows of the data set."""
    shown: list[int]
    """The rows sampled."""
    balance: NotRequired[list[ClassBalance]]
    """Of a classification."""
    target: NotRequired[Target]
    """Of a regression."""
    labels: NotRequired[list[str | float]]
    """Class or target of the sampled rows, of tables and images."""
    pictures: NotRequired[list[str]]
    """The sampled images as PNG, base64."""
    columns: NotRequired[list[ColumnSample]]
    """Of a table."""
    features: NotRequired[int]
    """How many features the table has; `columns` may be fewer."""
    unknown: NotRequired[list[tuple[str, int]]]
    """Features with missing values, and in how many rows."""
    gaps: NotRequired[bool]
    """Whether missing values are part of the data."""
    missing: NotRequired[int]
    """Values that are no numbers, where they should be."""
    series: NotRequired[list[list[list[float]]]]
    """Some series of every class."""
    means: NotRequired[list[list[float]]]
    """The mean series of every class."""
    length: NotRequired[int]
    """Steps of a series of a class."""
    channel: NotRequired[str]
    """Name of the channel drawn, where there are several."""
    channels: NotRequired[int]
    course: NotRequired[Course]
    """Of rows that are windows of a series."""
    window: NotRequired[int]
    """Steps of such a window."""
    horizon: NotRequired[int]
    """Steps predicted from it."""
    text: NotRequired[TextExhibit]
    """Of rows that are texts."""


class ClassCounts(TypedDict):
    """How an entry did on one class."""

    name: str
    rows: int
    """Test rows of the class."""
    asked: int
    """Predictions of rows of this class, over all repeats."""
    given: int
    """Predictions that were this class."""
    right: int
    """Predictions of this class that were right."""


class Calibration(TypedDict):
    """Confidence against accuracy."""

    error: float
    """Expected calibration error."""
    bins: list[tuple[int, int, float, float]]
    """Of every bin with predictions: place, count, mean confidence, accuracy."""
    of: int
    """Number of bins of equal width between 0 and 1."""


class Threshold(TypedDict):
    """Predictions of two classes cut at one probability."""

    at: float
    """Probability from which on a prediction is the class that is looked for."""
    recall: float
    precision: float | None
    """None where nothing is predicted as the class."""
    specificity: float
    """Share of the other class that is predicted as such."""
    f1: float
    predicted: float
    """Share of the rows predicted as the class."""


class Roc(TypedDict):
    """Receiver operating characteristic of the class that `PrecisionRecall` looks for."""

    auc: float
    """Area under the curve."""
    points: list[tuple[float, float]]
    """False and true positive rate, from the highest threshold to the lowest."""
    thresholds: list[Threshold]


class PrecisionRecall(TypedDict):
    """How well an entry finds the rarer of two classes."""

    name: str
    """The class that is looked for."""
    share: float
    """Its share of the predictions' rows: the precision of guessing."""
    average: float
    """Average precision."""
    points: list[tuple[float, float]]
    """Recall and precision, from the highest threshold to the lowest."""
    threshold: float
    """Probability from which on predictions are this class for the best F1."""
    recall: float
    """Recall at the threshold."""
    precision: float
    """Precision at the threshold."""


class Residuals(TypedDict):
    """Histogram of prediction minus truth."""

    edges: list[float]
    """Lower edge of the first bin and upper edge of the last."""
    counts: list[int]


class Forecast(TypedDict):
    """A series and its forecasts, one step ahead each."""

    at: Literal["year", "row"]
    """What `x` counts."""
    first: int
    """What row 0 is, as `x` counts."""
    x: list[int]
    truth: list[float]
    mean: list[float]
    """Mean over the repeats."""
    low: list[float]
    """Smallest of the repeats."""
    high: list[float]
    """Largest of the repeats."""


class ByStep(TypedDict):
    """Error by step ahead."""

    steps: list[int]
    """Counted from 1; subsampled."""
    mse: list[float]


class EntryFigures(TypedDict):
    """One entry in numbers; which keys there are depends on the task."""

    name: str
    repeats: int
    """Whose predictions are readable."""
    predictions: int
    """Over all repeats."""
    rows: int
    """Test rows among them, each counted once."""
    accuracy: NotRequired[float]
    classes: NotRequired[list[ClassCounts]]
    calibration: NotRequired[Calibration | None]
    """None for predictions that state no confidence."""
    precision_recall: NotRequired[PrecisionRecall]
    """Of two classes; before edition 2 where one is rare."""
    roc: NotRequired[Roc]
    """Of two classes; since edition 2."""
    matrix: NotRequired[list[list[int]]]
    """Confusion matrix, true classes down; of many classes `pairs` is there instead."""
    pairs: NotRequired[list[tuple[int, int, int]]]
    """True class, predicted class and count of the most frequent confusions."""
    rmse: NotRequired[float]
    mae: NotRequired[float]
    bias: NotRequired[float]
    """Mean of prediction minus truth."""
    quantiles: NotRequired[list[float]]
    """5, 25, 50, 75 and 95 % quantiles of prediction minus truth."""
    residuals: NotRequired[Residuals]
    points: NotRequired[list[tuple[float, float]]]
    """Truth and mean prediction of some rows, in the order of truth."""
    coverage: NotRequired[list[tuple[float, float]] | None]
    """Level of a central interval and share of truths in it; None without distributions."""
    forecast: NotRequired[Forecast]
    mse: NotRequired[float]
    by_series: NotRequired[list[tuple[str, float, float]]]
    """Name, MSE and MAE of every series."""
    by_step: NotRequired[ByStep]


class WindowExample(TypedDict):
    """One forecast over several steps, of the last series."""

    what: str
    """Its rank among the errors."""
    row: int
    series: str
    mse: float
    history: list[float]
    """The steps before it."""
    at: list[int]
    """Steps ahead, counted from 1; subsampled."""
    truth: list[float]
    mean: list[float]
    """Mean over the repeats."""


class AccuracyWithout(TypedDict):
    """Accuracy with and without some test rows."""

    name: str
    all: float
    others: float
    """On the other rows."""


class Duplicates(TypedDict):
    """Test images that training images nearly repeat."""

    rows: int
    alike: float
    """Correlation from which two images count as the same picture."""
    entries: list[AccuracyWithout]


class UnusualFeature(TypedDict):
    """A feature in which a row is unlike the others."""

    name: str
    unit: str
    value: float | str
    side: Literal["same", "low", "high"]
    """Where the row lies; `same` for a category."""
    own: float
    """Share of its own class, or of all rows, at least as extreme."""
    other: NotRequired[float]
    """The same share of the class predicted."""


class WorstRow(TypedDict):
    """A test row an entry gets wrong."""

    row: int
    of: int
    """Repeats that tested it."""
    truth: NotRequired[int]
    """True class."""
    taken: NotRequired[int]
    """Predicted class."""
    for_truth: NotRequired[float]
    """Mean probability of the true class."""
    for_taken: NotRequired[float]
    """Mean probability of the predicted class."""
    missed: NotRequired[int]
    """Repeats that got it wrong."""
    also: NotRequired[dict[str, float]]
    """Share of their repeats in which the other entries got it wrong, by entry."""
    value: NotRequired[float]
    """True value."""
    mean: NotRequired[float]
    """Mean prediction."""
    off: NotRequired[float]
    """Mean prediction minus truth."""
    png: NotRequired[str]
    """The image, base64."""
    series: NotRequired[list[float]]
    text: NotRequired[list[tuple[str, str]]]
    """Pieces of a text; "truth" or "taken" marks a word that speaks for that class."""
    features: NotRequired[list[UnusualFeature]]


class Errors(TypedDict):
    """The worst rows of an entry."""

    tested: int
    """Test rows."""
    items: list[WorstRow]
    missed: NotRequired[int]
    """Rows that some repeat got wrong."""
    by_all: NotRequired[int]
    """Rows that every repeat got wrong."""
    also_by: NotRequired[str]
    """The other entry."""
    by_both: NotRequired[int]
    """Rows that every repeat of both entries got wrong."""
    part: NotRequired[int]
    """One row in a hundred: those with the largest errors."""
    share: NotRequired[float]
    """Their share in the sum of squared errors."""
    means: NotRequired[list[list[float]]]
    """The mean series of every class."""


class LengthBin(TypedDict):
    """Errors on texts of some length."""

    least: int
    """Words."""
    most: int
    rows: int
    wrong: float
    """Share of the predictions."""


class CopiesOfEntry(TypedDict):
    """An entry's score with and without copies, by the headline metric."""

    name: str
    all: float
    others: float


class Copies(TypedDict):
    """Test texts that nearly repeat a training text of the same repeat."""

    tested: int
    """Predictions over all repeats."""
    copied: int
    entries: list[CopiesOfEntry]


class ResultsExhibit(TypedDict):
    """Where the entries of a benchmark err."""

    task: Literal["regression", "classification", "forecast"]
    unit: str
    """Of the targets; "" where it is not known."""
    entries: list[EntryFigures]
    windows: NotRequired[list[WindowExample]]
    """Of a forecast over several steps."""
    duplicates: NotRequired[Duplicates]
    lengths: NotRequired[list[LengthBin]]
    """Of texts."""
    copies: NotRequired[Copies]
    """Of texts."""
    errors: NotRequired[Errors]


class Fan(TypedDict):
    """Forecasts with their quantiles, and what was measured."""

    what: str
    """Its rank among the forecasts over several steps; "" for a course of one-step forecasts."""
    row: int
    """Of the first forecast."""
    series: str
    crps: NotRequired[float]
    """Of this forecast over several steps."""
    history: list[float]
    """The steps before it; none for a course."""
    at: list[int]
    """Steps ahead, counted from 1; of a course rows or years."""
    truth: list[float]
    quantiles: list[list[float]]
    """A list a level."""


class FanFigures(TypedDict):
    """The fan charts of one entry."""

    name: str
    repeat: int
    """Whose forecasts are drawn."""
    fans: list[Fan]


class DistributionExhibit(TypedDict):
    """Fan charts of the entries that predict quantiles, that with the lowest CRPS first."""

    unit: str
    """Of the targets; "" where it is not known."""
    ahead: int
    """Steps of a forecast."""
    at: Literal["year", "row"]
    """What a course's `at` counts."""
    levels: list[float]
    entries: list[FanFigures]
