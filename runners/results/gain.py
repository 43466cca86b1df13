"""The gain of the headline network over the best classical baseline, on the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from benchmarks.judging.statistics import (
    Comparison,
    one_sample,
    paired,
    prediction,
    summarise,
    welch,
)
from benchmarks.judging.verdict import Generalisation, Outcome, decide
from benchmarks.metrics import Unit, as_difference, as_size, in_words
from benchmarks.repeats import means
from runners import formatting
from runners.records.generations import is_headline
from runners.records.record import BenchmarkFacts, Record
from runners.results.judge import general_result
from runners.results.splits import by_split
from runners.results.types import DeepLearningGain, Metric


def over_best_baseline(
    facts: BenchmarkFacts, entries: Mapping[str, Sequence[Record]]
) -> DeepLearningGain | None:
    """The headline network against the baseline with the best mean on the same data and repeats.

    None where the headline is no network or has no score, or no baseline has one.

    Over splits and folds it is the paired t-test on those both have, each the mean over its seeds;
    in general, on rows drawn anew, the corrected resampled one (Nadeau and Bengio 2003). Seeds of
    two entries have nothing in common, so on fixed rows it is Welch's test; against a single score
    the prediction interval of one run. The baseline is chosen by the very scores it is then tested
    on, which can only favour it.
    """
    metric, protocol = Unit(**facts["metric"]), facts["protocol"]
    headline = next((r for r in entries.values() if is_headline(r) and _kind(r) == "keras"), None)
    if headline is None:
        return None
    seeds, data = protocol["unit"] == "seed", headline[-1]["data"]
    unit = protocol["unit"]
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
    best = min(pairs, key=lambda name: sign * fmean(pairs[name][1]))
    overlap = 0.0 if seeds else data["test"] / data["train"]
    network, baseline = pairs[best]
    comparison, test = compared(network, baseline, seeds=seeds)
    difference = fmean(network) - fmean(baseline)
    among = f", the best of {len(pairs)} baselines" if len(pairs) > 1 else ""
    why = (
        f"Mean {in_words(fmean(network), metric)} over "
        f"{formatting.some(len(network), unit, unit + 's')} against "
        f"{in_words(fmean(baseline), metric)} of {best}{among}: difference "
        f"{as_difference(difference, metric, fmean(network))}"
    )
    result, p, remark = outcome(comparison, facts["margin"], metric)
    tested = "" if p is None else f", p = {p:.2g} ({test})"
    general = _in_general(network, baseline, overlap, facts["margin"], metric)
    return {
        "reference": best,
        "difference": difference,
        "p": p,
        "outcome": result,
        "in_general": general_result(general),
        "why": " ".join(filter(None, [f"{why}{tested}.", remark, _general_text(general, unit)])),
    }


def _kind(records: Sequence[Record]) -> str:
    return records[-1]["entry"]["kind"]


def _scores(records: Sequence[Record], metric: Unit) -> dict[int, float]:
    return means(by_split(records, metric.name))


def _in_general(
    ours: Sequence[float], theirs: Sequence[float], overlap: float, margin: float, metric: Unit
) -> Generalisation | None:
    """The comparison on splits or folds drawn anew; None on fixed rows and without a spread."""
    comparison = paired(ours, theirs, overlap) if overlap else None
    if comparison is None or comparison.error == 0:
        return None
    return Generalisation(*decide(comparison, margin, metric.direction), None)


def _general_text(general: Generalisation | None, unit: str) -> str:
    if general is None:
        return ""
    return (
        f"In general, on {unit}s drawn anew: {general.outcome.replace('-', ' ')}, "
        f"p = {general.p:.2g} (corrected for the rows that they share)."
    )


def compared(
    ours: Sequence[float], theirs: Sequence[float], *, seeds: bool
) -> tuple[Comparison | None, str]:
    """The comparison on these rows and the name of its test; None where ours is a single score.

    Scores are one a split, fold or seed (`seeds`).
    """
    if not seeds:
        return paired(ours, theirs), "paired t-test"
    network, baseline = summarise(ours), summarise(theirs)
    if network is None:
        return None, ""
    if baseline is None:
        return prediction(network, theirs[0]), "prediction interval of one run"
    if baseline.deviation == 0:
        test = "t-test; the baseline is the same with every seed"
        return one_sample(network, baseline.mean), test
    return welch(network, baseline), "Welch's t-test"


def outcome(
    comparison: Comparison | None, margin: float, metric: Unit
) -> tuple[Outcome, float | None, str]:
    """Outcome, the p-value that decided it, and what a reader has to know of it."""
    if comparison is None:
        return "inconclusive", None, "One repeat has no spread; run at least two."
    if comparison.error == 0 and comparison.difference:
        remark = "The difference is the same in all repeats, so nothing says how much is chance."
        return "inconclusive", None, remark
    decided, p = decide(comparison, margin, metric.direction)
    size = as_size(margin, metric)
    remarks = {
        "reproduced": f"Shown to be the same within {size} (two one-sided tests).",
        "at-least-as-good": f"Shown not to be worse by {size} or more (one one-sided test).",
        "inconclusive": f"Neither a difference nor equality within {size} is shown.",
    }
    return decided, p, remarks.get(decided, "")


def sentence(gain: DeepLearningGain, metric: Metric) -> str:
    """The gain over the best classical baseline, in one sentence for the page."""
    name, size = gain["reference"], formatting.amount(abs(gain["difference"]), metric)
    if gain["outcome"] == "better":
        return f"The network gains {size} over {name}, the best classical baseline."
    if gain["outcome"] == "reproduced":
        return f"The network gains nothing measurable over {name}, the best classical baseline."
    if gain["outcome"] == "at-least-as-good":
        return f"The network is at least as good as {name}, the best classical baseline."
    if gain["outcome"] == "worse":
        return f"The network is {size} behind {name}, the best classical baseline."
    ahead = (gain["difference"] < 0) == (metric["direction"] == "min")
    lead = f"{size} {'ahead' if ahead else 'behind'}" if gain["difference"] else "level"
    return (
        f"Whether the network gains anything over {name}, the best classical baseline, is "
        f"open: it is {lead}, which may be chance."
    )


def brief(gain: DeepLearningGain | None, metric: Metric) -> str:
    """The same for a cell of the scoreboard; — where there is nothing to compare."""
    if gain is None:
        return formatting.MISSING
    size = formatting.amount(abs(gain["difference"]), metric)
    if gain["outcome"] == "better":
        return size
    if gain["outcome"] == "worse":
        return f"{formatting.MINUS}{size}"
    words = {"reproduced": "nothing", "at-least-as-good": "at least as good"}
    return words.get(gain["outcome"], "unclear")
