"""Verdicts in words: every sentence about one is made here, from its facts, when it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.definition import Protocol
from benchmarks.judging.verdict import Verdict
from benchmarks.metrics import Scale, as_difference, as_size, in_words
from benchmarks.protocols import FACTS, stated
from benchmarks.published.baselines import Baseline
from benchmarks.published.comparability import ADVANTAGES, EXTRAS, Difference, Side, departures

MOST_HELP: Mapping[str, str] = {**ADVANTAGES, **dict.fromkeys(EXTRAS, "yes")}
"""What may have been done where a source does not say, in fields in which it can only help."""
UNSTATED: Mapping[str, str] = {
    "split": "which rows it scored on",
    "fitted_on": "what its preprocessing was fitted on",
}
"""What a source leaves unsaid in fields that may have worked either way."""


def why(verdict: Verdict, metric: Scale) -> str:
    """The reason of a verdict, in plain sentences with the numbers in them."""
    if verdict.outcome == "not-comparable":
        text = _unlike(verdict)
    elif verdict.test == "floor":
        text = _against_floor(verdict, metric)
    else:
        text = _against_published(verdict, metric)
    if verdict.helped and verdict.outcome != "not-comparable":
        text = f"{text} {_although(verdict, verdict.helped)}"
    return text


def advice(repeats_needed: int | None, unit: str, n: int, test: str | None = None) -> str:
    """How many repeats would settle a comparison that `n` left open.

    Seeds can be added; splits and folds are given by the protocol. Where the `test` is by seeds on
    the same splits, `repeats_needed` are seeds on each.
    """
    if test == "seeds":
        if repeats_needed is None:
            return f"more seeds of ours alone would not settle it: theirs is one run a {unit}"
        return f"about {repeats_needed} seeds a {unit} would settle it"
    if repeats_needed is None and unit != "seed":
        return f"more seeds a {unit} would narrow it"
    if repeats_needed is None:
        return "more repeats of ours alone would not settle it"
    if unit == "seed":
        return f"about {repeats_needed} {unit}s would settle it"
    return f"it would take about {repeats_needed} {unit}s, and the protocol has {n}"


def differences(
    ours: Protocol, overrides: Mapping[str, str], baseline: Baseline, metric: str | None = None
) -> list[str]:
    """`comparability.departures` in words; [] if comparable."""
    return [unlike(one) for one in departures(ours, overrides, baseline, metric)]


def unlike(difference: Difference, joint: str = "; ") -> str:
    """Both sides of a difference: "the paper …; we …"."""
    theirs, ours = _side(difference, "paper"), _side(difference, "you")
    return f"the paper {theirs}" + (f"{joint}we {ours}" if ours else "")


def _against_published(verdict: Verdict, metric: Scale) -> str:
    ours, theirs, unit = verdict.ours, verdict.theirs, verdict.unit
    assert ours is not None
    assert theirs is not None
    assert verdict.difference is not None
    if verdict.limit == "single-repeat":
        return (
            f"One {unit} ({in_words(ours.mean, metric)}) has no spread to test, so nothing is said "
            f"about its difference from {in_words(theirs.mean, metric)}; run at least two."
        )
    opening = (
        f"{_scope(verdict)}, our mean {in_words(ours.mean, metric)}{_over(verdict)} against "
        f"{in_words(theirs.mean, metric)} published{_printed(verdict, metric)}: difference "
        f"{as_difference(verdict.difference, metric, ours.mean)}"
    )
    if verdict.limit == "no-spread":
        return (
            f"{opening}. Our repeats do not vary and the paper gives no spread: there is no spread "
            "to test, whatever the number of repeats."
        )
    margin, test = as_size(verdict.margin, metric), _test(verdict)
    text = f"{opening}, p = {verdict.p:.2g} ({test})."
    if verdict.tested == "reproduced":
        text = f"{opening}: the same within {margin}, p = {verdict.p:.2g} ({test}, two one-sided "
        text += "tests)."
        if verdict.significant:
            text += " The difference is significant, but shown to be too small to matter."
    if verdict.tested == "at-least-as-good":
        text = f"{opening}: not worse by {margin} or more, p = {verdict.p:.2g} ({test}, one-sided)."
    if verdict.tested == "inconclusive":
        text += f" Neither a difference nor equality within {margin} is shown: {_chances(verdict)}"
        if verdict.test != "items":
            text += f"; {advice(verdict.repeats_needed, unit, ours.n or 0, verdict.test)}"
        text += "."
    elif verdict.limit:
        text += f" {_limited(verdict, metric)}"
    elif verdict.copy_bound:
        text += f" Holds with our score moved by ± {as_size(verdict.copy_bound, metric)}, the most "
        text += "our copy of the data can change it."
    return f"{text}{_in_general(verdict)}"


def _scope(verdict: Verdict) -> str:
    """Of which rows a verdict holds, as the beginning of its sentence."""
    assert verdict.ours is not None
    if verdict.scope == "in general":
        return f"On {_redrawn(verdict)} drawn anew"
    if verdict.unit != "seed":
        return f"On these {verdict.ours.n} {verdict.unit}s"
    return f"On these {verdict.test_rows:,} test rows" if verdict.test_rows else "On these rows"


def _over(verdict: Verdict) -> str:
    """What our mean is over, where the beginning of the sentence does not say it."""
    ours = verdict.ours
    assert ours is not None
    if verdict.unit == "seed":
        return f" over {ours.n} seeds"
    if ours.seeds == 1:
        return ""
    where = "each" if ours.seeded == ours.n else f"on {ours.seeded} of them"
    return f" ({ours.seeds} seeds {where})"


def _redrawn(verdict: Verdict) -> str:
    """What would be drawn anew in general."""
    return "test rows" if verdict.unit == "seed" else f"{verdict.unit}s"


def _chances(verdict: Verdict) -> str:
    chances = verdict.probabilities
    assert chances is not None
    return (
        f"P(worse) = {chances.worse:.2f}, P(same) = {chances.same:.2f}, "
        f"P(better) = {chances.better:.2f}"
    )


def _limited(verdict: Verdict, metric: Scale) -> str:
    """What took an outcome back, and what is left of it."""
    if verdict.limit == "data-copy":
        cause = (
            f"Our copy of the data may move our score by ± {as_size(verdict.copy_bound, metric)}"
        )
    else:
        cause = f"The published score is rounded to ± {as_size(verdict.rounding, metric)}"
    left = f"; apart from that {_chances(verdict)}"
    if verdict.outcome == "at-least-as-good" != verdict.tested:
        left = "; not worse by the margin or more it is all the same"
    return f"{cause}, so “{(verdict.tested or '').replace('-', ' ')}” does not hold{left}."


def _in_general(verdict: Verdict) -> str:
    """The other scope, as a second sentence; empty where there is none."""
    other = verdict.in_general
    if other is None:
        return ""
    words, kind = other.outcome.replace("-", " "), "corrected for the rows that they share"
    if verdict.unit == "seed":
        kind = "with the chance of the test rows, two proportions"
    text = f" In general, on {_redrawn(verdict)} drawn anew: {words}, p = {other.p:.2g} ({kind})"
    if other.outcome == "inconclusive" and other.repeats_needed and verdict.ours:
        text += f"; {advice(other.repeats_needed, verdict.unit, verdict.ours.n or 0)}"
    return f"{text}."


def _against_floor(verdict: Verdict, metric: Scale) -> str:
    ours, theirs = verdict.ours, verdict.theirs
    assert ours is not None
    assert theirs is not None
    assert verdict.difference is not None
    opening = (
        f"Mean {in_words(ours.mean, metric)} against {in_words(theirs.mean, metric)} of the "
        f"trivial baseline {verdict.baseline}"
    )
    if verdict.limit == "single-repeat":
        return f"{opening}: one {verdict.unit} has no spread; run at least two."
    return (
        f"{opening}: difference {as_difference(verdict.difference, metric, ours.mean)} over "
        f"{ours.n} {verdict.unit}s, p = {verdict.p:.2g} ({_test(verdict)}).{_in_general(verdict)}"
    )


def _printed(verdict: Verdict, metric: Scale) -> str:
    """What was published beside the score, in brackets."""
    theirs = verdict.theirs
    assert theirs is not None
    parts = [f"n = {theirs.n}"] if theirs.n and theirs.n > 1 else []
    if theirs.exact:
        parts = ["exact"]
    elif theirs.spread is not None:
        parts.insert(0, f"{theirs.spread_kind} {as_size(theirs.spread, metric)}")
    return f" ({', '.join(parts)})" if parts else ""


def _test(verdict: Verdict) -> str:
    """The name of the test, with what it assumes."""
    unit, redrawn = verdict.unit, verdict.unit != "seed"
    if verdict.test == "floor":
        return "paired t-test"
    if verdict.test == "paired":
        return f"t-test paired with the published score of each {verdict.unit}"
    if verdict.test == "items":
        return f"two proportions of {verdict.test_rows:,} test rows; no run of ours varies"
    if verdict.test == "one-sample":
        return "t-test against an exact score"
    if verdict.test == "seeds":
        return f"t-test by the scatter of our seeds on the same {unit}; {_their_seeds(verdict)}"
    scatter = f"; the scatter over {verdict.unit}s stands for that of training" if redrawn else ""
    if verdict.test == "welch":
        return f"Welch's t-test{scatter}"
    theirs = verdict.theirs
    assert theirs is not None
    reason = f"a mean of {theirs.n} runs" if theirs.n and theirs.n > 1 else "one run"
    if theirs.n is None:
        reason = "assumed one run"
    elif theirs.statistic:
        median = theirs.statistic.startswith("median of ")
        reason = f"{'a median' if median else f'the {theirs.statistic}'}, counted as one run"
    return (
        f"prediction interval: the published score has no spread and is {reason}, "
        f"taken to scatter as {'published runs' if verdict.pooled else 'ours'} do{scatter}"
    )


def _their_seeds(verdict: Verdict) -> str:
    """How the published score was taken to scatter on the same splits."""
    assert verdict.theirs is not None
    if verdict.theirs.exact:
        return "the published score is exact"
    run = f"theirs counts as one run a {verdict.unit}, taken to scatter"
    if verdict.pooled:
        return f"{run} by what its spread over {verdict.unit}s exceeds ours"
    return f"{run} as ours do"


def _unlike(verdict: Verdict) -> str:
    """Why two scores cannot be compared."""
    if verdict.limit == "data-copy":
        return "Our copy of the data differs; how far that can move this metric is not known."
    text = "; ".join(unlike(one) for one in verdict.differences)
    return f"{text[0].upper()}{text[1:]}."


def _although(verdict: Verdict, helped: Side) -> str:
    """Why a comparison of unlike scores shows something all the same."""
    advantages = " and ".join(_side(one, helped) for one in verdict.differences)
    words = {"reproduced": "Reproduced, or better,", "at-least-as-good": "At least as good"}
    word = words.get(verdict.outcome, verdict.outcome.capitalize())
    who, whom = ("the paper", "it") if helped == "paper" else ("we", "us")
    return f"{word} although {who} {advantages}, which can only have helped {whom}."


def _side(difference: Difference, side: Side) -> str:
    """What one side did about a field, as the rest of "the paper …" or "we …"."""
    paper = side == "paper"
    value = difference.theirs if paper else difference.ours
    if difference.field in FACTS and not stated(value):
        return _not_stated(difference, value)
    if difference.field == "protocol":
        return f"followed another protocol ({value})" if paper else f"followed {value}"
    if difference.field == "metric":
        return f"reports {value}" if paper else f"report {value}"
    if difference.field == "statistic":
        return f"reports the {value}" if paper else f"report the {value} of ours"
    if difference.field == "data":
        return f"used other data: {value}" if paper else ""
    if difference.field == "split":
        return f"scored on {value}"
    if difference.field == "fitted_on":
        return f"fitted preprocessing on {value}"
    if difference.field == "selection":
        return f"{'selected' if paper else 'used'} the {value}"
    if difference.field == "tuning":
        return f"tuned {'nothing' if value == 'none' else value}"
    detail = "" if value in ("no", "yes") else f" ({value})"
    if difference.field == "augmented_test":
        copies = f"averaged over augmented copies of each test input{detail}"
        return "scored each test input once" if value == "no" else copies
    return "trained on no extra data" if value == "no" else f"trained on extra data{detail}"


def _not_stated(difference: Difference, value: str) -> str:
    """What a source leaves unsaid about a field, as the rest of "the paper …"."""
    if difference.field in MOST_HELP:
        most = difference._replace(theirs=MOST_HELP[difference.field])
        return f"may have {_side(most, 'paper')} (not stated)"
    detail = value.partition(":")[2].strip()
    return f"does not state {detail or UNSTATED[difference.field]}"


def joined(differing: Sequence[Difference]) -> str:
    """Several differences as part of a sentence: "the paper …, we …; the paper …"."""
    return "; ".join(unlike(one, ", ") for one in differing)
