"""Which classes are confused, how confident an entry is, and the rows it misses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from portfolio.page.exhibits import texts
from portfolio.page.exhibits.drawings import (
    calibration_sentence,
    precision_recall,
    reliability,
    roc,
    small_series,
)
from portfolio.page.exhibits.plots import per_cent, value
from portfolio.page.figures import rendered
from runners.formatting import MISSING, count, fixed, some

OPEN = 6
"""Missed rows shown at once; the others are folded away."""


def classification(
    content: Mapping[str, Any], name: str, repeat: str, metric: Mapping[str, Any]
) -> Markup:
    """The exhibit of a file of results of classifiers, whose headline metric is `metric`."""
    entries, errors = content["entries"], content["errors"]
    rare = [entry for entry in entries if "precision_recall" in entry]
    two = [entry for entry in rare if "roc" in entry]
    calibrated = [entry for entry in entries if entry["calibration"]]
    return rendered(
        "exhibits/classification.html.j2",
        name=name,
        entries=[
            {
                "name": entry["name"],
                "counted": counted(entry, repeat),
                "matrix": _matrix(entry) if "matrix" in entry else None,
                "pairs": _pairs(entry) if "pairs" in entry else None,
            }
            for entry in entries
        ],
        classes=[entry["name"] for entry in entries[0]["classes"]],
        recalls=_recalls(entries),
        reliability=reliability(calibrated, name) if calibrated else None,
        calibration=calibration_sentence(calibrated[0]) if calibrated else "",
        precision_recall=precision_recall(rare, name) if rare else None,
        roc=roc(two, name) if two else None,
        errors=_missed(errors, entries, repeat),
        lengths=texts.lengths(content.get("lengths", []), entries[0]["name"]),
        copies=texts.copies(content.get("copies"), metric),
        twins=_twins(content.get("duplicates"), errors["tested"]),
        cards=[_card(item, content, name) for item in errors["items"]],
        first=OPEN,
        sure=bool(entries[0]["calibration"]),
    )


def _matrix(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Cells of the confusion matrix: counts, shares of their row, and how strongly to tint."""
    rows = []
    shares = [[n / (sum(row) or 1) for n in row] for row in entry["matrix"]]
    worst = max((s for i, row in enumerate(shares) for j, s in enumerate(row) if i != j), default=0)
    for i, row in enumerate(entry["matrix"]):
        cells = []
        for j, n in enumerate(row):
            part = shares[i][j] / (1.0 if i == j else worst or 1.0)
            tint = 0 if not n else 1 + min(4, int(part * 5))
            cells.append(
                {
                    "n": count(n),
                    "share": per_cent(shares[i][j]),
                    "tint": f"x-{'hit' if i == j else 'miss'}{tint}",
                    "none": not n,
                }
            )
        rows.append({"name": entry["classes"][i]["name"], "cells": cells})
    return rows


def _pairs(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The classes most often taken for one another."""
    classes = entry["classes"]
    return [
        {
            "truth": classes[truth]["name"],
            "taken": classes[taken]["name"],
            "n": count(n),
            "share": per_cent(n / (classes[truth]["asked"] or 1)),
        }
        for truth, taken, n in entry["pairs"]
    ]


def _recalls(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Recall and precision of every class, on one axis that the worst of them sets."""
    lines = []
    rates = [[_rate(c["right"], c["asked"]) for c in e["classes"]] for e in entries]
    known_rates = [r for one in rates for r in one if r is not None]
    low = min([*known_rates, 0.99])
    low = max(0.0, int(low * 20 - 0.5) / 20)
    for i, kind in enumerate(entries[0]["classes"]):
        marks = [
            None if (rate := one[i]) is None else round(4 + 92 * (rate - low) / (1 - low), 1)
            for one in rates
        ]
        lines.append(
            {
                "name": kind["name"],
                "rows": count(kind["rows"]),
                "recalls": [_text(one[i]) for one in rates],
                "marks": marks,
                "precision": _text(_rate(kind["right"], kind["given"])),
            }
        )
    half = -(-len(lines) // 2)
    return {
        "parts": [lines] if len(lines) <= 12 else [lines[:half], lines[half:]],
        "low": fixed(100 * low, 0),
        "names": [entry["name"] for entry in entries],
    }


def _rate(right: int, of: int) -> float | None:
    return right / of if of else None


def _text(rate: float | None) -> str:
    return MISSING if rate is None else per_cent(rate)


def _missed(errors: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], repeat: str) -> str:
    """How many rows are missed, by how many repeats, and by whom else."""
    tested, missed, by_all = errors["tested"], errors["missed"], errors["by_all"]
    if not missed:
        return f"None of the {count(tested)} rows tested is ever missed."
    if entries[0]["repeats"] == 1:
        return f"{count(missed)} of the {count(tested)} rows tested are missed."
    many = count(by_all) if by_all < missed else "all of them"
    text = (
        f"{count(missed)} of the {count(tested)} rows tested are missed at least once, "
        f"{many if by_all else 'none'} by every {repeat} that tested them"
    )
    if by_all and "also_by" in errors:
        both = count(errors["by_both"]) if errors["by_both"] else "none"
        text += f"; {errors['also_by']} always misses {both} of these"
    return f"{text}."


def _twins(duplicates: Mapping[str, Any] | None, tested: int) -> str:
    """What scores are without the test images that a training image nearly repeats."""
    if not duplicates:
        return ""
    scores = ", ".join(
        f"{e['name']} {100 * e['others']:.2f} % (with them {100 * e['all']:.2f} %)"
        for e in duplicates["entries"]
    )
    return (
        f"{count(duplicates['rows'])} of the {count(tested)} test images nearly repeat a training "
        f"image, or its mirror image (correlation of 16×16 pixels "
        f"{duplicates['alike']:g} or more). "
        f"Accuracy without them: {scores}."
    )


def _card(item: Mapping[str, Any], content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """One row that is missed: what it is, what it was taken for, and how it looks."""
    classes = [one["name"] for one in content["entries"][0]["classes"]]
    truth, taken = classes[item["truth"]], classes[item["taken"]]
    drawing = None
    if "series" in item:
        means = content["errors"]["means"]
        drawing = small_series(
            item["series"],
            means[item["truth"]],
            means[item["taken"]],
            name=f"{name}-row-{item['row']}",
            title=f"Row {item['row'] + 1}",
            desc=f"Strong: the series. Thin: the mean of {truth}. Dashed: the mean of {taken}.",
        )
    sign = {"low": "≤", "high": "≥", "same": "="}
    return {
        "row": count(item["row"] + 1),
        "truth": truth,
        "taken": taken,
        "for_truth": per_cent(item["for_truth"]),
        "for_taken": per_cent(item["for_taken"]),
        "missed": item["missed"],
        "of": item["of"],
        "also": [
            f"{entry} {'misses it too' if share == 1 else 'misses it at times'}"
            for entry, share in item["also"].items()
            if share > 0
        ],
        "png": item.get("png"),
        "text": texts.pieces(item.get("text", [])),
        "svg": drawing,
        "features": [
            {
                "name": f["name"].replace("_", " "),
                "unit": f["unit"],
                "value": f"{sign[f['side']]} {value(f['value'])}",
                "own": per_cent(f["own"]),
                "other": per_cent(f["other"]),
            }
            for f in item.get("features", [])
        ],
    }


def counted(entry: Mapping[str, Any], repeat: str) -> str:
    """`5,145 predictions, 5 seeds`."""
    over = some(entry["repeats"], repeat, f"{repeat}s")
    return f"{count(entry['predictions'])} predictions, {over}"
