"""Step 4: what each step from floor to headline bought, and what was searched."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.definition import Benchmark
from benchmarks.judging import statistics
from runners import formatting, safe_text
from runners.results import gain

_COUNTED = re.compile(r"_\d+\b")
"""The number Keras gives a layer; it says how many came before, nothing of the layer."""


def ladder(
    benchmark: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Own entries from worst to best, each with its gain over the one above.

    `chance` says whether the step is more than chance, on the repeats both have, and is empty
    where that cannot be told: of the first, between entries on other data, of equal scores.
    """
    metric = benchmark["metric"] or {}
    sign = 1 if metric.get("direction") == "max" else -1
    scored = sorted((e for e in entries if e["score"]), key=lambda e: sign * e["score"]["mean"])
    rungs: list[dict[str, Any]] = []
    for i, e in enumerate(scored):
        step = e["score"]["mean"] - scored[i - 1]["score"]["mean"] if i else None
        gain = formatting.amount(step, metric, signed=True) if step else "none" if i else ""
        rungs.append(
            {
                "name": e["name"],
                "role": e["role"],
                "text": e["mean_text"],
                "gain": gain,
                "chance": _chance(benchmark, scored[i - 1], e) if step else "",
                "headline": e["headline"],
            }
        )
    return rungs if len(rungs) > 1 else []


def _chance(
    benchmark: Mapping[str, Any], below: Mapping[str, Any], above: Mapping[str, Any]
) -> str:
    """Whether one entry's lead over another may be chance: the tests of `gains`, two-sided."""
    data, protocol = benchmark["data"] or {}, benchmark["protocol"] or {}
    seeds = protocol.get("unit") == "seed"
    scores = [dict(zip(e["repeats"], e["score"]["values"], strict=False)) for e in (above, below)]
    common = sorted(scores[0].keys() & scores[1].keys())
    pairs = [list(own.values()) if seeds else [own[k] for k in common] for own in scores]
    if above["note"] or below["note"] or not all(pairs):
        return ""
    try:
        overlap = 0.0 if seeds else data["test"] / data["train"]
        found, _ = gain.compared(*pairs, seeds=seeds, overlap=overlap)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return ""
    if found is None:
        return "one repeat: no telling"
    if found.error == 0:
        return "the same in all repeats"
    p = found.p_two_sided()
    said = formatting.p_text(p)
    return said if p < statistics.ALPHA else f"may be chance, {said}"


def searches(
    benchmark: Mapping[str, Any],
    records: Mapping[str, Sequence[Any]],
    definition: Benchmark | None = None,
) -> list[dict[str, Any]]:
    """What training decided by itself, condensed: one element an entry that noted something.

    Records number the candidates in the order of the definition, but keep their recipes sorted
    by name; so candidates are named only where `definition` still has the recorded ones.
    `chosen` holds (candidate, how many repeats chose it, of how many), most chosen first, also
    the ones never chosen; `texts` other remarks with their counts; `tuned` how a recipe shared
    by all repeats was found.
    """
    found = []
    unit = (benchmark["protocol"] or {}).get("unit") or "repeat"
    for entry in benchmark["entries"]:
        values = entry["values"] or {}
        notes = [record.get("notes") or {} for record in records.get(entry["name"], [])]
        chosen = _chosen(notes, _candidates(entry, definition))
        remarks = Counter(
            _COUNTED.sub("", f"Trained one {unit} at a time: {note['not_stacked']}")
            for note in notes
            if note.get("not_stacked")
        )
        texts = [
            f"{text}." if times == len(notes) else f"{text} ({times} of {len(notes)})."
            for text, times in remarks.items()
        ]
        tuned = values.get("tuned")
        if chosen or texts or tuned:
            found.append(
                {
                    "entry": entry["name"],
                    "units": formatting.plural(unit),
                    "of": sum(times for _, times in chosen),
                    "chosen": chosen,
                    "texts": texts,
                    "tuned": str(tuned or ""),
                }
            )
    return found


def _candidates(entry: Mapping[str, Any], definition: Benchmark | None) -> list[str]:
    """Names of an entry's candidates in the order they were tried; [] where it is not known."""
    recorded = (entry["values"] or {}).get("candidates")
    own = definition.entries if definition else ()
    defined = next((e.values.get("candidates") for e in own if e.name == entry["name"]), None)
    if not isinstance(defined, Mapping) or not isinstance(recorded, Mapping):
        return []
    same = defined.keys() == recorded.keys() and all(
        recorded[name].items() <= safe_text.plain(values).items()
        for name, values in defined.items()
    )
    return list(defined) if same else []


def _chosen(notes: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[tuple[str, int]]:
    picks = Counter(pick for n in notes if isinstance(pick := n.get("candidate"), int))
    tried = max((len(n.get("validation_losses") or ()) for n in notes), default=0)
    if not picks:
        return []
    counted = [
        (names[place] if len(names) == tried else f"candidate {place + 1}", picks[place])
        for place in range(max(tried, max(picks) + 1))
    ]
    return sorted(counted, key=lambda one: -one[1])
