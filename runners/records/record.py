"""The record of a trial: what a finished trial leaves as JSON, field by field.

    runs/records/<family>/<benchmark>/<entry>/<repeat>-<fingerprint>.json

A record is read without the definition it came from. `parse` checks a file against these types;
everything else relies on it. Keys that are not named here are kept as they are.
"""

from __future__ import annotations

from datetime import datetime
from math import isfinite
from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, Field, PositiveInt
from typing_extensions import TypedDict

from runners.records import parsing

SCHEMA = 1
"""Number of this layout; a record of another one is refused."""


def _date(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("an ISO 8601 time") from None
    return text


def _finite(value: Any) -> Any:
    values = value.values() if isinstance(value, dict) else value
    for inner in values:
        if isinstance(inner, dict | list):
            _finite(inner)
        elif isinstance(inner, float) and not isfinite(inner):
            raise ValueError("finite numbers")
    return value


Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e150, le=1e150)]
"""A number, whole or not, whose square is finite."""
Whole = Annotated[int, Field(ge=0, lt=2**63)]
"""A whole number that a file name, a seed or an array can hold."""
Moment = Annotated[str, AfterValidator(_date)]
"""ISO 8601 time, UTC."""
Values = Annotated[dict[str, Any], AfterValidator(_finite)]
"""Plain JSON whose keys an entry, a data set or a training chose."""


class MetricFacts(TypedDict):
    """What the numbers of a metric are."""

    name: str
    """`rmse`, `accuracy`, …: its key in `Record.scores`."""
    unit: str
    """Unit of its values; `fraction` for accuracies."""
    direction: Literal["min", "max"]
    """Which of two scores is better: the smaller or the larger one."""


class ProtocolFacts(TypedDict):
    """How the score was obtained: `benchmarks.definition.Protocol` without its function."""

    id: str
    """Key into `benchmarks.protocols.PROTOCOLS`."""
    title: str
    """Name for the reader of the page."""
    source: str
    """Key into references.bib."""
    split: str
    """Which rows train and which test."""
    repeats: int
    """How many splits, folds or seeds the whole protocol has."""
    unit: Literal["split", "fold", "seed"]
    """What is repeated."""
    seeds: NotRequired[int]
    """Training seeds on every split or fold, of networks; 1 where it is missing."""
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


class BenchmarkFacts(TypedDict):
    """The benchmark as its definition said when the trial finished."""

    name: str
    """`family/benchmark`."""
    family: str
    """The part of the name before the slash."""
    task: Literal["regression", "classification"]
    """What is predicted: numbers or classes."""
    question: str
    """One sentence for the reader of the page."""
    suite: str
    """The smallest suite that runs it."""
    metric: MetricFacts
    """The headline metric: it decides verdicts and levels."""
    also: list[MetricFacts]
    """Metrics recorded beside it."""
    protocol: ProtocolFacts
    """The rules, before an entry's own departures from them."""
    margin: Number
    """Largest difference that still counts as the same score, in the metric's unit."""
    margin_why: str
    """Why it is this large."""
    anchor: NotRequired[str]
    """Id of the published score that a competent practitioner should match; "" for none."""
    anchor_why: NotRequired[str]
    """Why it is that one, by its source; "" without an anchor."""
    muted: NotRequired[dict[str, str]]
    """Checks whose finding is accepted, by code, with the reason."""
    lessons: str
    """What there is to learn; "" where nothing is said."""
    matters: NotRequired[str]
    """Why the answer matters; "" where nothing is said."""
    decision: NotRequired[str]
    """What was decided on the result; "" where nothing is said."""
    deprecated: str
    """Why nobody should use this data any more; "" otherwise."""


class EntryFacts(TypedDict):
    """The entry as its definition said when the trial finished."""

    name: str
    """Its name in the benchmark."""
    kind: Literal["keras", "reference"]
    """A Keras network, or a classical or trivial baseline."""
    about: str
    """One sentence for the reader of the page."""
    values: Values
    """The recipe: every number its score depends on."""
    headline: bool
    """Whether the benchmark is judged by it."""
    floor: bool
    """Whether it is a trivial baseline."""
    suite: str
    """The smallest suite that runs it."""
    stack: int
    """How many repeats train together at most; 0 means all of them."""
    repeats: int
    """How many of the protocol's repeats it runs; 0 means all of them."""
    seeded: NotRequired[int | None]
    """On how many splits it trains all seeds of the protocol; None or missing: on all."""
    threads: int
    """Threads one group wants; 0 means all cores."""
    protocol: dict[str, str]
    """Protocol fields in which it departs from its benchmark's."""
    seconds: Number
    """Declared for all repeats on one core; 0 where nothing was declared."""
    reruns: NotRequired[str]
    """Id of the published score whose recipe it trains as published; "" for none."""


class Deviation(TypedDict):
    """How the copy of the data differs from the official one."""

    what: str
    """The difference in words."""
    bound: Number
    """How far it can move the score at most, in the metric's unit."""


class SourceFacts(TypedDict):
    """Where the data came from and what it is, without the rows of a repeat."""

    title: str
    """Name for the reader of the page."""
    url: str
    """Its own page."""
    licence: str
    """Under which it is published."""
    citation: str
    """Key into references.bib."""
    rows: Whole
    """Rows of the whole data set."""
    features: int | list[int]
    """Columns of a table, or the shape of a row."""
    digest: str
    """sha256 of the rows as they were trained on."""
    copy: str
    """Which copy was read."""
    official: bool
    """Whether that copy is the official one."""
    files: dict[str, str]
    """sha256 of the files it was read from, by name."""
    deviations: list[Deviation]
    """How the copy differs from the official one."""
    classes: int
    """Number of classes; 0 for regression."""
    class_names: list[str]
    """Their names in the order of the targets 0 … classes - 1."""
    facts: Values
    """What the reader of the data noted, such as the years a series spans."""


class DataFacts(SourceFacts):
    """The data of one trial."""

    train: PositiveInt
    """Training rows of this repeat."""
    test: PositiveInt
    """Test rows of this repeat."""


class Seconds(TypedDict):
    """Wall time, in seconds."""

    group: Number
    """Training the whole group."""
    trial: Number
    """This trial's share of it."""
    predict: Number
    """Predicting this trial's test rows."""


class Git(TypedDict):
    """The code the trial ran from."""

    commit: NotRequired[str]
    """40 hexadecimal digits; missing outside a repository."""
    dirty: NotRequired[bool]
    """Whether files had changed since."""


class Environment(TypedDict):
    """Where the trial ran."""

    versions: dict[str, str]
    """Of Python and every library a score can depend on, by name; `-` where not installed."""
    backend: NotRequired[str]
    """Keras' backend; records of version 0.1 may lack it where it is TensorFlow."""
    platform: str
    """Operating system and machine, as `platform.platform()`."""
    cpu: str
    """The processor's model name."""
    cores: int
    """How many the run could use."""
    memory_gb: Number | None
    """Physical memory in 10⁹ bytes; None where the system does not say."""
    device: str
    """`cpu`, or the accelerator that trained."""
    switches: dict[str, str]
    """Environment variables that were set and change the bits a framework computes."""
    git: Git
    """Commit of the working tree; empty outside a repository."""
    threads: int
    """Threads the group ran with."""
    precision: str
    """Keras' dtype policy."""


class Inputs(TypedDict, total=False):
    """Everything the recipe's hash was made from: what a score depends on, whatever the repeat."""

    data: str
    """Digest of the data set."""
    train_rows: int | None
    """Rows before the official split; None where there is none."""
    task: str
    """As in `BenchmarkFacts`."""
    metric: Annotated[list[str], Field(min_length=3, max_length=3)]
    """Name, unit, hash of its code."""
    also: list[list[str]]
    """The same of the metrics beside it; missing where there are none."""
    protocol: dict[str, str]
    """Its fields with the entry's departures, and the hash of the code that splits."""
    entry: Annotated[list[str], Field(min_length=4, max_length=4)]
    """Name, kind, hash of the code, hash of the values."""
    environment: Values
    """What of `Environment` counts: versions without MLflow's, device, threads, precision, backend,
    and every switch that was set."""


class Times(TypedDict):
    """When a trial ran."""

    started_at: Moment
    """When its group began."""
    finished_at: Moment
    """When its group was done."""


class SystemCurves(TypedDict):
    """What the process of a group took of the machine while it trained, one value a sample."""

    seconds: list[Number]
    """Since the group began."""
    process_cpu_percent: list[Number]
    """Of one core, since the sample before."""
    process_memory_mb: list[Number]
    """Resident, in 10⁶ bytes."""


class Adoption(TypedDict):
    """How a record got the fingerprint of code other than it was made by."""

    recipe: str
    """The recipe it had before."""
    trained_again: list[int]
    """Repeats that came out the same to the bit under the new code, trained together."""
    compared: Literal["scores", "scores and predictions"]
    """What was the same; predictions where they had been kept."""
    at: Moment
    """When."""
    git: Git


class Record(Times):
    """One finished trial."""

    schema: int
    """Number of this layout: 1."""
    benchmark: BenchmarkFacts
    entry: EntryFacts
    repeat: Whole
    """Which repeat of the protocol it is, counted from 0; of n splits it trains repeat mod n."""
    seed: Whole
    """What everything random in it started from."""
    group: list[Whole]
    """Repeats that trained together, this one among them."""
    recipe: str
    """sha256 of `inputs`: records with the same one are one generation of an entry."""
    fingerprint: str
    """sha256 of recipe, repeat, seed and group: same fingerprint, same score."""
    inputs: Inputs
    scores: dict[str, Number]
    """On the test rows, by metric; accuracies are fractions. Where predictions average over views
    of an image, the headline metric without that too, see `single_view`."""
    history: dict[str, list[Number]]
    """Curves by name, one value an epoch."""
    system: NotRequired[SystemCurves]
    """Of trainings over a minute."""
    params: Whole | None
    """Trainable parameters; None for what has none to count."""
    notes: NotRequired[Values]
    """What training decided by itself: the recipe chosen, the epoch kept."""
    seconds: Seconds
    clock: NotRequired[Times]
    """What the clock said, where it had been set back and the record is dated after its
    predecessors; missing otherwise."""
    environment: Environment
    data: DataFacts
    adopted: NotRequired[list[Adoption]]
    """Each time it was carried over to changed code (`runners adopt`), the first one first."""


class FailedGroup(TypedDict):
    """`failed.json` of an entry: why a group has no records."""

    benchmark: str
    entry: str
    repeats: list[int]
    """Repeats that failed and have not succeeded since."""
    reason: str
    """One line."""
    detail: NotRequired[str]
    """Traceback in the worker."""
    outside: NotRequired[bool]
    """Whether the cause may lie outside the model."""
    at: NotRequired[str]
    """ISO 8601 time, UTC."""
    benchmark_facts: NotRequired[BenchmarkFacts]
    entry_facts: NotRequired[EntryFacts]


class Skipped(TypedDict):
    """Why a benchmark that was asked for could not run: a value of `skipped.json`, by name."""

    reason: str
    remedy: str
    """What to do about it."""
    at: NotRequired[str]
    """ISO 8601 time, UTC."""


def single_view(metric: str) -> str:
    """Key in `Record.scores` of a metric on test images seen once each, beside their average."""
    return f"{metric}_single_view"


def parse(content: bytes) -> Record:
    """A record file. Raises ValueError with what keeps it from being one."""
    return _scored(parsing.parse(Record, content, SCHEMA))


def check(value: Any) -> Record:
    """A record made here, before it is written. Raises ValueError as `parse` does."""
    return _scored(parsing.check(Record, value, SCHEMA))


def _scored(record: Record) -> Record:
    metric = record["benchmark"]["metric"]["name"]
    if metric not in record["scores"]:
        raise ValueError(f"no score for the headline metric '{metric}'")
    return record
