"""Rows that depend on each other, looked for in values: an order in time, groups, siblings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from benchmarks.data import Corrupt
from benchmarks.data.own.frames import Frame, as_numbers, shortened
from benchmarks.data.own.tables import in_order
from runners.new.columns import Column, answers
from runners.new.targets import Target, normalised

PARTS = {
    "year": (r"years?|yr|yyyy|jahr|annee|ano", 1000, 2999),
    "month": (r"months?|mon|mnth|mo|mm|monat|mois|mes", 1, 12),
    "day": (r"days?|dd|dom|dayofmonth|mday|tag|jour|dia|dayofyear|yday|doy", 1, 366),
    "hour": (r"hours?|hr|hh|stunde|heure|hora", 0, 24),
    "minute": (r"minutes?|min", 0, 59),
}
"""Columns that together are a time: their names, and the least and largest value."""
FEWEST_TIMES = 20
"""Different times before an order of rows is one of time."""
ALIKE = 0.3
"""Correlation of neighbours' targets from which rows in the order of time depend on each other."""
SUBJECTS = re.compile(
    r"(patient|subject|person|participant|respondent|user|customer|client|household|student|player|"
    r"animal|speaker|writer|proband|kunde|patientin)s?[ _.-]?(id|no|nr|num|number|code|key|#)?#?",
    re.IGNORECASE,
)
"""Names of columns that say whose row it is."""
FEWEST_GROUPS = 20
FIXED = 0.25
"""Largest share of the target's impurity that groups may leave to be called groups."""
SIBLING = 0.9
"""Correlation with the target from which a column of a similar name is another target."""
MOST_SUMMED = 60
"""Columns up to which pairs are tried for a sum that is the target."""


@dataclass(frozen=True)
class Order:
    """Columns that give the time of a row."""

    columns: tuple[str, ...]
    places: np.ndarray
    """(n,) place of every row in the order of time, equal times alike."""

    @property
    def name(self) -> str:
        """The columns in words."""
        return " and ".join(map(shortened, self.columns)) if len(self.columns) < 3 else ", ".join(
            map(shortened, self.columns)
        )  # fmt: skip

    @property
    def rising(self) -> bool:
        """Whether rows stand in the order of time."""
        return bool((np.diff(self.places) >= 0).all())

    @property
    def falling(self) -> bool:
        """Whether the latest row comes first."""
        return bool((np.diff(self.places) <= 0).all())


@dataclass(frozen=True)
class InTime:
    """The order of rows in time, where there is one."""

    name: str = ""
    """The columns that say it, in words, where rows are judged in that order."""
    sorted_by: tuple[str, ...] = ()
    """Columns the rows are sorted by when they are read."""
    other: str = ""
    """Columns of times whose order the rows do not have."""


def orders(frame: Frame, columns: Sequence[Column]) -> list[Order]:
    """The times of rows: columns of dates, a time of the day beside one, year and month and so on.

    Only those without gaps and with 20 different times, or as many as half of the rows.
    """
    dates = [(one.name,) for one in columns if one.kind == "date" and not one.missing]
    clocks = [one.name for one in columns if "times of the day" in one.remark and not one.missing]
    keys = [(*date, *clocks[:1]) for date in dates] if len(clocks) == 1 else dates
    parts = time_parts(frame, columns)
    keys += [parts] if parts else []
    found = []
    for key in keys:
        try:
            places = in_order(frame, key)
        except (Corrupt, ValueError):
            continue
        if len(np.unique(places)) >= min(FEWEST_TIMES, len(places) / 2):
            found.append(Order(key, places))
    return found


def time_parts(frame: Frame, columns: Sequence[Column]) -> tuple[str, ...]:
    """Columns that are year, month, day, hour, minute: the year and one part of it at least."""
    found: dict[str, str] = {}
    for one in columns:
        for part, (names, least, most) in PARTS.items():
            if part in found or not one.numeric or one.missing:
                continue
            if re.fullmatch(names, normalised(one.name)):
                values = as_numbers(frame, one.name)
                if values.min() >= least and values.max() <= most:
                    found[part] = one.name
    if "year" not in found or not {"month", "day"} & set(found):
        return ()
    if "day" in found and "month" not in found and as_numbers(frame, found["day"]).max() <= 31:
        return ()
    return tuple(found[part] for part in PARTS if part in found)


def alike(y: np.ndarray, classes: bool) -> float:
    """How far neighbouring targets (n,) are alike: 0 for a random order, 1 for equal ones."""
    if len(y) < 3:
        return 0.0
    if not classes:
        spread = float(np.std(y))
        return float(np.corrcoef(y[:-1], y[1:])[0, 1]) if spread else 0.0
    shares = np.bincount(y) / len(y)
    chance = float((shares**2).sum())
    return (float((y[1:] == y[:-1]).mean()) - chance) / max(1 - chance, 1e-9)


def groups(
    frame: Frame, columns: Sequence[Column], target: Target, y: np.ndarray, known: np.ndarray
) -> dict[str, str]:
    """Columns whose rows belong together, by name or as they fix the target, with the reason."""
    found: dict[str, str] = {}
    for one in columns:
        repeated = FEWEST_GROUPS <= one.values <= 0.9 * len(y)
        if not repeated or one.kind in ("identifier", "date", "empty", "constant"):
            continue
        if one.id_like:
            found[one.name] = "it says whose row it is"
        elif SUBJECTS.fullmatch(one.name) and one.values <= 0.5 * len(y):
            found[one.name] = "its name says whose row it is"
        elif fixes(frame, one, target, y, known):
            found[one.name] = "its repeated values nearly fix the target, its neighbours do not"
    return found


def fixes(frame: Frame, one: Column, target: Target, y: np.ndarray, known: np.ndarray) -> bool:
    """Whether rows with one value of a column have one target, as rows of one person do.

    Numbers that predict the target do so by their size: there the next larger value has the same
    target too. Of groups, neighbours say nothing.
    """
    cells = as_numbers(frame, one.name)[known] if one.numeric else frame.table[one.name][known]
    values, codes, sizes = np.unique(np.asarray(cells), return_inverse=True, return_counts=True)
    if np.median(sizes) < 2 or len(values) > len(y) / 2:
        return False
    left, of_all = impurity(codes, y, len(values), bool(target.classes))
    # Groups of a few rows agree by chance: compare with the same sizes in random order.
    shuffled = np.random.default_rng(1).permutation(codes)
    chance, _ = impurity(shuffled, y, len(values), bool(target.classes))
    if not of_all or left > FIXED * chance:
        return False
    if not one.numeric:
        return True
    pairs, _ = impurity(codes // 2, y, len(values) // 2 + 1, bool(target.classes))
    return pairs - left > 0.2 * (chance - left)


def impurity(codes: np.ndarray, y: np.ndarray, count: int, classes: bool) -> tuple[float, float]:
    """Mean Gini impurity, or variance, of targets within groups, and of all targets."""
    sizes = np.maximum(np.bincount(codes, minlength=count), 1)
    if classes:
        table = np.zeros((count, int(y.max()) + 1))
        np.add.at(table, (codes, y), 1)
        within = 1 - ((table / sizes[:, None]) ** 2).sum(axis=1)
        share = np.bincount(y) / len(y)
        return float((within * sizes).sum() / len(y)), float(1 - (share**2).sum())
    mean = np.bincount(codes, weights=y, minlength=count) / sizes
    return float(np.mean((y - mean[codes]) ** 2)), float(np.var(y))


def siblings(
    frame: Frame, columns: Sequence[Column], target: Target, known: np.ndarray
) -> dict[str, str]:
    """Columns that are other targets: numbered like it while inputs are called otherwise, or of a
    similar name and nearly its values.
    """
    stem = stem_of(target.name)
    alike_ = [one for one in columns if stem and stem_of(one.name) == stem]
    found: dict[str, str] = {}
    if alike_ and 2 * len(alike_) <= len(columns) - len(alike_):
        why = f"called like the target {shortened(target.name)}: another target"
        found = {one.name: why for one in alike_ if one.kind in ("number", "yes/no", "category")}
    if target.values is None:
        why = "with the target one choice of several, one a row: the target in other words"
        return found | dict.fromkeys(one_hot(frame, columns, target, known), why)
    if float(np.std(target.values)) == 0:
        return found
    words = set(words_of(target.name))
    for one in columns:
        if one.name in found or one.kind != "number" or one.missing:
            continue
        theirs = set(words_of(one.name))
        if len(words & theirs) and len(words) + len(theirs) > 2:
            values = as_numbers(frame, one.name)[known]
            if np.std(values) and abs(np.corrcoef(values, target.values)[0, 1]) >= SIBLING:
                found[one.name] = "called like the target, and nearly its values: another target"
    return found


def one_hot(
    frame: Frame, columns: Sequence[Column], target: Target, known: np.ndarray
) -> list[str]:
    """Columns beside a yes/no target of which, with it, exactly one says yes in every row."""
    usable = {one.name: one for one in columns if one.kind == "yes/no" and not one.missing}
    if len(target.classes) != 2 or not answers({one.lower() for one in target.classes}):
        return []
    yes = (frame.table[target.name] == target.classes[1]).to_numpy(bool)[known]
    names = list(map(str, frame.table.columns))
    place, found = names.index(target.name), list[str]()
    for side in (names[:place][::-1], names[place + 1 :]):
        for name in side:
            if name not in usable:
                break
            cells = frame.table[name][known].str.lower()
            pair = answers(set(cells.unique()))
            says = (cells == pair[1]).to_numpy(bool) if pair else yes
            if (says & yes).any():
                break
            yes, found = yes | says, [*found, name]
            if yes.all():
                return found
    return []


def stem_of(name: str) -> str:
    """A name without the number or letter at its end; "" where there is none."""
    found = re.fullmatch(r"(.*?[A-Za-z]|)[ _.-]?(?:\(?\d+\)?|(?<=[ _.-])[a-zA-Z])", name.strip())
    return normalised(found[1]) if found else ("" if len(name) > 12 else normalised(name))


def words_of(name: str) -> list[str]:
    """The words of a name, in lower case."""
    return [one.lower() for one in re.findall(r"[A-Z]?[a-z]{3,}|[A-Z]{2,}", name)]


def sums(
    frame: Frame, columns: Sequence[Column], target: Target, known: np.ndarray
) -> tuple[str, str] | None:
    """Two columns whose sum or difference is the target in every row; None where there are none."""
    numbers = [one.name for one in columns if one.kind == "number" and not one.missing]
    if target.values is None or not 2 <= len(numbers) <= MOST_SUMMED:
        return None
    rows = np.flatnonzero(known)
    few = np.linspace(0, len(rows) - 1, min(50, len(rows))).astype(int)
    values = {name: as_numbers(frame, name)[known] for name in numbers}
    scale = 1e-6 * float(np.abs(target.values).max() or 1)
    varying = [name for name in numbers if np.std(values[name])]
    for one, other in combinations(varying, 2):
        for sign in (1, -1):
            rough = values[one][few] + sign * values[other][few] - target.values[few]
            if np.abs(rough).max() <= scale:
                exact = values[one] + sign * values[other] - target.values
                if np.abs(exact).max() <= scale:
                    return one, other
    return None
