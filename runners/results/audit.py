"""The trick audit on the page: what the field's known shortcuts would have bought."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runners import formatting


def read(runs: Path, name: str, notes: list[str]) -> dict[str, Any] | None:
    """The audit of a benchmark, if there is one; one that cannot be read is noted, never fatal."""
    folder = (runs / "audit").resolve()
    try:
        path = (folder / f"{name}.json").resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            return None
    except (OSError, ValueError):  # a name no file can have
        return None
    try:
        content = json.loads(path.read_bytes())
        tricks = [
            {key: trick[key] for key in ("name", "mean", "values", "gain")}
            for trick in content["tricks"]
        ]
        return {
            "entry": str(content["entry"]),
            "n": int(content["n"]),
            "at": str(content["at"]),
            "clean": float(content["clean"]["mean"]),
            "tricks": tricks,
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        notes.append(f"audit/{name}.json is not readable ({error!r}) and was left out")
        return None


def across(audits: Sequence[Sequence[Mapping[str, Any]]]) -> list[tuple[str, list[Any]]]:
    """Several audits' `rows` side by side: a trick and its row in each, None where absent."""
    by_name = [{row["name"]: row for row in audit} for audit in audits]
    names = dict.fromkeys(name for audit in by_name for name in audit)
    return [(name, [audit.get(name) for audit in by_name]) for name in names]


def rows(audit: Mapping[str, Any] | None, metric: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the audit's table, the clean score first; empty without an audit."""
    if not audit:
        return []
    clean = audit["clean"]
    lines = [{"name": "clean", "mean": clean, "gain": 0.0, "strong": True}]
    lines += [{**trick, "strong": False} for trick in audit["tricks"]]
    decimals = 2 if formatting.is_fraction(metric) else formatting.two_digits(clean / 100)
    return [
        {
            "name": line["name"],
            "text": formatting.with_unit(
                formatting.fixed(formatting.shown(line["mean"], metric), decimals), metric
            ),
            "change": ""
            if line["strong"]
            else formatting.amount(line["mean"] - clean, metric, signed=True) or "none",
            "word": "" if line["strong"] else "flatters" if line["gain"] > 0 else "does not help",
            "strong": line["strong"],
        }
        for line in lines
    ]
