"""The audit of shortcuts on the page: what known ones would have gained."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runners import formatting
from runners.records import parsing
from runners.results.types import AuditTable, AuditTrick, Metric, RowsCurve


def read(runs: Path, name: str, notes: list[str]) -> AuditTable | None:
    """The audit of a benchmark, if there is one; one that cannot be read is noted, never fatal."""
    path = _place(runs, f"{name}.json")
    if path is None:
        return None
    try:
        content = json.loads(path.read_bytes())
        tricks: list[AuditTrick] = [
            {
                "name": str(trick["name"]),
                "mean": float(trick["mean"]),
                "values": [float(value) for value in trick["values"]],
                "gain": float(trick["gain"]),
            }
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


def training_rows(runs: Path, name: str, notes: list[str]) -> RowsCurve | None:
    """The scores on shares of the training rows, if they were audited; as `read` otherwise."""
    path = _place(runs, f"{name}.rows.json")
    if path is None:
        return None
    try:
        content = parsing.parse(RowsCurve, path.read_bytes())
        return {
            "n": content["n"],
            "at": content["at"],
            "rows": content["rows"],
            "lines": content["lines"],
        }
    except (OSError, ValueError) as error:
        notes.append(f"audit/{name}.rows.json is not readable ({error}) and was left out")
        return None


def _place(runs: Path, file: str) -> Path | None:
    """A file of the audits; None where there is none of this name."""
    folder = (runs / "audit").resolve()
    try:
        path = (folder / file).resolve()
        return path if path.is_relative_to(folder) and path.is_file() else None
    except (OSError, ValueError):  # a name no file can have
        return None


@dataclass(frozen=True)
class AuditRow:
    """A line of the audit's table."""

    name: str
    """The shortcut, or "clean"."""
    text: str
    """Its score."""
    change: str = ""
    """Against the clean score; empty for the clean one."""
    flatters: bool = False
    clean: bool = False

    @property
    def word(self) -> str:
        """Whether the shortcut raises the score, in words."""
        return "" if self.clean else "flatters" if self.flatters else "does not help"


def side_by_side(audits: Sequence[Sequence[AuditRow]]) -> list[tuple[str, list[AuditRow | None]]]:
    """Several audits' `rows` side by side: a shortcut and its row in each, None where absent."""
    by_name = [{row.name: row for row in audit} for audit in audits]
    names = dict.fromkeys(name for audit in by_name for name in audit)
    return [(name, [audit.get(name) for audit in by_name]) for name in names]


def rows(audit: AuditTable | None, metric: Metric) -> list[AuditRow]:
    """Rows of the audit's table, the clean score first; empty without an audit."""
    if not audit:
        return []
    clean = audit["clean"]
    decimals = 2 if formatting.is_fraction(metric) else formatting.two_digits(clean / 100)

    def text(mean: float) -> str:
        return formatting.with_unit(
            formatting.fixed(formatting.shown(mean, metric), decimals), metric
        )

    return [
        AuditRow("clean", text(clean), clean=True),
        *(
            AuditRow(
                trick["name"],
                text(trick["mean"]),
                formatting.amount(trick["mean"] - clean, metric, signed=True) or "none",
                trick["gain"] > 0,
            )
            for trick in audit["tricks"]
        ),
    ]
