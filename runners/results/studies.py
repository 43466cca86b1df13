"""Hyperparameter searches as `make improve` left them in the runs folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runners import formatting

STATES = ("complete", "pruned", "failed")


def read(runs: Path, name: str, notes: list[str]) -> dict[str, Any] | None:
    """The study of a benchmark that was worked on last; one that cannot be read is noted."""
    folder = (runs / "studies").resolve()
    found = []
    try:
        place = (folder / name).resolve()
        paths = sorted(place.glob("*.json")) if place.is_relative_to(folder) else []
    except (OSError, ValueError):  # a name no file can have
        return None
    for path in paths:
        try:
            found.append(_condensed(json.loads(path.read_bytes())))
        except (OSError, ValueError, KeyError, TypeError) as error:
            notes.append(f"studies/{name}/{path.name} is not readable ({error!r}), left out")
    return max(found, key=lambda one: formatting.moment(one["finished_at"]), default=None)


def _condensed(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the page needs of a study's file. Raises KeyError, TypeError or ValueError."""
    trials = [
        {
            "number": int(one["number"]),
            "settings": {key: one["settings"][key] for key in content["order"]},
            "state": STATES[STATES.index(one["state"])],
            "mean": None if one["mean"] is None else float(one["mean"]),
            "scores": [float(score) for score in one["scores"]],
            "again": "same_as" in one,
        }
        for one in content["trials"]
    ]
    folds, headline = content["folds"], content["headline"]
    return {
        "metric": {key: str(content["metric"][key]) for key in ("name", "unit", "direction")},
        "make": str(content["make"]),
        "kind": str(folds["kind"]),
        "unit": str(folds["unit"]),
        "repeats": int(folds["repeats"]),
        "sizes": [[int(train), int(held)] for train, held in folds["sizes"]],
        "headline": headline
        and {"entry": str(headline["entry"]), "scores": [float(s) for s in headline["scores"]]},
        "trials": sorted(trials, key=lambda one: one["number"]),
        "importance": _shares(content.get("importance") or {}),
        "seconds": sum(float(one["seconds"]) for one in content["trials"]),
        "finished_at": str(content["finished_at"]),
    }


def _shares(found: Mapping[str, Any]) -> dict[str, float]:
    """Importance of the settings, largest first."""
    return dict(sorted(((str(k), float(v)) for k, v in found.items()), key=lambda one: -one[1]))
