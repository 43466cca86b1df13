"""How numbers, scores, times and words are printed; page, terminal and MLflow use the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from runners.safe_text import clean

MISSING = "—"
PLUS_MINUS = "\u00a0±\u00a0"
NARROW = "\u202f"
"""Narrow no-break space: between a number and its unit, and between thousands."""
MINUS, DASH, TIMES = "\u2212", "\u2013", "\u00d7"

_METRICS = {
    "rmse": "RMSE",
    "mae": "MAE",
    "mse": "MSE",
    "owa": "OWA",
    "mase": "MASE",
    "log_likelihood": "log-likelihood",
    "mcc": "MCC",
    "f1": "F1",
}
_SPREADS = {"split": "splits", "fold": "folds", "seed": "seeds"}


def number(value: Any) -> float | None:
    """The value as a finite float, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def is_fraction(metric: Mapping[str, Any]) -> bool:
    """Whether scores are kept as fractions and shown in per cent."""
    return metric.get("unit") == "fraction"


def unit(metric: Mapping[str, Any]) -> str:
    """Unit as printed behind a score; empty for a metric without one."""
    return "%" if is_fraction(metric) else clean(str(metric.get("unit") or ""))


def metric_label(metric: Mapping[str, Any]) -> str:
    """Name of a metric as a reader writes it: `rmse` is RMSE."""
    name = clean(str(metric.get("name") or "score"))
    return _METRICS.get(name.lower(), name.replace("_", " "))


def shown(value: float, metric: Mapping[str, Any]) -> float:
    """Value on the scale it is printed in: per cent for fractions."""
    return value * 100 if is_fraction(metric) else value


def supported_decimals(uncertainty: float) -> int:
    """Decimals that an uncertainty supports, by the Particle Data Group's rule.

    Of its first three digits, 100-354 keep two, 355-949 one, 950-999 are rounded up to 1000 and
    keep two (Review of Particle Physics, Introduction, "Rounding"). Never negative.
    """
    exponent = math.floor(math.log10(uncertainty))
    leading = round(uncertainty / 10.0**exponent * 100)
    digits = 2 if leading <= 354 else 1
    if leading >= 950:
        exponent, digits = exponent + 1, 2
    return max(0, digits - 1 - exponent)


def score_decimals(
    score: Mapping[str, Any], metric: Mapping[str, Any], test_rows: int | None
) -> int:
    """Decimals of a score on its printed scale.

    The standard error of the mean decides; where all repeats agree or there is one, the binomial
    error of a fraction of `test_rows`; failing that, three significant digits. A fraction gets no
    digit that a single one of `test_rows` could not move, another score six decimals or three
    significant digits, whichever are more.
    """
    mean, std, n = (
        number(score.get("mean")),
        number(score.get("std")),
        score.get("n") or 0,
    )
    if mean is None:
        return 0
    error = std / math.sqrt(n) if std and n > 1 else 0.0
    size = abs(shown(mean, metric))
    significant = max(0, 2 - math.floor(math.log10(size))) if size else 1
    most = max(6, significant)
    if is_fraction(metric) and test_rows:
        most = max(1, math.ceil(math.log10(test_rows)) - 2)
    if not error and is_fraction(metric) and test_rows and 0 <= mean <= 1:
        error = math.sqrt(max(mean * (1 - mean), 1 / test_rows) / test_rows)
    if error and shown(error, metric) > size * 1e-9:
        return min(most, supported_decimals(shown(error, metric)))
    return significant


def two_digits(value: float) -> int:
    """Decimals that leave two significant digits, none for 10 and above."""
    return max(0, 1 - math.floor(math.log10(abs(value)))) if value else 1


def fixed(value: float, decimals: int) -> str:
    """Number with so many decimals and a true minus sign; minus nought is nought."""
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)


def with_unit(text: str, metric: Mapping[str, Any]) -> str:
    """Number followed by the metric's unit, not breaking before a short one."""
    return f"{text}{_joint(unit(metric))}{unit(metric)}" if unit(metric) else text


def _joint(unit: str) -> str:
    """The space before a unit: a line may end before a word, so that none is broken inside."""
    return " " if " " in unit or (unit.isalpha() and len(unit) > 4) else NARROW


def score_text(
    score: Mapping[str, Any] | None,
    metric: Mapping[str, Any],
    test_rows: int | None = None,
) -> str:
    """Score as `4.61 ± 0.62 MPa`; what the ± is, `spread_kind` says. — where there is none."""
    mean = number(score.get("mean")) if score else None
    if score is None or mean is None:
        return MISSING
    decimals = score_decimals(score, metric, test_rows)
    text = fixed(shown(mean, metric), decimals)
    std = number(score.get("std"))
    if std is not None:
        text += f"{PLUS_MINUS}{fixed(shown(std, metric), decimals)}"
    return with_unit(text, metric)


def mean_text(
    score: Mapping[str, Any] | None,
    metric: Mapping[str, Any],
    test_rows: int | None = None,
) -> str:
    """Mean alone, with its unit."""
    bare = {**score, "std": None} if score else None
    if score is None or bare is None or number(score.get("mean")) is None:
        return MISSING
    decimals = score_decimals(score, metric, test_rows)
    return with_unit(fixed(shown(score["mean"], metric), decimals), metric)


def interval_text(
    score: Mapping[str, Any] | None,
    metric: Mapping[str, Any],
    test_rows: int | None = None,
) -> str:
    """95 % interval of the mean as `4.32 - 4.90`, — where one repeat has none.

    Ends beyond what a fraction can be are printed as the end of its range.
    """
    ci95 = score.get("ci95") if score else None
    if score is None or not ci95:
        return MISSING
    decimals = score_decimals(score, metric, test_rows)
    ends = [min(1.0, max(0.0, end)) if is_fraction(metric) else end for end in ci95]
    return f" {DASH} ".join(fixed(shown(end, metric), decimals) for end in ends)


def spread_kind(n: int | None, repeat: str | None) -> str:
    """What our ± is: `std over 20 splits`; one repeat has none and says so."""
    if not n:
        return MISSING
    word = _SPREADS.get(repeat or "", "repeats")
    return f"one {word[:-1]}, no ±" if n == 1 else f"std over {n} {word}"


def seeds_text(score: Mapping[str, Any] | None) -> str:
    """Training seeds behind the score of a split or fold, as `, 3 seeds each`; empty for one."""
    if score is None or score["seeds"] == 1:
        return ""
    where = "each" if score["seeded"] == score["n"] else f"on {score['seeded']} of them"
    return f", {score['seeds']} seeds {where}"


def published_text(baseline: Mapping[str, Any], metric: Mapping[str, Any]) -> str:
    """Published score with its spread, as `4.83 ± 0.16 MPa`; digits as in `published_mean`."""
    spread = number(baseline.get("spread"))
    if not spread or number(baseline.get("score")) is None:
        return published_mean(baseline, metric)
    decimals = _published_decimals(baseline, metric)
    mean, spread = shown(baseline["score"], metric), shown(spread, metric)
    return with_unit(f"{fixed(mean, decimals)}{PLUS_MINUS}{fixed(spread, decimals)}", metric)


def published_mean(baseline: Mapping[str, Any], metric: Mapping[str, Any]) -> str:
    """Published score with the digits it was printed with.

    Computed ones are cut to five digits, to two decimals of a per cent, and to what two digits
    of their spread support.
    """
    score = number(baseline.get("score"))
    if score is None:
        return MISSING
    return with_unit(fixed(shown(score, metric), _published_decimals(baseline, metric)), metric)


def _published_decimals(baseline: Mapping[str, Any], metric: Mapping[str, Any]) -> int:
    value, rounding = (shown(baseline.get(k) or 0.0, metric) for k in ("score", "rounding"))
    limits = [max(0, 4 - math.floor(math.log10(abs(value)))) if value else 1]
    if rounding:
        limits.append(max(0, -math.floor(math.log10(2 * rounding) + 0.5)))
    if is_fraction(metric):
        limits.append(2)
    spread = number(baseline.get("spread"))
    if spread:
        limits.append(two_digits(shown(spread, metric)))
    return min(limits)


def amount(value: Any, metric: Mapping[str, Any], *, signed: bool = False) -> str:
    """A difference in the metric's unit with two significant digits; points for fractions."""
    known = number(value)
    if known is None:
        return ""
    amount = shown(known, metric)
    text = fixed(amount, two_digits(amount))
    sign = "+" if signed and amount > 0 else ""
    name = "points" if is_fraction(metric) else unit(metric)
    return f"{sign}{text}{_joint(name)}{name}" if name else f"{sign}{text}"


def per_cent(share: float) -> str:
    """A share in per cent; "<" and ">" mark shares that would round to 0 or 100 %."""
    if share <= 0:
        return f"0{NARROW}%"
    if share < 0.001:
        return f"<{NARROW}0.1{NARROW}%"
    if share >= 1:
        return f"100{NARROW}%"
    decimals = 1 if share < 0.0995 or share > 0.9 else 0
    text = fixed(100 * share, decimals)
    if decimals and float(text) >= 100:
        return f">{NARROW}99.9{NARROW}%"
    return f"{text}{NARROW}%"


def gap(verdict: Mapping[str, Any], metric: Mapping[str, Any]) -> str:
    """Ours minus theirs and the p value, as `-0.21 MPa, p = 0.013`."""
    parts = [
        amount(verdict.get("difference"), metric, signed=True),
        p_text(verdict["p"]),
    ]
    return ", ".join(part for part in parts if part)


def duration(seconds: Any) -> str:
    """Wall time in words short enough for a table: `0.8 s`, `42 s`, `3 min 20 s`, `1 h 5 min`."""
    value = number(seconds)
    if value is None or value < 0:
        return MISSING
    if value < 9.95:
        return f"{value:.1f}{NARROW}s" if value >= 0.05 else f"<{NARROW}0.1{NARROW}s"
    whole = round(value)
    if whole < 60:
        return f"{whole}{NARROW}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}{NARROW}min" + (f" {rest}{NARROW}s" if rest and minutes < 10 else "")
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours}{NARROW}h" + (f" {minutes}{NARROW}min" if minutes else "")


def milliseconds(value: Any) -> str:
    """Time of predicting a row: `0.012 ms`, `<0.001 ms`, or —."""
    known = number(value)
    if known is None:
        return MISSING
    if known < 0.001:
        return f"<{NARROW}0.001{NARROW}ms"
    return f"{fixed(known, two_digits(known))}{NARROW}ms"


def bytes_text(value: int) -> str:
    """Size of a file: `38 kB`, `1.2 MB`; decimal multiples."""
    if value < 999_500:
        return f"{max(1, round(value / 1000))}{NARROW}kB"
    return f"{fixed(value / 1e6, two_digits(value / 1e6))}{NARROW}MB"


def four_digits(value: float) -> str:
    """A value with four significant digits; from ten thousand on all digits of the whole number."""
    return count(value) if 9999.5 <= abs(value) < 1e12 else f"{value:.4g}"


def count(value: Any) -> str:
    """Whole number with thin spaces between thousands, or —."""
    known = number(value)
    return MISSING if known is None else f"{round(known):,}".replace(",", NARROW)


def p_text(p: Any) -> str:
    """P value as `p = 0.013`, `p < 0.001`, or nothing where no test was made."""
    value = number(p)
    if value is None:
        return ""
    return "p\u00a0<\u00a00.001" if value < 0.001 else f"p\u00a0=\u00a0{value:.2g}"


def moment(text: Any) -> datetime:
    """ISO 8601 text as a time; what is none sorts before everything."""
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def day(text: Any) -> str:
    """Day of an ISO 8601 time, as `21 November 2026`; — where there is none."""
    when = moment(text)
    return MISSING if when.year == 1 else f"{when.day} {when:%B %Y}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words in a row as prose: `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def first_few(names: Sequence[str], most: int) -> str:
    """The first names of a list and how many more there are: `a, b and 3 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def ordinal(n: int) -> str:
    """1st, 2nd, 3rd, 4th …, 11th, 12th, 13th."""
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def some(n: int, one: str, many: str) -> str:
    """Number with its noun: `1 benchmark`, `3 benchmarks`."""
    return f"{n} {one if n == 1 else many}"


def plural(word: str) -> str:
    """What a protocol repeats over, many of them: `split` is splits."""
    return _SPREADS.get(word, f"{word}s")
