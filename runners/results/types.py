"""What `results.json` holds, field by field: the summary that page, terminal and MLflow show.

Accuracies are fractions. The descriptions become those of `results.schema.json`.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from benchmarks.judging.levels import Level
from benchmarks.judging.verdict import Limit, Outcome, Scope, Test
from benchmarks.published.baselines import PublishedLevel
from benchmarks.published.comparability import Side
from runners.records.record import Deviation
from runners.results.collection_types import CollectionResult

Direction = Literal["min", "max"]
Status = Literal["done", "partial", "failed", "skipped"]
Interval = list[float]
"""Low and high end."""


class Metric(TypedDict):
    """What the numbers of a metric are."""

    name: str
    """`rmse`, `accuracy`, …."""
    unit: str
    """Unit of its values; `fraction` for accuracies."""
    direction: Direction
    """Which of two scores is better: the smaller or the larger one."""


class ProtocolResult(TypedDict):
    """How scores were obtained; a text is empty where a record does not say."""

    id: str
    """Id of the published protocol."""
    title: str
    """Its name for a reader."""
    source: str
    """Key of the paper it comes from."""
    split: str
    """Which rows train and which test."""
    repeats: int | None
    """How many splits, folds or seeds the whole protocol has."""
    unit: str
    """What those are: split, fold or seed."""
    seeds: int
    """Training seeds on every split or fold, of networks."""
    spread: str
    """What the ± beside the mean is."""
    fitted_on: str
    """Rows that scalers and the like were fitted on."""
    selection: str
    """How the weights that are scored were chosen among the epochs."""
    tuning: str
    """Which rows settings were tuned on."""
    augmented_test: str
    """Test-time augmentation."""
    extra_data: str
    """Data beyond the training rows."""
    citation: str | None
    """The paper it comes from, in one line."""
    url: str | None
    """Address of that paper."""


class DataResult(TypedDict):
    """The data that the headline was trained and tested on."""

    title: str
    """Name for a reader."""
    url: str | None
    """Its own page."""
    licence: str | None
    """Under which it is published."""
    citation: str | None
    """The paper that introduced it, in one line."""
    rows: int
    """Rows of the whole data set."""
    train: int
    """Training rows of a repeat."""
    test: int
    """Test rows of a repeat."""
    features: int | list[int] | None
    """Columns of a table, or the shape of a row."""
    digest: str
    """sha256 of the rows as they were trained on."""
    copy: str
    """Which copy was read."""
    source: str
    """The same as `copy`."""
    official: bool | None
    """Whether that copy is identified as the official one."""
    files: dict[str, str]
    """sha256 of the files it was read from, by name."""
    deviations: list[Deviation]
    """How the copy differs from the official one."""
    classes: int
    """Number of classes; 0 for regression."""
    class_names: list[str]
    """Their names in the order of the targets."""
    facts: dict[str, Any]
    """What the reader of the data noted, such as the years a series spans."""


class Git(TypedDict):
    """The code a score was made with."""

    commit: NotRequired[str]
    """40 hexadecimal digits; missing outside a repository."""
    dirty: NotRequired[bool]
    """Whether files had changed since."""


class Environment(TypedDict, total=False):
    """Where scores were made; empty before the first record."""

    versions: dict[str, str]
    """Of Python and every library a score can depend on, by name."""
    backend: str
    """Keras' backend."""
    platform: str
    """Operating system and machine."""
    cpu: str
    """The processor's model name."""
    cores: int
    """How many the run could use."""
    memory_gb: float | None
    """Physical memory in 10⁹ bytes."""
    device: str
    """`cpu`, or the accelerator that trained."""
    switches: dict[str, str]
    """Environment variables that were set and change the bits a framework computes."""
    git: Git
    """Commit of the working tree."""
    threads: int
    """Threads a group ran with."""
    precision: str
    """Keras' dtype policy."""


class Score(TypedDict):
    """A mean over repeats."""

    mean: float
    """Mean over the repeats."""
    std: float | None
    """Sample standard deviation over the repeats (ddof 1); null for one repeat."""
    ci95: Interval | None
    """95 % interval of the mean by Student's t, repeats taken as independent; null for one."""
    n: int
    """Number of splits, folds or seeds."""
    values: list[float]
    """The score of each of them, of a split or fold the mean over its training seeds."""
    splits: list[int]
    """Number of the split, fold or seed that each value is of."""
    seeds: int
    """Training seeds on a split or fold, the most where they differ; 1 on fixed rows."""
    seeded: int
    """Splits or folds with several seeds."""
    seed_std: float | None
    """Standard deviation (ddof 1) over the seeds of a split or fold, pooled; null for one seed."""


class DifferenceResult(TypedDict):
    """A field in which a published score was obtained otherwise than ours."""

    field: str
    """A protocol field, or protocol, data, metric or statistic."""
    theirs: str
    """The published score's value."""
    ours: str
    """Our value; empty where it is not stated."""
    helped: Side | None
    """Whose score it can only have raised; null where it may have done either."""


class VerdictResult(TypedDict):
    """One entry against one published score or own trivial baseline."""

    baseline: str
    """Id of the published score, or name of the own entry."""
    outcome: Outcome
    """How our score stands."""
    why: str
    """The reason in plain sentences with the numbers in them."""
    p: float | None
    """Of the test that decided: two-sided, the equivalence test's for *reproduced*, the one-sided
    one's for *at-least-as-good*."""
    difference: float | None
    """Ours minus theirs in the metric's unit."""
    helped: Side | None
    """Whom every protocol difference can only have helped."""
    decides: Level | None
    """The level this verdict decides."""
    scope: Scope
    """Of which rows it holds: those scored, or new ones drawn alike."""
    rank: Rank | None
    """Our place among the comparable published scores of this metric, by the means alone; null for
    one that cannot be compared and for own entries."""
    by_single_view: bool
    """Whether ours is the score of single views of the test images, as theirs is, though the
    entry's own averages over several."""
    test: Test | None
    """The test that was made; null for none."""
    limit: Limit | None
    """Why the scores cannot show more."""
    p_worse: float | None
    """Probability that ours is worse by more than the margin; null where no test was made."""
    p_same: float | None
    """That the two are the same within the margin."""
    p_better: float | None
    """That ours is better by more than the margin."""
    in_general: GeneralResult | None
    """The same on rows drawn anew; null where nothing says how the scores would move with them."""
    repeats_needed: int | None
    """Repeats that would settle an inconclusive test, about, seeds on each split where `test` is
    seeds; null where no number would."""
    differences: list[DifferenceResult]
    """Protocol fields in which the two scores were obtained otherwise."""


class GeneralResult(TypedDict):
    """A comparison as it would hold on splits, folds or test rows drawn anew."""

    outcome: Outcome
    """How our score stands."""
    p: float
    """Corrected for the rows that splits share, or with the chance of the test rows added."""
    repeats_needed: int | None
    """Repeats that would settle it, about; null where no number would."""


class MeasuredScore(Score):
    """A score of a metric measured beside the headline metric."""

    verdicts: list[VerdictResult]
    """Against every published score of this metric."""
    strongest: str | None
    """Id of the strongest comparable published score of this metric."""


class TestSampling(TypedDict):
    """How far an accuracy would move on other test rows."""

    items: int
    """Test rows."""
    right: float
    """How many of them are right, on average over the repeats."""
    ci95: Interval
    """Exact binomial 95 % interval of the accuracy (Clopper and Pearson)."""


class CheckResult(TypedDict):
    """What a check of the headline came to."""

    code: str
    """Key of `benchmarks.definition.CHECKS`, which mutes it in a definition."""
    state: Literal["passed", "noted", "muted"]
    """Muted: the definition accepts a finding that would be noted."""
    why: str
    """The finding in one sentence with its numbers."""
    reason: NotRequired[str]
    """Of a muted one: why the definition accepts it."""


class EntryResult(TypedDict):
    """One entry of a benchmark: its newest generation of records."""

    name: str
    """Its name in the benchmark."""
    kind: str | None
    """`keras`, or `reference` for a classical or trivial baseline."""
    headline: bool
    """Whether the benchmark is judged by it."""
    floor: bool
    """Whether it is a trivial baseline."""
    about: str | None
    """One sentence for a reader."""
    values: dict[str, Any]
    """The recipe: every number its score depends on."""
    suite: str | None
    """The smallest suite that runs it."""
    threads: int | None
    """Threads one group wants; 0 means all cores."""
    protocol: dict[str, str]
    """Protocol fields in which it departs from its benchmark's."""
    score: Score | None
    """Of the headline metric."""
    test_sampling: TestSampling | None
    """For accuracies on fixed test rows."""
    metrics: dict[str, MeasuredScore]
    """Scores of other metrics, by name."""
    seconds: float | None
    """Wall time of training all repeats."""
    predict_ms_a_row: float | None
    """Wall time of predicting, in milliseconds a test row, rows of a repeat predicted together and
    the start-up of the first call included; null where it was too short to be measured."""
    params: int | None
    """Trainable parameters; null for what has none to count."""
    model_bytes: int | None
    """Size of the file of the fitted network; null where none is kept."""
    network_ms_a_row: float | None
    """The same of the kept network alone, without start-up; null where none is kept."""
    train_score: float | None
    """The headline metric of the kept network on its own training rows; null where none is kept."""
    run_id: str | None
    """Its run in MLflow."""
    experiment_id: str | None
    """The experiment of that run."""
    repeats: list[int]
    """Which trainings it has: of n splits, number r trained split r mod n."""
    missing: int
    """How many of its trainings it lacks."""
    recipe: str
    """sha256 of all its scores depend on but repeat, seed and group."""
    finished_at: str
    """When the last of its trials finished, ISO 8601."""
    note: str | None
    """What keeps it from being compared with the headline."""
    reruns: str | None
    """Id of the published score whose recipe it trains as published; null for none."""
    remarks: NotRequired[list[str]]
    """What of its network is not used as written; missing where there is nothing to say."""
    unsaved: NotRequired[str]
    """Why its fitted network is not kept; missing where it is, or none would be."""
    checks: NotRequired[list[CheckResult]]
    """Of the headline: every check that its records and exhibits allow; missing for others."""
    verdicts: list[VerdictResult]
    """Against every published score of the headline metric and every own trivial baseline."""


class PublishedScore(TypedDict):
    """A published score."""

    id: str
    """Its id in `baselines.csv`."""
    model: str
    """What was scored."""
    metric: str
    """Name of its metric."""
    score: float
    """In the unit of its metric."""
    rounding: float
    """Half a unit of the last digit printed."""
    spread: float | None
    """The printed ±."""
    spread_kind: Literal["standard error", "standard deviation"] | None
    """What that ± is."""
    n: int | None
    """Runs, splits or folds behind it; null where the source does not say."""
    ci95: Interval | None
    """95 % interval of the mean, where spread and n are known."""
    level: PublishedLevel
    """How strong a score it is."""
    citation: str | None
    """The paper, in one line."""
    cited_as: str
    """Its authors and year."""
    url: str
    """Where it was read."""
    provenance: str
    """read (the source was opened), read-secondary (a later quotation was), or computed."""
    protocol: str
    """Id of the protocol it belongs to, but for what `differs` says."""
    differs: dict[str, str]
    """Fields of the protocol, "data" or "metric", with the value it was obtained with."""
    note: str | None
    """What a reader has to know."""


class Beaten(TypedDict):
    """A published score that ours is better than."""

    baseline: str
    """Its id."""
    p: float
    """After Holm's correction for all of its level."""


class Rank(TypedDict):
    """Place of the headline among the comparable published scores, by the means alone."""

    place: int
    """1 for the best; a published score that is equal does not push it back."""
    of: int
    """Comparable published scores of the headline metric, and ours."""


class Skill(TypedDict):
    """How much of the way from a trivial baseline to the best published score is gone."""

    value: float
    """(trivial - ours) / (trivial - best): 0 for the trivial baseline, 1 for the best score."""
    ci95: Interval | None
    """The same for the ends of the 95 % interval of our mean; null for one repeat."""
    trivial: str
    """Name of the best trivial baseline, ours or a comparable published one."""
    best: str
    """Id of the strongest comparable published score."""


class LevelComparison(TypedDict):
    """The headline against all comparable published scores of one level at once."""

    of: int
    """How many there are."""
    better: list[Beaten]
    """Those it is better than, best first."""
    statement: str
    """The same in a sentence."""


class DeepLearningGain(TypedDict):
    """The headline network against the best baseline trained on the same rows, on these rows."""

    reference: str
    """Name of that baseline's entry."""
    difference: float
    """Ours minus theirs in the metric's unit."""
    p: float | None
    """Of the test that decided."""
    outcome: Outcome
    """How the network stands."""
    in_general: GeneralResult | None
    """The same on splits or folds drawn anew; null on fixed rows."""
    why: str
    """The reason in plain sentences."""


class HeadlineOverRerun(TypedDict):
    """The headline against a re-run of a published recipe, on the repeats both have."""

    difference: float
    """Headline minus re-run in the metric's unit."""
    ci95: Interval | None
    """95 % interval of the difference; null for a single repeat."""
    n: int
    """Repeats of the re-run in the comparison."""
    outcome: Outcome
    """How the headline stands."""
    scope: Scope
    """Of which rows it holds: those scored."""
    why: str
    """The same in plain sentences."""


class RerunResult(TypedDict):
    """A published recipe trained here as it was published."""

    entry: str
    """Name of the entry that trains it."""
    baseline: str
    """Id of the published score."""
    outcome: Outcome
    """How the re-run stands against the published score, as in its verdict."""
    reproduced: bool | None
    """Whether it gives the published score within the margin; null where that is not shown."""
    difference: float
    """Re-run minus published in the metric's unit."""
    why: str
    """What was published, what the re-run gives, and whether they agree."""
    headline: HeadlineOverRerun | None
    """What the headline adds; null where it is the re-run or has no score on the same rows."""


class FailureResult(TypedDict):
    """A group of trials that failed and has not succeeded since."""

    entry: str
    """Name of the entry."""
    headline: bool
    """Whether it is the headline."""
    repeats: list[int] | None
    """Which repeats."""
    reason: str | None
    """One line."""
    at: str | None
    """ISO 8601 time, UTC."""


class AuditTrick(TypedDict):
    """A shortcut and the score it would have given."""

    name: str
    """What was done."""
    mean: float
    """Mean score with it."""
    values: list[float]
    """Score of every repeat with it."""
    gain: float
    """By how much it flatters, in the metric's better direction."""


class AuditTable(TypedDict):
    """What known shortcuts would have gained the headline; in no score of the page."""

    entry: str
    """The entry that was audited."""
    n: int
    """Number of repeats."""
    at: str
    """ISO 8601 time."""
    clean: float
    """Mean score without any shortcut."""
    tricks: list[AuditTrick]
    """One a shortcut."""


class RowsLine(TypedDict):
    """An entry trained on shares of the training rows."""

    entry: str
    """Its name."""
    means: list[float]
    """Mean score over the repeats, by share."""
    stds: list[float | None]
    """Standard deviation over the repeats (ddof 1), by share; null for one."""


class RowsCurve(TypedDict):
    """Score against the number of training rows; in no score of the page."""

    n: int
    """Number of repeats."""
    at: str
    """ISO 8601 time."""
    rows: list[int]
    """Training rows of a repeat, by share, all of them last."""
    lines: list[RowsLine]
    """The headline first, then the best classical baseline."""


class StudyTrial(TypedDict):
    """One setting of a hyperparameter search."""

    number: int
    """In the order tried, from 0."""
    settings: dict[str, Any]
    """Value of every hyperparameter."""
    state: Literal["complete", "pruned", "failed"]
    """Whether it was judged on all inner folds."""
    mean: float | None
    """Mean inner score."""
    scores: list[float]
    """Inner score of every fold."""
    again: bool
    """Whether it was tried before, and its scores copied."""


class StudyHeadline(TypedDict):
    """The headline on the inner folds of a search."""

    entry: str
    """Its name."""
    scores: list[float]
    """Its inner score on every fold."""


class StudyTable(TypedDict):
    """A hyperparameter search, judged by inner validation alone."""

    metric: Metric
    """What inner scores are."""
    make: str
    """Which kind of network was searched."""
    kind: str
    """What the inner folds are."""
    unit: str
    """What a repeat of the outer protocol is."""
    repeats: int
    """Repeats of the outer protocol."""
    sizes: list[list[int]]
    """Training and validation rows of every inner fold."""
    headline: StudyHeadline | None
    """The headline on the same folds."""
    trials: list[StudyTrial]
    """In the order tried."""
    importance: dict[str, float]
    """Share of the variance that each hyperparameter explains, largest first."""
    seconds: float
    """Wall time of training."""
    finished_at: str
    """ISO 8601 time."""


class HistoryScore(TypedDict):
    """A score as the history keeps it."""

    mean: float
    """Mean over the repeats."""
    std: float | None
    """Sample standard deviation over the repeats (ddof 1)."""
    ci95: Interval | None
    """95 % interval of the mean by Student's t."""
    n: int
    """Number of repeats."""


class HistoryResult(TypedDict):
    """What the headline scored at one time."""

    entry: str
    """Name of the headline then."""
    at: str
    """When its last repeat finished, ISO 8601."""
    metric: Metric
    """The headline metric then."""
    score: HistoryScore
    """The score."""
    recipe: str
    """sha256 of all the score depends on but repeat, seed and group."""
    data: NotRequired[str | None]
    """Digest of the data."""
    protocol: NotRequired[str | None]
    """Id of the protocol."""
    versions: NotRequired[dict[str, str]]
    """Of Python and the libraries, by name."""
    device: NotRequired[str | None]
    """What it was trained on."""
    commit: NotRequired[str]
    """First digits of the code's commit."""


class BenchmarkResult(TypedDict):
    """One question on one data set under one protocol, and how its entries answer it."""

    name: str
    """`family/benchmark`."""
    family: str
    """The part of the name before the slash."""
    task: str | None
    """regression or classification."""
    question: str | None
    """One sentence for a reader."""
    suite: str | None
    """The smallest suite that runs it."""
    metric: Metric | None
    """The headline metric; null where nothing has run."""
    also: list[Metric]
    """Metrics measured beside it."""
    protocol: ProtocolResult | None
    """How scores are obtained; null where nothing has run."""
    margin: float | None
    """Equivalence margin: the largest difference that counts as none, in the metric's unit."""
    margin_why: str | None
    """Why it is this large."""
    lessons: str | None
    """What there is to learn."""
    matters: str | None
    """Why the answer matters, in the owner's words."""
    decision: str | None
    """What was decided on the result, in the owner's words."""
    deprecated: str | None
    """Why nobody should use this data any more."""
    data: DataResult | None
    """The data; null where nothing has run."""
    status: Status
    """done, partial (repeats or entries are missing), failed or skipped."""
    reason: str | None
    """Why it is not done."""
    remedy: str | None
    """What to do about it."""
    level: Level
    """The level the headline has reached."""
    level_why: str | None
    """What it rests on, and what the next level lacks."""
    strongest: str | None
    """Id of the strongest published score that the headline can be compared with."""
    anchor: str | None
    """Id of the published score that the definition declares for *good*; null for none."""
    summit: str | None
    """Id of the comparable published score that decides *world-class*; null for none."""
    rank: Rank | None
    """Place among the comparable published scores; null without one above trivial baselines."""
    claim: str
    """What the headline's score comes to, in one sentence."""
    skill: Skill | None
    """Null without a comparable published score better than a trivial baseline."""
    better_than_any: dict[str, LevelComparison]
    """By level of published scores."""
    deep_learning: DeepLearningGain | None
    """The gain of the headline network over the best baseline."""
    reruns: list[RerunResult]
    """Published recipes trained here as published."""
    entries: list[EntryResult]
    """The headline first."""
    failures: list[FailureResult]
    """What failed and has not succeeded since."""
    baselines: list[PublishedScore]
    """Of the headline metric first, each metric's best first."""
    environment: Environment | None
    """Where the headline was trained."""
    finished_at: str | None
    """When the last of its trials finished, ISO 8601."""
    audit: AuditTable | None
    """What shortcuts would have gained."""
    training_rows: RowsCurve | None
    """Score against the share of training rows, where it was audited."""
    study: StudyTable | None
    """The hyperparameter search that was worked on last."""
    history: list[HistoryResult]
    """What the headline scored over time, the first result first."""


class Achieved(TypedDict):
    """What the claim counts; toy benchmarks count nowhere."""

    benchmarks: int
    """Those scored and with a comparable published score."""
    reproduced_or_beaten: int
    """Of these, shown better than the best comparable one, or the same within the margin."""
    at_least_as_good: int
    """Further ones, shown not worse by the margin."""
    median_skill: float | None
    """Median of their skill."""
    skills: int
    """How many of them have one."""
    collections: int
    """Those judged against a published method, but for ones whose tasks are all in a larger one."""
    collections_passed: int
    """Of these, at least as good as the best ranked published method, reproduced or better."""
    collections_unfinished: int
    """Of these, with tasks that have no score yet."""


class Results(TypedDict):
    """Everything `results.json` holds."""

    schema: int
    """Number of this layout: 2. Keys may be added to it, none is removed; 1 had fewer."""
    generated_at: str
    """ISO 8601 time, UTC."""
    environment: Environment
    """Where the newest record was made."""
    mlflow: str | None
    """Always null: the address of the owner's MLflow is private. Schema 1 had it."""
    notes: list[str]
    """What could not be read, and what is wrong with the owner's files."""
    claim: str
    """What all scores come to, in one sentence that never rounds up."""
    achieved: Achieved
    """The numbers of that sentence."""
    benchmarks: list[BenchmarkResult]
    """Those with scores first; own tasks of a collection are lines of it alone."""
    collections: list[CollectionResult]
    """Many tasks judged as a whole; those of which anything was run."""
