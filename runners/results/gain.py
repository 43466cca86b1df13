"""What deep learning bought: the headline network against the best of the cheap references."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.judging.statistics import (
    Comparison,
    one_sample,
    paired,
    prediction,
    summarise,
    welch,
)
from benchmarks.judging.verdict import decide
from benchmarks.metrics import Unit, as_difference, as_size, in_words
from runners import formatting
from runners.records.record import Record


def bought(
    facts: Mapping[str, Any], entries: Mapping[str, Sequence[Record]]
) -> dict[str, Any] | None:
    """The headline network against the reference with the best mean on the same data and repeats.

    Returns `reference`, `difference` (ours minus theirs in the metric's unit), `p`, `outcome`
    (better, reproduced: shown to be the same within the benchmark's margin, worse, inconclusive)
    and `why`; None where the headline is no network or has no score, or no reference has one.

    Over splits and folds it is the corrected resampled t-test on the differences of the repeats
    both have (Nadeau and Bengio 2003). Seeds of two entries have nothing in common, so on fixed
    rows it is Welch's test; against a single score the prediction interval of one run. The
    reference is chosen by the very scores it is then tested on, which can only favour it.
    Raises KeyError, TypeError or ValueError for records that lack what it takes.
    """
    metric, protocol = Unit(**facts["metric"]), facts["protocol"]
    headline = next(
        (r for r in entries.values() if r[-1]["entry"]["headline"] and _kind(r) == "keras"), None
    )
    if headline is None:
        return None
    seeds, data = protocol["unit"] == "seed", headline[-1]["data"]
    ours, sign = _scores(headline, metric), 1 if metric.direction == "min" else -1
    pairs: dict[str, tuple[list[float], list[float]]] = {}
    for name, records in entries.items():
        if _kind(records) != "reference" or records[-1]["data"]["digest"] != data["digest"]:
            continue
        theirs = _scores(records, metric)
        common = sorted(ours.keys() & theirs.keys())
        if seeds:
            pairs[name] = list(ours.values()), list(theirs.values())
        elif common:
            pairs[name] = [ours[k] for k in common], [theirs[k] for k in common]
    if not pairs:
        return None
    best = min(pairs, key=lambda name: sign * _mean(pairs[name][1]))
    overlap = 0.0 if seeds else data["test"] / data["train"]
    found, test = compared(*pairs[best], seeds=seeds, overlap=overlap)
    mine, other = pairs[best]
    difference, among = _mean(mine) - _mean(other), f", the best of {len(pairs)} references"
    why = (
        f"Mean {in_words(_mean(mine), metric)} over "
        f"{formatting.some(len(mine), protocol['unit'], protocol['unit'] + 's')} against "
        f"{in_words(_mean(other), metric)} of {best}{among if len(pairs) > 1 else ''}: difference "
        f"{as_difference(difference, metric, _mean(mine))}"
    )
    outcome, p, said = _outcome(found, float(facts["margin"]), metric)
    tested = "" if p is None else f", p = {p:.2g} ({test})"
    return {
        "reference": best,
        "difference": difference,
        "p": p,
        "outcome": outcome,
        "why": f"{why}{tested}. {said}".strip(),
    }


def _kind(records: Sequence[Record]) -> Any:
    return records[-1]["entry"].get("kind")


def _scores(records: Sequence[Record], metric: Unit) -> dict[int, float]:
    return {r["repeat"]: float(r["scores"][metric.name]) for r in records}


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def compared(
    ours: Sequence[float], theirs: Sequence[float], *, seeds: bool, overlap: float
) -> tuple[Comparison | None, str]:
    """The comparison and the name of its test; None where ours is a single score."""
    if not seeds:
        test = "paired t-test, corrected for overlapping splits"
        return paired(ours, theirs, overlap), test
    mine, other = summarise(ours), summarise(theirs)
    if mine is None:
        return None, ""
    if other is None:
        return prediction(mine, theirs[0]), "prediction interval of one run"
    if other.deviation == 0:
        return one_sample(mine, other.mean), "t-test; the reference is the same with every seed"
    return welch(mine, other), "Welch's t-test"


def _outcome(
    compared: Comparison | None, margin: float, metric: Unit
) -> tuple[str, float | None, str]:
    """Outcome, the p-value that decided it, and what has to be said about it."""
    if compared is None:
        return "inconclusive", None, "One repeat has no spread; run at least two."
    if compared.error == 0 and compared.difference:
        said = "The difference is the same in all repeats, so nothing says how much is chance."
        return "inconclusive", None, said
    outcome, p = decide(compared, margin, metric.direction)
    size = as_size(margin, metric)
    words = {
        "reproduced": f"Shown to be the same within {size} (two one-sided tests).",
        "inconclusive": f"Neither a difference nor equality within {size} is shown.",
    }
    return outcome, p, words.get(outcome, "")


def sentence(found: Mapping[str, Any], metric: Mapping[str, Any]) -> str:
    """What deep learning bought, in one sentence for the page."""
    name, size = found["reference"], formatting.amount(abs(found["difference"]), metric)
    if found["outcome"] == "better":
        return f"Deep learning bought {size} over {name}."
    if found["outcome"] == "reproduced":
        return f"Deep learning bought nothing measurable over {name}."
    if found["outcome"] == "worse":
        return f"Deep learning lost {size} to {name}."
    ahead = (found["difference"] < 0) == (metric.get("direction") == "min")
    seen = f"{size} {'ahead' if ahead else 'behind'}" if found["difference"] else "level"
    return (
        f"Whether deep learning bought anything over {name} is open: it is {seen}, which may be "
        "chance."
    )


def brief(found: Mapping[str, Any] | None, metric: Mapping[str, Any]) -> str:
    """The same for a cell of the scoreboard; — where there is nothing to compare."""
    if found is None:
        return formatting.MISSING
    size = formatting.amount(abs(found["difference"]), metric)
    return {
        "better": size,
        "reproduced": "nothing",
        "worse": f"{formatting.MINUS}{size}",
        "inconclusive": "unclear",
    }[str(found["outcome"])]
