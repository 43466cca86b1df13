"""After the last setting: the winner, how it compares, and its entry for the definition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.definition import Benchmark, Metric, Search
from benchmarks.judging import statistics
from benchmarks.metrics import Scale, as_difference, in_words
from benchmarks.spaces import FIRST
from runners.records import study as studies
from runners.records.study import Against, Study, Trial
from runners.search import writing
from runners.source_code import Call, literal

HEADLINE_IN = "standard"
"""The suite whose headline the winner becomes; the headline before stays that of its own."""


def entry_name(search: Search) -> str:
    """What the entry is called that a study writes: one a benchmark, replaced by the next study."""
    return f"{make_name(search).removeprefix('tunable_').replace('_', '-')}-tuned"


def make_name(search: Search) -> str:
    """Name of the function that makes entries; `make` where it has none."""
    name = getattr(search.make, "__name__", "make")
    return name if name.isidentifier() else "make"


def rows_in_words(study: Study) -> str:
    """Which rows judge: "the training rows of the first split"."""
    unit = study["folds"]["unit"]
    return "the training rows" + ("" if unit == "seed" else f" of the first {unit}")


def conclude(study: Study, search: Search, direction: str) -> None:
    """Add to a study what follows from its trials: the winner, importance, the comparison."""
    winner = studies.best(study["trials"], direction)
    study["winner"] = winner and winner["number"]
    study["importance"] = studies.importance(search, study["trials"], direction)
    study["against_headline"] = _against(study, winner) if winner else None


def _against(study: Study, winner: Trial) -> Against | None:
    """The winner minus the headline on the same folds; `p` two-sided, None for too few folds.

    The paired t-test corrected for folds that share rows, see `statistics.paired`. The winner is
    the best of many on these very folds, which flatters it: test rows tell by how much.
    """
    headline = study["headline"]
    if headline is None or headline["mean"] is None:
        return None
    sizes = study["folds"]["sizes"]
    overlap = float(np.mean([held / train for train, held in sizes]))
    compared = statistics.paired(winner["scores"], headline["scores"], overlap)
    difference = studies.mean_of(winner) - headline["mean"]
    better = difference > 0 if study["metric"]["direction"] == "max" else difference < 0
    p = compared.p_two_sided() if compared and compared.error else None
    return {"difference": difference, "better": better, "p": p}


def lines(study: Study, metric: Metric) -> list[str]:
    """The study for the terminal."""
    trials = study["trials"]
    counts = {
        state: sum(one["state"] == state for one in trials)
        for state in ("complete", "pruned", "failed")
    }
    folds, kind = len(study["folds"]["sizes"]), study["folds"]["kind"]
    text = [
        f"{len(trials)} settings tried: {counts['complete']} judged on all {folds} {kind}, "
        f"{counts['pruned']} stopped early, {counts['failed']} failed."
    ]
    if study["winner"] is None:
        return [*text, "No setting was judged on all folds."]
    winner = next(one for one in trials if one["number"] == study["winner"])
    text += [
        f"Best, setting {winner['number'] + 1}: {_scores(winner['scores'], metric)}",
        "  " + ", ".join(f"{k}={v!r}" for k, v in winner["settings"].items()),
    ]
    headline, against = study["headline"], study["against_headline"]
    if headline and against:
        difference = as_difference(against["difference"], metric, studies.mean_of(winner))
        word, p = "better" if against["better"] else "no better", against["p"]
        difference += "" if p is None else f", p = {p:.2g}"
        difference += ", may be chance" if p is not None and p >= statistics.ALPHA else ""
        text += [
            f"{headline['entry']}, the present headline: {_scores(headline['scores'], metric)}",
            f"  the best setting is {word} there ({difference}); being the best of {len(trials)} "
            "flatters it, the test rows decide",
        ]
    if study["importance"]:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in study["importance"].items())
        text.append(f"What matters: {shares}")
    return text


def _scores(scores: Sequence[float], metric: Scale) -> str:
    deviation = float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0
    spread = f"{100 * deviation:.2f} points" if metric.unit == "fraction" else f"{deviation:.2g}"
    mean = in_words(float(np.mean(scores)), metric)
    return f"inner {metric.name} {mean} (std over {len(scores)} inner folds {spread})"


def budget(study: Study) -> str:
    """The tuning budget, for the entry's protocol: "50 settings on 5 inner folds of …"."""
    count, kind = len(study["folds"]["sizes"]), study["folds"]["kind"]
    tried = sum("same_as" not in one for one in study["trials"])
    return f"{tried} settings on {count} inner {kind} of {rows_in_words(study)}"


def winners(
    study: Study, benchmark: Benchmark, source: bytes, top: int = 1
) -> tuple[dict[str, str], str]:
    """The best settings as entries in source, by name, and whether the first is a headline.

    It is declared the headline of the suite `HEADLINE_IN` before its test score is seen, unless
    another entry is that already. Of several (`top`) the average of their predictions follows,
    chosen by the same inner validation. Raises `writing.NotWritten`.
    """
    assert benchmark.search is not None
    first, make = entry_name(benchmark.search), writing.maker_of(source, benchmark.name)
    taken = [
        one.name
        for one in benchmark.entries
        if one.headline and one.suite == HEADLINE_IN and one.name != first
    ]
    headline_note = f"headline of the suite {HEADLINE_IN} from now on"
    if taken:
        headline_note = f"no headline, because {taken[0]} is that of the suite {HEADLINE_IN}"
    lines = {}
    for place, one in enumerate(_different(study)[:top]):
        name = f"{first}-{place + 1}" if place else first
        options = {key: one["settings"][key] for key in study["order"]}
        options |= {"tuned": budget(study)}
        options |= {} if benchmark.protocol.unit == "seed" else {"tuned_on": FIRST}
        options |= {} if place or taken else {"headline": True}
        lines[name] = writing.call(make, name, {**options, "suite": HEADLINE_IN})
    if len(lines) > 1:
        name = f"{first}-average"
        average = Call("average", (name, list(lines)), {"suite": HEADLINE_IN})
        lines[name] = literal(average)
    return lines, headline_note


def _different(study: Study) -> list[Trial]:
    """Settings judged on all folds, the best first, each once."""
    sign = 1 if study["metric"]["direction"] == "min" else -1
    different = [trial for trial in studies.complete(study["trials"]) if "same_as" not in trial]
    return sorted(different, key=lambda trial: (sign * studies.mean_of(trial), trial["number"]))


def is_better(study: Study) -> bool:
    """Whether the winner is worth writing: better than the headline, or nothing to compare."""
    against = study["against_headline"]
    return study["winner"] is not None and (against is None or bool(against["better"]))
