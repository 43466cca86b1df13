"""Collections: many tasks judged as a whole.

A collection trains nothing. Its members are benchmarks, of other files or of its own. A verdict on
one task stays with the task; the collection has the tests across tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os.path import commonprefix

from benchmarks.definition import Benchmark


@dataclass(frozen=True)
class Collection:
    """Tasks under one protocol, with one question about all of them."""

    title: str
    """Name for a reader."""
    question: str
    """One sentence with a question mark."""
    protocol: str
    """How every task is scored, in words, with the quirks of the data that all scores share."""
    why: str
    """Why these tasks, by their source."""
    members: Sequence[str]
    """Names of the benchmarks, in the order of the table."""
    define: Callable[[str], Benchmark] | None = None
    """Makes the member of a name where the tasks are the collection's own. They are run, recorded
    and judged as any benchmark is, but have no scoreboard row and no page: the collection has."""
    headline: str = ""
    """Name of the entry that is compared; "" takes the headline of each task."""
    metrics: Sequence[str] = ()
    """Names of the metrics that are ranked; () takes the headline metric of the tasks alone."""
    excluded: Mapping[str, str] = field(default_factory=dict)
    """Members that are run and shown but left out of every comparison, each with the reason."""
    despite: Mapping[str, str] = field(default_factory=dict)
    """Protocol fields in which a published score may differ and still count across tasks, with the
    reason: what averages out over many tasks. Each task's own verdict does not change."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """Tasks that belong to it by its source and are no members, each with the reason."""
    panels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Published models, named as on every task, that are ranked with the headline alone as their
    authors ranked them; by the panel's title."""
    large_from: int = 0
    """Rows of a task from which it counts as large in a panel's ranks; 0 makes no difference."""
    note: str = ""
    """What a reader has to know of the published scores: whose settings were chosen how."""
    citation: str = ""
    """Key into references.bib: where the collection is from."""
    name: str = ""
    """`family/collection`, set from the decorator."""

    @property
    def compared(self) -> list[str]:
        """The members that comparisons across tasks are made on."""
        return [name for name in self.members if name not in self.excluded]

    def task_name(self, member: str) -> str:
        """A member's name without what all members share: `iris` for `uci/archive-121-iris`."""
        shared = commonprefix(list(self.members))  # noqa: RUF071 (names, no paths)
        return member[max(shared.rfind("-"), shared.rfind("/")) + 1 :]


def first_problem(collection: Collection, known: Mapping[str, Benchmark]) -> str | None:
    """The first thing that is wrong with a collection, beginning with the field; None for nothing.

    `known` are all benchmarks, the collection's own ones included.
    """
    texts = ("title", "question", "protocol", "why")
    empty = [name for name in texts if not getattr(collection, name).strip()]
    if empty:
        return f"{empty[0]}: expected a sentence, received none"
    if len(collection.members) < 2:
        return f"members: expected two or more, received {len(collection.members)}"
    if len(set(collection.members)) < len(collection.members):
        doubled = sorted({n for n in collection.members if list(collection.members).count(n) > 1})
        return f"members: expected different ones, received {', '.join(doubled[:4])} twice"
    unknown = [name for name in collection.members if name not in known]
    if unknown:
        return f"members: expected names of benchmarks, received {', '.join(unknown[:4])}"
    others = sorted({*collection.excluded} - {*collection.members})
    if others:
        return f"excluded: expected members, received {', '.join(others[:4])}"
    tasks = [known[name] for name in collection.members]
    measured = {t.name: {t.metric.name, *(metric.name for metric in t.also)} for t in tasks}
    for metric in collection.metrics or (tasks[0].metric.name,):
        lacking = [name for name, metrics in measured.items() if metric not in metrics]
        if lacking:
            return f"metrics: expected {metric!r} of every member, not so {', '.join(lacking[:4])}"
    entry = collection.headline
    lacking = [t.name for t in tasks if entry and entry not in {e.name for e in t.entries}]
    if lacking:
        return f"headline: expected an entry {entry!r} of every member, not so {lacking[0]}"
    return None
