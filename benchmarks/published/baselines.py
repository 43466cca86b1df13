"""The published scores (`baselines.csv`), their citations (`references.bib`) and a validator."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from benchmarks.data import uci121
from benchmarks.protocols import (
    AUGMENTATIONS,
    FACTS,
    PROTOCOLS,
    SELECTIONS,
    TUNINGS,
    same_fact,
    stated,
)
from benchmarks.published.split_scores import PUBLISHED

FOLDER = Path(__file__).parents[1]
PublishedLevel = Literal["floor", "below-floor", "classical", "good", "world-class"]
LEVELS: tuple[PublishedLevel, ...] = get_args(PublishedLevel)
"""What a published score stands for; the first and the last two decide levels.

*floor*: a trivial baseline (mean, majority, a constant class, last value, last season).
*below-floor*: a published network that a trivial baseline beats. *classical*: a published copy of
a classical model that is no floor and no target either (least squares, one nearest neighbour).
*good*, *world-class*: what a competent practitioner reaches, and the best of the protocol.
"""
WORDS = {"selection": SELECTIONS, "tuning": TUNINGS, "augmented_test": AUGMENTATIONS}
"""Vocabulary of the protocol fields that have one."""
TEST_ROWS = {
    "cifar/cifar10": 10_000,
    "cifar/cifar100": 10_000,
    "mnist/fashion-mnist": 10_000,
    "mnist/mnist": 10_000,
    "timeseries/acsf1": 100,
    "timeseries/arrowhead": 175,
    "timeseries/beef": 30,
    "timeseries/cbf": 900,
    "timeseries/coffee": 28,
    "timeseries/ecg200": 100,
    "timeseries/gunpoint": 150,
    "timeseries/har": 2_947,
    "timeseries/italy-power-demand": 1_029,
    "timeseries/japanese-vowels": 370,
    "text/sms-spam": 3_900,
    "timeseries/osuleaf": 242,
    "uci/adult": 16_281,
    "uci/letter": 4_000,
    "uci/optdigits": 1_797,
    "uci/pendigits": 3_498,
    **{f"uci/archive-121-{task.slug}": task.test_rows for task in uci121.tasks()},
}
"""Test rows of a run, where all runs have as many: an accuracy is a whole count of them."""
SpreadKind = Literal["", "standard error", "standard deviation"]
SPREADS: tuple[SpreadKind, ...] = get_args(SpreadKind)
PROVENANCES = ("read", "read-secondary", "computed")
DIRECTIONS = {
    "accuracy": "max",
    "rmse": "min",
    "mae": "min",
    "mse": "min",
    "log_likelihood": "max",
    "mcc": "max",
    "f1": "max",
    "spam_caught": "max",
    "ham_blocked": "min",
}
SHARES = ("accuracy", "f1", "spam_caught", "ham_blocked")
"""Metrics from 0 to 1."""


@dataclass(frozen=True)
class Baseline:
    """A published score with what it takes to compare with it."""

    id: str
    benchmark: str
    model: str
    metric: str
    score: float
    """In the unit of its metric: accuracies are fractions, log-likelihoods nats a row."""
    rounding: float
    """Half of the last printed step, the most by which the unrounded score differs; 0 if exact."""
    spread: float | None
    spread_kind: SpreadKind
    """What `spread` is: "standard error", "standard deviation", or "" where there is none."""
    n: int | None
    """Runs, splits or folds behind the score; None where the source does not say."""
    level: PublishedLevel
    protocol: str
    """Id of the protocol it belongs to, but for what `differs` says."""
    citation: str
    """Key into references.bib."""
    url: str
    provenance: str
    """read (the source was opened), read-secondary (a later quotation was), or computed."""
    differs: Mapping[str, str] = field(default_factory=dict)
    """Fields of `Protocol`, "data" or "metric", with the value the published score has."""
    per_split: str = ""
    """Key into `split_scores.PUBLISHED` where the scores of every split are published too."""
    note: str = ""

    @property
    def exact(self) -> bool:
        """Whether the score is known without error: a rule without chance on fixed rows."""
        return self.spread == 0

    def decides(self, margin: float) -> bool:
        """Whether the score can decide a level, with the benchmark's margin of equivalence.

        Only good and world-class scores do, and only where the rounding is smaller than the
        margin: a score that can be off by the margin or more is never shown to be equalled.
        """
        return self.level in LEVELS[-2:] and self.rounding < margin

    @property
    def deviation(self) -> float | None:
        """Sample standard deviation (ddof 1) over its n repeats; None where it is unknown.

        A standard error is a standard deviation divided by √n. Published spreads are taken as
        NumPy's default (ddof 0), which holds wherever scores per repeat allow a check; where it
        does not hold, the result is too wide by √(n/(n-1)), never too narrow.
        """
        if self.spread is None or self.n is None or self.n < 2:
            return None
        deviation = self.spread * (math.sqrt(self.n) if self.spread_kind == SPREADS[1] else 1)
        return deviation * math.sqrt(self.n / (self.n - 1))


def load(benchmark: str | None = None) -> list[Baseline]:
    """Published scores of one benchmark (`family/name`), or all, in the order of the file."""
    return list(_all() if benchmark is None else _by_benchmark().get(benchmark, ()))


def citation(key: str) -> str:
    """One line for a reader: authors (year), title, where; empty for no key, of data of one's own.

    KeyError names an unknown key.
    """
    if not key:
        return ""
    entry = references()[key]
    where = [
        entry[key]
        for key in ("booktitle", "journal", "howpublished", "institution")
        if key in entry
    ]
    if "eprint" in entry:
        where.append(f"arXiv:{entry['eprint']}")
    return f"{short_citation(key)}. {', '.join([entry['title'], *where])}."


def short_citation(key: str) -> str:
    """Authors and year of a key, as `Gal and Ghahramani (2016)`. KeyError names an unknown key."""
    entry = references()[key]
    names = [_name(author) for author in entry["author"].split(" and ")]
    if names[-1] == "others" or len(names) > 3:
        names = [f"{names[0]} et al."]
    authors = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"{authors} ({entry['year']})"


@cache
def references() -> dict[str, dict[str, str]]:
    """Entries of references.bib by key, each a dict of its fields."""
    return parse_bib((FOLDER / "references.bib").read_text(encoding="utf-8"))


def parse_bib(text: str) -> dict[str, dict[str, str]]:
    """Read BibTeX as this project writes it: one field a line, values in braces.

    Raises ValueError for a key that comes twice.
    """
    entries: dict[str, dict[str, str]] = {}
    for key, body in re.findall(r"^@\w+\{([^,\s]+),\n(.*?)^\}", text, re.MULTILINE | re.DOTALL):
        if key in entries:
            raise ValueError(f"references.bib: key {key} comes twice; keep one")
        fields = re.findall(r"^\s*(\w+)\s*=\s*\{(.*)\},?$", body, re.MULTILINE)
        entries[key] = {name: re.sub(r"[{}\\]", "", value) for name, value in fields}
    return entries


def problems(baselines: Iterable[Baseline] | None = None) -> list[str]:
    """Say what is wrong with published scores (all of the file's by default); [] when nothing is.

    Refuses a missing citation, an unknown protocol or field, an impossible score or spread, a
    score with more digits than its rounding, an accuracy that is no count of test rows, a
    spread without a kind, a recalled score, rows that contradict each other, and levels that
    the scores contradict: a good row that beats a world-class one, or a floor that beats a good
    one, of the same protocol by more than seed noise (`_noise`).
    """
    rows = list(_all() if baselines is None else baselines)
    wrong = [f"{row.id}: {problem}" for row in rows for problem in _row_problems(row)]
    ids = Counter(row.id for row in rows)
    wrong += [f"{id}: comes {times} times" for id, times in ids.items() if times > 1]
    scores, groups = defaultdict(list), defaultdict(list)
    for row in rows:
        question = (row.benchmark, row.metric, row.protocol)
        scores[question, row.model, tuple(sorted(row.differs.items()))].append(row)
        groups[question, _leaks(row)].append(row)
    for same in scores.values():
        statements = [f"{row.score} ± {row.spread}, n = {row.n}, {row.level}" for row in same]
        if len(set(statements)) > 1:
            names = "; ".join(
                f"{row.id}: {what}" for row, what in zip(same, statements, strict=True)
            )
            wrong.append(f"one model, one protocol, different scores: {names}")
    for group in groups.values():
        wrong += _level_problems(group)
    return wrong


def _leaks(row: Baseline) -> tuple[tuple[str, str], ...]:
    """Fields in which a row is comparable with rows of the same departures only."""
    own = PROTOCOLS.get(row.protocol)
    return tuple(
        (name, value)
        for name, value in sorted(row.differs.items())
        if own is None or not same_fact(name, str(getattr(own, name, "")), value)
    )


def _row_problems(row: Baseline) -> Iterable[str]:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row.id):
        yield "the id is no slug of a-z, 0-9 and hyphens"
    entry = references().get(row.citation)
    if entry is None:
        yield f"citation {row.citation!r} is not in references.bib"
    elif missing := [name for name in ("author", "title", "year") if not entry.get(name)]:
        yield f"citation {row.citation} lacks {', '.join(missing)}"
    if not row.url.startswith("https://"):
        yield f"expected an https address, received {row.url!r}"
    if row.protocol not in PROTOCOLS:
        yield f"protocol {row.protocol!r} is none of {', '.join(PROTOCOLS)}"
    for name, value in row.differs.items():
        if name not in (*FACTS, "data", "metric"):
            yield f"differs in {name!r}, which is no field of a protocol"
        allowed = WORDS.get(name)
        if allowed and stated(value) and value not in allowed:
            yield f"{name} {value!r} is none of {', '.join(allowed)}"
    if row.metric not in DIRECTIONS:
        yield f"metric {row.metric!r} is none of {', '.join(DIRECTIONS)}"
    low = {"log_likelihood": -math.inf, "mcc": -1.0}.get(row.metric, 0.0)
    high = 1.0 if row.metric in (*SHARES, "mcc") else math.inf
    if not (math.isfinite(row.score) and low <= row.score <= high):
        yield f"score {row.score} is impossible for {row.metric} (accuracies are fractions)"
    yield from _rounding_problems(row)
    if row.spread_kind not in SPREADS:
        yield f"spread_kind {row.spread_kind!r} is none of {', '.join(filter(None, SPREADS))}"
    if (row.spread is None) != (row.spread_kind == ""):
        yield "a spread and its kind come together or not at all"
    most = 0.5 if row.metric == "accuracy" else math.inf  # half the runs at 0, half at 1
    if row.spread is not None and not (math.isfinite(row.spread) and 0 <= row.spread <= most):
        yield f"spread {row.spread} is impossible for {row.metric} (accuracies are fractions)"
    if row.spread and row.n is None:
        yield "a spread without the number of runs behind it cannot be used"
    if row.n is not None and row.n < 1:
        yield f"n = {row.n} is impossible"
    if row.level not in LEVELS:
        yield f"level {row.level!r} is none of {', '.join(LEVELS)}"
    if row.provenance not in PROVENANCES:
        yield f"provenance {row.provenance!r} is none of {', '.join(PROVENANCES)}"
    if row.per_split:
        yield from _per_split_problems(row)


def _rounding_problems(row: Baseline) -> Iterable[str]:
    """Digits that the rounding cannot have left, and accuracies that no number of rows gives."""
    if not (math.isfinite(row.score) and math.isfinite(row.rounding) and row.rounding >= 0):
        yield f"rounding {row.rounding} of score {row.score} is impossible"
        return
    step = 2 * row.rounding
    if step and abs(row.score - step * round(row.score / step)) > 1e-6 * step:
        yield f"score {row.score} has more digits than a rounding of {row.rounding:g} leaves"
    rows = TEST_ROWS.get(row.benchmark)
    if rows is None or row.metric != "accuracy" or row.n is None:
        return
    if {"split", "data"} & row.differs.keys():
        return  # other rows, whose number is not known here
    # the best or the median (of an odd number) of runs is the score of one of them
    counts = rows * (1 if "metric" in row.differs and row.n % 2 else row.n)
    right = row.score * counts
    if abs(right - round(right)) > row.rounding * counts + 1e-6 * counts:
        yield (
            f"accuracy {row.score} ± {row.rounding:g} is no whole count of {row.n} × {rows:,} "
            "test rows"
        )


def _per_split_problems(row: Baseline) -> Iterable[str]:
    known, protocol = PUBLISHED.get(row.per_split), PROTOCOLS.get(row.protocol)
    if known is None:
        yield f"per_split {row.per_split!r} is none of {', '.join(PUBLISHED)}"
    elif row.n != known.splits:
        yield f"n = {row.n}, but {row.per_split} has {known.splits} scores"
    if protocol and protocol.unit == "seed":
        yield f"{protocol.id} repeats seeds: there is no split for scores to be paired by"


def _level_problems(group: list[Baseline]) -> Iterable[str]:
    """Rows of one protocol whose level says the opposite of their scores."""
    sign = 1 if DIRECTIONS.get(group[0].metric) == "max" else -1
    for lower, higher in (("floor", "good"), ("good", "world-class")):
        for a in (row for row in group if row.level == lower):
            for b in (row for row in group if row.level == higher):
                if sign * (a.score - b.score) > _noise(b):
                    yield f"{a.id} ({lower}, {a.score}) beats {b.id} ({higher}, {b.score})"


def _noise(row: Baseline) -> float:
    """A difference from a score that says nothing: 0.2 points of accuracy, 1 % of an error.

    For log-likelihood 0.01 nats: a Gaussian loses that much by errors 1 % larger.
    """
    return {"accuracy": 0.002, "log_likelihood": 0.01}.get(row.metric, 0.01 * abs(row.score))


@cache
def _all() -> tuple[Baseline, ...]:
    with (FOLDER / "baselines.csv").open(newline="", encoding="utf-8") as file:
        return tuple(_row(row) for row in csv.DictReader(file))


@cache
def _by_benchmark() -> dict[str, list[Baseline]]:
    rows: dict[str, list[Baseline]] = {}
    for row in _all():
        rows.setdefault(row.benchmark, []).append(row)
    return rows


def _row(row: dict[str, str]) -> Baseline:
    try:
        pairs = [part.split("=", 1) for part in row["differs"].split(";") if part.strip()]
        texts: dict[str, Any] = {name: row[name] for name in _TEXT}  # `problems` checks their words
        return Baseline(
            score=float(row["score"]),
            rounding=float(row["rounding"] or 0),
            spread=float(row["spread"]) if row["spread"] else None,
            n=int(row["n"]) if row["n"] else None,
            differs={name.strip(): value.strip() for name, value in pairs},
            **texts,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"baselines.csv, row {row.get('id')!r}: expected numbers in score, rounding, "
            "spread and n, and 'field=value; field=value' in differs; received "
            f"{row} ({error})"
        ) from error


_TEXT = (
    "id",
    "benchmark",
    "model",
    "metric",
    "spread_kind",
    "level",
    "protocol",
    "citation",
    "url",
    "provenance",
    "per_split",
    "note",
)


def _name(author: str) -> str:
    """Family name first in BibTeX; the family name is what a short citation shows."""
    return author.strip().strip("{}").split(",")[0]
