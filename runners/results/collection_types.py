"""What `results.json` holds of collections, field by field."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from benchmarks.judging.levels import Level
from benchmarks.judging.verdict import Outcome

MethodKind = Literal["headline", "network", "baseline", "published"]
"""The headline, our other networks, our classical baselines, and published models."""


class TaskMetric(TypedDict):
    """What the numbers of a metric are, on every task of a collection."""

    name: str
    """`rmse`, `accuracy`, …."""
    unit: str
    """Unit of its values; empty where tasks differ in it."""
    direction: Literal["min", "max"]
    """Which of two scores is better: the smaller or the larger one."""


class TaskPublished(TypedDict):
    """The strongest published score that a task's headline can be compared with."""

    id: str
    """Its id in `baselines.csv`."""
    model: str
    """What was scored."""
    score: float
    """In the unit of the task's metric."""
    rounding: float
    """Half a unit of the last digit printed."""
    cited_as: str
    """Its authors and year."""
    url: str
    """Where it was read."""


class TaskResult(TypedDict):
    """One task of a collection, in a line."""

    name: str
    """Name of the benchmark."""
    title: str
    """Its name within the collection."""
    own: bool
    """Whether it belongs to the collection alone, and has no page and no row of its own."""
    status: Literal["done", "partial", "failed", "skipped", "not run"]
    """How far it was run."""
    reason: str | None
    """Why it is not done."""
    excluded: str | None
    """Why it is in no comparison across tasks; null for one that is."""
    rows: int | None
    """Rows of the whole data set."""
    features: int | list[int] | None
    """Columns of a table, or the shape of a row."""
    classes: int | None
    """Number of classes; 0 for regression."""
    metric: TaskMetric | None
    """Its headline metric; null where it has not run."""
    test: int | None
    """Test rows of a repeat."""
    entry: str | None
    """The entry it is judged by."""
    mean: float | None
    """Mean score of that entry over its repeats."""
    std: float | None
    """Sample standard deviation over the repeats (ddof 1)."""
    n: int
    """Number of repeats; 0 without a score."""
    scores: dict[str, dict[str, float]]
    """Mean of every entry, by metric and entry."""
    best: TaskPublished | None
    """The strongest comparable published score."""
    outcome: Outcome | None
    """How ours stands against it, on these rows."""
    why: str | None
    """The reason, with the numbers in it."""
    place: int | None
    """Place of ours among the comparable published scores."""
    of: int | None
    """How many those are, and ours."""
    level: Level
    """The level its headline has reached."""


class MethodResult(TypedDict):
    """One method of a ranking."""

    method: str
    """A published model, or one of our entries."""
    kind: MethodKind
    """Whose it is."""
    mean_rank: float
    """Mean over the tasks; 1 is the best, ties share the mean of their places."""
    mean: float | None
    """Mean score over the tasks; null where tasks differ in their unit."""
    cited_as: str | None
    """Authors and year of a published one."""


class RankingResult(TypedDict):
    """All methods that were scored on the same tasks."""

    tasks: list[str]
    """Names of those tasks."""
    methods: list[MethodResult]
    """The best mean rank first."""
    critical_difference: float | None
    """Of two mean ranks, by Nemenyi's test at 5 %; null for too few tasks to test."""
    friedman: float | None
    """p-value against equal ranks of all methods (Iman and Davenport); null for two methods, or
    too few tasks."""
    alike: list[list[str]]
    """Runs of methods with no pair told apart by signed-rank tests with Holm's correction."""


class PairResult(TypedDict):
    """Our headline against one other method, over the tasks both were scored on."""

    method: str
    """A published model, or another of our entries."""
    kind: MethodKind
    """Whose it is."""
    cited_as: str | None
    """Authors and year of a published one."""
    helped: list[str]
    """Protocol fields in which its scores were obtained otherwise."""
    tasks: int
    """Tasks both were scored on."""
    wins: int
    """Tasks on which ours is better by more than the printed rounding."""
    ties: int
    """Tasks on which neither is."""
    losses: int
    """Tasks on which ours is worse."""
    difference: float
    """Mean over the tasks; positive where ours is better."""
    ci95: list[float] | None
    """95 % interval of that mean, by Student's t over tasks."""
    p: float | None
    """Of Wilcoxon's signed-rank test, two-sided; null for too few tasks."""
    p_holm: float | None
    """The same after Holm's correction for all methods of its kind."""
    p_worse: float | None
    """By the Bayesian signed-rank test: that ours is worse by more than the region of practical
    equivalence."""
    p_same: float | None
    """That the two are practically the same."""
    p_better: float | None
    """That ours is better by more than the region."""
    outcome: Outcome
    """How ours stands across tasks."""


class MetricResult(TypedDict):
    """Comparisons across tasks in one metric."""

    metric: TaskMetric
    """What is compared."""
    relative: bool
    """Whether differences are logarithms of ratios, since tasks differ in their unit."""
    rope: float
    """Half the region of practical equivalence, in the unit of `difference`."""
    mean: float | None
    """Mean of our headline over the tasks compared; null where tasks differ in their unit."""
    tasks: list[str]
    """Tasks that our headline was scored on and that are compared."""
    ranking: RankingResult | None
    """Null with fewer than two methods or tasks."""
    pairs: list[PairResult]
    """Published methods first, each kind's hardest to beat first."""
    left_out: dict[str, int]
    """Published methods that are not ranked, with the number of tasks they were scored on."""


class PanelRanks(TypedDict):
    """Mean ranks within a panel over some of the tasks."""

    title: str
    """all, small or large."""
    tasks: int
    """How many tasks that are."""
    ranks: dict[str, float]
    """Mean rank by method, the best first; `headline` is ours."""


class PanelResult(TypedDict):
    """Published methods ranked with our headline as their authors ranked them."""

    title: str
    """Whose they are."""
    ranks: list[PanelRanks]
    """Over all tasks, and over the small and large ones."""
    lacking: list[str]
    """Methods with too few scores, which are left out."""


class CollectionResult(TypedDict):
    """Many tasks under one protocol, judged as a whole."""

    name: str
    """`family/collection`."""
    family: str
    """The part of the name before the slash."""
    title: str
    """Name for a reader."""
    question: str
    """One sentence."""
    protocol: str
    """How every task is scored."""
    why: str
    """Why these tasks."""
    note: str | None
    """What a reader has to know of the published scores."""
    citation: str | None
    """The paper it is from, in one line."""
    url: str | None
    """Address of that paper."""
    absent: dict[str, str]
    """Tasks that belong to it by its source and are not among `tasks`, with the reason."""
    despite: dict[str, str]
    """Protocol fields in which published scores may differ and still count, with the reason."""
    entry: str | None
    """The entry it is judged by; null where it is each task's own headline."""
    status: Literal["done", "partial", "skipped"]
    """Whether every task has a score."""
    reason: str | None
    """What is missing."""
    members: int
    """How many tasks it has, without the absent ones."""
    scored: int
    """How many of them our headline has a score on."""
    seconds: float
    """Wall time of training, of its own tasks and all their entries; 0 without own ones."""
    dirty: int
    """How many of its own tasks were trained while sources had changes no commit holds."""
    finished_at: str | None
    """When the last trial of its tasks finished, ISO 8601."""
    outcome: Outcome | None
    """How our headline stands across tasks against the best ranked published method."""
    against: str | None
    """That method."""
    statement: str
    """The verdict in a sentence."""
    metrics: list[MetricResult]
    """The headline metric first."""
    panels: list[PanelResult]
    """Rankings as published ones were made."""
    tasks: list[TaskResult]
    """In the collection's order."""
